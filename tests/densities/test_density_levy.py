"""The law under Levy noise: closed forms without drift, alpha = 2, and the simulator."""

import math

import numpy as np
import pytest

from ssms import Simulator, densities
from ssms.errors import ConfigError

THETA = {"v": 1.0, "a": 1.5, "z": 0.4, "alpha": 1.5, "t": 0.3}
LEVY = Simulator("levy")


@pytest.mark.parametrize("alpha", [1.0, 1.05, 1.3, 1.5, 1.74, 1.76, 1.99])
@pytest.mark.parametrize("z", [0.1, 0.5, 0.8])
def test_choices_and_means_without_drift(alpha, z):
    """Blumenthal, Getoor & Ray (1961), Getoor (1961)."""
    theta = {"v": 0.0, "a": 1.3, "z": z, "alpha": alpha, "t": 0.2}
    x = 2.0 * z - 1.0
    nodes, weights = np.polynomial.legendre.leggauss(60)
    angle = 0.5 * math.asin(x) * (nodes + 1.0)
    area = 0.5 * math.asin(x) * np.sum(weights * np.cos(angle) ** (alpha - 1.0))
    up = 0.5 + math.gamma(alpha) / math.gamma(alpha / 2) ** 2 * 2 ** (1 - alpha) * area
    mean = 1.3**alpha * (1.0 - x * x) ** (alpha / 2) / math.gamma(1.0 + alpha)
    assert LEVY.choice_probability(theta, 1) == pytest.approx(up, abs=1e-8)
    assert LEVY.mean_rt(theta) == pytest.approx(0.2 + mean, abs=1e-6)


def test_alpha_of_2_is_a_diffusion_of_variance_2():
    theta, ddm = THETA | {"alpha": 2.0}, {k: THETA[k] for k in ("v", "a", "z", "t")}
    rt = np.linspace(0.35, 6.0, 50)
    for side in (-1, 1):
        expected = densities.logpdf("ddm", ddm, rt, side, sigma_noise=math.sqrt(2.0))
        np.testing.assert_allclose(LEVY.logpdf(theta, rt, side), expected, rtol=1e-12)
        near = LEVY.cdf(THETA | {"alpha": 1.99999}, rt, side)
        expected = densities.cdf("ddm", ddm, rt, side, sigma_noise=math.sqrt(2.0))
        np.testing.assert_allclose(near, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("theta", "n"),
    [
        (THETA, 200_000),
        (THETA | {"v": -2.0, "a": 1.0, "z": 0.7, "alpha": 1.3}, 200_000),
        pytest.param(THETA, 1_000_000, marks=pytest.mark.slow),
        pytest.param(
            THETA | {"v": -2.0, "a": 1.0, "alpha": 1.3}, 1_000_000, marks=pytest.mark.slow
        ),
        pytest.param(THETA | {"v": 2.0, "a": 2.5, "alpha": 1.8}, 1_000_000, marks=pytest.mark.slow),
        pytest.param(THETA | {"a": 1.0, "alpha": 1.1}, 1_000_000, marks=pytest.mark.slow),
    ],
)
def test_samples(theta, n):
    """Massart's bound, at one chance in a million."""
    drawn = LEVY.simulate(theta, n_samples=n, random_state=3, return_option="minimal")
    times, choices = drawn["rts"].ravel(), drawn["choices"].ravel()
    grid = np.quantile(times, np.linspace(0.002, 0.998, 150))
    for side in (-1, 1):
        found = np.searchsorted(np.sort(times[choices == side]), grid, side="right") / n
        bound = np.sqrt(np.log(2e6) / (2 * n))
        assert np.abs(found - LEVY.cdf(theta, grid, side)).max() < bound


@pytest.mark.parametrize("alpha", [1.1, 1.3, 1.5, 1.7, 1.9])
def test_density_is_the_derivative_of_the_distribution_function(alpha):
    theta = THETA | {"alpha": alpha}
    rt = 0.3 + np.array([0.02, 0.1, 0.3, 1.0, 3.0, 6.0])
    for side in (-1, 1):
        ends = LEVY.cdf(theta, [rt - 2e-4, rt + 2e-4], side)
        slope, density = (ends[1] - ends[0]) / 4e-4, np.exp(LEVY.logpdf(theta, rt, side))
        # before 0.05 of the time of a flight, the density is interpolated from its value at 0
        np.testing.assert_allclose(slope[:1], density[:1], rtol=3e-2)
        np.testing.assert_allclose(slope[1:], density[1:], rtol=1e-3, atol=1e-6)


