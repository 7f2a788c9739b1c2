"""A user's own boundaries and drifts as lines between knots, which the core reads.

Each curve is sampled at the same times, and again where it jumps or bends between them; its knots
are the samples that it takes for lines to be close to all of them.  So a row of a table depends on
its own curve only, and holds jumps to a microsecond.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ssms import _core
from ssms.curves.curve import Curve, values_at
from ssms.errors import ConfigError, bad_type, bad_value

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

__all__ = ["tabulate"]

ORIGIN, DENSITY = 1e-3, 1250
"""Near time 0, samples are (t + ORIGIN) / DENSITY apart (seconds)."""

SPACING, MAX_SAMPLES = 8e-4, 25_000
"""Later they are SPACING apart, or max_t / MAX_SAMPLES where that is more (seconds)."""

LATE_DENSITY = 400
"""Where no limit of time is given, samples go on t / LATE_DENSITY apart."""

CHUNK = 1 << 13
"""About how many times are given to a function at once; arrays of so many stay in the cache."""

LINE, PARABOLA = 1e-5, 1e-3
"""How close lines, and the parabolas of a step, come to a curve, in units of its largest value."""

BEND = 1e-3
"""How far a sample may be off the line between its neighbours, in the same units."""

PARTS, SHORTEST = 16, 1e-6
"""A cell that bends more is sampled again in so many parts, until they are this short (seconds)."""

MAX_CELLS = 1 << 12
"""Most cells that are sampled again: a curve that bends in more changes too fast everywhere."""

SLOPE = 4
"""Column of a knot that holds the slope of a boundary."""

FARTHEST = 1e3
"""How far below 0 a boundary is followed, in units of its value at 0: slopes are those of parabolas
through knots, so the bend where that ends must lie far after the boundary has come to 0."""

MAX_BYTES = 1 << 25
"""About the size of the largest table; further trials wait until those before them are done."""

MAX_TRIALS = 1 << 21
"""Most trials of a table: they are sorted at once, during which Ctrl-C is not heard."""


def tabulate(
    curve: Curve,
    names: Sequence[str],
    theta: FloatArray,
    passed: Sequence[str],
    max_t: float,
    begin: int = 0,
    goes_on: bool = False,
) -> _core.CurveTable:
    """Return a table of a user's own curve, one row for each distinct parameter set.

    Parameters
    ----------
    curve : Curve
        The curve; its function is called as ``function(t=times, **parameters)``.
    names : sequence of str
        Names of the rows of theta.
    theta : ndarray of float64, shape (n_names, n_trials)
        Parameters.
    passed : sequence of str
        The parameters that the function takes.
    max_t : float
        Last time (seconds).
    begin : int
        First trial that needs its row.
    goes_on : bool
        Whether curves are followed, by fewer samples, after `max_t`.

    Returns
    -------
    CurveTable
        As the core reads it.  Its ``end`` is the first trial after `begin` that has no row, because
        the table is larger than MAX_BYTES, or has MAX_TRIALS, without it.

    Raises
    ------
    ConfigError
        If the function returns an array of another shape.
    ParameterTypeError
        If it returns a value that is not a number.
    ParameterError
        If its values are not finite, or a boundary is not greater than 0 at time 0.
    """
    end = min(theta.shape[1], begin + MAX_TRIALS)
    n_cells = _core.n_cells(max(max_t, _core.LAST_TIME) if goes_on else max_t)
    first, which = _in_order(theta[[names.index(p) for p in passed], begin:end])
    knots: list[FloatArray] = []
    size = 0
    for trial in (begin + first).tolist():
        if size > MAX_BYTES:
            end = trial
            break
        parameters = {name: float(theta[names.index(name), trial]) for name in passed}
        knots.append(_knots(curve, parameters, max_t, goes_on))
        size += knots[-1].nbytes + 4 * n_cells
    if not knots:  # there are no trials
        knots.append(np.zeros((1, _core.KNOT_SIZE)))
    index, rows = np.empty((len(knots), n_cells + 1), np.int32), np.zeros(theta.shape[1])
    rows[begin:end] = which[: end - begin]
    sizes = [len(row) for row in knots]
    return _core.CurveTable(np.concatenate(knots), sizes, index, rows, curve.n_columns, end)


def _in_order(values: FloatArray) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the trials that are the first of their parameter set, and the set of each trial."""
    n_trials = values.shape[1]
    if len(values) == 0 or n_trials <= 1:
        return np.zeros(min(n_trials, 1), np.intp), np.zeros(n_trials, np.intp)
    # np.unique, which takes ten times as long, would do the same
    trials = np.lexsort(values)
    ordered = values[:, trials]
    new = np.append(True, (ordered[:, 1:] != ordered[:, :-1]).any(axis=0))
    first, which = trials[new], np.empty(n_trials, np.intp)
    which[trials] = np.cumsum(new) - 1
    order = np.argsort(first)
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return first[order], place[which]


