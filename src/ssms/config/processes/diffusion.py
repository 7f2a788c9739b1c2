"""The diffusion process: evidence that drifts and diffuses between two boundaries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ssms import _core
from ssms.config.processes.curves import registered_name
from ssms.config.processes.execution import PIECE
from ssms.errors import ConfigError, ParameterError, bad_value, unknown_name

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

__all__ = ["Diffusion", "DiffusionPlan", "NonDecisionTime"]


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
        if self.separation == "full" and registered_name(config, "boundary") != "constant":
            raise ConfigError(
                f"The band of model {config.get('name')!r} is 0 to {self.boundary_height}: its "
                f"boundary must be constant, got {config.get('boundary_name', 'custom')!r}"
            )
        reason = self._why_not_exact(config)
        if method in ("bridge", "euler") or (method == "auto" and reason is not None):
            from ssms.config.processes.stepped import SteppedPlan

            return SteppedPlan(self, config, "bridge" if method == "auto" else method)
        if reason is not None:
            name = config.get("name", "custom model")
            raise ConfigError(
                f"Model {name!r} cannot be simulated by method 'exact': {reason}; it takes a "
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
        **theta : array_like, shape (n_trials,)
            The parameters; entries that are none of this process' are not read.

        Returns
        -------
        dict
            ``rts`` float32 and ``choices`` int32, both (n_samples, n_trials, 1), and
            ``metadata``.
        """
        import numpy as np

        from ssms.config.processes.results import sample_into_arrays

        roles = [self.parameter_of(role) for role in _core.ROLES]
        names = tuple(n for n in theta if n in roles or n in self.noise_names)
        rows = np.broadcast_arrays(*(np.asarray(theta[n], dtype=np.float64).ravel() for n in names))
        matrix = np.ascontiguousarray(np.stack(rows))
        call = DiffusionPlan(self, "exact").open(names, matrix, 1.0, n_samples, max_t, random_state)
        rts, choices = sample_into_arrays(call, (n_samples, matrix.shape[1], 1), n_threads)
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

ALLOWED = {
    "drift": "finite (up to 1e60 in size)",
    "drift_sd": "finite and not negative",
    "boundary": "finite and greater than 0 (from 1e-60 to 1e60)",
    "start": "between 0 and 1 (exclusive)",
    "start_halfwidth": "finite and not negative",
    "noise": "0, or greater (from 1e-60 to 1e60)",
    "ndt_location": "finite and not negative",
    "ndt_scale": "finite and not negative",
    "deadline": "a number",
    "angle": "between -pi/2 and pi/2 (exclusive)",
}

LEAST_SAMPLES_FOR_TABLE = 2000
"""A table costs as much as about 1,000 samples, and makes each of them four to five times
cheaper."""

# The value of a role that no parameter plays.
_CONSTANTS = {"noise": 1.0, "deadline": float("inf")}


class Call(Protocol):
    """One call of a kernel: it writes results [begin, end) into flat arrays."""

    def sample(self, isa: int, begin: int, end: int, rts: Any, choices: Any, cancel: Any) -> None:
        """Write the results begin <= i < end."""

    @property
    def method(self) -> str:
        """How times are drawn."""

    def path(self, delta_t: float, path: Any) -> None:
        """Write a path of sample 0 of trial 0 on a grid of times."""


