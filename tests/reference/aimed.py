"""Parameter sets where samplers are hard pressed, and how likely a sample is by the law of one.

Sets drawn uniformly from the training bounds seldom lie where steps are long, curves bend and
starts are next to the side to which drift and leak push, all at once.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from reference import laws
from reference.agreement import OMITTED, SIDES

STEPPED = (*laws.STRAIGHT, *laws.BENT)
GRID = 3000  # points of each side at which distribution functions are compared
WIDE = {"v": (-9, 9), "a": (0.05, 5), "z": (0.004, 0.996), "g": (-5, 15), "alpha": (0.4, 13)}


def aimed_set(bounds, rng):
    """Draw a set within ``bounds`` whose parameters lie at an end as often as not.

    Half of the starts are close to a side, and the drift mostly leads there.
    """
    theta = {}
    for name, (low, high) in bounds.items():
        theta[name] = rng.choice([low, high, rng.uniform(low, high), rng.uniform(low, high)])
    if "z" in theta and rng.random() < 0.5:
        low, high = bounds["z"]
        near = rng.uniform(low, low + 0.1)
        up = rng.random() < 0.5
        theta["z"] = low + high - near if up else near
        if "v" in theta and rng.random() < 0.75:
            theta["v"] = abs(theta["v"]) if up else -abs(theta["v"])
    return _single(theta | ({"t": 0.0} if "t" in theta else {}))


def wide_set(bounds, rng):
    """Draw a set from far outside the training bounds, and a noise."""
    theta = {}
    for name, pair in bounds.items():
        low, high = WIDE.get(name, pair)
        if name in ("a", "alpha"):
            theta[name] = np.exp(rng.uniform(np.log(low), np.log(high)))
        elif name == "z":  # as often close to a side as in the middle
            way = np.exp(rng.uniform(np.log(low), np.log(0.5)))
            theta[name] = way if rng.random() < 0.5 else 1 - way
        else:
            theta[name] = rng.uniform(low, high)
    return _single(theta | {"t": 0.0}), float(np.exp(rng.uniform(np.log(0.35), np.log(3.0))))


def _single(theta):
    return {name: float(np.float32(value)) for name, value in theta.items()}


def distance(rts, choices, law):
    """Return how far the joint distribution functions of time and choice lie apart."""
    rts, choices = np.ravel(rts).astype(float), np.ravel(choices)
    late = (rts == OMITTED) | (rts > law.end)
    worst = 0.0
    for side in SIDES:
        times = np.sort(rts[~late & (choices == side)])
        total = law.probability(side)
        worst = max(worst, abs(times.size / rts.size - total))
        if times.size == 0:
            continue
        grid = np.unique(times[np.linspace(0, times.size - 1, GRID).astype(int)])
        # times are rounded to single precision: the law is read half a unit above
        exact = law.cdf(grid + np.spacing(grid.astype(np.float32)) / 2, side)
        upto = np.searchsorted(times, grid, side="right") / rts.size
        below = np.searchsorted(times, grid, side="left") / rts.size
        worst = max(worst, np.max(np.abs(upto - exact)), np.max(np.abs(below - exact)))
    return float(worst)


def p_value(found, n):
    """Return the chance of such a `distance` or a larger one in n samples of the law itself.

    Times of one side are taken as negative, those of the other in reverse: then the distance is
    Kolmogorov's, of which this is the law for large n.
    """
    return float(stats.kstwobign.sf(found * np.sqrt(n)))
