"""Response times and choices beside parameter sets."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ssms import _density
from ssms.basic_simulators.theta import number_array
from ssms.engine.results import OMISSION
from ssms.errors import ParameterError, bad_value

__all__ = ["Observations", "real_array", "warn_of_milliseconds"]

FloatArray = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int32]

MAX_MEDIAN_RT = 100.0
"""Seconds; data with a longer median response time are probably in milliseconds."""

MIN_RESPONSES = 10
"""Fewer response times, or sorted ones, may be a look at the tail of a law."""


class Observations:
    """Response times and choices beside the parameter sets of a call.

    Parameters
    ----------
    rt, choice : array_like
        Broadcast against each other.
    n_sets : int
        Number of parameter sets, T.  With one, the observations have any shape; with more, there is
        one for each set, shape (T,), or m for each, shape (T, m); a number, or shape (1, m), is the
        same for all.
    choices : sequence of int
        The labels of the model.

    Attributes
    ----------
    rt : ndarray of float64
    choice : ndarray of int32
        Both flat, set by set.
    shape : tuple of int
        Of results.
    per_set : int
        Observations of each set.
    latest : float
        The latest response time that is finite, 0 if none is.
    has_omissions : bool
    """

    def __init__(self, rt: Any, choice: Any, n_sets: int, choices: Sequence[int]) -> None:
        times, labels = _pairs(real_array("rt", rt), choice, choices)
        if n_sets != 1:
            if times.ndim == 0:
                times, labels = (np.broadcast_to(x, (n_sets,)) for x in (times, labels))
            if times.ndim == 2 and times.shape[0] == 1:
                shape = (n_sets, times.shape[1])
                times, labels = (np.broadcast_to(x, shape) for x in (times, labels))
            if times.ndim > 2 or times.shape[0] != n_sets:
                raise _wrong_shape(times.shape, n_sets)
        self.shape = times.shape
        self.rt: FloatArray = np.ascontiguousarray(times.reshape(-1), np.float64)
        self.choice: Labels = np.ascontiguousarray(labels.reshape(-1), np.int32)
        self.per_set = max(self.rt.size // max(n_sets, 1), 1)
        self.latest, self.has_omissions, has_nan = _density.times_of(self.rt)
        if has_nan:
            where = _place("rt", np.isnan(times))
            raise bad_value(where, float("nan"), "a number (-999 for an omission)")


def warn_of_milliseconds(rt: FloatArray, t: float = 0.0, stacklevel: int = 2) -> bool:
    """Warn if response times look like milliseconds; return whether that was done.

    Parameters
    ----------
    rt : ndarray
        Response times; omissions are left out.
    t : float
        The longest non-decision time: if it is long too, the unit is the user's choice.
    stacklevel : int
        As of `warnings.warn`, from the caller of this function on.
    """
    if rt.size < MIN_RESPONSES or t > 0.1 * MAX_MEDIAN_RT or not rt.max() > MAX_MEDIAN_RT:
        return False
    responses = rt[np.isfinite(rt) & (rt != OMISSION)]
    if responses.size < MIN_RESPONSES or (np.diff(responses) >= 0.0).all():
        return False
    if (median := np.median(responses)) <= MAX_MEDIAN_RT:
        return False
    warnings.warn(
        f"the response times have a median of {median:.4g} s; rt must be in seconds: divide "
        "milliseconds by 1000",
        UserWarning,
        stacklevel=stacklevel + 1,
    )
    return True


def _wrong_shape(shape: tuple[int, ...], n_sets: int) -> ParameterError:
    """Return the error for response times that do not fit the parameter sets."""
    forms = f"({n_sets},), ({n_sets}, m) or (1, m)"
    allowed = f"a number, or of shape {forms} for {n_sets} parameter sets"
    is_turned = len(shape) == 2 and shape[1] == n_sets
    return bad_value("rt", shape, allowed, "pass rt.T and choice.T" if is_turned else "")


def _place(name: str, wrong: npt.NDArray[np.bool_]) -> str:
    """Return a name with the index of the first entry that is wrong, as in ``rt[3]``."""
    return f"{name}{np.argwhere(wrong)[0].tolist()}" if wrong.ndim else name


def _pairs(
    times: npt.NDArray[Any], choice: Any, choices: Sequence[int]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return response times and labels of one shape, which have been checked."""
    if type(choice) is not int or choice not in choices:  # a call may take but 30 us
        labels = real_array("choice", choice)
        choice = labels.item() if labels.ndim == 0 else None
    if choice in choices:
        same = np.empty(times.shape, np.int32)
        same.fill(choice)
        return times, same
    is_one = labels.ndim == 0
    if times.shape != labels.shape:
        try:
            times, labels = np.broadcast_arrays(times, labels)
        except ValueError:
            raise bad_value(
                "choice", labels.shape, f"of a shape that fits the shape of rt, {times.shape}"
            ) from None
    wrong = times != OMISSION
    for known in choices:
        wrong = wrong & (labels != known)
    if wrong.any():
        first = float(labels[wrong].flat[0])
        first = int(first) if first.is_integer() else first
        advice = _recoding(labels[times != OMISSION], choices)
        where = "choice" if is_one else _place("choice", wrong)
        raise bad_value(where, first, f"one of {list(choices)}", advice)
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        labels = np.where(np.isfinite(labels), labels, choices[0])  # of omissions
    return times, labels


def _recoding(labels: npt.NDArray[Any], choices: Sequence[int]) -> str:
    """Return how to recode labels of another convention: 0 and 1, or from 1 on; else nothing."""
    used = np.unique(labels).tolist()
    if not all(float(label).is_integer() and abs(label) <= len(choices) for label in used):
        return ""
    if len(used) == len(choices) == 2:
        return f"recode yours: np.where(choice == {used[0]:g}, {choices[0]}, {choices[1]})"
    first = used[0] - choices[0]
    if len(used) > 1 and all(label - first in choices for label in used):
        return f"recode yours: choice {'-' if first > 0 else '+'} {abs(first):g}"
    return ""


def real_array(name: str, value: Any) -> npt.NDArray[Any]:
    """Return numbers, not booleans, as an array; raise as `number_array` does."""
    if type(value) is np.ndarray and value.dtype.kind in "fiu":
        return value
    return number_array(name, value, kinds="fiu")
