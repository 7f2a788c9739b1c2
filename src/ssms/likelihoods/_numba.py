"""The log likelihood as machine code of Numba, which calls the core by its address."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.extending import overload

from ssms._density import CALL_LIKELIHOOD
from ssms.likelihoods.likelihood import Likelihood

__all__ = ["make_function"]

_call = ctypes.CFUNCTYPE(
    ctypes.c_int32, ctypes.c_ssize_t, ctypes.c_int64, ctypes.c_ssize_t, ctypes.c_int64
)(CALL_LIKELIHOOD)


_compiled: Callable[[Callable[..., Any]], Callable[..., Any]] = numba.njit(
    no_cpython_wrapper=True, no_cfunc_wrapper=True
)


def describe(row: Any, array: Any, n: Any) -> Any:
    """Fill in a row of the core's table of arrays; return whether an array fits n trials."""
    raise NotImplementedError("Numba compiles it")


@overload(describe, inline="always")  # type: ignore[untyped-decorator]
def _describe(row: Any, array: Any, n: Any) -> Any:
    size = array.dtype.bitwidth // 8
    is_float = int(size == 4)

    def of_number(row: Any, array: Any, n: Any) -> bool:
        row[0], row[1], row[2] = array.ctypes.data, 0, is_float
        return True

    def of_vector(row: Any, array: Any, n: Any) -> bool:
        row[0], row[1], row[2] = array.ctypes.data, array.strides[0] // size, is_float
        if array.shape[0] == 1:
            row[1] = 0
        return array.shape[0] in (1, n)

    return of_vector if array.ndim else of_number


@_compiled
def _describe_none(table: Any, params: Any, n: Any) -> Any:
    return True


def _describe_one_more(describe_rest: Any, i: int) -> Any:
    """Return a function that describes parameters up to number i, whose types may differ."""

    @_compiled
    def describe_all(table: Any, params: Any, n: Any) -> Any:
        usual = describe_rest(table, params, n)
        return describe(table[2 + i], params[i], n) and usual

    return describe_all


def make_function(
    likelihood: Likelihood, perform: Callable[..., Any], dtype: str, with_gradient: bool
) -> Any:
    """Return the compiled function of data and parameters.

    Parameters
    ----------
    likelihood : Likelihood
        One that has a native one.
    perform : callable
        A function that Numba can call where the core alone cannot compute: it raises the errors.
    dtype : str
        Of the results.
    with_gradient : bool
        Whether derivatives, shape (n_params, n), are returned after the values.
    """
    native, n_params = likelihood.native, len(likelihood.params)
    assert native is not None
    _kept.append(native)
    address, limit, kind = native.address, likelihood.native_trials, np.dtype(dtype)
    height = n_params if with_gradient else 0
    describe_all = _describe_none
    for i in range(n_params):
        describe_all = _describe_one_more(describe_all, i)

    @_compiled
    def log_density(data: Any, *params: Any) -> Any:
        n = data.shape[0]
        values, gradient = np.empty(n, kind), np.empty((height, n), kind)
        table = np.empty((3 + n_params + height, 3), np.int64)
        usual = data.shape[1] == 2 and n <= limit
        if usual:
            describe(table[0], data[:, 0], n)
            describe(table[1], data[:, 1], n)
        usual = describe_all(table, params, n) and usual
        describe(table[2 + n_params], values, n)
        for i in range(height):
            describe(table[3 + n_params + i], gradient[i], n)
        if usual:
            usual = _call(address, n, table.ctypes.data, height) == 0
        table[0, 0] = 0  # it must live until after the call
        return usual, values, gradient

    if with_gradient:

        @_compiled
        def both(data: Any, *params: Any) -> Any:
            usual, values, gradient = log_density(data, *params)
            if usual:
                return values, gradient
            return perform(data, *params)

        return both

    @_compiled
    def value(data: Any, *params: Any) -> Any:
        usual, values, _ = log_density(data, *params)
        if usual:
            return values
        return perform(data, *params)

    return value


_kept: list[Any] = []
"""Objects to which compiled functions hold addresses, until the process ends."""
