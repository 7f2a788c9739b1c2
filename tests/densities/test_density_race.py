"""Races of independent accumulators against their survival functions; choices without a time."""

import numpy as np
import pytest
from scipy.special import betainc, ndtr

from densities.differences import check_gradient
from reference.accumulators import (
    added_systems_survival,
    count_survival,
    lba_survival,
    two_systems_survival,
)
from reference.race import reflected_survival
from ssms import Simulator, densities
from ssms.errors import ConfigError

LBA = {"A": 0.3, "b": 0.5, "v0": 0.25, "v1": 0.5, "v2": 0.3}
AZ = {"v0": 0.5, "v1": 0.3, "v2": 0.2, "a": 0.6, "z": 0.25}
RLWM = {"vRL0": 0.5, "vRL1": 0.3, "vRL2": 0.2, "vWM0": 0.6, "vWM1": 0.15, "vWM2": 0.25,
        "a": 0.6, "z": 0.25}  # fmt: skip
COUNTS = {"r1": 3.0, "r2": 4.0, "k1": 2.0, "k2": 3.5, "t": 0.2}
THETA = {
    "lba3": LBA,
    "lba_angle_3": AZ | {"theta": 0.3},
    "dev_rlwm_lba_race_v1": RLWM,
    "dev_rlwm_lba_race_v2": RLWM | {"vRL0": 1.4},
    "dev_rlwm_lba_pw_v1": RLWM | {"tWM": 0.3},
    "poisson_race": COUNTS,
    "racing_diffusion_3": {"v0": 1.0, "v1": 0.4, "v2": 1.6, "A": 0.5, "b": 1.2, "t": 0.2},
    "race_3": {
        "v0": 1.0,
        "v1": 0.4,
        "v2": 1.6,
        "a": 1.1,
        "z0": 0.2,
        "z1": 0.1,
        "z2": 0.4,
        "t": 0.2,
    },
}
WEIGHTED = ("lba3", "lba_angle_3", "poisson_race", "racing_diffusion_3")


def wald_survival(t, v, width, b):
    """Return the survival function of a Wald time, averaged over a uniform start."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    d = (b - width * (1 + nodes) / 2)[:, None]
    reflected = np.exp(2 * v * d) * ndtr(-(d + v * t) / np.sqrt(t))
    return weights / 2 @ (ndtr((d - v * t) / np.sqrt(t)) - reflected)


def survivals(model, t):
    """Return the survival function of each accumulator at decision times t."""
    p = THETA[model]
    if model == "poisson_race":
        return [count_survival(t, p[f"r{i}"], p[f"k{i}"]) for i in (1, 2)]
    if model == "racing_diffusion_3":
        return [wald_survival(t, p[f"v{i}"], p["A"], p["b"]) for i in range(3)]
    a, z = p.get("a", p.get("b")), p.get("z", p.get("A"))
    if "rlwm" not in model:
        slope = np.tan(p.get("theta", 0.0))
        return [lba_survival(t, p[f"v{i}"], 0.1, a, z, slope) for i in range(3)]
    pairs = [(p[f"vRL{i}"], p[f"vWM{i}"]) for i in range(3)]
    if "pw" in model:
        return [added_systems_survival(t, v, w, p["tWM"], 0.1, a, z) for v, w in pairs]
    return [two_systems_survival(t, v, w, 0.1, a, z) for v, w in pairs]


@pytest.mark.parametrize("model", [m for m in THETA if m != "race_3"])
def test_against_the_survival_functions(model):
    """The density of a winner is -S'(t) times the survival of the others."""
    t = np.linspace(0.35, 1.6, 18)
    h = 1e-4
    before, here, after = (survivals(model, t + s * h) for s in (-1, 0, 1))
    choices = Simulator(model).choices
    ndt = THETA[model].get("t", 0.0)
    for winner, choice in enumerate(choices):
        wanted = (before[winner] - after[winner]) / (2 * h)
        for other in range(len(choices)):
            if other != winner:
                wanted = wanted * here[other]
        got = np.exp(densities.logpdf(model, THETA[model], t + ndt, choice))
        np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=2e-7)
    none = densities.sf(model, THETA[model], t + ndt)
    np.testing.assert_allclose(none, np.prod(here, axis=0), rtol=2e-5, atol=1e-9)


@pytest.mark.parametrize("model", THETA)
def test_everything_adds_up(model):
    theta, choices = THETA[model], Simulator(model).choices
    times = np.array([0.5, 0.9, 1.7])
    total = densities.sf(model, theta, times)
    for choice in choices:
        total = total + densities.cdf(model, theta, times, choice)
    np.testing.assert_allclose(total, 1.0, atol=1e-8)
    sides = densities.choice_probability(model, theta, choices, max_t=0.9).sum()
    none = densities.omission_probability(model, theta, max_t=0.9)
    assert sides + none == pytest.approx(1.0, abs=1e-8)
    assert densities.logpdf(model, theta, -999.0, 0, max_t=0.9) == pytest.approx(np.log(none))


