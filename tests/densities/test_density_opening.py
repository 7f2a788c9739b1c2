"""Boundaries that open, or move slowly while leak holds evidence back: late paths, or none."""

import numpy as np
import pytest

from ssms import Simulator, densities

LEAKY = {"v": 0.3, "a": 2.4, "z": 0.4, "t": 0.0, "g": 0.9}


def shares(model, theta, **options):
    """Return the probabilities of both choices and of an omission."""
    choices = densities.choice_probability(model, theta, [-1, 1], **options)
    return np.append(choices, densities.omission_probability(model, theta, **options))


def line(a, slope, v):
    return {"v": v, "a": a, "z": 0.4, "t": 0.0, "theta": -np.arctan(slope)}


@pytest.mark.parametrize("v", [0.0, -0.9, -1.0, -1.01, -2.0])
@pytest.mark.parametrize(
    ("a", "slope"), [(0.5, 0.1), (1.0, 0.1), (1.0, 0.8), (2.1, 0.8), (2.0, 3.0)]
)
def test_solutions_between_opening_lines_agree_with_the_closed_form(a, slope, v):
    theta = line(a, slope, v * slope)
    solved = shares("gamma_drift_angle", {**theta, "shape": 2.0, "scale": 1.0, "c": 0.0})
    assert solved == pytest.approx(shares("angle", theta), abs=5e-4)
    late = [1e2, 1e3, 1e4, 1e5]
    assert densities.logpdf(
        "gamma_drift_angle", {**theta, "shape": 2.0, "scale": 1.0, "c": 0.0}, late, 1
    ) == pytest.approx(densities.logpdf("angle", theta, late, 1), rel=2e-3, abs=2e-3)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("slope", [0.776, 0.3, 3.0])
def test_a_boundary_that_opens_as_fast_as_evidence_drifts(slope):
    theta = line(0.5, slope, 0.0)
    theta["v"] = np.tan(theta["theta"])
    found = shares("angle", theta)
    assert found.sum() == pytest.approx(1.0, abs=1e-7)
    beside = [shares("angle", {**theta, "v": theta["v"] * share}) for share in (1 - 1e-5, 1 + 1e-5)]
    assert found == pytest.approx(np.mean(beside, axis=0), abs=1e-4)


@pytest.mark.parametrize("accuracy", ["default", "high"])
@pytest.mark.parametrize(
    ("v", "a", "z", "g", "theta"),
    [
        (0.913, 0.844, 0.545, -0.016, -0.075),
        (-0.072, 2.625, 0.705, 0.967, -0.034),
        (0.505, 2.905, 0.49, 0.691, -0.098),
        (-0.9225, 2.9877, 0.3647, 0.6255, -0.0192),
        (-1.1506, 2.2612, 0.648, 0.0449, -0.4201),
        (-0.1023, 1.8578, 0.5215, 0.4042, -0.0156),
    ],
)
def test_leak_between_boundaries_that_open(v, a, z, g, theta, accuracy):
    theta = {"v": v, "a": a, "z": z, "g": g, "t": 0.0, "theta": theta}
    found = shares("ornstein_angle", theta, accuracy=accuracy)
    n = 20_000
    drawn = Simulator("ornstein_angle").simulate(theta, n_samples=n, random_state=11)
    assert found.sum() == pytest.approx(1.0, abs=5e-4)
    for choice, share in zip((-1, 1), found, strict=False):
        count = ((drawn.choice == choice) & ~drawn.omitted).mean()
        assert count == pytest.approx(share, abs=4.5 * np.sqrt(share * (1 - share) / n) + 1e-4)


@pytest.mark.parametrize("theta", [1e-7, -1e-7])
def test_lines_that_hardly_move_are_like_constant_boundaries(theta):
    times = [100.0, 300.0, 600.0, 1000.0, 2000.0]
    laws = [
        (
            shares("ornstein_angle", each),
            densities.cdf("ornstein_angle", each, times, 1),
            densities.logpdf("ornstein_angle", each, times, 1),
            densities.mean_rt("ornstein_angle", each),
        )
        for each in ({**LEAKY, "theta": theta}, {**LEAKY, "theta": 0.0})
    ]
    for moving, constant in zip(*laws, strict=True):
        assert moving == pytest.approx(constant, rel=1e-3, abs=1e-4)


@pytest.mark.parametrize("theta", [0.001, -0.0005, -0.002])
def test_lines_that_move_slowly_while_leak_holds_evidence_back(theta):
    theta = {**LEAKY, "theta": theta}
    drawn = Simulator("ornstein_angle").simulate(theta, n_samples=20_000, random_state=11)
    times = np.array([100.0, 200.0, 250.0, 300.0, 400.0, 600.0, 999.0])
    for choice in (-1, 1):
        exact = densities.cdf("ornstein_angle", theta, times, choice)
        seen = (drawn.choice == choice) & ~drawn.omitted
        share = [(seen & (drawn.rt <= t)).mean() for t in times]
        assert share == pytest.approx(exact, abs=4.0 * 0.5 / np.sqrt(20_000))
    assert shares("ornstein_angle", theta).sum() == pytest.approx(1.0, abs=5e-4)


def opening(t, a, slope):
    return a + slope * t


@pytest.mark.parametrize("max_t", [None, 15.0, 300.0])
@pytest.mark.parametrize("v", [0.0, 0.5, 1.5])
@pytest.mark.parametrize(
    ("a", "slope"), [(0.5, 0.5), (2.0, 0.5), (1.0, 0.2), (1.0, 1.0), (1.0, 5.0)]
)
def test_a_boundary_of_your_own_that_opens_along_a_line(a, slope, v, max_t):
    own = Simulator("ddm", boundary=opening)
    found = shares(own, {"v": v, "a": a, "z": 0.4, "t": 0.0, "slope": slope}, max_t=max_t)
    assert found == pytest.approx(shares("angle", line(a, slope, v), max_t=max_t), abs=2e-4)


LATER = {
    "root": lambda t, a: a + np.sqrt(t),
    "square": lambda t, a: a + 0.01 * t**2,
    "power": lambda t, a: a * np.exp(t / 15.0),
    "late": lambda t, a: a + np.maximum(t - 21.0, 0.0),
    "sinus": lambda t, a: a * (1.5 + 0.5 * np.sin(t)),
    "until 20 s": lambda t, a: a + 0.1 * t + 0.0 * np.log(20.5 - t),
}


@pytest.mark.parametrize("name", LATER)
def test_functions_of_your_own_are_followed_after_20_seconds(name):
    own = Simulator("ddm", boundary=LATER[name])
    theta, n = {"v": 0.05, "a": 1.5, "z": 0.4, "t": 0.2}, 40_000
    found = shares(own, theta)
    drawn = own.simulate(theta, n_samples=n, random_state=11)
    assert found.sum() == pytest.approx(1.0, abs=5e-4)
    seen = [((drawn.choice == k) & ~drawn.omitted).mean() for k in (-1, 1)]
    assert seen == pytest.approx(found[:2], abs=4.5 * 0.5 / np.sqrt(n))


def test_responses_within_20_seconds_are_those_with_that_limit():
    own = Simulator("ddm", boundary=opening)
    theta = {"v": 0.1, "a": 1.0, "z": 0.5, "t": 0.0, "slope": 0.3}
    free, limited = (
        own.simulate(theta, n_samples=20_000, random_state=3, max_t=limit) for limit in (None, 20.0)
    )
    assert np.array_equal(free.rt[~limited.omitted], limited.rt[~limited.omitted])
    assert ((free.rt > 20.0) & ~free.omitted).sum() > 100
