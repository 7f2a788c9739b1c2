"""Models that a user's own function simulates, in the calling convention of configurations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ssms.engine.results import OMISSION, Results, result_shape
from ssms.errors import ConfigError, ParameterTypeError, bad_value, unknown_name

if TYPE_CHECKING:
    import numpy.typing as npt

    from ssms.curves.curve import Curve
    from ssms.engine.request import Request
    from ssms.processes.process import Adapt, Model

__all__ = ["FunctionProcess", "noise_vector"]

MAX_FUNCTION_SEED = 2**31
"""Seeds of users' functions are below this, which every generator takes."""

NO_DEADLINE = 999.0
"""The deadline (seconds) that a function is given where its model has none."""


def noise_vector(
    sigma_noise: npt.ArrayLike, n_trials: int, n_particles: int = 1
) -> npt.NDArray[np.float32]:
    """Return the noise of every trial and accumulator.

    Parameters
    ----------
    sigma_noise : float or array_like, shape (n_trials,)
        Standard deviation of the noise after 1 s: one number, or one for each trial.
    n_trials, n_particles : int
        Number of trials and of accumulators.

    Returns
    -------
    ndarray of float32, shape (n_trials,) or, with several particles, (n_trials, n_particles)

    Raises
    ------
    ValueError
        If `sigma_noise` has neither one entry nor `n_trials`.

    Examples
    --------
    >>> noise_vector(0.5, 2, 3).shape
    (2, 3)
    """
    noise = np.full(n_trials, sigma_noise, np.float32)
    return noise if n_particles == 1 else np.tile(noise[:, None], n_particles)


@dataclass(frozen=True)
class FunctionProcess:
    """A simulator function of a user's own.

    Attributes
    ----------
    function : callable
        Called with the model's parameters and ``n_samples``, ``n_trials``, ``max_t``, ``delta_t``,
        ``random_state`` and so on, as far as it takes them; returns a dict with ``rts`` and
        ``choices``.
    """

    function: Callable[..., Any]

    noise_names: ClassVar[tuple[str, ...]] = ("s", "sd")
    has_response_time: ClassVar[bool] = True
    boundary_height: ClassVar[str | None] = None
    base_drift: ClassVar[str | None] = None
    fixed_parameters: ClassVar[frozenset[str] | None] = None
    nondecision_edge_shift: ClassVar[str | None] = None

    @property
    def default_noise(self) -> float:
        """Noise where a model names none; functions may say theirs."""
        return float(getattr(self.function, "default_noise", 1.0))

    @property
    def label(self) -> str:
        """Name of the function."""
        return str(getattr(self.function, "__name__", type(self.function).__name__))

    def bind(self, model: Model) -> BoundFunction:
        """Return the function of one model."""
        return BoundFunction(self, model)

    def equation(self, model: Model) -> list[str]:
        """Return a line that names the function that simulates the model."""
        return [f"simulated by {self.label}"]


