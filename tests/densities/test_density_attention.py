"""The law of a drift that follows gaze: identities, an integral equation, and the simulator."""

import numpy as np
import pytest

from reference import density_equation
from ssms import Simulator, densities
from ssms.errors import ConfigError, ParameterError

THETA = {"eta": 0.3, "kappa": 0.6, "a": 1.2, "b": 0.3, "x0": -0.2, "t": 0.1}
ONSETS = [0.0, 0.25, 0.4, 0.9, 1.3]
LINEAR = Simulator("ddm", boundary="addm_collapse")


def looking(onsets=ONSETS, flag=0, n=1, r1=4.0, r2=1.0, **more):
    row = np.array([onsets], float)
    return {
        "r1": np.full(n, r1),
        "r2": np.full(n, r2),
        "flag": np.full(n, flag),
        "sacc_array": np.repeat(row, n, 0),
        "d": np.full(n, row.size),
    } | more


def drifts(theta=THETA, r1=4.0, r2=1.0):
    return (
        theta["kappa"] * (r1 - theta["eta"] * r2),
        theta["kappa"] * (theta["eta"] * r1 - r2),
    )


def as_linear(theta, v):
    return {"v": v, "a": theta["a"], "b": theta["b"], "t": theta["t"],
            "z": 0.5 + theta["x0"] / (2 * theta["a"])}  # fmt: skip


@pytest.mark.parametrize("flag", [0, 1])
@pytest.mark.parametrize("side", [-1, 1])
def test_constant_gaze_is_a_diffusion_between_linear_boundaries(flag, side):
    rt, fields = np.linspace(0.12, 4.0, 100), looking([0.0], flag)
    linear = as_linear(THETA, drifts()[flag])
    got = densities.logpdf("addm", THETA, rt, side, extra_fields=fields)
    np.testing.assert_allclose(got, LINEAR.logpdf(linear, rt, side), rtol=1e-12)
    got = densities.cdf("addm", THETA, rt, side, extra_fields=fields)
    np.testing.assert_allclose(got, LINEAR.cdf(linear, rt, side), atol=1e-12)


@pytest.mark.parametrize("accuracy", ["default", "high"])
def test_fixations_between_which_the_drift_stays_change_nothing(accuracy):
    onsets = [0.0, 0.05, 0.25, 0.3, 0.31, 0.7, 1.4, 2.0]  # 10 ms are below the grid's own scale
    fields, rt = looking(onsets, r1=2.0, r2=-2.0), np.linspace(0.15, 4.0, 300)
    theta, linear = THETA | {"eta": 0.0}, as_linear(THETA, 1.2)
    for side in (-1, 1):
        got = densities.logpdf("addm", theta, rt, side, accuracy=accuracy, extra_fields=fields)
        np.testing.assert_allclose(got, LINEAR.logpdf(linear, rt, side), atol=1e-5)
    got = densities.sf("addm", theta, rt, accuracy=accuracy, extra_fields=fields)
    np.testing.assert_allclose(got, LINEAR.sf(linear, rt), atol=1e-7)


def test_the_mirror_image():
    rt, mirrored = np.linspace(0.12, 4.0, 50), THETA | {"x0": 0.2}
    here = densities.logpdf("addm", THETA, rt, 1, extra_fields=looking())
    there = densities.logpdf("addm", mirrored, rt, -1, extra_fields=looking(flag=1, r1=1.0, r2=4.0))
    np.testing.assert_allclose(here, there, rtol=1e-12)


@pytest.mark.parametrize("flag", [0, 1])
def test_gaze_that_moves_against_the_integral_equation(flag):
    rates = np.array(drifts() if flag == 0 else drifts()[::-1])

    def drift(t):
        return rates[(np.searchsorted(ONSETS, t, side="right") - 1) % 2]

    def boundary(t):
        return THETA["a"] - THETA["b"] * np.asarray(t, float)

    times, *laws = density_equation.extrapolated(
        drift, boundary, lambda t: -THETA["b"] + 0.0 * t, THETA["x0"], 3.5, 600,
        breaks=tuple(ONSETS[1:]),
    )  # fmt: skip
    for side, law in zip((1, -1), laws, strict=True):
        counts = law > 1e-3
        got = densities.logpdf(
            "addm", THETA, times[counts] + THETA["t"], side, extra_fields=looking(flag=flag)
        )
        error = np.abs(got - np.log(law[counts]))
        weight = law[counts] * np.gradient(times)[counts]
        assert np.sum(weight * error) / np.sum(weight) < 1e-4


