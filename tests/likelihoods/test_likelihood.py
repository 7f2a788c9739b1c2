"""The likelihood as a function of data and parameters: shapes, order, invalid values."""

import numpy as np
import pytest

from ssms import Simulator, densities
from ssms.errors import ConfigError
from ssms.likelihoods import custom_dist, jax_op, pytensor_op
from ssms.likelihoods.likelihood import Likelihood

DATA = np.array([[0.7, 1], [0.9, -1], [1.4, 1], [0.2, 1], [-999.0, 1]])
THETA = {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3}


def test_values_and_gradients_are_those_of_densities():
    found = Likelihood("ddm", max_t=20.0).value_and_gradient(DATA, *THETA.values())
    value, gradient = densities.logpdf_and_gradient("ddm", THETA, *DATA.T, max_t=20.0)
    np.testing.assert_array_equal(found[0], value)
    np.testing.assert_array_equal(found[1], gradient.T)
    assert found[0][3] == -np.inf
    assert not found[1][:, 3].any()


def test_parameters_may_come_in_another_order():
    likelihood = Likelihood("ddm", params=["t", "z", "a", "v"])
    value, gradient = likelihood.value_and_gradient(DATA[:3], 0.3, 0.5, 1.2, 0.8)
    expected = Likelihood("ddm").value_and_gradient(DATA[:3], *THETA.values())
    np.testing.assert_array_equal(value, expected[0])
    np.testing.assert_array_equal(gradient[::-1], expected[1])


@pytest.mark.parametrize("shape", [(), (1,), (3,), (4, 1), (4, 3)])
def test_parameters_broadcast_against_the_trials(shape):
    drift = np.linspace(0.5, 1.0, int(np.prod(shape))).reshape(shape)
    value, gradient = Likelihood("ddm").value_and_gradient(DATA[:3], drift, 1.2, 0.5, 0.3)
    expected = np.broadcast_shapes(shape, (3,))
    assert (value.shape, gradient.shape) == (expected, (4, *expected))
    for place in np.ndindex(expected):
        v = np.broadcast_to(drift, expected)[place]
        one = densities.logpdf("ddm", {**THETA, "v": v}, *DATA[place[-1]])
        assert value[place] == pytest.approx(float(one), abs=1e-12)


@pytest.mark.parametrize(
    "model",
    ["ddm", "weibull", "lba3", "full_ddm", "race_no_bias_angle_2", "ddm_seq2_weibull_no_bias"],
)
def test_trials_with_invalid_parameters_are_impossible(model):
    defaults = dict(Simulator(model).defaults)
    rows = {name: np.full(3, float(value)) for name, value in defaults.items()}
    first = next(iter(set(rows) & {"a", "A"}))
    rows[first][1] = -1.0
    rows[next(iter(rows))][2] = np.nan
    data = np.array([[1.1, Simulator(model).choices[0]]] * 3)
    value, gradient = Likelihood(model).value_and_gradient(data, *rows.values())
    assert np.isfinite(value[0])
    assert list(value[1:]) == [-np.inf, -np.inf]
    assert not gradient[:, 1:].any()
    alone, slopes = Likelihood(model).value_and_gradient(data, *(row[2] for row in rows.values()))
    assert (alone == -np.inf).all()
    assert not slopes.any()


def test_models_without_response_times_take_the_choices():
    likelihood = Likelihood("inv_temp_softmax_3")
    theta = list(Simulator("inv_temp_softmax_3").defaults.values())
    choices = np.array([0, 2, 1])
    expected = densities.choice_probability("inv_temp_softmax_3", theta, choices)
    for data in (choices, choices[:, None]):
        np.testing.assert_allclose(np.exp(likelihood.value(data, *theta)), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Likelihood("lca_3"), "no density"),
        (lambda: Likelihood("ddm", params=["v", "a", "z", "tt"]), "tt"),
        (lambda: Likelihood("ddm", params=["v", "a", "z"]), "params must be an order of"),
        (lambda: Likelihood("ddm", params=["v", "a", "z", "t", "t"]), "params must be an order of"),
        (lambda: Likelihood("ddm", accuracy="perfect"), "accuracy"),
        (lambda: Likelihood("ddm").value(DATA, 1.0), r"4 parameters \(v, a, z, t\), got 1"),
        (lambda: Likelihood("ddm").value(DATA[:, 0], *THETA.values()), r"of shape \(n, 2\)"),
        (lambda: Likelihood("ddm").value(DATA[:, [0, 0]], *THETA.values()), "choice must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises((ConfigError, ValueError, TypeError), match=message):
        call()


@pytest.mark.parametrize(
    ("function", "library", "extra"),
    [
        (lambda: pytensor_op("ddm"), "pytensor", "pymc"),
        (lambda: jax_op("ddm"), "jax", "jax"),
        (lambda: custom_dist("data", "ddm"), "pymc", "pymc"),
    ],
)
def test_a_library_that_is_not_installed_is_named(monkeypatch, function, library, extra):
    monkeypatch.setitem(__import__("sys").modules, library, None)
    with pytest.raises(ImportError, match=rf"{library} is not installed.*\[{extra}\]"):
        function()
