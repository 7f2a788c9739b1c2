"""Levy noise against closed forms of side and mean time of exit, and against small steps."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from reference import exit_side
from reference.bridge_samples import MEAN, PROBABILITY, check, sample
from ssms.basic_simulators.simulator import Simulator, simulator
from ssms.config import model_config

LEVY = [(alpha, z) for alpha in (1.0, 1.3, 1.7, 1.95, 2.0) for z in (0.5, 0.7, 0.95, 0.995)]


def compare_levy(alpha, z, n, s=1.0, a=1.0):
    theta = {"v": 0.0, "a": a, "z": z, "alpha": alpha, "t": 0.0}
    rts, choices = sample("levy", theta, n, max_t=1e4, sigma_noise=s)
    p = exit_side.levy_probability_up(a, a * (2 * z - 1), alpha)
    check(np.mean(choices == 1) - p, PROBABILITY, np.sqrt(p * (1 - p) / n))
    mean = exit_side.levy_mean_time(a, a * (2 * z - 1), alpha, s)
    check(rts.mean() - mean, MEAN, rts.std() / np.sqrt(n))


@pytest.mark.parametrize(("alpha", "z"), LEVY)
def test_levy_leaves_at_the_side_and_mean_time_of_the_closed_forms(alpha, z):
    compare_levy(alpha, z, 50_000)


@pytest.mark.slow
@pytest.mark.parametrize(("alpha", "z"), LEVY)
def test_levy_with_a_million_trials(alpha, z):
    compare_levy(alpha, z, 1_000_000)


def compare_levy_with_drift(alpha, v, z, n=4_000_000):
    rts, _ = sample("levy", {"v": v, "a": 1.0, "z": z, "alpha": alpha, "t": 0.0}, n)
    mean = exit_side.levy_mean_time_with_drift(v, 1.0, 2 * z - 1, alpha)
    error = 1e3 * (rts.mean() - mean)
    print(f"levy, alpha {alpha}, v {v}, z {z}: {error:+.2f} of {1e3 * mean:.0f} ms")
    check(rts.mean() - mean, 0.5 * MEAN, rts.std() / np.sqrt(n))


def test_levy_with_drift_has_the_mean_time_of_its_backward_equation():
    compare_levy_with_drift(1.0, 1.0, 0.75)


@pytest.mark.slow
@pytest.mark.parametrize("z", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("v", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("alpha", [1.0, 1.15, 1.3, 1.6, 1.9])
def test_levy_with_any_drift_has_the_mean_time_of_its_backward_equation(alpha, v, z):
    compare_levy_with_drift(alpha, v, z)


@pytest.mark.parametrize(("s", "a"), [(0.5, 1.0), (2.0, 2.5)])
def test_levy_noise_scales_with_s_and_the_boundary(s, a):
    compare_levy(1.4, 0.6, 50_000, s, a)


def levy_with(**curves):
    """Return a Levy process, whose parameter alpha is called stability, with other curves."""
    params = ["v", "a", "z", "t", "stability", *curves.pop("more")]
    config = model_config["levy"]
    return Simulator(
        config | {"simulator": dataclasses.replace(config["simulator"], stability="stability")},
        params=params,
        param_bounds=dict.fromkeys(params, (-100.0, 100.0)),
        default_params=dict.fromkeys(params, 1.0),
        **curves,
    )


FAST = {"a": 3.0, "z": 0.5, "t": 0.0}
LEVY_AND_CURVES = {
    "drift": ("levy", {"v": 10.0, "alpha": 1.05}, 4e-5),
    "falling": ("levy_angle", {"v": 0.0, "alpha": 1.05, "theta": 1.2}, 2e-4),
    "falling and drift": ("levy_angle", {"v": 2.0, "alpha": 1.05, "theta": 1.25}, 2e-4),
    "weibull": (
        {"boundary": "weibull_cdf", "more": ["alpha", "beta"]},
        {"v": 2.0, "stability": 1.1, "alpha": 4.0, "beta": 0.7},
        2e-4,
    ),
    "gamma": (
        {"drift": "gamma_drift", "more": ["shape", "scale", "c"]},
        {"v": 0.0, "stability": 1.1, "shape": 4.0, "scale": 0.1, "c": 8.0},
        5e-4,
    ),
}


@pytest.mark.parametrize("case", LEVY_AND_CURVES)
def test_levy_with_drift_and_falling_boundaries_against_small_steps(case):
    model, theta, delta_t = LEVY_AND_CURVES[case]
    source = Simulator(model) if isinstance(model, str) else levy_with(**model)
    means, ups, noise = [], [], 0.0
    for method, n in (("bridge", 400_000), ("euler", 80_000)):
        out = source.simulate(
            FAST | theta, n_samples=n, delta_t=delta_t, max_t=20, random_state=3, method=method,
            return_option="minimal",
        )  # fmt: skip
        rts = np.where(out["rts"] > 0, out["rts"], 20.0).astype(float)
        means.append(rts.mean())
        ups.append(np.mean(out["choices"] == 1))
        noise = np.hypot(noise, rts.std() / np.sqrt(n))
    check(means[0] - means[1], MEAN if delta_t > 1e-4 else 0.5 * MEAN, 0.8 * noise)
    p = ups[1]
    check(ups[0] - p, PROBABILITY, 0.8 * np.sqrt(1.2 * p * (1 - p) / n))


def test_levy_without_noise_arrives_by_drift():
    for model, v, distance in (("levy", 0.5, 1.0), ("levy_angle", 0.75, 1.0)):
        theta = {"v": v, "a": 1.0, "z": 0.5, "alpha": 1.3, "t": 0.25}
        if model == "levy_angle":
            theta["theta"] = np.arctan(0.25)
        rts, choices = sample(model, theta, 100, no_noise=True)
        speed = v + np.tan(theta.get("theta", 0.0))
        np.testing.assert_allclose(rts, 0.25 + distance / speed, rtol=1e-5)
        assert (choices == 1).all()


@pytest.mark.parametrize("model", ["levy", "levy_angle"])
def test_levy_at_alpha_2_is_the_diffusion_model_with_noise_times_root_2(model):
    theta = {"v": 0.7, "a": 1.2, "z": 0.4, "t": 0.1}
    if model == "levy_angle":
        theta["theta"] = 0.5
    rts, choices = sample(model, theta | {"alpha": 2.0}, 100_000)
    exact = simulator(theta, model="angle" if "theta" in theta else "ddm", n_samples=100_000,
                      random_state=7, sigma_noise=np.sqrt(2.0), max_t=60)  # fmt: skip
    for side in (1, -1):
        other = exact["rts"][exact["choices"] == side]
        assert stats.ks_2samp(rts[choices == side], other).pvalue > 1e-4
    check(np.mean(choices == 1) - np.mean(exact["choices"] == 1), 0.0, 2e-3)
