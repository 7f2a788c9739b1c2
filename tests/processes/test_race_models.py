"""Races as models: accumulators of any number, noise, boundaries, omissions, paths, errors."""

import numpy as np
import pytest

from ssms import Simulator
from ssms.config import ModelConfigBuilder
from ssms.config.catalogue.racing import lca, race
from ssms.config.spec import ModelSpec, parameters_from
from ssms.errors import ConfigError, ParameterError
from ssms.processes import Race

RACE = {"v0": 1.0, "v1": 0.5, "v2": 2.0, "a": 1.5, "z0": 0.5, "z1": 0.2, "z2": 0.0, "t": 0.1}
RACING = {"v0": 1.0, "v1": 0.5, "v2": 2.0, "A": 0.5, "b": 1.5, "t": 0.1}
MODELS = {
    "race_3": RACE,
    "race_no_bias_angle_3": RACE | {"z": 0.3, "theta": 0.6},
    "lca_3": RACE | {"g": 0.5, "b": 0.8},
    "racing_diffusion_3": RACING,
}


def theta_of(model):
    return {name: MODELS[model][name] for name in Simulator(model).params}


@pytest.mark.parametrize("n", [2, 5, 8])
@pytest.mark.parametrize("family", [race, lca])
def test_a_race_of_any_number_of_accumulators_needs_one_entry(family, n):
    simulator = Simulator(family(n).config())
    theta = {**simulator.defaults, **{f"v{i}": 0.3 * i for i in range(n)}}
    out = simulator.simulate(theta, n_samples=2_000, random_state=1)
    assert simulator.choices == list(range(n))
    shares = np.bincount(out["choices"].ravel(), minlength=n)
    assert (shares > 0).all()
    assert shares.argmax() == n - 1


def test_alike_accumulators_win_alike():
    n = 50_000
    simulator = Simulator(race(6, "no_z").config())
    theta = {"a": 1.0, "t": 0.0} | {f"v{i}": 1.0 for i in range(6)}
    winners = simulator.simulate(theta, n_samples=n, random_state=3)["choices"].ravel()
    shares = np.bincount(winners, minlength=6) / n
    assert np.abs(shares - 1 / 6).max() < 5 * np.sqrt(5 / 36 / n)


def test_the_builder_makes_a_race_from_scratch():
    names = ["left", "right", "a", "t"]
    config = ModelConfigBuilder.from_scratch(
        "two_roads", names, Race(drift=("left", "right")), 2, choices=[0, 1], n_particles=2
    )
    theta = {"left": 2.0, "right": 0.2, "a": 1.0, "t": 0.2}
    out = Simulator(config).simulate(theta, n_samples=500, random_state=1)
    assert np.mean(out["choices"] == 0) > 0.6


def test_the_noise_of_each_accumulator_is_honoured():
    simulator = Simulator("race_3")
    theta = RACE | {"v0": 0.5, "v1": 0.5, "v2": 0.5, "z0": 0.0, "z1": 0.0, "z2": 0.0}
    loud = simulator.simulate(theta | {"s1": 2.0, "s": 0.5}, n_samples=2_000, random_state=1)
    assert np.mean(loud["choices"] == 1) > 0.9
    by_trial = simulator.simulate(
        theta | {"s0": [0.1, 3.0], "s1": [3.0, 0.1]}, n_samples=2_000, random_state=1
    )
    assert np.mean(by_trial.choice[:, 0] == 1) > 0.9
    assert np.mean(by_trial.choice[:, 1] == 0) > 0.9
    each = simulator.simulate(
        theta | {"s0": 0.7, "s1": 0.7, "s2": 0.7}, n_samples=50, random_state=1
    )
    every = simulator.simulate(theta | {"s": 0.7}, n_samples=50, random_state=1)
    np.testing.assert_array_equal(each["rts"], every["rts"])
    with pytest.raises(ParameterError, match="s1"):
        simulator.simulate(theta | {"s1": -1.0}, n_samples=1)


@pytest.mark.parametrize("method", ["bridge", "euler"])
def test_without_noise_accumulators_follow_their_drift(method):
    out = Simulator("race_3").simulate(
        RACE, n_samples=3, random_state=1, no_noise=True, method=method, smooth_unif=False
    )
    first = min((1.5 - 1.5 * z) / v for v, z in ((1.0, 0.5), (0.5, 0.2), (2.0, 0.0)))
    np.testing.assert_allclose(out["rts"].ravel(), 0.1 + first, atol=2e-3)


def test_without_noise_and_drift_a_boundary_that_collapses_ends_the_race():
    theta = {"v0": 0.0, "v1": 0.0, "a": 1.0, "z": 0.4, "t": 0.0, "theta": np.arctan(0.5)}
    out = Simulator("race_no_bias_angle_2").simulate(
        theta, n_samples=3, random_state=1, no_noise=True
    )
    np.testing.assert_allclose(out["rts"].ravel(), 1.2, atol=1e-5)
    assert (out["choices"] == 0).all()


