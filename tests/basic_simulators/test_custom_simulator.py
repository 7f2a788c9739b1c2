"""A user's own function as the simulator of a model."""

import numpy as np
import pytest

from ssms import OMISSION_SENTINEL, Simulator
from ssms.basic_simulators.simulator import simulator
from ssms.config import ModelConfigBuilder, register_model_config, unregister_model
from ssms.errors import (
    ConfigError,
    ParameterError,
    ParameterTypeError,
    UnknownNameError,
    bad_value,
)
from ssms.transforms import ColumnStackParameters, ExpandDimension


def gamma_times(v, a, *, n_samples, n_trials, max_t, delta_t, random_state):
    rng = np.random.default_rng(random_state)
    rts = rng.gamma(a, 1 / v, size=(n_samples, n_trials))[..., None]
    return {"rts": rts, "choices": np.where(rts > 1, 1, 0)}


def own(function=gamma_times, **config):
    return Simulator(simulator_function=function, params=["v", "a"], nchoices=2, **config)


THETA = {"v": [1.0, 2.0, 3.0], "a": 2.0}


def test_results():
    result = own().simulate(THETA, n_samples=100, random_state=1)
    assert result["rts"].shape == result["choices"].shape == (100, 3, 1)
    assert (result["rts"].dtype, result["choices"].dtype) == (np.float32, np.int32)
    assert result["metadata"]["possible_choices"] == [0, 1]
    again = own().simulate(THETA, n_samples=100, random_state=1)
    np.testing.assert_array_equal(result["rts"], again["rts"])
    other = own().simulate(THETA, n_samples=100, random_state=2)
    assert not np.array_equal(result["rts"], other["rts"])


def test_what_the_function_gets():
    seen = {}

    def record(**arguments):
        seen.update(arguments)
        zeros = np.zeros((arguments["n_samples"], arguments["n_trials"], 1))
        return {"rts": zeros, "choices": zeros, "more": zeros + 1}

    result = own(record).simulate(
        THETA, n_samples=4, random_state=5, sigma_noise=0.5, extra_fields={"gaze": [1, 2]}
    )
    assert result["more"].shape == (4, 3, 1)
    np.testing.assert_array_equal(seen["v"], np.float32([1, 2, 3]))
    np.testing.assert_array_equal(seen["a"], np.float32([2, 2, 2]))
    np.testing.assert_array_equal(seen["s"], np.float32([0.5] * 3))
    assert (seen["n_samples"], seen["n_trials"], seen["random_state"]) == (4, 3, 5)
    assert (seen["max_t"], seen["delta_t"], seen["n_threads"]) == (20.0, 0.001, 1)
    assert seen["gaze"] == [1, 2]


def test_an_extra_field_that_the_function_does_not_take():
    with pytest.raises(TypeError, match="gaze"):
        own().simulate(THETA, extra_fields={"gaze": 1})


def test_boundary_and_drift_reach_it():
    seen = {}

    def record(v, a, boundary_fun, boundary_params, n_samples, n_trials, **rest):
        seen["boundary"] = boundary_fun(t=np.array([0.0, 2.0]), a=boundary_params["a"][0])
        return gamma_times(
            v,
            a,
            n_samples=n_samples,
            n_trials=n_trials,
            **{k: rest[k] for k in ("max_t", "delta_t", "random_state")},
        )

    own(record, boundary=lambda t, a: a - t, boundary_params=["a"]).simulate(THETA)
    np.testing.assert_array_equal(seen["boundary"], [2.0, 0.0])


