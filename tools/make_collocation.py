"""Derive rule and integrals of csrc/density/moving_step.c, and compare them with the source.

    python tools/make_collocation.py

Gauss's rule with four nodes on (0, 1), and the integrals from 0 to node i of the polynomials that
are 1 at node j and 0 at the others.  Printed are the numbers and how far those of the source are
from them.  The exit status is 1 if that is more than rounding.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from numpy.polynomial import Polynomial, legendre

SOURCE = Path(__file__).parent.parent / "csrc" / "density" / "moving_step.c"
MAX_DIFFERENCE = 1e-15

Array = np.ndarray


def derived() -> dict[str, Array]:
    """Return the arrays of the source by their names there."""
    nodes, weights = (0.5 * x for x in legendre.leggauss(4))
    nodes += 0.5
    integrals = np.empty((4, 4))
    for j in range(4):
        basis = Polynomial.fromroots(np.delete(nodes, j))
        integral = (basis / basis(nodes[j])).integ()
        integrals[:, j] = integral(nodes) - integral(0.0)
    return {"MOVING_RULE_NODES": nodes, "MOVING_RULE_WEIGHTS": weights, "INTEGRALS": integrals}


def constants_of_the_source(name: str) -> Array:
    """Return the numbers of an array in the source."""
    body = re.search(rf"\b{name}(?:\[INNER\])+ = \{{(.*?)\}};", SOURCE.read_text(), re.S)
    if body is None:
        raise SystemExit(f"{SOURCE} has no array {name}")
    return np.array([float(text) for text in re.findall(r"-?\d+\.\d+", body.group(1))])


def main() -> int:
    """Print what was found; 0 if it is in the source."""
    worst = 0.0
    for name, values in derived().items():
        source = constants_of_the_source(name)
        if source.size != values.size:
            raise SystemExit(f"{name} has {source.size} numbers instead of {values.size}")
        difference = float(np.abs(values.ravel() - source).max())
        worst = max(worst, difference)
        print(f"{name}: source at most {difference:.1e} off")
        print(np.array2string(values, precision=17))
    return 0 if worst <= MAX_DIFFERENCE else 1


if __name__ == "__main__":
    sys.exit(main())
