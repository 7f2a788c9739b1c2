"""Derive mean_overshoot() of csrc/diffusion/levy.h, and compare it with the source.

    python tools/fit_overshoot.py

The core replaces the jumps of a stable process up to epsilon by Brownian motion, and moves the
boundary out.  The mean exit time u of that process from (-b, b) solves

    sd^2 / 2 u'' + integral over |y| > epsilon of (u(x + y) - u(x)) c |y|^(-1 - alpha) dy = -1

with u = 0 outside.  For each alpha, b is sought so that the mean over all starts is that of the
stable process itself from (-1, 1), which Getoor (1961) gives; (b - 1) / epsilon is fitted by
(2 - alpha) (p - q (2 - alpha)).  Printed are the shifts, p and q, and those of the source.  The
exit status is 1 if the shifts of the source are further off than MAX_DIFFERENCE.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from scipy.linalg import toeplitz
from scipy.optimize import brentq
from scipy.special import beta, gamma

SOURCE = Path(__file__).parent.parent / "csrc" / "diffusion" / "levy.h"
EPSILON = 0.08  # SMALLEST_JUMP of the source
CELLS = 600
ALPHAS = np.array([1.0, 1.15, 1.3, 1.45, 1.6, 1.75, 1.9])
MAX_DIFFERENCE = 0.005  # in units of epsilon: 4e-4 of the boundary

Array = np.ndarray


def jumps_on_grid(alpha: float, step: float, count: int) -> Array:
    """Return the weights of a function linear between grid points in the integral over jumps."""

    def moment(power: float, low: Array, high: Array) -> Array:
        if abs(power) < 1e-12:
            return np.asarray(np.log(high / low))
        return np.asarray((high**power - low**power) / power)

    cell = np.arange(count) * step
    low, high = np.maximum(cell, EPSILON), np.maximum(cell + step, EPSILON)
    whole, first = moment(-alpha, low, high), moment(1.0 - alpha, low, high)
    weights = np.zeros(count + 1)
    weights[:-1] += (cell / step + 1.0) * whole - first / step
    weights[1:] += first / step - cell / step * whole
    return weights


def mean_time(alpha: float, b: float) -> float:
    """Return the mean exit time from (-b, b), over starts that are uniform on (-1, 1)."""
    c = gamma(1.0 + alpha) * np.sin(np.pi * alpha / 2.0) / np.pi
    step = 2.0 * b / CELLS
    n = CELLS - 1
    variance = 2.0 * c * EPSILON ** (2.0 - alpha) / (2.0 - alpha)
    system = c * toeplitz(jumps_on_grid(alpha, step, n - 1))
    system -= np.eye(n) * (2.0 * c * EPSILON**-alpha / alpha + variance / step**2)
    system += (np.eye(n, k=1) + np.eye(n, k=-1)) * (0.5 * variance / step**2)
    x = np.linspace(-b, b, CELLS + 1)
    u = np.concatenate([[0.0], np.linalg.solve(system, -np.ones(n)), [0.0]])
    return float(np.interp(np.linspace(-1.0, 1.0, 2001), x, u).mean())


def shift(alpha: float) -> float:
    """Return how far the boundary is to be moved out, in units of epsilon."""
    exact = 0.5 * beta(0.5, 1.0 + alpha / 2.0) / gamma(1.0 + alpha)
    b = brentq(lambda b: mean_time(alpha, b) - exact, 1.0, 1.0 + EPSILON, xtol=1e-9)
    return float((b - 1.0) / EPSILON)


def constants_of_the_source() -> Array:
    """Return p and q of the source."""
    body = re.search(r"from_2 \* \((\S+) - (\S+) \* from_2\)", SOURCE.read_text())
    if body is None:
        raise SystemExit(f"{SOURCE} has no formula of mean_overshoot()")
    return np.array([float(body.group(1)), float(body.group(2))])


def main() -> int:
    """Print what was found; 0 if the source agrees."""
    found = np.array([shift(alpha) for alpha in ALPHAS])
    terms = np.stack([2.0 - ALPHAS, -((2.0 - ALPHAS) ** 2)], axis=1)
    fitted, source = np.linalg.lstsq(terms, found, rcond=None)[0], constants_of_the_source()
    print("alpha   shift   source")
    for alpha, value, there in zip(ALPHAS, found, terms @ source, strict=True):
        print(f"{alpha:5.2f} {value:7.4f}  {there:7.4f}")
    print(f"fitted {fitted.round(4)}, source {source}")
    worst = np.abs(terms @ source - found).max()
    return 0 if worst <= MAX_DIFFERENCE else 1


if __name__ == "__main__":
    sys.exit(main())
