"""Labels that are counted from simulations: choices, omissions, histograms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms.config.constants import OMISSION_SENTINEL

__all__ = ["counted_labels", "histogram"]

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
        omissions and of trials without a "go" response.  ``binned_128``, ``binned_256``:
        (1, 128 or 256, C), counts.
    """
    observed = np.asarray(simulations["choice_p_no_omission"], dtype=np.float64)
    # The simulator marks "no observed response" by its sentinel, which is no probability.
    observed = np.where(observed == OMISSION_SENTINEL, 1.0 / observed.shape[1], observed)
    labels = {
        "cpn_labels": _choice_labels(simulations["choice_p"]),
        "cpn_no_omission_labels": _choice_labels(observed),
        "opn_labels": simulations["omission_p"],
        "gonogo_labels": simulations["nogo_p"],
        "binned_128": np.reshape(simulations["binned_128"], (1, 128, -1)),
        "binned_256": np.reshape(simulations["binned_256"], (1, 256, -1)),
    }
    return {key: np.asarray(value, dtype=np.float32) for key, value in labels.items()}


def _choice_labels(shares: Any) -> NDArray[np.float64]:
    all_choices: NDArray[np.float64] = np.asarray(shares, dtype=np.float64)
    return all_choices[:, 1:2] if all_choices.shape[1] == 2 else all_choices


def histogram(simulations: Mapping[str, Any], n_bins: int, max_t: float) -> Rows:
    """Return counts of observed response times, (1, n_bins, C), in bins from 0 to `max_t`.

    The last bin also holds what is later, as in ``binned_128``.
    """
    rts = np.asarray(simulations["rts"], dtype=np.float64).ravel()
    choices = np.asarray(simulations["choices"]).ravel()
    edges = np.append(np.linspace(0.0, max_t, n_bins), np.inf)
    counts = [
        np.histogram(rts[(choices == choice) & (rts != OMISSION_SENTINEL)], bins=edges)[0]
        for choice in simulations["metadata"]["possible_choices"]
    ]
    return np.stack(counts, axis=-1)[None].astype(np.float32)
