"""The attention process: a diffusion whose drift follows gaze between two items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ssms import _core
from ssms.errors import ConfigError
from ssms.processes.bound import BoundModel
from ssms.processes.calling import CallableProcess
from ssms.processes.fixations import Gaze, read_gaze
from ssms.processes.process import Model, NonDecisionTime, formula

if TYPE_CHECKING:
    import numpy.typing as npt

    from ssms.engine.request import Request

__all__ = ["Attention"]

VALUES = ("r1", "r2")
"""Names of the rows of theta that hold the values of the items, where a call gives them."""


@dataclass(frozen=True)
class Attention(CallableProcess):
    """dx = v d(tau) + s dW, where v depends on which of two items gaze is on.

    v = gain (r1 - discount r2) while gaze is on item 1, gain (discount r1 - r2) while it is on
    item 2.  The fields name the parameters that play each role.

    Attributes
    ----------
    discount : str
        Weight of the value of the item that gaze is not on.
    gain : str
        Drift for each unit of value (evidence per second).
    start : str
        Evidence at time 0 (absolute).
    nondecision : NonDecisionTime
        Time added to the time of the decision.
    boundary_height : str
        Parameter that is the boundary at time 0.

    Notes
    -----
    A call may give, in ``extra_fields``, one row a trial:

    ``r1``, ``r2`` : (n_trials,)
        Values of the items.
    ``flag`` : (n_trials,)
        0 if gaze is on item 1 first, 1 if it is on item 2.
    ``sacc_array`` : (n_trials, number of onsets)
        Onsets of fixations on the clock of the decision (seconds): 0, then increasing.
    ``d`` : (n_trials,)
        How many onsets of each row are valid.
    ``sigma`` : (n_trials,), optional
        Noise, in place of the model's.
    ``continuation_mode``, ``continuation_params``
        What follows on the last onset: "prolong_last_fixation" (it is held),
        "sample_continuation" or "resample_all_fixations" with
        ``{"dist": name, "dist_params": {...}}``, or a function; see
        `ssms.basic_simulators.fixation_continuation`.

    Without observed fixations each sample has items of values 1 to 5, a first item and durations
    of its own (``fixation_dist``, ``fixation_params``; a gamma distribution of shape 6 and scale
    0.1 s).

    References
    ----------
    Krajbich, Armel & Rangel (2010), Nature Neuroscience 13:1292-1298.

    Examples
    --------
    >>> Attention().gain
    'kappa'
    """

    discount: str = "eta"
    gain: str = "kappa"
    start: str = "x0"
    nondecision: NonDecisionTime = field(default_factory=NonDecisionTime)
    boundary_height: str = "a"

    label: ClassVar[str] = "attention"
    row: ClassVar[_core.ProcessRow] = _core.PROCESSES["attention"]
    n_particles: ClassVar[int] = 2  # items, each with a value
    default_noise: ClassVar[float] = 1.0
    noise_names: ClassVar[tuple[str, ...]] = ("s", "sd")
    has_response_time: ClassVar[bool] = True
    has_path: ClassVar[bool] = True
    extras: ClassVar[tuple[str, ...]] = ()
    choices: ClassVar[tuple[int, ...]] = (-1, 1)
    base_drift: ClassVar[str | None] = None
    options: ClassVar[Mapping[str, Any]] = {}

    # ---- roles -----------------------------------------------------------------------------------

    @property
    def ndt_kind(self) -> int:
        """Number of the distribution of non-decision time in the core's table."""
        return self.nondecision.index

    @property
    def nondecision_edge_shift(self) -> str | None:
        """The half-width by which uniform non-decision times reach below their mean."""
        return self.nondecision.scale if self.nondecision.distribution == "uniform" else None

    def parameters(self) -> Mapping[str, tuple[str | None, ...]]:
        """Return the parameters that play each role of the core's table."""
        return {
            "start": (self.start,),
            "noise": ("s",),
            "discount": (self.discount,),
            "gain": (self.gain,),
            "value": VALUES,
            "ndt_location": (self.nondecision.location,),
            "ndt_scale": (self.nondecision.scale,),
            "deadline": ("deadline",),
        }

    @property
    def fixed_parameters(self) -> frozenset[str]:
        """The parameters that are read whatever the boundary is."""
        beside = ("noise", "deadline", "value")
        players = [p for role, p in self.parameters().items() if role not in beside]
        return frozenset(name for names in players for name in names if name is not None)

    # ---- simulation ------------------------------------------------------------------------------

    def bind(self, model: Model) -> BoundAttention:
        """Return the process of one model.

        Raises
        ------
        ConfigError
            If its choices are not two, or it has a drift function.
        """
        if tuple(model.choices) != self.choices:
            raise ConfigError(
                f"The choices of an attention model are {list(self.choices)}, "
                f"got {list(model.choices)}"
            )
        if model.drift is not None:
            raise ConfigError(
                f"Model {model.name!r} cannot be simulated: its drift follows gaze, it takes no "
                f"drift function (got {model.drift.name!r})"
            )
        return BoundAttention(self, model)

    def methods(self, model: Model) -> Mapping[str, str | None]:
        """Return the methods in the order of preference, and why one does not apply."""
        return {"bridge": None}

    def in_core_units(
        self, names: tuple[str, ...], theta: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return theta, whose units are those of the core."""
        return theta

    def path_in_model_units(self, path: Any, parameters: Mapping[str, Any]) -> None:
        """Do nothing: paths of the core are in the model's units."""

    # ---- words -----------------------------------------------------------------------------------

    def equation(self, model: Model) -> list[str]:
        """Return lines that say what is simulated."""
        boundary = formula(model.boundary) or self.boundary_height
        moving = "τ" in boundary
        lines = [
            f"dx = v(τ) dτ + s dW,  x(0) = {self.start}",
            f"gaze on item 1: v = {self.gain}·(r1 − {self.discount}·r2)",
            f"gaze on item 2: v = {self.gain}·({self.discount}·r1 − r2)",
            f"stops when |x| ≥ {'b(τ)' if moving else boundary}",
        ]
        if moving:
            lines.append(f"b(τ) = {boundary}")
        lines.append(f"rt = τ + {self.nondecision.symbol}")
        lines.append("extra fields: r1, r2, flag, sacc_array, d give the items and the fixations")
        return lines + self.nondecision.varying()


class BoundAttention(BoundModel):
    """The attention process of one model."""

    def _row_of(self, role: str, parameter: str | None, names: tuple[str, ...]) -> int:
        if role == "value":
            return names.index(parameter) if parameter in names else -1
        return super()._row_of(role, parameter, names)

    def _with_fields(self, request: Request) -> Request:
        gaze = read_gaze(
            request.extra_fields, request.n_trials, request.n_samples, request.max_t, request.seed
        )
        names, rows = list(request.names), list(request.theta)
        if gaze.values is not None:
            names += VALUES
            rows += list(gaze.values)
        if gaze.sigma is not None:
            for noise in self.process.noise_names:
                if noise in names:
                    del rows[names.index(noise)], names[names.index(noise)]
            names.append(self.process.noise_names[0])
            rows.append(gaze.sigma)
        theta = np.ascontiguousarray(np.stack(rows))
        return request._replace(names=tuple(names), theta=theta, extra_fields={"gaze": gaze})

    def open(self, request: Request) -> _core.Problem:
        """Return the problem of a request, not checked yet."""
        problem = super().open(request)
        gaze: Gaze | None = request.extra_fields.get("gaze")
        if gaze is not None:
            problem.follow_gaze(gaze.schedule, gaze.continuation, gaze.log_durations)
        return problem

    def _metadata(self, problem: _core.Problem, method: str, request: Request) -> dict[str, Any]:
        metadata = super()._metadata(problem, method, request)
        if request.full and request.n_trials:
            np.maximum(metadata["boundary"], 0.0, out=metadata["boundary"])  # they have met
            x0, height = metadata[self.process.start], metadata[self.process.boundary_height]
            metadata["z"] = np.clip(0.5 + x0 / (2.0 * height), 0.0, 1.0).astype(np.float32)
            metadata["sigma"] = metadata["s"]
        return metadata
