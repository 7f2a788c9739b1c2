"""First passage of reflected Brownian motion, by an integral equation of the second kind.

``dy = v dt + dW``, reflected at 0, until ``y = c(t)``.  With p(y, t | x, s) the density of the
motion without the boundary (Cox & Miller 1965, 5.7), and k = -dp/dy + (v - c') p at y = c(t),

    f(t) = k(t | y0, 0) - integral of f(s) k(t | c(s), s) ds

(Buonocore, Nobile & Ricciardi 1987).  For a line k has only parts by way of 0, and is smooth.
It shares nothing with the solver of the package: no grid of space, no steps.
"""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr


def kernel(y, gap, x, v, slope):
    """Return k at y from x, ``gap`` later, for a boundary of that slope at the end."""
    root = np.sqrt(gap)

    def normal(z):
        return np.exp(-(z**2) / (2 * gap)) / np.sqrt(2 * np.pi * gap)

    straight = y - x - v * gap
    mirrored = y + x - v * gap
    image = np.exp(-2 * v * x) * normal(mirrored)
    z = (y + x + v * gap) / root
    tail = np.exp(2 * v * y + log_ndtr(-z))
    p = normal(straight) + image - 2 * v * tail
    by_y = -(straight / gap) * normal(straight) - mirrored / gap * image
    by_y = by_y - 2 * v * (
        2 * v * tail - np.exp(2 * v * y) * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / root
    )
    return -by_y + (v - slope) * p


def solve(v, boundary, slope, start, times):
    """Return the density at ``times`` (from 0), by the trapezoid rule."""
    t, c, rate = times[1:], boundary(times[1:]), slope(times[1:])
    f = np.zeros(t.size)
    weight = (np.diff(times)[:-1] + np.diff(times)[1:]) / 2  # f is 0 at time 0
    for i in range(t.size):
        value = kernel(c[i], t[i], start, v, rate[i])
        if i:
            value = value - (weight[:i] * f[:i]) @ kernel(c[i], t[i] - t[:i], c[:i], v, rate[i])
        f[i] = value
    return np.concatenate([[0.0], f])


def extrapolated(v, boundary, slope, start, times):
    """Return the density at ``times`` with the leading error, of second order, taken out."""
    half = np.sort(np.concatenate([times, (times[1:] + times[:-1]) / 2]))
    coarse, fine = solve(v, boundary, slope, start, times), solve(v, boundary, slope, start, half)
    return fine[::2] + (fine[::2] - coarse) / 3
