"""Method "bridge" as a reader would write it: plain numpy, one page, the same steps and laws.

dx = v(t) dt + s dW between -b(t) and b(t).  Over a step that is short enough, boundary and mean
motion are parabolas, and a sample needs three draws: where it ends, whether it has touched a
boundary on its way, and if so when.  Lengths are in units of s sqrt(h), the noise of the step; A
and B are the distances from a boundary at its begin and end, C is how far it bends away half-way.
"""

from __future__ import annotations

import numpy as np
from scipy.special import erfcx

REACH = 0.6  # how far noise carries in a step, in units of the boundary
BEND = 0.05  # how far boundary and mean motion may bend in a step, in units of its noise


def mills(y):
    """Return (1 - Phi(y)) / phi(y)."""
    return np.sqrt(np.pi / 2.0) * erfcx(np.maximum(y, 0.0) / np.sqrt(2.0))


def step_from(t, boundary, motion, s, t_end):
    """Return the step from t on: the longest of t_end - t, and halves of it, that is short enough.

    ``motion(t)`` is the integral of the drift.
    """
    h = t_end - t
    while True:
        b, m = (f(np.array([t, t + 0.5 * h, t + h])) for f in (boundary, motion))
        bends = [f[1] - 0.5 * (f[0] + f[2]) for f in (b, m)]
        noise = s * np.sqrt(h)
        if noise <= REACH * b.min() and sum(map(abs, bends)) <= BEND * noise:
            return h, b[0], b[2], m[2] - m[0], *bends
        h *= 0.5


def touch_probability(a, b, c):
    """Return the probability that a bridge touches a boundary.

    exp(-2 A B) for a line (reflection); a bend changes the exponent by 1 + 4 C M(A + B) to first
    order (Girsanov): the mean excursion, half-way, of bridges that touch.
    """
    return np.where(
        b <= 0.0, 1.0, np.exp(-2.0 * a * np.maximum(b, 0.0) * (1 + 4 * c * mills(a + b)))
    )


def touches_first(probability, b, other_a, other_b):
    """Return the probability of touching a side, and the other one not before (Anderson 1960)."""
    return np.minimum(probability, 1.0) * (1.0 - np.exp(-2.0 * other_a * (other_b + b + abs(b))))


def touch_time(a, b, c, random):
    """Return the share of the step after which a bridge that touches does so.

    For a line, u / (1 - u) is inverse Gaussian; a bend C changes the density at u by the factor
    exp(4 C (u (A - B) + u^1.5 M(A / sqrt(u)))), to which it is thinned by rejection.
    """
    share, wait = np.empty_like(a), np.arange(a.size)
    while wait.size:
        a_, b_, c_ = a[wait], np.maximum(np.abs(b[wait]), 1e-9), c[wait]
        odds = random.wald(a_ / b_, a_**2)
        u = odds / (1.0 + odds)
        factor = 4.0 * c_ * (u * (a_ - b[wait]) + u**1.5 * mills(a_ / np.sqrt(u)))
        most = np.maximum(4.0 * c_ * (a_ - b[wait]), 0.0) + np.maximum(4.0 * c_ * mills(a_), 0.0)
        share[wait] = u
        wait = wait[random.random(wait.size) >= np.exp(factor - most)]
    return share


def simulate(boundary, motion, start, n, random, s=1.0, t_end=20.0):
    """Return times and sides (1, -1; 0 for samples that are undecided at t_end) of n samples."""
    x, t, left = np.full(n, start * boundary(np.array([0.0]))[0]), 0.0, np.arange(n)
    times, sides = np.full(n, t_end), np.zeros(n, int)
    while left.size and t < t_end:
        h, edge_0, edge_1, shift, bend_b, bend_m = step_from(t, boundary, motion, s, t_end)
        noise = s * np.sqrt(h)
        end = x + shift + noise * random.standard_normal(x.size)
        a = [(edge_0 - side * x) / noise for side in (1, -1)]
        b = [(edge_1 - side * end) / noise for side in (1, -1)]
        c = [np.full(x.size, (bend_b - side * bend_m) / noise) for side in (1, -1)]
        touch = [touch_probability(a[i], b[i], c[i]) for i in (0, 1)]
        first = [touches_first(touch[i], b[i], a[1 - i], b[1 - i]) for i in (0, 1)]
        chance = random.random(x.size)
        upper, lower = (chance < first[0]) | (b[0] <= 0), (chance > 1 - first[1]) | (b[1] <= 0)
        upper &= ~(lower & (b[1] < b[0]))
        for i, touched in enumerate((upper, lower & ~upper)):
            share = touch_time(a[i][touched], b[i][touched], c[i][touched], random)
            times[left[touched]], sides[left[touched]] = t + h * share, 1 - 2 * i
        inside = ~(upper | lower)
        x, left, t = end[inside], left[inside], t + h
    return times, sides
