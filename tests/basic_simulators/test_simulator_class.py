"""The class Simulator: what it can be made from, what it shows of itself."""

import copy
import dataclasses
import pickle
import warnings

import numpy as np
import pytest

from ssms import Simulator
from ssms.basic_simulators.simulator import simulator
from ssms.config import (
    ModelConfigBuilder,
    model_config,
    register_model_config,
    unregister_model,
)
from ssms.config.boundary_registry import get_boundary_registry
from ssms.config.drift_registry import get_drift_registry
from ssms.curves.boundaries import constant
from ssms.errors import (
    ConfigError,
    ParameterError,
    ParameterTypeError,
    SsmsError,
    UnknownNameError,
)
from ssms.transforms import RenameParameter

THETA = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3}


def rts(source, theta=THETA, **arguments):
    return source.simulate(theta, n_samples=50, random_state=1, **arguments)["rts"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Simulator("ddm"),
        lambda: Simulator(model="ddm"),
        lambda: Simulator(model_config["ddm"]),
        lambda: Simulator(ModelConfigBuilder.from_model("ddm")),
        lambda: Simulator("ddm", boundary="constant"),
        lambda: Simulator("ddm", boundary=constant, boundary_params=["a"]),
        lambda: Simulator("ddm", drift="constant"),
        lambda: Simulator("ddm", param_bounds={"v": (-9, 9)}),
        lambda: copy.deepcopy(Simulator("ddm")),
        lambda: pickle.loads(pickle.dumps(Simulator("ddm"))),
    ],
)
def test_ways_to_the_same_model(make):
    np.testing.assert_array_equal(rts(make()), rts(Simulator("ddm")))


def test_config_is_a_copy():
    source = Simulator("ddm")
    source.config["params"].append("x")
    source.config["boundary_name"] = "angle"
    assert source.config["params"] == ["v", "a", "z", "t"]
    own = model_config["ddm"]
    source = Simulator(own)
    own["params"].append("x")
    assert source.config["params"] == ["v", "a", "z", "t"]


def test_it_prints_well():
    source = Simulator("full_ddm_deadline")
    assert "full_ddm_deadline" in repr(source)
    assert "exact" in repr(source)
    text = str(source)
    for part in ("full_ddm_deadline", "dx = v dτ + s dW", "sv", "0.001", "deadline"):
        assert part in text
        assert part in source._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({}, ConfigError, "Must provide either a model name, config dict, or simulator_function"),
        ({"model": 3}, ParameterTypeError, "model must be"),
        ({"model": "dmm"}, UnknownNameError, "Did you mean 'ddm'?"),
        ({"model": {"params": ["v"], "nchoices": 2}}, ConfigError, "lacks 'simulator'"),
        ({"simulator_function": 3}, ParameterTypeError, "must be callable"),
        ({"simulator_function": print}, ConfigError, "needs 'params'"),
        ({"simulator_function": print, "params": ["v"]}, ConfigError, "needs 'nchoices'"),
        ({"model": "ddm", "boundary": "constnat"}, UnknownNameError, "Did you mean 'constant'?"),
        ({"model": "ddm", "drift": "gama_drift"}, UnknownNameError, "Did you mean 'gamma_drift'?"),
        ({"model": "ddm", "boundary": 3}, ParameterTypeError, "boundary must be"),
        ({"model": "ddm", "boundary": lambda x: x}, ConfigError, "must be named 't'"),
        ({"model": "ddm", "drift": lambda: 0}, ConfigError, "must be named 't'"),
        ({"model": "ddm", "boundry_params": ["a"]}, UnknownNameError, "'boundary_params'"),
        ({"model": "ddm", "choices": [0, 1]}, SsmsError, "choices"),
        ({"model": "ddm", "nchoices": 3}, SsmsError, "choices"),
        ({"model": "ddm", "parameter_adapter": 3}, ParameterTypeError, "adapt_parameters"),
        ({"model": "ddm", "parameter_adaptations": 3}, ParameterTypeError, "a sequence or None"),
        ({"model": "ddm", "parameter_adaptations": [3]}, ParameterTypeError, "a method apply"),
    ],
)
def test_refusals(arguments, error, words):
    with pytest.raises(error) as caught:
        Simulator(**arguments)
    assert words in str(caught.value)


