"""A start that varies beyond a boundary is warned of, once."""

import warnings

import numpy as np
import pytest

from ssms import Simulator

FULL = {"v": 0.5, "a": 0.5, "z": 0.3, "t": 0.3, "sz": 0.1, "sv": 0.1, "st": 0.1}


@pytest.mark.parametrize(
    ("model", "edge"),
    [("full_ddm", 0.3), ("full_ddm2", 0.3), ("full_ddm_rv", 0.3)],  # 2 a z, and z
)
def test_the_limit_is_the_distance_to_the_nearer_boundary(model, edge):
    for z in (0.3, 0.7):
        simulate = Simulator(model).simulate
        simulate({**FULL, "z": z, "sz": 0.99 * edge}, n_samples=2, random_state=1)
        with pytest.warns(UserWarning, match=r"1 of 1 trials .* distance to a boundary \(sz\)"):
            simulate({**FULL, "z": z, "sz": 1.01 * edge}, n_samples=2, random_state=1)


def test_trials_are_counted_and_warned_of_once():
    simulate = Simulator("full_ddm", boundary="angle").simulate
    theta = {**FULL, "theta": 0.2, "sz": np.array([0.1, 0.4, 0.5])}
    with pytest.warns(UserWarning, match="2 of 3 trials"):
        out = simulate(theta, n_samples=400, random_state=1)
    assert (np.abs(out.rt[:, 1] - 0.3) <= 0.1 + 1e-6).mean() > 0.1  # at once: rt = t
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        simulate(theta, n_samples=4, random_state=1)
