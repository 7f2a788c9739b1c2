"""The contract with HSSM: random draws of models, for predictions.

HSSM makes a random variable of each of its models.  `get_simulator_fun_internal` gives it the
simulator, and `rng_fn` draws for arrays of parameters of any shape, such as all draws of a
posterior in one call of the core.

>>> import numpy as np
>>> ddm = get_simulator_fun_internal("ddm")
>>> v = np.full((500, 100), 0.5)  # 500 draws of a posterior, 100 trials
>>> rng_fn([v, 1.2, 0.5, 0.3], None, np.random.default_rng(1), ddm, 2).shape
(500, 100, 2)
"""

from __future__ import annotations

import logging
import operator
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ssms.basic_simulators.simulator import simulator
from ssms.basic_simulators.simulator_class import named_simulator
from ssms.config.model_registry import get_model_registry
from ssms.errors import ParameterError, bad_value

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

__all__ = [
    "decorate_atomic_simulator",
    "get_simulator_fun_internal",
    "hssm_sim_wrapper",
    "rng_fn",
    "validate_simulator_fun",
]

_logger = logging.getLogger("ssms.hssm_support")

MAX_SEED = 2**31
"""Seeds that simulators are given are below it: not all of other people's take larger ones."""

CHOICES_OF_UNKNOWN_MODELS = (0, 1, 2)