def test_a_function_of_the_same_name_is_not_the_registered_one():
    """Its own boundary is used or refused, but never replaced in silence."""

    def constant(t, a):
        return a * np.exp(-np.asarray(t))

    try:
        source = Simulator("ddm", boundary=constant, boundary_params=["a"])
    except ConfigError:
        return
    assert rts(source).mean() < 0.9 * rts(Simulator("ddm")).mean()


@pytest.fixture
def registered():
    """Register a model, which is gone afterwards."""
    config = ModelConfigBuilder.from_model("ddm", name="test_model")
    register_model_config("test_model", config)
    yield "test_model"
    unregister_model("test_model")


@pytest.mark.usefixtures("registered")
def test_registered_models_simulate_with_and_without_deadline():
    plain = simulator(THETA, model="test_model", n_samples=50, random_state=1)
    np.testing.assert_array_equal(plain["rts"], rts(Simulator("ddm")))
    assert plain["metadata"]["model"] == "test_model"
    limited = simulator({**THETA, "deadline": 0.1}, model="test_model_deadline", random_state=1)
    assert limited["omission_p"].item() == 1.0


def test_a_model_registered_anew_is_simulated_anew():
    for base, more in (("ddm", {}), ("ddm_st", {"st": 0.1})):
        register_model_config("test_anew", ModelConfigBuilder.from_model(base, name="test_anew"))
        anew = simulator({**THETA, **more}, model="test_anew", n_samples=5, random_state=1)
        same = simulator({**THETA, **more}, model=base, n_samples=5, random_state=1)
        np.testing.assert_array_equal(anew["rts"], same["rts"])
        unregister_model("test_anew")
    with pytest.raises(UnknownNameError):
        simulator(THETA, model="test_anew")


def test_own_transforms_of_parameters():
    renamed = ModelConfigBuilder.from_model("ddm", name="renamed")
    renamed["params"] = ["drift", "a", "z", "t"]
    theta = {**THETA, "drift": THETA["v"]}
    del theta["v"]
    own = Simulator(
        {**renamed, "param_bounds_dict": None, "param_bounds": None},
        parameter_adaptations=[RenameParameter("drift", "v")],
    )
    np.testing.assert_allclose(rts(own, theta), rts(Simulator("ddm")), rtol=1e-5)
    own.validate_params(theta)
    with pytest.raises(ValueError, match="v must be finite"):
        own.validate_params({**theta, "drift": np.nan})


def test_own_adapter():
    class Doubling:
        def adapt_parameters(self, theta, model_config, n_trials):
            return {**theta, "v": theta["v"] * 2}

    adapter = Doubling()
    source = Simulator("ddm", parameter_adapter=adapter)
    assert source.parameter_adapter is adapter
    np.testing.assert_allclose(rts(source), rts(Simulator("ddm"), {**THETA, "v": 1.0}), rtol=1e-5)


def test_the_process_of_a_configuration_can_be_called():
    """The calling convention of a configuration's simulator, as in the released package."""
    theta = {name: np.full(3, value, np.float32) for name, value in THETA.items()}
    result = model_config["ddm"]["simulator"](
        **theta,
        s=np.ones(3, np.float32),
        deadline=np.full(3, 999.0, np.float32),
        boundary_fun=constant,
        boundary_params={"a": theta["a"]},
        max_t=20.0,
        delta_t=0.001,
        n_samples=50,
        n_trials=3,
        random_state=1,
        return_option="full",
        smooth_unif=True,
        n_threads=1,
    )
    assert result["rts"].shape == result["choices"].shape == (50, 3, 1)
    expected = simulator(theta, model="ddm", n_samples=50, random_state=1)
    np.testing.assert_array_equal(result["rts"], expected["rts"])
    assert result["metadata"]["possible_choices"] == [-1, 1]


@pytest.mark.parametrize(
    ("model", "more"),
    [("ornstein", {"g": 3.0}), ("levy", {"alpha": 1.3}), ("full_ddm", {"sz": 0.1, "sv": 1.0})],
)
def test_the_process_of_a_configuration_reads_all_its_parameters(model, more):
    theta = {**THETA, **more, **({"st": 0.1} if model == "full_ddm" else {})}
    result = model_config[model]["simulator"](
        **theta, max_t=20.0, n_samples=50, n_trials=1, random_state=1
    )
    np.testing.assert_array_equal(result["rts"][..., 0], rts(Simulator(model), theta, max_t=20.0))


