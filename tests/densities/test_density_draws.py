"""Method "table" of laws that are solved for: samples against distribution functions and steps."""

import numpy as np
import pytest

from ssms import Simulator, densities
from ssms.errors import ConfigError

MODELS = {
    "weibull": {"v": 0.6, "a": 1.2, "z": 0.45, "t": 0.3, "alpha": 2.0, "beta": 1.5},
    "ornstein": {"v": 0.6, "a": 1.2, "z": 0.55, "g": 0.5, "t": 0.3},
    "gamma_drift": {},
    "conflict_stimflex": {},
    "shrink_spot": {},
}
LIMITED = {**MODELS["weibull"], "deadline": 0.9}
KS = 2.2
"""P(Kolmogorov's statistic is larger) is 1e-4."""


def theta_of(model):
    defaults = Simulator(model).defaults
    return MODELS[model] or {name: defaults[name] for name in Simulator(model).params}


def drawn(model, theta, n, method="table", seed=1, max_t=20.0, **others):
    simulator = model if isinstance(model, Simulator) else Simulator(model)
    return simulator.simulate(
        theta,
        n_samples=n,
        method=method,
        random_state=seed,
        return_option="minimal",
        max_t=max_t,
        **others,
    )


def distances(model, theta, results, max_t=20.0):
    """Return the largest difference from the distribution function of each choice, times root n."""
    choices = model.choices if isinstance(model, Simulator) else Simulator(model).choices
    for choice in choices:
        times = np.sort(results.rt[(results.choice == choice) & ~results.omitted].astype(float))
        if times.size:
            at = times[:: max(1, times.size // 300)]
            exact = densities.cdf(model, theta, at, choice, max_t=max_t)
            found = np.searchsorted(times, at, side="right") / results.n_samples
            yield np.abs(exact - found).max() * np.sqrt(results.n_samples)


@pytest.mark.parametrize("model", MODELS)
def test_samples_follow_the_distribution_function(model):
    theta = theta_of(model)
    results = drawn(model, theta, 200_000)
    assert results.metadata["method"] == "table"
    assert all(distance < KS for distance in distances(model, theta, results))


@pytest.mark.slow
@pytest.mark.parametrize(
    "model", ["weibull", "gamma_drift", "gamma_drift_angle", "ornstein", "conflict_ds",
              "conflict_dsstimflex", "conflict_stimflex", "shrink_spot_extended"]
)  # fmt: skip
def test_samples_of_the_training_box_follow_the_law_and_the_steps(model):
    simulator, rng = Simulator(model), np.random.default_rng(5)
    low, high = (np.array([float(b[i]) for b in simulator.bounds.values()]) for i in (0, 1))
    for _ in range(4):
        theta = low + (high - low) * rng.uniform(0.05, 0.95, low.size)
        results = drawn(simulator, theta, 4_000_000)
        assert all(distance < KS for distance in distances(simulator, theta, results))
        n = 500_000
        table, steps = (
            drawn(simulator, theta, n, method, seed)
            for method, seed in (("table", 2), ("bridge", 3))
        )
        for choice in simulator.choices:
            one, other = (r.rt[(r.choice == choice) & ~r.omitted] for r in (table, steps))
            at = np.append(np.sort(other)[::500], 10.0)
            shares = [np.searchsorted(np.sort(rts), at) / n for rts in (one, other)]
            assert np.abs(shares[0] - shares[1]).max() < KS * np.sqrt(2.0 / n)


def test_omissions_have_the_side_on_which_survivors_are():
    n = 100_000
    table, steps = (drawn("weibull_deadline", LIMITED, n, method) for method in ("table", "bridge"))
    omission = densities.omission_probability("weibull_deadline", LIMITED, max_t=20.0)
    assert abs(table.omitted.mean() - omission) < 5 * np.sqrt(omission * (1 - omission) / n)
    above, steps_above = ((r.choice[r.omitted] == 1).mean() for r in (table, steps))
    assert abs(above - steps_above) < 5 * np.sqrt(0.5 / (n * omission))
    assert abs(above - 0.5) > 0.05  # else it would not matter
    cut = drawn("weibull", MODELS["weibull"], n, max_t=0.5)
    again = drawn("weibull", MODELS["weibull"], n, "bridge", max_t=0.5)
    assert abs(cut.omitted.mean() - again.omitted.mean()) < 5 * np.sqrt(0.5 / n)
    sides = [(r.choice[r.omitted] == 1).mean() for r in (cut, again)]
    assert abs(sides[0] - sides[1]) < 5 * np.sqrt(0.5 / cut.omitted.sum())
    late = {**LIMITED, "deadline": 0.2}  # before the non-decision time: no path has left the start
    assert set(drawn("weibull_deadline", late, 100).choice.ravel()) == {-1}


def test_a_sample_is_a_function_of_seed_trial_and_number_alone():
    theta = np.tile(list(LIMITED.values()), (3, 1))
    theta[:, 0] = [0.2, 0.6, 1.0]
    one = drawn("weibull_deadline", theta, 5_000)
    many = drawn("weibull_deadline", theta, 5_000, n_threads=3)
    np.testing.assert_array_equal(one.rt, many.rt)
    np.testing.assert_array_equal(one.choice, many.choice)
    fewer = drawn("weibull_deadline", theta[:1], 300)
    np.testing.assert_array_equal(one.rt[:300, :1], fewer.rt)
    np.testing.assert_array_equal(one.choice[:300, :1], fewer.choice)


@pytest.mark.parametrize(("z", "side"), [(0.0, -1), (1.0, 1)])
def test_a_start_at_a_boundary_leaves_at_once(z, side):
    results = drawn("weibull", {**MODELS["weibull"], "z": z}, 100)
    assert (results.choice == side).all()
    assert (results.rt == np.float32(0.3)).all()


def test_without_noise_it_is_the_method_of_steps():
    table, steps = (
        drawn("weibull", MODELS["weibull"], 300, method, no_noise=True)
        for method in ("table", "bridge")
    )
    np.testing.assert_array_equal(table.rt, steps.rt)
    np.testing.assert_array_equal(table.choice, steps.choice)


def test_it_takes_any_boundary_and_non_decision_time():
    def boundary(t, a):
        return a * np.exp(-0.4 * t)

    own = Simulator("ddm", boundary=boundary, boundary_params=["a"])
    theta = {"v": 0.5, "a": 1.2, "z": 0.5, "t": 0.3}
    assert all(d < KS for d in distances(own, theta, drawn(own, theta, 100_000)))
    varying = Simulator("ddm_normal_st", boundary="weibull_cdf")
    theta = {**MODELS["weibull"], "st": 0.05}
    assert all(d < KS for d in distances(varying, theta, drawn(varying, theta, 100_000)))


@pytest.mark.parametrize(
    ("model", "reason"),
    [("levy", "Levy noise"), ("ddm_sdv", "varies"), ("conflict_stimflexrel1_leak2", "two parts")],
)
def test_laws_that_are_not_tabulated_are_refused(model, reason):
    with pytest.raises(ConfigError, match=rf"{model}.*'table'.*{reason}"):
        drawn(model, theta_of_defaults(model), 10)


def theta_of_defaults(model):
    simulator = Simulator(model)
    return {name: simulator.defaults[name] for name in simulator.params}


def test_it_is_used_only_where_it_is_asked_for():
    theta = MODELS["weibull"]
    assert drawn("weibull", theta, 100_000, "auto").metadata["method"] == "bridge"
    assert Simulator("weibull").methods == ["bridge", "table", "euler"]
    full = Simulator("weibull").simulate(theta, n_samples=10, method="table", random_state=1)
    assert full.metadata["trajectory"].size > 1
