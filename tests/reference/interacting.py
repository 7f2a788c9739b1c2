"""Levels that interact, between constant boundaries: the Laplace transform of the time of response.

u(x_h, x_l) = E[exp(-rate T); the high level leaves at the upper side, the low one at a side] solves
the backward equation, with the transforms of the single levels at the walls.  By collocation at
Chebyshev points (Trefethen 2000, Spectral Methods in MATLAB), which has nothing in common with
steps in time.
"""

from __future__ import annotations

import numpy as np

from reference.cascade import weights


def chebyshev(n):
    """Return n + 1 points from 1 to -1 and the matrix of the derivative."""
    x = np.cos(np.pi * np.arange(n + 1) / n)
    c = np.r_[2.0, np.ones(n - 1), 2.0] * (-1.0) ** np.arange(n + 1)
    dx = x[:, None] - x[None, :] + np.eye(n + 1)
    d = np.outer(c, 1 / c) / dx
    return x, d - np.diag(d.sum(axis=1))


def level(rate, v, a, x, upper):
    """Return E[exp(-rate t); a diffusion from x leaves (-a, a) at a side]."""
    root = np.sqrt(v * v + 2 * rate) + 1e-12
    way = a - x if upper else -a - x
    return np.exp(v * way) * np.sinh(root * (2 * a - abs(way))) / np.sinh(2 * root * a)


def transform(kind, rate, v, a, z, d, *, leak=0.0, early=1.0, n=22):
    """Return {choice: E[exp(-rate T); choice]}; v and z of the high level and of both low ones."""
    y, by = chebyshev(n)
    x, first = a * y, by / a
    second, identity, inside = first @ first, np.eye(n + 1), slice(1, n)
    w_a, w_b, w_c, w_d = weights(kind, d, early)
    found = {}
    for h in (0, 1):
        sign = 2 * h - 1
        q = (1 + sign * y) / 2
        high = np.kron(second / 2 + v[0] * first, identity)
        rates = np.outer(v[1 + h] * (w_a + w_b * q), np.ones(n + 1)) - leak * x[None, :]
        noise = np.outer((w_c + w_d * q) ** 2, np.ones(n + 1))
        low = np.kron(identity, second) * (noise.ravel() / 2)[:, None]
        low += np.kron(identity, first) * rates.ravel()[:, None]
        full = high + low - rate * np.eye((n + 1) ** 2)
        free = np.zeros((n + 1, n + 1), bool)
        free[inside, inside] = True
        # Without noise the low level does not reach a wall that its drift points away from.
        free[inside, 0] = (noise[inside, 0] == 0.0) & (rates[inside, 0] <= 0.0)
        free[inside, n] = (noise[inside, n] == 0.0) & (rates[inside, n] >= 0.0)
        free = free.ravel()
        u = np.zeros((n + 1, n + 1, 2))
        for side in (0, 1):
            u[:, 0 if side else n, side] = level(rate, v[0], a, x, h)
            u[0 if h else n, :, side] = level(rate, v[1 + h], a, x, side)
        u = u.reshape(-1, 2)
        u[free] = np.linalg.solve(full[np.ix_(free, free)], -full[np.ix_(free, ~free)] @ u[~free])
        for side in (0, 1):
            grid = u[:, side].reshape(n + 1, n + 1)
            found[2 * h + side] = _at(y, grid, 2 * z[0] - 1, 2 * z[1 + h] - 1)
    return found


def _at(y, u, high, low):
    """Return the polynomial through values at Chebyshev points at a point (barycentric formula)."""
    sign = (-1.0) ** np.arange(y.size)
    sign[[0, -1]] /= 2
    rows = []
    for point in (high, low):
        near = np.abs(point - y) < 1e-13
        row = near.astype(float) if near.any() else sign / (point - y)
        rows.append(row / row.sum())
    return rows[0] @ u @ rows[1]
