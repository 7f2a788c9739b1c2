"""The checked arguments of one simulation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ssms import _core
from ssms.checks import check_duration

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["Request", "limits_of"]


class Request(NamedTuple):
    """The request for a simulation; made once, and not checked again.

    Attributes
    ----------
    names : tuple of str
        Names of the rows of `theta`.
    theta : ndarray of float64, shape (n_names, n_trials)
        Parameters, C-contiguous.
    n_samples : int
        Samples of each trial.
    delta_t, max_t : float
        Step and end of the grid on which boundary, path and bins are shown (seconds).
    limit : float
        Longest decision time (seconds), infinite where none is given.
    noise : float
        Noise of trials whose theta holds none.
    smooth_times : bool
        Whether method "euler" blurs its times.
    n_threads : int
        Threads that work.
    method : str
        "auto", or a method.
    full : bool
        Whether metadata hold parameters, curves and a path.
    extra_fields : mapping
        Further arguments of processes that take some.
    on_invalid : str
        "raise" if a parameter of a trial is not allowed, or "omit" the trial.
    seed : int
        From 0 to 2**64 - 1.
    """

    names: tuple[str, ...]
    theta: npt.NDArray[np.float64]
    n_samples: int
    delta_t: float
    max_t: float
    limit: float
    noise: float
    smooth_times: bool
    n_threads: int
    method: str
    full: bool
    extra_fields: Mapping[str, Any]
    on_invalid: str
    seed: int

    @property
    def n_trials(self) -> int:
        """Number of trials."""
        return int(self.theta.shape[1])


def limits_of(max_t: Any) -> tuple[float, float]:
    """Return the end of time grids and the longest decision time that an argument max_t means.

    None, and infinity, mean that there is no limit; grids then end at 20 s.

    Raises
    ------
    ParameterTypeError, ParameterError
        As `check_duration` does.

    Examples
    --------
    >>> limits_of(None), limits_of(5)
    ((20.0, inf), (5.0, 5.0))
    """
    if max_t is None or (isinstance(max_t, float) and max_t == math.inf):
        return _core.USUAL_MAX_T, math.inf
    seconds = check_duration("max_t", max_t)
    return seconds, seconds
