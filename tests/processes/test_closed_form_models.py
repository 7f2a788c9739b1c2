"""Every model without time steps, as its users call it: shapes, omissions, seeds, bounds, data."""

import numpy as np
import pytest

import ssms
from ssms import Simulator
from ssms.basic_simulators.inv_temp_softmax import inv_temp_softmax
from ssms.config import ModelConfigBuilder, get_default_generator_config, model_config
from ssms.config.catalogue import load
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
from ssms.errors import ConfigError, ParameterError, UnknownNameError
from ssms.processes import Ballistic, Choice, Counting

MODELS = load(("ballistic", "counting", "choosing"))
TIMED = [name for name in MODELS if not name.startswith("inv_temp")]
CHOICES = [name for name in MODELS if name.startswith("inv_temp")]


@pytest.mark.parametrize("name", MODELS)
def test_corners_of_the_bounds(name):
    one = Simulator(name)
    tried = 0
    for side in range(2):
        for swapped in one.params:
            theta = {p: bounds[side] for p, bounds in one.bounds.items()}
            theta[swapped] = one.bounds[swapped][1 - side]
            try:
                one.validate_params(theta)
            except ParameterError:
                continue
            tried += 1
            result = one.simulate(theta, n_samples=200, random_state=1)
            assert np.isfinite(result.rt).all()
            assert set(np.unique(result.choice)) <= set(one.choices)
    assert tried > 0 or "constraint" in name or name == "dev_rlwm_lba_race_v1"


@pytest.mark.parametrize("name", TIMED)
def test_late_responses_are_omissions_that_keep_their_label(name):
    defaults = Simulator(name).defaults
    free = Simulator(name).simulate(defaults, n_samples=400, random_state=1, max_t=1e6)
    limit = float(np.median(free.rt))
    late = Simulator(f"{name}_deadline").simulate(
        {**defaults, "deadline": limit}, n_samples=400, random_state=1, max_t=1e6
    )
    assert np.array_equal(late.choice, free.choice)
    assert np.array_equal(late.omitted, free.rt >= np.float32(limit))
    cut = Simulator(name).simulate(defaults, n_samples=400, random_state=1, max_t=limit)
    assert 0.3 < cut.omitted.mean() < 0.7
    assert np.array_equal(cut.choice, free.choice)


@pytest.mark.parametrize("name", [name for name in TIMED if "lba" in name])
def test_the_path_arrives_where_and_when_the_sample_did(name):
    for seed in range(5):
        one = Simulator(name)
        result = one.simulate(one.defaults, n_samples=1, random_state=seed, delta_t=1e-4)
        path = result.metadata["trajectory"]
        steps = int((path[:, 0] != -999.0).sum())
        assert path.shape[1] == len(one.choices)
        assert abs((steps - 1) * 1e-4 - result.rt.item()) <= 1.01e-4
        if one.defaults.get("tWM", 0.0) < result.rt.item():
            assert path[steps - 1].argmax() == result.choice.item()
        assert path[steps - 1].max() == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize("name", CHOICES)
def test_a_model_without_response_times_has_no_deadline(name):
    with pytest.raises(UnknownNameError, match="no response time, and so no deadline"):
        Simulator(f"{name}_deadline")
    assert f"{name}_deadline" not in model_config
    with pytest.raises(ConfigError, match="no response time, and so no deadline"):
        ModelConfigBuilder.with_deadline(model_config[name])
    metadata = Simulator(name).simulate(Simulator(name).defaults, n_samples=2).metadata
    assert metadata["placeholder_rt"] == -1.0
    assert not {"t", "deadline", "trajectory", "boundary"} & set(metadata)


def test_results_without_response_times_print_none():
    text = repr(ssms.simulate("inv_temp_softmax_2", [1.0, 0.5, 0.5], n_samples=9, seed=1))
    assert "-1.0" not in text
    assert "omitted" not in text


def test_softmax_as_a_function():
    out = inv_temp_softmax(
        beta=[1.0, 2.0], q0=0.1, q1=0.2, q2=0.3, n_samples=4, n_trials=2, max_t=20.0, random_state=1
    )
    assert out["choices"].shape == out["rts"].shape == (4, 2, 1)
    assert out["choices"].dtype == np.int64
    assert out["metadata"]["possible_choices"] == [0, 1, 2]


