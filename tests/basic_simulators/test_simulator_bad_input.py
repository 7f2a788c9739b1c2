"""Every input that has no meaning gives one clear message, before any work."""

import numpy as np
import pytest

import ssms
from ssms import Simulator
from ssms.basic_simulators.simulator import simulator
from ssms.config import model_config
from ssms.errors import ConfigError, ParameterError, ParameterTypeError, UnknownNameError

GOOD = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3}
FULL = {**GOOD, "sz": 0.1, "sv": 0.2, "st": 0.1}


def message(error, theta=GOOD, model="ddm", **arguments):
    """Return what is said, by `simulator` and by `Simulator.simulate` alike."""
    with pytest.raises(error) as caught:
        simulator(theta, model=model, **arguments)
    with pytest.raises(error) as again:
        Simulator(model).simulate(theta, **arguments)
    assert str(again.value) == str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("model", ["ddm", "ddm_deadline"])
@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_not_finite(model, name, value):
    theta = {**GOOD, name: value}
    if model == "ddm_deadline":
        theta["deadline"] = 1.0
    text = message(ParameterError, theta, model)
    assert text.startswith(f"{name} must be")
    assert text.endswith(f"got {value}")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("a", 0.0, "greater than 0 (from 1e-9 to 1e9)"),
        ("a", -1.0, "greater than 0 (from 1e-9 to 1e9)"),
        ("z", -0.5, "between 0 and 1"),
        ("z", 1.5, "between 0 and 1"),
        ("t", -0.001, "at least 0 (up to 1e9)"),
        ("sz", -0.1, "at least 0 (up to 1e9)"),
        ("sv", -0.1, "at least 0 (up to 1e9)"),
        ("st", -0.1, "at least 0 (up to 1e9)"),
        ("s", -1.0, "0, or greater (from 1e-9 to 1e9)"),
    ],
)
def test_without_meaning(name, value, allowed):
    text = message(ParameterError, {**FULL, name: value}, "full_ddm")
    assert text == f"{name} must be {allowed}, got {value}"


@pytest.mark.parametrize("name", ["no_noise", "smooth_unif"])
@pytest.mark.parametrize("value", ["no", None, 2, np.array([True, False]), []])
def test_switches(name, value):
    assert message(ParameterTypeError, **{name: value}).startswith(f"{name} must be True or False")


def test_a_grid_too_fine_to_be_shown():
    result = Simulator("ddm").simulate(GOOD, n_samples=3, delta_t=1e-9, random_state=1)
    with pytest.raises(ParameterError, match=r"delta_t = 1e-09 make 20,000,000,001"):
        result["metadata"]["boundary"]


def test_the_trial_is_named():
    theta = {**GOOD, "a": [1.0, 1.0, -2.0, -3.0]}
    assert message(ParameterError, theta).startswith("a of trial 2 must be")


@pytest.mark.parametrize(
    ("model", "theta", "name"),
    [
        ("ddm_truncnormt", {"v": 0.5, "a": 1.0, "z": 0.5, "mt": np.nan, "st": 0.1}, "mt"),
        ("ddm_rayleight", {"v": 0.5, "a": 1.0, "z": 0.5, "st": np.inf}, "st"),
        ("ddm_deadline", {**GOOD, "deadline": np.nan}, "deadline"),
    ],
)
def test_parameters_are_called_by_their_name(model, theta, name):
    assert message(ParameterError, theta, model).startswith(f"{name} must be")


def test_unequal_lengths():
    text = message(ParameterError, {**GOOD, "v": [1.0, 2.0], "a": [1.0, 2.0, 3.0]})
    assert "same length" in text
    assert "v: 2" in text
    assert "a: 3" in text


def test_missing_parameters():
    text = message(ParameterError, {"v": 0.5, "z": 0.5})
    assert "lacks 'a', 't'" in text
    assert "v, a, z, t" in text


def test_a_deadline_of_a_model_without_one():
    text = message(UnknownNameError, {**GOOD, "deadline": 1.0})
    assert text.endswith("; models named NAME_deadline take it")


