"""Laws of races of independent accumulators, and readable twins of races with and without coupling.

The law of one accumulator between a floor, where it is reflected, and a boundary that moves is
found on a grid: finite volumes in x / b(t), Crank-Nicolson in time.  Two grids show its error.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.linalg import solve_banded
from scipy.stats import norm


def reflected_survival(drift, boundary, start, times, s=1.0, cells=600):
    """Return the probability that x has not reached the boundary by each of `times`.

    dx = drift dt + s dW from `start` (evidence), reflected at 0, until x >= boundary(t).

    Parameters
    ----------
    drift, start, s : float
        Drift, start below boundary(0), noise.
    boundary : callable
        Positive function of time, on [0, times[-1]].
    times : array
        Increasing, from 0; a step of the scheme leads from each to the next.
    cells : int
        Of the grid of x / b.
    """
    width = 1.0 / cells
    edges = np.linspace(0.0, 1.0, cells + 1)
    place = min(start / boundary(0.0) / width, cells - 1e-9)
    q = np.zeros(cells)  # mass in each cell, the start spread over two so that its mean is right
    left = int(np.clip(np.floor(place - 0.5), 0, cells - 2))
    share = np.clip(place - 0.5 - left, 0.0, 1.0)
    q[left], q[left + 1] = 1.0 - share, share
    survival = [1.0]
    for k, (t, t_1) in enumerate(pairwise(times)):
        h, middle = t_1 - t, 0.5 * (t + t_1)
        b = boundary(middle)
        slope = (boundary(t_1) - boundary(t)) / h
        speed = drift / b - edges * slope / b
        spread = 0.5 * (s / b / width) ** 2
        # flux through the edge between cells i - 1 and i: up q[i-1] + down q[i]
        up = 0.5 * speed / width + spread
        down = 0.5 * speed / width - spread
        up[0] = down[0] = 0.0  # reflected
        up[-1], down[-1] = 2.0 * spread + max(speed[-1] / width, 0.0), 0.0  # absorbed at the edge
        bands = np.zeros((3, cells))
        bands[0, 1:] = -down[1:-1]
        bands[1] = -up[1:] + down[:-1]
        bands[2, :-1] = up[1:-1]
        implicit = 1.0 if k < 8 else 0.5  # the start is not smooth: Rannacher (1984)
        right = q + h * (1.0 - implicit) * _times(bands, q)
        matrix = -h * implicit * bands
        matrix[1] += 1.0
        q = solve_banded((1, 1), matrix, right)
        survival.append(q.sum())
    return np.array(survival)


def _times(bands, x):
    out = bands[1] * x
    out[:-1] += bands[0, 1:] * x[1:]
    out[1:] += bands[2, :-1] * x[:-1]
    return out


def wald_survival(drift, boundary, start_range, times, s=1.0, slope=0.0, nodes=200):
    """Return the probability that x has not reached boundary - slope t by each of `times`.

    dx = drift dt + s dW from Uniform(0, start_range), without a floor: the inverse Gaussian law,
    averaged over starts (Tillman, Van Zandt & Logan 2020 give the integral in closed form).
    """
    points, weights = np.polynomial.legendre.leggauss(nodes)
    starts = 0.5 * start_range * (points + 1.0)
    d = (boundary - starts)[:, None] / s
    v = (drift + slope) / s
    t = np.maximum(np.asarray(times, float), 1e-300)[None]
    passed = norm.cdf((v * t - d) / np.sqrt(t))
    passed = passed + np.exp(2.0 * v * d + norm.logcdf((-v * t - d) / np.sqrt(t)))
    passed = np.where(d <= 0.0, 1.0, passed)
    return 1.0 - 0.5 * weights @ passed


@dataclass(frozen=True)
class RaceLaw:
    """Joint law of time and winner of independent accumulators.

    ``survival`` is (n_accumulators, n_times): not passed by ``times``.
    """

    times: np.ndarray
    survival: np.ndarray

    @property
    def end(self):
        return float(self.times[-1])

    def probability(self, winner):
        """Return the probability that `winner` wins by the end."""
        return float(self.cdf(self.end, winner))

    def cdf(self, t, winner):
        """Return the probability that `winner` has won by t."""
        others = np.prod(np.delete(self.survival, winner, axis=0), axis=0)
        steps = -np.diff(self.survival[winner]) * 0.5 * (others[1:] + others[:-1])
        return np.interp(t, self.times, np.concatenate([[0.0], np.cumsum(steps)]))


def distance(times, winners, law, n, winner):
    """Return the largest difference of the joint distribution functions of time and winner.

    `times` and `winners` are those of the n samples that decided.
    """
    own = np.sort(times[winners == winner])
    if own.size == 0:
        return float(law.cdf(np.inf, winner))
    grid = own[np.unique(np.linspace(0, own.size - 1, 2000).astype(int))]
    empirical = np.searchsorted(own, grid, side="right") / n
    return float(np.abs(empirical - law.cdf(grid, winner)).max())


def noise_of_distance(n, alpha=1e-6):
    """Return what the distance exceeds with a probability of at most alpha (Massart 1990)."""
    return float(np.sqrt(np.log(2.0 / alpha) / (2.0 * n)))


# ---- twins of the algorithms --------------------------------------------------------------------


def plain_race(n, drift, boundary, start, *, dt, max_t, rng, leak=0.0, inhibition=0.0, floor=True):
    """Return times (inf: none) and winners of n races by plain Euler-Maruyama steps, s = 1.

    dx_i = (drift_i - leak x_i - inhibition sum of the others) dt + dW_i, cut off at 0 where there
    is a floor; the largest accumulator above the boundary at the end of a step wins.
    """
    return _simulate(
        n, drift, boundary, start, dt, max_t, rng, leak, inhibition, floor, bridges=False
    )


def bridge_race(n, drift, boundary, start, *, dt, max_t, rng, leak=0.0, inhibition=0.0, floor=True):
    """Return times and winners as `plain_race` does, minding floor and boundary within steps.

    Given the free increment w, the lowest point of the free path is drawn (Asmussen, Glynn &
    Pitman 1995); given both ends, whether the boundary was touched, and when.  With coupling, the
    drift of a step is the mean of that at the beginning and that where it leads.
    """
    return _simulate(
        n, drift, boundary, start, dt, max_t, rng, leak, inhibition, floor, bridges=True
    )


def _simulate(n, drift, boundary, start, dt, max_t, rng, leak, inhibition, floor, bridges):
    drift = np.asarray(drift, float)[:, None]
    x = np.repeat(np.asarray(start, float)[:, None], n, axis=1)
    times, winners, alive = np.full(n, np.inf), np.zeros(n, int), np.arange(n)

    def rate(x):
        return drift - (leak - inhibition) * x - inhibition * x.sum(axis=0)

    for k in range(round(max_t / dt)):
        edge, edge_1 = boundary(k * dt), boundary((k + 1) * dt)
        noise = np.sqrt(dt) * rng.standard_normal(x.shape)
        if not bridges:
            x = x + rate(x) * dt + noise
            x = np.maximum(x, 0.0) if floor else x
            hit = np.where(x > edge_1, (k + 1) * dt - 1e-9 * x, np.inf)  # the largest wins
        else:
            log_u = np.log(rng.uniform(size=x.shape))
            guess = _reflect(x, rate(x) * dt + noise, log_u, dt, floor)
            w = 0.5 * (rate(x) + rate(guess)) * dt + noise
            x_1 = _reflect(x, w, log_u, dt, floor)
            d, d_1 = edge - x, edge_1 - x_1
            touched = rng.uniform(size=x.shape) < np.exp(np.minimum(-2.0 * d * d_1 / dt, 0.0))
            ratio = rng.wald(np.maximum(d / np.maximum(np.abs(d_1), 1e-12), 1e-12), d * d / dt)
            hit = np.where(touched, k * dt + dt * ratio / (1.0 + ratio), np.inf)
            x = x_1
        done = np.isfinite(hit).any(axis=0)
        times[alive[done]] = hit[:, done].min(axis=0)
        winners[alive[done]] = hit[:, done].argmin(axis=0)
        winners[alive[~done]] = x[:, ~done].argmax(axis=0)
        x, alive = x[:, ~done], alive[~done]
        if alive.size == 0:
            break
    return times, winners


def _reflect(x, w, log_u, dt, floor):
    if not floor:
        return x + w
    lowest = 0.5 * (w - np.sqrt(w * w - 2.0 * dt * log_u))
    return np.maximum(x + w, w - lowest)
