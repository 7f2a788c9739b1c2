"""Ballistic accumulators, counters and softmax choices against their laws."""

import numpy as np
import pytest
from scipy import stats

from reference import accumulators as laws
from reference.race import RaceLaw, distance, noise_of_distance
from ssms import Simulator

MAX_T = 50.0
EARLY = np.geomspace(1e-12, 1e-4, 300)[:-1]
TIMES = np.concatenate([EARLY, np.linspace(1e-4, 4.0, 8001), np.geomspace(4.0, MAX_T, 1500)[1:]])
RL = {"vRL0": 0.5, "vRL1": 0.3, "vRL2": 0.2}
WM = {"vWM0": 0.1, "vWM1": 0.5, "vWM2": 0.4}
THREE = {"v0": 0.5, "v1": 0.3, "v2": 0.2}
AZ = {"a": 0.5, "z": 0.2}


def values(theta, stem):
    return [theta[name] for name in theta if name.rstrip("0123456789") == stem]


def lba(theta, **noise):
    a, z = theta.get("b", theta.get("a")), theta.get("A", theta.get("z"))
    slope = np.tan(theta.get("theta", 0.0))
    sds = noise.get("sds", [theta.get("sd", 0.1)] * 9)
    drifts = values(theta, "v")
    return [
        laws.lba_survival(TIMES, v, sd, a, z, slope) for v, sd in zip(drifts, sds, strict=False)
    ]


def two_systems(theta):
    pairs = zip(values(theta, "vRL"), values(theta, "vWM"), strict=True)
    if "tWM" in theta:
        times = np.concatenate([np.linspace(1e-3, 4.0, 600), np.geomspace(4.0, MAX_T, 200)[1:]])
        at = (theta["tWM"], 0.1, theta["a"], theta["z"])
        return times, [laws.added_systems_survival(times, v, w, *at) for v, w in pairs]
    return [laws.two_systems_survival(TIMES, v, w, 0.1, theta["a"], theta["z"]) for v, w in pairs]


def counters(theta):
    pairs = zip(values(theta, "r"), values(theta, "k"), strict=True)
    return [laws.count_survival(TIMES, r, k) for r, k in pairs]


FOUR = {"v0": 0.2, "v1": 0.3, "v2": 0.5, "v3": 0.1}
CASES = {
    "lba2": ("lba2", {"A": 0.3, "b": 0.5, "v0": 0.5, "v1": 0.3}, lba),
    "lba2, slow: folded": ("lba2", {"A": 0.3, "b": 0.5, "v0": 0.05, "v1": 0.0}, lba),
    "lba2, no start range": ("lba2", {"A": 0.0, "b": 0.4, "v0": 1.0, "v1": 1.1}, lba),
    "lba2, large noise": ("lba2", {"A": 0.9, "b": 1.0, "v0": 0.5, "v1": 0.3, "sd": 1.5}, lba),
    "lba3": ("lba3", {"A": 0.3, "b": 0.5, **THREE}, lba),
    "lba4": ("lba4", {"A": 0.45, "b": 0.5, **FOUR}, lba),
    "lba_3_vs_constraint": ("lba_3_vs_constraint", {**THREE, **AZ}, lba),
    "lba_angle_3": ("lba_angle_3", {"v0": 4.0, "v1": 0.0, "v2": 3.9, **AZ, "theta": 0.7}, lba),
    "lba_angle_3, steep": ("lba_angle_3", {**THREE, "a": 1.1, "z": 0.5, "theta": 1.3}, lba),
    "lba_angle_3_vs_constraint": (
        "lba_angle_3_vs_constraint", {**THREE, **AZ, "theta": 0.2}, lba,
    ),
    "race_v1": ("dev_rlwm_lba_race_v1", {**RL, **WM, **AZ}, two_systems),
    "race_v2": ("dev_rlwm_lba_race_v2", {**RL, **WM, "a": 2.0, "z": 1.9}, two_systems),
    "pw_v1": ("dev_rlwm_lba_pw_v1", {**RL, **WM, **AZ, "tWM": 0.4}, two_systems),
    "pw_v1, fast": (
        "dev_rlwm_lba_pw_v1", {**RL, **WM, "a": 0.15, "z": 0.1, "tWM": 0.3}, two_systems,
    ),
    "poisson_race": (
        "poisson_race", {"r1": 3.0, "r2": 5.0, "k1": 2.5, "k2": 5.0, "t": 0.0}, counters,
    ),
    "poisson_race, one event": (
        "poisson_race", {"r1": 0.7, "r2": 20.0, "k1": 1.0, "k2": 20.0, "t": 0.3}, counters,
    ),
}  # fmt: skip


def compare(simulator, theta, survival, n, seed):
    """Raise if times and winners are further from the law than noise."""
    times = TIMES
    if isinstance(survival, tuple):
        times, survival = survival
    law = RaceLaw(np.concatenate([[0.0], times]), np.insert(np.array(survival), 0, 1.0, 1))
    result = simulator.simulate(theta, n_samples=n, random_state=seed, max_t=MAX_T)
    decision = np.where(result.omitted, np.inf, result.rt - theta.get("t", 0.0)).ravel()
    assert (decision > -1e-6).all()
    winners = np.searchsorted(simulator.choices, result.choice.ravel())
    decided = np.isfinite(decision)
    for winner in range(len(survival)):
        allowed = noise_of_distance(n) + (2e-4 if times is not TIMES else 2e-6)
        assert distance(decision[decided], winners[decided], law, n, winner) < allowed
    finished = 1.0 - np.prod([s[-1] for s in survival])
    assert abs(decided.mean() - finished) < noise_of_distance(n) + 1e-4