@pytest.mark.parametrize("seed", range(4))
def test_a_sweep_of_the_training_box(seed):
    rng = np.random.default_rng(seed)
    low, high = np.array(list(Simulator("addm").bounds.values())).T
    for _ in range(12):
        theta = dict(zip(THETA, rng.uniform(low, high), strict=True))
        onsets = np.append(0.0, np.cumsum(rng.gamma(6, 0.06, rng.integers(1, 12))))
        fields = looking(onsets, *rng.integers(0, 2, 1), 1, *rng.integers(1, 6, 2).astype(float))
        rt = np.append(rng.uniform(-1, 12, 200), [0.0, theta["t"], np.inf, -np.inf, -999.0])
        for side in (-1, 1):
            values, errors = densities.logpdf(
                "addm", theta, rt, side, return_error=True, extra_fields=fields
            )
            assert not np.isnan(values).any()
            assert not np.isnan(errors).any()
            assert values.max() < np.inf
            assert (values[rt < theta["t"]][:-2] == -np.inf).all()
            counts = values[:200] > -15.0
            assert not counts.any() or np.mean(errors[:200][counts] < 1e-4) > 0.9
        limit = {"max_t": rng.uniform(0.1, 2.0), "extra_fields": fields}
        shares = densities.choice_probability("addm", theta, [-1, 1], **limit)
        omitted = densities.omission_probability("addm", theta, **limit)
        assert shares.sum() + omitted == pytest.approx(1.0, abs=1e-4)


def test_strong_drift_and_probabilities():
    """An arrival as early as the drift makes it counts."""
    linear = as_linear(THETA | {"a": 2.9, "b": 3.0, "x0": -0.9}, 20.5)
    assert LINEAR.choice_probability(linear, 1) == pytest.approx(1.0, abs=1e-12)
    weibull = {"v": 25.0, "a": 2.9, "z": 0.3, "t": 0.0, "alpha": 2.0, "beta": 4.0}
    assert densities.choice_probability("weibull", weibull, 1) == pytest.approx(1.0, abs=1e-5)


def test_density_is_the_derivative_of_the_distribution_function():
    rt = np.array([0.3, 0.45, 0.8, 1.2, 2.0])
    for side in (-1, 1):
        ends = densities.cdf("addm", THETA, [rt - 1e-4, rt + 1e-4], side, extra_fields=looking())
        got = np.exp(densities.logpdf("addm", THETA, rt, side, extra_fields=looking()))
        np.testing.assert_allclose((ends[1] - ends[0]) / 2e-4, got, rtol=1e-4, atol=1e-6)


def test_mean_and_quantiles():
    fields, grid = looking(), np.linspace(0.1, 4.09, 4001)
    mean = densities.mean_rt("addm", THETA, extra_fields=fields)
    survival = densities.sf("addm", THETA, grid, extra_fields=fields)
    assert mean == pytest.approx(0.1 + np.trapezoid(survival, grid), abs=1e-5)
    median = densities.quantile("addm", THETA, [0.2, 0.5, 0.9], 1, extra_fields=fields)
    reached = densities.cdf("addm", THETA, median, 1, extra_fields=fields)
    share = densities.choice_probability("addm", THETA, 1, extra_fields=fields)
    np.testing.assert_allclose(reached / share, [0.2, 0.5, 0.9], atol=1e-8)


