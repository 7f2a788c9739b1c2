"""The comparison with the released package tells equal laws from different ones."""

import numpy as np
import pytest
from benchmarks import released_models as compared

from ssms import Simulator

THETA = np.array([[0.5, 1.0, 0.5, 0.3], [-1.0, 1.5, 0.4, 0.2]])


def drawn(seed, n, **changes):
    theta = dict(zip("vazt", THETA.T.copy(), strict=True))
    theta.update({name: theta[name] + by for name, by in changes.items()})
    results = Simulator("ddm").simulate(theta, n_samples=n, random_state=seed)
    return results.rt, results.choice


def test_equal_laws_agree():
    assert compared.worst_error(drawn(1, 2000), drawn(2, 8000), [-1, 1]) < compared.LIMIT


@pytest.mark.parametrize("changes", [{"a": 0.15}, {"t": 0.05}, {"v": 0.3}, {"z": 0.06}])
def test_different_laws_differ(changes):
    other = drawn(1, 2000, **changes)
    assert compared.worst_error(other, drawn(2, 8000), [-1, 1]) > compared.LIMIT


def test_a_shift_by_one_step_is_no_difference():
    rt, choice = drawn(1, 2000)
    assert compared.worst_error((rt + 9e-4, choice), drawn(2, 8000), [-1, 1]) < compared.LIMIT


def test_sizes():
    rt, choice = drawn(1, 4000)
    later, same = compared.sizes((rt + 0.02, choice), (rt, choice), [-1, 1])[::-1]
    assert later == pytest.approx(0.02, abs=1e-4)
    assert same == 0.0
    none = np.full_like(rt, compared.NO_RESPONSE)
    assert compared.sizes((none, choice), (none, choice), [-1, 1]) == (0.0, 0.0)


def test_parameter_sets_are_fixed_by_the_seed_and_differ_by_model():
    one, again = (compared.parameter_sets("angle", 3, 1) for _ in range(2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, compared.parameter_sets("angle", 3, 2))
    lba = compared.parameter_sets("lba3", 50, 1)
    assert (lba[:, 1] >= lba[:, 0]).all()


def test_schemes_of_the_release():
    for model, words in [("angle", "steps"), ("ddm_par2", "steps of 1 ms"), ("lba2", "no steps")]:
        theta = compared.parameter_sets(model, 2, 1)
        scheme, (rt, _) = compared.imitation(Simulator(model), theta, 50, 1)
        assert words in scheme
        assert rt.shape == (50, 2)
