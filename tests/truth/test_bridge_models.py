"""Moving boundaries, changing drifts and leak against independent solutions.

Times and choices against an integral equation; where that has no answer, against closed forms of
the side and the mean time of exit, and against small steps.  What is asserted is what is promised:
mean times within 1 ms and choice probabilities within 0.001, beyond the noise of the sample.
"""

import numpy as np
import pytest
from scipy import stats

from reference import agreement, exit_side, laws, models
from reference.bridge_samples import MEAN, NOISE, PROBABILITY, check, sample
from ssms.basic_simulators.simulator import Simulator, simulator
from ssms.config import model_config

START = {"v": 0.3, "a": 1.2, "z": 0.4, "t": 0.0}
RELAX = {"tinit": 1.0, "dinit": 3.0, "tslope": 3.0, "dslope": 4.0, "tfixedp": 3.0, "tcoh": 0.7,
         "dcoh": -0.8}  # fmt: skip
SHOWN = {"vt": 3.0, "vd": 4.0, "tcoh": 0.8, "dcoh": -0.9, "tonset": 0.25, "donset": 0.1}
SPOT = {"v": 0.0, "a": 0.8, "z": 0.5, "t": 0.0, "ptarget": 5.0, "pouter": -5.0, "pinner": -2.0}

CASES = [
    ("weibull", START | {"alpha": 0.31, "beta": 0.31}),  # infinite slope at 0
    ("weibull", START | {"a": 2.0, "alpha": 0.6, "beta": 2.0}),
    ("weibull", START | {"a": 2.0, "alpha": 4.9, "beta": 0.4}),  # closes within 0.1 s
    ("weibull", START | {"z": 0.005, "alpha": 2.0, "beta": 1.0}),  # starts at 1 % of the boundary
    ("gamma_drift", START | {"shape": 2.0, "scale": 0.01, "c": 3.0}),  # over within 20 ms
    ("gamma_drift", START | {"shape": 5.0, "scale": 0.1, "c": 3.0}),
    ("gamma_drift", START | {"shape": 10.0, "scale": 0.3, "c": -3.0}),
    ("gamma_drift_angle", START | {"shape": 3.0, "scale": 0.2, "c": 2.0, "theta": 1.3}),  # meets
    ("gamma_drift_angle", START | {"shape": 3.0, "scale": 0.2, "c": -2.0, "theta": -0.1}),  # opens
    ("conflict_ds", START | RELAX),
    ("conflict_dsstimflex", START | RELAX | {"tonset": 0.3, "donset": 0.1}),
    ("conflict_stimflex", START | SHOWN),
    ("conflict_stimflexrel1_angle", START | SHOWN | {"theta": 0.4}),
    ("conflict_stimflexrel1_leak", START | SHOWN | {"toffset": 0.5, "doffset": 0.3, "g": 1.0}),
    ("shrink_spot_extended", SPOT | {"r": 1.0, "sda": 1.5}),
    ("shrink_spot", SPOT | {"z": 0.3, "r": 0.05, "sda": 1.0}),
    ("ornstein", START | {"g": 1.0}),
    ("ornstein", START | {"v": 0.5, "a": 1.5, "g": -1.0}),
    ("ornstein", START | {"v": 4.0, "g": 5.0}),  # strong leak
    ("ornstein", START | {"z": 0.995, "g": 1.0}),
    ("ornstein_angle", START | {"a": 1.5, "g": 2.0, "theta": 0.4}),
    ("ornstein_angle", START | {"v": 0.1, "a": 1.5, "g": -1.0, "theta": -0.1}),  # both run away
    ("conflict_dsstimflex_angle", START | RELAX | {"tonset": 0.0, "donset": 0.02, "theta": 1.2}),
    ("conflict_stimflexrel1_leak2", START | SHOWN | {"toffset": 0.5, "doffset": 0.3, "gt": 1.0,
                                                     "gd": 1.0}),
    ("shrink_spot_extended", SPOT | {"r": 0.5, "sda": 3.0}),
]  # fmt: skip
QUICK = [CASES[i] for i in (0, 3, 5, 7, 11, 14, 17, 20)]


def name(case):
    return "-".join([case[0], *(f"{key}{value:.3g}" for key, value in case[1].items())])


def compare(model, theta, n, mesh_size, s=1.0):
    """Compare with the law up to the time by which nearly all have left."""
    law = laws.law(model, theta, s, mesh_size)
    rts, choices = sample(model, theta, n, sigma_noise=s)
    found = agreement.deviations(rts, choices, law)
    check(found.mean, MEAN, found.mean_noise)
    for side in agreement.SIDES:
        check(found.share[side], PROBABILITY, found.share_noise[side])
    assert found.ks < 5e-4 + 2.2 / np.sqrt(n)


