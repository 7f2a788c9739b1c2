"""Labels of parameter sets: probabilities of choices and omissions, histograms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms.config.constants import OMISSION_SENTINEL

__all__ = ["counted_labels", "exact_labels", "histograms"]

Rows = NDArray[np.float32]


def counted_labels(simulations: Mapping[str, Any]) -> dict[str, Rows]:
    """Return the labels of one parameter set that are counts or shares of its simulations.

    Parameters
    ----------
    simulations : mapping
        A result of `simulator` for one parameter set.

    Returns
    -------
    dict of float32 arrays
        ``cpn_labels``, ``cpn_no_omission_labels``: (1, 1), the share of the second choice, for
        two choices, else (1, C), the shares of all; without a single observed response the
        latter are equal shares.  ``opn_labels``, ``gonogo_labels``: (1, 1), the shares of
        omissions and of trials without a "go" response.
    """
    observed = np.asarray(simulations["choice_p_no_omission"], dtype=np.float64)
    # The simulator marks "no observed response" by its sentinel, which is no probability.
    observed = np.where(observed == OMISSION_SENTINEL, 1.0 / observed.shape[1], observed)
    labels = {
        "cpn_labels": _choice_labels(simulations["choice_p"]),
        "cpn_no_omission_labels": _choice_labels(observed),
        "opn_labels": simulations["omission_p"],
        "gonogo_labels": simulations["nogo_p"],
    }
    return {key: np.asarray(value, dtype=np.float32) for key, value in labels.items()}


def _choice_labels(shares: Any) -> NDArray[np.float64]:
    all_choices: NDArray[np.float64] = np.asarray(shares, dtype=np.float64)
    return all_choices[:, 1:2] if all_choices.shape[1] == 2 else all_choices


def exact_labels(choice_p: NDArray[np.float64], omission_p: NDArray[np.float64]) -> dict[str, Rows]:
    """Return the labels of `counted_labels` from exact probabilities of T parameter sets.

    Parameters
    ----------
    choice_p : ndarray, shape (T, C)
        Probabilities of a response with each choice.
    omission_p : ndarray, shape (T,)
        Probability of an omission.

    Returns
    -------
    dict of float32 arrays
        As `counted_labels` returns them, with a row for each set; but an omission counts for no
        choice in ``cpn_labels``.
    """
    responses = choice_p.sum(axis=1, keepdims=True)
    shares = np.full_like(choice_p, 1.0 / choice_p.shape[1])
    np.divide(choice_p, responses, out=shares, where=responses > 0)
    labels = {
        "cpn_labels": _choice_labels(choice_p),
        "cpn_no_omission_labels": _choice_labels(shares),
        "opn_labels": omission_p[:, None],
        "gonogo_labels": 1.0 - choice_p[:, -1:],
    }
    return {key: np.asarray(value, dtype=np.float32) for key, value in labels.items()}


def histograms(
    simulations: Mapping[str, Any], binned: Sequence[int], n_bins: int, max_t: float
) -> dict[str, Rows]:
    """Return counts of observed response times by choice.

    Parameters
    ----------
    simulations : mapping
        A result of `simulator` for one parameter set.
    binned : sequence of int
        Numbers of bins of histograms that `simulator` has made, 128 or 256.
    n_bins : int
        Number of bins of one more, if it is not 0.
    max_t : float
        Where the last bin begins (seconds); it also holds later times.

    Returns
    -------
    dict of float32 arrays
        ``binned_N``, shape (1, N, C), for each number of bins.
    """
    counts = {f"binned_{n}": np.reshape(simulations[f"binned_{n}"], (1, n, -1)) for n in binned}
    if n_bins:
        counts[f"binned_{n_bins}"] = _histogram(simulations, n_bins, max_t)
    return {key: np.asarray(value, dtype=np.float32) for key, value in counts.items()}


def _histogram(simulations: Mapping[str, Any], n_bins: int, max_t: float) -> NDArray[Any]:
    rts = np.asarray(simulations["rts"], dtype=np.float64).ravel()
    choices = np.asarray(simulations["choices"]).ravel()
    edges = np.append(np.linspace(0.0, max_t, n_bins), np.inf)
    counts = [
        np.histogram(rts[(choices == choice) & (rts != OMISSION_SENTINEL)], bins=edges)[0]
        for choice in simulations["metadata"]["possible_choices"]
    ]
    return np.stack(counts, axis=-1)[None]