class DiffusionPlan:
    """How a diffusion model is simulated; reused from call to call.

    Parameters
    ----------
    process : Diffusion
        Which parameter plays which role.
    method : str
        "auto", "exact" or "table".
    collapses : bool
        Whether the boundary is linear, with the angle ``theta``.
    """

    def __init__(self, process: Diffusion, method: str = "auto", collapses: bool = False) -> None:
        self.process = process
        self.method = method
        self._ndt_kind = _core.NDT_KINDS.index(process.nondecision.distribution)
        self._relative = process.start_halfwidth_unit == "relative"
        self._parameters = [process.parameter_of(role) for role in _core.ROLES]
        if collapses:
            self._parameters[_core.ROLES.index("angle")] = "theta"
        self._rows: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._least_samples_for_table = self._find_least_samples_for_table()

    def open(
        self,
        names: Sequence[str],
        theta: FloatArray,
        noise: float,
        n_samples: int,
        max_t: float,
        seed: int,
        delta_t: float = 0.001,
        smooth_times: bool = False,
    ) -> Call:
        """Return a checked call of the kernel.

        Parameters
        ----------
        names : sequence of str
            What the rows of theta are.
        theta : ndarray of float64, shape (n_names, n_trials)
            Parameters, C-contiguous.
        noise : float
            Noise where theta has none.
        n_samples : int
            Samples of each trial.
        max_t : float
            Longest decision time (seconds).
        seed : int
            From 0 to 2**64 - 1.
        delta_t : float
            Step of method "euler" (seconds).
        smooth_times : bool
            Method "euler" blurs times by up to half a step.

        Raises
        ------
        ParameterError
            If a parameter of some trial has no meaning; it names the parameter and the trial.
        """
        names = tuple(names)
        rows = self._rows.get(names)
        if rows is None:
            rows = self._rows[names] = self._find_rows(names)
        theta = self._halved(names, theta)
        constants = (0.0, 0.0, 1.0, 0.5, 0.0, noise, 0.0, 0.0, _CONSTANTS["deadline"], 0.0)
        tabulate = n_samples >= self._least_samples_for_table
        call = _core.WienerCall(
            theta, rows, constants, self._ndt_kind, self._relative, n_samples, max_t, seed, tabulate
        )
        problem = call.check()
        if problem is not None:
            raise self._bad_parameter(problem, rows, names, theta, noise)
        return call

    def piece(self, delta_t: float) -> int:
        """Return how many results are some milliseconds of work, at a step of `delta_t`."""
        return PIECE

    def _halved(self, names: tuple[str, ...], theta: FloatArray) -> FloatArray:
        """Return theta with half the separation where it holds all of it."""
        if self.process.separation == "full":
            theta = theta.copy()
            theta[names.index(self.process.boundary_height)] *= 0.5
        return theta

    def describe(self) -> str:
        """Return the method in words."""
        if self.method == "auto":
            tabulates = self._least_samples_for_table < math.inf
            return "exact, or a table for many samples" if tabulates else "exact"
        return self.method

    def _find_least_samples_for_table(self) -> float:
        """Return from how many samples on those of a trial are drawn from a table of their law."""
        varies = self.process.drift_sd is not None or self.process.start_halfwidth is not None
        if self.method == "table":
            if varies:
                raise bad_value("method", "table", "exact or auto for a drift or start that varies")
            return 1
        return LEAST_SAMPLES_FOR_TABLE if self.method == "auto" and not varies else math.inf

    def _find_rows(self, names: tuple[str, ...]) -> tuple[int, ...]:
        rows = []
        for role, parameter in zip(_core.ROLES, self._parameters, strict=True):
            candidates = self.process.noise_names if role == "noise" else (parameter,)
            found = [names.index(name) for name in candidates if name in names]
            if not found and parameter is not None and role not in _CONSTANTS:
                raise ConfigError(f"theta lacks {parameter!r}, the {role} of the model")
            rows.append(found[0] if found else -1)
        return tuple(rows)

    def _bad_parameter(
        self,
        problem: tuple[int, int],
        rows: tuple[int, ...],
        names: tuple[str, ...],
        theta: FloatArray,
        noise: float,
    ) -> ParameterError:
        role, trial = problem
        row = rows[role]
        name = names[row] if row >= 0 else "sigma_noise"
        value = float(theta[row, trial]) if row >= 0 else noise
        if row >= 0 and _core.ROLES[role] == "boundary" and self.process.separation == "full":
            value *= 2.0
        allowed = ALLOWED[_core.ROLES[role]]
        if theta.shape[1] > 1:
            name = f"{name} of trial {trial}"
        return bad_value(name, value, allowed)
