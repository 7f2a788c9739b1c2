"""The closed forms against each other, against conservation of mass, and against tiny steps."""

import numpy as np
import pytest
from scipy import stats

from reference import euler, wiener
from reference.piecewise import Piecewise, gauss_panels
from reference.rt_law import SIDES, DecisionLaw, NonDecision, RTLaw

CORNERS = [
    # v, a, y0: from tame to a hundred boundary widths per diffusion time
    (0.0, 1.0, 0.0),
    (1.3, 0.7, 0.2),
    (-3.0, 2.5, 2.0),
    (10.0, 10.0, -9.8),
    (-10.0, 10.0, -9.8),
    (-10.0, 0.05, -0.049),
    (5e-6, 1.0, 0.3),
]
VARIED = [
    DecisionLaw(1.0, 0.5, 0.2, sv=2.5),
    DecisionLaw(-2.0, 2.0, 0.5, sv=2.0, start_halfwidth=0.2),
    DecisionLaw(1.0, 10.0, -9.0, sv=5.0),
    DecisionLaw(1.0, 1.0, 0.2, sv=1.0, start_halfwidth=0.1, s=0.3),
]
NONDECISIONS = [
    NonDecision("constant", 0.3),
    NonDecision("uniform", 0.3, 0.2),
    NonDecision("normal", 0.3, 0.25),
    NonDecision("normal", 0.3, 0.001),
    NonDecision("truncated_normal", 0.1, 0.3),
    NonDecision("rayleigh", 0.0, 0.3),
]


def test_piecewise_integrates_a_polynomial_exactly():
    square = Piecewise.fit(lambda t: 3 * t**2, np.array([0.0, 0.3, 1.0, 2.0]))
    cube = square.integral()
    t = np.array([-1.0, 0.0, 0.2, 1.5, 2.0, 3.0])
    np.testing.assert_allclose(square(t), [0, 0, 0.12, 6.75, 12, 0], atol=1e-14)
    np.testing.assert_allclose(cube(t), [0, 0, 0.008, 3.375, 8, 8], atol=1e-14)
    np.testing.assert_allclose(cube.integral()(t)[-2:], [4, 12], atol=1e-13)


@pytest.mark.parametrize(("v", "a", "y0"), CORNERS)
def test_density_integrates_to_distribution_probability_and_mean(v, a, y0):
    law = DecisionLaw(v, a, y0)
    t = np.geomspace(1e-4, 3, 200) * a**2
    for side in SIDES:
        expected = wiener.choice_probability(side, v, a, y0)
        assert law.probability(side) == pytest.approx(expected, abs=1e-13)
        np.testing.assert_allclose(
            law.cdf(t, side), wiener.distribution(t, side, v, a, y0), atol=1e-13
        )
    assert law.moment(1) == pytest.approx(wiener.mean_time(v, a, y0), rel=1e-9)


def test_density_agrees_between_the_two_series(monkeypatch):
    t = np.linspace(0.15, 0.6, 40)
    long_first = wiener.density(t, 1, 0.8, 0.6, -0.2, 0.7)
    monkeypatch.setattr(wiener, "SWITCH", 1.0)
    np.testing.assert_allclose(wiener.density(t, 1, 0.8, 0.6, -0.2, 0.7), long_first, rtol=1e-12)


def test_normal_drift_is_the_average_over_drifts():
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    t = np.geomspace(0.01, 5, 50)[:, None]
    average = wiener.density(t, -1, 0.5 + 1.2 * nodes, 0.8, 0.1) @ weights / weights.sum()
    np.testing.assert_allclose(
        wiener.density(t[:, 0], -1, 0.5, 0.8, 0.1, sv=1.2), average, atol=1e-11
    )


@pytest.mark.parametrize("law", [DecisionLaw(*corner) for corner in CORNERS] + VARIED)
def test_every_path_has_left_or_is_somewhere(law):
    t = np.geomspace(1e-3, 3, 50) * (law.a / law.s) ** 2
    total = sum(law.cdf(t, side) + law.undecided(t, side) for side in SIDES)
    np.testing.assert_allclose(total, 1, atol=1e-11)
    assert sum(law.probability(side) for side in SIDES) == pytest.approx(1, abs=1e-11)


