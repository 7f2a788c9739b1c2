"""The counting process: Poisson counters, of which the first to be complete wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ssms.processes.base import CoreProcess, common_name, numbers
from ssms.processes.process import Model, NonDecisionTime

__all__ = ["Counting"]


@dataclass(frozen=True)
class Counting(CoreProcess):
    """T_i ~ Gamma(count_i, rate_i): counter i waits for its count_i-th event; the first wins.

    The fields name the parameters that play each role.

    Attributes
    ----------
    rate : tuple of str
        Events per second of each counter; 2 to 16 of them.
    count : tuple of str
        Number of events that each counter needs; any positive number.
    nondecision : NonDecisionTime
        Time added to the time of the decision.

    Notes
    -----
    Choices of two counters are -1 (the first) and 1; of more, their numbers from 0.  The process
    has no noise besides its events.  A response after ``max_t`` or the deadline is an
    omission, with the label of the counter that would have been first.

    References
    ----------
    .. [1] Townsend, J. T. & Ashby, F. G. (1983). The stochastic modeling of elementary
       psychological processes. Cambridge University Press.

    Examples
    --------
    >>> Counting(rate=("r1", "r2"), count=("k1", "k2")).choices
    (-1, 1)
    """

    rate: tuple[str, ...] = ("r1", "r2")
    count: tuple[str, ...] = ("k1", "k2")
    nondecision: NonDecisionTime | None = field(default_factory=NonDecisionTime)

    def __post_init__(self) -> None:
        self.check_size(self.rate, self.count)

    label: ClassVar[str] = "counting"
    has_path: ClassVar[bool] = False
    noise_names: ClassVar[tuple[str, ...]] = ()

    @property
    def n_particles(self) -> int:
        """Number of counters."""
        return len(self.rate)

    @property
    def choices(self) -> tuple[int, ...]:
        """Labels of the counters."""
        return (-1, 1) if self.n_particles == 2 else tuple(range(self.n_particles))

    def roles(self) -> Mapping[str, tuple[str | None, ...]]:
        """Return the parameters that play the process's own roles."""
        return {"rate": self.rate, "count": self.count}

    def equation(self, model: Model) -> list[str]:
        """Return the equation in lines of text."""
        two = self.n_particles == 2
        count, rate = common_name(self.count), common_name(self.rate)
        which = "−1 for i = 1, 1 for i = 2" if two else "i"
        return [
            f"T_i ~ Gamma(shape {count}, rate {rate}),  i = {numbers(int(two), self.n_particles)}",
            f"τ is the smallest T_i: the choice is {which}",
            self.response_time(),
            *self.varying_time(),
        ]
