"""Distribution functions, probabilities, means and quantiles.

Against the reference law, by identities, and against the simulators.

Over all comparisons with simulations one false alarm in 10^4 runs is allowed; seeds are fixed.
"""

import numpy as np
import pytest
from scipy import stats

from reference import wiener
from reference.rt_law import DecisionLaw, NonDecision, RTLaw
from ssms import Simulator, densities

THETA = {
    "ddm": {"v": 0.7, "a": 1.2, "z": 0.4, "t": 0.3},
    "angle": {"v": 0.5, "a": 1.2, "z": 0.4, "t": 0.2, "theta": 0.5},
    "ddm_sdv": {"v": 0.7, "a": 1.2, "z": 0.4, "t": 0.3, "sv": 0.9},
    "full_ddm": {"v": 0.7, "a": 1.2, "z": 0.4, "t": 0.4, "sz": 0.15, "sv": 0.9, "st": 0.2},
    "ddm_normal_st": {"v": 0.7, "a": 1.2, "z": 0.4, "t": 0.4, "st": 0.1},
    "ddm_truncnormt": {"v": 0.7, "a": 1.2, "z": 0.4, "mt": 0.2, "st": 0.2},
    "ddm_rayleight": {"v": 0.7, "a": 1.2, "z": 0.4, "st": 0.2},
    "weibull": {"v": 0.7, "a": 1.2, "z": 0.4, "t": 0.3, "alpha": 3.0, "beta": 1.2},
    "gamma_drift": {"v": 0.2, "a": 1.2, "z": 0.4, "t": 0.3, "shape": 3.0, "scale": 0.1, "c": 2.0},
    "ornstein_angle": {"v": 0.7, "a": 1.2, "z": 0.4, "g": -0.8, "t": 0.3, "theta": 0.3},
    "conflict_dsstimflex": {"v": 0.1, "a": 1.3, "z": 0.5, "t": 0.3, "tinit": 1.0, "dinit": 4.0,
                            "tslope": 2.0, "dslope": 3.0, "tfixedp": 3.0, "tcoh": 0.6, "dcoh": -0.8,
                            "tonset": 0.25, "donset": 0.1},
}  # fmt: skip
REFERENCE = {
    "ddm": RTLaw(DecisionLaw(0.7, 1.2, -0.24), NonDecision("constant", 0.3)),
    "ddm_sdv": RTLaw(DecisionLaw(0.7, 1.2, -0.24, 0.9), NonDecision("constant", 0.3)),
    "full_ddm": RTLaw(DecisionLaw(0.7, 1.2, -0.24, 0.9, 0.15), NonDecision("uniform", 0.4, 0.2)),
    "ddm_normal_st": RTLaw(DecisionLaw(0.7, 1.2, -0.24), NonDecision("normal", 0.4, 0.1)),
    "ddm_truncnormt": RTLaw(
        DecisionLaw(0.7, 1.2, -0.24), NonDecision("truncated_normal", 0.2, 0.2)
    ),
    "ddm_rayleight": RTLaw(DecisionLaw(0.7, 1.2, -0.24), NonDecision("rayleigh", 0.0, 0.2)),
}
TIMES = np.array([0.35, 0.6, 1.0, 2.5])


@pytest.mark.parametrize("model", REFERENCE)
def test_against_the_reference_law(model):
    law, theta = REFERENCE[model], THETA[model]
    for side in (-1, 1):
        np.testing.assert_allclose(
            densities.cdf(model, theta, TIMES, side), law.cdf(TIMES, side), atol=2e-7
        )
    assert densities.mean_rt(model, theta) == pytest.approx(law.mean, abs=1e-7)


def test_late_survival_keeps_its_relative_accuracy():
    """Against the eigenfunction series of the band (0, 2a); both sides are far from each other."""
    k = np.arange(1, 60)
    for v, a, z, clock in [(0.7, 1.2, 0.4, 0.8), (-4.0, 1.5, 0.9, 0.71), (6.0, 0.5, 0.02, 40.0)]:
        wave, start, t = k * np.pi / (2 * a), 2 * a * z, clock * a**2
        side = np.sin(wave * start) * np.exp(-v * start - 0.5 * (v**2 + wave**2) * t)
        sides = side * wave / (v**2 + wave**2) / a * (1 - (-1.0) ** k * np.exp(2 * a * v))
        found = densities.sf("ddm", {"v": v, "a": a, "z": z, "t": 0.3}, 0.3 + t)
        assert found == pytest.approx(sides.sum(), rel=1e-11)