@pytest.mark.parametrize("case", QUICK, ids=name)
def test_quick(case):
    compare(*case, n=200_000, mesh_size=500)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_million_trials(case):
    compare(*case, n=1_000_000, mesh_size=1400)


# Starts near a boundary whose slope or bend is infinite at 0: paths leave while a cubic through the
# boundary over a whole step is still far from it.
NEAR = [
    (2_000_000, {"a": 0.3, "z": 0.005, "alpha": 0.667, "beta": 7.5}),
    (16_000_000, {"a": 0.3, "z": 0.02, "alpha": 0.667, "beta": 7.5}),
    (16_000_000, {"a": 0.3, "z": 0.1, "alpha": 0.8, "beta": 7.5}),
    (16_000_000, {"a": 1.0, "z": 0.9, "alpha": 1.5, "beta": 3.0}),
]


@pytest.mark.parametrize(
    ("n", "theta"), [NEAR[0], *(pytest.param(*one, marks=pytest.mark.slow) for one in NEAR[1:])]
)
def test_starts_near_a_singular_boundary(n, theta):
    theta = {"v": 0.0, "t": 0.0, **theta}
    law = laws.law("weibull_cdf", theta)
    found = agreement.deviations(*sample("weibull_cdf", theta, n), law)
    assert found.ks < 1e-4 + 2.2 / np.sqrt(n)


# Of fifty sets of the training bounds for each model, those that an earlier schedule of steps
# missed by up to 3 ms: strong drift, and curves that are no parabolas.
WORST = [
    ("ddm", {"v": -2.75, "a": 1.176, "z": 0.878, "t": 0.0}),  # crosses the band within a step
    (
        "gamma_drift",
        {
            "v": -1.469,
            "a": 2.748,
            "z": 0.1151,
            "t": 0.0,
            "shape": 2.579,
            "scale": 0.8524,
            "c": -2.741,
        },
    ),
    (
        "gamma_drift",
        {
            "v": -1.707,
            "a": 1.313,
            "z": 0.8893,
            "t": 0.0,
            "shape": 2.405,
            "scale": 0.2237,
            "c": 2.955,
        },
    ),
    (
        "gamma_drift",
        {
            "v": 2.385,
            "a": 2.847,
            "z": 0.8654,
            "t": 0.0,
            "shape": 2.311,
            "scale": 0.9987,
            "c": 2.182,
        },
    ),
    (
        "gamma_drift_angle",
        {
            "v": -2.537,
            "a": 2.105,
            "z": 0.1128,
            "t": 0.0,
            "theta": 0.4526,
            "shape": 4.086,
            "scale": 0.4052,
            "c": 2.645,
        },
    ),
    (
        "conflict_ds",
        {
            "v": 2.876,
            "a": 1.698,
            "z": 0.8975,
            "t": 0.0,
            "tinit": 4.406,
            "dinit": 2.461,
            "tslope": 0.4659,
            "dslope": 0.6319,
            "tfixedp": 3.368,
            "tcoh": 0.8033,
            "dcoh": 0.7916,
        },
    ),
    (
        "conflict_dsstimflex",
        {
            "v": 0.6714,
            "a": 1.079,
            "z": 0.864,
            "t": 0.0,
            "tinit": 2.814,
            "dinit": 3.647,
            "tslope": 1.423,
            "dslope": 1.471,
            "tfixedp": 2.642,
            "tcoh": 0.8176,
            "dcoh": 0.9633,
            "tonset": 0.535,
            "donset": 0.05211,
        },
    ),
    (
        "shrink_spot_extended",
        {
            "v": -0.6953,
            "a": 2.754,
            "z": 0.897,
            "t": 0.0,
            "ptarget": 3.318,
            "pouter": -5.434,
            "pinner": 0.7268,
            "r": 0.06412,
            "sda": 1.087,
        },
    ),
    (
        "weibull_cdf",
        {"v": -2.168, "a": 2.025, "z": 0.4414, "t": 0.0, "alpha": 3.948, "beta": 1.535},
    ),
    ("weibull", {"v": -2.439, "a": 1.873, "z": 0.3324, "t": 0.0, "alpha": 3.218, "beta": 1.181}),
]


@pytest.mark.slow
@pytest.mark.parametrize("case", WORST, ids=name)
def test_the_worst_of_the_training_bounds(case):
    compare(*case, n=4_000_000, mesh_size=1400)


@pytest.mark.slow
@pytest.mark.parametrize("model", laws.BENT)
@pytest.mark.parametrize("seed", range(3))
def test_parameters_of_the_training_bounds(model, seed):
    rng = np.random.default_rng([seed, *model.encode()])
    theta = models.random_theta(model_config[model]["param_bounds_dict"], rng)
    compare(model, laws.solvable(model, theta), n=1_000_000, mesh_size=1400)


