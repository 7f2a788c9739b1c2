"""The class `Simulator`: a model that can be sampled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ssms.basic_simulators.laws import LawMethods
from ssms.basic_simulators.parameter_adapters import get_adapter_registry
from ssms.basic_simulators.theta import theta_matrix
from ssms.checks import (
    check_choice,
    check_count,
    check_duration,
    check_fields,
    check_flag,
    check_number,
    check_threads,
    seed_from,
)
from ssms.config.model_registry import get_model_registry
from ssms.config.spec import ModelSpec
from ssms.engine.request import Request, limits_of
from ssms.engine.results import Results
from ssms.errors import bad_type, bad_value

__all__ = ["Simulator", "named_simulator"]

_RETURN_OPTIONS = ("full", "minimal")
_ON_INVALID = ("raise", "omit")


class Simulator(LawMethods):
    """A model that can be sampled.

    Parameters
    ----------
    model : str, ModelSpec or dict, optional
        A name in `ssms.config.model_config`, a model as `ssms.model` returns it, or a model
        configuration.
    boundary, drift : str or callable, optional
        In place of the model's own: a registered name, or a function whose first argument is
        ``t`` (seconds since the decision began).  Its further arguments are parameters of the
        model, except keyword-only ones with a default; ``boundary_params`` or ``drift_params``
        may name them instead.  The parameters of the model are then those that are read: without
        the old function's own, and with the new one's.
    simulator_function : callable, optional
        Simulates, in place of the model's own simulator; alone, it needs ``params`` and
        ``nchoices`` too.  It is called as ``f(**parameters, n_samples=, n_trials=, max_t=,
        delta_t=, random_state=, ...)`` and returns a dict with ``rts`` and ``choices`` of shape
        (n_samples, n_trials, 1).
    parameter_adapter : object, optional
        Has ``adapt_parameters(theta, model_config, n_trials)``; by default it applies the
        configuration's own transforms.
    parameter_adaptations : list of ParameterTransform, optional
        Transforms of theta, applied after the configuration's own.
    **config_overrides
        Entries of the configuration to replace, ``param_bounds`` for instance.

    Attributes
    ----------
    name : str
        The model's name.
    params : list of str
        Its parameters, in the order of the columns of theta.
    bounds, defaults : dict
        Training bounds (low, high) and defaults by parameter.
    choices : list of int
        Labels of the possible choices.
    methods : list of str
        The methods that can simulate it, in the order of preference.
    config : dict
        The configuration (a copy each time).
    parameter_adapter : object
        Adapts parameters before simulation.
    bound : BoundProcess
        The process with the model's boundary, drift and parameters; it simulates.

    Raises
    ------
    UnknownNameError
        If the model, boundary or drift is not known.
    ConfigError
        If the configuration cannot be simulated.

    Examples
    --------
    >>> ddm = Simulator("ddm")
    >>> result = ddm.simulate([1.0, 1.5, 0.5, 0.3], n_samples=500, random_state=1)
    >>> result["rts"].shape, result["rts"].dtype
    ((500, 1), dtype('float32'))
    >>> Simulator("ddm", boundary="angle")
    Simulator('ddm': v, a, z, t, theta; method exact, or a table for many samples)
    >>> Simulator("ddm", boundary=lambda t, a, rate: a / (1 + rate * t)).params
    ['v', 'a', 'z', 't', 'rate']
    """

    def __init__(
        self,
        model: str | ModelSpec | dict[str, Any] | None = None,
        boundary: str | Callable[..., Any] | None = None,
        drift: str | Callable[..., Any] | None = None,
        simulator_function: Callable[..., Any] | None = None,
        parameter_adapter: Any = None,
        parameter_adaptations: Sequence[Any] | None = None,
        **config_overrides: Any,
    ) -> None:
        from ssms.basic_simulators.model_source import resolve_config

        name, self._config = resolve_config(
            model, boundary, drift, simulator_function, config_overrides
        )
        self._spec = ModelSpec.from_config(self._config, name)
        self._process = self._spec.process
        self.bound = self._process.bind(self._spec)
        self._params = tuple(self._spec.params)
        self._default_noise = self._process.default_noise
        self._optional = tuple(n for n in self._process.noise_names if n not in self._params)
        self._adapters = get_adapter_registry()
        self._adapted_name = str(self._config.get("name", ""))
        if not isinstance(parameter_adaptations, Sequence | None):
            raise bad_type("parameter_adaptations", parameter_adaptations, "a sequence or None")
        self._adaptations = list(parameter_adaptations or ())
        for adaptation in self._adaptations:
            if not hasattr(adaptation, "apply"):
                words = "made of objects with a method apply"
                raise bad_type("parameter_adaptations", adaptation, words)
        self._own_adapter = parameter_adapter is not None
        if parameter_adapter is None:
            from ssms.basic_simulators.modular_parameter_simulator_adapter import (
                ModularParameterSimulatorAdapter,
            )

            parameter_adapter = ModularParameterSimulatorAdapter()
        elif not hasattr(parameter_adapter, "adapt_parameters"):
            words = "an object with a method adapt_parameters, or None"
            raise bad_type("parameter_adapter", parameter_adapter, words)
        self.parameter_adapter = parameter_adapter
        self._transforms_theta = bool(
            self._own_adapter or self._adaptations or self._spec.simulation_transforms
        )

    @property
    def config(self) -> dict[str, Any]:
        """The configuration of the model, a copy."""
        from ssms.config.config_utils import copy_config

        return copy_config(self._config)

    @property
    def name(self) -> str:
        """The model's name."""
        return self._spec.name

    @property
    def params(self) -> list[str]:
        """Names of the parameters, in the order of the columns of theta."""
        return list(self._params)

    @property
    def bounds(self) -> dict[str, tuple[Any, Any]]:
        """Training bounds (low, high) by parameter, as far as they are known."""
        return self._spec.bounds

    @property
    def defaults(self) -> dict[str, float]:
        """Defaults by parameter, as far as they are known."""
        return self._spec.defaults

    @property
    def choices(self) -> list[int]:
        """Labels of the possible choices."""
        return list(self._spec.choices)

    @property
    def methods(self) -> list[str]:
        """The methods that can simulate the model, in the order of preference."""
        return [name for name, reason in self.bound.methods.items() if reason is None]

    def __repr__(self) -> str:
        parameters = ", ".join(self._params)
        method = self.bound.describe_method()
        return f"Simulator({self.name!r}: {parameters}; method {method})"

    def __str__(self) -> str:
        return str(self._spec)

    def _repr_html_(self) -> str:
        return self._spec._repr_html_()

    def validate_params(self, theta: Any) -> None:
        """Raise if parameters could not be simulated.

        Parameters
        ----------
        theta : dict, sequence, ndarray or DataFrame
            As in `simulate`.

        Raises
        ------
        UnknownNameError, ParameterError, ParameterTypeError
            As `simulate` does.

        Examples
        --------
        >>> Simulator("ddm").validate_params({"v": 0.0, "a": 1.0, "z": 0.5, "t": 0.3})
        """
        self.bound.validate(self.request(theta))

    def request(self, theta: Any, max_t: float = 1.0, sigma_noise: float | None = None) -> Request:
        """Return a request of one sample of each trial, as the process reads it.

        Functions that evaluate a model, and do not simulate it, begin with this.

        Parameters
        ----------
        theta : dict, sequence, ndarray or DataFrame
            As in `simulate`.
        max_t : float
            Longest decision time (seconds).
        sigma_noise : float, optional
            Noise, where theta holds none.

        Returns
        -------
        Request
            With parameters as the model's transforms make them.

        Raises
        ------
        UnknownNameError, ParameterError, ParameterTypeError
            As `simulate` does.
        """
        names, matrix = theta_matrix(theta, self._params, self.name, self._optional)
        noise = self._noise(names, sigma_noise)
        request = Request(
            *(names, matrix, 1, 1e-3, max_t, max_t, noise, False),
            *(1, "auto", False, {}, "raise", 0),
        )
        adapt = self.transform
        return request if adapt is None else self.bound.adapted(request, adapt)

    def simulate(
        self,
        theta: Any,
        n_samples: int = 1000,
        delta_t: float = 0.001,
        max_t: float | None = None,
        no_noise: bool = False,
        sigma_noise: float | None = None,
        smooth_unif: bool = True,
        random_state: int | np.random.Generator | None = None,
        return_option: str = "full",
        n_threads: int = 1,
        extra_fields: dict[str, Any] | None = None,
        method: str = "auto",
        on_invalid: str = "raise",
    ) -> Results:
        """Draw samples of the model.

        Parameters
        ----------
        theta : dict, sequence, ndarray or DataFrame
            Parameters of one trial or of T trials: a mapping (or table) from name to a number
            or a vector of length T, or an array of shape (n_params,) or (T, n_params) with
            columns in the order of the model's parameters.  A mapping may hold the noise ``s``
            too (evidence per square root of a second).  Values outside the training bounds are
            allowed as long as they have a meaning.
        n_samples : int
            Samples of each trial, N.
        delta_t : float
            Step (seconds) of method "euler", and of the grid on which ``metadata`` shows boundary
            and trajectory.
        max_t : float, optional
            Longest decision time (seconds).  None, the default, sets no limit: a sample is drawn
            until it responds; one without a response within 1,000 s counts as an omission.
            A boundary or drift function of your own is then read up to 1,000 s, after 20 s at
            times that are 1/400 of the time apart; with a limit it is read up to that.
        no_noise : bool
            No diffusion: evidence follows the drift.  Other variability stays.
        sigma_noise : float, optional
            Noise, where theta holds none; 1 by default.
        smooth_unif : bool
            Blur the times of method "euler", which lie on a grid, by up to half a step.  Times
            of the other methods lie on none, and are not blurred.
        random_state : int, numpy.random.Generator or None
            Seed, from 0 to 2**64 - 1; a generator, from which a seed is drawn; None for a new
            one.  Sample n of trial k is a function of the seed, n, k, the parameters of that trial
            and the method, whatever else is simulated beside it.
        return_option : str
            "full" or "minimal": how much ``metadata`` holds.
        n_threads : int
            Threads that work, up to 256; results do not depend on it.
        extra_fields : dict, optional
            Further arguments of simulators that have some.
        method : str
            How times are drawn.  "exact": without time steps, where that is known how; "table":
            from a table of the law of one parameter set; of a law that must be solved for
            numerically it costs as much as about 2,000 samples by "bridge", and its trajectory
            is one by steps; "bridge": by steps as long as
            boundary and drift allow, between which exits are found; "euler": by steps of
            `delta_t`, after which exits are noticed, hence later than they happen; "auto": a table
            where it pays (from 2,000 samples of each trial on), else the first of these that
            there is.  ``metadata`` names the one that was used.
        on_invalid : str
            "raise" if a trial has a parameter that is not allowed; or "omit" such trials: they
            count as omissions, and one warning says how many there are.

        Returns
        -------
        Results
            A dict, which also prints, has ``rt`` and ``choice`` of shape (N, T), and becomes a
            table by ``to_frame()``.  Its entries:

            ``rts`` : ndarray of float32
                Response times (seconds), -999 where there was no response by the limit or the
                deadline.  Shape (N, 1) for one trial, (T, 1) for one sample of many, else
                (N, T, 1).
            ``choices`` : ndarray of int32, same shape
                Labels.  An omitted sample has the label of the side on which it stood.
            ``metadata`` : dict
                How they were made; "full" adds the parameters (float32, shape (T,)), the
                boundary, the drift where it changes, and the trajectory of sample 0, of trial 0 on
                the grid of ``delta_t``.  ``max_t`` there is the end of this grid, 20 s where no
                limit is given; ``limit`` is the limit, infinite where there is none; a longer
                trajectory is cut, and ``trajectory_is_cut`` true.

        Raises
        ------
        UnknownNameError
            If a parameter or an option is not known; it names the nearest one.
        ParameterError, ParameterTypeError
            If a parameter or an argument has a value or a type that is not allowed.

        Examples
        --------
        >>> ddm = Simulator("ddm")
        >>> theta = {"v": [0.5, 1.0], "a": 1.2, "z": 0.5, "t": 0.3}
        >>> ddm.simulate(theta, n_samples=100, random_state=1)["choices"].shape
        (100, 2, 1)
        """
        names, matrix = theta_matrix(theta, self._params, self.name, self._optional)
        settings = (
            n_samples, delta_t, max_t, no_noise, smooth_unif,
            n_threads, method, return_option, on_invalid,
        )  # fmt: skip
        try:
            checked = _checked(*settings)
        except TypeError:  # an argument that cannot be hashed, or has the wrong type
            checked = _check(*settings)
        n_samples, delta_t, (max_t, limit), no_noise, smooth_unif, n_threads, full = checked
        noise = self._default_noise if sigma_noise is None else self._noise(names, sigma_noise)
        if no_noise:
            noise, n_params = 0.0, len(self._params)
            names, matrix = names[:n_params], matrix[:n_params]
        request = Request(
            names,
            matrix,
            n_samples,
            delta_t,
            max_t,
            limit,
            noise,
            smooth_unif,
            n_threads,
            method,
            full,
            check_fields(extra_fields),
            on_invalid,
            seed_from(random_state),  # last: a call that is refused advances no generator
        )
        results = self.bound.simulate(request, self.transform)
        results.source = self, request
        return results

    def _noise(self, names: tuple[str, ...], sigma_noise: float | None) -> float:
        """Return the noise of trials whose theta holds none."""
        if sigma_noise is None:
            return self._default_noise
        if not self._process.noise_names:
            words = f"None: model {self.name!r} has no noise to set"
            raise bad_value("sigma_noise", sigma_noise, words)
        if len(names) > len(self._params):
            raise bad_value("sigma_noise", sigma_noise, f"None when theta holds {names[-1]!r}")
        sigma_noise = check_number("sigma_noise", sigma_noise)
        if not 0.0 <= sigma_noise < float("inf"):
            raise bad_value("sigma_noise", sigma_noise, "finite and not negative")
        return sigma_noise

    @property
    def transform(self) -> Callable[[dict[str, Any], int], dict[str, Any]] | None:
        """The adapter that changes parameters before simulation; None if there is none."""
        if self._transforms_theta:
            return self.adapt
        # A user may have registered transforms for this model since it was made.
        registered = not self._own_adapter and self._adapters.has_processor(self._adapted_name)
        return self.adapt if registered else None

    def adapt(self, theta: dict[str, Any], n_trials: int) -> dict[str, Any]:
        """Return parameters after the transforms of the configuration and of this simulator.

        Parameters
        ----------
        theta : dict
            Parameter arrays by name, (n_trials,) each.
        n_trials : int
            Number of trials.

        Returns
        -------
        dict
        """
        theta = self.parameter_adapter.adapt_parameters(theta, self._config, n_trials)
        for transform in self._adaptations:
            theta = transform.apply(theta, self._config, n_trials)
        return theta


