"""Registries of boundaries, drifts and models."""

import copy
import pickle
import threading

import numpy as np
import pytest

import ssms
from ssms.config import (
    ModelConfigBuilder,
    ModelSpec,
    get_boundary_registry,
    get_drift_registry,
    get_model_registry,
    model_config,
    parameters_from,
    register_boundary,
    register_drift,
    register_model_config,
    register_model_config_factory,
    unregister_boundary,
    unregister_drift,
    unregister_model,
)
from ssms.config.boundary_registry import BoundaryRegistry
from ssms.config.model_registry import ModelConfigRegistry
from ssms.errors import ConfigError, ParameterError, ParameterTypeError, UnknownNameError
from ssms.processes import Diffusion


def hyperbolic(t, a, rate=1.0):
    return a / (1.0 + rate * np.asarray(t))


def simulate(**arguments):
    return {}


@pytest.fixture
def hyperbolic_boundary():
    register_boundary("hyperbolic", hyperbolic, ["a", "rate"])
    yield "hyperbolic"
    unregister_boundary("hyperbolic")


@pytest.fixture
def custom_model():
    config = ModelConfigBuilder.from_model("ddm", param_bounds={"v": (-1.0, 1.0)})
    register_model_config("custom_ddm", config)
    yield "custom_ddm"
    unregister_model("custom_ddm")


def test_registered_boundary_is_found(hyperbolic_boundary):
    registry = get_boundary_registry()
    assert registry.is_registered("hyperbolic")
    assert "hyperbolic" in registry.list_boundaries()
    assert registry.get("hyperbolic") == {"fun": hyperbolic, "params": ["a", "rate"]}
    assert registry.definition("hyperbolic").defaults == {"rate": 1.0}


def test_unregistering_frees_the_name(hyperbolic_boundary):
    unregister_boundary("hyperbolic")
    assert not get_boundary_registry().is_registered("hyperbolic")
    register_boundary("hyperbolic", hyperbolic, ["a", "rate"])


def test_registered_drift_is_found_and_removed():
    register_drift("ramp", lambda t, v, gain: v + gain * t, ["v", "gain"])
    assert get_drift_registry().get("ramp")["fun"](t=2.0, v=1.0, gain=0.5) == 2.0
    unregister_drift("ramp")
    assert "ramp" not in get_drift_registry().list_drifts()


@pytest.mark.parametrize("name", ["angle", "hyperbolic"])
def test_a_taken_name_is_refused(hyperbolic_boundary, name):
    with pytest.raises(ValueError, match=f"'{name}' is already registered"):
        register_boundary(name, lambda t, a, rate: a - rate * t, ["a", "rate"])


def test_the_same_function_again_is_no_error(hyperbolic_boundary):
    """A notebook cell that registers a boundary may be run twice."""
    for _ in range(2):
        register_boundary("hyperbolic", hyperbolic, ["a", "rate"])
    register_boundary("hyperbolic", lambda t, a: a + 0 * t, ["a"], overwrite=True)
    assert get_boundary_registry().get("hyperbolic")["params"] == ["a"]
    with pytest.raises(ValueError, match="choose another name"):
        register_boundary("angle", hyperbolic, ["a", "rate"], overwrite=True)


def test_copies_of_a_registry_are_registries_of_their_own(hyperbolic_boundary):
    for copied in (
        copy.deepcopy(get_boundary_registry()),
        pickle.loads(pickle.dumps(copy.deepcopy(get_drift_registry()))),
    ):
        copied.register("own", lambda t, k: k + 0 * t, ["k"])
        assert copied.is_registered("own")
    assert not get_boundary_registry().is_registered("own")


def test_the_packages_own_stay():
    with pytest.raises(ParameterError, match="one that a user registered"):
        unregister_boundary("angle")
    with pytest.raises(ParameterError, match="one that a user registered"):
        unregister_model("ddm")


@pytest.mark.parametrize("error", [KeyError, ValueError])
def test_unknown_names_suggest_the_nearest(error):
    with pytest.raises(error, match=r"Unknown boundary 'angel'\. Did you mean 'angle'"):
        get_boundary_registry().get("angel")
    with pytest.raises(error, match=r"Unknown drift 'gamma'\. Did you mean 'gamma_drift'"):
        get_drift_registry().get("gamma")
    with pytest.raises(error, match=r"Unknown model 'dmm'\. Did you mean 'ddm'"):
        get_model_registry().get("dmm")
    with pytest.raises(error, match=r"Unknown model 'dmm'\. Did you mean 'ddm'"):
        get_model_registry().get("dmm_deadline")


@pytest.mark.parametrize(
    ("function", "params", "error", "message"),
    [
        ("angle", ["a"], ParameterTypeError, "callable"),
        (hyperbolic, "a", ParameterTypeError, "a list of parameter names"),
        (hyperbolic, [1], ParameterTypeError, "a list of parameter names"),
        (hyperbolic, ["a", "a"], ParameterError, "duplicates"),
        (hyperbolic, ["a", "slope"], ConfigError, "takes no argument 'slope'"),
        (hyperbolic, ["rate"], ConfigError, r"needs \['a'\]"),
        (lambda time, a: a, ["a"], ConfigError, "takes no argument 't'"),
    ],
)
def test_functions_that_could_not_be_called_are_refused(function, params, error, message):
    with pytest.raises(error, match=message):
        register_boundary("refused", function, params)
    assert not get_boundary_registry().is_registered("refused")


