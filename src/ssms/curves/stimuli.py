"""Attention and stimuli in conflict tasks, as functions of time: parts of the drifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["ds_support_analytic", "onsets", "stimflex_support"]


def ds_support_analytic(
    t: ArrayLike, init_p: float = 0.0, fix_point: float = 1.0, slope: float = 2.0
) -> Any:
    """Weight of attention that relaxes exponentially.

    w(τ) = fix_point + (init_p - fix_point)·exp(-slope·τ).

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    init_p, fix_point : float
        Weight at τ = 0, and at late times.
    slope : float
        Rate of the relaxation (1/second).

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    Examples
    --------
    >>> ds_support_analytic([0.0, 10.0], init_p=0.2).round(3).tolist()
    [0.2, 1.0]
    """
    return fix_point + (init_p - fix_point) * np.exp(-slope * np.asarray(t, dtype=float))


def stimflex_support(t: ArrayLike, onset: float, offset: float | None, coh: float) -> Any:
    """Coherence of a stimulus that is shown for a while, both ends included.

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    onset, offset : float
        When it appears and disappears (seconds); an offset of None: never.
    coh : float
        Its coherence while it is shown.

    Returns
    -------
    ndarray of float64
        Shaped like `t`: `coh` while the stimulus is shown, else 0.

    Examples
    --------
    >>> stimflex_support([0.0, 0.5, 2.0], onset=0.1, offset=1.0, coh=0.7).tolist()
    [0.0, 0.7, 0.0]
    """
    t = np.asarray(t, dtype=float)
    shown = t >= onset
    if offset is not None:
        shown = shown & (t <= offset)
    return np.where(shown, coh, 0.0)


def onsets(tonset: float, donset: float, rel_first: bool) -> tuple[Any, Any]:
    """Shift both onsets so that the earlier stimulus appears at 0, if `rel_first`."""
    first = np.minimum(tonset, donset) if rel_first else 0.0
    return tonset - first, donset - first