@pytest.mark.parametrize("model", MODELS)
def test_omissions_have_the_label_of_the_largest_accumulator_or_none(model):
    theta = theta_of(model) | {"deadline": 0.2}
    simulator = Simulator(f"{model}_deadline")
    for method in simulator.methods:
        out = simulator.simulate(theta, n_samples=2_000, random_state=1, method=method)
        omitted = out["rts"] == -999
        assert omitted.any()
        assert (out["rts"][~omitted] < 0.2).all()
        labels = np.unique(out["choices"][omitted]).tolist()
        assert labels == [-1] if model == "racing_diffusion_3" else set(labels) <= {0, 1, 2}
    early = simulator.simulate(theta | {"deadline": 0.05}, n_samples=10, random_state=1)
    assert (early["rts"] == -999).all()


def test_a_race_that_cannot_end_is_omitted():
    theta = {"v0": -3.0, "v1": -3.0, "v2": -3.0, "A": 0.1, "b": 3.0, "t": 0.0}
    out = Simulator("racing_diffusion_3").simulate(theta, n_samples=500, random_state=1)
    assert (out["rts"] == -999).all()


def test_starts_beyond_the_boundary_win_at_once():
    theta = RACING | {"A": 1000.0, "b": 0.5}
    for method in ("exact", "bridge", "euler"):
        out = Simulator("racing_diffusion_3").simulate(
            theta, n_samples=200, random_state=1, method=method, smooth_unif=False
        )
        assert np.mean(out["rts"] == np.float32(0.1)) > 0.98


@pytest.mark.parametrize("model", MODELS)
def test_a_path_ends_where_and_when_its_sample_did(model):
    simulator, theta = Simulator(model), theta_of(model)
    for method in simulator.methods:
        for seed in range(5):
            out = simulator.simulate(
                theta, n_samples=2, random_state=seed, method=method, delta_t=0.01,
                smooth_unif=False,
            )  # fmt: skip
            path, time = out.metadata["trajectory"], float(out.rt[0, 0]) - theta["t"]
            rows = np.flatnonzero(path[:, 0] != -999)
            last = rows[-1]
            assert rows.tolist() == list(range(last + 1))
            assert path.shape[1] == 3
            assert path[last].argmax() == out.choice[0, 0]
            assert -1e-4 < last * 0.01 - time < 0.0101
            below = path[:last] <= out.metadata["boundary"][:last, None] + 1e-6
            assert below.all()
            if method != "euler":
                height = theta.get("a", theta.get("b")) - time * np.tan(theta.get("theta", 0.0))
                assert path[last].max() == pytest.approx(height, abs=1e-4)
            if model != "racing_diffusion_3":
                assert path[: last + 1].min() >= 0.0


def hyperbolic(t, a, rate):
    return a / (1.0 + rate * t)


@pytest.mark.parametrize("model", ["race_3", "lca_3"])
def test_a_boundary_of_ones_own_is_followed(model):
    theta = theta_of(model)
    own = Simulator(model, boundary=hyperbolic, boundary_params=["a", "rate"])
    kept = own.simulate(theta | {"rate": 0.0}, n_samples=20_000, random_state=1)
    plain = Simulator(model).simulate(theta, n_samples=20_000, random_state=2)
    noise = np.sqrt(kept.rt.var() / 20_000 + plain.rt.var() / 20_000)
    assert abs(kept.rt.mean() - plain.rt.mean()) < 4.9 * noise
    falling = own.simulate(theta | {"rate": 3.0}, n_samples=2_000, random_state=1)
    assert falling.rt.mean() < 0.8 * kept.rt.mean()


def test_drift_functions_and_unfit_models_are_refused_by_name():
    with pytest.raises(ConfigError, match=r"'gamma_drift': the drifts of a race are constant"):
        Simulator("race_3", drift="gamma_drift")
    with pytest.raises(ConfigError, match="2 to 16 alternatives, got 1"):
        Race(drift=("v0",))
    with pytest.raises(ConfigError, match="3 drifts, got 2 starts"):
        Race(drift=("v0", "v1", "v2"), start=("z0", "z1"))
    drifts = {"v0": (0, 1, 0.5), "v1": (0, 1, 0.5)}
    table = parameters_from({**drifts, "a": (1, 2, 1), "t": (0, 1, 0)})
    spec = ModelSpec("x", "x", Race(), table, choices=(0, 1), n_particles=3)
    with pytest.raises(ConfigError, match="n_particles must be 2, got 3"):
        spec.process.bind(spec)
    spec = ModelSpec("x", "x", Race(), table, choices=(-1, 1), n_particles=2)
    with pytest.raises(ConfigError, match=r"are \[0, 1\], got \[-1, 1\]"):
        spec.process.bind(spec)
    with pytest.raises(ConfigError, match="'exact': its evidence is reflected at 0"):
        Simulator("race_2").simulate(Simulator("race_2").defaults, method="exact")
    curved = Simulator("racing_diffusion_3", boundary="weibull_cdf")
    theta = {k: v for k, v in RACING.items() if k != "b"} | {"a": 1.0, "alpha": 2.0, "beta": 1.0}
    with pytest.raises(ConfigError, match="'exact': its boundary is 'weibull_cdf'"):
        curved.simulate(theta, method="exact")
    with pytest.raises(ParameterError, match="z0"):
        Simulator("race_3").simulate(RACE | {"z0": 1.5})


def test_a_process_can_be_called_like_a_simulator_function():
    out = Race(drift=("v0", "v1"))(
        n_samples=10, max_t=5.0, random_state=1, v0=[1.0, 2.0], v1=0.5, a=1.0, t=0.1
    )
    assert out["rts"].shape == (10, 2, 1)
    assert set(np.unique(out["choices"])) <= {0, 1}
