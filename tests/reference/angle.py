"""Exact first-passage density for a linear boundary, b(t) = a - t tan(theta).

The change of clock and scale that turns a linear boundary into a fixed one: x = y/b(t),
tau = t/(a b(t)) (docs: models, methods; density of the fixed problem from `wiener`).
"""

from __future__ import annotations

import numpy as np

from reference import wiener


def density(t, side, v, a, y0, theta):
    """Return the density of leaving at ``side`` at ``t`` (array), for noise 1."""
    t = np.asarray(t, dtype=float)
    k = np.tan(theta)
    b = a - k * t
    open_ = (t > 0) & (b > 0)
    tt, bb = np.where(open_, t, a / 2), np.where(open_, b, a)
    fixed = wiener.density(tt / (a * bb), side, 0.0, 1.0, y0 / a)
    exponent = -v * y0 - k * y0**2 / (2 * a) + k * bb / 2 + side * v * bb - v**2 * tt / 2
    return np.where(open_, bb**-1.5 * a**-0.5 * np.exp(exponent) * fixed, 0.0)