@pytest.mark.parametrize("name", CHOICES)
def test_softmax_as_release_0_15_writes_it(name):
    """With a constant boundary that has no height, and a function as simulator."""
    now = model_config[name]
    keys = ("name", "params", "param_bounds", "n_params", "default_params", "nchoices", "choices",
            "n_particles", "boundary_name", "boundary", "tags")  # fmt: skip
    old = {**{key: now[key] for key in keys}, "simulator": inv_temp_softmax}
    theta = dict.fromkeys(now["params"], 0.1) | {"beta": 1.0, "q0": 3.0}
    found, wanted = (
        Simulator(one).simulate(theta, n_samples=50, random_state=1) for one in (old, name)
    )
    assert np.array_equal(found["choices"].ravel(), wanted["choices"].ravel())
    config = get_default_generator_config("lan", model=name)
    config["pipeline"].update(n_parameter_sets=2, n_cpus=1)
    data = TrainingDataGenerator(config, old, seed=1).generate_data_training()
    assert data["cpn_labels"].shape == (2, len(now["choices"]) if len(now["choices"]) > 2 else 1)
    assert "lan_data" not in data


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("lba2", {"A": 0.6}, "A must be at most the boundary"),
        ("lba_angle_3", {"z": 0.6}, "z must be at most the boundary"),
        ("dev_rlwm_lba_pw_v1", {"z": 0.6}, "z must be at most the boundary"),
        ("lba_3_vs_constraint", {"v0": 0.6}, "drifts of the trial sum to 1"),
        ("dev_rlwm_lba_race_v1", {"vWM2": 0.4}, "vWM0 must be .* drifts of the trial sum to 1"),
        ("lba2", {"s1": -0.1}, "s1 must be"),
        ("poisson_race", {"r1": 0.0}, "r1 must be greater than 0"),
        ("poisson_race", {"k2": -1.0}, "k2 must be greater than 0"),
        ("inv_temp_softmax_3", {"beta": -1.0}, "beta must be at least 0"),
        ("inv_temp_softmax_3", {"q1": np.inf}, "q1 must be finite"),
    ],
)
def test_invalid_parameters_are_named(name, change, message):
    with pytest.raises(ParameterError, match=message):
        Simulator(name).simulate({**Simulator(name).defaults, **change}, n_samples=2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Simulator("lba2", boundary="weibull_cdf"), "unless it is linear"),
        (lambda: Simulator("lba2", drift="gamma_drift"), "constant within a trial"),
        (lambda: Simulator("poisson_race", boundary="angle"), "has no boundary function"),
        (lambda: Simulator("inv_temp_softmax_2", drift="gamma_drift"), "has no drift function"),
        (lambda: Ballistic(drift=("v",)), "2 to 16"),
        (lambda: Ballistic(onset_2="t0"), "needs drift_2"),
        (lambda: Ballistic(drift_2=("w0",)), "as many parameters"),
        (lambda: Counting(rate=("r1", "r2", "r3")), "as many parameters"),
        (lambda: Choice(value=("q0",)), "2 to 16"),
    ],
)
def test_invalid_configurations_are_refused_by_name(call, message):
    with pytest.raises(ConfigError, match=message):
        call()


def test_a_method_that_needs_steps_and_noise_that_does_nothing_are_refused():
    one = Simulator("poisson_race")
    with pytest.raises(ConfigError, match="closed form"):
        one.simulate(one.defaults, method="euler")
    with pytest.raises(ParameterError, match="has no noise to set"):
        one.simulate(one.defaults, sigma_noise=0.5)


def test_a_linear_boundary_of_any_name():
    one = Simulator("lba3", boundary="angle")
    theta = {**Simulator("lba3").defaults, "a": 0.5, "theta": 0.3}
    theta.pop("b")
    angle = Simulator("lba_angle_3")
    same = {"v0": 0.25, "v1": 0.5, "v2": 0.25, "a": 0.5, "z": 0.3, "theta": 0.3}
    first = one.simulate(theta, n_samples=100, random_state=1)
    assert np.array_equal(first.rt, angle.simulate(same, n_samples=100, random_state=1).rt)


@pytest.mark.parametrize("name", MODELS)
def test_training_data(name):
    config = get_default_generator_config("lan", model=name)
    config["pipeline"].update(n_parameter_sets=2, n_cpus=1)
    config["simulator"].update(n_samples=300)
    config["training"].update(n_samples_per_param=50)
    config["pipeline"]["simulation_filters"] = {}
    data = TrainingDataGenerator(config, seed=1).generate_data_training()
    n = len(model_config[name]["params"])
    assert data["theta"].shape == (2, n)
    labels = 1 if len(model_config[name]["choices"]) == 2 else len(model_config[name]["choices"])
    assert data["cpn_labels"].shape == (2, labels)
    if name in TIMED:
        assert data["lan_data"].shape == (100, n + 2)
        assert np.isfinite(data["lan_labels"]).all()
    else:
        arrays = {key for key, value in data.items() if isinstance(value, np.ndarray)}
        assert arrays == {"theta"} | {
            f"{kind}_{part}"
            for kind in ("cpn", "cpn_no_omission", "gonogo")
            for part in ("data", "labels")
        }
