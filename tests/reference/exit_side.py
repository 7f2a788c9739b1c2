"""Closed forms of where and when leaky and Levy processes leave a fixed interval."""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad
from scipy.linalg import toeplitz
from scipy.special import gamma

from reference.piecewise import Piecewise


def ornstein_probability_up(v, a, y0, g, s=1.0):
    """Return P(up) of dx = (v - g x) dt + s dW: the ratio of two integrals of the scale density."""

    def scale_density(y):
        return np.exp((-2 * v * y + g * y**2) / s**2)

    return quad(scale_density, -a, y0)[0] / quad(scale_density, -a, a)[0]


def ornstein_mean_time(v, a, y0, g, s=1.0):
    """Return the mean exit time: the Green function integrated against the speed measure."""
    edges = np.linspace(-a, a, 81)
    scale = Piecewise.fit(lambda y: np.exp((-2 * v * y + g * y**2) / s**2), edges).integral()
    speed = lambda y: 2 / s**2 * np.exp((2 * v * y - g * y**2) / s**2)  # noqa: E731
    top = scale.right[0]
    below = Piecewise.fit(lambda y: scale(y) * speed(y), edges).integral()
    above = Piecewise.fit(lambda y: (top - scale(y)) * speed(y), edges).integral()
    here = float(scale(y0))
    return float(((top - here) * below(y0) + here * (above.right[0] - above(y0))) / top)


def levy_probability_up(a, y0, alpha):
    """Return P(up) of a driftless symmetric stable process (Blumenthal, Getoor & Ray 1961)."""
    constant = gamma(alpha) / gamma(alpha / 2) ** 2 * 2 ** (1 - alpha)
    # u = sin(angle) takes the singularity of the end point away
    integral = quad(lambda angle: np.cos(angle) ** (alpha - 1), -np.pi / 2, np.arcsin(y0 / a))[0]
    return constant * integral


def levy_mean_time(a, y0, alpha, s=1.0):
    """Return the mean exit time of a driftless symmetric stable process (Getoor 1961)."""
    x = y0 / a
    return (a / s) ** alpha * (1 - x**2) ** (alpha / 2) / gamma(1 + alpha)


def levy_mean_time_with_drift(v, a, y0, alpha):
    """Return the mean exit time of a symmetric stable process with drift.

    Jumps below epsilon are replaced by Brownian motion of their variance, which makes its backward
    equation one on a grid.  Its error is of first order in epsilon, and extrapolated away.
    """
    constant = gamma(1 + alpha) * np.sin(np.pi * alpha / 2) / np.pi
    times = []
    for epsilon, cells in ((0.01 * a, 1200), (0.005 * a, 2400)):
        step, n = 2 * a / cells, cells - 1
        variance = 2 * constant * epsilon ** (2 - alpha) / (2 - alpha)
        # a function that is linear between points, integrated against c |y|^(-1 - alpha)
        low = np.maximum(np.arange(n) * step, epsilon)
        high = np.maximum(np.arange(1, n + 1) * step, epsilon)
        mass = (low**-alpha - high**-alpha) / alpha
        power = 1 - alpha
        moment = (high**power - low**power) / power if power else np.log(high / low)
        beyond = moment / step - np.arange(n) * mass
        weights = mass - beyond
        weights[1:] += beyond[:-1]
        system = constant * toeplitz(weights)
        system -= np.eye(n) * (2 * constant * epsilon**-alpha / alpha + variance / step**2)
        for k in (-1, 1):
            system += np.eye(n, k=k) * (variance / step + k * v) / (2 * step)
        mean = np.concatenate([[0], np.linalg.solve(system, -np.ones(n)), [0]])
        times.append(np.interp(y0, np.linspace(-a, a, cells + 1), mean))
    return 2 * times[1] - times[0]
