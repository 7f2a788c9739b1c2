"""Simulation filters: parameter sets whose simulations no network should be trained on."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms.config.constants import OMISSION_SENTINEL

__all__ = ["FILTER_NAMES", "active_filters", "failed_filters"]

#: The statistic of each filter, for each choice and its observed response times (seconds).
FILTER_NAMES = {
    "mode": ("at most", "most frequent response time"),
    "mean_rt": ("at most", "mean response time"),
    "std": ("at least", "standard deviation of response times"),
    "mode_cnt_rel": ("at most", "share of the most frequent response time"),
    "choice_cnt": ("at least", "number of responses"),
}

_SMALLEST_SAMPLE_WITH_MODE = 5


def failed_filters(simulations: Mapping[str, Any], filters: Mapping[str, float]) -> dict[str, str]:
    """Return the filters that simulations of one parameter set do not pass.

    Parameters
    ----------
    simulations : mapping
        A result of `simulator` for one parameter set.
    filters : mapping
        Limits by filter name (see `FILTER_NAMES`); a filter that is absent passes all.

    Returns
    -------
    dict
        For each failed filter the found and the allowed value, in words.

    Examples
    --------
    >>> trials = {"rts": [0.5, 0.7], "choices": [1, 1], "metadata": {"possible_choices": [-1, 1]}}
    >>> failed_filters(trials, {"choice_cnt": 1})
    {'choice_cnt': 'number of responses 0 for choice -1, must be at least 1'}
    """
    filters = active_filters(filters)
    if not filters:
        return {}
    rts = np.asarray(simulations["rts"]).ravel()
    choices = np.asarray(simulations["choices"]).ravel()
    observed = rts != OMISSION_SENTINEL
    if not observed.all():
        rts, choices = rts[observed], choices[observed]
    failed: dict[str, str] = {}
    for choice in simulations["metadata"]["possible_choices"]:
        found = _statistics(rts[choices == choice], filters)
        for name, limit in filters.items():
            side, words = FILTER_NAMES[name]
            passed = found[name] <= limit if side == "at most" else found[name] >= limit
            if not passed and name not in failed:
                failed[name] = (
                    f"{words} {found[name]:.4g} for choice {choice}, must be {side} {limit:g}"
                )
    return failed


def active_filters(filters: Mapping[str, float]) -> dict[str, float]:
    """Return the filters that some simulations may fail."""
    return {name: limit for name, limit in filters.items() if not _passes_all(name, limit)}


def _passes_all(name: str, limit: float) -> bool:
    """Return whether no simulations can fail a filter; its statistic need not be worked out."""
    if FILTER_NAMES[name][0] == "at least":
        return limit <= 0
    return limit >= (1 if name == "mode_cnt_rel" else math.inf)


def _statistics(rts: NDArray[Any], names: Container[str]) -> dict[str, float]:
    """Return statistics by name, the requested ones among them."""
    if rts.size == 0:  # a choice that was never made passes all but choice_cnt
        return {"mode": -1.0, "mean_rt": -1.0, "std": 1.0, "mode_cnt_rel": 0.0, "choice_cnt": 0}
    found = {"choice_cnt": float(rts.size)}
    if "mean_rt" in names:
        found["mean_rt"] = float(rts.mean(dtype=np.float64))
    if "std" in names:
        found["std"] = float(rts.std(dtype=np.float64))
    if "mode" in names or "mode_cnt_rel" in names:
        found["mode"], count = _mode(rts)
        enough = rts.size >= _SMALLEST_SAMPLE_WITH_MODE
        found["mode_cnt_rel"] = count / rts.size if enough else 0.0
    return found


def _mode(rts: NDArray[Any]) -> tuple[float, int]:
    """Return the most frequent value, the least of several, and how often it occurs."""
    values = np.sort(rts)
    last = np.flatnonzero(values[1:] != values[:-1])
    if last.size == values.size - 1:  # all differ
        return float(values[0]), 1
    ends = np.append(last, values.size - 1)
    counts = np.diff(ends, prepend=-1)
    most = int(np.argmax(counts))
    return float(values[ends[most]]), int(counts[most])