class BoundFunction:
    """A user's function, with the boundary, drift and parameters of one model."""

    methods: ClassVar[Mapping[str, str | None]] = {}

    def __init__(self, process: FunctionProcess, model: Model) -> None:
        self.process = process
        self.model = model

    def describe_method(self) -> str:
        """Return the name of the function."""
        return f"a function of your own, {self.process.label}"

    def adapted(self, request: Request, adapt: Adapt) -> Request:
        """Return the request as it is: transforms are applied where the function is called."""
        return request

    def validate(self, request: Request) -> None:
        """Raise if a parameter is NaN or infinite; a deadline may be infinite."""
        for name, row in zip(request.names, request.theta, strict=True):
            wrong = np.isnan(row) if name == "deadline" else ~np.isfinite(row)
            if wrong.any():
                trial = int(wrong.argmax())
                label = name if row.size == 1 else f"{name} of trial {trial}"
                allowed = "a number" if name == "deadline" else "finite"
                raise bad_value(label, float(row[trial]), allowed)

    def simulate(self, request: Request, adapt: Adapt | None) -> Results:
        """Call the function, and check its result.

        Raises
        ------
        UnknownNameError
            If a method is named: the function is the method.
        ParameterTypeError
            If the function does not return a dict.
        ConfigError
            If results are missing, have the wrong shape, are NaN, or are no choices of the model.
        """
        if request.method != "auto":
            raise unknown_name("method of a simulator function", request.method, ["auto"])
        invalid = self._invalid_trials(request)
        if invalid.any():
            from ssms.processes.bound import warn_of_invalid

            request = _replaced(request, invalid)
        result = self.process.function(**self._arguments(request, adapt), **request.extra_fields)
        results = self._checked(result, request)
        if "deadline" in request.names:
            deadline = request.theta[request.names.index("deadline")]
            results.rt[results.rt >= deadline] = OMISSION
        if invalid.any():
            results.rt[:, invalid] = OMISSION
            results.n_invalid = int(invalid.sum())
            warn_of_invalid(invalid, "a parameter is not finite")
        return results

    def _invalid_trials(self, request: Request) -> npt.NDArray[np.bool_]:
        if request.on_invalid == "raise":
            self.validate(request)
            return np.zeros(request.n_trials, bool)
        finite = [
            ~np.isnan(row) if name == "deadline" else np.isfinite(row)
            for name, row in zip(request.names, request.theta, strict=True)
        ]
        invalid: npt.NDArray[np.bool_] = ~np.all(finite, axis=0)
        if invalid.all():
            self.validate(request)
        return invalid

    def _arguments(self, request: Request, adapt: Adapt | None) -> dict[str, Any]:
        """Return those arguments that the function takes."""
        n_trials = request.n_trials
        pairs = zip(request.names, request.theta, strict=True)
        theta: dict[str, Any] = {name: row.astype(np.float32) for name, row in pairs}
        if "s" not in theta and "sd" not in theta:
            theta["s"] = noise_vector(request.noise, n_trials, self.model.n_particles)
        theta.setdefault("deadline", np.full(n_trials, NO_DEADLINE, np.float32))
        if adapt is not None:
            theta = adapt(theta, n_trials)
        offered = {
            **theta,
            **_curve("boundary", self.model.boundary, self.model.boundary_params, theta),
            **_curve("drift", self.model.drift, self.model.drift_params, theta),
            "n_trials": n_trials,
            "n_samples": request.n_samples,
            "delta_t": request.delta_t,
            "max_t": request.max_t,
            "smooth_unif": request.smooth_times,
            "random_state": request.seed % MAX_FUNCTION_SEED,
            "return_option": "full" if request.full else "minimal",
            "n_threads": request.n_threads,
        }
        try:
            signature = inspect.signature(self.process.function)
        except (TypeError, ValueError):
            return offered
        parameters = signature.parameters.values()
        self._check_supplied(parameters, {*offered, *request.extra_fields})
        if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
            return offered
        return {p.name: offered[p.name] for p in parameters if p.name in offered}

    def _check_supplied(self, parameters: Iterable[inspect.Parameter], names: set[str]) -> None:
        """Raise if a function of Python needs an argument that nothing supplies."""
        positional = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        lacking = [
            p.name
            for p in parameters
            if p.default is p.empty and p.kind in positional and p.name not in names
        ]
        if lacking and inspect.isfunction(self.process.function):
            raise ConfigError(
                f"{self.process.label} needs the arguments {', '.join(lacking)}, which model "
                f"{self.model.name!r} does not have (its parameters are "
                f"{', '.join(self.model.params)}); transforms make others of them, such as "
                "ssms.transforms.ColumnStackParameters and RenameParameter"
            )

    def _checked(self, result: Any, request: Request) -> Results:
        name, model = self.process.label, self.model
        n_samples, n_trials = request.n_samples, request.n_trials
        if not isinstance(result, dict):
            raise ParameterTypeError(
                f"{name} must return a dict with rts and choices, got {type(result).__name__}"
            )
        squeezed = tuple(size for size in (n_samples, n_trials) if size != 1)
        for key in ("rts", "choices"):
            if key not in result:
                raise ConfigError(f"{name} must return a dict with rts and choices; it lacks {key}")
            if np.squeeze(result[key]).shape != squeezed:
                raise ConfigError(
                    f"{name} must return {key} of shape ({n_samples}, {n_trials}, 1), "
                    f"got {np.shape(result[key])}"
                )
        rts, choices = np.asarray(result["rts"]), np.asarray(result["choices"])
        if np.isnan(rts).any():
            raise ConfigError(f"{name} must return rts that are numbers, got nan")
        unknown = choices[~np.isin(choices, model.choices) & (rts != OMISSION)]
        if unknown.size:
            raise ConfigError(
                f"{name} must return choices of {list(model.choices)}, got {unknown.ravel()[0]}"
            )
        metadata = {"possible_choices": list(model.choices), "n_samples": n_samples}
        metadata.update(n_trials=n_trials, max_t=request.max_t, limit=request.max_t)
        metadata["model"] = model.name
        metadata.update(result.get("metadata") or {})
        shape = result_shape(n_samples, n_trials)
        results = Results(
            np.array(rts, dtype=np.float32).reshape(shape),
            np.array(choices, dtype=np.int32).reshape(shape),
            n_samples,
            n_trials,
            dict,
            metadata,
        )
        more = {k: v for k, v in result.items() if k not in ("rts", "choices", "metadata")}
        results.update(more)
        return results


def _replaced(request: Request, invalid: npt.NDArray[np.bool_]) -> Request:
    """Return the request with the parameters of a valid trial in place of invalid ones."""
    theta = request.theta.copy()
    theta[:, invalid] = theta[:, [int(np.argmin(invalid))]]
    return request._replace(theta=theta)


def _curve(
    kind: str, curve: Curve | None, passed: Sequence[str], theta: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a boundary or drift and those parameters that it takes; nothing if there is none."""
    if curve is None:
        return {}
    given = {name: theta[name] for name in passed if name in theta}
    return {f"{kind}_fun": curve.function, f"{kind}_params": given}
