"""Tables of a user's own boundaries and drifts, which the core reads in place of the function.

The times of a table crowd near 0, like origin·(exp(j / density) − 1); there are so many that lines
between them are close to the curve.  A second table says over what spans the curve is close to a
parabola, which is how long the steps of a simulation may be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ssms import _core
from ssms.curves.curve import Curve, values_at
from ssms.errors import ConfigError, bad_type, bad_value

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

__all__ = ["tabulate"]

ORIGIN = 1e-3
"""Where times begin to crowd (seconds)."""

CLOSE = 1e-5
"""How close lines come to a curve, in units of its largest value."""

PARABOLA = 1e-3
"""How close a parabola comes to a curve, in the same units."""

FEWEST, MOST = 257, 8193
"""Points of a table: one more than a power of 2."""

MOST_VALUES = 1 << 21
"""Of all rows together, where there are many."""

PROBES = 8
"""Parameter sets by which the number of points is chosen."""


def tabulate(
    curve: Curve, names: Sequence[str], theta: FloatArray, passed: Sequence[str], max_t: float
) -> _core.CurveTable:
    """Return a table of a user's own curve, one row for each distinct parameter set.

    Parameters
    ----------
    curve : Curve
        The curve; its function is called as ``function(t=times, **parameters)``.
    names : sequence of str
        What the rows of theta are.
    theta : ndarray of float64, shape (n_names, n_trials)
        Parameters.
    passed : sequence of str
        The parameters that the function takes.
    max_t : float
        Last time (seconds).

    Raises
    ------
    ConfigError
        If the function returns an array of another shape.
    ParameterTypeError
        If it returns what is not a number.
    ParameterError
        If its values are not finite, or a boundary is not greater than 0 at time 0.
    """
    label, n_columns = f"{curve.kind} {curve.name!r}", curve.n_columns
    function = curve.function
    values = theta[[names.index(p) for p in passed]]
    distinct, which = np.unique(values, axis=1, return_inverse=True)
    sets: list[Mapping[str, float]] = [
        dict(zip(passed, column, strict=True)) for column in distinct.T.tolist()
    ]
    if not passed and theta.shape[1]:
        sets, which = [{}], np.zeros(theta.shape[1], int)
    rows = which.reshape(-1).astype(np.float64)
    if not sets:  # of no trials
        return curve_table(np.ones((1, FEWEST, n_columns)), rows, max_t)[0]
    probes = [sets[i] for i in np.linspace(0, len(sets) - 1, min(len(sets), PROBES)).astype(int)]
    most = max(FEWEST, min(MOST, (1 << int(np.log2(max(MOST_VALUES / len(sets), 1)))) + 1))

    def values_of(some: Sequence[Mapping[str, float]], n_points: int) -> FloatArray:
        times = times_of(n_points, max_t)
        return np.stack([_row(function, label, times, one, n_columns) for one in some])

    # Fewer points are every so many of these: what happens between them is seen here.
    values = values_of(probes, MOST)
    n_points = _fewest_points(values, most)
    if len(probes) < len(sets):
        values = values_of(sets, n_points)
    else:
        values = np.ascontiguousarray(values[:, :: (MOST - 1) // (n_points - 1)])
    lowest = float(np.min(values[:, 0]))
    if curve.kind == "boundary" and not lowest > 0.0:
        raise bad_value(f"{label} at t = 0", lowest, "greater than 0")
    return curve_table(values, rows, max_t)[0]


def curve_table(
    values: FloatArray, rows: FloatArray, max_t: float
) -> tuple[_core.CurveTable, FloatArray]:
    """Return the table of curves, and until when each is close to a parabola.

    Parameters
    ----------
    values : ndarray of float64, shape (n_rows, n_points, n_columns)
        The curves at the times of `times_of`.
    rows : ndarray of float64, shape (n_trials,)
        The row that each trial reads.
    max_t : float
        Last time (seconds).

    Returns
    -------
    table : CurveTable
        As the core reads it.
    smooth : ndarray of float64, shape (n_rows, n_points)
        Times (seconds), up to which all columns are close to parabolas from each point on.
    """
    n_points = values.shape[1]
    times, smooth = times_of(n_points, max_t), np.empty(values.shape[:2])
    density = (n_points - 1) / np.log1p(max_t / ORIGIN)
    return _core.CurveTable(values, times, smooth, rows, ORIGIN, density, PARABOLA), smooth


@lru_cache(maxsize=8)
def times_of(n_points: int, max_t: float) -> FloatArray:
    """Return the times of a table of `n_points` from 0 to `max_t` (seconds), read-only."""
    times: FloatArray = ORIGIN * np.expm1(np.linspace(0.0, np.log1p(max_t / ORIGIN), n_points))
    times[-1] = max_t
    times.flags.writeable = False
    return times


def _row(
    function: Callable[..., Any],
    label: str,
    times: FloatArray,
    parameters: Mapping[str, float],
    n_columns: int,
) -> FloatArray:
    """Return the function at `times`, of shape (n_points, n_columns)."""
    try:
        result = values_at(function, times, parameters)
    except Exception as error:
        given = ", ".join(f"{name} = {value:.6g}" for name, value in parameters.items())
        error.add_note(f"{label} was called with an array of {times.size} times t; {given}")
        raise
    values = np.asarray(result)
    if values.dtype.kind not in "fiub":
        raise bad_type(f"What {label} returns", result, "made of numbers")
    values = values.astype(np.float64, copy=False)
    wanted = times.shape if n_columns == 1 else (times.size, n_columns)
    if values.ndim == 0 and n_columns == 1:
        values = np.full(wanted, values)
    if values.shape != wanted:
        raise ConfigError(f"{label} must return an array of shape {wanted}, got {values.shape}")
    values = values.reshape(times.size, n_columns)
    if not np.isfinite(values).all():
        at, column = np.argwhere(~np.isfinite(values))[0]
        raise bad_value(f"{label} at t = {times[at]:.6g}", float(values[at, column]), "finite")
    return values


def _scale(values: FloatArray) -> FloatArray:
    """Return the largest value of each column of each row, kept apart from 0."""
    largest: FloatArray = np.abs(values).max(axis=-2, keepdims=True)
    return np.maximum(largest, 1e-300)


def _fewest_points(finest: FloatArray, most: int) -> int:
    """Return how many points it takes, up to `most`, for lines to be CLOSE to all of `finest`."""
    n_points, allowed = FEWEST, CLOSE * _scale(finest)[:, :, None]
    while n_points < most:
        if (_off_lines(finest, (MOST - 1) // (n_points - 1)) <= allowed).all():
            break
        n_points = min(4 * (n_points - 1) + 1, most)
    return n_points


def _off_lines(values: FloatArray, per_span: int) -> FloatArray:
    """Return how far points are from the lines that join each `per_span`-th one.

    Of shape (n_rows, n_groups, per_span, n_columns).
    """
    n_rows, _, n_columns = values.shape
    inside = values[:, :-1].reshape(n_rows, -1, per_span, n_columns)
    first, last = values[:, :-1:per_span, None], values[:, per_span::per_span, None]
    off = (np.arange(per_span) / per_span)[:, None] * (last - first)
    off += first
    off -= inside
    return np.abs(off, out=off)
