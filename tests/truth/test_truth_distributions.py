"""Choices, times, means and omissions of every constant-boundary model against its exact law.

One false alarm in 10^4 runs of the whole set is allowed: a p-value fails below ALPHA divided by
the number of tests of all comparisons here.  The seeds are fixed, so a result does not flicker.
"""

import zlib

import numpy as np
import pytest
from scipy import stats

from reference import agreement, models
from ssms.basic_simulators.simulator import simulator
from ssms.config import model_config

pytestmark = pytest.mark.filterwarnings("ignore:.*start that varies by more than:UserWarning")

ALPHA = 1e-4
TESTS_PER_COMPARISON = 8
SETS_PER_MODEL = 10

CORNERS = [
    ("ddm", {"v": 1.0, "a": 1.0, "z": 0.01, "t": 0.0}, 1.0),
    ("ddm", {"v": 0.5, "a": 0.05, "z": 0.3, "t": 0.2}, 1.0),
    ("ddm", {"v": 10.0, "a": 1.0, "z": 0.5, "t": 0.0}, 1.0),
    ("ddm", {"v": -10.0, "a": 2.5, "z": 0.99, "t": 0.3}, 1.0),
    ("ddm", {"v": 0.0, "a": 10.0, "z": 0.5, "t": 0.0}, 1.0),
    ("ddm", {"v": 0.2, "a": 10.0, "z": 0.05, "t": 1.0}, 1.0),
    ("ddm", {"v": 10.0, "a": 10.0, "z": 0.02, "t": 0.0}, 1.0),
    ("ddm", {"v": 0.7, "a": 1.0, "z": 0.35, "t": 0.1}, 0.3),
    ("ddm", {"v": -2.0, "a": 2.0, "z": 0.6, "t": 0.1}, 3.0),
    ("ddm_sdv", {"v": 0.5, "a": 1.5, "z": 0.2, "t": 0.1, "sv": 6.0}, 1.0),
    ("ddm_sdv", {"v": -3.0, "a": 10.0, "z": 0.8, "t": 0.1, "sv": 2.0}, 2.0),
    ("ddm_st", {"v": 1.0, "a": 0.3, "z": 0.5, "t": 0.25, "st": 0.25}, 1.0),
    ("ddm_normal_st", {"v": 1.0, "a": 0.3, "z": 0.7, "t": 0.25, "st": 0.25}, 1.0),
    ("ddm_truncnormt", {"v": 1.0, "a": 0.3, "z": 0.7, "mt": 0.05, "st": 0.5}, 1.0),
    ("ddm_truncnormt", {"v": 1.0, "a": 0.3, "z": 0.7, "mt": -0.5, "st": 0.2}, 1.0),
    ("ddm_rayleight", {"v": 3.0, "a": 0.3, "z": 0.3, "st": 1.0}, 1.0),
    # starts beyond a boundary; and a range as wide as the band
    ("full_ddm", {"v": 1.0, "a": 0.3, "z": 0.7, "t": 0.3, "sz": 0.2, "sv": 1.0, "st": 0.1}, 1.0),
    ("full_ddm", {"v": 0.0, "a": 0.3, "z": 0.5, "t": 0.3, "sz": 0.3, "sv": 2.0, "st": 0.0}, 0.7),
    ("full_ddm_rv", {"v": -1.0, "a": 2.0, "z": 0.7, "t": 0.3, "sz": 0.4, "sv": 1.0, "st": 0.3}, 1),
]  # fmt: skip

