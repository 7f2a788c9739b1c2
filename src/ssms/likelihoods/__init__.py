"""Exact likelihoods as differentiable operations of PyTensor, PyMC and JAX.

Values and gradients come from `ssms.densities`.  PyTensor, PyMC and JAX are imported when they are
used; the extras ``pymc`` and ``jax`` bring them.  docs/likelihoods.md shows complete fits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from ssms.errors import missing_package

__all__ = ["custom_dist", "jax_op", "pytensor_op"]


def pytensor_op(
    model: Any,
    *,
    params: Sequence[str] | None = None,
    max_t: float | None = None,
    accuracy: str = "default",
    n_threads: int = 1,
    extra_fields: Mapping[str, Any] | None = None,
) -> Any:
    """Return the log likelihood of a model as an operation of PyTensor, with its gradient.

    Parameters
    ----------
    model : str, dict, ModelSpec or Simulator
        Any model that has a density (docs/densities.md lists them).
    params : sequence of str, optional
        Order in which the operation takes the parameters; by default the model's.
    max_t : float, optional
        Longest decision time (seconds); no limit by default.
    accuracy : str
        "default" or "high", as in `ssms.densities.logpdf`.
    n_threads : int
        Threads that work; results do not depend on it.
    extra_fields : dict, optional
        As in `Simulator.simulate`, one row a trial of the data: the items and fixations of
        ``addm``.

    Returns
    -------
    pytensor.graph.op.Op
        ``op(data, *params)`` or ``op(data, **params)``: log densities (nats), shape (n,).  `data`
        has shape (n, 2), response time (seconds; -999 is an omission) and choice; of models without
        response times it has shape (n,).  Each parameter is a scalar or has shape (n,), or a static
        shape (1,); equal parameter sets share a solution.  Trials with invalid parameters have log
        density -inf and gradient 0.  Computation is in float64; values have the parameters' type.

    Raises
    ------
    ConfigError
        If the model has no density.
    UnknownNameError, ParameterError
        If `params` are not the parameters of the model.
    ImportError
        If PyTensor is not installed.

    Examples
    --------
    In HSSM::

        hssm.HSSM(data, model="weibull", loglik=pytensor_op("weibull"), loglik_kind="analytical")
    """
    module = _module("pytensor", "pymc")
    options = _options(max_t, accuracy, n_threads, extra_fields) | {"params": params}
    return module.LogLikelihood(model, **options)


def jax_op(
    model: Any,
    *,
    params: Sequence[str] | None = None,
    max_t: float | None = None,
    accuracy: str = "default",
    n_threads: int = 1,
    extra_fields: Mapping[str, Any] | None = None,
) -> Callable[..., Any]:
    """Return the log likelihood of a model as a function of JAX, with its gradient.

    Parameters
    ----------
    model, params, max_t, accuracy, n_threads, extra_fields
        As of `pytensor_op`.

    Returns
    -------
    callable
        ``f(data, *params)`` or ``f(data, **params)``: log densities (nats), shape (n,), as of
        `pytensor_op`.  It works under `jax.jit`, `jax.vmap`, `jax.grad` and `jax.jvp`; there is no
        derivative by the data.
        Computation is in float64; values have the parameters' type.

    Raises
    ------
    ConfigError, UnknownNameError, ParameterError
        As by `pytensor_op`.
    ImportError
        If JAX is not installed.

    Examples
    --------
    >>> import jax, jax.numpy as jnp  # doctest: +SKIP
    >>> f = jax_op("ddm")  # doctest: +SKIP
    >>> jax.grad(lambda v: f(data, v, 1.2, 0.5, 0.3).sum())(0.5)  # doctest: +SKIP
    """
    module = _module("jax", "jax")
    options = _options(max_t, accuracy, n_threads, extra_fields) | {"params": params}
    function: Callable[..., Any] = module.make_function(model, **options)
    return function


def custom_dist(
    name: str,
    model: Any,
    *,
    observed: Any = None,
    max_t: float | None = None,
    accuracy: str = "default",
    n_threads: int = 1,
    extra_fields: Mapping[str, Any] | None = None,
    dims: Any = None,
    **parameters: Any,
) -> Any:
    """Add the data of a model to the PyMC model in whose context it is called.

    Parameters
    ----------
    name : str
        Name of the variable.
    model, max_t, accuracy, n_threads, extra_fields
        As of `pytensor_op`.
    observed : array_like of shape (n, 2), optional
        Response times (seconds) and choices; without it, the variable is drawn from the model.
    dims : str or tuple of str, optional
        Names of the dimensions, as in PyMC.
    **parameters
        Each parameter of the model by name: a number, an array of shape (n,), or a variable.

    Returns
    -------
    pytensor variable
        Its log probability is `pytensor_op`, and its random draws are simulations, so that prior
        and posterior predictive sampling work.

    Raises
    ------
    ConfigError
        If the model has no density or no response times.
    UnknownNameError, ParameterError
        If `parameters` are not the parameters of the model.
    ImportError
        If PyMC is not installed.

    Examples
    --------
    >>> with pm.Model():  # doctest: +SKIP
    ...     v = pm.Normal("v")
    ...     custom_dist("data", "ddm", observed=data, v=v, a=1.2, z=0.5, t=0.3)
    """
    module = _module("pymc", "pymc")
    options = _options(max_t, accuracy, n_threads, extra_fields)
    return module.add_data(name, model, options, parameters, observed=observed, dims=dims)


def _options(max_t: Any, accuracy: Any, n_threads: Any, extra_fields: Any) -> dict[str, Any]:
    return {
        "max_t": max_t,
        "accuracy": accuracy,
        "n_threads": n_threads,
        "extra_fields": extra_fields,
    }


def _module(library: str, extra: str) -> Any:
    try:
        import_module(library)
    except ImportError as error:
        raise missing_package(library, extra) from error
    return import_module(f"ssms.likelihoods._{library}")
