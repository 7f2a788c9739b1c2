"""Response times and choices beside parameter sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ssms import _density
from ssms.basic_simulators.theta import number_array
from ssms.engine.results import OMISSION
from ssms.errors import bad_value

__all__ = ["Observations", "real_array"]

FloatArray = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int32]


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
        times, labels = _pairs(real_array("rt", rt), real_array("choice", choice), choices)
        if n_sets != 1:
            if times.ndim == 0:
                times, labels = (np.broadcast_to(x, (n_sets,)) for x in (times, labels))
            if times.ndim == 2 and times.shape[0] == 1:
                shape = (n_sets, times.shape[1])
                times, labels = (np.broadcast_to(x, shape) for x in (times, labels))
            if times.ndim > 2 or times.shape[0] != n_sets:
                raise bad_value(
                    "rt",
                    times.shape,
                    f"a number, or of shape ({n_sets},), ({n_sets}, m) or (1, m) for {n_sets} "
                    "parameter sets",
                )
        self.shape = times.shape
        self.rt: FloatArray = np.ascontiguousarray(times.reshape(-1), np.float64)
        self.choice: Labels = np.ascontiguousarray(labels.reshape(-1), np.int32)
        self.per_set = max(self.rt.size // max(n_sets, 1), 1)
        self.latest, self.has_omissions, has_nan = _density.times_of(self.rt)
        if has_nan:
            raise bad_value("rt", float("nan"), "a number")


def _pairs(
    times: npt.NDArray[Any], labels: npt.NDArray[Any], choices: Sequence[int]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return response times and labels of one shape, which have been checked."""
    if labels.ndim == 0 and labels.item() in choices:
        same = np.empty(times.shape, np.int32)
        same.fill(labels.item())
        return times, same
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
        raise bad_value("choice", labels[wrong].flat[0].item(), f"one of {list(choices)}")
    return times, labels


def real_array(name: str, value: Any) -> npt.NDArray[Any]:
    """Return numbers, not booleans, as an array; raise as `number_array` does."""
    if type(value) is np.ndarray and value.dtype.kind in "fiu":
        return value
    return number_array(name, value, kinds="fiu")
