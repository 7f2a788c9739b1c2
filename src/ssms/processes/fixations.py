"""Fixations on two items: schedules that were observed, and durations that are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ssms import _core
from ssms.errors import ParameterError, bad_type, bad_value, unknown_name

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

__all__ = [
    "CONTINUATIONS",
    "SCIPY_NAMES",
    "Gaze",
    "distribution",
    "duration_table",
    "read_gaze",
]

SCIPY_NAMES = {
    "gamma": "gamma",
    "lognormal": "lognorm",
    "invgamma": "invgamma",
    "weibull": "weibull_min",
    "invgauss": "invgauss",
    "halfnormal": "halfnorm",
    "exponential": "expon",
}
"""Distributions of positive durations by name, and their names in `scipy.stats`."""

CONTINUATIONS = {
    "prolong_last_fixation": "held",
    "sample_continuation": "continued",
    "resample_all_fixations": "resampled",
}
"""Ways to go on after the last observed fixation, with their names in the core."""

POINTS = 2049
"""Of the table of durations: interpolation is right to 1e-5 of a duration."""

OBSERVED = ("r1", "r2", "flag", "sacc_array", "d")
DRAWN = ("fixation_dist", "fixation_params", "gamma_shape", "gamma_scale")
FIELDS = (*OBSERVED, "sigma", "continuation_mode", "continuation_params", *DRAWN)


class Gaze(NamedTuple):
    """Where gaze goes.

    Attributes
    ----------
    values : list of two ndarray of shape (n_trials,), or None
        Values of the items; None: they are drawn.
    sigma : ndarray of shape (n_trials,) or None
        Noise of each trial, where it is given.
    schedule : tuple of ndarray or None
        Onsets (n_rows, n_columns), numbers of valid onsets and first items (n_rows,).
    continuation : int
        Number of the way to go on in the core.
    log_durations : ndarray
        Table of the logarithms of durations.
    """

    values: list[FloatArray] | None
    sigma: FloatArray | None
    schedule: tuple[FloatArray, FloatArray, FloatArray] | None
    continuation: int
    log_durations: FloatArray


def distribution(name: Any) -> Any:
    """Return a distribution of `scipy.stats` by its name here.

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    """
    from scipy import stats

    if name not in SCIPY_NAMES:
        raise unknown_name("distribution of fixation durations", name, SCIPY_NAMES)
    return getattr(stats, SCIPY_NAMES[name])


def duration_table(name: str, params: Mapping[str, float]) -> FloatArray:
    """Return logarithms of quantiles at equally spaced normal quantiles, as the core reads them.

    Raises
    ------
    UnknownNameError
        If the distribution is not known.
    ParameterError
        If it does not take these parameters, or durations could be negative.
    """
    return _table(name, tuple(sorted(params.items())))


@lru_cache(maxsize=32)
def _table(name: str, items: tuple[tuple[str, float], ...]) -> FloatArray:
    from scipy import stats

    chosen, params = distribution(name), dict(items)
    z = np.linspace(-_core.GAZE_REACH, _core.GAZE_REACH, POINTS)
    try:
        frozen = chosen(**params)
        lower, upper = frozen.ppf(stats.norm.cdf(z)), frozen.isf(stats.norm.sf(z))
    except TypeError as error:
        raise ParameterError(f"distribution {name!r} does not take {params}: {error}") from None
    durations = np.where(z < 0.0, lower, upper)
    if not np.all(np.isfinite(durations)) or durations[0] < 0.0:
        raise bad_value(
            f"parameters of distribution {name!r}", params, "such that durations are positive"
        )
    table: FloatArray = np.log(np.maximum(durations, 1e-9))
    table.flags.writeable = False  # it is kept
    return table


def read_gaze(
    fields: Mapping[str, Any], n_trials: int, n_samples: int, max_t: float, seed: int
) -> Gaze:
    """Return the gaze of a call's extra fields, checked.

    Parameters
    ----------
    fields : mapping
        As `ssms.processes.Attention` documents them.
    n_trials, n_samples : int
        Sizes of the call.
    max_t : float
        Longest decision time (seconds).
    seed : int
        Of a callable that goes on after the last fixation.

    Raises
    ------
    UnknownNameError, ParameterError, ParameterTypeError
        If a field is not known, lacks, or has a shape or a value that is not allowed.
    """
    fields = {name: value for name, value in fields.items() if value is not None}
    for name in fields:
        if name not in FIELDS:
            raise unknown_name("extra field of an attention model", name, FIELDS)
    sigma = None
    if "sigma" in fields:
        sigma = _per_trial("sigma", fields["sigma"], n_trials)
    mode = fields.get("continuation_mode", "prolong_last_fixation")
    if not any(name in fields for name in OBSERVED):
        for name in ("continuation_mode", "continuation_params"):
            if name in fields and fields[name] != "prolong_last_fixation":
                raise bad_value(name, fields[name], "absent where no fixations are given")
        resampled = _core.CONTINUATIONS["resampled"]
        return Gaze(None, sigma, None, resampled, duration_table(*_drawn_durations(fields)))
    drawn = [name for name in DRAWN if name in fields]
    if drawn:
        raise bad_value(drawn[0], fields[drawn[0]], "absent where fixations are given")
    missing = [name for name in OBSERVED if name not in fields]
    if missing:
        raise ParameterError(
            f"extra_fields lacks {', '.join(map(repr, missing))}: observed fixations are "
            f"{', '.join(OBSERVED)}"
        )
    values = [_per_trial(name, fields[name], n_trials) for name in ("r1", "r2")]
    schedule = _observed(fields, n_trials)
    params = fields.get("continuation_params")
    if callable(mode):
        schedule = _called(mode, schedule, n_samples, max_t, params, seed)
        return Gaze(values, sigma, schedule, _core.CONTINUATIONS["held"], np.zeros(2))
    return Gaze(values, sigma, schedule, *_continuation(mode, params))


def _per_trial(name: str, value: Any, n_trials: int) -> FloatArray:
    """Return a field of one finite number for each trial."""
    try:
        array = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise bad_type(name, value, "made of numbers") from None
    if array.size == 1:
        array = np.full(n_trials, array.item())
    if array.shape != (n_trials,) and (
        array.size != n_trials or array.ndim > 2 or max(array.shape, default=0) != n_trials
    ):
        raise bad_value(
            f"shape of extra field {name!r}", np.shape(value), f"({n_trials},), one row a trial"
        )
    array = np.ascontiguousarray(array.ravel())
    if not np.isfinite(array).all():
        raise bad_value(f"extra field {name!r}", value, "finite")
    return array


def _observed(
    fields: Mapping[str, Any], n_trials: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return onsets, their numbers and first items, with a row a trial."""
    first = _per_trial("flag", fields["flag"], n_trials)
    try:
        onsets = np.asarray(fields["sacc_array"], np.float64)
    except (TypeError, ValueError):
        raise bad_type("sacc_array", fields["sacc_array"], "a table of onsets") from None
    onsets = np.ascontiguousarray(onsets if onsets.ndim > 1 else np.atleast_2d(onsets))
    if onsets.ndim != 2 or onsets.shape[0] != n_trials or onsets.shape[1] < 1:
        raise bad_value(
            "shape of extra field 'sacc_array'",
            np.shape(fields["sacc_array"]),
            f"({n_trials}, number of onsets), one row a trial",
        )
    counts = _per_trial("d", fields["d"], n_trials)
    trial = _core.first_bad_gaze(onsets, counts, first)
    if trial < n_trials:
        raise _bad_row(fields, trial, onsets, counts[trial], first[trial])
    return onsets, counts, first


