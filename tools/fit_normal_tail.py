"""Derive the polynomial of normal_tail() in csrc/curves/curves.h, and compare it with the source.

    python tools/fit_normal_tail.py

Mills' ratio of the normal distribution, M(z) = (1 - Phi(z)) / phi(z), times 1 + z is smooth in
q = (z - 4) / (z + 4), which takes [0, inf) to [-1, 1).  The polynomial is the least-squares fit at
Chebyshev's points.  Printed are its coefficients by rising power, its largest relative error, the
largest relative error of the coefficients in the source, and how far apart the two are.  The exit
status is 1 if that is more than MAX_DIFFERENCE.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from numpy.polynomial import chebyshev, polynomial
from scipy.special import erfcx

SOURCE = Path(__file__).parent.parent / "csrc" / "curves" / "curves.h"
DEGREE = 14
POINTS = 400
MAX_DIFFERENCE = 1e-13  # the polynomial itself is off by 6e-11

Array = np.ndarray


def target(q: Array) -> Array:
    """(1 + z) M(z) as a function of q."""
    z = 4.0 * (1.0 + q) / (1.0 - q)
    return np.asarray((1.0 + z) * np.sqrt(np.pi / 2.0) * erfcx(z / np.sqrt(2.0)))


def coefficients() -> Array:
    """Fit the polynomial; its coefficients by rising power."""
    q = np.cos(np.pi * (np.arange(POINTS) + 0.5) / POINTS)
    return chebyshev.cheb2poly(chebyshev.chebfit(q, target(q), DEGREE))


def constants_of_the_source() -> Array:
    """Read the constants in the source, by rising power."""
    body = re.search(r"vdouble normal_tail\(.*?c\[\] = \{(.*?)\};", SOURCE.read_text(), re.S)
    if body is None:
        raise SystemExit(f"{SOURCE} has no table of constants in normal_tail()")
    return np.array([float(text) for text in body.group(1).split(",")])


def largest_error(values: Array) -> float:
    """Largest relative error for z from 0 to about 80,000."""
    q = np.linspace(-1.0, 0.9999, 100_001)
    return float(np.abs(polynomial.polyval(q, values) / target(q) - 1.0).max())


def main() -> int:
    """Print what was found; 0 if it is in the source."""
    fitted, source = coefficients(), constants_of_the_source()
    print(",\n".join(repr(float(value)) for value in fitted))
    print(f"largest relative error {largest_error(fitted):.3g}")
    if source.size != fitted.size:
        print(f"the source has {source.size} constants instead of {fitted.size}")
        return 1
    difference = float(np.abs(polynomial.polyval(np.linspace(-1, 1, 1001), source - fitted)).max())
    print(f"source: {largest_error(source):.3g}, at most {difference:.2g} from the fit")
    return 0 if difference <= MAX_DIFFERENCE else 1


if __name__ == "__main__":
    sys.exit(main())
