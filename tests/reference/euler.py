"""Euler-Maruyama twins: every process of the package, one step after the other, in numpy.

They look at the boundary only at the end of a step, so their exit times are about
``0.5826 * s * sqrt(dt) / b`` too long in units of the boundary: take a tiny step, or compare
with the scheme itself.
"""

from __future__ import annotations

import numpy as np


def brownian(rng, size, dt, s):
    """Draw the increments of ``s`` times Brownian motion."""
    return s * np.sqrt(dt) * rng.standard_normal(size)


def levy(alpha):
    """Return a drawer of symmetric alpha-stable increments, E exp(ikX) = exp(-dt |s k|^alpha).

    Chambers, Mallows & Stuck (1976); at alpha = 2 the variance is 2 s^2 dt.
    """

    def increments(rng, size, dt, s):
        u = rng.uniform(-np.pi / 2, np.pi / 2, size)
        e = rng.standard_exponential(size)
        stable = np.sin(alpha * u) / np.cos(u) ** (1 / alpha)
        stable *= (np.cos((1 - alpha) * u) / e) ** ((1 - alpha) / alpha)
        return s * dt ** (1 / alpha) * stable

    return increments


def first_passage(
    n, drift, boundary, start, *, dt, max_t, rng, leak=0.0, s=1.0, noise=brownian, refine=False
):
    """Simulate ``dx = (drift(t) - leak*x) dt + noise`` until ``|x| > boundary(t)``.

    Parameters
    ----------
    n : int
        Number of paths.
    drift : callable or array
        Drift as a function of time, or one constant drift for each path.
    boundary : callable
        Half separation as a function of time.
    start : float or array
        Start in evidence.
    dt, max_t : float
        Step and time limit.
    rng : numpy.random.Generator
        Source of the draws.
    leak, s : float
        Leak rate and noise.
    noise : callable
        Drawer of increments, `brownian` or ``levy(alpha)``.
    refine : bool
        Move the boundary inward by 0.5826 s sqrt(dt), which removes the bias of order sqrt(dt)
        (Broadie, Glasserman & Kou 1997); Brownian noise only.

    Returns
    -------
    time, side : arrays
        Exit time (nan if undecided at max_t) and the sign of the position at the end.
    """
    x = np.broadcast_to(np.asarray(start, dtype=float), n).copy()
    drift_at = drift if callable(drift) else lambda t: drift
    shift = 0.5826 * s * np.sqrt(dt) if refine else 0.0
    time, side = np.full(n, np.nan), np.zeros(n)
    alive = np.arange(n)
    for step in range(round(max_t / dt) + 1):
        edge = boundary(step * dt) - (shift if step else 0.0)
        out = np.abs(x) > edge
        time[alive[out]], side[alive[out]] = step * dt, np.sign(x[out])
        x, alive = x[~out], alive[~out]
        if alive.size == 0:
            break
        v = drift_at(step * dt)
        v = v[alive] if np.ndim(v) else v
        x += (v - leak * x) * dt + noise(rng, alive.size, dt, s)
    side[alive] = np.sign(x)
    return time, side