def test_a_function_of_any_keywords_is_accepted():
    registry = BoundaryRegistry()
    registry.register("any", lambda t, **parameters: parameters["a"], ["a", "b"])
    assert registry.list_boundaries() == ["any"]


def test_registered_models_are_in_model_config(custom_model):
    assert custom_model in model_config
    assert f"{custom_model}_deadline" in model_config
    assert custom_model in list(model_config.keys())
    assert model_config[custom_model]["param_bounds_dict"]["v"] == (-1.0, 1.0)
    assert get_model_registry().has_model(custom_model)
    assert custom_model in get_model_registry().list_models()
    assert ModelConfigBuilder.from_model(custom_model)["params"] == ["v", "a", "z", "t"]


def test_the_registered_config_is_a_copy():
    config = ModelConfigBuilder.from_model("ddm")
    register_model_config("copied", config)
    try:
        config["params"].append("changed")
        assert model_config["copied"]["params"] == ["v", "a", "z", "t"]
    finally:
        unregister_model("copied")


def test_the_deadline_variant_follows_its_model():
    for low in (-1.0, -2.0):
        register_model_config(
            "changing", ModelConfigBuilder.from_model("ddm", param_bounds={"v": (low, 1.0)})
        )
        assert model_config["changing_deadline"]["param_bounds_dict"]["v"] == (low, 1.0)
        unregister_model("changing")
    assert "changing_deadline" not in model_config
    assert model_config.get("changing_deadline") is None


def test_factories_are_asked_each_time():
    made = []

    def factory():
        made.append(1)
        return ModelConfigBuilder.minimal_config(["v"], simulate, name="made")

    register_model_config_factory("made", factory)
    try:
        assert model_config["made"]["params"] == ["v"]
        assert model_config["made_deadline"]["params"] == ["v", "deadline"]
        assert len(made) == 2
    finally:
        unregister_model("made")


def test_a_factory_that_makes_nonsense_is_named():
    registry = ModelConfigRegistry()
    registry.register_factory("nothing", lambda: None)
    with pytest.raises(ParameterTypeError, match="result of the factory of model 'nothing'"):
        registry.get("nothing")
    registry.register_factory("wrong", lambda: {"params": ["v"], "n_params": 3})
    with pytest.raises(ConfigError, match="expected 1, got 3"):
        registry.get("wrong")


@pytest.mark.parametrize("name", ["ddm", "custom_ddm"])
def test_a_taken_model_name_is_refused(custom_model, name):
    with pytest.raises(ValueError, match=f"'{name}' is already registered"):
        register_model_config(name, {"params": ["v"]})


@pytest.mark.parametrize("name", ["", "../elsewhere", "a b"])
def test_names_that_cannot_name_a_folder_are_refused(name):
    with pytest.raises(ParameterError, match="letters, digits"):
        register_model_config(name, {"params": ["v"]})


def test_contradictions_are_refused_when_registered():
    with pytest.raises(ConfigError, match="default_params must have one value"):
        register_model_config("refused", {"params": ["v"], "default_params": [1.0, 2.0]})
    assert "refused" not in model_config


def test_many_threads_register_and_read():
    registry = ModelConfigRegistry()
    failures = []

    def work(worker):
        try:
            for i in range(50):
                name = f"m{worker}_{i}"
                registry.register_config(name, {"params": ["v"], "nchoices": 2})
                assert registry.get(f"{name}_deadline")["params"] == ["v", "deadline"]
                registry.list_models()
                if i % 2:
                    registry.unregister(name)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(registry.list_models()) == 100


def test_unknown_name_error_is_shown_without_quotes():
    with pytest.raises(UnknownNameError) as caught:
        get_model_registry().get("nope")
    assert str(caught.value).startswith("Unknown model 'nope'")


@pytest.mark.parametrize("process", [Diffusion(drift_sd="sw"), Diffusion(boundary_height="aa")])
def test_a_model_without_a_parameter_of_its_process_is_not_registered(process):
    one = dict.fromkeys(["v", "a", "z", "t", "sv"], (0.0, 1.0, 0.5))
    spec = ModelSpec("lacking", "lacks a parameter", process, parameters_from(one))
    with pytest.raises(
        ConfigError, match=r"takes the parameter '(sw|aa)', which the model does not"
    ):
        register_model_config("lacking", spec)
    assert not get_model_registry().has_model("lacking")


def test_a_partial_configuration_is_refused_when_it_is_simulated():
    register_model_config("partial", {"params": ["a"]})
    try:
        with pytest.raises(ConfigError, match="lacks 'nchoices'; it holds params"):
            ssms.simulate("partial", {"a": 1.0})
    finally:
        unregister_model("partial")