def _bad_row(
    fields: Mapping[str, Any], trial: int, onsets: FloatArray, count: float, first: float
) -> ParameterError:
    """Return the error of the row of a trial that the core does not allow."""
    columns = onsets.shape[1]
    if first not in (0.0, 1.0):
        return bad_value(
            "extra field 'flag'", fields["flag"], "0 (item 1 first) or 1 (item 2 first)"
        )
    if not 1.0 <= count <= columns or count != np.floor(count):
        return bad_value(
            "extra field 'd'",
            fields["d"],
            f"whole numbers from 1 to {columns}, the columns of sacc_array",
        )
    row = onsets[trial, : int(count)].tolist()
    return bad_value(f"sacc_array of trial {trial}", row, "onsets that begin at 0 and increase")


def _drawn_durations(fields: Mapping[str, Any]) -> tuple[str, Mapping[str, float]]:
    """Return the distribution of durations of a call without observed fixations."""
    name, params = fields.get("fixation_dist", "gamma"), fields.get("fixation_params")
    shape = {key: fields[key] for key in ("gamma_shape", "gamma_scale") if key in fields}
    if shape and (name != "gamma" or params is not None):
        raise bad_value(
            next(iter(shape)), next(iter(shape.values())), "absent beside fixation_params"
        )
    if params is None:
        if name != "gamma":
            raise bad_value("fixation_params", None, f"the parameters of {name!r}")
        params = {"a": shape.get("gamma_shape", 6.0), "scale": shape.get("gamma_scale", 0.1)}
    return name, params


def _continuation(mode: Any, params: Any) -> tuple[int, FloatArray]:
    """Return the number of a way to go on, and its table of durations."""
    if not isinstance(mode, str):
        raise bad_type("continuation_mode", mode, "a name or a callable")
    if mode not in CONTINUATIONS:
        raise unknown_name("continuation_mode", mode, CONTINUATIONS)
    number = _core.CONTINUATIONS[CONTINUATIONS[mode]]
    if mode == "prolong_last_fixation":
        if params is not None:
            raise bad_value("continuation_params", params, f"absent with {mode!r}")
        return number, np.zeros(2)
    if not isinstance(params, Mapping) or "dist" not in params:
        raise bad_value(
            "continuation_params", params, f"{{'dist': name, 'dist_params': {{...}}}} with {mode!r}"
        )
    known = ("dist", "dist_params", "resample_last_fixation")
    for key in params:
        if key not in known:
            raise unknown_name("entry of continuation_params", key, known)
    if not params.get("resample_last_fixation", True):
        raise bad_value("resample_last_fixation", False, "True: the last duration is drawn again")
    return number, duration_table(params["dist"], params.get("dist_params") or {})


def _called(
    mode: Callable[..., Any],
    schedule: tuple[FloatArray, FloatArray, FloatArray],
    n_samples: int,
    max_t: float,
    params: Any,
    seed: int,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the schedule of each sample that a callable makes from the trials' schedules."""
    onsets, counts, first = (np.concatenate([part] * n_samples) for part in schedule)
    onsets = onsets[:, : int(counts.max(initial=1.0))]
    rng = np.random.default_rng(seed)
    made = mode(onsets, counts.astype(np.int32), first.astype(np.int32), max_t, params, rng)
    if not isinstance(made, tuple) or len(made) != 4:
        raise bad_type("the result of continuation_mode", made, "(onsets, d, flag, max_d)")
    fields = {"sacc_array": made[0], "d": made[1], "flag": made[2]}
    return _observed(fields, len(onsets))
