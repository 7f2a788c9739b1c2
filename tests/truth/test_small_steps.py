"""Coupled accumulators and levels that interact, of which no sampler is exact, against small steps.

`reference.small_steps` simulates by steps of two lengths from the same noise, so that the leading
error is taken out.  A share or a mean may be off by 4.5 standard errors, by what the extrapolation
takes out, and by what docs/accuracy.md states.  ``pytest -m sweep -s`` shows the table that stands
there.
"""

import numpy as np
import pytest

from reference import small_steps
from reference.race import bridge_race
from ssms import Simulator

# Error of our own that is allowed: of a share, and of a mean time in units of it.
MAX_SHARE, MAX_MEAN = 0.001, 0.003

# drift, boundary, start, leak, inhibition
LCA = [
    ((1.0, 0.5, 2.0), 1.5, (0.5, 0.2, 0.0), 1.0, 1.0),
    ((1.0, 0.5, 0.0), 2.0, (0.5, 0.3, 0.1), -1.0, -1.0),
    ((1.0, 0.5, 0.0), 1.5, (0.0, 0.0, 0.0), 1.0, -1.0),
    ((1.0, 0.5, 0.2), 1.0, (0.9, 0.0, 0.0), -1.0, 1.0),
    ((1.0, 0.8, 0.6), 1.2, (0.0, 0.0, 0.0), 1.0, 1.0),
]

# model, what the levels do, their drifts, share withheld, what else is not usual
DRIFT = (0.6, 1.2, -0.8)
LEVELS = [
    ("tradeoff_no_bias", "tradeoff", DRIFT, 0.8, {}),
    ("ddm_mic2_adj_no_bias", "modulated", (0.6, 2.0, -3.0), 0.3, {}),
    ("ddm_mic2_ornstein_no_bias", "modulated", DRIFT, 0.5, {"leak": 3.0}),
    ("ddm_mic2_leak_no_bias", "modulated", DRIFT, 0.2, {"leak": 2.0}),
    ("ddm_mic2_multinoise_no_bias", "multinoise", DRIFT, 0.1, {}),
    ("ddm_mic2_leak_no_bias_no_lowdim_noise", "modulated", (0.6, 4.0, -4.0), 0.0,
     {"leak": 2.0, "early": 0.0}),
    ("tradeoff_angle_no_bias", "tradeoff", DRIFT, 0.6, {"slope": float(np.tan(0.6))}),
]  # fmt: skip


def compare(label, model, theta, small, n_choices, n):
    """Compare n samples of a model with small steps; print a row of the table."""
    out = Simulator(model).simulate(theta, n_samples=n, random_state=11, max_t=20.0)
    times, choices = out["rts"].ravel().astype(float), out["choices"].ravel()
    times = np.where(times < 0, 20.0, times)
    shares = np.bincount(choices, minlength=n_choices) / n
    ours = np.append(shares, times.mean())
    known, error, correction = small.moments(n_choices)
    own_error = np.sqrt(np.append(shares * (1 - shares), times.var()) / n)
    difference, noise = ours - known, np.hypot(error, own_error)
    worst = int(np.argmax(np.abs(difference[:-1]) / np.maximum(noise[:-1], 1e-12)))
    share = f"{difference[worst]:+.4f} ± {noise[worst]:.4f}"
    mean, spread = 1e3 * difference[-1], 1e3 * noise[-1]
    print(f"| {label} | {share} | {mean:+.2f} ± {spread:.2f} ms of {1e3 * ours[-1]:.0f} ms |")
    allowed = np.append(np.full(n_choices, MAX_SHARE), MAX_MEAN * ours[-1])
    assert np.all(np.abs(difference) < 4.5 * noise + np.abs(correction) + allowed), difference


def theta_of(case):
    drift, height, start, leak, inhibition = case
    theta = {f"v{i}": v for i, v in enumerate(drift)} | {f"z{i}": z for i, z in enumerate(start)}
    return theta | {"a": height, "g": leak, "b": inhibition, "t": 0.0}


