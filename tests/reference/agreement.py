"""How likely a sample at least as far from a law is: p-values of a set of tests of one sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

SIDES = (-1, 1)
OMITTED = -999.0
GRID = 1024  # points at which distribution functions are compared: 1/1024 is far below the noise
CELLS = 40


def p_values(rts, choices, law):
    """Return {name of test: p-value} for response times and choices of many trials.

    Tested are the shares of the responses and of the labels of omissions (exact binomial), the
    times of each choice (Kolmogorov-Smirnov), choice and time together (chi square on cells),
    and, where nothing is omitted, the mean (normal approximation with the exact variance).
    """
    rts, choices = np.ravel(rts).astype(float), np.ravel(choices)
    if not np.isin(choices, SIDES).all() or np.isnan(rts).any():
        return {"labels are -1 or 1 and times are numbers": 0.0}
    omitted = rts == OMITTED
    out, counts, expected = {}, [], []
    for side in SIDES:
        times = np.sort(rts[~omitted & (choices == side)])
        missed = int(np.sum(omitted & (choices == side)))
        share, missing = law.probability(side), law.omission(side)
        out[f"share of {side:+d}"] = _binomial(times.size, rts.size, share)
        out[f"omissions labelled {side:+d}"] = _binomial(missed, rts.size, missing)
        counts.append([missed])
        expected.append([missing * rts.size])
        if times.size > 20:
            distance, grid, exact = _distance(times, law, side)
            out[f"KS of {side:+d}"] = float(stats.kstwo.sf(distance, times.size))
            edges = np.interp(np.arange(1, CELLS) / CELLS, exact / exact[-1], grid)
            cells = law.cdf(np.concatenate([[-1e9], edges, [np.inf]]), side)
            counts.append(np.bincount(np.searchsorted(edges, times), minlength=CELLS))
            expected.append(np.diff(cells) * rts.size)
    out["time and choice together"] = _chi_square(np.concatenate(counts), np.concatenate(expected))
    if not omitted.any() and np.isinf(law.deadline):
        mean, variance = law.mean_and_variance
        out["mean"] = float(
            2 * stats.norm.sf(abs(rts.mean() - mean) / np.sqrt(variance / rts.size))
        )
    return out


@dataclass(frozen=True)
class Deviations:
    """How far a sample is from a law up to the law's end, and how far noise alone would take it.

    The noise of `mean` and of the shares of the choices is a standard error.
    """

    n: int
    mean: float  # of the smaller of response time and end
    mean_noise: float
    share: dict[int, float]
    share_noise: dict[int, float]
    ks: float | None  # largest difference between the joint distribution functions of rt and choice


def deviations(rts, choices, law):
    """Return the Deviations of a sample from a law (one of rt_law or laws)."""
    rts, choices = np.ravel(rts).astype(float), np.ravel(choices)
    late = (rts == OMITTED) | (rts > law.end)
    lasting = np.where(late, law.end, rts)
    probability = {side: law.probability(side) for side in SIDES}
    return Deviations(
        n=rts.size,
        mean=float(lasting.mean() - law.mean),
        mean_noise=float(lasting.std() / np.sqrt(rts.size)),
        share={s: float(np.mean(~late & (choices == s)) - p) for s, p in probability.items()},
        share_noise={s: float(np.sqrt(p * (1 - p) / rts.size)) for s, p in probability.items()},
        ks=None if law.cdf is None else ks_distance(rts, choices, law),
    )


def ks_distance(rts, choices, law):
    """Return the largest difference between the joint distribution functions of (rt, choice)."""
    rts, choices = np.ravel(rts).astype(float), np.ravel(choices)
    worst = 0.0
    for side in SIDES:
        times = np.sort(rts[(rts != OMITTED) & (rts <= law.end) & (choices == side)])
        if times.size:
            grid = times[np.linspace(0, times.size - 1, GRID).astype(int)]
            empirical = np.searchsorted(times, grid, side="right") / rts.size
            worst = max(worst, np.abs(empirical - law.cdf(grid, side)).max())
    return float(worst)


def _binomial(count, n, probability):
    return float(stats.binomtest(count, n, min(max(probability, 0.0), 1.0)).pvalue)


def _distance(times, law, side):
    grid = times[np.linspace(0, times.size - 1, GRID).astype(int)]
    # times are rounded to single precision: the law is read half a unit above
    exact = law.cdf(grid + np.spacing(grid.astype(np.float32)).astype(float) / 2, side)
    conditional = exact / law.probability(side)
    upto = np.searchsorted(times, grid, side="right") / times.size
    below = np.searchsorted(times, grid, side="left") / times.size
    distance = max(np.max(upto - conditional), np.max(conditional - below))
    return distance, grid, np.maximum.accumulate(exact)


def _chi_square(counts, expected):
    # cells with few expected are taken together, so that the chi-square law holds far out
    small = expected < 100
    counts = np.append(counts[~small], counts[small].sum())
    expected = np.append(expected[~small], expected[small].sum())
    if expected[-1] < 100:
        counts, expected = counts[:-1], expected[:-1]
    statistic = np.sum((counts - expected) ** 2 / expected)
    # one degree of freedom too many where all cells are in: errs toward no alarm
    return float(stats.chi2.sf(statistic, counts.size))
