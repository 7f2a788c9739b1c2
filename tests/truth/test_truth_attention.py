"""The attentional model against exact laws, a solution by stages, and its own schedules."""

import numpy as np
import pytest
from scipy import stats

from reference import integral_equation
from reference.cascade import stage_cdf
from ssms import Simulator
from ssms.basic_simulators import fixation_continuation

THETA = {"eta": 0.3, "kappa": 0.6, "a": 1.2, "b": 0.3, "x0": -0.2, "t": 0.1}
ITEMS = {"r1": 4.0, "r2": 1.0}
SIDES = (-1, 1)


def looking(onsets, flag=0, n=1, **more):
    """Return the extra fields of n trials with one schedule."""
    row = np.array([onsets], float)
    fields = {
        "sacc_array": np.repeat(row, n, 0),
        "d": np.full(n, row.size),
        "flag": np.full(n, flag),
    }
    return fields | {key: np.full(n, value) for key, value in ITEMS.items()} | more


def drifts(theta=THETA):
    """Return the drifts while gaze is on item 1 and on item 2."""
    r1, r2, eta, kappa = ITEMS["r1"], ITEMS["r2"], theta["eta"], theta["kappa"]
    return kappa * (r1 - eta * r2), kappa * (eta * r1 - r2)


def simulate(n, fields, theta=THETA, seed=5, **more):
    out = Simulator("addm").simulate(theta, n_samples=n, random_state=seed, extra_fields=fields,
                                     return_option="minimal", **more)  # fmt: skip
    return out["rts"].ravel() - theta["t"], out["choices"].ravel()


def check(times, choices, times_of_law, law, beyond=5e-4):
    """Compare distribution functions of both choices with those of a law (Massart's bound)."""
    bound = np.sqrt(np.log(2e6) / (2 * times.size)) + beyond
    for side in SIDES:
        found = np.searchsorted(np.sort(times[choices == side]), times_of_law) / times.size
        assert np.abs(found - law[side]).max() < bound


@pytest.mark.parametrize("flag", [0, 1])
def test_constant_gaze_is_a_diffusion_between_linear_boundaries(flag):
    grid = np.linspace(0.01, 3.9, 200)
    z = 0.5 + THETA["x0"] / (2 * THETA["a"])
    law = {s: stage_cdf(drifts()[flag], 1.2, z, 0.3, s, 10.0)(grid) for s in SIDES}
    check(*simulate(200_000, looking([0.0], flag)), grid, law)


def by_stages(onsets, flag=0):
    """Return times and the law of first passage where gaze moves at the onsets."""
    rates = np.array(drifts() if flag == 0 else drifts()[::-1])

    def drift(t):
        return rates[(np.searchsorted(onsets, t, side="right") - 1) % 2]

    def boundary(t):
        return THETA["a"] - THETA["b"] * np.asarray(t, float)

    mesh = integral_equation.mesh(boundary, THETA["x0"], 3.9, 500, breaks=tuple(onsets[1:]))
    times, upper, lower = integral_equation.extrapolated(drift, boundary, THETA["x0"], mesh)
    return times, {1: upper, -1: lower}


@pytest.mark.parametrize("flag", [0, 1])
def test_gaze_that_moves(flag):
    onsets = [0.0, 0.25, 0.4, 0.9]
    times, law = by_stages(onsets, flag)
    check(*simulate(200_000, looking(onsets, flag)), times, law)


def test_one_sample_of_each_of_many_trials_has_the_same_law():
    onsets = [0.0, 0.25, 0.4, 0.9]
    n = 50_000
    theta = {key: np.full(n, value) for key, value in THETA.items()}
    out = Simulator("addm").simulate(
        theta, n_samples=1, random_state=2, extra_fields=looking(onsets, n=n)
    )
    check(out["rts"].ravel() - 0.1, out["choices"].ravel(), *by_stages(onsets))


GAMMA = {"dist": "gamma", "dist_params": {"a": 6.0, "scale": 0.05}}


@pytest.mark.parametrize("mode", ["sample_continuation", "resample_all_fixations"])
def test_drawn_fixations_equal_schedules_that_are_drawn_outside(mode):
    n, onsets = 40_000, [0.0, 0.2]
    ours = simulate(n, looking(onsets, continuation_mode=mode, continuation_params=GAMMA))
    drawn = fixation_continuation.FIXATION_CONTINUATION_MODES[mode](
        np.repeat([onsets], n, 0),
        np.full(n, 2),
        np.zeros(n, int),
        4.0,
        GAMMA,
        np.random.default_rng(3),
    )
    fields = {"sacc_array": drawn[0], "d": drawn[1], "flag": drawn[2]}
    fields |= {key: np.full(n, value) for key, value in ITEMS.items()}
    out = Simulator("addm").simulate({key: np.full(n, value) for key, value in THETA.items()},
                                     n_samples=1, random_state=9, extra_fields=fields)  # fmt: skip
    times, choices = out["rts"].ravel() - 0.1, out["choices"].ravel()
    for side in SIDES:
        assert stats.ks_2samp(ours[0][ours[1] == side], times[choices == side]).pvalue > 1e-4
    share = np.mean(ours[1] == 1), np.mean(choices == 1)
    assert abs(share[0] - share[1]) < 4.5 * np.sqrt(0.5 / n)


