"""Two-stage models: laws of independent levels, and plain small steps of levels that interact."""

from __future__ import annotations

import numpy as np
from scipy.integrate import cumulative_trapezoid

from reference import angle
from reference.piecewise import gauss_panels

NODES = 1500
SIDES = (-1, 1)


def _times(a, slope, start, last, n):
    """Return times from where none has left to `last`, or to where the boundaries meet."""
    end = min(last, a / slope * (1 - 1e-9)) if slope > 0 else last
    first = min((a - abs(start)) ** 2 / 60, end / 2)
    low = np.geomspace(first, end / 2, n)
    return np.unique(np.concatenate([low, np.linspace(end / 2, end, n // 2)]))


def stage_cdf(v, a, z, slope, side, last, n=NODES):
    """Return a function of time: P(left by then, at ``side``) of one level."""
    start = a * (2 * z - 1)
    times = _times(a, slope, start, last, n)
    density = angle.density(times, side, v, a, start, np.arctan(slope))
    cdf = cumulative_trapezoid(density, times, initial=0.0)
    return lambda t: np.interp(t, times, cdf, left=0.0)


def parallel(v, a, z, slope, times, last=30.0):
    """Return {choice: P(both levels have ended by each time, with that choice)}."""
    high = {side: stage_cdf(v[0], a, z[0], slope, side, last)(times) for side in SIDES}
    found = {}
    for h in (0, 1):
        for low in (0, 1):
            cdf = stage_cdf(v[1 + h], a, z[1 + h], slope, 2 * low - 1, last)
            found[2 * h + low] = high[2 * h - 1] * cdf(times)
    return found


def sequential(v, a, z, slope, times, last=30.0):
    """Return the same where the low level begins when the high one ends, on one clock."""
    start = a * (2 * z[0] - 1)
    nodes, weights = (x.ravel() for x in gauss_panels(_times(a, slope, start, last, 20)))
    found = {choice: np.zeros(times.size) for choice in range(4)}
    for h in (0, 1):
        mass = weights * angle.density(nodes, 2 * h - 1, v[0], a, start, np.arctan(slope))
        for u, m in zip(nodes, mass, strict=True):
            if m < 1e-9:
                continue
            for low in (0, 1):
                cdf = stage_cdf(v[1 + h], a - slope * u, z[1 + h], slope, 2 * low - 1, last, 400)
                found[2 * h + low] += m * cdf(times - u)
    return found


# ---- levels that interact ---------------------------------------------------------------------


def weights(kind, d, early=1.0):
    """Return A, B, C, D: a low level's drift is A + B q, its noise C + D q of what it is later."""
    if kind == "tradeoff":  # w = (1 + d (q - 1)) / (2 - d)
        w = (1 - d) / (2 - d), d / (2 - d)
        return *w, *w
    return (0.0, 1 - d, 0.0, 1.0) if kind == "multinoise" else (0.0, 1 - d, early, 0.0)


def _touches(x_0, x_1, edge_0, edge_1, variance, u):
    """Return whether bridges touch a boundary, and which (1: the upper one)."""
    with np.errstate(all="ignore"):
        up = np.exp(-2 * np.maximum((edge_0 - x_0) * (edge_1 - x_1), 0) / variance)
        down = np.exp(-2 * np.maximum((edge_0 + x_0) * (edge_1 + x_1), 0) / variance)
    upper = u < np.where(x_1 >= edge_1, 1.0, up)
    lower = 1 - u < np.where(x_1 <= -edge_1, 1.0, down)
    return upper | lower, (upper & ~(lower & (x_1 < 0))).astype(int)


def small_steps(kind, v, boundary, z, d, n, dt, *, leak=0.0, early=1.0, seed=0, end=20.0):
    """Return decision times and choices of levels that interact, by steps with bridge tests."""
    rng = np.random.default_rng(seed)
    a, b, c, e = weights(kind, d, early)
    edge = boundary(0.0)
    x_h, x_l = np.full(n, edge * (2 * z[0] - 1)), [np.full(n, edge * (2 * y - 1)) for y in z[1:]]
    t_h, t_l = np.full(n, np.inf), np.full((2, n), np.inf)
    side_h, side_l = np.zeros(n, int), np.zeros((2, n), int)
    walking = np.arange(n)
    for k in range(int(end / dt)):
        edge_0, edge_1 = boundary(k * dt), max(boundary((k + 1) * dt), 1e-9)
        undecided = np.isinf(t_h[walking])
        moves, q = walking[undecided], np.ones(walking.size)
        q[undecided] = (x_h[moves] + edge_0) / (2 * edge_0)
        before = x_h[moves]
        x_h[moves] = before + v[0] * dt + np.sqrt(dt) * rng.standard_normal(moves.size)
        touched, side = _touches(before, x_h[moves], edge_0, edge_1, dt, rng.random(moves.size))
        t_h[moves[touched]], side_h[moves[touched]] = (k + 0.5) * dt, side[touched]
        noise, u = rng.standard_normal(walking.size), rng.random(walking.size)
        for h in (0, 1):
            own = np.isinf(t_l[h, walking]) & (undecided | (side_h[walking] == h))
            low, early_on = walking[own], undecided[own]
            belief = q[own] if h else 1 - q[own]
            rate = np.where(early_on, v[1 + h] * (a + b * belief) - leak * x_l[h][low], v[1 + h])
            sd = np.where(early_on, c + e * belief, 1.0) * np.sqrt(dt)
            before = x_l[h][low]
            x_l[h][low] = before + rate * dt + sd * noise[own]
            args = before, x_l[h][low], edge_0, edge_1, np.maximum(sd**2, 1e-30), u[own]
            touched, side = _touches(*args)
            t_l[h, low[touched]], side_l[h, low[touched]] = (k + 0.5) * dt, side[touched]
        ended = np.isfinite(t_h[walking]) & np.isfinite(t_l[side_h[walking], walking])
        walking = walking[~ended]
        if not walking.size:
            break
    rows = np.arange(n)
    return np.maximum(t_h, t_l[side_h, rows]), 2 * side_h + side_l[side_h, rows]
