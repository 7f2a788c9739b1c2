"""Integral equation, angle density, leaky and Levy closed forms: each against another."""

import numpy as np
import pytest
from scipy import stats

from reference import angle, euler, exit_side, wiener
from reference import integral_equation as equation
from reference.piecewise import gauss_panels

SIDES = (1, -1)


def constant(value):
    return lambda t: np.full_like(t, value, dtype=float)


def angle_mass(t, side, v, a, y0, theta):
    """Integrate the angle density from 0 to t."""
    edges = np.geomspace((a - abs(y0)) ** 2 / 90, t / 2, 120)
    edges = np.concatenate([[0], edges, np.linspace(t / 2, t, 60)[1:]])
    x, weights = gauss_panels(edges)
    return np.sum(weights * angle.density(x, side, v, a, y0, theta))


@pytest.mark.parametrize(
    ("v", "a", "y0", "theta"), [(1, 1, 0.3, 0.4), (-2, 2, -1, 1.2), (0.5, 0.5, 0.49, 0.3)]
)
def test_angle_density_has_mass_one_before_the_boundaries_meet(v, a, y0, theta):
    meet = a / np.tan(theta)
    mass = sum(angle_mass(meet, side, v, a, y0, theta) for side in SIDES)
    assert mass == pytest.approx(1, abs=1e-7)


def test_angle_density_without_slope_is_the_constant_one():
    t = np.linspace(0.01, 3, 50)
    np.testing.assert_allclose(
        angle.density(t, 1, 0.7, 0.9, -0.2, 0.0), wiener.density(t, 1, 0.7, 0.9, -0.2), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("v", "a", "y0", "theta"),
    [(1.0, 1.0, 0.3, 0.4), (-2.0, 2.0, -1.0, 1.2), (0.5, 0.5, 0.49, 0.3), (1.0, 1.0, 0.2, -0.1)],
)
def test_integral_equation_gives_the_angle_distribution(v, a, y0, theta):
    end = 0.9 * a / np.tan(theta) if theta > 0 else 10.0

    def boundary(t):
        return a - np.tan(theta) * t

    times, *passed = equation.extrapolated(
        constant(v), boundary, y0, equation.mesh(boundary, y0, end, 1000)
    )
    for side, distribution in zip(SIDES, passed, strict=True):
        for i in range(100, len(times), 100):
            expected = angle_mass(times[i], side, v, a, y0, theta)
            assert distribution[i] == pytest.approx(expected, abs=1e-5)


def test_integral_equation_from_a_start_next_to_a_boundary():
    boundary = constant(1.0)
    times, *passed = equation.extrapolated(
        constant(1.0), boundary, 0.98, equation.mesh(boundary, 0.98, 5, 1000)
    )
    for side, distribution in zip(SIDES, passed, strict=True):
        np.testing.assert_allclose(
            distribution, wiener.distribution(times, side, 1, 1, 0.98), atol=3e-6
        )


@pytest.mark.parametrize("leak", [1.0, -1.0])
def test_integral_equation_gives_the_leaky_exit_side_and_mean(leak):
    boundary = constant(1.0)
    times, up, down = equation.extrapolated(
        constant(0.8), boundary, 0.2, equation.mesh(boundary, 0.2, 30, 1500), leak=leak
    )
    assert up[-1] == pytest.approx(exit_side.ornstein_probability_up(0.8, 1, 0.2, leak), abs=2e-5)
    mean = np.trapezoid(1 - up - down, times)
    assert mean == pytest.approx(exit_side.ornstein_mean_time(0.8, 1, 0.2, leak), abs=1e-3)


def test_integral_equation_with_a_bent_boundary_and_a_jump_of_the_drift_matches_steps():
    def boundary(t):
        return np.exp(-(np.asarray(t) ** 0.4))  # infinite slope at 0

    def drift(t):
        return np.where(np.asarray(t) < 0.2, -3.0, 3.0)

    n, leak, s = 20_000, 1.5, 0.8
    mesh = equation.mesh(boundary, 0.3, 3, 2000, s, breaks=(0.2,))
    times, *passed = equation.extrapolated(drift, boundary, 0.3, mesh, leak, s)
    assert sum(distribution[-1] for distribution in passed) == pytest.approx(1, abs=1e-5)
    time, side = euler.first_passage(
        n,
        drift,
        boundary,
        0.3,
        dt=1e-4,
        max_t=3.0,
        rng=np.random.default_rng(3),
        leak=leak,
        s=s,
        refine=True,
    )
    for choice, distribution in zip(SIDES, passed, strict=True):
        count = int(np.sum(side == choice))
        assert stats.binomtest(count, n, distribution[-1]).pvalue > 1e-4
        law = np.interp(time[side == choice], times, distribution / distribution[-1])
        assert stats.kstest(law, "uniform").pvalue > 1e-4


def test_leaky_closed_forms_approach_those_without_leak():
    assert exit_side.ornstein_probability_up(0.8, 1, 0.2, 1e-9) == pytest.approx(
        wiener.choice_probability(1, 0.8, 1, 0.2)
    )
    assert exit_side.ornstein_mean_time(0.8, 1, 0.2, 1e-9) == pytest.approx(
        wiener.mean_time(0.8, 1, 0.2)
    )
    # noise s scales out
    assert exit_side.ornstein_mean_time(0.8, 1, 0.2, 0.5, s=2.0) == pytest.approx(
        exit_side.ornstein_mean_time(0.4, 0.5, 0.1, 0.5)
    )


def test_levy_closed_forms_at_alpha_two_are_brownian_with_noise_root_two():
    assert exit_side.levy_probability_up(1, 0.4, 2.0) == pytest.approx(0.7)
    assert exit_side.levy_mean_time(1, 0.4, 2.0, s=0.8) == pytest.approx(
        wiener.mean_time(0, 1 / (0.8 * np.sqrt(2)), 0.4 / (0.8 * np.sqrt(2)))
    )


def test_levy_steps_give_the_closed_exit_side_and_mean():
    n, alpha, dt = 10_000, 1.5, 1e-3
    time, side = euler.first_passage(
        n,
        0.0,
        lambda t: 1.0,
        0.4,
        dt=dt,
        max_t=20.0,
        rng=np.random.default_rng(4),
        noise=euler.levy(alpha),
    )
    expected = exit_side.levy_probability_up(1, 0.4, alpha)
    # a bias of order dt^(1/alpha) remains beside the noise
    assert np.mean(side > 0) == pytest.approx(
        expected, abs=4 * 0.5 / np.sqrt(n) + dt ** (1 / alpha)
    )
    mean = exit_side.levy_mean_time(1, 0.4, alpha)
    assert np.nanmean(time) == pytest.approx(
        mean, abs=4 * np.nanstd(time) / np.sqrt(n) + dt ** (1 / alpha)
    )
