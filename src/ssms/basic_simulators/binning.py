"""Histograms of simulated response times, with as many bins as one likes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ssms.basic_simulators.summary import histograms
from ssms.checks import check_count, check_positive
from ssms.errors import ParameterError

__all__ = ["bin_simulator_output"]


def bin_simulator_output(
    out: Mapping[str, Any],
    bin_dt: float = 0.04,
    nbins: int = 0,
    max_t: float = -1,
    freq_cnt: bool = False,
) -> npt.NDArray[np.float64]:
    """Return how response times are spread over bins, for each choice.

    Parameters
    ----------
    out : mapping
        Results of `simulator` or `Simulator.simulate`; trials are pooled.
    bin_dt : float
        Width of a bin (seconds), used where `nbins` is 0.
    nbins : int
        Number of bins, at least 2; 0 for as many of `bin_dt` as make up `max_t`.
    max_t : float
        Right end of the bins (seconds); a negative number for the simulation's.
    freq_cnt : bool
        Return counts, rather than shares of all samples.

    Returns
    -------
    ndarray of float64, shape (nbins, n_choices)
        With edges ``linspace(0, max_t, nbins)``, the last bin open, and columns in the order of
        ``metadata["possible_choices"]``.  Omissions and times below 0 are in no bin.

    Raises
    ------
    ParameterError, ParameterTypeError
        If an argument has a value or type that is not allowed.

    Examples
    --------
    >>> from ssms.basic_simulators.simulator import simulator
    >>> out = simulator([0.5, 1.0, 0.5, 0.3], model="ddm", n_samples=100, random_state=1)
    >>> bin_simulator_output(out, nbins=10).shape
    (10, 2)
    """
    metadata = out["metadata"]
    if max_t < 0:
        if "max_t" not in metadata:
            raise ParameterError("max_t must be given: minimal metadata do not hold it")
        max_t = metadata["max_t"]
    max_t = check_positive("max_t", max_t)
    if nbins == 0:
        nbins = max(2, int(max_t / check_positive("bin_dt", bin_dt)))
    if check_count("nbins", nbins) < 2:
        raise ParameterError("nbins must be 0, or 2 or more, got 1")
    rts = np.ascontiguousarray(out["rts"], dtype=np.float32).reshape(-1)
    choices = np.ascontiguousarray(out["choices"], dtype=np.int32).reshape(-1)
    counts, _ = histograms(rts, choices, metadata["possible_choices"], max_t, (nbins, 2))
    return counts if freq_cnt else counts / max(rts.size, 1)
