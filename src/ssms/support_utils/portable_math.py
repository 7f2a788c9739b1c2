"""Logarithm and exponential with the same bits on every machine.

``numpy.exp`` and ``numpy.log`` pick an implementation by the processor (or come from libm), so
their last bit differs from machine to machine.  Training labels must not, so these two are those
of the core.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ssms import _kde
from ssms.engine.execution import simd_path

__all__ = ["exp", "log"]


def exp(x: ArrayLike) -> NDArray[np.float64]:
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
    return _of_each(_kde.exp, x)


def log(x: ArrayLike) -> NDArray[np.float64]:
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
    return _of_each(_kde.log, x)


def _of_each(function: Callable[..., None], x: Any) -> NDArray[np.float64]:
    numbers = np.asarray(x, dtype=np.float64)
    value = np.empty(numbers.shape)
    function(simd_path(), np.ravel(numbers), value.reshape(-1))
    return value
