"""The diffusion process: evidence that drifts and diffuses between two boundaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ssms import _core
from ssms.config.boundary_registry import get_boundary_registry
from ssms.config.drift_registry import get_drift_registry
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
            "auto", or "exact": times of exit are drawn without time steps.

        Raises
        ------
        UnknownNameError
            If there is no such method.
        ConfigError
            If no method can simulate this boundary, drift or noise.
        """
        if method not in ("auto", "exact"):
            raise unknown_name("method", method, ("auto", "exact"))
        if list(config.get("choices", _CHOICES)) != _CHOICES:
            raise ConfigError(
                f"The choices of a diffusion between two boundaries are {_CHOICES}, "
                f"got {config['choices']}"
            )
        reason = self._why_not_exact(config)
        if reason is not None:
            name = config.get("name", "custom model")
            raise ConfigError(
                f"Model {name!r} cannot be simulated: {reason}; this version simulates a "
                "constant or linear boundary, a drift that is constant within a trial and Gaussian "
                "noise"
            )
        return DiffusionPlan(self, collapses=_registered_name(config, "boundary") == "angle")

    def _why_not_exact(self, config: Mapping[str, Any]) -> str | None:
        if _registered_name(config, "boundary") not in ("constant", "angle"):
            return f"its boundary is {config.get('boundary_name', 'not named')!r}"
        if _registered_name(config, "drift") != "constant":
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
        call = DiffusionPlan(self).open(names, matrix, 1.0, n_samples, max_t, random_state)
        rts, choices = sample_into_arrays(call, n_samples * matrix.shape[1], n_threads)
        shape = (n_samples, matrix.shape[1], 1)
        return {
            "rts": rts.reshape(shape),
            "choices": choices.reshape(shape),
            "metadata": {
                "simulator": "diffusion",
                "method": "exact",
                "possible_choices": list(_CHOICES),
                "n_samples": n_samples,
                "n_trials": matrix.shape[1],
                "max_t": max_t,
                "delta_t": delta_t,
            },
        }


def _registered_name(config: Mapping[str, Any], kind: str) -> str | None:
    """Return the name of a configuration's boundary or drift, None if it is not a registered one.

    It is the function that counts: a user's own may bear the name of a registered one.
    """
    registry: Any = get_boundary_registry() if kind == "boundary" else get_drift_registry()
    function = config.get("boundary" if kind == "boundary" else "drift_fun")
    name = config.get(f"{kind}_name") or "constant"
    if function is None or (
        registry.is_registered(name) and registry.definition(name).function is function
    ):
        return str(name)
    return None


_CHOICES = [-1, 1]

_ALLOWED = {
    "drift": "finite",
    "drift_sd": "finite and not negative",
    "boundary": "finite and greater than 0",
    "start": "between 0 and 1 (exclusive)",
    "start_halfwidth": "finite and not negative",
    "noise": "finite and not negative",
    "ndt_location": "finite and not negative",
    "ndt_scale": "finite and not negative",
    "deadline": "a number",
    "angle": "between -pi/2 and pi/2 (exclusive)",
}

# The value of a role that no parameter plays.
_CONSTANTS = {"noise": 1.0, "deadline": float("inf")}


class Call(Protocol):
    """One call of a kernel: it writes results [begin, end) into flat arrays."""

    def sample(self, isa: int, begin: int, end: int, rts: Any, choices: Any, cancel: Any) -> None:
        """Write the results begin <= i < end."""

    def path(self, delta_t: float, path: Any) -> None:
        """Write a path of sample 0 of trial 0 on a grid of times."""


class DiffusionPlan:
    """How a diffusion model is simulated; reused from call to call.

    Attributes
    ----------
    method : str
        The method that is used.
    """

    method = "exact"

    def __init__(self, process: Diffusion, collapses: bool = False) -> None:
        self.process = process
        self._ndt_kind = _core.NDT_KINDS.index(process.nondecision.distribution)
        self._relative = process.start_halfwidth_unit == "relative"
        self._parameters = [process.parameter_of(role) for role in _core.ROLES]
        if collapses:
            self._parameters[_core.ROLES.index("angle")] = "theta"
        self._rows: dict[tuple[str, ...], tuple[int, ...]] = {}

    def open(
        self,
        names: Sequence[str],
        theta: FloatArray,
        noise: float,
        n_samples: int,
        max_t: float,
        seed: int,
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

        Raises
        ------
        ParameterError
            If a parameter of some trial has no meaning; it names the parameter and the trial.
        """
        names = tuple(names)
        rows = self._rows.get(names)
        if rows is None:
            rows = self._rows[names] = self._find_rows(names)
        if self.process.separation == "full":
            theta = theta.copy()
            theta[names.index(self.process.boundary_height)] *= 0.5
        constants = (0.0, 0.0, 1.0, 0.5, 0.0, noise, 0.0, 0.0, _CONSTANTS["deadline"], 0.0)
        call = _core.WienerCall(
            theta, rows, constants, self._ndt_kind, self._relative, n_samples, max_t, seed
        )
        problem = call.check()
        if problem is not None:
            raise self._bad_parameter(problem, rows, names, theta, noise)
        return call

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
        allowed = _ALLOWED[_core.ROLES[role]]
        if theta.shape[1] > 1:
            name = f"{name} of trial {trial}"
        return bad_value(name, value, allowed)