def test_theta_in_the_place_of_the_model():
    with pytest.raises(ConfigError, match="lacks 'params'; it holds v, a, z, t"):
        ssms.simulate(GOOD, "ddm")


def test_missing_deadline():
    assert "lacks 'deadline'" in message(ParameterError, GOOD, "ddm_deadline")


@pytest.mark.parametrize(
    ("wrong", "nearest"), [("V", "v"), ("sigma", None), ("tt", "t"), ("zz", "z")]
)
def test_unknown_parameter(wrong, nearest):
    text = message(UnknownNameError, {**GOOD, wrong: 1.0})
    assert repr(wrong) in text
    assert "v, a, z, t" in text
    if nearest:
        assert f"Did you mean '{nearest}'?" in text


def test_misspelt_parameter_suggests_the_right_one():
    theta = {**GOOD, "dedline": 1.0}
    assert "Did you mean 'deadline'?" in message(UnknownNameError, theta, "ddm_deadline")


@pytest.mark.parametrize(
    "theta", [[1.0, 1.0, 0.5], np.ones((3, 5)), np.ones((2, 2, 4)), [], np.ones((0, 3))]
)
def test_width_of_theta(theta):
    text = message(ParameterError, theta)
    assert "4 columns" in text
    assert "(v, a, z, t)" in text
    assert str(np.shape(theta)) in text


@pytest.mark.parametrize("theta", [{1.0, 0.5}, None, "ddm", b"ddm", 3.0])
@pytest.mark.parametrize("error", [ParameterTypeError, ValueError, TypeError])
def test_type_of_theta(theta, error):
    assert "theta must be a mapping, sequence, array, DataFrame or record" in message(error, theta)


@pytest.mark.parametrize("value", ["0.5", None, 1j, [None], {"x": 1}])
def test_type_of_a_parameter(value):
    assert message(ParameterTypeError, {**GOOD, "v": value}).startswith("v must be")


def test_dimensions_of_a_parameter():
    text = message(ParameterError, {**GOOD, "v": np.ones((2, 3))})
    assert text.startswith("v must be a number or a vector")
    ragged = {**GOOD, "v": [[1.0, 2.0], [3.0]]}
    assert message(ParameterError, ragged).startswith("v must be numbers in a regular shape")


@pytest.mark.parametrize("name", ["n_samples", "n_threads"])
@pytest.mark.parametrize("value", [0, -1, 2**40])
def test_counts_out_of_range(name, value):
    text = message(ParameterError, **{name: value})
    assert text.startswith(f"{name} must be an integer from 1 to")
    assert text.endswith(f"got {value}")


@pytest.mark.parametrize("name", ["n_samples", "n_threads"])
@pytest.mark.parametrize("value", [1.5, "10", None, True, np.nan])
def test_counts_that_are_none(name, value):
    assert message(ParameterTypeError, **{name: value}).startswith(f"{name} must be an integer")


@pytest.mark.parametrize("name", ["delta_t", "max_t"])
@pytest.mark.parametrize("value", [0, 0.0, -0.001, np.nan, -np.inf])
def test_times_out_of_range(name, value):
    text = message(ParameterError, **{name: value})
    assert text == f"{name} must be finite and greater than 0, got {value}"


@pytest.mark.parametrize("name", ["delta_t", "max_t"])
@pytest.mark.parametrize("value", [1e-10, 1e10])
def test_times_of_which_simulations_would_not_end(name, value):
    text = message(ParameterError, **{name: value})
    assert text == f"{name} must be from 1e-09 to 1e+09 seconds, got {value}"


def test_an_infinite_step_is_none():
    assert "delta_t must be finite" in message(ParameterError, delta_t=np.inf)


@pytest.mark.parametrize("name", ["delta_t", "max_t", "sigma_noise"])
def test_numbers_that_no_float_holds(name):
    assert f"{name} must be finite" in message(ParameterError, **{name: 10**400})


@pytest.mark.parametrize("name", ["delta_t", "max_t", "sigma_noise"])
@pytest.mark.parametrize("value", ["1", [1.0, 2.0], True])
def test_numbers_that_are_none(name, value):
    assert message(ParameterTypeError, **{name: value}).startswith(f"{name} must be a number")


