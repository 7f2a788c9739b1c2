"""LogKDE: the law it estimates, its total mass, and what it refuses."""

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import kstest, norm

from ssms.basic_simulators.simulator import simulator
from ssms.config import model_config
from ssms.config.kde_constants import response_time_support
from ssms.support_utils.gaussian_kde import GaussianKDE
from ssms.support_utils.kde_class import LogKDE, bandwidth_silverman


def trials(n=2000, seed=0, omitted=0.0, choices=(-1, 1), **metadata):
    """Return a simulator's result: shifted Wald times, choices by a coin of 0.3."""
    rng = np.random.default_rng(seed)
    rts = (0.3 + rng.wald(0.6, 2.0, size=n)).astype(np.float32)
    chosen = np.where(rng.random(n) < 0.3, choices[0], choices[-1]).astype(np.int32)
    rts[: int(omitted * n)] = -999.0
    information = {"possible_choices": list(choices), "max_t": 20.0, "model": "custom"}
    return {
        "rts": rts[:, None],
        "choices": chosen[:, None],
        "metadata": {**information, **metadata},
    }


def mass(kde):
    """Return the integral over (0, 60) s of the density, for each choice."""
    x = np.linspace(np.log(1e-4), np.log(60), 6001)
    t = np.exp(x)
    return [
        np.trapezoid(kde.kde_eval({"rts": t, "choices": c}, log_eval=False, lb=-np.inf) * t, x)
        for c in kde.data["choices"]
    ]


def test_it_is_the_direct_kernel_sum_over_log_times():
    data = trials()
    kde = LogKDE(data)
    rts, choices = data["rts"].ravel().astype(float), data["choices"].ravel()
    query = np.geomspace(0.15, 15, 60)
    for choice in (-1, 1):
        logs = np.log(rts[choices == choice])
        h = (4 / (3 * logs.size)) ** 0.2 * logs.std()
        kernels = norm.logpdf(np.log(query)[:, None], logs, h)
        expected = logsumexp(kernels, axis=1) - np.log(rts.size) - np.log(query)
        got = kde.kde_eval({"rts": query, "choices": np.full(60, choice)}, lb=-np.inf)
        assert np.max(np.abs(got - expected)) < 1e-4
        assert np.max(np.abs(got - expected)[expected > -30]) < 1e-5


def test_mass_is_the_share_of_each_choice():
    data = trials()
    share = np.mean(data["choices"] == -1)
    assert mass(LogKDE(data)) == pytest.approx([share, 1 - share], abs=1e-5)


def test_omitted_trials_take_their_mass_with_them():
    data = trials(omitted=0.25)
    kde = LogKDE(data)
    observed = data["rts"].ravel() != -999
    expected = [np.mean(observed & (data["choices"].ravel() == c)) for c in (-1, 1)]
    assert kde.data["choice_proportions"] == pytest.approx(expected)
    assert sum(mass(kde)) == pytest.approx(0.75, abs=1e-5)


def test_times_without_a_logarithm_count_but_do_not_enter_the_density():
    data = trials(n=100)
    data["rts"][:10] = -0.2
    data["rts"][10] = 0.0
    kde = LogKDE(data)
    assert sum(kde.data["choice_proportions"]) == pytest.approx(1.0)
    assert sum(len(sample) for sample in kde.data["log_rts"]) == 89
    assert all(np.isfinite(sample).all() for sample in kde.data["log_rts"])


def test_attributes():
    kde = LogKDE(trials(n=200))
    assert list(kde.data) == ["rts", "log_rts", "choices", "choice_proportions", "n_trials"]
    assert kde.data["choices"] == [-1, 1]
    assert kde.data["n_trials"] == 200
    assert [sample.ndim for sample in kde.data["rts"]] == [2, 2]
    assert all(isinstance(base, GaussianKDE) for base in kde.base_kdes)
    assert [base.bandwidth for base in kde.base_kdes] == kde.bandwidths
    assert kde.simulator_info["max_t"] == 20.0


