"""The methods of a simulator are the functions of ssms.densities."""

import numpy as np
import pytest

from ssms import Simulator, densities
from ssms.errors import ConfigError

THETA = {"v": 0.7, "a": 1.2, "z": 0.4, "t": 0.3, "scale": 2.0}


def hyperbolic(t, a, scale):
    return a / (1 + t / scale)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("logpdf", ([0.7, 1.1], [1, -1])),
        ("cdf", ([0.7, 1.1], 1)),
        ("cdf", (0.9,)),
        ("sf", (0.9,)),
        ("choice_probability", (1,)),
        ("omission_probability", ()),
        ("mean_rt", ()),
        ("quantile", ([0.1, 0.9], -1)),
    ],
)
def test_methods_are_the_functions(name, arguments):
    mine = Simulator("ddm", boundary=hyperbolic, boundary_params=["a", "scale"])
    expected = getattr(densities, name)(mine, THETA, *arguments, max_t=3.0)
    np.testing.assert_array_equal(getattr(mine, name)(THETA, *arguments, max_t=3.0), expected)


def test_gradient_and_refusal():
    ddm = Simulator("ddm")
    theta = [1.0, 1.5, 0.5, 0.3]
    value, gradient = ddm.logpdf_and_gradient(theta, 0.9, 1)
    assert (value.shape, gradient.shape) == ((), (4,))
    with pytest.raises(ConfigError, match="no density"):
        Simulator("lca_3").logpdf(Simulator("lca_3").defaults, 1.0, 0)
