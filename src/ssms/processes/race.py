"""The race process: accumulators that drift and diffuse toward one boundary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from ssms import _core
from ssms.errors import ConfigError
from ssms.processes.bound import BoundModel
from ssms.processes.calling import CallableProcess
from ssms.processes.process import Model, NonDecisionTime, formula

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Race"]


@dataclass(frozen=True)
class Race(CallableProcess):
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
        if not 2 <= len(self.drift) <= _core.MAX_PARTICLES:
            raise ConfigError(
                f"A race has 2 to {_core.MAX_PARTICLES} accumulators, got {len(self.drift)} drifts"
            )
        if isinstance(self.start, tuple) and len(self.start) != len(self.drift):
            raise ConfigError(
                f"A race needs one start for all accumulators or one for each: it has "
                f"{len(self.drift)} drifts, got {len(self.start)} starts"
            )

    label: ClassVar[str] = "race"
    row: ClassVar[_core.ProcessRow] = _core.PROCESSES["race"]
    default_noise: ClassVar[float] = 1.0
    has_response_time: ClassVar[bool] = True
    has_path: ClassVar[bool] = True
    extras: ClassVar[tuple[str, ...]] = ()
    base_drift: ClassVar[str | None] = None
    nondecision_edge_shift: ClassVar[str | None] = None

    # ---- roles -----------------------------------------------------------------------------------

    @property
    def n_particles(self) -> int:
        """Number of accumulators."""
        return len(self.drift)

    @property
    def choices(self) -> tuple[int, ...]:
        """Numbers of the accumulators."""
        return tuple(range(self.n_particles))

    @property
    def noise_names(self) -> tuple[str, ...]:
        """Names under which the noise may stand in theta: of all accumulators, or of each."""
        return ("s", "sd", *self._own_noise())

    def _own_noise(self) -> tuple[str, ...]:
        return tuple(f"s{i}" for i in self.choices)

    @property
    def ndt_kind(self) -> int:
        """Number of the distribution of non-decision time in the core's table."""
        return self.nondecision.index

    @property
    def options(self) -> Mapping[str, Any]:
        """Further arguments of the core's layout."""
        return {"variant": 0 if self.floor else 1}

    def parameters(self) -> Mapping[str, tuple[str | None, ...]]:
        """Return the parameter that plays each role of the core's table."""
        return {
            "drift": self.drift,
            "start": self.start if isinstance(self.start, tuple) else (self.start,),
            "start_range": (self.start_range,),
            "noise": self._own_noise(),
            "leak": (self.leak,),
            "inhibition": (self.inhibition,),
            "ndt_location": (self.nondecision.location,),
            "ndt_scale": (self.nondecision.scale,),
            "deadline": ("deadline",),
        }

    @property
    def fixed_parameters(self) -> frozenset[str]:
        """The parameters that are read whatever the boundary is."""
        beside = ("noise", "deadline")
        players = [p for role, p in self.parameters().items() if role not in beside]
        return frozenset(name for names in players for name in names if name is not None)

    # ---- simulation ------------------------------------------------------------------------------

    def bind(self, model: Model) -> BoundModel:
        """Return the process of one model.

        Raises
        ------
        ConfigError
            If its choices, accumulators, boundary and drift do not go together.
        """
        if model.n_particles != self.n_particles:
            raise ConfigError(
                f"Model {model.name!r} is a race of {self.n_particles} accumulators (drifts "
                f"{', '.join(self.drift)}): n_particles must be {self.n_particles}, got "
                f"{model.n_particles}"
            )
        if tuple(model.choices) != self.choices:
            raise ConfigError(
                f"The choices of a race of {self.n_particles} accumulators are "
                f"{list(self.choices)}, got {list(model.choices)}"
            )
        if model.drift is not None:
            raise ConfigError(
                f"Model {model.name!r} cannot be simulated: the drifts of a race are constant "
                f"within a trial, got the drift function {model.drift.name!r}"
            )
        return BoundModel(self, model)

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

    def in_core_units(
        self, names: tuple[str, ...], theta: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return theta: the core's units are those of the model."""
        return theta

    def path_in_model_units(self, path: Any, parameters: Mapping[str, Any]) -> None:
        """Leave a path as it is."""

    # ---- words -----------------------------------------------------------------------------------

    def equation(self, model: Model) -> list[str]:
        """Return lines that say what is simulated."""
        boundary = formula(model.boundary) or self.boundary_height
        moving = "τ" in boundary
        drift = _common(self.drift)
        if self.leak or self.inhibition:
            terms = [drift]
            if self.leak:
                terms.append(f"{self.leak}·x_i")
            if self.inhibition:
                terms.append(f"{self.inhibition}·Σ_{{j≠i}} x_j")
            drift = f"({' − '.join(terms)})"
        floor = ", reflected at 0" if self.floor else ""
        start = self._start("b(0)" if moving else boundary)
        lines = [f"dx_i = {drift} dτ + s dW_i{floor},  x_i(0) = {start},  i = {self._numbers()}"]
        lines.append(f"stops when an x_i ≥ {'b(τ)' if moving else boundary}: the choice is i")
        if moving:
            lines.append(f"b(τ) = {boundary}")
        lines.append(f"rt = τ + {self.nondecision.symbol}")
        if self.start_range is not None:
            lines.append(f"each trial: k_i ~ Uniform(0, {self.start_range})")
        return lines + self.nondecision.varying()

    def _start(self, height: str) -> str:
        terms = []
        if self.start is not None:
            start = _common(self.start) if isinstance(self.start, tuple) else self.start
            terms.append(f"{start}·{height}")
        if self.start_range is not None:
            terms.append("k_i")
        return " + ".join(terms) or "0"

    def _numbers(self) -> str:
        last = self.n_particles - 1
        return f"0, {last}" if last == 1 else f"0, …, {last}"


def _common(names: tuple[str, ...]) -> str:
    """Return v_i for v0, v1, ..., else all the names.

    Examples
    --------
    >>> _common(("v0", "v1")), _common(("left", "right"))
    ('v_i', '(left, right)_i')
    """
    stem = names[0].rstrip("0123456789")
    if all(name.rstrip("0123456789") == stem for name in names):
        return f"{stem}_i"
    return f"({', '.join(names)})_i"