# as much of the box as fits into a second, for every run of the default suite
QUICK = [
    ("ddm", {"v": 0.8, "a": 1.2, "z": 0.35, "t": 0.3}, 1.0),
    ("ddm_sdv", {"v": 0.5, "a": 1.0, "z": 0.4, "t": 0.2, "sv": 1.5}, 1.0),
    ("ddm_st", {"v": -1.0, "a": 0.8, "z": 0.6, "t": 0.4, "st": 0.2}, 1.0),
    ("ddm_normal_st", {"v": 1.0, "a": 0.6, "z": 0.5, "t": 0.5, "st": 0.15}, 1.0),
    ("ddm_truncnormt", {"v": 1.0, "a": 0.6, "z": 0.5, "mt": 0.2, "st": 0.3}, 1.0),
    ("ddm_rayleight", {"v": -0.5, "a": 0.6, "z": 0.4, "st": 0.3}, 1.0),
    ("full_ddm", {"v": 0.7, "a": 1.0, "z": 0.4, "t": 0.4, "sz": 0.2, "sv": 1.0, "st": 0.2}, 1.0),
    ("full_ddm2", {"v": 0.7, "a": 1.0, "z": 0.6, "t": 0.4, "sz": 0.1, "sv": 2.0, "st": 0.2}, 0.5),
    ("full_ddm_rv", {"v": 0.7, "a": 1.0, "z": 0.4, "t": 0.4, "sz": 0.2, "sv": 1.0, "st": 0.2}, 1.0),
]  # fmt: skip


def random_cases():
    """Return parameter sets drawn from the training bounds of every model."""
    cases = []
    for model in models.MODELS:
        rng = np.random.default_rng(zlib.crc32(model.encode()))
        bounds = model_config[model]["param_bounds_dict"]
        cases += [(model, models.random_theta(bounds, rng), 1.0) for _ in range(SETS_PER_MODEL)]
    return cases


RANDOM = random_cases()
LIMITED_SHARE = 3  # every so manieth random case is also run with a deadline
LIMITED = [case for i, case in enumerate(CORNERS + RANDOM) if i % LIMITED_SHARE == 0]
COMPARISONS = 2 * len(QUICK) + 2 * (len(CORNERS) + len(RANDOM)) + len(LIMITED) + 8
POOLED = 3  # models whose deviations are also pooled, each in four tests
THRESHOLD = ALPHA / (TESTS_PER_COMPARISON * COMPARISONS + 4 * POOLED)


def name(case):
    return "-".join([case[0], *(f"{key}{value:.3g}" for key, value in case[1].items())])


def assert_agrees(result, law):
    values = agreement.p_values(result["rts"], result["choices"], law)
    assert len(values) <= TESTS_PER_COMPARISON
    failed = {test: p for test, p in values.items() if p < THRESHOLD}
    assert not failed, f"{law}: {failed} below {THRESHOLD:.1e}"


def run(model, theta, s, n, *, spread=False, deadline=None, max_t=None, seed=0):
    """Simulate n trials and compare them; ``spread``: n trials of one sample, not one of n."""
    if deadline is not None:
        model, theta = f"{model}_deadline", {**theta, "deadline": deadline}
    law = models.law(model, theta, s, np.inf if max_t is None else max_t)
    if max_t is None:  # long enough that nothing is cut off
        max_t = float(np.ceil(law.decision.edges[-1]))
    given = {**theta, "s": s}
    if spread:
        given = {key: np.full(n, value) for key, value in given.items()}
    result = simulator(
        given,
        model=model,
        n_samples=1 if spread else n,
        max_t=max_t,
        delta_t=0.01,
        random_state=seed,
        return_option="minimal",
    )
    assert result["rts"].size == n
    assert_agrees(result, law)


def median_rt(model, theta, s):
    """Return the median of the law: a deadline there cuts half."""
    law = models.law(model, theta, s)
    low, high = -5.0, float(law.decision.edges[-1] + law.nondecision.support[1])
    for _ in range(40):
        middle = (low + high) / 2
        reached = sum(law.cdf(middle, side)[0] for side in (-1, 1))
        low, high = (middle, high) if reached < 0.5 else (low, middle)
    return low


@pytest.mark.parametrize("case", QUICK, ids=name)
def test_quick(case):
    run(*case, 200_000, seed=1)


@pytest.mark.parametrize("case", QUICK, ids=name)
def test_quick_with_a_deadline_and_a_time_limit(case):
    # the second of both cuts too
    deadline = median_rt(*case)
    run(*case, 200_000, deadline=deadline, max_t=deadline * 0.7, spread=True, seed=2)