@pytest.mark.parametrize("n", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_samples(n):
    """Massart's bound, at one chance in a million."""
    drawn = Simulator("addm").simulate(
        THETA, n_samples=n, random_state=4, extra_fields=looking(), return_option="minimal"
    )
    times, choices = drawn["rts"].ravel(), drawn["choices"].ravel()
    grid = np.linspace(0.12, 4.0, 200)
    for side in (-1, 1):
        law = densities.cdf("addm", THETA, grid, side, extra_fields=looking())
        found = np.searchsorted(np.sort(times[choices == side]), grid) / n
        assert np.abs(found - law).max() < np.sqrt(np.log(2e6) / (2 * n))


def test_gradients_are_differences_of_the_high_accuracy():
    rt, fields = np.array([0.33, 0.47, 0.8, 1.25, 2.0]), looking(sigma=[1.1])
    theta = THETA | {"s": 1.0}
    names = list(theta)
    _, gradient = densities.logpdf_and_gradient("addm", theta, rt, 1, extra_fields=fields)
    assert gradient.shape == (5, len(names))
    for i, name in enumerate(names[:-1]):
        h = 1e-4
        ends = [
            densities.logpdf(
                "addm", theta | {name: theta[name] + d}, rt, 1, accuracy="high", extra_fields=fields
            )
            for d in (-h, h)
        ]
        np.testing.assert_allclose(
            gradient[:, i], (ends[1] - ends[0]) / (2 * h), rtol=1e-3, atol=1e-3
        )
    assert (gradient[:, -1] == 0.0).all()  # the extra field stands in for the noise


@pytest.mark.parametrize("seed", range(3))
def test_gradients_over_the_training_box(seed):
    """Against differences of values; with omissions, and fixations of a few milliseconds."""
    rng = np.random.default_rng(seed)
    low, high = np.array(list(Simulator("addm").bounds.values())).T
    for _ in range(6):
        theta = dict(zip(THETA, rng.uniform(low, high), strict=True)) | {"s": rng.uniform(0.5, 1.5)}
        theta["x0"] *= 0.9 * min(theta["a"], 1.0)
        onsets = np.append(0.0, np.cumsum(rng.gamma(2, 0.15, rng.integers(1, 12))))
        fields = looking(onsets, *rng.integers(0, 2, 1), 1, *rng.integers(1, 6, 2).astype(float))
        shares = rng.uniform(0.05, 0.9, 6)
        rt = np.append(densities.quantile("addm", theta, shares, extra_fields=fields), -999.0)
        limit = {"max_t": rt[3] - theta["t"], "extra_fields": fields}
        for side in (-1, 1):
            values, gradient = densities.logpdf_and_gradient("addm", theta, rt, side, **limit)
            assert np.isfinite(gradient).all()
            assert (gradient[values == -np.inf] == 0.0).all()
            away = np.abs((rt - theta["t"])[:, None] - onsets).min(axis=1) > 1e-2  # from kinks
            counts = (values > -20.0) & away & (rt < rt[3] - 1e-3)
            for i, name in enumerate(theta):
                h = 1e-5 * max(abs(theta[name]), 0.1)
                ends = [
                    densities.logpdf("addm", theta | {name: theta[name] + d}, rt, side, **limit)
                    for d in (-h, h)
                ]
                slope = (ends[1][counts] - ends[0][counts]) / (2 * h)
                np.testing.assert_allclose(gradient[counts, i], slope, rtol=1e-4, atol=1e-4)


def test_gradient_after_more_fixations_than_are_kept():
    fields, theta = looking(np.arange(80) * 0.05, r1=2.0, r2=1.9), THETA | {"b": 0.01, "a": 2.5}
    _, gradient = densities.logpdf_and_gradient("addm", theta, 3.93, 1, extra_fields=fields)
    for i, name in enumerate(theta):
        ends = [
            float(
                densities.logpdf(
                    "addm", theta | {name: theta[name] + d}, 3.93, 1, extra_fields=fields
                )
            )
            for d in (-1e-4, 1e-4)
        ]
        assert gradient[i] == pytest.approx((ends[1] - ends[0]) / 2e-4, rel=1e-4, abs=1e-4)


def test_one_parameter_set_stands_for_all_trials():
    n, rt = 3, np.array([0.5, 0.7, -999.0])
    fields = looking(n=n)
    fields["sacc_array"][1, 1:] += 0.1
    got = densities.logpdf("addm", THETA, rt, 1, max_t=1.0, extra_fields=fields)
    for i in range(n):
        one = {key: value[i : i + 1] for key, value in fields.items()}
        alone = densities.logpdf("addm", THETA, rt[i], 1, max_t=1.0, extra_fields=one)
        assert got[i] == pytest.approx(float(alone), rel=1e-12)
    assert (
        densities.logpdf("addm", THETA, [1.2, 1.05], 1, max_t=1.0, extra_fields=looking())[0]
        == -np.inf
    )
    assert np.exp(got[2]) == pytest.approx(
        float(densities.sf("addm", THETA, 1.1, extra_fields=looking())), rel=1e-9
    )


def test_deadline_and_more_fixations_than_are_kept():
    onsets, theta = np.arange(80) * 0.05, THETA | {"b": 0.0, "a": 2.5, "deadline": 3.0}
    fields = looking(onsets, r1=2.0, r2=1.9)
    grid = np.array([0.5, 3.5, 1.0, 2.0])  # to and fro
    got = densities.logpdf("addm", {k: theta[k] for k in THETA}, grid, 1, extra_fields=fields)
    alone = [
        float(densities.logpdf("addm", {k: theta[k] for k in THETA}, t, 1, extra_fields=fields))
        for t in grid
    ]
    np.testing.assert_array_equal(got, alone)
    late = densities.logpdf("addm_deadline", theta, [3.2, -999.0], 1, extra_fields=fields)
    assert late[0] == -np.inf
    omitted = densities.omission_probability("addm_deadline", theta, extra_fields=fields)
    assert np.exp(late[1]) == pytest.approx(float(omitted), rel=1e-9)
    shares = densities.choice_probability("addm_deadline", theta, [-1, 1], extra_fields=fields)
    assert shares.sum() + omitted == pytest.approx(1.0, abs=1e-5)


def held(node, d, flag, T, params, rng):
    return node, d, flag, node.shape[1]


GAMMA = {"dist": "gamma", "dist_params": {"a": 6.0, "scale": 0.05}}


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        (None, ConfigError, "give r1, r2, flag, sacc_array and d"),
        (looking(continuation_mode="sample_continuation", continuation_params=GAMMA), ConfigError,
         "prolong_last_fixation"),
        (looking(continuation_mode=held), ConfigError, "prolong_last_fixation"),
        (looking([0.0, 0.4, 0.2]), ParameterError, "increase"),
        ({"r1": 1.0}, ParameterError, "extra_fields lacks"),
    ],
)  # fmt: skip
def test_refusals(fields, error, words):
    with pytest.raises(error, match=words):
        densities.logpdf("addm", THETA, 0.5, 1, extra_fields=fields)


def test_other_models_have_no_extra_fields():
    with pytest.raises(ParameterError, match="no extra fields"):
        densities.logpdf("ddm", [1.0, 1.5, 0.5, 0.3], 0.9, 1, extra_fields=looking())