def test_closed_means():
    theta = THETA["ddm"]
    mean = wiener.mean_time(0.7, 1.2, -0.24) + 0.3
    assert densities.mean_rt("ddm", theta) == pytest.approx(mean, rel=1e-10)
    sides = densities.choice_probability("ddm", theta, [-1, 1])
    assert sides @ densities.mean_rt("ddm", theta, [-1, 1]) == pytest.approx(mean, rel=1e-10)


@pytest.mark.parametrize("model", THETA)
def test_everything_adds_up(model):
    theta = THETA[model]
    total = densities.sf(model, theta, TIMES)
    for side in (-1, 1):
        total = total + densities.cdf(model, theta, TIMES, side)
    np.testing.assert_allclose(total, 1.0, atol=6e-5)
    limits = {"max_t": 0.9}
    sides = densities.choice_probability(model, theta, [-1, 1], **limits).sum()
    assert sides + densities.omission_probability(model, theta, **limits) == pytest.approx(
        1, abs=6e-5
    )


@pytest.mark.parametrize("a", [0.15, 0.193, 0.21, 0.23, 0.26])
@pytest.mark.parametrize("accuracy", ["default", "high"])
def test_solutions_that_end_with_a_jump_add_up(a, accuracy):
    """Almost none is left when a stimulus disappears."""
    theta = {"v": -0.8, "a": a, "z": 0.5, "t": 0.0, "vt": 4.101, "vd": -1.132, "tcoh": 0.518,
             "dcoh": 1.39, "tonset": 0.141, "donset": 0.757, "toffset": 0.595, "doffset": 1.042,
             "g": 0.045}  # fmt: skip
    model, options = "conflict_stimflexrel1_leak", {"accuracy": accuracy}
    total = densities.sf(model, theta, 0.05, **options)
    for choice in (-1, 1):
        total += densities.cdf(model, theta, 0.05, choice, **options)
    assert total == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("model", THETA)
def test_density_is_the_derivative_of_the_distribution(model):
    theta, h = THETA[model], 1e-4
    for side in (-1, 1):
        ends = [densities.cdf(model, theta, TIMES + s * h, side) for s in (-1, 1)]
        got = np.exp(densities.logpdf(model, theta, TIMES, side))
        np.testing.assert_allclose(got, (ends[1] - ends[0]) / (2 * h), atol=2e-4)


@pytest.mark.parametrize("model", ["ddm", "angle", "weibull"])
def test_quantile_is_the_inverse(model):
    theta, p = THETA[model], np.array([0.1, 0.5, 0.9])
    q = densities.quantile(model, theta, p, 1)
    reached = densities.cdf(model, theta, q, 1) / densities.choice_probability(model, theta, 1)
    np.testing.assert_allclose(reached, p, atol=1e-9)
    q = densities.quantile(model, theta, p)
    np.testing.assert_allclose(densities.cdf(model, theta, q), p, atol=1e-9)


@pytest.mark.parametrize("model", ["ddm", "angle", "weibull", "ornstein_angle"])
def test_quantile_of_0_is_where_responses_begin(model):
    theta = THETA[model]
    begin = densities.quantile(model, theta, 0.0)
    assert theta["t"] <= begin < densities.quantile(model, theta, 1e-4)


def test_quantile_of_a_choice_that_never_comes_is_infinite():
    theta = {"v": 0.5, "a": 1.2, "z": 1.0, "t": 0.3}
    assert densities.quantile("ddm", theta, [0.0, 0.5], -1).tolist() == [np.inf, np.inf]


def test_small_survival_keeps_its_relative_accuracy():
    theta = {"v": 0.0, "a": 1.0, "z": 0.5, "t": 0.0}
    t = np.array([20.0, 100.0])
    wanted = 4 / np.pi * np.exp(-(np.pi**2) * t / 8)
    np.testing.assert_allclose(densities.sf("ddm", theta, t), wanted, rtol=1e-9)


def test_opening_boundaries_leave_some_without_a_response():
    """P(ever to reach c + k t, by one straight line) is exp(-2 c k); far lines hardly interact."""
    theta = {"v": 0.0, "a": 2.0, "z": 0.5, "t": 0.1, "theta": -np.arctan(1.0)}
    never = densities.omission_probability("angle", theta)
    # two lines: reflection series to second order
    reach = 2 * np.exp(-2 * 2.0) - 2 * np.exp(-2 * 4 * 2.0)
    assert never == pytest.approx(1 - reach, abs=1e-6)
    assert densities.logpdf("angle", theta, -999.0, 1) == pytest.approx(np.log(never), rel=1e-12)