def _knots(
    curve: Curve, parameters: Mapping[str, float], max_t: float, goes_on: bool
) -> FloatArray:
    """Return the knots of a curve, as `_core.CurveTable` takes them."""
    times = sample_times(max_t)
    parts = np.array_split(times, -(-times.size // CHUNK))
    values = np.concatenate([_values(curve, part, parameters) for part in parts])
    lowest = -np.inf
    if curve.kind == "boundary":
        if not values[0, 0] > 0.0:
            raise bad_value(f"{_label(curve)} at t = 0", float(values[0, 0]), "greater than 0")
        # All is over before; how far it falls must not make the table coarse.
        lowest = -FARTHEST * values[0, 0]
        np.maximum(values, lowest, out=values)
    scale = np.maximum(np.maximum(values.max(axis=0), -values.min(axis=0)), 1e-300)
    if curve.kind == "boundary":
        scale = np.minimum(scale, values.max(axis=0))
    times, values = _sampled_again(curve, parameters, times, values, scale, lowest)
    knots = _knots_between(times, values, scale)
    is_boundary = curve.kind == "boundary"
    if goes_on and max_t < _core.LAST_TIME and not (is_boundary and values[-1, 0] <= 0.0):
        knots = np.concatenate([knots[:-1], _late_knots(curve, parameters, max_t, scale, lowest)])
    return knots


def _knots_between(times: FloatArray, values: FloatArray, scale: FloatArray) -> FloatArray:
    """Return the knots of samples."""
    samples = _core.CurveSamples(times, values, scale)
    at = np.empty(times.size, np.int32)
    knots = np.empty((samples.find_knots(LINE, at), _core.KNOT_SIZE))
    samples.set_knots(PARABOLA, at, knots)
    return knots


def _late_knots(
    curve: Curve,
    parameters: Mapping[str, float],
    max_t: float,
    scale: FloatArray,
    lowest: float,
) -> FloatArray:
    """Return the knots of a curve from `max_t` on; a boundary goes on along its last line.

    Functions need not have values there: where one has none, the curve stays as it is at `max_t`.
    """
    n = int(np.ceil(LATE_DENSITY * np.log(_core.LAST_TIME / max_t)))
    times = np.geomspace(max_t, _core.LAST_TIME, n + 1)
    try:
        with np.errstate(all="ignore"):
            values = np.maximum(_values(curve, times, parameters), lowest)
    except Exception:
        values = np.repeat(_values(curve, times[:1], parameters), times.size, axis=0)
    knots = _knots_between(times, values, scale)
    if curve.kind == "boundary" and len(knots) > 1:
        knots[-1, SLOPE] = knots[-2, SLOPE]
    return knots


def _sampled_again(
    curve: Curve,
    parameters: Mapping[str, float],
    times: FloatArray,
    values: FloatArray,
    scale: FloatArray,
    lowest: float,
) -> tuple[FloatArray, FloatArray]:
    """Return times and values with more of them where the curve jumps or bends."""
    flagged = np.empty(times.size, np.int32)
    samples = _core.CurveSamples(times, values, scale)
    cells = flagged[: samples.find_bends(BEND, SHORTEST, flagged)]
    if not cells.size:
        return times, values
    begin, length = times[cells], times[cells + 1] - times[cells]
    first, last = values[cells], values[cells + 1]
    more_times, more_values = [], []
    while 0 < length.size <= MAX_CELLS:
        new = begin[:, None] + length[:, None] * (np.arange(1, PARTS) / PARTS)
        inner = np.maximum(_values(curve, new.ravel(), parameters), lowest)
        more_times.append(new.ravel())
        more_values.append(inner)
        grid = np.column_stack([begin, new])
        # Which samples are off the lines between their neighbours?
        v = np.empty((length.size, PARTS + 1, inner.shape[1]))
        v[:, 0], v[:, -1], v[:, 1:-1] = first, last, inner.reshape(length.size, PARTS - 1, -1)
        off = (np.abs(v[:, 1:-1] - 0.5 * (v[:, :-2] + v[:, 2:])) > BEND * scale).any(axis=2)
        bent = np.zeros((length.size, PARTS), bool)
        bent[:, :-1] = off
        bent[:, 1:] |= off
        bent &= (length > PARTS * SHORTEST)[:, None]
        at = np.nonzero(bent)
        begin, length = grid[at], length[at[0]] / PARTS
        first, last = v[:, :-1][at], v[:, 1:][at]
    if length.size:
        _warn(curve, parameters, float(length.max()), "changes too fast at many times")
    if not more_times:
        return times, values
    new, added = np.concatenate(more_times), np.concatenate(more_values)
    order = np.argsort(new)
    new, added = new[order], added[order]
    _check_widths(curve, parameters, (times, values), cells, (new, added), scale)
    places = np.searchsorted(times, new)
    columns = [np.insert(values[:, i], places, added[:, i]) for i in range(values.shape[1])]
    values = columns[0][:, None] if len(columns) == 1 else np.column_stack(columns)
    return np.insert(times, places, new), values


def _check_widths(
    curve: Curve,
    parameters: Mapping[str, float],
    coarse: tuple[FloatArray, FloatArray],
    cells: npt.NDArray[np.int32],
    fine: tuple[FloatArray, FloatArray],
    scale: FloatArray,
) -> None:
    """Warn if a pulse of the curve is so narrow that others like it may lie between samples.

    A pulse that one sample alone shows is as wide as the curve is beyond half its height.
    """
    times, values = coarse
    peaks = cells[1:][np.diff(cells) == 1]
    before, after = values[peaks] - values[peaks - 1], values[peaks + 1] - values[peaks]
    least = np.minimum(np.abs(before), np.abs(after))
    for i, column in np.argwhere((least > BEND * scale) & (before * after < 0.0)).tolist():
        peak = peaks[i]
        inside = slice(*np.searchsorted(fine[0], times[[peak - 1, peak + 1]]))
        t = np.concatenate([[times[peak - 1]], fine[0][inside], [times[peak + 1]]])
        v = fine[1][inside, column] - values[peak, column] + 0.5 * before[i, column]
        width = float((0.5 * (t[2:] - t[:-2]))[v * before[i, column] > 0.0].sum())
        if width < 0.45 * (times[peak + 1] - times[peak - 1]):
            _warn(curve, parameters, width, f"has a pulse at t = {times[peak]:.4g}")
            return


def _warn(curve: Curve, parameters: Mapping[str, float], width: float, words: str) -> None:
    warnings.warn(
        f"{_label(curve)} {words} ({_given(parameters)}); features narrower than {width:.2g} s "
        "are not resolved, or not seen at all",
        UserWarning,
        stacklevel=2,
    )


@lru_cache(maxsize=8)
def sample_times(max_t: float) -> FloatArray:
    """Return the times from 0 to `max_t` (seconds) at which a function is sampled, read-only."""
    spacing = max(SPACING, max_t / MAX_SAMPLES)
    last = min(DENSITY * spacing - ORIGIN, max_t)
    n_early = int(np.ceil(DENSITY * np.log1p(last / ORIGIN)))
    early = ORIGIN * np.expm1(np.linspace(0.0, np.log1p(last / ORIGIN), n_early + 1))
    late = np.linspace(last, max_t, int(np.ceil((max_t - last) / spacing)) + 1)
    times: FloatArray = np.concatenate([early[:-1], late])
    times.flags.writeable = False
    return times


def _label(curve: Curve) -> str:
    return f"{curve.kind} {curve.name!r}"


def _given(parameters: Mapping[str, float]) -> str:
    return ", ".join(f"{name} = {value:.6g}" for name, value in parameters.items())


def _values(curve: Curve, times: FloatArray, parameters: Mapping[str, float]) -> FloatArray:
    """Return the function at `times`, of shape (n_times, n_columns)."""
    label, n_columns, function = _label(curve), curve.n_columns, curve.function
    try:
        result = values_at(function, times, parameters)
    except Exception as error:
        error.add_note(
            f"{label} was called with an array of {times.size} times t; {_given(parameters)}"
        )
        raise
    values = np.asarray(result)
    if values.dtype.kind not in "fiub":
        raise bad_type(f"The result of {label}", result, "made of numbers")
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
