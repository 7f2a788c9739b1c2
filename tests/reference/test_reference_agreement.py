"""The comparison of samples with laws: silent on right samples, loud on slightly wrong ones."""

import numpy as np
import pytest

from reference import agreement, models

LAW = models.law("ddm", {"v": 0.8, "a": 1.0, "z": 0.4, "t": 0.3})
DEADLINE_LAW = models.law("ddm_deadline", {"v": 0.8, "a": 1.0, "z": 0.4, "t": 0.3, "deadline": 0.9})


def draw(law, n, seed):
    """Draw from a law without deadline by inverting its tabulated distribution functions."""
    rng = np.random.default_rng(seed)
    grid = np.geomspace(1e-3, 60, 40_000)
    up = rng.random(n) < law.probability(1)
    rts = np.empty(n)
    for side in (-1, 1):
        table = law.cdf(grid, side) / law.probability(side)
        mine = up == (side > 0)
        rts[mine] = np.interp(rng.random(mine.sum()), table, grid)
    return rts.astype(np.float32), np.where(up, 1, -1)


def test_a_right_sample_passes():
    values = agreement.p_values(*draw(LAW, 100_000, 1), LAW)
    assert set(values) >= {
        "share of +1",
        "KS of +1",
        "KS of -1",
        "mean",
        "time and choice together",
    }
    assert min(values.values()) > 1e-3


def late(rts, choices):
    return rts + 0.01, choices


def mislabelled(rts, choices):
    return rts, np.where(np.arange(rts.size) % 20 == 0, 1, choices)


def heaped(rts, choices):
    return np.where((rts > 0.8) & (rts < 0.84), 0.82, rts), choices


def undecided(rts, choices):
    return rts, np.where(rts > 2, 0, choices)


@pytest.mark.parametrize(
    ("wrong", "test"),
    [
        (late, "mean"),
        (late, "KS of +1"),
        (mislabelled, "share of +1"),
        (heaped, "time and choice together"),
        (undecided, "labels are -1 or 1 and times are numbers"),
    ],
)
def test_a_slightly_wrong_sample_fails(wrong, test):
    assert agreement.p_values(*wrong(*draw(LAW, 200_000, 2)), LAW)[test] < 1e-8


def test_omissions_are_counted_by_label():
    rts, choices = draw(LAW, 200_000, 3)
    values = agreement.p_values(np.where(rts < 0.9, rts, -999.0), choices, DEADLINE_LAW)
    # the labels are those of the later response, not of the position at the deadline
    assert values["share of +1"] > 1e-4
    assert values["omissions labelled +1"] < 1e-8
    share = sum(DEADLINE_LAW.omission(side) for side in (-1, 1))
    assert share == pytest.approx(np.mean(rts >= 0.9), abs=4 * 0.5 / np.sqrt(rts.size))


def test_the_distance_of_joint_distributions():
    rts, choices = draw(LAW, 200_000, 4)
    assert agreement.ks_distance(rts, choices, LAW) < 0.005
    assert agreement.ks_distance(rts + 0.02, choices, LAW) > 0.01


def test_relative_and_absolute_start_ranges_differ():
    theta = {"v": 0.0, "a": 2.0, "z": 0.5, "t": 0.3, "sz": 0.2, "sv": 0.0, "st": 0.1}
    assert models.law("full_ddm", theta).decision.start_halfwidth == 0.2
    assert models.law("full_ddm_rv", theta).decision.start_halfwidth == pytest.approx(0.8)


def test_random_theta_draws_a_bound_that_names_a_parameter():
    bounds = {"st": (0.001, "t"), "t": (0.25, 2.25)}
    for seed in range(20):
        theta = models.random_theta(bounds, np.random.default_rng(seed))
        assert list(theta) == ["st", "t"]
        assert 0.001 <= theta["st"] <= theta["t"] <= 2.25
