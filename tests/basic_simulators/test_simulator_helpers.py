"""Helpers that stand beside `simulator`."""

import numpy as np
import pytest

from ssms.basic_simulators.simulator import (
    bin_simulator_output,
    make_boundary_dict,
    make_drift_dict,
    make_noise_vec,
    simulator,
    validate_ssm_parameters,
)
from ssms.config import model_config
from ssms.curves.boundaries import constant
from ssms.curves.drifts import gamma_drift
from ssms.errors import ParameterError, ParameterTypeError


@pytest.fixture(scope="module")
def out():
    theta = {"v": [0.5, -1.0, 2.0], "a": 1.0, "z": 0.5, "t": 0.3, "deadline": [9.0, 0.8, 1e-9]}
    return simulator(theta, model="ddm_deadline", n_samples=300, max_t=4.0, random_state=1)


@pytest.mark.parametrize("arguments", [{"nbins": 10}, {"bin_dt": 0.5}, {"nbins": 7, "max_t": 1.5}])
def test_bins(out, arguments):
    counts = bin_simulator_output(out, freq_cnt=True, **arguments)
    nbins = arguments.get("nbins") or 8
    edges = np.append(np.linspace(0, arguments.get("max_t", 4.0), nbins), np.inf)
    for column, choice in enumerate([-1, 1]):
        expected, _ = np.histogram(out["rts"][out["choices"] == choice], edges)
        np.testing.assert_array_equal(counts[:, column], expected)
    shares = bin_simulator_output(out, **arguments)
    np.testing.assert_allclose(shares.sum(), 1 - out["omission_p"].mean())
    np.testing.assert_allclose(shares, counts / 900)


def test_bins_agree_with_the_summaries(out):
    binned = bin_simulator_output(out, nbins=128, freq_cnt=True)
    np.testing.assert_array_equal(binned, out["binned_128"][0])
    assert bin_simulator_output(out).shape == (100, 2)


@pytest.mark.parametrize("arguments", [{"nbins": 1}, {"nbins": -2}, {"bin_dt": 0}, {"max_t": 0}])
def test_bins_refused(out, arguments):
    with pytest.raises(ParameterError, match=next(iter(arguments))):
        bin_simulator_output(out, **arguments)


def test_bins_need_max_t_of_metadata_that_lack_it():
    out = simulator([0.5, 1, 0.5, 0.3], model="ddm", return_option="minimal", n_samples=9)
    assert bin_simulator_output(out, freq_cnt=True).sum() == 9
    del out["metadata"]["max_t"]
    with pytest.raises(ParameterError, match="max_t must be given"):
        bin_simulator_output(out)
    assert bin_simulator_output(out, max_t=20, freq_cnt=True).sum() == 9
    with pytest.raises(ParameterTypeError, match="nbins"):
        bin_simulator_output(out, max_t=20, nbins=2.5)


def test_boundary_and_drift():
    theta = {"v": np.ones(2), "a": np.full(2, 1.5), "z": 0.5, "t": 0.3}
    found = make_boundary_dict(model_config["ddm"], theta)
    assert found["boundary_fun"] is constant
    assert list(found["boundary_params"]) == ["a"]
    np.testing.assert_array_equal(found["boundary_params"]["a"], theta["a"])
    assert make_drift_dict(model_config["ddm"], theta) == {}
    config = {"drift_fun": gamma_drift, "drift_params": ["v", "shape", "scale", "c"]}
    found = make_drift_dict(config, {"v": 1.0, "shape": 2.0, "a": 1.0})
    assert found == {"drift_fun": gamma_drift, "drift_params": {"v": 1.0, "shape": 2.0}}


def test_noise():
    one, two = make_noise_vec(0.5, 3), make_noise_vec(0.5, 3, 2)
    assert (one.shape, two.shape, one.dtype) == ((3,), (3, 2), np.float32)
    assert (one == 0.5).all()


def test_validate_ssm_parameters():
    assert validate_ssm_parameters("ddm", [0.5, 1.0, 0.5, 0.3]) is None
    with pytest.raises(ParameterError, match="a must be"):
        validate_ssm_parameters("ddm", [0.5, -1.0, 0.5, 0.3])