def test_undecided_agrees_between_images_and_modes(monkeypatch):
    # each side for itself: the sum over sides is pinned by the conservation of mass above
    t = np.linspace(0.5, 1.5, 20)
    late = wiener.undecided(t, 1, 0.7, 0.6, -0.3, 0.8)
    monkeypatch.setattr(wiener, "SWITCH", 2.0)
    np.testing.assert_allclose(wiener.undecided(t, 1, 0.7, 0.6, -0.3, 0.8), late, rtol=1e-9)
    far = wiener.undecided(np.array([0.3]), 1, 0.7, 50.0, -0.3)
    assert far[0] == pytest.approx(stats.norm.sf(0, -0.3 + 0.7 * 0.3, np.sqrt(0.3)), abs=1e-14)


def test_starts_beyond_a_boundary_decide_at_once():
    law = DecisionLaw(1.0, 0.3, 0.12, sv=1.0, start_halfwidth=0.2)
    assert law.atom(1) == pytest.approx(0.05)
    assert law.atom(-1) == 0
    assert law.cdf(np.array([0.0]), 1)[0] == pytest.approx(0.05)
    assert sum(law.probability(side) for side in SIDES) == pytest.approx(1, abs=1e-10)


@pytest.mark.parametrize("nondecision", NONDECISIONS)
def test_non_decision_time_keeps_mass_and_adds_its_mean(nondecision):
    law = RTLaw(VARIED[0], nondecision)
    assert sum(law.probability(side) for side in SIDES) == pytest.approx(1, abs=1e-12)
    ends = [*np.linspace(-2, 1, 60), *np.linspace(1.05, 12, 60), *nondecision.support]
    rt, weights = gauss_panels(np.unique(ends))
    survivor = 1 - sum(law.cdf(rt.ravel(), side) for side in SIDES).reshape(rt.shape)
    assert np.sum(weights * survivor) - 2 == pytest.approx(law.mean_and_variance[0], abs=1e-10)


@pytest.mark.parametrize("nondecision", NONDECISIONS)
def test_responses_and_omissions_make_one(nondecision):
    law = RTLaw(VARIED[0], nondecision, deadline=0.55, max_t=0.3)
    total = sum(law.probability(side) + law.omission(side) for side in SIDES)
    assert total == pytest.approx(1, abs=1e-12)
    assert 0.05 < sum(law.omission(side) for side in SIDES) < 0.95


@pytest.mark.parametrize("nondecision", NONDECISIONS[1:])
def test_non_decision_moments_match_draws(nondecision):
    rng = np.random.default_rng(5)
    draw = {
        "uniform": lambda n: rng.uniform(0.1, 0.5, n),
        "normal": lambda n: rng.normal(0.3, nondecision.scale, n),
        "truncated_normal": lambda n: (x := rng.normal(0.1, 0.3, 2 * n))[x >= 0],
        "rayleigh": lambda n: rng.rayleigh(0.3, n),
    }[nondecision.kind](200_000)
    mean, variance = nondecision.mean_and_variance
    assert abs(draw.mean() - mean) < 5 * np.sqrt(variance / draw.size)
    assert draw.var() == pytest.approx(variance, rel=0.03)
    tail = nondecision.average(lambda u: 1.0 * (u <= 0.35), np.array([0.35]))[0]
    assert abs((draw <= 0.35).mean() - tail) < 5 * 0.5 / np.sqrt(draw.size)


def test_tiny_steps_give_the_same_times_and_choices():
    n, rng = 20_000, np.random.default_rng(11)
    v, a, y0, sv, half, s = 0.8, 0.5, 0.15, 1.5, 0.2, 0.7
    drift, start = rng.normal(v, sv, n), y0 + rng.uniform(-half, half, n)
    time, side = euler.first_passage(
        n, drift, lambda t: a, start, dt=1e-4, max_t=6.0, rng=rng, s=s, refine=True
    )
    law = DecisionLaw(v, a, y0, sv, half, s)
    assert not np.isnan(time).any()
    for choice in SIDES:
        p = stats.binomtest(int(np.sum(side == choice)), n, law.probability(choice)).pvalue
        assert p > 1e-4
        sample = time[side == choice]
        p = stats.kstest(sample, lambda t, c=choice: law.cdf(t, c) / law.probability(c)).pvalue
        assert p > 1e-4


def test_steps_without_the_shift_are_late_by_the_known_amount():
    n, dt = 20_000, 1e-3
    args = {"dt": dt, "max_t": 20.0, "s": 1.0}
    plain, _ = euler.first_passage(n, 0.0, lambda t: 0.6, 0.0, rng=np.random.default_rng(1), **args)
    # mean exit time of the same process with the boundary 0.5826 sqrt(dt) further out
    expected = wiener.mean_time(0.0, 0.6 + 0.5826 * np.sqrt(dt), 0.0)
    assert plain.mean() == pytest.approx(expected, abs=4 * plain.std() / np.sqrt(n))
