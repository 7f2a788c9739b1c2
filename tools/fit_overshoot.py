"""Derive mean_overshoot() and the constants of shift_of_boundary() of csrc/diffusion/levy.h.

    python tools/fit_overshoot.py

The core replaces the jumps of a stable process up to epsilon by Brownian motion, and moves the
boundary out.  The mean exit time u of that process with drift v from (-b, b) solves

    sd^2 / 2 u'' + v u' + integral of (u(x + y) - u(x)) c |y|^(-1 - alpha) dy = -1,

the integral over |y| > epsilon, with u = 0 outside.  For each alpha, b is sought so that the mean
over all starts is that of the stable process itself from (-1, 1): without drift as Getoor (1961)
gives it, with drift as the same equation gives it for small epsilon, extrapolated to 0.  The first
gives the shift (b - 1) / epsilon = (2 - alpha) (p - q (2 - alpha)).  With drift that is divided by
sqrt(1 + r x + s x^2), where x = |v| epsilon / sd^2.  Printed are the shifts, the constants, and
those of the source.  The exit status is 1 if the shifts of the source are further off than
MAX_DIFFERENCE.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from scipy.linalg import toeplitz
from scipy.optimize import brentq, least_squares
from scipy.special import beta, gamma

SOURCE = Path(__file__).parent.parent / "csrc" / "diffusion" / "levy.h"
EPSILON = 0.08  # SMALLEST_JUMP of the source
CELLS = 600
ALPHAS = np.array([1.0, 1.15, 1.3, 1.45, 1.6, 1.75, 1.9])
DRIFTS = np.array([0.0, 0.5, 1.0, 2.0, 3.0, 5.0])  # from (-1, 1)
FINE = ((0.01, 2000), (0.005, 2600))  # epsilon and cells of what is extrapolated
MAX_DIFFERENCE = 0.0025  # in units of epsilon: 2e-4 of the boundary

Array = np.ndarray


def constant(alpha: float) -> float:
    """Return c of the density of jumps."""
    return float(gamma(1.0 + alpha) * np.sin(np.pi * alpha / 2.0) / np.pi)


def variance_below(alpha: float, epsilon: float) -> float:
    """Return the variance per second of the jumps up to epsilon."""
    return float(2.0 * constant(alpha) * epsilon ** (2.0 - alpha) / (2.0 - alpha))


def jumps_on_grid(alpha: float, epsilon: float, step: float, count: int) -> Array:
    """Return the weights of a function linear between grid points in the integral over jumps."""

    def moment(power: float, low: Array, high: Array) -> Array:
        if abs(power) < 1e-12:
            return np.asarray(np.log(high / low))
        return np.asarray((high**power - low**power) / power)

    cell = np.arange(count) * step
    low, high = np.maximum(cell, epsilon), np.maximum(cell + step, epsilon)
    whole, first = moment(-alpha, low, high), moment(1.0 - alpha, low, high)
    weights = np.zeros(count + 1)
    weights[:-1] += (cell / step + 1.0) * whole - first / step
    weights[1:] += first / step - cell / step * whole
    return weights


def mean_time(alpha: float, b: float, drift: float, epsilon: float, cells: int) -> float:
    """Return the mean exit time from (-b, b), over starts that are uniform on (-1, 1)."""
    c, variance = constant(alpha), variance_below(alpha, epsilon)
    step, n = 2.0 * b / cells, cells - 1
    up, down = 0.5 * (variance / step + drift) / step, 0.5 * (variance / step - drift) / step
    system = c * toeplitz(jumps_on_grid(alpha, epsilon, step, n - 1))
    system -= np.eye(n) * (2.0 * c * epsilon**-alpha / alpha + variance / step**2)
    system += np.eye(n, k=1) * up + np.eye(n, k=-1) * down
    x = np.linspace(-b, b, cells + 1)
    u = np.concatenate([[0.0], np.linalg.solve(system, -np.ones(n)), [0.0]])
    starts = (np.arange(2000) + 0.5) / 1000.0 - 1.0
    return float(np.interp(starts, x, u).mean())


def shift(alpha: float, drift: float, still: float) -> float:
    """Return how far the boundary is to be moved out, in units of epsilon; `still` at no drift."""
    if drift == 0.0:
        exact = float(0.5 * beta(0.5, 1.0 + alpha / 2.0) / gamma(1.0 + alpha))
    else:
        coarse, fine = (
            mean_time(alpha, 1.0 + still * epsilon, drift, epsilon, cells)
            for epsilon, cells in FINE
        )
        exact = 2.0 * fine - coarse
    b = brentq(
        lambda b: mean_time(alpha, b, drift, EPSILON, CELLS) - exact,
        1.0 - EPSILON, 1.0 + EPSILON, xtol=1e-9,
    )  # fmt: skip
    return float((b - 1.0) / EPSILON)


def shifts(constants: Array) -> Array:
    """Return the shifts of these constants, for each alpha (rows) and drift (columns)."""
    p, q, r, s = constants
    from_2 = (2.0 - ALPHAS)[:, None]
    variances = np.array([[variance_below(alpha, EPSILON)] for alpha in ALPHAS])
    x = DRIFTS * EPSILON / variances
    return np.asarray(from_2 * (p - q * from_2) / np.sqrt(1.0 + x * (r + s * x)))


def constants_of_the_source() -> Array:
    """Return p, q, r and s of the source."""
    text = SOURCE.read_text()
    pair = re.search(r"from_2 \* \((\S+) - (\S+) \* from_2\)", text)
    other = re.search(r"1\.0 \+ x \* \((\S+) \+ (\S+) \* x\)", text)
    if pair is None or other is None:
        raise SystemExit(f"{SOURCE} lacks a formula of mean_overshoot() or shift_of_boundary()")
    return np.array([float(text) for text in (*pair.groups(), *other.groups())])


def main() -> int:
    """Print what was found; 0 if the source agrees."""
    found = np.array([[shift(alpha, 0.0, 0.0)] for alpha in ALPHAS])
    still = found[:, 0]
    found = np.hstack(
        [found]
        + [
            [[shift(alpha, v, at_rest)] for alpha, at_rest in zip(ALPHAS, still, strict=True)]
            for v in DRIFTS[1:]
        ]
    )
    source = constants_of_the_source()
    fitted = least_squares(lambda c: (shifts(c) - found).ravel(), source).x
    print("alpha  " + "".join(f"v = {v:<13g}" for v in DRIFTS) + " (found, source)")
    for alpha, row, there in zip(ALPHAS, found, shifts(source), strict=True):
        pairs = zip(row, there, strict=True)
        print(f"{alpha:5.2f}  " + "  ".join(f"{one:7.4f} {other:7.4f}" for one, other in pairs))
    print(f"fitted {fitted.round(4)}, source {source}")
    worst = np.abs(shifts(source) - found).max()
    print(f"largest difference {worst:.4f}")
    return 0 if worst <= MAX_DIFFERENCE else 1


if __name__ == "__main__":
    sys.exit(main())