@pytest.mark.slow
@pytest.mark.parametrize("case", CORNERS + RANDOM, ids=name)
def test_many_samples_of_one_set(case):
    run(*case, 1_000_000, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize("case", CORNERS + RANDOM, ids=name)
def test_many_trials_of_one_sample(case):
    run(*case, 1_000_000, spread=True, seed=4)


@pytest.mark.slow
@pytest.mark.parametrize("case", LIMITED, ids=name)
def test_omissions_and_their_labels(case):
    deadline = max(median_rt(*case), 1e-3)
    run(*case, 1_000_000, deadline=deadline, max_t=deadline * 0.8, seed=5)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["ddm", "ddm_sdv", "full_ddm"])
def test_no_common_bias_over_the_training_bounds(model):
    # what is too small to see in one parameter set adds up over fifty
    rng = np.random.default_rng(zlib.crc32(model.encode()) + 1)
    bounds, n, n_sets = model_config[model]["param_bounds_dict"], 1_000_000, 50
    late, upward, times, means = [], [], [], []
    for seed in range(n_sets):
        theta = models.random_theta(bounds, rng)
        law = models.law(model, theta)
        max_t = float(np.ceil(law.decision.edges[-1]))
        result = simulator(theta, model=model, n_samples=n, max_t=max_t, delta_t=0.01,
                           random_state=seed, return_option="minimal")  # fmt: skip
        values = agreement.p_values(result["rts"], result["choices"], law)
        times += [values["KS of +1"]] if "KS of +1" in values else []
        means.append(values["mean"])
        mean, variance = law.mean_and_variance
        late.append((result["rts"].mean(dtype=float) - mean) / np.sqrt(variance / n))
        up = law.probability(1)
        upward.append((np.mean(result["choices"] == 1) - up) / np.sqrt(up * (1 - up) / n))
    for deviations in (late, upward):
        assert abs(np.sum(deviations)) / np.sqrt(n_sets) < stats.norm.isf(THRESHOLD / 2)
    for values in (times, means):
        assert stats.kstest(values, "uniform").pvalue > THRESHOLD


@pytest.mark.parametrize(
    ("theta", "deadline"),
    [
        ({"v": 1.0, "a": 1.0, "z": 0.5, "t": 0.5}, 0.3),  # before the decision begins: a fair coin
        ({"v": 1.0, "a": 1.0, "z": 0.4, "t": 0.5}, 0.3),  # the side of the start
        ({"v": -1.0, "a": 1.0, "z": 0.5, "t": 0.3}, 0.3001),  # a moment after it began
        ({"v": 1.0, "a": 1.0, "z": 0.7, "t": 0.3}, 0.5),
    ],
)
def test_a_deadline_close_to_the_start(theta, deadline):
    run("ddm", theta, 1.0, 100_000, deadline=deadline, max_t=20.0, seed=6)


def test_max_t_alone_makes_omissions_with_the_side_as_label():
    run("ddm", {"v": 0.3, "a": 2.0, "z": 0.45, "t": 0.3}, 1.0, 200_000, max_t=2.0, seed=7)
    run("full_ddm", QUICK[6][1], 1.0, 200_000, max_t=0.5, seed=8)


def test_each_trial_has_its_own_parameters_and_noise():
    # two alternating sets, one call: what belongs to one must not leak into the other
    sets = [
        ({"v": 2.0, "a": 0.7, "z": 0.3, "t": 0.1}, 1.0),
        ({"v": -1.0, "a": 1.5, "z": 0.6, "t": 0.4}, 2.0),
    ]
    theta = {key: np.tile([given[key] for given, _ in sets], 1000) for key in sets[0][0]}
    theta["s"] = np.tile([s for _, s in sets], 1000)
    result = simulator(theta, model="ddm", n_samples=100, max_t=200, delta_t=0.01, random_state=9)
    for i, (given, s) in enumerate(sets):
        part = {key: result[key].reshape(100, 2000)[:, i::2] for key in ("rts", "choices")}
        assert_agrees(part, models.law("ddm", given, s))