@pytest.mark.parametrize("s", [0.4, 2.5])
def test_quick_with_other_noise(s):
    compare(*CASES[13], n=200_000, mesh_size=500, s=s)


@pytest.mark.slow
@pytest.mark.parametrize("s", [0.4, 2.5])
@pytest.mark.parametrize("case", QUICK, ids=name)
def test_other_noise_with_a_million_trials(case, s):
    compare(*case, n=1_000_000, mesh_size=1400, s=s)


@pytest.mark.slow
def test_times_of_hundreds_of_seconds():
    # in slow motion; single precision rounds to 1/32768 s at 256 s, 1/8192 s at 1024 s
    slower, n = 400.0, 1_000_000
    rate = {"v": 0.3, "g": 1.0}
    theta = START | rate
    slow = START | {key: value / slower for key, value in rate.items()}
    law = laws.law("ornstein", theta)
    rts, choices = sample(
        "ornstein", slow, n, max_t=law.end * slower, sigma_noise=1 / np.sqrt(slower)
    )
    assert np.quantile(rts, 0.9) > 500
    assert np.unique(rts).size > 0.7 * n
    found = agreement.deviations(np.where(rts > 0, rts / slower, rts), choices, law)
    check(found.mean, 0.0, found.mean_noise)
    assert found.ks < 5e-4 + 2.2 / np.sqrt(n)


# ---- closed forms ----


@pytest.mark.parametrize(("v", "z", "g"), [(0.8, 0.5, 1.0), (-0.5, 0.3, 2.5), (0.5, 0.6, -1.0)])
def test_ornstein_leaves_at_the_side_and_mean_time_of_the_closed_forms(v, z, g):
    n, a = 200_000, 1.2
    rts, choices = sample("ornstein", {"v": v, "a": a, "z": z, "g": g, "t": 0.0}, n, max_t=1e4)
    p = exit_side.ornstein_probability_up(v, a, a * (2 * z - 1), g)
    check(np.mean(choices == 1) - p, PROBABILITY, np.sqrt(p * (1 - p) / n))
    mean = exit_side.ornstein_mean_time(v, a, a * (2 * z - 1), g)
    check(rts.mean() - mean, MEAN, rts.std() / np.sqrt(n))


# ---- two parts of evidence ----

PARTS = START | {"vt": 3.0, "vd": 4.0, "tcoh": 0.8, "dcoh": -0.9, "tonset": 0.3, "donset": 0.1,
                 "toffset": 0.8, "doffset": 0.6}  # fmt: skip


def test_two_parts_without_leak_are_one_diffusion():
    theta = PARTS | {"v": 0.0}
    two, one = (
        simulator(theta | leak, model=model, n_samples=100_000, random_state=seed, max_t=30)
        for seed, (model, leak) in enumerate(
            [
                ("conflict_stimflexrel1_leak2", {"gt": 0.0, "gd": 0.0}),
                ("conflict_stimflexrel1_leak", {"g": 0.0}),
            ]
        )
    )
    for side in (1, -1):
        pair = [out["rts"][(out["choices"] == side) & (out["rts"] > 0)] for out in (two, one)]
        assert stats.ks_2samp(*pair).pvalue > 1e-4
        assert abs(pair[0].size - pair[1].size) < NOISE * np.sqrt(2 * pair[0].size)


@pytest.mark.slow
@pytest.mark.parametrize(("gt", "gd"), [(1.0, 0.0), (0.5, 3.0)])
def test_two_leaking_parts_against_small_steps(gt, gd):
    n, dt, rng = 40_000, 2.5e-4, np.random.default_rng(3)
    a, start = PARTS["a"], PARTS["a"] * (2 * PARTS["z"] - 1)
    edge = a - 0.5826 * np.sqrt(dt)  # Broadie, Glasserman & Kou (1997)
    target, distractor = np.zeros(n), np.zeros(n)
    times, sides, active = np.full(n, np.nan), np.zeros(n), np.arange(n)
    for k in range(int(30 / dt)):
        t, noise = k * dt, 0.5 * np.sqrt(dt) * rng.standard_normal(active.size)
        v_t = PARTS["vt"] * PARTS["tcoh"] * (0.2 <= t <= PARTS["toffset"])
        v_d = PARTS["vd"] * PARTS["dcoh"] * (0.0 <= t <= PARTS["doffset"])
        target = target + (v_t - gt * target) * dt + noise
        distractor = distractor + (v_d - gd * distractor) * dt + noise
        x = start + target + distractor
        out = np.abs(x) >= edge
        times[active[out]], sides[active[out]] = t + dt / 2, np.sign(x[out])
        active, target, distractor = active[~out], target[~out], distractor[~out]
        if not active.size:
            break
    theta = PARTS | {"gt": gt, "gd": gd}
    rts, choices = sample("conflict_stimflexrel1_leak2", theta, 400_000, max_t=30.0)
    answered = rts > 0
    noise = np.nanstd(times) / np.sqrt(n)
    check(rts[answered].mean() - np.nanmean(times), 2e-3, noise)
    check(np.mean((choices == 1) & answered) - np.mean(sides == 1), 2e-3, 0.5 / np.sqrt(n))