def test_a_choice_that_was_never_made():
    data = trials(n=100, choices=(-1, 1))
    data["choices"][:] = 1
    kde = LogKDE(data)
    assert kde.bandwidths[0] == kde.base_kdes[0] == "no_base_data"
    value = kde.kde_eval({"rts": [0.1, 5.0, 19.9], "choices": [-1, -1, -1]})
    np.testing.assert_allclose(value, -np.log(100 * 20.0))
    assert kde.kde_eval({"rts": [30.0], "choices": [-1]}) == -66.774
    assert mass(kde) == pytest.approx([0.01, 0.99], abs=1e-5)


def test_a_set_without_any_response_is_spread_thinly():
    data = trials(n=50, omitted=1.0)
    kde = LogKDE(data)
    assert kde.data["choice_proportions"] == [0.0, 0.0]
    drawn = kde.kde_sample(200, random_state=1)
    assert set(drawn["choices"].ravel()) == {-1.0, 1.0}
    assert kstest(drawn["rts"].ravel() / 20.0, "uniform").pvalue > 1e-4


def test_evaluation_drops_omitted_rows_and_floors_the_rest():
    kde = LogKDE(trials())
    value = kde.kde_eval({"rts": [0.8, -999.0, -1.0, 0.0, np.inf], "choices": [1, 1, 1, 1, 1]})
    assert value.shape == (4,)
    assert value[0] > -5
    np.testing.assert_array_equal(value[1:], -66.774)
    assert kde.kde_eval({"rts": [1e9], "choices": [1]}, lb=-20.0) == -20.0


def test_evaluation_takes_columns_lists_and_log_times_and_squeezes():
    kde = LogKDE(trials())
    flat = kde.kde_eval({"rts": np.array([0.7, 0.9]), "choices": np.array([1, -1])})
    column = kde.kde_eval({"rts": np.array([[0.7], [0.9]]), "choices": np.array([[1], [-1]])})
    logs = kde.kde_eval({"log_rts": np.log([0.7, 0.9]), "choices": [1, -1]})
    np.testing.assert_array_equal(flat, column)
    np.testing.assert_allclose(flat, logs, atol=1e-12)
    assert kde.kde_eval({"rts": [0.7], "choices": [1]}).shape == ()
    density = kde.kde_eval({"rts": [0.7, 0.9], "choices": [1, -1]}, log_eval=False)
    np.testing.assert_allclose(np.log(density), flat, rtol=1e-12)


def test_times_below_eps_are_evaluated_at_eps():
    kde = LogKDE(trials())
    at = kde.kde_eval({"rts": [0.5], "choices": [1]})
    assert kde.kde_eval({"rts": [0.2], "choices": [1]}, eps=0.5) == at


def test_displace_t_shifts_the_density_by_t():
    data = trials(t=np.array([0.3], dtype=np.float32))
    shifted = {**trials(), "rts": data["rts"] - np.float32(0.3)}
    decision = LogKDE(shifted)
    displaced = LogKDE(data, displace_t=True)
    times = np.array([0.4, 0.9, 2.0])
    np.testing.assert_allclose(
        displaced.kde_eval({"rts": times, "choices": 1}),
        decision.kde_eval({"rts": times - 0.3, "choices": 1}),
        atol=1e-4,
    )
    assert displaced.kde_eval({"rts": [0.29], "choices": [1]}) == -66.774
    assert displaced.kde_sample(500, random_state=1)["rts"].min() > 0.3


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"t": [0.3, 0.4]}, "Multiple t values"),
        ({}, "no 't'"),
        ({"t": [0.3], "model": "ddm_st"}, "ddm_st"),
        ({"t": [0.3], "model": "full_ddm_rv_deadline"}, "full_ddm_rv"),
        ({"t": [0.3], "st": [0.1], "model": "mine"}, "mine"),
    ],
)
def test_displace_t_is_refused_where_times_do_not_start_at_t(metadata, message):
    with pytest.raises(ValueError, match=message):
        LogKDE(trials(n=50, **metadata), displace_t=True)


