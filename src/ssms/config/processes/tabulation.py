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
from ssms.errors import ConfigError, bad_value

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

SPANS = 512
"""Cells of a table for which spans are found, at most."""

PROBES = 8
"""Parameter sets by which the number of points is chosen."""


def tabulate(
    function: Callable[..., Any],
    label: str,
    sets: Sequence[Mapping[str, float]],
    max_t: float,
    n_columns: int = 1,
    positive: bool = False,
) -> _core.CurveTable:
    """Return a table of a function of time, one row for each parameter set.

    Parameters
    ----------
    function : callable
        Called as ``function(t=times, **parameters)``.
    label : str
        What it is, for messages.
    sets : sequence of mapping
        Parameter sets.
    max_t : float
        Last time (seconds).
    n_columns : int
        Columns of what the function returns; 1: it is shaped like the times.
    positive : bool
        Whether it must be greater than 0 at time 0.

    Raises
    ------
    ConfigError
        If the function returns an array of another shape.
    ParameterError
        If its values are not finite, or not greater than 0 at time 0.
    """
    probes = [sets[i] for i in np.linspace(0, len(sets) - 1, min(len(sets), PROBES)).astype(int)]
    most = max(FEWEST, min(MOST, (1 << int(np.log2(max(MOST_VALUES / len(sets), 1)))) + 1))
    n_points = FEWEST

    def values_of(some: Sequence[Mapping[str, float]]) -> FloatArray:
        times = times_of(n_points, max_t)
        return np.stack([_row(function, label, times.copy(), one, n_columns) for one in some])

    values = values_of(probes)
    while n_points < most and not _lines_are_close(values):
        n_points = min(4 * (n_points - 1) + 1, most)
        values = values_of(probes)
    if len(probes) < len(sets):
        values = values_of(sets)
    lowest = float(np.min(values[:, 0]))
    if positive and not lowest > 0.0:
        raise bad_value(f"{label} at t = 0", lowest, "greater than 0")
    smooth = ends_of_parabolas(n_points, max_t, values)
    return _core.CurveTable(values, smooth, ORIGIN, (n_points - 1) / np.log1p(max_t / ORIGIN))


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
    values = np.asarray(function(t=times, **parameters), dtype=np.float64)
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


def _lines_are_close(values: FloatArray) -> bool:
    """Return whether each second point is on the line between its neighbours, but for CLOSE.

    Lines of the table, between all points, then are four times closer.
    """
    lines = 0.5 * (values[:, :-1:2] + values[:, 2::2])
    return bool((np.abs(values[:, 1::2] - lines) <= 4.0 * CLOSE * _scale(values)).all())


