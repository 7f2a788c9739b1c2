"""The attention process: a diffusion whose drift follows gaze between two items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from ssms import _core
from ssms.engine.request import Request
from ssms.processes.base import CoreProcess
from ssms.processes.bound import BoundModel
from ssms.processes.fixations import Gaze, read_gaze
from ssms.processes.process import Model, NonDecisionTime

__all__ = ["Attention"]

VALUES = ("r1", "r2")
"""Names of the rows of theta that hold the values of the items, where a call gives them."""


class BoundAttention(BoundModel):
    """The attention process of one model."""

    has_fields: ClassVar[bool] = True

    def with_fields(self, request: Request) -> Request:
        """Return the request with the items and fixations that its extra fields give."""
        gaze = read_gaze(
            request.extra_fields, request.n_trials, request.n_samples, request.max_t, request.seed
        )
        names, rows = list(request.names), list(request.theta)
        if gaze.values is not None:
            names += VALUES
            rows += gaze.values
        if gaze.sigma is not None:
            for noise in self.process.noise_names:
                if noise in names:
                    del rows[names.index(noise)], names[names.index(noise)]
            names.append(self.process.noise_names[0])
            rows.append(gaze.sigma)
        theta = np.concatenate(rows).reshape(len(rows), request.n_trials)
        return request._replace(names=tuple(names), theta=theta, extra_fields={"gaze": gaze})

    def open(self, request: Request, begin: int = 0, goes_on: bool | None = None) -> _core.Problem:
        """Return the problem of a request, not checked yet."""
        problem = super().open(request, begin, goes_on)
        gaze: Gaze | None = request.extra_fields.get("gaze")
        if gaze is not None:
            problem.follow_gaze(gaze.schedule, gaze.continuation, gaze.log_durations)
        return problem

    def _metadata(
        self, problem: _core.Problem | None, method: str, request: Request
    ) -> dict[str, Any]:
        metadata = super()._metadata(problem, method, request)
        if request.full and request.n_trials:
            np.maximum(metadata["boundary"], 0.0, out=metadata["boundary"])  # they have met
            process: Any = self.process
            x0, height = metadata[process.start], metadata[process.boundary_height]
            metadata["z"] = np.clip(0.5 + x0 / (2.0 * height), 0.0, 1.0).astype(np.float32)
            metadata["sigma"] = metadata["s"]
        return metadata


@dataclass(frozen=True)
class Attention(CoreProcess):
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
        Continuation after the last onset: "prolong_last_fixation" (it is held),
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
    n_particles: ClassVar[int] = 2  # items, each with a value
    choices: ClassVar[tuple[int, ...]] = (-1, 1)
    optional_roles: ClassVar[tuple[str, ...]] = (*CoreProcess.optional_roles, "value")
    why_no_drift: ClassVar[str] = "its drift follows gaze"
    bound_type: ClassVar[type[BoundModel]] = BoundAttention
    laws_share_solutions: ClassVar[bool] = False

    # ---- roles -----------------------------------------------------------------------------------

    def roles(self) -> Mapping[str, tuple[str | None, ...]]:
        """Return the parameters that play the process's own roles."""
        return {
            "start": (self.start,),
            "noise": ("s",),
            "discount": (self.discount,),
            "gain": (self.gain,),
            "value": VALUES,
        }

    # ---- simulation ------------------------------------------------------------------------------

    @property
    def law_has_gradient(self) -> bool:
        """Whether the core gives derivatives of the density; else they are differences."""
        return True

    def methods(self, model: Model) -> Mapping[str, str | None]:
        """Return the methods in the order of preference, and why one does not apply."""
        table = "a table of the law would be one for each schedule of fixations"
        exact = "its drift changes within a trial"
        return {"exact": exact, "table": table, "bridge": None, "euler": None}

    # ---- words -----------------------------------------------------------------------------------

    def equation(self, model: Model) -> list[str]:
        """Return the equation in lines of text."""
        edge = self.edge(model)
        return [
            f"dx = v(τ) dτ + s dW,  x(0) = {self.start}",
            f"gaze on item 1: v = {self.gain}·(r1 − {self.discount}·r2)",
            f"gaze on item 2: v = {self.gain}·({self.discount}·r1 − r2)",
            f"stops when |x| ≥ {edge.now}",
            *edge.lines,
            self.response_time(),
            "extra fields: r1, r2, flag, sacc_array, d give the items and the fixations",
            *self.varying_time(),
        ]
