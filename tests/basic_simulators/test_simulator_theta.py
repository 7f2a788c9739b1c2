"""The forms in which parameters are given all mean the same."""

from array import array
from collections import deque

import numpy as np
import pandas as pd
import pytest

from ssms import Simulator
from ssms.basic_simulators.simulator import simulator
from ssms.config import model_config

ONE = {"v": 0.5, "a": 1.2, "z": 0.4, "t": 0.3}
ROW = [0.5, 1.2, 0.4, 0.3]
MANY = {"v": [0.5, 1.0, -1.0], "a": [1.2, 0.8, 1.0], "z": [0.4, 0.5, 0.6], "t": [0.3, 0.2, 0.1]}
ROWS = np.array(list(MANY.values())).T


class ArrayLike:
    """As tensors of other libraries are."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


class Columns:
    """As tables of pyarrow are: columns by name, in any order, and an array of them all."""

    def __init__(self, values):
        self.values = dict(reversed(values.items()))
        self.column_names, self.columns = list(self.values), list(self.values.values())

    def __getitem__(self, name):
        return ArrayLike(self.values[name])

    def __array__(self, dtype=None, copy=None):
        return np.array(self.columns, dtype).T


def rts(theta, n_samples=50):
    return simulator(theta, model="ddm", n_samples=n_samples, random_state=1)["rts"]


@pytest.mark.parametrize(
    "theta",
    [
        ROW,
        tuple(ROW),
        array("d", ROW),
        deque(ROW),
        ArrayLike(ROW),
        pd.Index(ROW),
        np.array(ROW),
        np.array([ROW]),
        [ROW],
        {name: [value] for name, value in ONE.items()},
        {name: np.array(value) for name, value in ONE.items()},
        {name: np.float64(value) for name, value in ONE.items()},
        {name: np.array([[value]]) for name, value in ONE.items()},
        dict(reversed(ONE.items())),
        pd.DataFrame([ONE]),
    ],
)
def test_one_trial(theta):
    np.testing.assert_array_equal(rts(theta), rts(ONE))


@pytest.mark.parametrize(
    "theta",
    [
        ROWS,
        ROWS.tolist(),
        tuple(map(tuple, ROWS)),
        tuple(ROWS),
        ArrayLike(ROWS),
        tuple(pd.DataFrame(MANY).to_dict("records")),
        Columns(MANY),
        np.asfortranarray(ROWS),
        {name: np.array(values) for name, values in MANY.items()},
        {name: np.array(values)[:, None] for name, values in MANY.items()},
        pd.DataFrame(MANY),
        pd.DataFrame(MANY)[["t", "z", "v", "a"]],
    ],
)
@pytest.mark.parametrize("at_once", [1 << 20, 1])
def test_many_trials(theta, at_once, monkeypatch):
    monkeypatch.setattr("ssms.basic_simulators.theta.MANY", at_once)
    np.testing.assert_array_equal(rts(theta), rts(MANY))


def test_columns_are_in_the_order_of_params():
    assert model_config["ddm"]["params"] == list(ONE)


def test_numbers_serve_every_trial():
    mixed = {"v": [0.5, 1.0, -1.0], "a": 1.2, "z": 0.4, "t": np.array(0.3)}
    spelt_out = {"v": [0.5, 1.0, -1.0], "a": [1.2] * 3, "z": [0.4] * 3, "t": [0.3] * 3}
    np.testing.assert_array_equal(rts(mixed), rts(spelt_out))


def test_integers_and_single_precision():
    whole = {"v": 1, "a": np.int32(1), "z": np.float32(0.5), "t": 0}
    np.testing.assert_array_equal(rts(whole), rts([1.0, 1.0, 0.5, 0.0]))


def test_theta_is_left_as_it_was():
    theta = {name: np.array(values) for name, values in MANY.items()}
    before = {name: values.copy() for name, values in theta.items()}
    rts(theta)
    assert theta.keys() == before.keys()
    for name, values in before.items():
        np.testing.assert_array_equal(theta[name], values)


def test_no_trials():
    result = simulator(np.empty((0, 4)), model="ddm", n_samples=5)
    assert result["rts"].shape == result["choices"].shape == (5, 0, 1)
    assert result["choice_p"].shape == (0, 2)
    assert result["omission_p"].shape == (0, 1)
    assert result["binned_128"].sum() == 0
    assert result["metadata"]["n_trials"] == 0
    assert np.isnan(result["metadata"]["boundary"]).all()


def test_no_trials_of_a_boundary_of_ones_own():
    source = Simulator("ddm", boundary=lambda t, a: a - 0.1 * t, boundary_params=["a"])
    result = source.simulate(np.empty((0, 4)), n_samples=5)
    assert result["rts"].shape == (5, 0, 1)
    assert result["metadata"]["boundary"].shape == (20001,)


def test_outside_the_training_bounds_is_allowed():
    theta = {"v": 30.0, "a": 50.0, "z": 0.999, "t": 100.0}
    result = simulator(theta, model="ddm", n_samples=10, random_state=1)
    assert (result["rts"] > 100).all()


@pytest.mark.parametrize("theta", [ONE, MANY, ROW, ROWS])
def test_validate_params_accepts(theta):
    Simulator("ddm").validate_params(theta)


def test_read_only_and_strided_arrays():
    wide = np.repeat(ROWS, 2, axis=1)[:, ::2]
    wide.setflags(write=False)
    np.testing.assert_array_equal(rts(wide), rts(MANY))
