"""Closed forms of Brownian motion with drift between two fixed absorbing boundaries.

``dx = v dt + dW`` from ``y0`` between ``-a`` and ``+a``; for noise s divide v, a and y0 by s.
Sources: Feller (1968); Navarro & Fuss (2009); Gondan, Blurton & Kesselmeier (2014) for the
density; Blurton, Kesselmeier & Gondan (2012) for the distribution function; Tuerlinckx (2004)
for a normal drift.  Of the two series each, the one for short times is used while
``t / (2a)^2 < 0.3``; the terms left out are then below 1e-20 of those kept.
"""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr

SWITCH = 0.3
IMAGES = np.arange(-5, 6)
MODES = np.arange(1, 13)


def log_drift_factor(displacement, t, v, sv=0.0):
    """Return the log likelihood ratio of drift N(v, sv) against none, given the displacement.

    Girsanov's ``exp(v*d - v^2*t/2)``, averaged over the normal drift by completing the square.
    """
    spread = 1 + sv**2 * t
    exponent = sv**2 * displacement**2 + 2 * v * displacement - v**2 * t
    return exponent / (2 * spread) - np.log(spread) / 2


def density(t, side, v, a, y0, sv=0.0):
    """Return the density of leaving at ``side`` (+1 or -1) at ``t``; all arguments broadcast."""
    t, v, a, y0 = np.broadcast_arrays(*np.atleast_1d(t, v, a, y0))
    distance = a - side * y0
    out = np.zeros(t.shape)
    for early in (True, False):
        use = (t > 0) & ((t < SWITCH * 4 * a**2) == early)
        if not use.any():
            continue
        tt, d, aa = t[use][:, None], distance[use][:, None], a[use][:, None]
        if early:
            image = d + 4 * aa * IMAGES
            series = np.sum(image * np.exp(-(image**2 - d**2) / (2 * tt)), axis=1)
            # the leading exponential stays outside: the drift factor may be as large
            log_scale = -(d**2 / (2 * tt))[:, 0] - 0.5 * np.log(2 * np.pi * t[use] ** 3)
        else:
            rate = (MODES * np.pi / (2 * aa)) ** 2 / 2
            series = np.sum(
                MODES * np.sin(MODES * np.pi * d / (2 * aa)) * np.exp(-rate * tt), axis=1
            )
            log_scale = np.log(np.pi / (4 * a[use] ** 2))
        log_factor = log_drift_factor(side * distance[use], t[use], v[use], sv)
        out[use] = series * np.exp(log_scale + log_factor)
    return out


def distribution(t, side, v, a, y0):
    """Return the probability of having left at ``side`` by ``t`` (t an array, the rest scalars)."""
    t = np.atleast_1d(np.asarray(t, dtype=float))
    d, drift = a - side * y0, side * v  # as seen from the boundary in question
    out = np.zeros(t.shape)
    early = (t > 0) & (t < SWITCH * 4 * a**2)
    tt = t[early][:, None]
    image = np.abs(d + 4 * a * IMAGES)
    root = np.sqrt(tt)
    # each image's term is an unnormalised inverse Gaussian distribution function
    terms = np.exp(drift * (d - image) + log_ndtr((drift * tt - image) / root))
    terms += np.exp(drift * (d + image) + log_ndtr((-drift * tt - image) / root))
    out[early] = np.sum(np.sign(d + 4 * a * IMAGES) * terms, axis=1)
    late = t >= SWITCH * 4 * a**2
    tt = t[late][:, None]
    mode = MODES * np.pi / (2 * a)
    tail = mode * np.sin(mode * d) / (drift**2 + mode**2) * np.exp(-(mode**2) * tt / 2)
    tail = np.sum(tail, axis=1) / a * np.exp(drift * d - drift**2 * t[late] / 2)
    out[late] = choice_probability(side, v, a, y0) - tail
    return out


def choice_probability(side, v, a, y0):
    """Return the probability of leaving at ``side``."""
    d, drift = a - side * y0, side * v
    if drift == 0:
        return (2 * a - d) / (2 * a)
    if drift > 0:
        return np.expm1(-2 * drift * (2 * a - d)) / np.expm1(-4 * drift * a)
    return np.exp(2 * drift * d) * np.expm1(2 * drift * (2 * a - d)) / np.expm1(4 * drift * a)


def mean_time(v, a, y0):
    """Return the mean exit time, whichever side."""
    w = (y0 + a) / (2 * a)
    if abs(v * a) < 1e-5:  # the first two terms of the expansion in v
        return 4 * a**2 * w * (1 - w) * (1 + 2 * v * a * (1 - 2 * w) / 3)
    return (2 * a * choice_probability(1, v, a, y0) - (y0 + a)) / v


def undecided(t, side, v, a, y0, sv=0.0):
    """Return P(not left by t > 0, position on ``side`` of 0); arguments broadcast."""
    t, y0 = np.broadcast_arrays(*np.atleast_1d(t, y0))
    out = np.zeros(t.shape)
    early = t < SWITCH * 4 * a**2
    out[early] = _undecided_images(t[early][:, None], side, v, a, y0[early][:, None], sv)
    tt, start = t[~early][:, None], y0[~early][:, None]
    nodes, weights = np.polynomial.legendre.leggauss(96)
    x, weights = side * a * (1 + nodes) / 2, weights * a / 2
    series = np.zeros((tt.size, x.size))
    for wave in MODES * np.pi / (2 * a):
        series += (
            np.sin(wave * (x + a)) * np.sin(wave * (start + a)) * np.exp(-(wave**2) * tt / 2) / a
        )
    out[~early] = (series * np.exp(log_drift_factor(x - start, tt, v, sv))) @ weights
    return out


def _undecided_images(t, side, v, a, y0, sv):
    # an image displaced by c is a normal in x: mean y0 + v t + c(1 + sv^2 t), weight exp(v c + ...)
    low, high = (0.0, a) if side > 0 else (-a, 0.0)
    sd = np.sqrt(t * (1 + sv**2 * t))
    total = 0.0
    for sign, offset in ((1, 0.0), (-1, 2 * a - 2 * y0)):
        c = offset + 4 * a * IMAGES
        mean = y0 + v * t + c * (1 + sv**2 * t)
        upper, lower = (high - mean) / sd, (low - mean) / sd
        flip = lower > 0  # work in the tail that is small
        upper, lower = np.where(flip, -lower, upper), np.where(flip, -upper, lower)
        log_upper = log_ndtr(upper)
        inside = -np.expm1(np.minimum(log_ndtr(lower) - log_upper, 0.0))
        total = total + sign * np.sum(
            np.exp(v * c + (c * sv) ** 2 / 2 + log_upper) * inside, axis=1
        )
    return total
