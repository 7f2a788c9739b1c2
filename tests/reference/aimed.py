"""Parameter sets where samplers are hard pressed, and how likely a sample is by the law of one.

Sets drawn uniformly from the training bounds seldom lie where steps are long, curves bend and
starts are next to the side to which drift and leak push, all at once.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from reference import laws, race
from reference.agreement import OMITTED, SIDES

RACES = ("race_2", "race_3", "race_no_bias_angle_2", "race_no_bias_angle_3", "lca_3")
DIFFUSIONS = (*laws.STRAIGHT, *laws.BENT)
STEPPED = (*DIFFUSIONS, *RACES, "addm")
FIXATIONS = {"sacc_array": [[0.0, 0.25, 0.4, 0.9]], "d": [4], "flag": [0], "r1": [4.0], "r2": [1.0]}
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


def solvable(model, theta):
    """Return ``theta``, changed where the law of ``model`` is known for some parameters only."""
    if model.startswith("lca"):  # without coupling it is a race
        return theta | {"g": 0.0, "b": 0.0}
    if model == "addm":  # starts inside
        return theta | {"x0": theta["x0"] * 0.99 * min(theta["a"], 1.0)}
    return laws.solvable(model, theta)


def law(model, theta):
    """Return the law of a stepped model at a `solvable` set: with end, probability() and cdf()."""
    if model in RACES:
        return _race(theta)
    if model == "addm":
        return _addm(theta)
    return laws.law(model, theta)


def _race(theta):
    """Return the law of a race with a floor; two grids take out the error of second order."""
    n, a, slope = sum(name[0] == "v" for name in theta), theta["a"], np.tan(theta.get("theta", 0))
    start = [a * theta.get(f"z{i}", theta.get("z")) for i in range(n)]
    end = min(12.0, 0.999 * a / slope) if slope > 0 else 12.0
    times = end * np.linspace(0, 1, 801) ** 2.5

    def survival(every, cells):
        return np.array([
            race.reflected_survival(
                theta[f"v{i}"], lambda t: a - slope * t, start[i], times[::every], cells=cells
            )
            for i in range(n)
        ])  # fmt: skip

    fine = survival(1, 400)[:, ::2]
    passed = np.clip(fine + (fine - survival(2, 200)) / 3, 0.0, 1.0)
    return race.RaceLaw(times[::2], passed)


def _addm(theta):
    """Return the law where gaze moves as `FIXATIONS` say."""
    (onsets,), (r1,), (r2,) = (FIXATIONS[name] for name in ("sacc_array", "r1", "r2"))
    rates = theta["kappa"] * np.array([r1 - theta["eta"] * r2, theta["eta"] * r1 - r2])

    def drift(t):
        return rates[(np.searchsorted(onsets, t, side="right") - 1) % 2]

    def boundary(t):
        return theta["a"] - theta["b"] * np.asarray(t, float)

    return laws.moving(boundary, drift, tuple(onsets[1:]), theta["x0"])


def distance(rts, choices, law, labels=SIDES):
    """Return how far the joint distribution functions of time and choice lie apart.

    Choices, ``labels``, are put one after the other on a line, the times of each in their order.
    """
    rts, choices = np.ravel(rts).astype(float), np.ravel(choices)
    late = (rts == OMITTED) | (rts > law.end)
    worst = before = 0.0
    for side in labels:
        times = np.sort(rts[~late & (choices == side)])
        here, before = before, before + times.size / rts.size - law.probability(side)
        worst = max(worst, abs(before))
        if times.size == 0:
            continue
        grid = np.unique(times[np.linspace(0, times.size - 1, GRID).astype(int)])
        # times are rounded to single precision: the law is read half a unit above
        exact = law.cdf(grid + np.spacing(grid.astype(np.float32)) / 2, side)
        upto = np.searchsorted(times, grid, side="right") / rts.size
        below = np.searchsorted(times, grid, side="left") / rts.size
        for found in (upto, below):
            worst = max(worst, np.max(np.abs(here + found - exact)))
    return float(worst)


def p_value(found, n):
    """Return the chance of such a `distance` or a larger one in n samples of the law itself.

    On the line of `distance` it is Kolmogorov's, of which this is the law for large n.
    """
    return float(stats.kstwobign.sf(found * np.sqrt(n)))
