"""The ballistic process: evidence that grows linearly, without noise, toward one boundary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ssms.curves.curve import Curve
from ssms.errors import ConfigError, unknown_name
from ssms.processes.base import CoreProcess, common_name, numbers
from ssms.processes.process import Model, NonDecisionTime

__all__ = ["Ballistic"]

_ADDS, _SUMS_TO_1 = 1, 2  # bits of the core's variant


@dataclass(frozen=True)
class Ballistic(CoreProcess):
    """x_i(tau) = k_i + V_i tau, until one reaches a constant or linear boundary.

    The linear ballistic accumulator [1]_.  In each trial, starts k_i are uniform and drifts V_i are
    the absolute value of a normal variable, so that each accumulator arrives.  The fields name the
    parameters that play each role; a role without a parameter is absent.

    Attributes
    ----------
    drift : tuple of str
        Mean drift of each accumulator (evidence per second); 2 to 16 of them.
    drift_2 : tuple of str or None
        Mean drifts of a second system, which shares the starts.
    combined : str
        How two systems work: "larger", the one that is first counts; "sum", their drifts add up
        from the onset of the second one on.
    onset_2 : str or None
        When the second system begins (seconds), if drifts add up; None: 0.
    start_range : str or None
        Starts are uniform between 0 and this (evidence), at most the boundary.
    boundary_height : str
        The boundary at time 0 (evidence).
    drifts_sum_to_1 : bool
        Whether theta must have mean drifts of each system that sum to 1 (within 0.01).
    nondecision : NonDecisionTime or None
        Time added to the time of the decision; None: no time.

    Notes
    -----
    The standard deviation of drifts is the noise of the process, 0.1 by default.  It may stand in
    theta as ``sd`` or ``s``, or for each accumulator: ``s0``, ``s1``, ...  Without noise, starts
    still vary.

    A response after ``max_t`` or the deadline is an omission, with the label of the accumulator
    that would have been first.

    References
    ----------
    .. [1] Brown, S. D. & Heathcote, A. (2008). The simplest complete model of choice response time:
       Linear ballistic accumulation. Cognitive Psychology, 57, 153-178.

    Examples
    --------
    >>> Ballistic(drift=("v0", "v1", "v2")).choices
    (0, 1, 2)
    """

    drift: tuple[str, ...] = ("v0", "v1")
    drift_2: tuple[str, ...] | None = None
    combined: str = "larger"
    onset_2: str | None = None
    start_range: str | None = "A"
    boundary_height: str = "b"
    drifts_sum_to_1: bool = False
    nondecision: NonDecisionTime | None = None

    def __post_init__(self) -> None:
        if self.combined not in ("larger", "sum"):
            raise unknown_name("way to combine two systems", self.combined, ("larger", "sum"))
        if self.onset_2 is not None and (self.drift_2 is None or self.combined != "sum"):
            raise ConfigError(
                f"Ballistic(onset_2={self.onset_2!r}) needs drift_2 and combined='sum': the onset "
                "belongs to drifts that are added"
            )
        self.check_size(self.drift, self.drift_2 or self.drift)

    label: ClassVar[str] = "ballistic"
    default_noise: ClassVar[float] = 0.1
    why_no_drift: ClassVar[str] = "drifts of ballistic accumulators are constant within a trial"

    # ---- roles -----------------------------------------------------------------------------------

    @property
    def n_particles(self) -> int:
        """Number of accumulators."""
        return len(self.drift)

    @property
    def noise_names(self) -> tuple[str, ...]:
        """Names under which the noise may stand in theta: of all accumulators, or of each."""
        return ("sd", "s", *self.particle_noise)

    @property
    def options(self) -> Mapping[str, Any]:
        """Further arguments of the core's layout."""
        adds = _ADDS if self.combined == "sum" else 0
        return {"variant": adds | (_SUMS_TO_1 if self.drifts_sum_to_1 else 0)}

    def roles(self) -> Mapping[str, tuple[str | None, ...]]:
        """Return the parameters that play the process's own roles."""
        return {
            "drift": self.drift,
            "drift_2": self.drift_2 or (None,),
            "onset_2": (self.onset_2,),
            "start_range": (self.start_range,),
            "noise": self.particle_noise,
        }

    def why_not(self, curve: Curve) -> str | None:
        """Return why the process cannot have a boundary or drift, None if it can."""
        if curve.kind == "boundary" and not curve.is_linear:
            return "the time at which evidence meets it has no closed form unless it is linear"
        return super().why_not(curve)

    # ---- words -----------------------------------------------------------------------------------

    def equation(self, model: Model) -> list[str]:
        """Return the equation in lines of text."""
        edge = self.edge(model)
        growth = "V_i·τ"
        if self.drift_2:
            since = f"max(τ − {self.onset_2}, 0)" if self.onset_2 else "τ"
            adds = self.combined == "sum"
            growth = f"V_i·τ + W_i·{since}" if adds else "max(V_i, W_i)·τ"
        start = "k_i + " if self.start_range else ""
        lines = [
            f"x_i(τ) = {start}{growth},  i = {numbers(0, self.n_particles)}",
            f"stops when an x_i ≥ {edge.now}: the choice is i",
            *edge.lines,
            self.response_time(),
        ]
        if self.start_range:
            lines.append(f"each trial: k_i ~ Uniform(0, {self.start_range})")
        systems = [("V_i", self.drift)] + ([("W_i", self.drift_2)] if self.drift_2 else [])
        for symbol, drifts in systems:
            lines.append(f"each trial: {symbol} = |Normal({common_name(drifts)}, sd)|")
        if self.drifts_sum_to_1:
            lines.append("the mean drifts of a system must sum to 1")
        return lines + self.varying_time()
