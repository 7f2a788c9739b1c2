"""The race process: accumulators that drift and diffuse toward one boundary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ssms.errors import ConfigError
from ssms.processes.base import CoreProcess, common_name, numbers
from ssms.processes.process import Model, NonDecisionTime

__all__ = ["Race"]


@dataclass(frozen=True)
class Race(CoreProcess):
    """dx_i = (v_i - g x_i - b sum of the others) d(tau) + s_i dW_i, until one reaches a boundary.

    The fields name the parameters that play each role; a role without a parameter is absent.
    Without leak and inhibition the accumulators are independent; with them this is the leaky,
    competing accumulator.

    Attributes
    ----------
    drift : tuple of str
        Drift of each accumulator (evidence per second); 2 to 16 of them.
    start : str, tuple of str, or None
        Start, relative to the boundary at time 0, of all or of each; None: 0.
    start_range : str or None
        Evidence from 0 to this, drawn uniformly for each accumulator, is added to its start.
    floor : bool
        Whether evidence is reflected at 0.  Trials without a decision then have the label of the
        largest accumulator, else -1.
    leak : str or None
        Rate at which evidence decays (per second); below 0, it excites itself.
    inhibition : str or None
        Rate at which the others' evidence reduces it (per second); below 0, they excite it.
    nondecision : NonDecisionTime
        Time added to the time of the decision.
    boundary_height : str
        Parameter that is the boundary at time 0.

    Notes
    -----
    The noise ``s`` may be given for each accumulator: ``s0``, ``s1``, ...

    References
    ----------
    .. [1] Usher, M. & McClelland, J. L. (2001). The time course of perceptual choice: The leaky,
       competing accumulator model. Psychological Review, 108, 550-592.
    .. [2] Tillman, G., Van Zandt, T. & Logan, G. D. (2020). Sequential sampling models without
       random between-trial variability: The racing diffusion model of speeded decision making.
       Psychonomic Bulletin & Review, 27, 911-936.

    Examples
    --------
    >>> Race(drift=("v0", "v1"), start="z").choices
    (0, 1)
    """

    drift: tuple[str, ...] = ("v0", "v1")
    start: str | tuple[str, ...] | None = None
    start_range: str | None = None
    floor: bool = True
    leak: str | None = None
    inhibition: str | None = None
    nondecision: NonDecisionTime = field(default_factory=NonDecisionTime)
    boundary_height: str = "a"

    def __post_init__(self) -> None:
        self.check_size()
        if isinstance(self.start, tuple) and len(self.start) != len(self.drift):
            raise ConfigError(
                f"A race needs one start for all accumulators or one for each: it has "
                f"{len(self.drift)} drifts, got {len(self.start)} starts"
            )

    label: ClassVar[str] = "race"
    why_no_drift: ClassVar[str] = "the drifts of a race are constant within a trial"

    # ---- roles -----------------------------------------------------------------------------------

    @property
    def n_particles(self) -> int:
        """Number of accumulators."""
        return len(self.drift)

    @property
    def noise_names(self) -> tuple[str, ...]:
        """Names under which the noise may stand in theta: of all accumulators, or of each."""
        return ("s", "sd", *self.particle_noise)

    @property
    def options(self) -> Mapping[str, Any]:
        """Further arguments of the core's layout."""
        return {"variant": 0 if self.floor else 1}

    def roles(self) -> Mapping[str, tuple[str | None, ...]]:
        """Return the parameters that play the process's own roles."""
        return {
            "drift": self.drift,
            "start": self.start if isinstance(self.start, tuple) else (self.start,),
            "start_range": (self.start_range,),
            "noise": self.particle_noise,
            "leak": (self.leak,),
            "inhibition": (self.inhibition,),
        }

    # ---- simulation ------------------------------------------------------------------------------

    def methods(self, model: Model) -> Mapping[str, str | None]:
        """Return the methods in the order of preference, and why one does not apply."""
        table = "a table of the law of a race would have too many dimensions"
        return {
            "exact": self._why_not_exact(model),
            "table": f"{table}; the method is one of diffusions",
            "bridge": None,
            "euler": None,
        }

    def _why_not_exact(self, model: Model) -> str | None:
        reason = None
        if self.floor:
            reason = "its evidence is reflected at 0"
        elif self.leak or self.inhibition:
            reason = "its accumulators leak or inhibit each other"
        elif model.boundary is None or not model.boundary.is_linear:
            reason = f"its boundary is {model.boundary.name if model.boundary else None!r}"
        return reason and (
            f"{reason}; the method takes independent accumulators without a lower limit of "
            "evidence and a constant or linear boundary"
        )

    def law_is_solved(self, model: Model) -> bool:
        """Return whether the density, if there is one, takes a numerical solution."""
        return self.floor and (model.boundary is None or model.boundary.name != "constant")

    # ---- words -----------------------------------------------------------------------------------

    def equation(self, model: Model) -> list[str]:
        """Return the equation in lines of text."""
        edge = self.edge(model)
        drift = common_name(self.drift)
        if self.leak or self.inhibition:
            terms = [drift]
            if self.leak:
                terms.append(f"{self.leak}·x_i")
            if self.inhibition:
                terms.append(f"{self.inhibition}·Σ_{{j≠i}} x_j")
            drift = f"({' − '.join(terms)})"
        floor = ", reflected at 0" if self.floor else ""
        numbered = f"i = {numbers(0, self.n_particles)}"
        lines = [
            f"dx_i = {drift} dτ + s dW_i{floor},  x_i(0) = {self._start(edge.at_0)},  {numbered}",
            f"stops when an x_i ≥ {edge.now}: the choice is i",
            *edge.lines,
            self.response_time(),
        ]
        if self.start_range is not None:
            lines.append(f"each trial: k_i ~ Uniform(0, {self.start_range})")
        return lines + self.varying_time()

    def _start(self, height: str) -> str:
        terms = []
        if self.start is not None:
            start = common_name(self.start) if isinstance(self.start, tuple) else self.start
            terms.append(f"{start}·{height}")
        if self.start_range is not None:
            terms.append("k_i")
        return " + ".join(terms) or "0"
