"""Derive the polynomials of csrc/core/simd_single.h, and compare them with the source.

    python tools/fit_single_precision.py

For each function: the coefficients whose largest error is least, rounded to single precision, that
error before and after they are rounded, and the largest distance of the constants in the source
from them in units of the last place.  The exit status is 1 if one is further away than 2 units,
which is the noise of the fit.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import minimax
import numpy as np

SOURCE = Path(__file__).parent.parent / "csrc" / "core" / "simd_single.h"
MAX_UNITS = 2.0
SMALL = 1e-9  # stands for 0 where a quotient is to be 1 in the limit

Array = np.ndarray


def _atanh_quotient(z: Array) -> Array:
    s = np.sqrt(np.maximum(z, SMALL))
    return np.asarray(np.log2((1.0 + s) / (1.0 - s)) / s)


def _exp2_quotient(r: Array) -> Array:
    r = np.where(np.abs(r) < SMALL, SMALL, r)
    return np.asarray(np.expm1(r * np.log(2.0)) / r)


def _sine_quotient(turn: float) -> Callable[[Array], Array]:
    def quotient(z: Array) -> Array:
        u = np.sqrt(np.maximum(z, SMALL))
        return np.asarray(np.sin(turn * u) / u)

    return quotient


def _cosine_quotient(z: Array) -> Array:
    z = np.maximum(z, SMALL)
    return np.asarray(-2.0 * np.sin(np.pi / 8.0 * np.sqrt(z)) ** 2 / z)


@dataclass
class Polynomial:
    """A polynomial of the source: what it approximates, and the weight of its errors."""

    function: str
    form: str
    target: Callable[[Array], Array]
    weight: Callable[[Array], Array]
    degree: int
    low: float
    high: float


def _relative(target: Callable[[Array], Array]) -> Callable[[Array], Array]:
    return lambda x: 1.0 / np.abs(target(x))


LARGEST_S = (np.sqrt(2.0) - 1.0) / (np.sqrt(2.0) + 1.0)
POLYNOMIALS = [
    Polynomial("vlog2_single", "log2((1 + s) / (1 - s)) / s, of z = s^2", _atanh_quotient,
               _relative(_atanh_quotient), 2, 0.0, float(LARGEST_S**2)),
    Polynomial("vexp2_single", "(2^r - 1) / r", _exp2_quotient,
               lambda r: np.abs(r) / np.exp2(r), 4, -0.5, 0.5),
    Polynomial("sin_quarter_turn_single", "sin(pi u / 2) / u, of z = u^2",
               _sine_quotient(np.pi / 2), _relative(_sine_quotient(np.pi / 2)), 4, 0.0, 1.0),
    Polynomial("sin_eighth_turn_single", "sin(pi t / 4) / t, of z = t^2",
               _sine_quotient(np.pi / 4), _relative(_sine_quotient(np.pi / 4)), 3, 0.0, 1.0),
    Polynomial("cos_eighth_turn_single", "(cos(pi t / 4) - 1) / z, of z = t^2", _cosine_quotient,
               lambda z: z / np.cos(np.pi / 4 * np.sqrt(z)), 2, 0.0, 1.0),
]  # fmt: skip


def constants_of(function: str) -> list[float]:
    """Read the constants of a polynomial in the source, by rising power."""
    body = re.search(rf"^static inline vsingle {function}\(.*?^}}", SOURCE.read_text(), re.M | re.S)
    if body is None:
        raise SystemExit(f"{SOURCE} has no function {function}")
    found = re.findall(r"-?0x1\.[0-9a-f]*p[-+]?\d+(?=f)", body.group())
    return [float.fromhex(text) for text in found if text != "0x1.8p23"]


def hexadecimal(value: float) -> str:
    """Write a constant as in the source."""
    return re.sub(r"0+p", "p", value.hex()) + "f"


def compare(polynomial: Polynomial) -> bool:
    """Print what was found; whether it is in the source."""
    powers = list(range(polynomial.degree + 1))
    fitted, error = minimax.fit(
        polynomial.target, polynomial.weight, powers, polynomial.low, polynomial.high
    )
    x = np.linspace(polynomial.low, polynomial.high, minimax.GRID)

    def error_of(values: Array) -> float:
        difference = np.polynomial.polynomial.polyval(x, values) - polynomial.target(x)
        return float(np.abs(polynomial.weight(x) * difference).max())

    rounded = fitted.astype(np.float32).astype(float)
    source = np.array(constants_of(polynomial.function))
    print(f"{polynomial.function}: {polynomial.form}")
    print("   ", ", ".join(hexadecimal(float(value)) for value in rounded))
    print(f"    largest relative error {error:.2g}; with rounded constants {error_of(rounded):.2g}")
    if source.size != rounded.size:
        print(f"    the source has {source.size} constants instead")
        return False
    units = np.abs(source - fitted) / np.spacing(np.abs(rounded).astype(np.float32))
    print(f"    source: {error_of(source):.2g}, at most {units.max():.2g} units from the fit")
    return bool(units.max() <= MAX_UNITS)


if __name__ == "__main__":
    equal = [compare(polynomial) for polynomial in POLYNOMIALS]
    sys.exit(0 if all(equal) else 1)