def test_draws_follow_the_estimate_with_rounded_shares():
    data = trials(omitted=0.25)
    kde = LogKDE(data)
    drawn = kde.kde_sample(1000, random_state=5)
    assert sorted(drawn) == ["choices", "log_rts", "metadata", "rts"]
    for key in ("rts", "log_rts", "choices"):
        assert drawn[key].shape == (1000, 1)
        assert drawn[key].dtype == np.float64
    up = np.array(kde.data["choice_proportions"])
    assert np.sum(drawn["choices"] == 1) == round(1000 * up[1] / up.sum())
    np.testing.assert_allclose(drawn["log_rts"], np.log(drawn["rts"]), atol=1e-14)
    assert len(set(drawn["choices"][:20].ravel())) == 2  # not in blocks
    kde_again = LogKDE(drawn)  # a sample is simulator data
    assert kde_again.data["n_trials"] == 1000


def test_draws_depend_on_the_seed_alone_and_advance_a_generator():
    kde = LogKDE(trials())
    first, again = (kde.kde_sample(50, random_state=7)["rts"] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    rng = np.random.default_rng(7)
    np.testing.assert_array_equal(first, kde.kde_sample(50, random_state=rng)["rts"])
    assert not np.array_equal(first, kde.kde_sample(50, random_state=rng)["rts"])


def test_draws_with_other_shares():
    kde = LogKDE(trials())
    drawn = kde.kde_sample(10, use_empirical_choice_p=False, alternate_choice_p=[0.2, 0.8])
    assert np.sum(drawn["choices"] == -1) == 2
    for wrong in (0.0, [1.0], [0.5, 0.6]):
        with pytest.raises(ValueError, match="alternate_choice_p"):
            kde.kde_sample(10, use_empirical_choice_p=False, alternate_choice_p=wrong)


def test_without_auto_bandwidth_the_densities_wait():
    kde = LogKDE(trials(), auto_bandwidth=False)
    with pytest.raises(ValueError, match="compute_bandwidths"):
        kde.kde_eval({"rts": [0.5], "choices": [1]})
    assert kde.compute_bandwidths("silverman") == LogKDE(trials()).bandwidths
    assert np.isfinite(kde.kde_eval({"rts": [0.5], "choices": [1]}))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"rts": [0.5], "choices": [7]}, "Unknown choice 7"),
        ({"rts": [0.5]}, "choices"),
        ({"choices": [1]}, "'rts' or 'log_rts'"),
        ({"rts": [0.5, 0.6], "choices": [1, 1, 1]}, "as many choices"),
        ({"rts": [np.nan], "choices": [1]}, "rts"),
    ],
)
def test_impossible_queries_are_refused(query, message):
    with pytest.raises(ValueError, match=message):
        LogKDE(trials(n=50)).kde_eval(query)


def test_impossible_simulations_are_refused():
    data = trials(n=50)
    for missing in ("choices", "metadata", "rts"):
        with pytest.raises(ValueError, match=missing):
            LogKDE({key: value for key, value in data.items() if key != missing})
    with pytest.raises(ValueError, match="choices"):
        LogKDE({**data, "choices": np.full((50, 1), 3)})
    with pytest.raises(ValueError, match="bandwidth_type"):
        LogKDE(data, bandwidth_type="scott")


def test_bandwidth_silverman():
    sample = [1.0, 2.0, 4.0]
    assert bandwidth_silverman(sample) == pytest.approx((4 / 9) ** 0.2 * np.std(sample))
    assert bandwidth_silverman([1.0]) == pytest.approx((4 / 3) ** 0.2 * 10.0)
    assert bandwidth_silverman([1.0], std_n_1=2.0) == pytest.approx((4 / 3) ** 0.2 * 2.0)
    assert bandwidth_silverman([1.0, 1.0]) == pytest.approx((4 / 6) ** 0.2 * 1e-3)
    assert bandwidth_silverman([1.0, 1.0], std_proc="kill") == 0.0
    with pytest.raises(ValueError, match="empty"):
        bandwidth_silverman([])
    with pytest.raises(ValueError, match="std_proc"):
        bandwidth_silverman([1.0, 2.0], std_proc="other")


