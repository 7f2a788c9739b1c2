"""Simulation filters, one by one."""

import numpy as np
import pytest

from ssms.dataset_generators.filters import FILTER_NAMES, failed_filters


def simulations(rts, choices):
    return {
        "rts": np.asarray(rts, dtype=np.float32)[:, None],
        "choices": np.asarray(choices)[:, None],
        "metadata": {"possible_choices": [-1, 1]},
    }


SPREAD = simulations([0.4, 0.5, 0.7, 1.0, 1.6, 2.0, 3.0, -999.0], [1, 1, 1, 1, -1, 1, 1, 1])


@pytest.mark.parametrize(
    ("name", "passing", "failing"),
    [
        ("mode", 1.7, 0.3),
        ("mean_rt", 1.7, 1.0),  # 1.6 for choice -1
        ("std", 0.0, 0.01),  # a single response has none
        ("choice_cnt", 1, 2),
        ("mode_cnt_rel", 0.2, 0.1),
    ],
)
def test_each_filter_passes_and_fails_at_its_limit(name, passing, failing):
    assert failed_filters(SPREAD, {name: passing}) == {}
    failed = failed_filters(SPREAD, {name: failing})
    assert list(failed) == [name]
    assert f"{failing:g}" in failed[name]


def test_every_filter_has_a_meaning():
    assert set(FILTER_NAMES) == {"mode", "mean_rt", "std", "mode_cnt_rel", "choice_cnt"}


def test_omissions_do_not_count():
    trials = simulations([-999.0] * 9 + [0.5], [1] * 10)
    assert failed_filters(trials, {"mode": 20, "mean_rt": 17, "mode_cnt_rel": 0.95}) == {}
    assert "choice_cnt" in failed_filters(trials, {"choice_cnt": 2})


def test_a_choice_never_made_passes_all_but_its_count():
    trials = simulations(np.linspace(0.4, 2, 50), [1] * 50)
    limits = {"mode": 20, "mean_rt": 17, "std": 0.1, "mode_cnt_rel": 0.95, "choice_cnt": 0}
    assert failed_filters(trials, limits) == {}
    assert "choice -1" in failed_filters(trials, {"choice_cnt": 1})["choice_cnt"]


def test_a_share_of_equal_times_needs_five_responses():
    limits = {"mode_cnt_rel": 0.95}
    assert failed_filters(simulations([0.5] * 4, [1] * 4), limits) == {}
    assert failed_filters(simulations([0.5] * 5, [1] * 5), limits) != {}
