"""Polynomials of least largest error, by the exchange algorithm of Remez (1934)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Array = np.ndarray
MAX_EXCHANGES = 50
GRID = 20000


def _reference(error: Array, count: int) -> Array:
    """Places of `count` extremes of the error, of alternating sign."""
    cuts = np.flatnonzero(np.diff(np.signbit(error))) + 1
    parts = np.split(np.arange(error.size), cuts)
    places = [part[np.argmax(np.abs(error[part]))] for part in parts]
    while len(places) > count:
        places.pop(0 if abs(error[places[0]]) < abs(error[places[-1]]) else -1)
    if len(places) < count:
        raise RuntimeError(f"the error has {len(places)} extremes, {count} are needed")
    return np.array(places)


def fit(
    target: Callable[[Array], Array],
    weight: Callable[[Array], Array],
    powers: list[int],
    low: float,
    high: float,
) -> tuple[Array, float]:
    """Coefficients of x**power that make the largest of weight * |sum - target| least.

    Parameters
    ----------
    target, weight : functions of an array of places
    powers : the powers of x that the polynomial has
    low, high : the interval

    Returns
    -------
    coefficients, and the largest weighted error on the interval
    """
    count = len(powers) + 1
    x = low + (high - low) * 0.5 * (1.0 - np.cos(np.linspace(0.0, np.pi, GRID)))
    basis = np.stack([x**power for power in powers], axis=1)
    wanted, weights = target(x), weight(x)
    places = ((np.arange(count) + 0.5) * (GRID / count)).astype(int)
    signs = (-1.0) ** np.arange(count)
    for _ in range(MAX_EXCHANGES):
        system = np.column_stack([basis[places], signs / weights[places]])
        solution = np.linalg.solve(system, wanted[places])
        error = weights * (basis @ solution[:-1] - wanted)
        largest = float(np.abs(error).max())
        if largest <= abs(solution[-1]) * (1.0 + 1e-6):
            break
        places = _reference(error, count)
    return solution[:-1], largest
