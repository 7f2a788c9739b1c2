"""Logarithm and exponential with the same bits on every machine.

``numpy.exp`` and ``numpy.log`` pick an implementation by the processor (or come from libm), so
their last bit differs from machine to machine.  Training labels must not, so these two are
written in additions, multiplications and divisions alone, which IEEE 754 rounds in one way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["exp", "log"]

# ln 2 in two parts: the first has trailing zero bits, so that k * _LN2_HIGH is exact.
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_LOG2_E = 1.44269504088896338700e00
_SQRT_HALF = 0.70710678118654752440

# Taylor coefficients 1/k!, highest first: |remainder| < 4e-18 for |r| <= ln(2)/2.
_EXP_COEFFICIENTS = [
    1 / 6227020800, 1 / 479001600, 1 / 39916800, 1 / 3628800, 1 / 362880, 1 / 40320, 1 / 5040,
    1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1.0, 1.0,
]  # fmt: skip
# atanh(s)/s = 1 + s²/3 + s⁴/5 + ...: the term after the last is < 2e-18 for |s| <= 0.1716.
_ATANH_COEFFICIENTS = [1 / k for k in range(23, 0, -2)]


_BLOCK = 4096  # numbers at a time: what is in between stays in the cache


def _in_blocks(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]], x: ArrayLike
) -> NDArray[Any]:
    numbers = np.asarray(x, dtype=np.float64)
    if numbers.size <= _BLOCK:
        return function(numbers)
    flat = numbers.ravel()
    value = np.empty_like(flat)
    for start in range(0, flat.size, _BLOCK):
        value[start : start + _BLOCK] = function(flat[start : start + _BLOCK])
    return value.reshape(numbers.shape)


def _polynomial(coefficients: list[float], x: NDArray[np.float64]) -> NDArray[np.float64]:
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += coefficient
    return value


def exp(x: ArrayLike) -> NDArray[Any]:
    """Return e to the power `x`, to about one unit in the last place.

    Parameters
    ----------
    x : array_like of float
        Exponents; -inf gives 0, and so does anything below -745.

    Returns
    -------
    ndarray of float64
        Of the shape of `x`.

    Examples
    --------
    >>> float(exp(0.0)), float(exp(-np.inf))
    (1.0, 0.0)
    """
    return _in_blocks(_exp, x)


def _exp(x: NDArray[np.float64]) -> NDArray[np.float64]:
    bounded = np.clip(x, -746.0, 710.0)
    power = np.rint(bounded * _LOG2_E)
    remainder = (bounded - power * _LN2_HIGH) - power * _LN2_LOW
    with np.errstate(under="ignore", over="ignore"):
        value: NDArray[np.float64] = np.ldexp(
            _polynomial(_EXP_COEFFICIENTS, remainder), power.astype(np.int32)
        )
    return value


def log(x: ArrayLike) -> NDArray[Any]:
    """Return the natural logarithm of `x`, to about one unit in the last place.

    Parameters
    ----------
    x : array_like of float
        Numbers >= 0; 0 gives -inf, inf gives inf, a negative number nan.

    Returns
    -------
    ndarray of float64
        Of the shape of `x`.

    Examples
    --------
    >>> float(log(1.0)), float(log(0.0))
    (0.0, -inf)
    """
    return _in_blocks(_log, x)


def _log(x: NDArray[np.float64]) -> NDArray[np.float64]:
    ordinary = (x > 0) & (x < np.inf)
    fraction, exponent = np.frexp(np.where(ordinary, x, 1.0))
    small = fraction < _SQRT_HALF
    fraction = np.where(small, 2.0 * fraction, fraction)
    power = (exponent - small).astype(np.float64)
    s = (fraction - 1.0) / (fraction + 1.0)
    tail = 2.0 * s * _polynomial(_ATANH_COEFFICIENTS, s * s) + power * _LN2_LOW
    value = power * _LN2_HIGH + tail
    if ordinary.all():
        return value
    special = np.where(x == 0, -np.inf, np.where(x == np.inf, np.inf, np.nan))
    return np.where(ordinary, value, special)
