"""``python tools/one_step.py``: the error that one step of the bridge sampler makes.

Brownian motion starts at 0 and leaves through a boundary A + S u + 4 u (1 - u) (C + (2 u - 1) E)
within a step of length 1.  The sampler draws where it ends, and, given that, whether and when it
has left, by the series of csrc/diffusion/bridge_touch.h.  This prints, for each bend C and skew
E, the largest difference of the two distribution functions of the time of exit, over distances A
and slopes S, and where it is.  The constants in csrc/diffusion/limits.h follow from it: a sample
leaves in one step only, so that the error of the whole is at most that of its worst step.

Samples do not all stand at the worst distance when a step begins.  The second table averages the
difference over where samples that have not left are: between boundaries that are 2.5 standard
deviations of the longest step apart, with a density that is half a wave of the sine.
"""

from __future__ import annotations

import itertools

import numpy as np
from fit_touch import lopsided, mills, second, second_of_product, twisted, twisted_of_product

STEPS = 800
DISTANCES = (0.3, 0.6, 1.2, 2.0, 3.0, 5.0)
SLOPES = (1.0, 0.0, -1.5, -4.0, -6.0)
BAND = 2 / 0.8  # LONGEST_REACH of csrc/diffusion/limits.h
LIMITS = [(0.1, 0.016), (0.125, 0.0), (0.125, 0.0067), (0.125, 0.02)]  # as a rule; at the most
CASES = [(c, e) for c in (0.0, 0.05, 0.1, 0.125, 0.2) for e in (0.0, 0.01, 0.02)][1:]


def passage_density(a, c, e):
    """Return times and the density of first passage for slope 0.

    By the integral equation of the second kind (Buonocore, Nobile & Ricciardi 1987): with a
    polynomial for a boundary its kernel is the root of the time between, times what is smooth.
    """
    t = np.linspace(0, 1, STEPS + 1)
    first, square, cube = 4 * (c - e), 4 * (3 * e - c), -8 * e
    edge = a + first * t + square * t**2 + cube * t**3
    rise = first + 2 * square * t + 3 * cube * t**2
    free = np.zeros_like(t)
    u = t[1:]
    free[1:] = (
        np.exp(-(edge[1:] ** 2) / (2 * u)) / np.sqrt(2 * np.pi * u) * (edge[1:] / u - rise[1:])
    )
    power = np.arange(STEPS + 2.0) ** 2.5  # weights that are exact for lines times the root
    weight = np.append(1.0, power[2:] - 2 * power[1:-1] + power[:-2]) * STEPS**-1.5 * 4 / 15
    density = np.zeros_like(t)
    for i in range(1, t.size):
        s, gap = t[1:i], t[i] - t[1:i]
        way = np.exp(-((edge[i] - edge[1:i]) ** 2) / (2 * gap)) / np.sqrt(2 * np.pi)
        known = (way * (square + cube * (s + 2 * t[i])) * density[1:i]) @ weight[i - 1 : 0 : -1]
        own = weight[0] * (square + 3 * cube * t[i]) / np.sqrt(2 * np.pi)
        density[i] = (free[i] + known) / (1 - own)
    return t, density, edge


def exact(a, slope, c, e):
    """Return times and the distribution function of the time of exit."""
    t, density, edge = passage_density(a, c, e)
    density = density * np.exp(-slope * edge - slope**2 * t / 2)
    return t, np.append(0, np.cumsum((density[1:] + density[:-1]) / 2)) / STEPS


def sampled(a, slope, c, e, t):
    """Return the same at ``t`` as the sampler draws it."""
    x = np.linspace(-6, 6, 201)
    weight = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * (x[1] - x[0])
    b, turn = (a + slope - x)[:, None], np.linspace(0, np.pi / 2, 601)[None, 1:-1]
    u = np.sin(turn) ** 2
    y, product = np.maximum(a + b, 0), a * b
    m = mills(y)
    factor = 1 + 4 * c * m + 4 * e * (a - b) * (1 - y * m)
    factor += c**2 * (16 / 3 * second(y) - 16 * product * second_of_product(y))
    factor += c * e * (a - b) * (twisted(y) + product * twisted_of_product(y))
    touched = np.where(b > 0, np.exp(-2 * product * factor), 1.0)
    way = a / np.sqrt(u)
    m = mills(way)
    exponent = c * 4 * (u * (a - b) + u**1.5 * m)
    exponent -= c**2 * (8 * u * (1 - u) + u**3 * (8 * m**2 - 16 / 3 * second(way)))
    exponent += e * 4 * (u * (3 * a * (u - 1) + b * (1 - 2 * u)))
    exponent -= e * 4 * u**1.5 * m * (3 * (1 - u) + a**2)
    late = 1 - u
    spread = 16 - 48 * m**2 + 32 * second(way)
    exponent += c * e * (late * (16 * u * late**2 - u**3 * spread) + 16 / 3 * u**4 * lopsided(way))
    r = u / (1 - u)
    line = a * r**-1.5 * np.exp(-((a - np.abs(b) * r) ** 2) / (2 * r)) / (1 - u) ** 2
    density = line * np.exp(exponent) * np.sin(2 * turn)  # du = sin(2 turn) d turn
    passed = np.cumsum(density, axis=1) - density / 2
    passed = passed / density.sum(axis=1, keepdims=True) * touched
    return np.interp(t, np.append(u[0], 1.0), np.append(weight @ passed, (weight @ touched)[0]))


def error(a, slope, c, e):
    """Return the difference of the two distribution functions at each time."""
    t, known = exact(a, slope, c, e)
    return sampled(a, slope, c, e, t) - known


def averaged(slope, c, e, n=6):
    """Return the difference at each time, averaged over distances of samples that have not left."""
    places = BAND * (np.arange(n) + 0.5) / n
    weight = np.sin(np.pi * places / BAND)
    found = [error(a, slope, c, e) - error(a, slope, 0.0, 0.0) for a in places]
    return weight @ np.array(found) / weight.sum()


def print_averages():
    """Print the averages at the limits of bend and skew."""
    print("averaged over distances:\n    C      E    error     S")
    for (c, e), sign in itertools.product(LIMITS, (1, -1)):
        found = {slope: np.abs(averaged(slope, sign * c, e)).max() for slope in (1.0, 0.0, -1.5)}
        slope = max(found, key=found.get)
        print(f"{sign * c:6.3f} {e:6.4f} {found[slope]:8.5f} {slope:5.1f}", flush=True)


def main():
    """Print a line for each bend and skew, and what is left of the errors on average."""
    print_averages()
    places = list(itertools.product(DISTANCES, SLOPES))
    # for lines the sampler is exact: what is left there is the error of the quadrature
    lines = {place: error(*place, 0.0, 0.0) for place in places}
    print("    C      E    error     at A     S")
    for (c, e), sign in itertools.product(CASES, (1, -1)):
        found = [np.abs(error(*place, sign * c, e) - lines[place]).max() for place in places]
        a, slope = places[int(np.argmax(found))]
        print(f"{sign * c:6.3f} {e:6.3f} {max(found):8.5f} {a:8.2f} {slope:5.1f}", flush=True)


if __name__ == "__main__":
    main()