def test_the_process_of_a_configuration_has_the_boundary_and_drift_that_it_is_given():
    config = model_config["gamma_drift_angle"]
    theta = {**THETA, "theta": 0.6, "shape": 3.0, "scale": 0.1, "c": 4.0}
    arguments = {"max_t": 20.0, "n_samples": 50, "n_trials": 1, "random_state": 1}
    result = config["simulator"](
        **theta,
        **arguments,
        boundary_fun=config["boundary"],
        boundary_params={name: theta[name] for name in config["boundary_params"]},
        drift_fun=config["drift_fun"],
        drift_params={name: theta[name] for name in config["drift_params"]},
    )
    expected = rts(Simulator("gamma_drift_angle"), theta)
    np.testing.assert_array_equal(result["rts"][..., 0], expected)
    assert result["metadata"]["method"] == "bridge"
    with pytest.raises(UnknownNameError, match="parameter 'theta' of this process"):
        config["simulator"](**theta, **arguments)


@pytest.mark.parametrize(
    ("model", "functions", "params"),
    [
        ("ddm", {"boundary": "angle"}, "v a z t theta"),
        ("angle", {"boundary": "constant"}, "v a z t"),
        ("weibull_deadline", {"boundary": "angle"}, "v a z t theta deadline"),
        ("angle", {"drift": "gamma_drift"}, "v a z t theta shape scale c"),
        ("gamma_drift_angle", {"drift": "constant"}, "v a z t theta"),
        ("ornstein", {"boundary": "weibull_cdf"}, "v a z g t alpha beta"),
        ("full_ddm", {"boundary": "angle"}, "v a z t sz sv st theta"),
        ("ddm", {"drift": "conflict_stimflexrel1_dual_drift", "boundary": "angle"},
         "a z t theta vt vd tcoh dcoh tonset donset toffset doffset"),
        ("ddm", {"boundary": lambda t, b: b + 0 * t, "boundary_params": ["b"]}, "v z t b"),
    ],
)  # fmt: skip
def test_the_parameters_are_those_that_are_read(model, functions, params):
    source, params = Simulator(model, **functions), params.split()
    assert source.config["params"] == params
    values = THETA | {"g": 0.5, "alpha": 2.0, "beta": 1.0, "sz": 0.1, "sv": 0.1, "st": 0.1}
    values |= {"theta": 0.2, "shape": 2.0, "scale": 0.2, "c": 1.0, "deadline": 2.0, "b": 1.0}
    values |= dict.fromkeys(["vt", "vd", "tcoh", "dcoh", "toffset", "doffset"], 0.5)
    values |= dict.fromkeys(["tonset", "donset"], 0.1)
    theta = {name: values[name] for name in params}
    assert np.isfinite(rts(source, theta)).all()
    for name in params:
        with pytest.raises(ParameterError, match=f"theta lacks '{name}'"):
            rts(source, {other: value for other, value in theta.items() if other != name})
    for name in set(model_config[model]["params"]) - set(params):
        with pytest.raises(UnknownNameError, match=f"parameter '{name}' of model '{model}'"):
            rts(source, theta | {name: values[name]})


@pytest.mark.parametrize("boundary", get_boundary_registry().names())
@pytest.mark.parametrize("drift", get_drift_registry().names())
def test_every_boundary_goes_with_every_drift(boundary, drift):
    shared = {("conflict_gamma", "gamma_drift"): "scale"}.get((boundary, drift))
    if boundary == "generalized_logistic" and drift != "conflict_stimflexrel1_dual_drift":
        shared = "v"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        source = Simulator("ddm", boundary=boundary, drift=drift)
    said = [f"boundary and drift read the same parameter '{shared}'"] * (shared is not None)
    assert [str(warning.message).split(":")[0] for warning in caught] == said
    theta = dict.fromkeys(source.config["params"], 0.6)
    theta |= {name: 1.5 for name in ("shape", "alphaGamma") if name in theta}
    result = source.simulate(theta, n_samples=20, random_state=1)
    assert result["metadata"]["boundary_fun_type"] == boundary
    assert ((result["rts"] > 0.6) | (result["rts"] == -999)).all()


