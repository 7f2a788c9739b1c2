"""Functions of a user's own: their arguments name their parameters, through every door."""

import functools
from dataclasses import replace

import numpy as np
import pytest

import ssms
from ssms import Simulator
from ssms.basic_simulators.boundary_functions import angle
from ssms.basic_simulators.drift_functions import gamma_drift
from ssms.basic_simulators.simulator import make_boundary_dict, make_drift_dict
from ssms.config import (
    ModelConfigBuilder,
    get_boundary_registry,
    get_drift_registry,
    model_config,
    register_boundary,
    register_drift,
    register_model_config,
    unregister_boundary,
    unregister_drift,
    unregister_model,
)
from ssms.config.spec import ModelSpec, Parameter
from ssms.curves import own_curve
from ssms.errors import ConfigError
from ssms.processes import Diffusion

THETA = {"v": 0.6, "a": 1.3, "z": 0.4, "t": 0.2}
RATE, GAIN = {"rate": 0.8}, {"gain": 0.5}


def hyperbolic(t, a, rate):
    return a / (1.0 + rate * np.asarray(t))


def ramp(t, v, gain):
    return v + gain * np.asarray(t)


BOTH = Simulator(
    "ddm",
    boundary=hyperbolic,
    boundary_params=["a", "rate"],
    drift=ramp,
    drift_params=["v", "gain"],
)


def by_registry():
    register_boundary("test_hyperbolic", hyperbolic)
    register_drift("test_ramp", ramp)
    try:
        return Simulator("ddm", boundary="test_hyperbolic", drift="test_ramp")
    finally:
        unregister_boundary("test_hyperbolic")
        unregister_drift("test_ramp")


def by_dictionary():
    config = {key: model_config["ddm"][key] for key in ("nchoices", "choices", "simulator")}
    params = [*THETA, *RATE, *GAIN]
    return Simulator(config | {"params": params, "boundary": hyperbolic, "drift_fun": ramp})


def by_spec():
    ddm = ssms.model("ddm")
    parameters = (*ddm.parameters, Parameter("rate"), Parameter("gain"))
    return Simulator(replace(ddm, parameters=parameters, boundary=hyperbolic, drift=ramp))


def by_registered_model():
    config = ModelConfigBuilder.from_model("ddm", boundary=hyperbolic, drift=ramp)
    register_model_config("test_own", config)
    try:
        return Simulator("test_own")
    finally:
        unregister_model("test_own")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Simulator("ddm", boundary=hyperbolic, drift=ramp),
        lambda: Simulator(ssms.model("ddm"), boundary=hyperbolic, drift=ramp),
        lambda: Simulator("ddm", drift=ramp, boundary=hyperbolic, boundary_params=None),
        lambda: Simulator(ModelConfigBuilder.from_model("ddm", boundary=hyperbolic, drift=ramp)),
        lambda: Simulator(
            ModelConfigBuilder.add_drift(
                ModelConfigBuilder.add_boundary(model_config["ddm"], hyperbolic), ramp
            )
        ),
        lambda: Simulator(
            ModelConfigBuilder.with_overrides(model_config["ddm"], boundary=hyperbolic, drift=ramp)
        ),
        by_registry,
        by_dictionary,
        by_spec,
        by_registered_model,
    ],
)
def test_every_door_reads_the_arguments(make):
    own = make()
    theta = THETA | RATE | GAIN
    assert own.params == list(theta)
    found = own.simulate(theta, 200, random_state=1)
    expected = BOTH.simulate(theta, 200, random_state=1)
    np.testing.assert_array_equal(found["rts"], expected["rts"])


def test_a_process_that_is_called_reads_them():
    arrays = {name: np.array([value]) for name, value in (THETA | RATE | GAIN).items()}
    options = {"n_samples": 100, "max_t": 20.0, "random_state": 1}
    found = Diffusion()(**arrays, boundary_fun=hyperbolic, drift_fun=ramp, **options)
    named = {
        "boundary_params": {name: arrays.pop(name) for name in ("a", "rate")},
        "drift_params": {name: arrays.pop(name) for name in ("v", "gain")},
    }
    expected = Diffusion()(**arrays, boundary_fun=hyperbolic, drift_fun=ramp, **named, **options)
    np.testing.assert_array_equal(found["rts"], expected["rts"])


def test_dictionaries_for_simulator_functions_hold_them():
    theta = THETA | RATE | GAIN
    found = make_boundary_dict({"boundary": hyperbolic}, theta)
    assert found == {"boundary_fun": hyperbolic, "boundary_params": {"a": 1.3, "rate": 0.8}}
    found = make_drift_dict({"drift_fun": ramp}, theta)
    assert found == {"drift_fun": ramp, "drift_params": {"v": 0.6, "gain": 0.5}}


def test_a_simulator_function_gets_them():
    seen = {}

    def simulate(v, a, rate, boundary_params, **rest):
        seen.update(boundary_params)
        shape = (rest["n_samples"], rest["n_trials"], 1)
        return {"rts": np.ones(shape), "choices": np.zeros(shape, int)}

    own = Simulator(
        simulator_function=simulate, params=["v", "a", "rate"], nchoices=2, boundary=hyperbolic
    )
    own.simulate({"v": 1.0, "a": 2.0, "rate": 0.5}, 5)
    assert {name: value.item() for name, value in seen.items()} == {"a": 2.0, "rate": 0.5}


