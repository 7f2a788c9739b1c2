"""Density of first passage between moving boundaries, by an integral equation of the second kind.

``dy = (w(t) - g y) dt + dW`` between ``-b(t)`` and ``b(t)``.  A change of clock and scale makes it
Brownian motion between curves U and L.  With k(c, t | y, s) = phi_(t-s)(c - y) times
[(c - y)/(t - s) - c'(t)], and the sign of k reversed for L,

    f_c(t) = k(c, t | y0, 0) - sum over c' in (U, L) of  integral f_c'(s) k(c, t | c'(s), s) ds

(Buonocore, Nobile & Ricciardi 1987; two boundaries: Giorno, Nobile, Ricciardi & Sato 1990).
It shares nothing with the solver of the package: no grid of space, no splitting.
"""

from __future__ import annotations

import numpy as np

from reference.integral_equation import mesh
from reference.piecewise import gauss_panels


def solve(drift, boundary, slope, start, times, leak=0.0):
    """Return the densities at the upper and the lower boundary at ``times`` (from 0), noise 1.

    ``drift``, ``boundary`` and ``slope`` (of the boundary) are functions of arrays of times.
    """
    t = times[1:]
    grow = np.exp(leak * t)
    clock = t if leak == 0 else np.expm1(2 * leak * t) / (2 * leak)
    nodes, weights = gauss_panels(times)
    area = np.cumsum(np.sum(weights * np.exp(leak * nodes) * drift(nodes), axis=1))
    b, b1, w = boundary(t), slope(t), drift(t)
    curves = (b * grow - area, -b * grow - area)
    rates = ((b1 + leak * b - w) / grow, (-b1 - leak * b - w) / grow)
    n = t.size
    step = np.diff(np.concatenate([[0.0], clock]))
    weight = np.empty(n)  # trapezoid; f is 0 at time 0
    weight[:-1] = (step[:-1] + step[1:]) / 2
    f = np.zeros((2, n))

    def kernel(c, i, y, s):
        gap, away = clock[i] - s, curves[c][i] - y
        sign = 1 - 2 * c
        gauss = np.exp(-(away**2) / (2 * gap)) / np.sqrt(2 * np.pi * gap)
        return sign * gauss * (away / gap - rates[c][i])

    for i in range(n):
        for c in (0, 1):
            value = kernel(c, i, start, 0.0)
            for d in (0, 1):
                if i == 0:
                    break
                part = f[d, :i] * kernel(c, i, curves[d][:i], clock[:i])
                w_i = weight[:i].copy()
                # the kernel of a curve with itself falls as a root: the last panel is no trapezoid
                w_i[-1] = step[i - 1] / 2 + (2 / 3 if c == d else 1 / 2) * step[i]
                value -= part @ w_i
            f[c, i] = value
    density = f * (1.0 if leak == 0 else np.exp(2 * leak * t))
    return np.concatenate([np.zeros((2, 1)), density], axis=1)


def extrapolated(drift, boundary, slope, start, t_end, n, leak=0.0, breaks=()):
    """Return ``times, upper, lower`` with the leading error, of second order, taken out."""
    times = mesh(boundary, start, t_end, 2 * n, breaks=breaks)
    fine = solve(drift, boundary, slope, start, times, leak)
    coarse = solve(drift, boundary, slope, start, times[::2], leak)
    upper, lower = fine[:, ::2] + (fine[:, ::2] - coarse) / 3
    return times[::2], upper, lower
