"""``python tools/push_of_floor.py``: how the floor's push acts within a step of leaky accumulators.

csrc/race/race_step.h draws the end of a step of reflected Brownian motion exactly: with R the
depth of the free path below its start x plus its rise from there to the end x_1, R^2 is chi-
squared with 3 degrees of freedom and x_1 / R uniform, where the floor is touched (Pitman 1975),
and the push is M = R - x - x_1. Leak and inhibition enter to first order in their rate times the
length of the step, which is 1 here.

PUSH_SELF. Accumulators leak at rate y without drift: the end is a normal variate of mean x (1 -
y) and variance 1 - y, folded at the floor. The step has the free increment -y (x + z / 2 + p M /
2) + z instead, of which the end feels the share x_1 / R. p makes the mean of the end right, on
average over starts that are spread evenly, and at the floor.

PUSH_UNEVEN. Others move against a push by its integral over time, so that they are above their
chord in the middle: by M / 8 for an even push. From the floor the push grows like the root of
time, on average. The step takes (1 - k s^2) / 8 with s = (x_1 - x) / R; k makes the average at
the floor right.

PUSH_TWICE. An even push moves another accumulator by its integral, u^2 / 2, and where that is at
the floor the push that this causes moves the first by the integral of that, 1/6; an even push of
the same size, 1/2, would by 1/4.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad
from scipy.stats import chi, norm

LEAK = 1e-4
NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)
SHARE = 0.5 * (NODES + 1.0)  # x_1 / R


def mean_over_paths(function):
    """Return the mean of a function of R and of x_1 / R."""
    r = np.linspace(0.0, 10.0, 2001)[:, None]
    return np.trapezoid(0.5 * function(r, SHARE) @ WEIGHTS * chi.pdf(r[:, 0], 3), r[:, 0])


def folded_mean(x, y):
    """Return the mean of the end of leaky motion from x that is reflected at the floor."""
    mean, sd = x * np.exp(-y), np.sqrt(-np.expm1(-2 * y) / (2 * y))
    return 2 * sd * norm.pdf(mean / sd) + mean * (1 - 2 * norm.cdf(-mean / sd))


def change_of_mean(x):
    """Return what the leak changes in the mean of the end from x, for each unit of the rate."""
    return (folded_mean(x, LEAK) - folded_mean(x, -LEAK)) / (2 * LEAK)


def parts_of_step(x):
    """Return the same for the step: without what the push does, and that for p = 1."""

    def touched(r, u):
        return (1 - u) * r > x

    def missed(r, u):  # free paths that touch feel less than all of their increment
        return np.where(touched(r, u), (1 - u) * (x + (u - 0.5) * r), 0.0)

    def pushed(r, u):
        return np.where(touched(r, u), u * ((1 - u) * r - x) / 2, 0.0)

    return -x + mean_over_paths(missed), -mean_over_paths(pushed)


def push_self():
    """Return p at the floor, and on average over starts."""
    starts = np.linspace(0, 6, 121)
    known = np.array([change_of_mean(x) for x in starts])
    free, push = np.array([parts_of_step(x) for x in starts]).T
    average = np.trapezoid(known - free, starts) / np.trapezoid(push, starts)
    return (known[0] - free[0]) / push[0], average


def push_uneven():
    """Return k."""
    early, late = quad(np.sqrt, 0, 0.5)[0], quad(np.sqrt, 0.5, 1)[0]
    size = mean_over_paths(lambda r, u: (1 - u) * r)
    spread = mean_over_paths(lambda r, u: (1 - u) * r * u**2)
    return (1 - 8 * 0.5 * (late - early)) * size / spread


def push_twice():
    """Return the integral of a push caused by an even one, in units of an even push of its size."""
    caused = np.polynomial.Polynomial([0, 1]).integ()
    return caused.integ()(1) / (0.5 * caused(1))


def main():
    """Print the constants."""
    floor, average = push_self()
    print(f"PUSH_SELF: {floor:.4f} at the floor, {average:.4f} on average over starts")
    print(f"PUSH_UNEVEN: {push_uneven():.4f}")
    print(f"PUSH_TWICE: {push_twice():.4f}")


if __name__ == "__main__":
    main()
