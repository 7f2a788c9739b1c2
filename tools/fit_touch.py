"""``python tools/fit_touch.py``: the fitted functions in csrc/diffusion/bridge_touch.h.

The logarithms of the probability with which a Brownian bridge touches a bent boundary, and of the
density of the time at which it does, are series in the bend.  To second order their coefficients
are polynomials of a distance y and of Mills' ratio M(y): see bridge_touch.h, and
``tools/one_step.py``, which checks them.  For large y they cancel to multiples of M^4 or M^2, so
the core takes them as that times a polynomial of M, and M as a rational function of y.  This prints
the coefficients, from the highest power down, and how far off the functions are.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import least_squares
from scipy.special import erfcx

POINTS = np.concatenate([np.linspace(0, 6, 400), np.geomspace(6, 60, 200)])
FAR = 15.0  # from here on the leading terms of the functions are exact enough, and they are not


def mills(y):
    """Return Mills' ratio of the normal distribution."""
    return np.sqrt(np.pi / 2) * erfcx(y / np.sqrt(2))


def second(y):
    """Return 2 + y^2 - y (3 + y^2) M(y)."""
    return np.where(y > FAR, 6 / np.maximum(y, 1) ** 4, 2 + y * y - y * (3 + y * y) * mills(y))


def second_of_product(y):
    """Return 1 - y M(y) - M(y)^2."""
    return np.where(y > FAR, -1 / np.maximum(y, 1) ** 4, 1 - y * mills(y) - mills(y) ** 2)


def lopsided(y):
    """Return -5 y^2 - y^4 + (6 y^3 + y^5) M(y) + 3 y^2 M(y)^2."""
    z, m = np.minimum(y, FAR) ** 2, mills(np.minimum(y, FAR))
    near = z * (3 * m * m - 5 - z) + np.minimum(y, FAR) * z * (6 + z) * m
    return np.where(y > FAR, -3 / np.maximum(y, 1) ** 2, near)


def twisted(y):
    """Return 16 M(y) + 32 y^2 M(y) + 16/3 y^4 M(y) - 80/3 y - 16/3 y^3."""
    m = mills(y)
    near = 16 * m + 32 * y**2 * m + 16 / 3 * y**4 * m - 80 / 3 * y - 16 / 3 * y**3
    return np.where(y > FAR, 128 / np.maximum(y, 1) ** 5, near)


def twisted_of_product(y):
    """Return 16 (y + M(y) - y^2 M(y) - 2 y M(y)^2)."""
    m = mills(y)
    near = 16 * (y + m - y**2 * m - 2 * y * m**2)
    return np.where(y > FAR, 64 / np.maximum(y, 1) ** 5, near)


def fitted_mills():
    """Return numerator and denominator of Mills' ratio; their highest coefficients are 1."""

    def error(p):
        top, bottom = np.polyval([1, *p[:3]], POINTS), np.polyval([1, *p[3:]], POINTS)
        return top / bottom / mills(POINTS) - 1

    found = least_squares(error, [5, 9, 7, 5, 10, 12, 6], xtol=1e-15, ftol=1e-15).x
    return np.round([1, *found[:3]], 5), np.round([1, *found[3:]], 5)


def polynomial(function, degree, low):
    """Return the polynomial of Mills' ratio which, times its power ``low``, is the function."""
    m = mills(POINTS)
    powers = np.vander(m, degree + 1) * m[:, None] ** low
    return np.round(np.linalg.lstsq(powers, function(POINTS), rcond=None)[0], 4)


FITS = [  # of a function: degree, and the power
    (second, 4, 4),
    (second_of_product, 3, 4),
    (lopsided, 4, 2),
    (twisted, 2, 4),
    (twisted_of_product, 1, 4),
]


def main():
    """Print the coefficients and the largest errors."""
    top, bottom = fitted_mills()
    ratio, m = np.polyval(top, POINTS) / np.polyval(bottom, POINTS), mills(POINTS)
    print(f"mills: {top} / {bottom}, off by {np.abs(ratio / m - 1).max():.1e} of it")
    for function, degree, low in FITS:
        found = polynomial(function, degree, low)
        error = np.abs(np.polyval(found, m) * m**low - function(POINTS)).max()
        print(f"{function.__name__}: {found}, off by {error:.1e}")


if __name__ == "__main__":
    main()
