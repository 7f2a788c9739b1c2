"""The uniform sampler: bounds, constraints, order, and no dependence on hashing."""

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import kstest

from ssms.config import model_config
from ssms.dataset_generators.parameter_samplers import UniformParameterSampler, parameter_space
from ssms.dataset_generators.protocols import ParameterSamplerProtocol

SPACE = {"v": (-3.0, 3.0), "a": (0.3, 2.5), "st": (0.001, "t"), "t": (0.25, 2.25)}


class Swap:
    def apply(self, theta, model_config=None, n_trials=None):
        low, high = np.minimum(theta["v"], theta["a"]), np.maximum(theta["v"], theta["a"])
        return {**theta, "v": low, "a": high}


def test_it_is_a_parameter_sampler():
    sampler = UniformParameterSampler(SPACE)
    assert isinstance(sampler, ParameterSamplerProtocol)
    assert sampler.get_param_space() == SPACE


def test_draws_are_uniform_within_the_bounds():
    theta = UniformParameterSampler(SPACE).sample(5000, np.random.default_rng(0))
    assert list(theta) == list(SPACE)
    assert {(value.shape, value.dtype.name) for value in theta.values()} == {((5000,), "float32")}
    assert kstest((theta["v"] + 3) / 6, "uniform").pvalue > 1e-4
    assert kstest((theta["st"] - 0.001) / (theta["t"] - 0.001), "uniform").pvalue > 1e-4


def test_the_first_set_of_a_seed_is_that_of_numpys_generator():
    # what users of parameter_sampler_index_offset rely on
    space = {"v": (-3.0, 3.0), "a": (0.3, 2.5)}
    theta = UniformParameterSampler(space).sample(1, np.random.default_rng(1))
    rng = np.random.default_rng(1)
    assert theta["v"] == np.float32(rng.uniform(-3.0, 3.0))
    assert theta["a"] == np.float32(rng.uniform(0.3, 2.5))


def test_constraints_are_applied():
    theta = UniformParameterSampler(SPACE, [Swap()]).sample(500, np.random.default_rng(2))
    assert np.all(theta["v"] <= theta["a"])


def test_impossible_spaces_and_constraints_are_refused_at_once():
    with pytest.raises(ValueError, match="not defined"):
        UniformParameterSampler({"a": ("x", 1)})
    with pytest.raises(TypeError, match="constraints"):
        UniformParameterSampler(SPACE, [object()])


def test_draws_do_not_depend_on_the_hash_seed():
    code = (
        "from ssms.dataset_generators.parameter_samplers import UniformParameterSampler as U;"
        "import numpy as np;"
        "space = {c: (0.0, 'zz' if c in 'bdf' else 1.0) for c in 'abcdefgh'} | {'zz': (1.0, 2.0)};"
        "theta = U(space).sample(3, np.random.default_rng(5));"
        "print({k: v.tolist() for k, v in theta.items()})"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


def test_parameter_space_of_a_model():
    lists = {"params": ["v", "a"], "param_bounds": [[-3, 0.3], [3, 2.5]]}
    assert parameter_space(lists) == {"v": (-3, 3), "a": (0.3, 2.5)}
    named = {"params": ["t", "st"], "param_bounds": {"t": (0.25, 2.25), "st": (0.001, "t")}}
    assert parameter_space(named)["st"] == (0.001, "t")
    for broken, message in (
        ({"params": ["v"], "name": "mine"}, "'mine' has no param_bounds"),
        ({"params": ["v", "a"], "param_bounds": [[0], [1]]}, "one low and one high for each"),
        ({"params": ["v", "a"], "param_bounds_dict": {"v": (0, 1)}}, "has no bounds of 'a'"),
    ):
        with pytest.raises(ValueError, match=message):
            parameter_space(broken)


def test_equal_bounds_make_a_constant():
    space = {"v": (0.5, 0.5), "t": (0.25, 2.0), "st": ("t", "t")}
    theta = UniformParameterSampler(space).sample(100, np.random.default_rng(1))
    assert set(theta["v"]) == {np.float32(0.5)}
    np.testing.assert_array_equal(theta["st"], theta["t"])


def test_either_form_of_the_bounds_takes_effect_alone_and_both_must_agree():
    config = model_config["ddm"]
    lists, named = config["param_bounds"], config["param_bounds_dict"]
    lists[1][1] = 1.75
    with pytest.raises(ValueError, match=r"'ddm' disagree on 'a'.*2\.5\) and .*1\.75\)"):
        parameter_space(config)
    assert parameter_space({**config, "param_bounds_dict": None})["a"][1] == 1.75
    del config["param_bounds"]
    assert parameter_space(config) == named
    config["param_bounds"] = {**named, "z": (0.4, 0.6)}
    with pytest.raises(ValueError, match="disagree on 'z'"):
        parameter_space(config)


def test_a_table_of_numbers_agrees_with_a_mapping_that_names_a_parameter():
    space = {"t": (0.25, 2.25), "st": (0.001, "t")}
    both = {"params": ["t", "st"], "param_bounds_dict": space}
    both["param_bounds"] = [[0.25, 0.001], [2.25, 2.25]]
    assert parameter_space(both) == space
    both["param_bounds"] = [[0.25, 0.001], [2.25, 0.25]]
    with pytest.raises(ValueError, match="disagree on 'st'"):
        parameter_space(both)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"v": (1, 0), "a": (1, 2)}, "'v' must be low <= high"),
        ({"v": (0, "b"), "a": (1, 2)}, "'b', not another parameter"),
        ({"v": (0, "a"), "a": (0, "v")}, "Circular"),
        ({"v": (0, np.inf), "a": (1, 2)}, "not a finite number"),
        ({"v": 1, "a": (1, 2)}, "must be"),
    ],
)
def test_spaces_that_cannot_be_drawn_from(bounds, message):
    with pytest.raises(ValueError, match=message):
        parameter_space({"params": ["v", "a"], "param_bounds": bounds})


def test_a_box_is_drawn_with_the_numbers_of_each_parameter_by_itself():
    space = {"v": (-3, 3.0), "a": (0.3, 2.5), "z": (0.5, 0.5)}
    drawn = UniformParameterSampler(space).sample(7, np.random.default_rng(1))
    rng = np.random.default_rng(1)
    for name, bounds in space.items():
        one = rng.uniform(*bounds, size=7).astype(np.float32)
        np.testing.assert_array_equal(drawn[name], one)