def ends_of_parabolas(n_points: int, max_t: float, values: FloatArray) -> FloatArray:
    """Return, for each row and time, until when all columns are close to parabolas from there on.

    Parameters
    ----------
    n_points : int
        Number of times; one more than a power of 2.
    max_t : float
        Last time (seconds).
    values : ndarray of float64, shape (n_rows, n_points, n_columns)
        The curves.

    Returns
    -------
    ndarray, shape (n_rows, n_points)
        Times (seconds); at least that of the next point.
    """
    times = times_of(n_points, max_t)
    per_span = max(1, (n_points - 1) // SPANS)
    allowed = PARABOLA * _scale(values)
    coarse_times, coarse = times[::per_span], values[:, ::per_span]
    good = _cells_are_lines(values, per_span, allowed)
    levels = [good]
    ends = np.repeat(coarse_times[None, 1:], len(values), axis=0)
    length = 1
    while 2 * length < coarse_times.size and good.any():
        # A span is good if both halves are, and the parabola through its ends and its middle
        # fits in the middles of the halves.
        good = good[:, : coarse_times.size - 2 * length] & good[:, length:]
        length *= 2
        if length >= 4:
            good &= _parabolas_fit(coarse, max_t, length, allowed)
        np.copyto(ends[:, : good.shape[1]], coarse_times[length:], where=good)
        levels.append(good)
    bends = values[:, :-2] - 2.0 * values[:, 1:-1] + values[:, 2:]
    kinks: npt.NDArray[np.bool_] = np.any(np.abs(bends, out=bends) > allowed, axis=2)
    until = np.repeat(ends, per_span, axis=1)
    rows = np.flatnonzero(np.any(kinks, axis=1))
    if rows.size:
        some = [level[rows] for level in levels]
        until[rows] = _up_to_kinks(
            times, values[rows], allowed[rows], kinks[rows], some, ends[rows]
        )
    return np.concatenate([until, until[:, -1:]], axis=1)


def _up_to_kinks(
    times: FloatArray,
    values: FloatArray,
    allowed: FloatArray,
    kinks: npt.NDArray[np.bool_],
    levels: Sequence[npt.NDArray[np.bool_]],
    ends: FloatArray,
) -> FloatArray:
    """Return until when curves are close to parabolas from each point on, where some have kinks.

    A kink is a point that is on no line between its neighbours: a jump has two.  Spans of
    2**level cells, which are good or not in `levels`, would approach it in ever smaller steps;
    `ends` are those of the longest.
    """
    n_rows, last, per_span = len(values), times.size - 1, (times.size - 1) // ends.shape[1]
    is_start = np.zeros((n_rows, last), bool)
    is_start[:, 1:] = kinks
    place_of_kink = np.append(np.flatnonzero(is_start), n_rows * last)
    is_start[:, ::per_span] = True
    row, start = np.nonzero(is_start)
    place = row * last + start
    end = place_of_kink[np.searchsorted(place_of_kink[:-1], place, side="right")] - row * last
    end = np.minimum(end, last)
    # A little behind a point, lest rounding let the next step begin in the cell before it.
    behind = times[end] + 1e-6 * (times[np.minimum(end + 1, last)] - times[end])

    cell = start // per_span
    until = ends[row, cell]
    until = np.where(levels[0][row, cell], until, np.minimum(until, behind))
    longer = np.flatnonzero((behind > until) & (end > start + 1))
    span = row[longer], start[longer], end[longer]
    fits = _one_parabola_fits(times, values, *span, allowed) & _covered(levels, per_span, *span)
    until[longer[fits]] = behind[longer[fits]]
    # What holds from a start on holds from the points up to the next start on.
    return np.repeat(until, np.diff(place, append=n_rows * last)).reshape(n_rows, last)


def _covered(
    levels: Sequence[npt.NDArray[np.bool_]],
    per_span: int,
    row: npt.NDArray[np.int64],
    start: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
) -> npt.NDArray[np.bool_]:
    """Return whether two good spans cover the groups of cells between points, if there are any."""
    first, end = -(-start // per_span), end // per_span
    level = np.frexp(np.maximum(end - first, 0))[1] - 1
    good = np.zeros((int(level.max(initial=0)) + 1, *levels[0].shape), bool)
    for i, spans in enumerate(levels[: len(good)]):
        good[i, :, : spans.shape[1]] = spans
    some = np.flatnonzero(level >= 0)
    row, first, end, level = row[some], first[some], end[some], level[some]
    covered = np.ones(start.size, bool)
    covered[some] = good[level, row, first] & good[level, row, end - (1 << level)]
    return covered


def _one_parabola_fits(
    times: FloatArray,
    values: FloatArray,
    row: npt.NDArray[np.int64],
    start: npt.NDArray[np.int64],
    end: npt.NDArray[np.int64],
    allowed: FloatArray,
) -> npt.NDArray[np.bool_]:
    """Return over which spans a parabola through ends and middle fits at the quarters."""
    at = [start + i * (end - start) // 4 for i in range(5)]
    t = times[np.array(at)]
    fits = np.ones(row.size, bool)
    for quarter in (1, 3):
        weights = _lagrange(t[0], t[2], t[4], t[quarter])
        error = values[row, at[quarter]].copy()
        for weight, i in zip(weights, (0, 2, 4), strict=True):
            error -= weight[:, None] * values[row, at[i]]
        fits &= np.all(np.abs(error) <= allowed[row, 0], axis=1)
    return fits | (end - start < 4)


def _lagrange(
    t0: FloatArray, t2: FloatArray, t4: FloatArray, t: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the weights of the values at three times in that of their parabola at `t`."""
    return (
        (t - t2) * (t - t4) / ((t0 - t2) * (t0 - t4)),
        (t - t0) * (t - t4) / ((t2 - t0) * (t2 - t4)),
        (t - t0) * (t - t2) / ((t4 - t0) * (t4 - t2)),
    )


def _cells_are_lines(
    values: FloatArray, per_span: int, allowed: FloatArray
) -> npt.NDArray[np.bool_]:
    """Return which groups of `per_span` cells a line fits."""
    n_rows, _, n_columns = values.shape
    inside = values[:, :-1].reshape(n_rows, -1, per_span, n_columns)
    first, last = values[:, :-1:per_span, None], values[:, per_span::per_span, None]
    off = (np.arange(per_span) / per_span)[:, None] * (last - first)
    off += first
    off -= inside
    close: npt.NDArray[np.bool_] = np.all(np.abs(off, out=off) <= allowed[:, :, None], axis=(2, 3))
    return close


def _parabolas_fit(
    values: FloatArray, max_t: float, length: int, allowed: FloatArray
) -> npt.NDArray[np.bool_]:
    """Return over which spans of `length` cells a parabola fits at the quarters."""
    n_points = values.shape[1]
    first, early, middle, late, last = (
        values[:, i * length // 4 : i * length // 4 + n_points - length] for i in range(5)
    )
    weights = _weights(n_points, max_t, length)
    error = weights[0] * first
    error += weights[1] * middle
    error += weights[2] * last
    error[0] -= early
    error[1] -= late
    close: npt.NDArray[np.bool_] = np.all(np.abs(error, out=error) <= allowed, axis=(0, 3))
    return close


@lru_cache(maxsize=64)
def _weights(n_points: int, max_t: float, length: int) -> FloatArray:
    """Return the weights of ends and middle of spans in their parabola at two of its quarters.

    Of shape (3, 2, 1, n_spans, 1): first end, middle, last end; first and third quarter.
    """
    times = times_of(n_points, max_t)
    t0, early, t2, late, t4 = (
        times[i * length // 4 : i * length // 4 + n_points - length] for i in range(5)
    )
    weights = np.array([_lagrange(t0, t2, t4, t) for t in (early, late)])
    return weights.swapaxes(0, 1)[:, :, None, :, None]
