"""The built-in drifts v(τ): the mean rate of evidence at decision time τ.

Each function takes decision times `t` (seconds since the onset of the decision process;
scalar or array) and scalar parameters, and returns the complete drift, base drift `v`
included, as an array shaped like `t` (the dual drift has one more axis of length 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ssms.curves.curve import Curve, builtin_curve
from ssms.curves.stimuli import ds_support_analytic, onsets, stimflex_support

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BUILTIN_DRIFTS",
    "attend_drift",
    "attend_drift_simple",
    "conflict_ds_drift",
    "conflict_dsstimflex_drift",
    "conflict_stimflex_drift",
    "conflict_stimflexrel1_drift",
    "conflict_stimflexrel1_dual_drift",
    "constant",
    "gamma_drift",
]

#: The spotlight does not get narrower than this (items).
SMALLEST_SPOTLIGHT = 0.001


def constant(t: ArrayLike = 0.0, v: float = 0.0) -> NDArray[np.float64]:
    """Drift that does not change, v(τ) = v.

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    v : float
        Drift (evidence units per second).

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    Examples
    --------
    >>> constant([0.0, 1.0], v=0.5).tolist()
    [0.5, 0.5]
    """
    return np.zeros_like(np.asarray(t, dtype=float)) + v


def gamma_drift(
    t: ArrayLike = 0.0, v: float = 0.0, shape: float = 2.0, scale: float = 0.01, c: float = 1.5
) -> NDArray[np.float64]:
    """Drift with a gamma-shaped pulse that peaks at exactly `c`.

    v(τ) = v + c·(τ/m)^(k-1)·exp(k - 1 - τ/q) with k = `shape`, q = `scale` and the peak at
    m = (k-1)·q.  The pulse itself has the shape of a gamma density; in the diffusion model for
    conflict tasks (Ulrich, Schröter, Leuthold & Birngruber, 2015) the drift is the derivative
    of one.

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    v : float
        Base drift (evidence units per second).
    shape : float
        Shape of the pulse, at least 1.
    scale : float
        Scale of the pulse (seconds).
    c : float
        Height of the pulse (evidence units per second); may be negative.

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    Examples
    --------
    >>> gamma_drift([0.0, 0.5], v=0.3, shape=2.0, scale=0.5, c=1.5).round(3).tolist()
    [0.3, 1.8]
    """
    from scipy.special import xlogy

    x = np.asarray(t, dtype=float) / scale
    power = shape - 1.0
    # In logarithms, because (τ/m)^(k-1) alone overflows at late times.
    pulse = np.exp(xlogy(power, x) - xlogy(power, power) + power - x)
    return np.asarray(v + c * pulse)[()]


def conflict_ds_drift(
    t: ArrayLike = 0.0,
    v: float = 0.0,
    tinit: float = 0.0,
    dinit: float = 0.0,
    tslope: float = 1.0,
    dslope: float = 1.0,
    tfixedp: float = 1.0,
    tcoh: float = 1.5,
    dcoh: float = 1.5,
) -> NDArray[np.float64]:
    """Drift in conflict: attention relaxes toward the target and away from the distractor.

    v(τ) = v + tcoh·w_t(τ) + dcoh·w_d(τ), where the weight of the target relaxes
    exponentially from `tinit` to `tfixedp`, the attention to the distractor from `dinit` to 0.

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    v : float
        Base drift (evidence units per second).
    tinit, dinit : float
        Weights of target and distractor at τ = 0.
    tslope, dslope : float
        Rates of the relaxations (1/second).
    tfixedp : float
        Weight of the target at late times.
    tcoh, dcoh : float
        Coherences of target and distractor (weight times coherence is a drift).

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    Examples
    --------
    >>> conflict_ds_drift([0.0, 10.0], v=0.2, dinit=1.0).round(3).tolist()
    [1.7, 1.7]
    """
    t = np.asarray(t, dtype=float)
    target = tcoh * ds_support_analytic(t, tinit, tfixedp, tslope)
    distractor = dcoh * ds_support_analytic(t, dinit, 0.0, dslope)
    return np.asarray(v + target + distractor)[()]


def conflict_dsstimflex_drift(
    t: ArrayLike = 0.0,
    v: float = 0.0,
    tinit: float = 0.0,
    dinit: float = 0.0,
    tslope: float = 1.0,
    dslope: float = 1.0,
    tfixedp: float = 1.0,
    tcoh: float = 1.0,
    dcoh: float = 1.0,
    tonset: float = 0.0,
    donset: float = 0.0,
    rel_first: bool = True,
) -> NDArray[np.float64]:
    """Drift in conflict (see `conflict_ds_drift`) with a stimulus onset for each source.

    The coherences count only from the stimulus' onset on; the relaxations of attention start
    at τ = 0 all the same.

    Parameters
    ----------
    t, v, tinit, dinit, tslope, dslope, tfixedp, tcoh, dcoh
        As in `conflict_ds_drift`.
    tonset, donset : float
        When target and distractor appear (seconds).
    rel_first : bool
        Count the onsets from the earlier of the two.

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    Examples
    --------
    >>> conflict_dsstimflex_drift([0.0, 10.0], v=0.2, dinit=1.0, donset=0.5).round(3).tolist()
    [0.2, 1.2]
    """
    t = np.asarray(t, dtype=float)
    tonset, donset = onsets(tonset, donset, rel_first)
    target = ds_support_analytic(t, tinit, tfixedp, tslope)
    distractor = ds_support_analytic(t, dinit, 0.0, dslope)
    target = target * stimflex_support(t, tonset, None, tcoh)
    distractor = distractor * stimflex_support(t, donset, None, dcoh)
    return np.asarray(v + target + distractor)[()]


def conflict_stimflex_drift(
    t: ArrayLike = 0.0,
    v: float = 0.0,
    vt: float = 0.0,
    vd: float = 0.0,
    tcoh: float = 1.0,
    dcoh: float = 1.0,
    tonset: float = 0.0,
    donset: float = 0.0,
    toffset: float | None = None,
    doffset: float | None = None,
    rel_first: bool = False,
    sum_drifts: bool = True,
) -> NDArray[np.float64]:
    """Drift of a target and a distractor that are shown for a while each.

    v(τ) = v + vt·tcoh while the target is shown + vd·dcoh while the distractor is shown.

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    v : float
        Base drift (evidence units per second).
    vt, vd : float
        Drift per unit of coherence of target and distractor (evidence units per second).
    tcoh, dcoh : float
        Coherences of target and distractor.
    tonset, donset : float
        When they appear (seconds).
    toffset, doffset : float or None
        When they disappear (seconds on the decision clock, not shifted with the onsets);
        None: never.
    rel_first : bool
        Count the onsets from the earlier of the two.
    sum_drifts : bool
        If False, return the two parts side by side and without `v`.

    Returns
    -------
    ndarray of float64
        Shaped like `t`; with ``sum_drifts=False`` one more axis: target, distractor.

    Examples
    --------
    >>> conflict_stimflex_drift([0.0, 1.0], vt=1.0, vd=-0.5, donset=0.5).tolist()
    [1.0, 0.5]
    >>> conflict_stimflex_drift([0.0, 1.0], vt=1.0, vd=-0.5, donset=0.5, sum_drifts=False).tolist()
    [[1.0, -0.0], [1.0, -0.5]]
    """
    t = np.asarray(t, dtype=float)
    tonset, donset = onsets(tonset, donset, rel_first)
    target = vt * stimflex_support(t, tonset, toffset, tcoh)
    distractor = vd * stimflex_support(t, donset, doffset, dcoh)
    if sum_drifts:
        return np.asarray(v + target + distractor)[()]
    return np.stack([target, distractor], axis=-1)


def conflict_stimflexrel1_drift(
    t: ArrayLike = 0.0,
    v: float = 0.0,
    vt: float = 0.0,
    vd: float = 0.0,
    tcoh: float = 1.0,
    dcoh: float = 1.0,
    tonset: float = 0.0,
    donset: float = 0.0,
    toffset: float | None = None,
    doffset: float | None = None,
) -> NDArray[np.float64]:
    """`conflict_stimflex_drift` with the onsets counted from the earlier of the two.

    Parameters
    ----------
    t, v, vt, vd, tcoh, dcoh, tonset, donset, toffset, doffset
        As in `conflict_stimflex_drift`.

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    Examples
    --------
    >>> conflict_stimflexrel1_drift([0.0, 1.0], vt=1.0, vd=-0.5, tonset=0.2, donset=0.5).tolist()
    [1.0, 0.5]
    """
    return conflict_stimflex_drift(
        t, v, vt, vd, tcoh, dcoh, tonset, donset, toffset, doffset, rel_first=True
    )


def conflict_stimflexrel1_dual_drift(
    t: ArrayLike = 0.0,
    vt: float = 0.0,
    vd: float = 0.0,
    tcoh: float = 1.0,
    dcoh: float = 1.0,
    tonset: float = 0.0,
    donset: float = 0.0,
    toffset: float | None = None,
    doffset: float | None = None,
) -> NDArray[np.float64]:
    """Drifts of target and distractor side by side, onsets counted from the earlier.

    For the model in which each source leaks at a rate of its own; there is no base drift.

    Parameters
    ----------
    t, vt, vd, tcoh, dcoh, tonset, donset, toffset, doffset
        As in `conflict_stimflex_drift`.

    Returns
    -------
    ndarray of float64
        Shaped like `t` with one more axis of length 2: target, distractor.

    Examples
    --------
    >>> conflict_stimflexrel1_dual_drift([0.0, 1.0], vt=1.0, vd=-0.5, donset=0.5).tolist()
    [[1.0, -0.0], [1.0, -0.5]]
    """
    return conflict_stimflex_drift(
        t,
        0.0,
        vt,
        vd,
        tcoh,
        dcoh,
        tonset,
        donset,
        toffset,
        doffset,
        rel_first=True,
        sum_drifts=False,
    )


def _spotlight(t: ArrayLike, r: float, sda: float) -> Any:
    """Width of attention (items): `sda` shrinking at `r` per second, down to a floor."""
    return np.maximum(sda - r * np.asarray(t, dtype=float), SMALLEST_SPOTLIGHT)


def attend_drift(
    t: ArrayLike = 0.0,
    v: float = 0.0,
    ptarget: float = -0.3,
    pouter: float = -0.3,
    pinner: float = 0.3,
    r: float = 0.5,
    sda: float = 2.0,
) -> NDArray[np.float64]:
    """Drift of the shrinking spotlight model of the flanker task (White et al., 2011).

    Five unit-wide items are seen through a normal spotlight centred on the target, of width
    σ(τ) = max(sda - r·τ, 0.001); each item contributes its input times the share of the
    spotlight on it: v(τ) = v + 2·pouter·A_out + 2·pinner·A_in + ptarget·A_t with
    A_out = 1 - Φ(1.5/σ), A_in = Φ(1.5/σ) - Φ(0.5/σ), A_t = 2·Φ(0.5/σ) - 1.

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    v : float
        Base drift (evidence units per second).
    ptarget, pouter, pinner : float
        Inputs of the target, of each outer and of each inner flanker (evidence units per
        second).
    r : float
        Rate at which the spotlight shrinks (items per second).
    sda : float
        Width of the spotlight at τ = 0 (items).

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    References
    ----------
    White, Ratcliff & Starns (2011), Cognitive Psychology 63:210-238.

    Examples
    --------
    >>> attend_drift([0.0, 1.0], ptarget=2.0, pouter=-1.0, pinner=-1.0, r=0.3).round(3).tolist()
    [-0.408, -0.306]
    """
    from scipy.special import ndtr

    width = _spotlight(t, r, sda)
    to_target_edge, to_inner_edge = ndtr(0.5 / width), ndtr(1.5 / width)
    outer = 2.0 * pouter * (1.0 - to_inner_edge)
    inner = 2.0 * pinner * (to_inner_edge - to_target_edge)
    target = ptarget * (2.0 * to_target_edge - 1.0)
    return np.asarray(v + outer + inner + target)[()]


def attend_drift_simple(
    t: ArrayLike = 0.0,
    v: float = 0.0,
    ptarget: float = -0.3,
    pouter: float = -0.3,
    r: float = 0.5,
    sda: float = 2.0,
) -> NDArray[np.float64]:
    """`attend_drift` with one flanker on each side, which reaches to infinity.

    v(τ) = v + 2·pouter·(1 - Φ(0.5/σ)) + ptarget·(2·Φ(0.5/σ) - 1).

    Parameters
    ----------
    t, v, ptarget, pouter, r, sda
        As in `attend_drift`.

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    Examples
    --------
    >>> attend_drift_simple([0.0, 1.0], ptarget=2.0, pouter=-1.0, r=0.3).round(3).tolist()
    [-0.408, -0.306]
    """
    from scipy.special import ndtr

    to_target_edge = ndtr(0.5 / _spotlight(t, r, sda))
    flankers = 2.0 * pouter * (1.0 - to_target_edge)
    return np.asarray(v + flankers + ptarget * (2.0 * to_target_edge - 1.0))[()]


_SHOWN = "vt·tcoh·1[target shown] + vd·dcoh·1[distractor shown]"
_OFFSETS = ("toffset", "doffset")

BUILTIN_DRIFTS: tuple[Curve, ...] = tuple(
    builtin_curve("drift", function, formula, optional)
    for function, formula, optional in (
        (constant, "v", ()),
        (gamma_drift, "v + c·(τ/m)^(shape−1)·exp(shape − 1 − τ/scale), m = (shape − 1)·scale", ()),
        (
            conflict_ds_drift,
            "v + tcoh·(tfixedp + (tinit − tfixedp)·exp(−tslope·τ)) + dcoh·dinit·exp(−dslope·τ)",
            (),
        ),
        (
            conflict_dsstimflex_drift,
            "v + tcoh·1[τ ≥ tonset]·(tfixedp + (tinit − tfixedp)·exp(−tslope·τ))"
            " + dcoh·1[τ ≥ donset]·dinit·exp(−dslope·τ), onsets from the first",
            (),
        ),
        (conflict_stimflex_drift, "v + " + _SHOWN, _OFFSETS),
        (conflict_stimflexrel1_drift, "v + " + _SHOWN + ", onsets from the first", _OFFSETS),
        (
            conflict_stimflexrel1_dual_drift,
            "(vt·tcoh·1[target shown], vd·dcoh·1[distractor shown]), onsets from the first",
            (),
        ),
        (
            attend_drift,
            "v + 2·pouter·A_out + 2·pinner·A_in + ptarget·A_t,"
            " spotlight width max(sda − r·τ, 0.001)",
            (),
        ),
        (
            attend_drift_simple,
            "v + 2·pouter·A_out + ptarget·A_t, spotlight width max(sda − r·τ, 0.001)",
            (),
        ),
    )
)
