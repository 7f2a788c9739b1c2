"""The readable twin of the bridge algorithm: right by a closed form, and as the core draws."""

import numpy as np
import pytest

from reference import bridge
from ssms import Simulator

N = 20_000


def line(height, slope=0.0):
    return lambda t: height - slope * t


def weibull(t):
    return 1.2 * np.exp(-((t / 2.5) ** 3.0))


def gamma_motion(t):
    """Integral of 0.5 + 2 (t / 0.4) exp(1 - t / 0.4)."""
    w = t / 0.4
    return 0.5 * t + 2.0 * 0.4 * np.e * (1.0 - (1.0 + w) * np.exp(-w))


CASES = {
    "constant": ("ddm", {"v": 0.7, "a": 1.2}, line(1.2), lambda t: 0.7 * t),
    "angle": (
        "angle",
        {"v": 0.4, "a": 1.3, "theta": 0.3},
        line(1.3, np.tan(0.3)),
        lambda t: 0.4 * t,
    ),
    "weibull": (
        "weibull",
        {"v": -0.5, "a": 1.2, "alpha": 3.0, "beta": 2.5},
        weibull,
        lambda t: -0.5 * t,
    ),
    "gamma drift": (
        "gamma_drift",
        {"v": 0.5, "a": 1.0, "shape": 2.0, "scale": 0.4, "c": 2.0},
        line(1.0),
        gamma_motion,
    ),
}


def distance(first, second):
    """Return the largest distance of two empirical distribution functions."""
    points = np.concatenate([first, second])
    shares = [np.searchsorted(np.sort(x), points, side="right") / x.size for x in (first, second)]
    return np.abs(shares[0] - shares[1]).max()


@pytest.mark.parametrize("z", [0.5, 0.75])
@pytest.mark.parametrize("name", CASES)
def test_the_twin_and_the_core_agree_in_law(name, z):
    model, theta, boundary, motion = CASES[name]
    t_end = 3.0
    times, sides = bridge.simulate(
        boundary, motion, 2.0 * z - 1.0, N, np.random.default_rng(4), t_end=t_end
    )
    got = Simulator(model).simulate(
        theta | {"z": z, "t": 0.0}, n_samples=N, random_state=7, method="bridge", max_t=t_end
    )
    omitted = got["rts"].ravel() < 0
    core = np.where(omitted, 0.0, got["rts"].ravel() * got["choices"].ravel())
    assert distance(times * sides, core) < 2.2 * np.sqrt(2.0 / N)  # exceeded once in 10,000


def test_the_twin_chooses_as_the_closed_form_says():
    v, a, x = 0.7, 1.2, 0.3 * 1.2
    _, sides = bridge.simulate(line(a), lambda t: v * t, 0.3, N, np.random.default_rng(5))
    upper = -np.expm1(-2.0 * v * (a + x)) / -np.expm1(-4.0 * v * a)
    assert abs((sides == 1).mean() - upper) < 4.0 * np.sqrt(upper * (1.0 - upper) / N)


@pytest.mark.slow
def test_times_of_a_bent_touch_are_those_of_small_steps():
    """One step of a parabola, against the same in 2,000 steps."""
    random, n = np.random.default_rng(6), 40_000
    a, b, c = 0.8, 0.4, 0.15
    one = np.full(n, a), np.full(n, b), np.full(n, c)
    t = np.linspace(0.0, 1.0, 2001)
    touched = []
    for _ in range(20):
        path = np.cumsum(random.standard_normal((2000, 1000)), axis=0) / np.sqrt(2000)
        path = np.vstack([np.zeros(1000), path])
        path -= t[:, None] * path[-1]
        edge = (a + (b - a) * t + 4.0 * c * t * (1.0 - t))[:, None] - 0.5826 / np.sqrt(2000)
        beyond = path >= edge
        touched.append(t[beyond.argmax(axis=0)][beyond.any(axis=0)])
    walked = np.concatenate(touched)
    share = walked.size / 20_000
    expected = bridge.touch_probability(a, b, c)
    assert abs(share - expected) < 4.0 * np.sqrt(0.25 / 20_000) + 0.01  # second order in the bend
    drawn = bridge.touch_time(*one, random)
    assert distance(walked, drawn) < 2.2 * np.sqrt(1.0 / n + 1.0 / walked.size) + 0.01