# ---- the path of sample 0 ----

PATHS = [
    ("weibull", START | {"alpha": 0.8, "beta": 1.0, "t": 0.2}),
    ("conflict_stimflexrel1_leak", START | SHOWN | {"toffset": 1.0, "doffset": 1.0, "g": 1.0}),
    ("conflict_stimflexrel1_leak2", PARTS | {"gt": 1.0, "gd": 0.5, "t": 0.3}),
    ("levy_angle", {"v": 0.3, "a": 1.2, "z": 0.4, "alpha": 1.4, "t": 0.1, "theta": 0.3}),
]


@pytest.mark.parametrize("case", PATHS, ids=lambda case: case[0])
def test_the_trajectory_ends_when_and_where_sample_0_does(case):
    model, theta = case
    for seed in range(20):
        out = simulator(theta, model=model, n_samples=3, random_state=seed, max_t=1.0)
        path = out["metadata"]["trajectory"].ravel()
        boundary = out["metadata"]["boundary"]
        length = int(np.sum(path != -999.0))
        rt, choice = out["rts"].ravel()[0], out["choices"].ravel()[0]
        assert path[0] == pytest.approx(theta["a"] * (2 * theta["z"] - 1), rel=1e-6)
        assert (np.abs(path[: length - 1]) <= 1.02 * boundary[: length - 1]).all()
        if rt < 0:
            assert length >= path.size - 1
            assert np.sign(path[length - 1]) == choice
        else:
            assert length == pytest.approx((rt - theta["t"]) / 0.001, abs=2)
            assert path[length - 1] * choice >= 0.99 * boundary[length - 1]


# ---- one set and many ----

SAME_BITS = [
    *PATHS,
    ("gamma_drift", START | {"shape": 5.0, "scale": 0.1, "c": 3.0}),
    ("ornstein", START | {"g": 1.0}),
    ("shrink_spot", SPOT | {"r": 0.05, "sda": 1.0}),
]


@pytest.mark.parametrize("case", SAME_BITS, ids=lambda case: case[0])
def test_a_trial_does_not_depend_on_those_beside_it(case):
    # one trial takes its steps once for all samples, many trials take theirs sample by sample
    model, theta = case
    alone = simulator(theta, model=model, n_samples=2_000, random_state=5)
    beside = {key: np.array([value, 1.05 * value, 0.9 * value]) for key, value in theta.items()}
    together = simulator(beside, model=model, n_samples=2_000, random_state=5, n_threads=3)
    for key in ("rts", "choices"):
        np.testing.assert_array_equal(together[key][:, 0].ravel(), alone[key].ravel())


# ---- functions of a user's own ----


def test_custom_functions_have_the_distribution_of_their_builtin_twins():
    def boundary(t, a, alpha, beta):
        return a * np.exp(-((t / beta) ** alpha))

    def drift(t, v, vt, tcoh, tonset):
        return v + vt * tcoh * (t >= tonset)

    theta = START | {"alpha": 0.7, "beta": 1.0}
    pair = [
        Simulator("weibull"),
        Simulator("weibull", boundary=boundary, boundary_params=["a", "alpha", "beta"]),
    ]
    compare_samples(pair, theta)
    theta = START | SHOWN | {"vd": 0.0}
    names = ["v", "vt", "tcoh", "tonset"]
    pair = [
        Simulator("conflict_stimflex"),
        Simulator("conflict_stimflex", drift=drift, drift_params=names),
    ]
    compare_samples(pair, theta)


def compare_samples(pair, theta):
    n = 200_000
    outcomes = []
    for seed, source in enumerate(pair):
        read = {name: theta[name] for name in source.config["params"]}
        outcomes.append(source.simulate(read, n_samples=n, random_state=seed, max_t=60))
    first, second = outcomes
    for side in (1, -1):
        exits = [out["rts"][out["choices"] == side] for out in (first, second)]
        assert stats.ks_2samp(*exits).pvalue > 1e-4
        assert abs(exits[0].size - exits[1].size) < NOISE * np.sqrt(2 * exits[0].size)