@pytest.mark.parametrize("model", THETA)
def test_against_the_simulator(model):
    n, theta = 100_000, THETA[model]
    out = Simulator(model).simulate(theta, n_samples=n, max_t=1e6, random_state=3)
    rt, choice = out["rts"][:, 0].astype(float), out["choices"][:, 0]
    for label in Simulator(model).choices:
        own = np.sort(rt[choice == label])
        if own.size < 1000:
            continue
        grid = np.quantile(own, np.linspace(0.05, 0.99, 10))
        seen = np.searchsorted(own, grid, side="right") / n
        law = densities.cdf(model, theta, grid, label)
        assert np.abs(seen - law).max() < np.sqrt(np.log(2e7) / (2 * n))


@pytest.mark.parametrize("model", WEIGHTED)
def test_tails_are_finite(model):
    theta = THETA[model]
    rt = np.array([1e-3, 0.01, 0.05, 20.0, 500.0])
    values = densities.logpdf(model, theta, rt, 1)
    assert not np.isnan(values).any()
    assert (values < np.inf).all()
    assert densities.logpdf(model, theta, 0.0, 1) == -np.inf


@pytest.mark.parametrize("model", THETA)
def test_gradient(model):
    theta = THETA[model]
    theta = {name: theta[name] for name in Simulator(model).params}
    rt = np.array([0.6, 0.9, 1.3])
    choice = np.array([1, Simulator(model).choices[0], 1])
    step = 5e-4
    check_gradient(model, theta, rt, choice, relative=1e-5, step=step)


def test_gamma_race_wins():
    """P(1 wins) is a regularised incomplete beta function."""
    wanted = betainc(2.0, 3.5, 3.0 / 7.0)
    assert densities.choice_probability("poisson_race", COUNTS, -1) == pytest.approx(
        wanted, abs=1e-9
    )


def test_reflected_accumulators():
    """Against a forward equation in finite volumes."""
    p, t = THETA["race_3"], np.linspace(0.0, 2.0, 1001)
    wanted = np.prod(
        [
            reflected_survival(p[f"v{i}"], lambda t: p["a"] + 0 * t, p[f"z{i}"] * p["a"], t)
            for i in range(3)
        ],
        axis=0,
    )
    here = slice(20, None, 70)
    got = densities.sf("race_3", p, t[here] + 0.2)
    np.testing.assert_allclose(got, wanted[here], atol=2e-3)


def test_starts_above_the_threshold_win_at_once():
    theta = {"v0": 1.0, "v1": 0.4, "v2": 1.6, "A": 0.8, "b": 0.6, "t": 0.2}
    at_once = (1 - 0.75**3) / 3
    for choice in range(3):
        got = densities.cdf("racing_diffusion_3", theta, 0.2, choice)
        assert got == pytest.approx(at_once, abs=1e-12)
    total = densities.choice_probability("racing_diffusion_3", theta, [0, 1, 2]).sum()
    assert total == pytest.approx(1.0, abs=1e-8)
    assert densities.sf("racing_diffusion_3", theta, 0.2) == pytest.approx(0.75**3)


def test_accumulators_that_are_not_independent_are_refused():
    with pytest.raises(ConfigError, match=r"no density that is known; .*LogKDE"):
        densities.logpdf("lca_3", list(Simulator("lca_3").defaults.values()), 0.8, 1)


def test_softmax():
    theta = {"beta": 2.0, "q0": 0.1, "q1": 0.7, "q2": 0.3}
    weights = np.exp(2.0 * np.array([0.1, 0.7, 0.3]))
    wanted = weights / weights.sum()
    got = densities.logpdf("inv_temp_softmax_3", theta, -1.0, [0, 1, 2])
    np.testing.assert_allclose(np.exp(got), wanted, rtol=1e-14)
    np.testing.assert_allclose(
        densities.choice_probability("inv_temp_softmax_3", theta, [0, 1, 2]), wanted, rtol=1e-14
    )
    assert densities.omission_probability("inv_temp_softmax_3", theta) == 0.0
    with pytest.raises(ConfigError, match="has no response time"):
        densities.cdf("inv_temp_softmax_3", theta, 0.5)


def test_no_noise_has_no_density():
    with pytest.raises(ConfigError, match="noise is 0"):
        densities.logpdf("lba3", LBA, 0.5, 1, sigma_noise=0.0)


@pytest.mark.parametrize("model", ["race_3", "race_no_z_2", "racing_diffusion_3", "lba2"])
def test_distribution_function_of_many_times_is_that_of_each(model):
    """Times of a call share what is summed up; their order and company do not matter."""
    theta, choices = Simulator(model).defaults, Simulator(model).choices
    rt = np.array([3.0, 0.3, 1.0, np.inf, 0.7, -1.0, 1.0, 0.0])
    together = densities.cdf(model, theta, rt[:, None], np.array(choices))
    each = [[densities.cdf(model, theta, t, choice) for choice in choices] for t in rt]
    np.testing.assert_allclose(together, each, rtol=1e-13)
    assert (np.diff(together[np.argsort(rt)], axis=0) >= 0.0).all()
    gone = densities.sf(model, theta, rt)
    np.testing.assert_allclose(together.sum(axis=1) + gone, 1.0, atol=1e-9)