def ddm(n=2000, seed=1, model="ddm", **parameters):
    """Return simulated trials of a model of the ddm's family."""
    theta = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.7, **parameters}
    return simulator(theta, model=model, n_samples=n, max_t=20, random_state=seed)


def mass_within(kde):
    """Return the integral of the density of all choices over its support."""
    low, high = kde.support
    x = np.linspace(np.log(max(low, 1e-3)), np.log(min(high, 1e3)), 20_001)
    t = np.clip(np.exp(x), low, high)
    return sum(
        np.trapezoid(kde.kde_eval({"rts": t, "choices": c}, log_eval=False, lb=-np.inf) * t, x)
        for c in kde.data["choices"]
    )


@pytest.mark.parametrize(
    ("model", "parameters", "low", "high"),
    [
        ("ddm", {}, 0.7, 20.7),
        ("angle", {"theta": 0.3}, 0.7, 20.7),
        ("ddm_deadline", {"deadline": 1.5}, 0.7, 1.5),
        ("ddm_st", {"st": 0.2}, 0.5, 20.9),
        ("full_ddm", {"st": 0.2, "sz": 0.1, "sv": 0.5}, 0.5, 20.9),
        ("ddm_normal_st", {"st": 0.1}, 0.0, np.inf),
    ],
)
def test_support_and_mass(model, parameters, low, high):
    data = ddm(model=model, **parameters)
    kde = LogKDE(data)
    assert kde.support == pytest.approx((low, high), abs=1e-6)
    observed = np.mean(data["rts"] != -999.0)
    assert observed < 1 or model != "ddm_deadline"
    assert mass_within(kde) == pytest.approx(observed, abs=1e-4)
    outside = [t for t in (low - 1e-3, high + 1e-3) if 0 < t < np.inf]
    np.testing.assert_array_equal(
        kde.kde_eval({"rts": [*outside, -1.0], "choices": 1}, lb=-np.inf), -np.inf
    )
    drawn = kde.kde_sample(5000, random_state=2)["rts"]
    assert low - 1e-6 <= drawn.min()
    assert drawn.max() <= high + 1e-6


def test_support_of_several_parameter_sets_covers_them_all():
    theta = {"v": 0.0, "a": 1.0, "z": 0.5, "t": [0.3, 0.9]}
    data = simulator(theta, model="ddm", n_samples=200, random_state=1, max_t=5.0)
    assert LogKDE(data).support == pytest.approx((0.3, 5.9))


def test_support_of_metadata_that_tell_little():
    assert response_time_support({}, {}) == (0.0, np.inf)
    assert response_time_support({}, {"t": [0.5], "max_t": None}) == (0.5, np.inf)
    assert response_time_support({}, {"t": 0.5, "st": 0.1, "max_t": 2.0}) == (0.0, np.inf)
    shifted = {"ndt_edge_shift": {"param": "w", "scale": 0.5}}
    assert response_time_support(shifted, {"t": 0.5, "w": 0.5, "max_t": 1.0}) == (0.25, 1.75)


def test_samples_are_within_the_support_whatever_the_metadata_say():
    data = trials(t=[5.0], deadline=[0.4])
    kde = LogKDE(data)
    assert kde.support == (data["rts"].min(), data["rts"].max())
    assert mass_within(kde) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("rare", [[0.9], [0.5, 2.5], [0.7, 0.7000001]])