@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf])
def test_sigma_noise_out_of_range(value):
    text = message(ParameterError, sigma_noise=value)
    assert text.startswith("sigma_noise must be finite and not negative")


def test_noise_given_twice():
    assert "sigma_noise must be None" in message(
        ParameterError, {**GOOD, "s": 1.0}, sigma_noise=1.0
    )
    assert "both s and sd" in message(ParameterError, {**GOOD, "s": 1.0, "sd": 1.0})


@pytest.mark.parametrize("value", [-1, 2**64])
def test_seed_out_of_range(value):
    text = message(ParameterError, random_state=value)
    assert text.startswith("random_state (the seed) must be an integer from 0 to 2**64 - 1")


@pytest.mark.parametrize("value", [1.0, "1", True, np.random.RandomState(1), [1]])
def test_seed_of_another_type(value):
    text = message(ParameterTypeError, random_state=value)
    assert "numpy.random.Generator" in text


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [("dmm", "ddm"), ("fulddm", "full_ddm"), ("ddm_dedline", "ddm"), ("DDM", "ddm")],
)
def test_unknown_model(wrong, nearest):
    with pytest.raises(UnknownNameError, match="Unknown model") as caught:
        simulator(GOOD, model=wrong)
    assert f"Did you mean '{nearest}" in str(caught.value)


def test_errors_are_those_that_callers_expect():
    with pytest.raises(ValueError, match="Unknown model"):
        simulator(GOOD, model="dmm")
    with pytest.raises(KeyError):
        simulator(GOOD, model="dmm")
    with pytest.raises(ValueError, match="a must be"):
        simulator({**GOOD, "a": 0.0}, model="ddm")
    with pytest.raises(TypeError, match="n_samples must be"):
        simulator(GOOD, model="ddm", n_samples=1.5)


@pytest.mark.parametrize(
    ("argument", "wrong", "nearest"),
    [("return_option", "ful", "full"), ("method", "exakt", "exact")],
)
def test_unknown_option(argument, wrong, nearest):
    text = message(UnknownNameError, **{argument: wrong})
    assert text.startswith(f"Unknown {argument} '{wrong}'. Did you mean '{nearest}'?")


def test_method_must_be_a_name():
    assert message(ParameterTypeError, method=["exact"]).startswith("method must be a string")


@pytest.mark.parametrize("name", [None, 1, b"ddm"])
def test_names_are_strings(name):
    said = rf"^model must be a string, got .* \({type(name).__name__}\)$"
    with pytest.raises(UnknownNameError, match=said):
        simulator(GOOD, model=name)
    with pytest.raises(UnknownNameError, match=said):
        model_config[name]


def test_numbers_that_are_no_floats():
    for huge in (10**400, [1.0, 10**400]):
        with pytest.raises(ParameterError, match="v must be made of numbers below 1e308 in size"):
            simulator({**GOOD, "v": huge}, model="ddm")


@pytest.mark.parametrize("fields", [3, "r1", [1.0]])
def test_type_of_extra_fields(fields):
    assert "extra_fields must be a mapping" in message(ParameterTypeError, extra_fields=fields)


def test_extra_fields_of_a_model_that_has_none():
    assert "extra_fields must be empty" in message(ParameterError, extra_fields={"r1": [1.0]})


def test_arguments_of_the_past():
    for name in ("bin_dim", "bin_pointwise", "deadline"):
        with pytest.raises(TypeError, match=name):
            simulator(GOOD, model="ddm", **{name: 1})


@pytest.mark.parametrize("theta", [{**GOOD, "a": 0.0}, {"v": 1.0}, [1.0], {**GOOD, "x": 1.0}])
def test_validate_params_says_the_same(theta):
    with pytest.raises((ParameterError, UnknownNameError)) as simulating:
        Simulator("ddm").simulate(theta)
    with pytest.raises((ParameterError, UnknownNameError)) as validating:
        Simulator("ddm").validate_params(theta)
    assert str(validating.value) == str(simulating.value)
