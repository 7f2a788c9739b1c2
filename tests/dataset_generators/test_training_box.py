"""Training bounds are checked when the generator is made, not when a bad set is drawn."""

import numpy as np
import pytest

from ssms.config import ModelConfigBuilder, get_default_generator_config, model_config
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
from ssms.dataset_generators.parameter_samplers import UniformParameterSampler
from ssms.dataset_generators.parameter_samplers.training_box import check_corners


def generator(model, **bounds):
    config = model_config[model]
    space = {**config["param_bounds_dict"], **bounds}
    changed = {**config, "param_bounds_dict": space, "param_bounds": space}
    return TrainingDataGenerator(
        get_default_generator_config("lan", model=model), model_config=changed, seed=1
    )


@pytest.mark.parametrize("model", list(model_config))
def test_every_model_can_be_simulated_at_the_corners_of_its_own_bounds(model):
    generator(model)
    if f"{model}_deadline" not in model_config:  # it has no response time
        return
    deadline = ModelConfigBuilder.with_deadline(model_config[model])
    TrainingDataGenerator(get_default_generator_config("lan"), model_config=deadline, seed=1)


@pytest.mark.parametrize(
    ("model", "bounds", "message"),
    [
        ("ddm", {"a": (-0.5, 2.5)}, r"lower bound of 'a' of model 'ddm', -0\.5, .*: a "),
        ("ddm", {"z": (0.5, 1.5)}, r"upper bound of 'z' of model 'ddm', 1\.5, "),
        ("weibull", {"alpha": (-1.0, 3.0)}, "lower bound of 'alpha' of model 'weibull', -1, "),
        ("ddm_deadline", {"t": (-1.0, 1.0)}, "lower bound of 't' .*, -1, "),
    ],
)
def test_a_bound_that_cannot_be_simulated_is_named(model, bounds, message):
    with pytest.raises(ValueError, match=message):
        generator(model, **bounds)


def refuse_large_sums(theta):
    total = sum(theta.values())
    if total > 2.5 if isinstance(total, float) else (total > 2.5).any():
        raise ValueError("a + b is too large")


def test_a_combination_of_bounds_is_named():
    sampler = UniformParameterSampler({"a": (0.0, 1.5), "b": (0.0, "a"), "c": (0.0, 1.0)})
    with pytest.raises(ValueError, match=r"\(a=1\.5, b=1\.5, c=0\): a \+ b is too large"):
        check_corners(sampler, refuse_large_sums, "mine")


def test_a_combination_that_is_only_refused_on_the_edge_passes():
    def refuse_origin(theta):
        if np.any(np.asarray(theta["a"]) + np.asarray(theta["b"]) <= 0.0):
            raise ValueError("a and b are 0")

    check_corners(UniformParameterSampler({"a": (0.0, 1.0), "b": (0.0, 1.0)}), refuse_origin, "x")


def test_constraints_are_applied_to_corners():
    class Halve:
        def apply(self, theta):
            return {name: value / 2 for name, value in theta.items()}

    sampler = UniformParameterSampler({"a": (0.0, 2.0), "b": (0.0, 2.0)}, [Halve()])
    check_corners(sampler, refuse_large_sums, "mine")


def test_a_box_of_many_parameters():
    space = dict.fromkeys("abcdefghij", (0.1, 0.2)) | {"k": (0.1, 9.0)}
    sampler = UniformParameterSampler(space)
    with pytest.raises(ValueError, match="upper bound of 'k' of model 'mine', 9, "):
        check_corners(sampler, refuse_large_sums, "mine")


def test_a_constant_parameter():
    data = generator("ddm", v=(0.5, 0.5))
    data.generator_config["pipeline"].update(n_parameter_sets=3, n_cpus=1)
    assert set(data.generate_data_training()["theta"][:, 0]) == {0.5}
