"""Laws of independent accumulators that are drawn without steps: ballistic ones and counters.

The law of each accumulator is its survival function; `reference.race` makes the joint
law of time and winner of them.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincc, ndtr

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)


def folded(c, v, sd):
    """Return P(|N(v, sd)| >= c), which is 1 for c <= 0."""
    if sd == 0.0:
        return (abs(v) >= np.maximum(c, 0.0)).astype(float)
    return np.where(c > 0.0, ndtr((v - c) / sd) + ndtr((-v - c) / sd), 1.0)


def lba_survival(t, v, sd, a, z, slope=0.0):
    """Return P(T > t) of an accumulator with a uniform start, in closed form.

    Brown & Heathcote (2008), their distribution function for drifts v and -v added: the drift is
    |N(v, sd)|.  It needs the drift c = (a - k) / t - slope for a start k ~ U(0, z).
    """
    high = a / t - slope
    if z == 0.0:
        return 1.0 - folded(high, v, sd)
    low = (a - z) / t - slope
    span = z / t
    passing = np.clip(-low, 0.0, span)  # of the drifts needed, those below 0
    low, high = np.maximum(low, 0.0), np.maximum(high, 0.0)

    def integral(y):  # of the normal distribution function
        return y * ndtr(y) + np.exp(-0.5 * y * y) / np.sqrt(2.0 * np.pi)

    for mean in (v, -v):
        passing = passing + sd * (integral((mean - low) / sd) - integral((mean - high) / sd))
    return 1.0 - passing / span


def two_systems_survival(t, v, v_2, sd, a, z):
    """Return P(T > t) where the larger of two drifts counts and the start is shared."""
    k = 0.5 * z * (_NODES + 1.0)
    c = (a - k)[:, None] / t[None]
    return 0.5 * _WEIGHTS @ ((1.0 - folded(c, v, sd)) * (1.0 - folded(c, v_2, sd)))


def added_systems_survival(t, v, v_2, onset, sd, a, z):
    """Return P(T > t) where a second drift is added from `onset` on and the start is shared."""
    k = 0.5 * z * (_NODES + 1.0)
    d = (a - k)[:, None] * np.ones_like(t)
    alone = 1.0 - folded(d / t, v, sd)
    # given the first drift x < d / t, the second must be below (d - x t) / (t - onset)
    low, high = max(abs(v) - 9.0 * sd, 0.0), np.minimum(d / t, abs(v) + 9.0 * sd)
    width = np.maximum(high - low, 0.0)
    later = np.maximum(t - onset, 1e-9)
    both = np.zeros_like(d)
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        x = low + 0.5 * width * (node + 1.0)
        density = sum(np.exp(-0.5 * ((x - m) / sd) ** 2) for m in (v, -v)) / np.sqrt(2 * np.pi) / sd
        both += 0.5 * weight * width * density * (1.0 - folded((d - x * t) / later, v_2, sd))
    return 0.5 * _WEIGHTS @ np.where(t > onset, both, alone)


def count_survival(t, rate, count):
    """Return P(T > t) of a counter: T is a gamma variable."""
    return gammaincc(count, rate * t)
