"""Summaries of results: choice probabilities, omissions, histograms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ssms import _core
from ssms.config.constants import OMISSION_SENTINEL
from ssms.config.processes.execution import run_in_pieces

__all__ = ["summarize"]


def summarize(
    rts: npt.NDArray[np.float32],
    choices: npt.NDArray[np.int32],
    n_trials: int,
    possible_choices: Sequence[int],
    max_t: float,
) -> dict[str, npt.NDArray[np.float64]]:
    """Return what `simulator` adds to response times and choices.

    Parameters
    ----------
    rts, choices : ndarray, shape (n_samples * n_trials,)
        Results, sample-major.
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
        ``binned_128``, ``binned_256`` (bins, C): counts of response times over all trials, with
        edges ``linspace(0, max_t, bins)`` and the last bin open to the right.
    """
    n_choices = len(possible_choices)
    labels = np.asarray(possible_choices, dtype=np.int32)
    counts: Any = np.zeros((n_trials, n_choices), np.int64)
    responded: Any = np.zeros((n_trials, n_choices), np.int64)
    omissions = np.zeros(n_trials, np.int64)
    binned = [np.zeros((bins, n_choices), np.int64) for bins in (128, 256)]

    def work(begin: int, end: int) -> None:
        _core.summarize(
            rts, choices, begin, end, labels, max_t, counts, responded, omissions, *binned
        )

    run_in_pieces(work, rts.size, 1, _core.CancelFlag(), piece=1 << 22)
    n_samples = rts.size // n_trials if n_trials else 0
    responses = n_samples - omissions[:, None]
    go_p = responded[:, int(np.argmax(labels)), None] / max(n_samples, 1)
    return {
        "choice_p": counts / max(n_samples, 1),
        "choice_p_no_omission": np.where(
            responses > 0, responded / np.maximum(responses, 1), OMISSION_SENTINEL
        ),
        "omission_p": omissions[:, None] / max(n_samples, 1),
        "nogo_p": 1.0 - go_p,
        "go_p": go_p,
        "binned_128": binned[0].astype(np.float64),
        "binned_256": binned[1].astype(np.float64),
    }