def _check(
    n_samples: Any,
    delta_t: Any,
    max_t: Any,
    no_noise: Any,
    smooth_unif: Any,
    n_threads: Any,
    method: Any,
    return_option: Any,
    on_invalid: Any,
) -> tuple[int, float, tuple[float, float], bool, bool, int, bool]:
    """Return settings of a simulation, checked: all but the last three, and whether it is full."""
    checked = (
        check_count("n_samples", n_samples),
        check_duration("delta_t", delta_t),
        limits_of(max_t),
        check_flag("no_noise", no_noise),
        check_flag("smooth_unif", smooth_unif),
        check_threads(n_threads),
        check_choice("return_option", return_option, _RETURN_OPTIONS) == "full",
    )
    if not isinstance(method, str):
        raise bad_type("method", method, "a string")
    check_choice("on_invalid", on_invalid, _ON_INVALID)
    return checked


# A call of one trial takes microseconds, of which these checks would be a quarter.
_checked = lru_cache(maxsize=256, typed=True)(_check)

_CACHE: dict[str, tuple[dict[str, Any], Simulator]] = {}


def named_simulator(model: str) -> Simulator:
    """Return the simulator of a registered model, made once.

    Raises
    ------
    UnknownNameError
        If there is no such model.
    """
    config = get_model_registry().shared(model)
    cached = _CACHE.get(model)
    if cached is None or cached[0] is not config:
        cached = _CACHE[model] = (config, Simulator(model))
    return cached[1]