@pytest.mark.parametrize(
    ("result", "error", "words"),
    [
        ([1], ParameterTypeError, "must return a dict"),
        ({"rts": np.zeros((5, 3, 1))}, ConfigError, "lacks choices"),
        ({"rts": np.zeros((5, 2, 1)), "choices": 0}, ConfigError, "rts of shape (5, 3, 1)"),
        # trials and samples exchanged: the right number of numbers, in the wrong places
        ({"rts": np.zeros((3, 5, 1)), "choices": 0}, ConfigError, "rts of shape (5, 3, 1)"),
    ],
)
def test_wrong_results(result, error, words):
    with pytest.raises(error) as caught:
        own(lambda **_: result).simulate(THETA, n_samples=5)
    assert words in str(caught.value)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_parameters_must_be_finite(value):
    for call in (own().simulate, own().validate_params):
        with pytest.raises(ParameterError, match="v of trial 1 must be finite"):
            call({"v": [1.0, value, 2.0], "a": 1.0})


def test_unknown_parameter():
    with pytest.raises(UnknownNameError, match="'w'"):
        own().simulate({**THETA, "w": 1.0})


def test_other_methods_are_refused():
    with pytest.raises(UnknownNameError, match="exact"):
        own().simulate(THETA, method="exact")


def test_a_function_that_cannot_be_told_what_to_do():
    with pytest.warns(UserWarning, match="delta_t, random_state"):
        own(lambda v, a, max_t, n_samples: None)
    with pytest.raises(ConfigError, match="parameters a"):
        own(lambda v, max_t, n_samples, delta_t, random_state: None)


def test_a_generator_is_advanced():
    rng = np.random.default_rng(1)
    first = own().simulate(THETA, random_state=rng)["rts"]
    assert not np.array_equal(own().simulate(THETA, random_state=rng)["rts"], first)


@pytest.fixture
def registered():
    config = ModelConfigBuilder.from_scratch("test_gamma", ["v", "a"], gamma_times, 2)
    register_model_config("test_gamma", config)
    yield "test_gamma"
    unregister_model("test_gamma")


def test_a_registered_function_and_its_deadline_variant(registered):
    """A deadline holds although the function knows nothing of it."""
    plain = simulator(THETA, model=registered, n_samples=200, random_state=1)
    deadline = np.array([0.5, 1.0, np.inf])
    limited = simulator(
        {**THETA, "deadline": deadline},
        model=f"{registered}_deadline",
        n_samples=200,
        random_state=1,
    )
    late = plain["rts"][..., 0] >= deadline
    np.testing.assert_array_equal(limited["rts"][..., 0] == OMISSION_SENTINEL, late)
    np.testing.assert_allclose(limited["omission_p"][:, 0], late.mean(axis=0))
    np.testing.assert_array_equal(limited["choices"], plain["choices"])
    assert plain["choice_p"].shape == (3, 2)


def accumulators(v, a, n_samples, n_trials, seen, **settings):
    seen.append((v.shape, a.shape))
    zeros = np.zeros((n_samples, n_trials, 1))
    return {"rts": zeros + 1, "choices": zeros}


def test_an_argument_that_nothing_supplies():
    theta = {"v0": [1.0, 2.0], "v1": 0.5, "a": 2.0, "z0": 0.1, "z1": 0.2, "t": 0.1}
    config = ModelConfigBuilder.from_model("race_2", simulator=accumulators)
    with pytest.raises(ConfigError, match=r"accumulators needs the arguments v, seen.*'race_2'"):
        Simulator(config).simulate(theta, n_samples=3)
    config["parameter_transforms"] = {
        "simulation": [ColumnStackParameters(["v0", "v1"], "v"), ExpandDimension(["a"])]
    }
    seen = []
    results = Simulator(config).simulate(theta, n_samples=3, extra_fields={"seen": seen})
    assert results["rts"].shape == (3, 2, 1)
    assert seen == [((2, 2), (2, 1))]


def test_numbers_of_numpy_in_messages():
    with pytest.raises(ParameterError, match=r"got 0\.5$"):
        raise bad_value("n", np.float32(0.5), "whole")
    with pytest.raises(ParameterError, match=r"got 'x'$"):
        raise bad_value("n", "x", "whole")
