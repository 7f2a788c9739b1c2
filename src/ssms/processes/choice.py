"""The choice process: a choice among values, without a response time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ssms.processes.base import CoreProcess, common_name, numbers
from ssms.processes.process import Model

__all__ = ["Choice"]


@dataclass(frozen=True)
class Choice(CoreProcess):
    """P(i) = exp(beta q_i) / sum of exp(beta q_j): a choice by softmax, without a response time.

    The fields name the parameters that play each role.

    Attributes
    ----------
    value : tuple of str
        Value of each alternative; 2 to 16 of them.
    inverse_temperature : str
        How much values count: at 0 all choices are equally likely.

    Notes
    -----
    ``rts`` are -1, a placeholder; there is no deadline and no noise.

    References
    ----------
    .. [1] Luce, R. D. (1959). Individual choice behavior: A theoretical analysis. Wiley.

    Examples
    --------
    >>> Choice(value=("q0", "q1", "q2")).choices
    (0, 1, 2)
    """

    value: tuple[str, ...] = ("q0", "q1")
    inverse_temperature: str = "beta"

    def __post_init__(self) -> None:
        self.check_size(self.value)

    label: ClassVar[str] = "choice"
    has_path: ClassVar[bool] = False
    noise_names: ClassVar[tuple[str, ...]] = ()
    has_response_time: ClassVar[bool] = False

    @property
    def n_particles(self) -> int:
        """Number of values."""
        return len(self.value)

    def roles(self) -> Mapping[str, tuple[str | None, ...]]:
        """Return the parameters that play the process's own roles."""
        return {"inverse_temperature": (self.inverse_temperature,), "value": self.value}

    def equation(self, model: Model) -> list[str]:
        """Return the equation in lines of text."""
        beta, value = self.inverse_temperature, common_name(self.value)
        other = value.replace("_i", "_j")
        return [
            f"P(i) = exp({beta}·{value}) / Σ_j exp({beta}·{other}),  "
            f"i = {numbers(0, self.n_particles)}",
            "no response time: rt is −1",
        ]