@pytest.mark.parametrize("case", CASES)
def test_times_and_winners_follow_their_law(case):
    model, theta, law = CASES[case]
    compare(Simulator(model), theta, law(theta), 50_000, 3)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_times_and_winners_follow_their_law_to_noise(case):
    model, theta, law = CASES[case]
    compare(Simulator(model), theta, law(theta), 1_000_000, 4)


@pytest.mark.parametrize("shape", [0.4, 0.9, 1.0, 1.5, 20.0])
def test_waiting_times_are_gamma(shape):
    """Of a counter whose rival hardly ever comes first; below shape 1 densities are infinite."""
    theta = {"r1": 2.0, "r2": 1e-3, "k1": shape, "k2": 200.0, "t": 0.0}
    out = Simulator("poisson_race").simulate(theta, n_samples=200_000, random_state=4, max_t=1e6)
    assert (out["choices"] == -1).all()
    assert stats.kstest(out["rts"].ravel(), stats.gamma(shape, scale=0.5).cdf).pvalue > 1e-4


def test_each_accumulator_may_have_its_own_noise():
    theta = {"A": 0.3, "b": 0.5, "v0": 0.5, "v1": 0.3}
    sds = [0.05, 0.4]
    compare(Simulator("lba2"), {**theta, "s0": 0.05, "s1": 0.4}, lba(theta, sds=sds), 50_000, 5)


def test_spot_values_of_the_folded_law():
    survival = laws.lba_survival(np.array([1.5, 3.0, 5.0, 10.0]), 0.05, 0.1, 0.5, 0.3)
    assert np.allclose(1.0 - survival**2, [0.1218, 0.5318, 0.7888, 0.9414], atol=1e-4)
    at = np.array([0.3, 0.4, 0.5, 0.6])
    survival = laws.lba_survival(at, 0.2, 0.1, 0.5, 0.3, np.tan(0.5))
    assert np.allclose(1.0 - survival**3, [0.2508, 0.7001, 0.9258, 0.9929], atol=1e-4)


def test_laws_of_two_systems_agree_where_one_is_as_the_other():
    times = np.linspace(0.2, 3.0, 15)
    added = laws.added_systems_survival(times, 0.5, 0.3, 5.0, 0.1, 0.5, 0.2)
    assert np.allclose(added, laws.lba_survival(times, 0.5, 0.1, 0.5, 0.2), atol=1e-5)
    rng = np.random.default_rng(1)  # and with draws of the definition
    k = rng.uniform(0, 0.2, 400_000)
    v, w = (np.abs(rng.normal(m, 0.1, k.size)) for m in (0.5, 0.3))
    for t in (0.3, 0.8):
        inside = k + v * t + w * max(t - 0.2, 0.0) < 0.5
        law = laws.added_systems_survival(np.array([t]), 0.5, 0.3, 0.2, 0.1, 0.5, 0.2)
        assert abs(inside.mean() - law[0]) < noise_of_distance(k.size)
        inside = k + np.maximum(v, w) * t < 0.5
        law = laws.two_systems_survival(np.array([t]), 0.5, 0.3, 0.1, 0.5, 0.2)
        assert abs(inside.mean() - law[0]) < noise_of_distance(k.size)


SOFTMAX = {
    "two": [2.0, 0.1, 0.9],
    "three": [10.0, 0.5, 0.6, 0.4],
    "four, alike": [0.0, 0.1, 0.9, 0.5, 0.3],
    "four": [5.0, 0.1, 0.9, 0.5, 1.0],
}


@pytest.mark.parametrize("n", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("case", SOFTMAX)
def test_choices_have_their_shares(case, n):
    beta, *q = SOFTMAX[case]
    simulator = Simulator(f"inv_temp_softmax_{len(q)}")
    result = simulator.simulate(SOFTMAX[case], n_samples=n, random_state=6)
    weights = np.exp(beta * np.array(q))
    counts = np.bincount(result.choice.ravel(), minlength=len(q))
    assert stats.chisquare(counts, n * weights / weights.sum()).pvalue > 1e-6


def test_huge_values_make_the_largest_certain():
    result = Simulator("inv_temp_softmax_3").simulate([1e3, -50.0, 50.0, 0.0], n_samples=100)
    assert (result.choice == 1).all()


def test_without_noise_the_times_are_those_of_the_lines():
    theta = {"A": 0.0, "b": 0.5, "v0": 0.5, "v1": 0.3}
    result = Simulator("lba2").simulate(theta, n_samples=4, no_noise=True)
    assert np.allclose(result.rt, 1.0)
    assert (result.choice == 0).all()


def test_accumulators_that_never_arrive_are_omissions():
    theta = {"A": 0.2, "b": 0.5, "v0": 0.0, "v1": 0.0}
    result = Simulator("lba2").simulate(theta, n_samples=4, no_noise=True)
    assert result.omitted.all()
    assert (result.choice == 0).all()


def test_six_accumulators_and_counters_need_no_code():
    from ssms.config.catalogue.ballistic import lba as lba_spec
    from ssms.config.catalogue.counting import poisson_race

    theta = {"A": 0.3, "b": 0.5} | {f"v{i}": 0.1 * i for i in range(6)}
    compare(Simulator(lba_spec(6).config()), theta, lba(theta), 50_000, 8)
    theta = {f"r{i}": 0.5 + i for i in (1, 2, 3)} | {f"k{i}": 1.0 + i for i in (1, 2, 3)}
    theta |= {"t": 0.2}
    compare(Simulator(poisson_race(3).config()), theta, counters(theta), 50_000, 9)