def test_a_function_of_the_package_is_the_registered_one():
    """Its own arguments have defaults, and the model is sampled by the built-in curve."""
    own = Simulator("ddm", boundary=angle)
    assert own.params == Simulator("ddm", boundary="angle").params
    assert own.methods[0] == "exact"
    assert "scale" in Simulator("ddm", drift=gamma_drift).params
    config = {"boundary": angle, "params": [*THETA, "theta"], "choices": [-1, 1]}
    assert Simulator(config | {"simulator": Diffusion(), "nchoices": 2}).methods[0] == "exact"


class Falling:
    def __call__(self, t, a, slope):
        return a - slope * t


def with_constants(t, a, slope=0.3, *, shift=0.0):
    return a - slope * t + shift


@pytest.mark.parametrize(
    ("function", "params"),
    [
        (lambda t: 1.0 + 0.0 * t, ()),
        (lambda t, a: a + 0.0 * t, ("a",)),
        (Falling(), ("a", "slope")),
        (Falling().__call__, ("a", "slope")),
        (with_constants, ("a", "slope")),
        (functools.partial(with_constants, shift=0.1), ("a", "slope")),
        (functools.partial(with_constants, slope=0.1), ("a",)),
        (functools.wraps(hyperbolic)(lambda *args, **kwargs: hyperbolic(*args, **kwargs)),
         ("a", "rate")),
    ],
)  # fmt: skip
def test_arguments_that_are_parameters(function, params):
    curve = own_curve("boundary", "own", function)
    assert curve.params == params
    theta = THETA | dict.fromkeys(params, 0.5)
    own = Simulator("ddm", boundary=function)
    own.simulate({name: theta[name] for name in own.params}, 5, random_state=1)


REFUSED = [
    (lambda t, *rest: t, r"are not known: \*rest; name its parameters"),
    (lambda t, a, **rest: t, r"are not known: \*\*rest; name its parameters"),
    (max, "signature of the {kind} function 'max' cannot be read; name its parameters"),
    (np.sin, "{kind} function 'sin' (must be named 't', got x|cannot be read)"),  # by version
    (lambda x, t: x, "must be named 't', got x"),
    (lambda: 1.0, "must be named 't', got None"),
    (lambda t, a, /: a, "takes no argument 't'"),
]
DOORS = {
    "boundary": [
        lambda f: Simulator("ddm", boundary=f),
        lambda f: ModelConfigBuilder.from_model("ddm", boundary=f),
        lambda f: ModelConfigBuilder.add_boundary(model_config["ddm"], f),
        lambda f: register_boundary("test_refused", f),
        lambda f: Simulator({**model_config["ddm"], "boundary": f, "boundary_params": None,
                             "boundary_name": None}),
        lambda f: replace(ssms.model("ddm"), boundary=f),
        lambda f: make_boundary_dict({"boundary": f}, THETA),
    ],
    "drift": [
        lambda f: Simulator("ddm", drift=f),
        lambda f: ModelConfigBuilder.from_model("ddm", drift=f),
        lambda f: ModelConfigBuilder.add_drift(model_config["ddm"], f),
        lambda f: register_drift("test_refused", f),
        lambda f: Simulator({**model_config["ddm"], "drift_fun": f}),
        lambda f: replace(ssms.model("ddm"), drift=f),
        lambda f: make_drift_dict({"drift_fun": f}, THETA),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("function", "words"), REFUSED)
@pytest.mark.parametrize(
    ("kind", "door"), [(kind, door) for kind, doors in DOORS.items() for door in doors]
)
def test_functions_that_do_not_tell_are_refused(kind, door, function, words):
    with pytest.raises(ConfigError, match=words.format(kind=kind)):
        door(function)
    for registry in (get_boundary_registry(), get_drift_registry()):
        assert not registry.is_registered("test_refused")


def test_named_parameters_count_where_they_are_given():
    own = Simulator("ddm", boundary=lambda t, **p: p["a"] - 0.1 * t, boundary_params=["a"])
    assert own.params == ["v", "a", "z", "t"]
    own = Simulator("ddm", boundary=with_constants, boundary_params=["a"])
    assert own.params == ["v", "a", "z", "t"]


def test_a_parameter_that_the_model_lacks_is_named_at_once():
    config = {**model_config["ddm"], "boundary": hyperbolic, "boundary_name": None}
    del config["boundary_params"]
    with pytest.raises(ConfigError, match="'hyperbolic' takes the parameter 'rate'"):
        Simulator(config)


def test_a_registered_drift_of_two_parts_has_two_columns():
    model = "conflict_stimflexrel1_leak2"

    def parts(t, p, q):
        return np.stack([p + 0.0 * t, q * np.exp(-t)], axis=-1)

    theta = {name: ssms.model(model).defaults[name] for name in ("a", "z", "t", "gt", "gd")}
    theta |= {"p": 1.0, "q": -0.5}
    expected = Simulator(model, drift=parts).simulate(theta, 50, random_state=1)["rts"]
    register_drift("test_parts", parts)
    try:
        named = Simulator(model, drift="test_parts").simulate(theta, 50, random_state=1)["rts"]
        spec = ssms.model(model)
        parameters = tuple(Parameter(name) for name in theta)
        direct = ModelSpec(
            name="two", description="", process=spec.process, parameters=parameters,
            drift="test_parts",
        )  # fmt: skip
        found = Simulator(direct).simulate(theta, 50, random_state=1)["rts"]
    finally:
        unregister_drift("test_parts")
    np.testing.assert_array_equal(named, expected)
    np.testing.assert_array_equal(found, expected)
