"""The diffusion process: evidence that drifts and diffuses between two boundaries."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ssms._core import count_wide_starts
from ssms.curves.curve import Curve
from ssms.engine.request import Request
from ssms.engine.results import OMISSION
from ssms.errors import ConfigError, unknown_name
from ssms.processes.base import CoreProcess
from ssms.processes.bound import BoundModel
from ssms.processes.process import Model, NonDecisionTime, formula

__all__ = ["Diffusion"]


@dataclass(frozen=True)
class Diffusion(CoreProcess):
    """dx = (v(tau) - g x) d(tau) + s dW, until x leaves the band between two boundaries.

    The fields name the parameters that play each role; a role without a parameter is absent.

    Attributes
    ----------
    drift : str
        Mean drift (evidence per second).
    drift_sd : str or None
        Standard deviation of the drift across trials.
    separation : str
        "half": the band is -a to a; "full": it is 0 to a.
    start : str
        Start, relative to the width of the band.
    start_halfwidth : str or None
        Half-width of the uniform distribution of the start across trials.
    start_halfwidth_unit : str
        "absolute" (evidence) or "relative" (to the width of the band).
    nondecision : NonDecisionTime
        Time added to the time of the decision.
    leak : str, tuple of two str, or None
        Rate at which evidence decays (per second).  Two names: one for each column of a drift
        that has two; each part gets half of the same noise, and the start does not decay.
    stability : str or None
        Stability index alpha of Levy noise, in place of Gaussian noise.
    boundary_height : str
        Parameter that is the boundary at time 0.

    Examples
    --------
    >>> Diffusion(drift_sd="sv").drift_sd
    'sv'
    """

    drift: str = "v"
    drift_sd: str | None = None
    separation: str = "half"
    start: str = "z"
    start_halfwidth: str | None = None
    start_halfwidth_unit: str = "absolute"
    nondecision: NonDecisionTime = field(default_factory=NonDecisionTime)
    leak: str | tuple[str, str] | None = None
    stability: str | None = None
    boundary_height: str = "a"

    def __post_init__(self) -> None:
        if self.separation not in ("half", "full"):
            raise unknown_name("separation", self.separation, ("half", "full"))
        if self.start_halfwidth_unit not in ("absolute", "relative"):
            raise unknown_name(
                "unit of the start's half-width",
                self.start_halfwidth_unit,
                ("absolute", "relative"),
            )

    label: ClassVar[str] = "diffusion"
    choices: ClassVar[tuple[int, ...]] = (-1, 1)

    # ---- roles -----------------------------------------------------------------------------------

    @property
    def base_drift(self) -> str:
        """The parameter that is the drift where no function is named."""
        return self.drift

    @property
    def leaks(self) -> tuple[str | None, str | None]:
        """The leak of the evidence, or the leaks of its first and second part."""
        return self.leak if isinstance(self.leak, tuple) else (self.leak, None)

    @property
    def options(self) -> Mapping[str, Any]:
        """Further arguments of the core's layout."""
        return {"start_is_relative": self.start_halfwidth_unit == "relative"}

    @property
    def core_factors(self) -> Mapping[str, float]:
        """Factors of parameters: the core takes half the separation."""
        return {self.boundary_height: 0.5} if self.separation == "full" else {}

    def roles(self) -> Mapping[str, tuple[str | None, ...]]:
        """Return the parameters that play the process's own roles."""
        return {
            "drift_sd": (self.drift_sd,),
            "start": (self.start,),
            "start_halfwidth": (self.start_halfwidth,),
            "noise": ("s",),
            "leak": (self.leaks[0],),
            "leak_2": (self.leaks[1],),
            "stability": (self.stability,),
        }

    # ---- simulation ------------------------------------------------------------------------------

    def bind(self, model: Model) -> BoundModel:
        """Return the process of one model; raise ConfigError if they do not go together."""
        self._check_columns(model)
        bound = super().bind(model)
        return bound if self.start_halfwidth is None else VaryingStart(self, model)

    def why_not(self, curve: Curve) -> str | None:
        """Return why the process cannot have a boundary or drift, None if it can."""
        constant = curve.row is not None and curve.name == "constant"
        if curve.kind == "boundary" and self.separation == "full" and not constant:
            return f"its band is 0 to {self.boundary_height}, which must be constant"
        return None

    def _check_columns(self, model: Model) -> None:
        """Raise if there is not one leak for each column of the drift."""
        two = model.drift is not None and model.drift.n_columns == 2
        columns = "two columns" if two else "one column"
        problem = None
        if self.leak is not None and isinstance(self.leak, tuple) != two:
            problem = f"leak {self.leak!r}"
        elif two and self.stability is not None:
            problem = "Levy noise"
        elif two and self.drift_sd is not None:
            problem = "a drift that varies"
        if problem is not None:
            raise ConfigError(
                f"Model {model.name!r} cannot be simulated: its drift has {columns}, which does "
                f"not go with {problem}"
            )

    def methods(self, model: Model) -> Mapping[str, str | None]:
        """Return the methods in the order of preference, and why one does not apply."""
        reason = self._why_not_exact(model)
        table = self._why_no_table(model)
        if reason is None:
            return {"exact": None, "table": table, "bridge": None, "euler": None}
        # The law must be solved first: for a table that is asked for.
        return {"exact": reason, "bridge": None, "table": table, "euler": None}

    def _why_no_table(self, model: Model) -> str | None:
        if self.drift_sd is not None or self.start_halfwidth is not None:
            return "its drift or start varies from trial to trial"
        if self.stability is not None:
            return f"its noise is Levy noise (stability {self.stability!r})"
        if model.drift is not None and model.drift.n_columns == 2:
            return "its evidence is in two parts with leaks of their own"
        return None

    def _why_not_exact(self, model: Model) -> str | None:
        reason = None
        if model.boundary is None or not model.boundary.is_linear:
            reason = f"its boundary is {model.boundary.name if model.boundary else None!r}"
        elif model.drift is None or not model.drift.is_linear:
            reason = f"its drift is {model.drift.name if model.drift else None!r}"
        elif self.leak is not None:
            reason = f"it has a leak ({self.leak!r})"
        elif self.stability is not None:
            reason = f"its noise is Levy noise (stability {self.stability!r})"
        return reason and (
            f"{reason}; the method takes a constant or linear boundary, a drift that is constant "
            "within a trial and Gaussian noise"
        )

    @property
    def law_has_gradient(self) -> bool:
        """Whether the core gives derivatives of the density; else they are differences."""
        return self.stability is None

    @property
    def law_is_coarse(self) -> bool:
        """Whether the law is not close enough for labels, likelihoods and derivatives."""
        return isinstance(self.leak, tuple)

    def path_in_model_units(self, path: Any, parameters: Mapping[str, Any]) -> None:
        """Move a path: the core's boundaries are centred at 0, the model's may begin there."""
        if self.separation == "full":
            path[path != OMISSION] += 0.5 * parameters[self.boundary_height][0]

    # ---- words -----------------------------------------------------------------------------------

    def equation(self, model: Model) -> list[str]:
        """Return the equation in lines of text."""
        drift = None if model.drift is None or model.drift.is_linear else formula(model.drift)
        edge = self.edge(model)
        full = self.separation == "full"
        start = f"{self.start}·{edge.at_0}" if full else f"{edge.at_0}(2{self.start} − 1)"
        lines = self._motion(f"x(0) = {start}", moving_drift=drift is not None)
        out = f"x ≥ {edge.now} or x ≤ 0" if full else f"|x| ≥ {edge.now}"
        lines += [f"stops when {out}", *edge.lines]
        if drift is not None:
            lines.append(f"v(τ) = {drift}")
        return [*lines, self.response_time(), *self._varying(), *self.varying_time()]

    def _motion(self, start: str, moving_drift: bool) -> list[str]:
        """Return the stochastic differential equation and where it starts."""
        noise = "s dW" if self.stability is None else f"s dL_{self.stability}"
        if isinstance(self.leak, tuple):
            return [f"x = x(0) + x_1 + x_2,  {start},  x_1(0) = x_2(0) = 0"] + [
                f"dx_{i} = (v_{i}(τ) − {leak}·x_{i}) dτ + (s/2) dW, the same dW in both"
                for i, leak in enumerate(self.leak, 1)
            ]
        rate = "v(τ)" if moving_drift else self.drift
        if self.leak is not None:
            rate = f"({rate} − {self.leak}·x)"
        return [f"dx = {rate} dτ + {noise},  {start}"]

    def _varying(self) -> list[str]:
        """Return a line for each quantity of the motion that is drawn again in each trial."""
        lines = []
        if self.drift_sd is not None:
            lines.append(f"{self.drift} ~ Normal({self.drift}, {self.drift_sd})")
        if self.start_halfwidth is not None:
            width, start = self.start_halfwidth, self.start
            if self.start_halfwidth_unit == "relative":
                lines.append(f"{start} ~ Uniform({start} − {width}, {start} + {width})")
            else:
                lines.append(f"x(0) moves by Uniform(−{width}, {width})")
        return [f"each trial: {line}" for line in lines]


class VaryingStart(BoundModel):
    """A diffusion of one model whose start varies, perhaps beyond a boundary."""

    def __init__(self, process: Diffusion, model: Model) -> None:
        super().__init__(process, model)
        self._halfwidth = process.start_halfwidth
        boundary = model.boundary
        self.looks = boundary is not None and boundary.row is not None and boundary.is_linear

    def look(self, request: Request) -> None:
        """Warn, once, if some trials may start beyond a boundary."""
        n_beyond = count_wide_starts(self.layout(request.names), self.in_core_units(request))
        if n_beyond:
            self.looks = False
            warnings.warn(
                f"{n_beyond} of {request.n_trials} trials have a start that varies by more than "
                f"its distance to a boundary ({self._halfwidth}): samples that start beyond a "
                "boundary respond at once",
                UserWarning,
                stacklevel=4,
            )