def test_mirror_and_scale():
    rt = np.array([0.32, 0.5, 1.0, 2.5])
    there = THETA | {"v": -1.0, "z": 0.6}
    here = LEVY.logpdf(THETA, rt, 1)
    np.testing.assert_allclose(LEVY.logpdf(there, rt, -1), here, rtol=1e-8)
    wide = LEVY.logpdf(THETA | {"v": 2.0, "a": 3.0, "s": 2.0}, rt, 1)
    np.testing.assert_allclose(wide, here, rtol=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_a_sweep_of_the_training_box(seed):
    """The goal is 1e-4 nats for alpha of 1.3 and more, after 0.2 of the time of a flight."""
    rng = np.random.default_rng(seed)
    low, high = np.array([LEVY.bounds[name] for name in LEVY.params]).T
    for _ in range(8):
        theta = dict(zip(LEVY.params, rng.uniform(low, high), strict=True))
        rt = theta["t"] + np.append(theta["a"] ** theta["alpha"] * np.linspace(0.2, 3.0, 100), 1e-3)
        rt = np.append(rt, [0.0, theta["t"], -1.0, np.inf, -999.0])
        values = {
            a: LEVY.logpdf(theta, rt, 1, accuracy=a, max_t=999.0) for a in ("default", "high")
        }
        for value in values.values():
            assert not np.isnan(value).any()
            assert value.max() < np.inf
        weight = np.exp(values["high"][:100])
        error = np.abs(values["default"][:100] - values["high"][:100])
        bound = 1e-4 if theta["alpha"] >= 1.3 else 2e-2
        assert np.sum(weight * error) / np.sum(weight) < bound
        shares = LEVY.choice_probability(theta, [-1, 1], max_t=1.0)
        omitted = LEVY.omission_probability(theta, max_t=1.0)
        assert shares.sum() + omitted == pytest.approx(1.0, abs=1e-5)


def test_gradient():
    rt, theta = np.array([0.33, 0.5, 1.0, 2.0]), THETA | {"s": 1.1}
    _, gradient = LEVY.logpdf_and_gradient(theta, rt, 1)
    for i, name in enumerate(theta):
        h = 1e-4
        ends = [
            LEVY.logpdf(theta | {name: theta[name] + d}, rt, 1, accuracy="high") for d in (-h, h)
        ]
        scale = 1.0 + np.abs(gradient[:, i])
        assert (np.abs(gradient[:, i] - (ends[1] - ends[0]) / (2 * h)) / scale)[1:].max() < 1e-4


def test_starts_at_a_wall_leave_at_once():
    theta = THETA | {"z": 1.0}
    assert LEVY.logpdf(theta, [0.3, 0.4], 1).tolist() == [0.0, -np.inf]
    assert LEVY.choice_probability(theta, [-1, 1]).tolist() == [0.0, 1.0]
    assert LEVY.mean_rt(theta) == pytest.approx(0.3)


def test_refusals():
    with pytest.raises(ConfigError, match=r"'levy_angle': .*Levy noise is implemented.*LogKDE"):
        densities.logpdf("levy_angle", THETA | {"theta": 0.2}, 0.9, 1)


def test_drifts_that_are_too_strong_for_the_basis():
    assert np.isfinite(LEVY.logpdf(THETA | {"v": 10.0}, [0.35, 0.5, 2.0], 1)).all()
    with pytest.raises(ConfigError, match=r"'levy': .*for drifts, in units of .*LogKDE"):
        LEVY.logpdf(THETA | {"v": 100.0}, 0.9, 1)
    for alpha in (1.0, 1.3, 1.6, 2.0):  # the training box is whole
        corner = {"v": 3.0, "a": 3.0, "z": 0.1, "alpha": alpha, "t": 0.0}
        assert np.isfinite(LEVY.logpdf(corner, [0.01, 0.5, 2.0], 1)).all()


@pytest.mark.parametrize("v", [-3.0, 0.5, 2.0, 3.0])
def test_alpha_of_1_is_the_limit(v):
    theta = {"v": v, "a": 0.93, "z": 0.3, "t": 0.0}
    rt = [0.02, 0.1, 0.3, 1.0]
    found = [densities.sf("levy", {**theta, "alpha": alpha}, rt) for alpha in (1.0, 1.001)]
    assert np.allclose(*found, atol=3e-3)
    shares = [
        densities.choice_probability("levy", {**theta, "alpha": alpha}, [-1, 1])
        for alpha in (1.0, 1.001)
    ]
    assert np.allclose(*shares, atol=3e-3)