def compare_race(case, dt, n):
    drift, height, start, leak, inhibition = case
    theta = theta_of(case)
    small = small_steps.race(n, drift, [height * z for z in start], height, leak=leak,
                             inhibition=inhibition, dt=dt)  # fmt: skip
    label = f"`lca_3`, leak {leak:g}, inhibition {inhibition:g}, from {start}"
    compare(label, "lca_3", theta, small, len(drift), 4_000_000)


@pytest.mark.slow
@pytest.mark.parametrize("case", LCA)
def test_coupled_accumulators_agree_with_steps_of_4_ms(case):
    compare_race(case, 4e-3, 200_000)


@pytest.mark.slow
@pytest.mark.parametrize("case", [LCA[0], LCA[2], LCA[4]])
def test_plain_steps_of_1_ms_are_off_by_ten_times_as_much(case):
    theta, n = theta_of(case), 200_000
    small = small_steps.race(n, case[0], [case[1] * z for z in case[2]], case[1], leak=case[3],
                             inhibition=case[4], dt=4e-3)  # fmt: skip
    known, error, _ = small.moments(len(case[0]))
    bias = {}
    for method, size in (("euler", n), ("bridge", 4_000_000)):
        out = Simulator("lca_3").simulate(
            theta, n_samples=size, random_state=11, delta_t=1e-3, max_t=20.0, method=method
        )
        times = out["rts"].ravel().astype(float)
        bias[method] = np.where(times < 0, 20.0, times).mean() / known[-1] - 1
    noise = error[-1] / known[-1]
    print(f"lca_3, leak {case[3]:g}: plain {100 * bias['euler']:+.2f} %, ours "
          f"{100 * bias['bridge']:+.2f} ± {100 * noise:.2f} %")  # fmt: skip
    assert abs(bias["bridge"]) < 0.1 * bias["euler"] + 3 * noise


@pytest.mark.sweep
@pytest.mark.parametrize("case", LCA)
def test_coupled_accumulators_agree_with_small_steps(case):
    compare_race(case, 1e-4, 50_000)


@pytest.mark.sweep
@pytest.mark.parametrize("case", LEVELS, ids=lambda case: case[0])
def test_interacting_levels_agree_with_small_steps(case):
    model, kind, drift, withheld, more = case
    theta = dict(zip(("vh", "vl1", "vl2"), drift, strict=True))
    theta |= {"a": 1.0, "d": withheld, "t": 0.0}
    theta |= {"theta": float(np.arctan(more["slope"]))} if "slope" in more else {}
    theta |= {"g": more["leak"]} if "g" in Simulator(model).params else {}
    small = small_steps.levels(kind, 50_000, drift, 1.0, (0.5, 0.5, 0.5), withheld, **more)
    compare(f"`{model}`", model, theta, small, 4, 1_000_000)


def test_small_steps_are_those_of_the_twin_in_python():
    drift, start, n = (1.0, 0.5, 2.0), (0.75, 0.3, 0.0), 20_000
    rates = {"leak": 1.0, "inhibition": 1.0}
    small = small_steps.race(n, drift, start, 1.5, dt=0.02, **rates)
    times, winners = bridge_race(n, drift, lambda t: 1.5, np.array(start), dt=0.02, max_t=20.0,
                                 rng=np.random.default_rng(1), **rates)  # fmt: skip
    for column in (0, 1):  # the second has steps of twice the length
        noise = np.sqrt((small.times[:, column].var() + times.var()) / n)
        assert abs(small.times[:, column].mean() - times.mean()) < 4.5 * noise + 2e-3
        for i in range(3):
            p, q = np.mean(small.choices[:, column] == i), np.mean(winners == i)
            assert abs(p - q) < 4.5 * np.sqrt((p * (1 - p) + q * (1 - q)) / n)
