"""The diffusion process: evidence that drifts and diffuses between two boundaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ssms import _core
from ssms.config.processes.curves import registered_name
from ssms.config.processes.plans import DiffusionPlan
from ssms.config.processes.stepped import SteppedPlan
from ssms.errors import ConfigError, unknown_name

__all__ = ["Diffusion", "NonDecisionTime"]


@dataclass(frozen=True)
class NonDecisionTime:
    """How the non-decision time of a sample is distributed.

    Attributes
    ----------
    distribution : str
        "constant": the location; "uniform": between location - scale and location + scale;
        "normal": mean and standard deviation; "truncated_normal": the same, truncated to
        [0, inf); "rayleigh": of that scale, without a location.
    location, scale : str or None
        Names of parameters (seconds).
    """

    distribution: str = "constant"
    location: str | None = "t"
    scale: str | None = None

    def __post_init__(self) -> None:
        if self.distribution not in _core.NDT_KINDS:
            raise unknown_name(
                "distribution of non-decision time", self.distribution, _core.NDT_KINDS
            )


@dataclass(frozen=True)
class Diffusion:
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

    #: Names under which the noise may stand in theta.
    noise_names = ("s", "sd")

    def plan(self, config: Mapping[str, Any], method: str = "auto") -> DiffusionPlan:
        """Return how models of this configuration are simulated.

        Parameters
        ----------
        config : mapping
            A model configuration whose simulator is this process.
        method : str
            "exact": times of exit are drawn without time steps, where the boundary is constant or
            linear, drift constant within a trial and noise Gaussian; "table": likewise, from a
            table of the law of one parameter set; "bridge": by steps as long
            as boundary and drift allow, between which exits are found; "euler": by steps of
            delta_t, after which exits are noticed; "auto": the first of these that there is.

        Raises
        ------
        UnknownNameError
            If there is no such method.
        ConfigError
            If the method cannot simulate this boundary, drift or noise.
        """
        if method not in METHODS:
            raise unknown_name("method", method, METHODS)
        if list(config.get("choices", _CHOICES)) != _CHOICES:
            raise ConfigError(
                f"The choices of a diffusion between two boundaries are {_CHOICES}, "
                f"got {config['choices']}"
            )
        if config.get("n_particles", 1) != 1:
            raise ConfigError(
                f"A diffusion between two boundaries has one particle, got {config['n_particles']}"
            )
        if self.separation == "full" and registered_name(config, "boundary") != "constant":
            raise ConfigError(
                f"The band of model {config.get('name')!r} is 0 to {self.boundary_height}: its "
                f"boundary must be constant, got {config.get('boundary_name', 'custom')!r}"
            )
        reason = self._why_not_exact(config)
        if method in ("bridge", "euler") or (method == "auto" and reason is not None):
            return SteppedPlan(self, config, "bridge" if method == "auto" else method)
        if reason is not None:
            name = config.get("name", "custom model")
            raise ConfigError(
                f"Model {name!r} cannot be simulated by method {method!r}: {reason}; it takes a "
                "constant or linear boundary, a drift that is constant within a trial and Gaussian "
                "noise"
            )
        return DiffusionPlan(self, method, collapses=registered_name(config, "boundary") == "angle")

    def _why_not_exact(self, config: Mapping[str, Any]) -> str | None:
        if registered_name(config, "boundary") not in ("constant", "angle"):
            return f"its boundary is {config.get('boundary_name', 'not named')!r}"
        if registered_name(config, "drift") != "constant":
            return f"its drift is {config.get('drift_name', 'not named')!r}"
        if self.leak is not None:
            return f"it has a leak ({self.leak!r})"
        if self.stability is not None:
            return f"its noise is Levy noise (stability {self.stability!r})"
        return None

    @property
    def leaks(self) -> tuple[str | None, str | None]:
        """The leak of evidence, or of its first part, and that of its second part."""
        return self.leak if isinstance(self.leak, tuple) else (self.leak, None)

    @property
    def beside_curves(self) -> frozenset[str]:
        """The parameters that are read whatever the boundary and the drift are."""
        roles = ("drift_sd", "start", "start_halfwidth", "ndt_location", "ndt_scale")
        names = {self.parameter_of(role) for role in roles} | {*self.leaks, self.stability}
        return frozenset(name for name in names if name is not None)

    def parameter_of(self, role: str) -> str | None:
        """Return the parameter that plays a role of ``_core.ROLES``, None if none does."""
        return {
            "drift": self.drift,
            "drift_sd": self.drift_sd,
            "boundary": self.boundary_height,
            "start": self.start,
            "start_halfwidth": self.start_halfwidth,
            "ndt_location": self.nondecision.location,
            "ndt_scale": self.nondecision.scale,
            "deadline": "deadline",
        }.get(role)

    def __call__(
        self,
        *,
        n_samples: int,
        max_t: float,
        random_state: int,
        n_threads: int = 1,
        delta_t: float = 0.001,
        boundary_fun: Any = None,
        boundary_params: Mapping[str, Any] | None = None,
        drift_fun: Any = None,
        drift_params: Mapping[str, Any] | None = None,
        n_trials: int | None = None,
        smooth_unif: bool = False,
        return_option: str = "full",
        **theta: Any,
    ) -> dict[str, Any]:
        """Simulate, in the calling convention of a model configuration's simulator.

        Parameters
        ----------
        n_samples : int
            Samples of each trial.
        max_t, delta_t : float
            Longest decision time; step of time grids (seconds).
        random_state : int
            Seed.
        n_threads : int
            Threads that work.
        boundary_fun, drift_fun : callable, optional
            Functions of time, in place of a constant boundary and drift.
        boundary_params, drift_params : mapping, optional
            Their parameters.
        n_trials, smooth_unif, return_option
            Have no effect: there are as many trials as `theta` has entries, and times lie on no
            grid.
        **theta : array_like, shape (n_trials,)
            The parameters.

        Returns
        -------
        dict
            ``rts`` float32 and ``choices`` int32, both (n_samples, n_trials, 1), and
            ``metadata``.

        Raises
        ------
        UnknownNameError
            If a parameter is none of this process, its boundary or its drift.
        ConfigError, ParameterError
            As `plan` and the plan's `open` do.
        """
        import numpy as np

        from ssms.config.processes.results import sample_into_arrays

        config: dict[str, Any] = {"simulator": self}
        known = [self.parameter_of(role) for role in _core.ROLES]
        known += [*self.noise_names, *self.leaks, self.stability]
        for kind, key, function, parameters in (
            ("boundary", "boundary", boundary_fun, boundary_params or {}),
            ("drift", "drift_fun", drift_fun, drift_params or {}),
        ):
            if function is not None:
                config[key] = function
                config[f"{kind}_name"] = getattr(function, "__name__", "custom")
                config[f"{kind}_params"] = list(parameters)
            theta = {**theta, **parameters}
            known += parameters
        for name in theta:
            if name not in known:
                raise unknown_name("parameter of this process", name, filter(None, known))
        rows = np.broadcast_arrays(*(np.asarray(v, np.float64).ravel() for v in theta.values()))
        matrix = np.ascontiguousarray(np.stack(rows))
        plan = self.plan(config)
        call = plan.open(tuple(theta), matrix, 1.0, n_samples, max_t, random_state, delta_t)
        shape = (n_samples, matrix.shape[1], 1)
        rts, choices = sample_into_arrays(call, shape, n_threads, plan.piece(delta_t))
        return {
            "rts": rts,
            "choices": choices,
            "metadata": {
                "simulator": "diffusion",
                "method": call.method,
                "possible_choices": list(_CHOICES),
                "n_samples": n_samples,
                "n_trials": matrix.shape[1],
                "max_t": max_t,
                "delta_t": delta_t,
            },
        }


METHODS = ("auto", "exact", "table", "bridge", "euler")

_CHOICES = [-1, 1]
