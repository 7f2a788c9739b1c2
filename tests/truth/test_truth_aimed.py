"""Stepped models where they are hard: starts next to the side to which drift and leak push,
infinite slopes at 0, strong negative leak, exits at the far side, sets at the ends of the bounds.

Laws are those of an integral equation, whose error is below 1e-5.
"""

import numpy as np
import pytest
from scipy import stats

from reference import aimed, laws, wiener
from ssms.basic_simulators.simulator import simulator
from ssms.config import model_config

RELAX = {"tinit": 3.05211, "dinit": 5.0, "tslope": 1.50306, "dslope": 2.7598, "tfixedp": 5.0,
         "tcoh": -1.0, "dcoh": -1.0}  # fmt: skip
# what each was off by in distribution before steps knew bends to second order
CASES = [
    ("ornstein_angle", {"v": -1.5, "a": 3.0, "z": 0.15, "g": -1.0, "theta": 0.95}),  # .0125
    ("ornstein_angle", {"v": -1.169, "a": 2.514, "z": 0.127, "g": -0.793, "theta": 1.127}),  # .0038
    ("ornstein_angle", {"v": -2.0, "a": 2.666, "z": 0.182, "g": -0.6346, "theta": 0.6143}),  # .0037
    ("ornstein_angle", {"v": 2.0, "a": 3.0, "z": 0.9, "g": -1.0, "theta": -0.1}),  # .0021
    ("ornstein", {"v": -1.1072, "a": 2.9299, "z": 0.1309, "g": -0.9017}),  # .0032
    ("ornstein", {"v": 1.5, "a": 2.8, "z": 0.88, "g": -0.9}),  # .0023
    ("ornstein", {"v": 0.3, "a": 2.5, "z": 0.9, "g": -5.0}),  # .0426
    ("conflict_ds", {"v": -0.82978, "a": 3.0, "z": 0.1} | RELAX),  # .0021
    ("gamma_drift", {"v": 0.0, "a": 1.0, "z": 0.5, "shape": 1.01, "scale": 0.5, "c": 3.0}),  # .0124
    ("gamma_drift", {"v": 0.0, "a": 1.0, "z": 0.5, "shape": 1.5, "scale": 0.5, "c": 3.0}),  # .0023
    ("weibull", {"v": 1.0, "a": 1.0, "z": 0.95, "alpha": 0.7, "beta": 3.0}),  # .0050
    ("weibull", {"v": -2.0, "a": 2.0, "z": 0.04, "alpha": 0.31, "beta": 0.31}),  # .0040
]
QUICK = [CASES[i] for i in (0, 6, 8, 10)]
LEAST_P = 1e-6  # of one comparison; there are about a thousand in the slow suite
SETS = 50


def sample(model, theta, n, seed=3, **more):
    out = simulator(theta | {"t": 0.0}, model=model, n_samples=n, max_t=100.0, random_state=seed,
                    delta_t=0.01, return_option="minimal", method="bridge", **more)  # fmt: skip
    return out["rts"].ravel(), out["choices"].ravel()


def p_value(model, theta, n, s=1.0, seed=3):
    law = laws.law(model, theta | {"t": 0.0}, s)
    return aimed.p_value(aimed.distance(*sample(model, theta, n, seed, sigma_noise=s), law), n)


@pytest.mark.parametrize(("model", "theta"), QUICK)
def test_hard_sets(model, theta):
    assert p_value(model, theta, 400_000) > LEAST_P


@pytest.mark.slow
@pytest.mark.parametrize(("model", "theta"), CASES)
def test_hard_sets_at_four_million(model, theta):
    assert p_value(model, theta, 4_000_000) > LEAST_P


def bounds_of(model):
    config = model_config[model]
    return dict(zip(config["params"], zip(*config["param_bounds"], strict=True), strict=True))


def aimed_p_values(model, n_sets, n):
    rng = np.random.default_rng([7, laws.BENT.index(model)])
    for seed in range(n_sets):
        theta = laws.solvable(model, aimed.aimed_set(bounds_of(model), rng))
        yield p_value(model, theta, n, seed=seed), theta


@pytest.mark.parametrize("model", laws.BENT[::2])
def test_an_aimed_set(model):
    for p, theta in aimed_p_values(model, 1, 100_000):
        assert p > LEAST_P, theta


@pytest.mark.sweep
@pytest.mark.parametrize("model", laws.BENT)
def test_aimed_sets(model):
    found = list(aimed_p_values(model, SETS, 1_000_000))
    assert min(found, key=lambda one: one[0])[0] > LEAST_P, min(found, key=lambda one: one[0])
    assert stats.kstest([p for p, _ in found], "uniform").pvalue > 1e-5


@pytest.mark.parametrize(("z", "n"), [(0.02, 2_000_000), (0.05, 4_000_000)])
def test_early_exits_at_the_far_side(z, n):
    """Paths that touch both sides within a step left at the first: others were 1.1 to 1.6 times."""
    t = np.linspace(0.01, 3.0, 10_000)
    passed = wiener.distribution(t, 1, 0.0, 1.0, 2 * z - 1)
    early = int(np.searchsorted(passed, 0.01 * z))  # P(up) is z without drift
    rts, choices = sample("ddm", {"v": 0.0, "a": 1.0, "z": z}, n)
    count = np.sum((choices == 1) & (rts > 0) & (rts <= t[early]))
    assert stats.binomtest(int(count), n, passed[early]).pvalue > LEAST_P


TAILS = [
    ("weibull", {"v": 0.5, "a": 1.5, "z": 0.02, "alpha": 3.0, "beta": 2.0}),
    ("ornstein", {"v": -0.5, "a": 1.5, "z": 0.02, "g": -0.8}),
    ("ornstein", {"v": 0.5, "a": 1.5, "z": 0.4, "g": 0.8}),
    ("conflict_ds", {"v": 0.5, "a": 1.5, "z": 0.02} | RELAX | {"tcoh": 0.2, "dcoh": 0.1}),
    ("gamma_drift", {"v": 0.0, "a": 1.0, "z": 0.98, "shape": 1.5, "scale": 0.5, "c": 1.0}),
]


@pytest.mark.slow
@pytest.mark.parametrize(("model", "theta"), TAILS)
def test_early_and_late_tails_of_each_choice(model, theta):
    n, law = 4_000_000, laws.law(model, theta | {"t": 0.0})
    rts, choices = sample(model, theta, n)
    for side in (-1, 1):
        grid = np.linspace(0, law.end, 200_000)
        passed = law.cdf(grid, side)
        times = np.sort(rts[(choices == side) & (rts > 0)])
        for share in (0.01, 0.05, 0.95, 0.99):
            at = int(np.searchsorted(passed, share * law.probability(side)))
            p = passed[at]
            found = np.searchsorted(times, grid[at], side="right") / n
            # the law itself is right to 1e-5, and to 1e-3 of small probabilities
            noise = np.sqrt(p * (1 - p) / n)
            assert abs(found - p) <= 5 * noise + min(1e-5, 1e-3 * p), (side, share)
