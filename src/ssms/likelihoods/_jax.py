"""The log likelihood as a function of JAX."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ssms.likelihoods.likelihood import Likelihood

__all__ = ["make_function", "make_functions"]


def make_function(model: Any, **options: Any) -> Callable[..., Any]:
    """Return the log likelihood; model and options as of `Likelihood`."""
    return make_functions(Likelihood(model, **options))[0]


def make_functions(likelihood: Likelihood) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return two functions of data and parameters: the value; value and gradient, (n_params, n)."""
    n_params = len(likelihood.params)

    # The last axis is trials.  Parameters keep an axis of length 1 where all trials share them, so
    # that a batch of chains solves each parameter set once.
    def on_host(function: Callable[..., Any], data: Any, *params: Any) -> Any:
        return function(np.asarray(data), *(np.asarray(param) for param in params))

    def value_of(data: Any, *params: Any) -> Any:
        value = likelihood.value(data, *params)
        return value.astype(params[0].dtype)

    def both_of(data: Any, *params: Any) -> Any:
        value, gradient = likelihood.value_and_gradient(data, *params)
        dtype = params[0].dtype
        return value.astype(dtype), np.moveaxis(gradient, 0, -1).astype(dtype)

    def call(function: Callable[..., Any], like: Any, data: Any, *params: Any) -> Any:
        return jax.pure_callback(
            partial(on_host, function), like, data, *params, vmap_method="broadcast_all"
        )

    def value_and_gradient(data: Any, *params: Any) -> Any:
        n, dtype = data.shape[0], params[0].dtype
        like = jax.ShapeDtypeStruct((n,), dtype), jax.ShapeDtypeStruct((n, n_params), dtype)
        return call(both_of, like, data, *params)

    @jax.custom_jvp  # type: ignore[untyped-decorator]
    def log_likelihood(data: Any, *params: Any) -> Any:
        like = jax.ShapeDtypeStruct((data.shape[0],), params[0].dtype)
        return call(value_of, like, data, *params)

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

    def prepared(data: Any, params: Any) -> list[Any]:
        if len(params) != n_params:
            raise TypeError(
                f"the likelihood of model {likelihood.name!r} takes the data and {n_params} "
                f"parameters ({', '.join(likelihood.params)}), got {len(params)}"
            )
        dtype = jnp.result_type(float, *params)
        data = jnp.asarray(data)
        if data.ndim == 1 and not likelihood.has_times:
            data = data[:, None]
        return [data, *(jnp.reshape(jnp.asarray(p, dtype), (-1,)) for p in params)]

    def function(data: Any, *params: Any) -> Any:
        """Return log densities of trials, shape (n,)."""
        return log_likelihood(*prepared(data, params))

    def both(data: Any, *params: Any) -> Any:
        """Return log densities and their derivatives by the parameters, shape (n_params, n)."""
        value, gradient = value_and_gradient(*prepared(data, params))
        return value, gradient.T

    return function, both
