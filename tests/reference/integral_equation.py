"""First passage of a leaky process with moving boundaries and drift, by an integral equation.

For ``dx = (v(t) - g x) dt + s dW`` between ``-b(t)`` and ``b(t)``: a path that is at or beyond a
boundary at time t has crossed one of them before.  With G+ and G- the distribution functions
of first passage, for both boundaries c(t) = +b(t), -b(t)

    P(X_t beyond c(t)) = sum over +- of  integral P(X_t beyond c(t) | X_u = +-b(u)) dG+-(u)

(Fortet 1943; Peskir 2002).  The free process is Gaussian, so every probability is a Phi, there
is no derivative of the boundary in it, and it serves any drift that can be integrated.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from reference.piecewise import gauss_panels


def mesh(boundary, start, t_end, n, s=1.0, breaks=()):
    """Return times from 0 to t_end that crowd where boundaries are near: dt ~ (distance/s)^2.

    The same number of steps goes to each e-fold of time early on, and to each unit of the
    clock of the boundaries' own diffusion, dt/b(t)^2, later on.
    """
    early = np.geomspace(1e-12 * t_end, t_end, 4000)  # noise must cover the way to arrive
    arrived = (boundary(early) - abs(start)) ** 2 < 80 * s**2 * early
    first = early[np.argmax(arrived)] if arrived.any() else t_end / 2
    fine = np.concatenate([[0], np.geomspace(first, t_end, 20_000)])
    for point in breaks:  # and around each moment at which the drift jumps
        gap = np.geomspace(1e-6, 0.3, 300)
        fine = np.concatenate([fine, point - gap, [point], point + gap])
    fine = np.unique(fine[(fine >= 0) & (fine <= t_end)])
    middle = (fine[1:] + fine[:-1]) / 2
    near = np.min([np.abs(middle - point) + 1e-5 for point in breaks] or [np.inf], axis=0)
    rate = 1 / middle + 4 * (s / np.maximum(boundary(middle), 1e-6)) ** 2 + 1 / near
    clock = np.concatenate([[0], np.cumsum(rate * np.diff(fine))])
    return np.interp(np.linspace(0, clock[-1], n + 1), clock, fine)


def forced_mean(drift, times, leak):
    """Return the mean at ``times`` of the process that starts at 0, by quadrature of the drift."""
    nodes, weights = gauss_panels(times)
    decay = np.exp(-leak * (times[1:, None] - nodes))
    pieces = np.sum(weights * decay * drift(nodes), axis=1)
    mean = np.zeros(times.size)
    for i in range(1, times.size):
        mean[i] = mean[i - 1] * np.exp(-leak * (times[i] - times[i - 1])) + pieces[i - 1]
    return mean


def first_passage(drift, boundary, start, times, leak=0.0, s=1.0):
    """Return the distribution functions of first passage at the upper and lower boundary.

    Parameters
    ----------
    drift, boundary : callable
        Of an array of times.
    start : float
        Start in evidence, inside.
    times : array, shape (n + 1,)
        Increasing, from 0.
    leak, s : float
        Leak rate and noise.

    Returns
    -------
    upper, lower : arrays, shape (n + 1,)
        P(left at that side by each time).  The error falls as the 3/2 power of the step.
    """
    b, forced = boundary(times), forced_mean(drift, times, leak)
    middle = (times[1:] + times[:-1]) / 2
    b_mid = boundary(middle)
    forced_mid = forced_mean(drift, np.sort(np.concatenate([times, middle])), leak)[1::2]
    increments = np.zeros((2, times.size))
    for i in range(1, times.size):
        if increments.sum() > 1 - 1e-10:
            break  # all have left; boundaries may meet after this

        # mass that leaves in step j sits at the step's middle: first-order kernel, no singularity
        def beyond(gap, position, drift_part, i=i):
            mean = np.exp(-leak * gap) * (position - drift_part) + forced[i]
            variance = gap if leak == 0 else -np.expm1(-2 * leak * gap) / (2 * leak)
            sd = s * np.sqrt(variance)
            return ndtr((mean - b[i]) / sd), ndtr((-b[i] - mean) / sd)

        free = beyond(times[i], start, 0.0)
        gap = times[i] - middle[:i]
        from_upper = beyond(gap, b_mid[:i], forced_mid[:i])
        from_lower = beyond(gap, -b_mid[:i], forced_mid[:i])
        known = [
            free[side]
            - from_upper[side][:-1] @ increments[0, 1:i]
            - from_lower[side][:-1] @ increments[1, 1:i]
            for side in (0, 1)
        ]
        matrix = [[from_upper[side][-1], from_lower[side][-1]] for side in (0, 1)]
        increments[:, i] = np.linalg.solve(matrix, known)
    return tuple(np.cumsum(increments, axis=1))


def extrapolated(drift, boundary, start, times, leak=0.0, s=1.0):
    """Return ``times[::2], upper, lower`` with the leading error, order 3/2, taken out."""
    args = drift, boundary, start
    coarse = first_passage(*args, times[::2], leak, s)
    fine = first_passage(*args, times, leak, s)
    pairs = zip(fine, coarse, strict=True)
    return times[::2], *(f[::2] + (f[::2] - c) / (2**1.5 - 1) for f, c in pairs)