def test_a_function_of_ones_own_continues():
    def held(node, d, flag, T, params, rng):
        assert node.shape == (300, 2)
        assert params == {"for": "me"}
        return node[:, :1], np.ones(300, np.int32), 1 - flag, 1

    fields = looking([0.0, 0.2], continuation_mode=held, continuation_params={"for": "me"})
    same = simulate(300, looking([0.0], flag=1))
    found = simulate(300, fields)
    assert np.array_equal(found[0], same[0])
    assert np.array_equal(found[1], same[1])


def test_without_schedules_items_and_fixations_are_drawn():
    theta = THETA | {"x0": 0.0, "b": 0.0}
    times, choices = simulate(50_000, None, theta, max_t=100.0)
    assert abs(np.mean(choices == 1) - 0.5) < 4.5 * 0.5 / np.sqrt(50_000)
    slow, _ = simulate(50_000, None, theta | {"kappa": 0.0}, max_t=100.0)
    assert abs(slow.mean() - theta["a"] ** 2) < 4.5 * slow.std() / np.sqrt(50_000)
    assert times.mean() < slow.mean()


def test_the_table_of_durations_is_that_of_the_distribution():
    from ssms.processes.fixations import SCIPY_NAMES, duration_table

    shapes = {"gamma": {"a": 6}, "lognormal": {"s": 0.5}, "invgamma": {"a": 4}, "weibull": {"c": 2},
              "invgauss": {"mu": 0.7}, "halfnormal": {}, "exponential": {}}  # fmt: skip
    z = np.random.default_rng(1).standard_normal(2_000)
    for name in SCIPY_NAMES:
        table = duration_table(name, shapes[name])
        place = (z + 8) / 16 * (table.size - 1)
        found = np.exp(np.interp(place, np.arange(table.size), table))
        exact = fixation_continuation.resolve_distribution(name).ppf(
            stats.norm.cdf(z), **shapes[name]
        )
        assert np.allclose(found, exact, rtol=1e-4), name


def test_omissions_have_choice_0():
    out = Simulator("addm_deadline").simulate(
        THETA | {"deadline": 0.5}, n_samples=2_000, random_state=1, extra_fields=looking([0.0])
    )
    omitted = out["rts"] == -999
    assert 0.1 < omitted.mean() < 0.9
    assert np.array_equal(omitted, out["choices"] == 0)


def test_a_start_outside_decides_at_once():
    out = Simulator("addm").simulate(THETA | {"x0": [1.5, -1.5]}, n_samples=3, random_state=1,
                                     extra_fields=looking([0.0], n=2))  # fmt: skip
    assert np.allclose(out["rts"], 0.1)
    assert np.array_equal(out["choices"][..., 0], [[1, -1]] * 3)


def test_sigma_is_the_noise_of_each_trial():
    n = 4
    fields = looking([0.0], n=n, sigma=[0.5, 1.0, 1.5, 2.0])
    theta = {key: np.full(n, value) for key, value in THETA.items()}
    out = Simulator("addm").simulate(theta, n_samples=50, random_state=1, extra_fields=fields)
    noise = {"s": [0.5, 1.0, 1.5, 2.0]}
    fields = looking([0.0], n=n)
    same = Simulator("addm").simulate(
        theta | noise, n_samples=50, random_state=1, extra_fields=fields
    )
    assert np.array_equal(out["rts"], same["rts"])
    assert np.array_equal(out["metadata"]["sigma"], np.float32([0.5, 1.0, 1.5, 2.0]))


def test_plain_steps_lead_to_the_same():
    """Their bias is proportional to the root of the step; gaze changes at the same times."""
    n, onsets = 40_000, [0.0, 0.25, 0.4, 0.9]
    usual, coarse, fine = (
        simulate(n, looking(onsets), seed=seed, **more)
        for seed, more in enumerate(
            ({}, {"method": "euler", "delta_t": 0.004}, {"method": "euler", "delta_t": 0.001})
        )
    )
    noise = np.sqrt(6.0 / n)
    for of in (lambda run: run[0].mean(), lambda run: np.mean(run[1] == 1)):
        assert abs(2 * of(fine) - of(coarse) - of(usual)) < 4.5 * 0.5 * noise + 2e-3
    assert coarse[0].mean() > fine[0].mean() + 0.01


