"""Every name of the catalogue and its deadline variant, called as users call them."""

import pickle

import numpy as np
import pytest

from ssms import Simulator
from ssms.basic_simulators.simulator import simulator
from ssms.config import model_config
from ssms.dataset_generators.parameter_samplers import UniformParameterSampler, parameter_space

N_SAMPLES, N_TRIALS = 9, 11
NAMES = [
    name for model in model_config for name in (model, f"{model}_deadline") if name in model_config
]
OMITTED = {"racing_diffusion_3": {-1}, "addm": {0}}  # labels of omissions only


def test_there_is_a_deadline_variant_of_all_with_a_response_time():
    without = [model for model in model_config if f"{model}_deadline" not in NAMES]
    assert without == [model for model in model_config if model.startswith("inv_temp_softmax")]
    assert len(NAMES) == 2 * 115 - len(without)


def random_sets(name):
    """Return parameter sets from the bounds, subject to the model's constraints."""
    config = model_config[name]
    transforms = config["parameter_transforms"]["sampling"]
    space = parameter_space(config)
    if "deadline" in space:  # the part of the bounds where some respond in time and some do not
        space["deadline"] = (0.05, 3.0)
    rng = np.random.default_rng(NAMES.index(name))
    theta = UniformParameterSampler(space, transforms).sample(N_TRIALS, rng)
    if "deadline" in theta:
        theta["deadline"][0] = 0.01
    return theta


def check_times(name, result, theta):
    rts, omitted = result["rts"], result.omitted
    if name.startswith("inv_temp"):
        assert (rts == -1.0).all()
        return
    assert (rts[omitted] == -999.0).all()
    assert np.isfinite(rts).all()
    if "normal_st" not in name:  # whose non-decision times may be below 0
        assert (rts[~omitted] > 0.0).all()
    if name.endswith("_deadline"):
        limits = np.broadcast_to(np.reshape(theta["deadline"], (1, -1, 1)), rts.shape)
        assert (rts[~omitted] <= limits[~omitted]).all()
        assert omitted.any()
    for key in ("rts_high", "rts_low"):
        assert key not in result or result[key].shape == rts.shape


@pytest.mark.parametrize("name", NAMES)
def test_random_sets_of_the_training_bounds(name):
    one, theta = Simulator(name), random_sets(name)

    def run(theta=theta, seed=1, by=one, **more):
        return by.simulate(theta, n_samples=N_SAMPLES, random_state=seed, **more)

    result = run()
    assert result["rts"].shape == result["choices"].shape == (N_SAMPLES, N_TRIALS, 1)
    assert (result["rts"].dtype, result["choices"].dtype) == (np.float32, np.int32)
    check_times(name, result, theta)
    labels, omitted = set(one.choices), result.omitted
    assert set(np.unique(result.choice[~omitted])) <= labels
    late = OMITTED.get(name.removesuffix("_deadline"), labels)
    assert set(np.unique(result.choice[omitted])) <= late
    metadata = result["metadata"]
    assert metadata["model"] == name
    assert list(metadata["possible_choices"]) == list(one.choices)

    sent = pickle.loads(pickle.dumps(one))  # to another process, after use
    same = run(by=sent, n_threads=2, return_option="minimal")
    assert set(same) == set(result)
    assert set(same["metadata"]) < set(metadata)
    other = run(seed=2)
    first = run({key: values[:1] for key, values in theta.items()})
    for key in set(result) - {"metadata"}:
        assert np.array_equal(same[key], result[key])
        assert np.array_equal(first[key].reshape(-1), result[key][:, 0].reshape(-1))
    assert any(not np.array_equal(other[key], result[key]) for key in ("rts", "choices"))


@pytest.mark.parametrize("name", NAMES)
def test_defaults(name):
    theta = Simulator(name).defaults
    result = simulator(theta, model=name, n_samples=20, random_state=1)
    assert result["choice_p"].sum() == pytest.approx(1.0)
    assert set(np.unique(result["choices"])) <= set(model_config[name]["choices"])
    listed = simulator(list(theta.values()), model=name, n_samples=20, random_state=1)
    assert np.array_equal(listed["rts"], result["rts"])
