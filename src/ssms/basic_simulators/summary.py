"""Summaries of results: choice probabilities, omissions, histograms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from ssms import _core

__all__ = ["histograms", "summarize"]


@cache
def _labels(possible_choices: tuple[int, ...]) -> tuple[npt.NDArray[np.int32], int]:
    """Return the labels as the core takes them, and the index of the largest, "go"."""
    return np.array(possible_choices, np.int32), possible_choices.index(max(possible_choices))


def summarize(
    rts: npt.NDArray[np.float32],
    choices: npt.NDArray[np.int32],
    n_trials: int,
    possible_choices: Sequence[int],
    max_t: float,
) -> dict[str, npt.NDArray[np.float64]]:
    """Return the entries that `simulator` adds to response times and choices.

    Parameters
    ----------
    rts, choices : ndarray of n_samples * n_trials
        Results, sample-major, of any shape.
    n_trials : int
        Number of trials.
    possible_choices : sequence of int
        Labels, in order.
    max_t : float
        Right end of the histograms' grid (seconds).

    Returns
    -------
    dict
        With C choices, all float64.  ``choice_p`` (n_trials, C): share of each label, omitted
        samples counted with theirs.  ``choice_p_no_omission``: the same among responses, -999
        in a trial without any.  ``omission_p``, ``nogo_p``, ``go_p`` (n_trials, 1): share of
        omissions, of samples that are omitted or not the last choice, and the rest.
        ``binned_128``, ``binned_256`` (1, bins, C): counts of response times over all trials,
        with edges ``linspace(0, max_t, bins)`` and the last bin open to the right.
    """
    n_choices = len(possible_choices)
    binned = np.zeros((1, 128, n_choices)), np.zeros((1, 256, n_choices))
    of_choices, of_trials = (n_trials, n_choices), (n_trials, 1)
    choice_p, no_omission = np.empty(of_choices), np.empty(of_choices)
    omission_p, go_p, nogo_p = np.empty(of_trials), np.empty(of_trials), np.empty(of_trials)
    if n_trials:
        labels, go = _labels(tuple(possible_choices))
        shares = (choice_p, no_omission, omission_p, go_p, nogo_p)
        _core.summarize(rts, choices, n_trials, labels, max_t, binned, go, shares)
    return {
        "choice_p": choice_p,
        "choice_p_no_omission": no_omission,
        "omission_p": omission_p,
        "nogo_p": nogo_p,
        "go_p": go_p,
        "binned_128": binned[0],
        "binned_256": binned[1],
    }


def histograms(
    rts: npt.NDArray[np.float32],
    choices: npt.NDArray[np.int32],
    possible_choices: Sequence[int],
    max_t: float,
    n_bins: tuple[int, int],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return two histograms of response times over all trials, as `summarize` does.

    Parameters
    ----------
    rts, choices : ndarray, shape (n,)
        Results.
    possible_choices : sequence of int
        Labels, in order.
    max_t : float
        Right end of the histograms' grid (seconds).
    n_bins : tuple of two int
        Numbers of bins, 2 or more.

    Returns
    -------
    tuple of two ndarray of float64, shape (n_bins, n_choices)
        Counts.
    """
    n_choices = len(possible_choices)
    binned = np.zeros((1, n_bins[0], n_choices)), np.zeros((1, n_bins[1], n_choices))
    if rts.size:
        labels, _ = _labels(tuple(possible_choices))
        _core.summarize(rts, choices, 1, labels, max_t, binned, 0, ())
    return binned[0][0], binned[1][0]