def test_parameters_of_a_new_boundary_have_their_usual_bounds():
    config = ModelConfigBuilder.from_model("ddm", boundary="angle")
    assert config["param_bounds_dict"]["theta"] == (-0.1, 1.3)
    assert config["default_params"] == [0.0, 1.0, 0.5, 0.001, 0.0]
    assert len(config["param_bounds"][0]) == 5
    own = {"boundary": lambda t, a, k: a - k * t, "boundary_params": ["a", "k"]}
    config = ModelConfigBuilder.from_model("ddm", **own)
    assert not {"param_bounds", "param_bounds_dict", "default_params"} & set(config)
    config = ModelConfigBuilder.from_model("ddm", param_bounds_dict={"k": (0, 1)}, **own)
    assert config["param_bounds_dict"]["k"] == (0, 1)
    assert config["param_bounds_dict"]["v"] == model_config["ddm"]["param_bounds_dict"]["v"]


def test_another_boundary_by_name():
    source = Simulator("ddm", boundary="angle")
    assert source.config["boundary_params"] == ["a", "theta"]
    theta = {**THETA, "v": 0.25, "theta": np.arctan(0.25)}
    result = source.simulate(theta, n_samples=2, no_noise=True, delta_t=0.5, max_t=4)
    np.testing.assert_allclose(result["rts"], 2.3, rtol=1e-6)  # τ / 4 meets 1 - τ / 4
    assert result["metadata"]["boundary_fun_type"] == "angle"
    boundary = result["metadata"]["boundary"]
    np.testing.assert_allclose(boundary[:5], 1 - 0.125 * np.arange(5), rtol=1e-6)
    steep = source.simulate({**theta, "theta": np.pi / 4}, n_samples=500, random_state=1)
    assert steep["rts"].max() <= 1.3


def test_another_drift_by_name():
    source = Simulator("ddm", drift="gamma_drift")
    theta = {**THETA, "v": 0.1, "shape": 2.0, "scale": 0.2, "c": 3.0}
    result = source.simulate(theta, n_samples=500, random_state=1)
    assert result["metadata"]["method"] == "bridge"
    assert result["metadata"]["drift_fun_type"] == "gamma_drift"
    assert (result["choices"] == 1).mean() > 0.7  # the drift peaks at 3.1
    with pytest.raises(ConfigError, match="by method 'exact': its drift is 'gamma_drift'"):
        source.simulate(theta, method="exact")


@pytest.mark.parametrize("method", ["exact", "table", "bridge", "euler"])
def test_methods_draw_from_one_law(method):
    """Means within four standard errors; the plain scheme's is up to 40 ms late."""
    result = Simulator("ddm").simulate(
        {**THETA, "v": 1.0}, n_samples=20_000, random_state=1, method=method
    )
    assert result["metadata"]["method"] == method
    rts, mean = result["rts"] - 0.3, np.tanh(1.0)
    late = rts.mean() - mean
    error = 4 * rts.std() / np.sqrt(rts.size)
    assert -error < late < error + (0.04 if method == "euler" else 0.0)
    upper, expected = (result["choices"] == 1).mean(), 1 / (1 + np.exp(-2.0))
    assert abs(upper - expected) < 0.01 + (0.01 if method == "euler" else 0)
    grid = np.abs(np.round(rts / 0.001) - rts / 0.001) < 0.01
    assert grid.mean() < 0.1  # euler's times are blurred


def test_what_has_no_meaning_is_refused_by_name():
    with pytest.raises(ConfigError, match="n_particles must be 1, got 2"):
        Simulator("ddm", n_particles=2)
    with pytest.raises(ConfigError, match=r"ddm_legacy.*must be constant"):
        Simulator("ddm_legacy", boundary=lambda t, a: a - 0 * t, boundary_params=["a"])
    config = model_config["conflict_stimflexrel1_leak2"]
    for role, words in (("stability", "Levy noise"), ("drift_sd", "a drift that varies")):
        process = dataclasses.replace(config["simulator"], **{role: "v"})
        with pytest.raises(ConfigError, match=f"two columns, which does not go with {words}"):
            Simulator({**config, "simulator": process})