def test_plain_steps_without_noise():
    """Drifts of 2.22 and 0.12 (models.md: v = kappa (r1 - eta r2) on item 1)."""
    theta = {**THETA, "x0": 0.0, "b": 0.0, "a": 1.0}
    times, choices = simulate(2, looking([0.0, 0.3]), theta, no_noise=True, method="euler",
                              delta_t=0.001, smooth_unif=False)  # fmt: skip
    v_1, v_2 = drifts(theta)
    assert (choices == 1).all()
    assert np.allclose(times, 0.3 + (1.0 - 0.3 * v_1) / v_2, atol=0.0021)


@pytest.mark.parametrize("method", ["bridge", "euler"])
@pytest.mark.parametrize("seed", range(6))
def test_the_path_ends_where_and_when_its_sample_did(seed, method):
    dt = 0.002
    fields = looking([0.0, 0.3, 0.8], continuation_mode="sample_continuation",
                     continuation_params=GAMMA)  # fmt: skip
    out = Simulator("addm").simulate(
        THETA, n_samples=2, random_state=seed, delta_t=dt, extra_fields=fields, method=method,
        smooth_unif=False,
    )  # fmt: skip
    shown = out["metadata"]
    path = shown["trajectory"][:, 0]
    drawn = path[path != -999]
    assert -1e-3 < drawn.size - 1 - (out["rts"][0, 0] - 0.1) / dt < 1 + 1e-3
    assert np.sign(drawn[-1]) == out["choices"][0, 0]
    assert drawn[0] == np.float32(-0.2)
    last = shown["boundary"][drawn.size - 1]
    assert np.isclose(abs(drawn[-1]), last, atol=2e-3) or method == "euler"
    assert abs(drawn[-1]) > last - 2e-3
    assert np.isclose(shown["z"], 0.5 - 0.2 / 2.4)
    assert shown["boundary"].min() == 0.0


REFUSED = [
    ({"r1": None}, "lacks 'r1'"),
    ({"d": None}, "lacks 'd'"),
    ({"r2": [1.0, 2.0, 3.0]}, "shape of extra field 'r2'"),
    ({"sacc_array": [[0.0, 0.5]]}, "one row a trial"),
    ({"sacc_array": [[0.0, 0.5], [0.0, 0.5], [0.0, 0.5]]}, "one row a trial"),
    ({"sacc_array": [[0.0, 0.5], [0.0, -0.5]]}, "sacc_array of trial 1 must be onsets"),
    ({"sacc_array": [[0.1, 0.5], [0.0, 0.5]]}, "sacc_array of trial 0"),
    ({"sacc_array": [[0.0, np.nan], [0.0, 0.5]]}, "sacc_array of trial 0"),
    ({"d": [1, 3]}, "whole numbers from 1 to 2"),
    ({"d": [0, 1]}, "whole numbers from 1 to 2"),
    ({"flag": [0, 2]}, "'flag' must be 0"),
    ({"r1": [np.nan, 1.0]}, "'r1' must be finite"),
    ({"r1": ["x", "y"]}, "r1 must be made of numbers"),
    ({"sigma": [1.0, -1.0]}, "must be 0, or greater"),
    ({"fixatons": 1}, "Did you mean"),
    ({"continuation_mode": "prolong"}, "prolong_last_fixation"),
    ({"continuation_mode": 3}, "a name or a callable"),
    ({"continuation_params": GAMMA}, "absent with 'prolong_last_fixation'"),
    ({"continuation_mode": "sample_continuation"}, "dist_params"),
    ({"continuation_mode": "sample_continuation", "continuation_params": {"dist": "gama"}},
     "gamma"),
    ({"continuation_mode": "sample_continuation", "continuation_params": {"dist": "gamma"}},
     "does not take"),
    ({"continuation_mode": "sample_continuation",
      "continuation_params": GAMMA | {"resample_last_fixation": False}}, "must be True"),
    ({"fixation_dist": "gamma"}, "absent where fixations are given"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_fields_that_are_refused(change, message):
    theta = {key: np.full(2, value) for key, value in THETA.items()}
    fields = {**looking([0.0, 0.5], n=2), **change}
    with pytest.raises((ValueError, TypeError), match=message):
        Simulator("addm").simulate(theta, n_samples=2, extra_fields=fields)


def test_columns_beyond_d_do_not_matter():
    padded = looking([0.0, 0.25, 0.0, -7.0]) | {"d": [2]}
    found, same = simulate(100, padded), simulate(100, looking([0.0, 0.25]))
    assert np.array_equal(found[0], same[0])