@pytest.mark.parametrize("v", [0.0, 1.2, -4.0])
@pytest.mark.parametrize("angle", [-0.4, -0.05, 0.02, 0.5, 1.2])
def test_survival_between_linear_boundaries_keeps_its_relative_accuracy(angle, v):
    """Its fall is the integral of the density: 20 nodes in each of 200 panels of log time."""
    theta = {"v": v, "a": 1.3, "z": 0.3, "t": 0.0, "theta": angle}
    last = 1.3 / np.tan(angle) * (1 - 1e-9) if angle > 0 else 1e4
    x, weight = np.polynomial.legendre.leggauss(20)
    for early, late in ([0.3, 1.0], [1.3, 2.5], [2.5, last]):
        if late > last:
            continue
        ends = np.linspace(np.log(early), np.log(late), 201)
        nodes = np.exp(ends[:-1, None] + 0.5 * (x + 1) * np.diff(ends)[:, None])
        rule = 0.5 * weight * np.diff(ends)[:, None] * nodes
        fall = sum(
            (rule.ravel() * np.exp(densities.logpdf("angle", theta, nodes.ravel(), side))).sum()
            for side in (-1, 1)
        )
        left = densities.sf("angle", theta, [early, late])
        assert left[0] - left[1] == pytest.approx(fall, rel=2e-9, abs=1e-15)


@pytest.mark.parametrize("angle", [-1.0, -0.4, -0.05])
def test_boundaries_that_open_lose_no_probability(angle):
    theta = {"v": [0.0, 0.3, -2.0], "a": [0.4, 2.0, 1.0], "z": [0.5, 0.2, 0.7], "t": 0.9,
             "theta": angle}  # fmt: skip
    some = sum(densities.choice_probability("angle", theta, side) for side in (-1, 1))
    never = densities.omission_probability("angle", theta)
    np.testing.assert_allclose(some + never, 1.0, rtol=0, atol=1e-12)
    assert (densities.sf("angle", theta, 0.01) == 1.0).all()  # long before the non-decision time


def p_value(model, n, seed):
    """Return the p-values of simulated choices and times against the law."""
    theta = THETA[model]
    out = Simulator(model).simulate(theta, n_samples=n, random_state=seed, return_option="minimal")
    rt, choice = out["rts"][:, 0].astype(float), out["choices"][:, 0]
    values = []
    for side in (-1, 1):
        share = float(densities.choice_probability(model, theta, side))
        times = np.sort(rt[choice == side])
        values.append(stats.binomtest(times.size, n, min(share, 1.0)).pvalue)
        grid = np.quantile(times, np.linspace(0, 1, 300))
        law = densities.cdf(model, theta, grid, side) / share
        seen = np.searchsorted(times, grid, side="right") / times.size
        values.append(stats.kstwobign.sf(np.sqrt(times.size) * np.abs(seen - law).max()))
    return min(values)


@pytest.mark.parametrize("model", THETA)
def test_against_the_simulator(model):
    assert p_value(model, 50_000, 1) > 1e-4 / (4 * len(THETA))


@pytest.mark.slow
@pytest.mark.parametrize("model", THETA)
def test_against_the_simulator_many(model):
    assert p_value(model, 1_000_000, 2) > 1e-4 / (4 * len(THETA))


@pytest.mark.parametrize("strength", [40.0, 80.0, 100.0, 150.0])
@pytest.mark.parametrize(
    ("model", "others"),
    [
        ("gamma_drift", {"shape": 2.0, "scale": 1.0, "c": 0.0}),
        ("weibull", {"alpha": 2.0, "beta": 20.0}),
        ("ddm_sdv", {"sv": 0.01}),
    ],
)
def test_probabilities_under_a_strong_drift(model, others, strength):
    for z in (0.1, 0.5):
        theta = {"v": strength / 4.0, "a": 4.0, "z": z, "t": 0.0, **others}
        shares = densities.choice_probability(model, theta, [-1, 1])
        assert shares.sum() == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("z", [1e-4, 1e-6, 1.0 - 1e-6])
@pytest.mark.parametrize(
    ("model", "others"),
    [
        ("weibull", {"alpha": 2.0, "beta": 2.0}),
        ("ornstein", {"g": 0.5}),
        ("ddm_sdv", {"sv": 1.0}),
    ],
)
def test_probabilities_of_starts_next_to_a_boundary(model, others, z):
    theta = {"v": 0.5, "a": 1.0, "z": z, "t": 0.0, **others}
    shares = densities.choice_probability(model, theta, [-1, 1])
    assert shares.sum() == pytest.approx(1.0, abs=1e-3)
    assert shares[int(z > 0.5)] > 0.99
