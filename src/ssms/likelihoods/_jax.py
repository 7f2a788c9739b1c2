"""The log likelihood as a function of JAX."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ssms._density import XLA_HANDLER
from ssms._version import __version__
from ssms.likelihoods.likelihood import Likelihood

__all__ = ["make_function", "make_functions"]

TARGET = f"ssms_log_density_{__version__}"
"""Name of the core's function in XLA; a program that is kept calls no other version's."""


@cache
def has_handler() -> bool:
    """Return whether XLA can call the core: it was built for that, by headers that XLA accepts."""
    if not XLA_HANDLER or not hasattr(jax, "ffi"):
        return False
    try:
        jax.ffi.register_ffi_target(TARGET, jax.ffi.pycapsule(XLA_HANDLER), platform="cpu")
    except Exception:  # of an older or newer version, which says no in its own way
        return False
    return True


def make_function(model: Any, **options: Any) -> Callable[..., Any]:
    """Return the log likelihood; model and options as of `Likelihood`."""
    return make_functions(Likelihood(model, **options))[0]


def make_functions(likelihood: Likelihood) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return two functions of data and parameters: the value; value and gradient, (n_params, n)."""
    words = _words(likelihood)
    value_only, value_and_gradient = _calls(likelihood, words)
    log_likelihood = _differentiable(value_only, value_and_gradient)

    def function(data: Any, *params: Any, **named: Any) -> Any:
        """Return log densities of trials, shape (n,)."""
        return log_likelihood(*_prepared(likelihood, data, params, named))

    def both(data: Any, *params: Any, **named: Any) -> Any:
        """Return log densities and their derivatives by the parameters, shape (n_params, n)."""
        value, gradient = value_and_gradient(*_prepared(likelihood, data, params, named))
        return value, gradient.T

    function.calls = "jax.pure_callback" if words is None else "jax.ffi"  # type: ignore[attr-defined]
    return function, both


def _words(likelihood: Likelihood) -> Any:
    """Return the core's likelihood as bytes for XLA; None if JAX must call Python."""
    native = likelihood.native
    return None if native is None or not has_handler() else np.frombuffer(native.words(), np.uint8)


def _calls(likelihood: Likelihood, words: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return two functions that call the core: the value; value and gradient, (n, n_params).

    The last axis is trials. Parameters keep an axis of length 1 where all trials share them, so
    that a batch of chains solves each parameter set once.
    """
    n_params = len(likelihood.params)

    def on_host(function: Callable[..., Any], data: Any, *params: Any) -> Any:
        return function(np.asarray(data), *(np.asarray(param) for param in params))

    def value_of(data: Any, *params: Any) -> Any:
        value = likelihood.value(data, *params)
        return (value.astype(params[0].dtype),)

    def both_of(data: Any, *params: Any) -> Any:
        value, gradient = likelihood.value_and_gradient(data, *params)
        dtype = params[0].dtype
        return value.astype(dtype), np.moveaxis(gradient, 0, -1).astype(dtype)

    def call(function: Callable[..., Any], data: Any, *params: Any) -> Any:
        n, dtype = data.shape[0], params[0].dtype
        shapes = ((n,), (n, n_params)) if function is both_of else ((n,),)
        like = tuple(jax.ShapeDtypeStruct(shape, dtype) for shape in shapes)
        options = {"vmap_method": "broadcast_all"}

        def python(*arrays: Any) -> Any:
            return tuple(jax.pure_callback(partial(on_host, function), like, *arrays, **options))

        def core(*arrays: Any) -> Any:
            return tuple(jax.ffi.ffi_call(TARGET, like, **options)(*arrays, likelihood=words))

        fits = n <= likelihood.native_trials and all(param.shape[0] in (1, n) for param in params)
        if words is None or not fits or dtype not in (np.float32, np.float64):
            return python(data, *params)
        return jax.lax.platform_dependent(data, *params, cpu=core, default=python)

    return lambda *arrays: call(value_of, *arrays)[0], partial(call, both_of)


def _differentiable(
    value_only: Callable[..., Any], value_and_gradient: Callable[..., Any]
) -> Callable[..., Any]:
    """Return the value as a function that JAX differentiates by the parameters."""

    @jax.custom_jvp  # type: ignore[untyped-decorator]
    def log_likelihood(data: Any, *params: Any) -> Any:
        return value_only(data, *params)

    def jvp(primals: Any, tangents: Any) -> Any:
        data, *params = primals
        if not isinstance(tangents[0], jax.custom_derivatives.SymbolicZero):
            raise TypeError("the log likelihood has no derivative by the data")
        value, gradient = value_and_gradient(data, *params)
        slope = jnp.zeros_like(value)
        for i, tangent in enumerate(tangents[1:]):
            if not isinstance(tangent, jax.custom_derivatives.SymbolicZero):
                slope = slope + gradient[:, i] * tangent
        return value, slope

    log_likelihood.defjvp(jvp, symbolic_zeros=True)
    return log_likelihood  # type: ignore[no-any-return]


def _prepared(likelihood: Likelihood, data: Any, params: Any, named: Any) -> list[Any]:
    """Return data and parameters as arrays of floats, each parameter of shape (n,) or (1,)."""
    params = likelihood.in_order(params, named)
    if isinstance(data, np.ndarray):
        likelihood.check_data(data)
    dtype = jnp.result_type(float, *params)
    data = jnp.asarray(data)
    if data.dtype not in (np.float32, np.float64):
        data = data.astype(dtype)
    if data.ndim == 1 and not likelihood.has_times:
        data = data[:, None]
    return [data, *(jnp.reshape(jnp.asarray(p, dtype), (-1,)) for p in params)]