def test_a_handful_of_samples_is_no_law(rare):
    data = trials(n=1000)
    data["choices"][:] = 1
    data["rts"][: len(rare), 0] = rare
    data["choices"][: len(rare)] = -1
    kde = LogKDE(data)
    drawn = kde.kde_sample(2000, False, [1.0, 0.0], random_state=1)["rts"]
    assert data["rts"].min() / 4 < drawn.min()
    assert drawn.max() < data["rts"].max() * 4
    # ... and no spike either: at most the density of a kernel as wide as all response times.
    logs = np.log(data["rts"].astype(float))
    assert kde.bandwidths[0] == pytest.approx((4 / (3 * len(rare))) ** 0.2 * logs.std())


@pytest.mark.parametrize("rts", [[0.8], [0.8, 0.9], [0.8, 0.8]])
def test_a_set_of_one_or_two_responses(rts):
    metadata = {"possible_choices": [-1, 1], "max_t": 20.0, "model": "ddm", "t": [0.7]}
    kde = LogKDE({"rts": rts, "choices": np.ones(len(rts)), "metadata": metadata})
    drawn = kde.kde_sample(2000, random_state=1)["rts"]
    assert drawn.min() >= 0.7
    assert drawn.max() < 3.0


def test_the_mass_of_choices_without_samples_is_taken_from_the_others():
    data = trials(n=200, omitted=0.25, choices=(0, 1, 2, 3))
    data["choices"][:] = 2
    kde = LogKDE(data)
    assert mass(kde) == pytest.approx([1 / 200, 1 / 200, 0.75 - 3 / 200, 1 / 200], abs=1e-5)


def test_minimal_metadata_are_enough_where_a_choice_is_absent():
    theta = {"v": 6.0, "a": 2.0, "z": 0.5, "t": 0.3}
    data = simulator(
        theta, model="ddm", n_samples=50, random_state=1, return_option="minimal", max_t=9.0
    )
    assert set(data["choices"].ravel()) == {1}
    assert data["metadata"].setdefault("max_t", 9.0) == 9.0
    kde = LogKDE(data)
    assert kde.kde_eval({"rts": [5.0], "choices": [-1]}) == pytest.approx(-np.log(50 * 9.0))
    del data["metadata"]["max_t"]
    LogKDE(data)
    data["rts"][:] = -999.0
    with pytest.raises(ValueError, match="max_t"):
        LogKDE(data)


def test_counts_and_shares_of_other_types():
    kde = LogKDE(trials())
    for n in (10.0, np.int64(10), np.float32(10)):
        assert kde.kde_sample(n, random_state=1)["rts"].shape == (10, 1)
    for n, error in ((0, ValueError), (1.5, TypeError), ("9", TypeError), (None, TypeError)):
        with pytest.raises(error, match="n_samples must be a positive whole number"):
            kde.kde_sample(n)
    for shares in ({-1: 0.5, 1: 0.5}, None, "half"):
        with pytest.raises((TypeError, ValueError), match="alternate_choice_p must be"):
            kde.kde_sample(9, False, shares)
    with pytest.raises(ValueError, match="alternate_choice_p must be"):
        kde.kde_sample(9, False, [np.nan, 0.5])


def test_models_are_known_by_their_configuration():
    assert response_time_support(model_config["ddm"], {"t": 0.25, "max_t": 1.0}) == (0.25, 1.25)


@pytest.mark.parametrize("n", [1, 50])
@pytest.mark.parametrize("max_t", [1e-12, 1e-6, 1e-2])
def test_a_support_much_narrower_than_the_kernel(n, max_t):
    metadata = {"possible_choices": [-1, 1], "max_t": max_t, "model": "ddm", "t": [0.5]}
    kde = LogKDE({"rts": np.full(n, 0.5), "choices": np.ones(n), "metadata": metadata})
    drawn = kde.kde_sample(1000, random_state=1)["rts"]
    assert drawn.min() >= 0.5
    assert drawn.max() <= (0.5 + max_t) * (1 + 1e-7)
    assert np.all(np.isfinite(kde.kde_eval({"rts": drawn.ravel(), "choices": 1}, lb=-np.inf)))
