"""Without noise a path is a straight line: times and choices are those of the ruler."""

import numpy as np
import pytest
from scipy import stats

from ssms.basic_simulators.simulator import simulator


def run(theta, model="ddm", n=20_000, **arguments):
    result = simulator(theta, model=model, n_samples=n, random_state=1, no_noise=True, **arguments)
    return result["rts"][:, 0], result["choices"][:, 0]


@pytest.mark.parametrize(("v", "choice", "rt"), [(2.0, 1, 0.7 + 0.25), (-2.0, -1, 0.3 + 0.25)])
def test_time_is_distance_over_drift(v, choice, rt):
    rts, choices = run({"v": v, "a": 1.0, "z": 0.3, "t": 0.25})
    np.testing.assert_allclose(rts, rt, atol=0.0006)  # half a step of jitter is allowed
    assert (choices == choice).all()


def test_without_drift_nothing_arrives_and_the_label_is_the_side_of_the_start():
    for z, label in ((0.3, -1), (0.6, 1)):
        rts, choices = run({"v": 0.0, "a": 1.0, "z": z, "t": 0.25})
        assert (rts == -999).all()
        assert (choices == label).all()
    rts, choices = run({"v": 0.0, "a": 1.0, "z": 0.5, "t": 0.25})
    assert (rts == -999).all()
    assert stats.binomtest(int(np.sum(choices == 1)), choices.size).pvalue > 1e-5


@pytest.mark.parametrize("method", ["exact", "bridge", "euler"])
def test_boundaries_that_meet_at_a_sample_leave_its_label_to_chance(method):
    theta = {"v": 0.0, "a": 1.0, "z": 0.5, "t": 0.25, "theta": np.pi / 4}
    rts, choices = run(theta, model="angle", n=2_000, method=method)
    np.testing.assert_allclose(rts, 1.25, atol=0.002)
    assert stats.binomtest(int(np.sum(choices == 1)), choices.size).pvalue > 1e-5


def test_variability_from_trial_to_trial_stays():
    theta = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.25, "sz": 0.2, "sv": 1.0, "st": 0.1}
    rts, choices = run(theta, model="full_ddm", max_t=1e6, delta_t=1.0, return_option="minimal")
    up = stats.norm.cdf(0.5)
    assert stats.binomtest(int(np.sum(choices == 1)), choices.size, up).pvalue > 1e-5
    # the harmonic law of a normal drift: P(|drift| > d) for a unit way, start and t varying little
    sure = stats.norm.sf(2.0, 0.5) + stats.norm.cdf(-2.0, 0.5)
    assert np.mean(rts < 0.25 + 0.5) == pytest.approx(sure, abs=0.03)


def test_a_deadline_cuts_the_line_where_it_stands():
    theta = {"v": 1.0, "a": 1.0, "z": 0.3, "t": 0.25, "deadline": 0.5}
    rts, choices = run(theta, model="ddm_deadline")
    assert (rts == -999).all()
    assert (choices == -1).all()  # at -0.4 + 0.25
    rts, choices = run({**theta, "deadline": 0.75}, model="ddm_deadline")
    assert (rts == -999).all()
    assert (choices == 1).all()  # at -0.4 + 0.5
