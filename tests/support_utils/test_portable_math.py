"""exp and log against numpy's, to the last place, at ordinary and at extreme arguments."""

import math

import numpy as np
import pytest

from ssms.support_utils import portable_math


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (-700.0, 700.0), (-745.0, -700.0)])
def test_exp_agrees_with_numpy(low, high):
    x = np.linspace(low, high, 20_001)
    np.testing.assert_allclose(portable_math.exp(x), np.exp(x), rtol=5e-16, atol=5e-324)


@pytest.mark.parametrize(("low", "high"), [(0.5, 2.0), (1e-300, 1e300), (5e-324, 1e-308)])
def test_log_agrees_with_numpy(low, high):
    x = np.concatenate([np.linspace(low, high, 10_001), np.geomspace(low, high, 10_001)])
    np.testing.assert_allclose(portable_math.log(x), np.log(x), rtol=1e-15, atol=1e-16)


def test_special_values():
    assert portable_math.exp(-np.inf) == 0.0
    assert portable_math.exp(0.0) == 1.0
    np.testing.assert_array_equal(
        portable_math.log(np.array([0.0, 1.0, np.inf, -1.0, np.nan])),
        [-np.inf, 0.0, np.inf, np.nan, np.nan],
    )


def test_shapes_are_kept():
    assert portable_math.log(np.ones((2, 3))).shape == (2, 3)
    assert portable_math.exp(2.0).shape == ()
    assert float(portable_math.log(math.e)) == 1.0