def decorate_atomic_simulator(
    model_name: str, choices: Sequence[int] | npt.NDArray[Any] | None = None, obs_dim: int = 2
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that tells HSSM about a simulator function.

    Parameters
    ----------
    model_name : str
        Name of the model.
    choices : sequence of int, optional
        Labels of the possible choices; [-1, 1] by default.
    obs_dim : int
        Number of columns of the simulated data: 2 for response time and choice.

    Returns
    -------
    callable
        Sets the attributes ``model_name``, ``choices`` and ``obs_dim`` of a function, and returns
        the function.  HSSM calls it as ``f(theta=, random_state=, n_replicas=)``; see `rng_fn`.

    Examples
    --------
    >>> @decorate_atomic_simulator("coin", choices=[0, 1])
    ... def coin(theta, random_state=None, n_replicas=1):
    ...     rng = np.random.default_rng(random_state)
    ...     choices = rng.random((n_replicas, len(theta))) < theta[:, 0]
    ...     return np.stack([np.ones(choices.shape), choices], axis=-1)
    >>> coin.choices
    [0, 1]
    """

    def decorate(simulator_fun: Callable[..., Any]) -> Callable[..., Any]:
        described: Any = simulator_fun
        described.model_name = model_name
        described.choices = [-1, 1] if choices is None else choices
        described.obs_dim = obs_dim
        return simulator_fun

    return decorate


def hssm_sim_wrapper(
    simulator_fun: Callable[..., Any],
    theta: Any,
    model: str,
    n_replicas: int,
    random_state: int | np.random.Generator | None,
    **kwargs: Any,
) -> FloatArray:
    """Simulate a model, and return response times and choices side by side.

    Parameters
    ----------
    simulator_fun : callable
        `ssms.basic_simulators.simulator.simulator`, or a function that is called like it and
        returns a dict with ``rts`` and ``choices``.
    theta : array_like, shape (n_trials, n_params)
        Parameters of each trial.
    model : str
        A name in `ssms.config.model_config`.
    n_replicas : int
        Samples of each trial.
    random_state : int, numpy.random.Generator or None
        Seed.
    **kwargs
        Further arguments of `simulator_fun`.

    Returns
    -------
    ndarray of float64, shape (n_replicas, n_trials, 2)
        Response times (seconds, -999 for omissions) and choices; without axes of length 1.

    Warns
    -----
    UserWarning
        With `ssms.basic_simulators.simulator.simulator`: if trials have parameters that are not
        allowed (they count as omissions, unless ``on_invalid="raise"`` is given), or if there are
        omissions though neither a deadline nor ``max_t`` is set.

    Examples
    --------
    >>> theta = [[0.5, 1.2, 0.5, 0.3], [1.0, 1.2, 0.5, 0.3]]
    >>> hssm_sim_wrapper(simulator, theta, "ddm", n_replicas=10, random_state=1).shape
    (10, 2, 2)
    """
    if simulator_fun is simulator:
        results = _simulate(model, theta, n_replicas, random_state, kwargs)
    else:
        results = simulator_fun(
            theta=theta, model=model, n_samples=n_replicas, random_state=random_state, **kwargs
        )
    rts, choices = np.asarray(results["rts"]), np.asarray(results["choices"])
    data = np.empty((*rts.shape, 2))
    data[..., 0], data[..., 1] = rts, choices
    return data.squeeze()


def _simulate(
    model: str, theta: Any, n_samples: int, random_state: Any, options: dict[str, Any]
) -> Any:
    """Return samples of a model of the catalogue, without the summaries of `simulator`."""
    options = {"return_option": "minimal", "on_invalid": "omit"} | options
    source = named_simulator(model)
    results = source.simulate(theta, n_samples=n_samples, random_state=random_state, **options)
    if "deadline" not in source.params and options.get("max_t") is None:
        omitted = int(results.omitted.sum()) - results.n_invalid * results.n_samples
        if omitted:
            warnings.warn(
                f"{omitted} of {results.rt.size} simulated responses of model {model!r} are "
                "omissions (rt -999): with these parameters there is no response, or a very "
                "late one",
                UserWarning,
                stacklevel=4,
            )
    return results


def get_simulator_fun_internal(simulator_fun: str | Callable[..., Any]) -> Callable[..., Any]:
    """Return the simulator of a model, as HSSM calls it.

    Parameters
    ----------
    simulator_fun : str or callable
        A name in `ssms.config.model_config`, with or without ``_deadline``; or a simulator
        function, which is returned as it is.

    Returns
    -------
    callable
        Has the attributes ``model_name``, ``choices`` and ``obs_dim``, and is called as
        ``f(theta=, n_replicas=, random_state=)``; see `hssm_sim_wrapper`.  For a name that is not
        known, a warning is logged, ``choices`` is [0, 1, 2], and the call raises
        `ssms.errors.UnknownNameError`: a model can be fitted without a simulator.

    Raises
    ------
    ParameterError
        If it is neither a string nor callable.

    Examples
    --------
    >>> race = get_simulator_fun_internal("race_no_bias_angle_4")
    >>> race.choices
    [0, 1, 2, 3]
    """
    if callable(simulator_fun):
        return simulator_fun
    if not isinstance(simulator_fun, str):
        raise bad_value("`simulator_fun`", simulator_fun, "a string or a callable")
    registry = get_model_registry()
    if registry.has_model(simulator_fun):
        choices = list(registry.shared(simulator_fun)["choices"])
    else:
        choices = list(CHOICES_OF_UNKNOWN_MODELS)
        _logger.warning(
            "Model '%s' is not supported in the ssm_simulators package. It can be fitted, but "
            "prior and posterior predictive sampling will raise an error.",
            simulator_fun,
        )
    wrapper = partial(hssm_sim_wrapper, simulator_fun=simulator, model=simulator_fun)
    return decorate_atomic_simulator(simulator_fun, choices)(wrapper)


def validate_simulator_fun(simulator_fun: Any) -> tuple[str, Any, int]:
    """Return the facts that HSSM reads of a simulator function: model, choices, number of columns.

    Parameters
    ----------
    simulator_fun : callable
        Has the attributes ``model_name``, ``choices`` and ``obs_dim``.

    Returns
    -------
    model_name : str
        Name of the model.
    choices : list of int
        Labels of the possible choices.
    obs_dim : int
        Number of columns of the simulated data.

    Raises
    ------
    ParameterError
        If an attribute is missing, or ``obs_dim`` is not an integer.

    Examples
    --------
    >>> validate_simulator_fun(get_simulator_fun_internal("ddm"))
    ('ddm', [-1, 1], 2)
    """
    for name in ("model_name", "choices", "obs_dim"):
        if not hasattr(simulator_fun, name):
            raise ParameterError(
                f"The simulator function must have a `{name}` attribute; "
                "ssms.hssm_support.decorate_atomic_simulator sets it"
            )
    try:
        obs_dim = operator.index(simulator_fun.obs_dim)
    except TypeError:
        raise bad_value("The obs_dim attribute", simulator_fun.obs_dim, "an integer") from None
    return simulator_fun.model_name, simulator_fun.choices, obs_dim


def rng_fn(
    arg_arrays: Sequence[Any],
    size: int | tuple[int, ...] | None,
    rng: np.random.Generator,
    simulator_fun: Callable[..., Any],
    obs_dim_int: int,
    *args: Any,
    **kwargs: Any,
) -> FloatArray:
    """Draw data for arrays of parameters.

    Parameters
    ----------
    arg_arrays : sequence of array_like
        One array for each parameter, in the order of the model's parameters.  They are broadcast
        to one shape (..., n), of which the last axis runs over trials.
    size : int, tuple of int or None
        Parameters of one value each: the number of draws.  Else None, 1 or n, for one draw of
        each row of parameters; m * n, for m draws of each; or a shape, to which the parameters are
        broadcast.
    rng : numpy.random.Generator
        A seed is drawn from it.
    simulator_fun : callable
        Called once, as ``f(theta=, random_state=, n_replicas=)``, with theta of shape (rows,
        n_params).  Returns an array of shape (n_replicas, rows, obs_dim), where axes of length
        1 may be missing; or one of shape (rows * n_replicas, obs_dim) that holds all draws of
        the first row, then of the second, and so on.
    obs_dim_int : int
        Number of columns of the data.
    *args
        Not used; HSSM passes the parameters once more.
    **kwargs
        Passed to the simulator function.  Arrays in ``extra_fields`` whose first axis has length
        n are repeated so that there is one entry for each row of theta.

    Returns
    -------
    ndarray of float64
        Response times and choices.  Shape (size, obs_dim), without the first axis for size 1, if
        each parameter has one value; (..., n, obs_dim) for one draw of each row; (..., n, m,
        obs_dim) for m draws of each row; (..., obs_dim) after the axes of size if size is a shape.

    Raises
    ------
    ParameterError
        If the arrays cannot be broadcast to one shape, `size` does not fit that shape, or the
        simulator function returns an array of another shape.

    Examples
    --------
    >>> rng, ddm = np.random.default_rng(1), get_simulator_fun_internal("ddm")
    >>> rng_fn([0.5, 1.2, 0.5, 0.3], 100, rng, ddm, 2).shape
    (100, 2)
    >>> rng_fn([np.linspace(-1, 1, 10), 1.2, 0.5, 0.3], 30, rng, ddm, 2).shape
    (10, 3, 2)
    """
    theta, n_replicas, out_shape, n = _rows(arg_arrays, size)
    if kwargs.get("extra_fields") is not None:
        kwargs["extra_fields"] = _repeated(kwargs["extra_fields"], n, len(theta))
    seed = int(rng.integers(0, MAX_SEED))
    if 0 in out_shape:
        return np.empty((*out_shape, obs_dim_int))
    data = simulator_fun(theta=theta, random_state=seed, n_replicas=n_replicas, **kwargs)
    by_row = _draws_by_row(data, len(theta), n_replicas, obs_dim_int)
    return by_row.reshape(*out_shape, obs_dim_int)


def _rows(arg_arrays: Sequence[Any], size: Any) -> tuple[FloatArray, int, tuple[int, ...], int]:
    """Return theta, replicas of each row, the shape of the draws, and the number of trials."""
    try:
        arrays = [np.asarray(array, np.float64) for array in arg_arrays]
    except (TypeError, ValueError) as error:
        raise ParameterError(f"Parameters must be arrays of numbers: {error}") from None
    n_dim, sizes = max((array.ndim for array in arrays), default=0), _sizes(size)
    shape: tuple[int, ...]
    out_shape: tuple[int, ...]
    if all(array.size == 1 for array in arrays) and (n_dim < 2 or sizes != (1,)):
        if size is None or len(sizes) != 1:
            raise bad_value("Size", size, "a tuple of length 1 or an integer")
        arrays = [array.reshape(()) for array in arrays]
        shape, n_replicas = sizes, 1
        out_shape = () if sizes == (1,) else sizes
    else:
        shape, n_replicas = _broadcast(arrays, sizes, size)
        out_shape = shape if n_replicas == 1 else (*shape, n_replicas)
    theta = np.empty((*shape, len(arrays)))
    for column, array in enumerate(arrays):
        theta[..., column] = array
    return theta.reshape(-1, len(arrays)), n_replicas, out_shape, shape[-1]


def _sizes(size: Any) -> tuple[int, ...]:
    """Return a size as a tuple; (1,) for None."""
    if size is None:
        return (1,)
    try:
        sizes = tuple(map(operator.index, np.atleast_1d(np.asarray(size, dtype=object))))
    except TypeError:
        sizes = ()
    if not sizes or min(sizes) < 0:
        raise bad_value("size", size, "None, an integer from 0 on, or a tuple of such integers")
    return sizes


def _broadcast(
    arrays: Sequence[FloatArray], sizes: tuple[int, ...], size: Any
) -> tuple[tuple[int, ...], int]:
    """Return the shape of the rows of theta, and the number of draws of each row."""
    try:
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in arrays)
        raise ParameterError(f"Parameters must have shapes that fit each other: {shapes}") from None
    n = shape[-1]
    if len(sizes) > 1:
        with suppress(ValueError):
            if np.broadcast_shapes(sizes, shape) == sizes:
                return sizes, 1
    elif sizes in ((1,), (n,)):
        return shape, 1
    elif n and sizes[0] % n == 0:
        return shape, sizes[0] // n
    raise ParameterError(f"`size` needs to be a multiple of the size of data, {n}, got {size}")


def _repeated(fields: Mapping[str, Any], n: int, n_rows: int) -> dict[str, Any]:
    """Return extra fields in which arrays with one entry for each trial have one for each row."""

    def rows_of(value: Any) -> Any:
        if not (isinstance(value, list | tuple) or hasattr(value, "__array__")):
            return value
        array = np.asarray(value)
        if array.ndim == 0 or len(array) != n or n == n_rows:
            return value
        return np.tile(array, (n_rows // n, *[1] * (array.ndim - 1)))

    return {name: rows_of(value) for name, value in fields.items()}


def _draws_by_row(data: Any, n_rows: int, n_replicas: int, obs_dim: int) -> FloatArray:
    """Return the result of a simulator function as a new array (rows, replicas, columns)."""
    try:
        draws: FloatArray = np.array(data, np.float64)  # a copy: HSSM writes lapses into it
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"The simulator function must return an array of numbers: {error}"
        ) from None
    by_replica, flat = (n_replicas, n_rows, obs_dim), (n_rows * n_replicas, obs_dim)
    if draws.squeeze().shape == _without_ones(by_replica):
        return draws.reshape(by_replica).swapaxes(0, 1)
    if draws.squeeze().shape == _without_ones(flat):
        return draws.reshape(n_rows, n_replicas, obs_dim)
    raise ParameterError(
        f"The simulator function must return an array of shape {by_replica} or {flat}, "
        f"got {draws.shape}"
    )


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)
