"""Numerical solutions: against an integral equation, by identities, and their derivatives."""

from dataclasses import replace

import numpy as np
import pytest

from densities.differences import check_gradient
from reference import density_equation, integral_equation, laws
from reference.curves import curves
from reference.models import random_sets
from ssms import Simulator, densities
from ssms.config import get_model_registry, model_config
from ssms.config.spec import Parameter
from ssms.errors import ConfigError, ParameterError
from ssms.processes import NonDecisionTime

# What the integral equation is exact for: not the last tail, where boundaries are close.
CASES = {
    "weibull": ({"v": 0.8, "a": 1.0, "z": 0.4, "alpha": 2.5, "beta": 3.0}, 2.5),
    "weibull steep": ({"v": 0.5, "a": 1.5, "z": 0.3, "alpha": 0.5, "beta": 2.0}, 2.0),
    "weibull that falls at once": (
        {"v": -1.0, "a": 2.4, "z": 0.25, "alpha": 0.35, "beta": 0.45}, 1.5),
    "weibull that sweeps the start": (
        {"v": 1.0, "a": 2.5, "z": 0.8, "alpha": 0.31, "beta": 0.31}, 1.0),
    "gamma_drift": ({"v": 0.5, "a": 1.5, "z": 0.5, "shape": 5.0, "scale": 0.3, "c": 1.3}, 5.0),
    "gamma_drift_angle": (
        {"v": 0.5, "a": 1.5, "z": 0.4, "theta": 0.5, "shape": 3.0, "scale": 0.1, "c": -2.0}, 1.8),
    "conflict_ds": (
        {"v": 0.3, "a": 2.0, "z": 0.5, "tinit": 2.0, "dinit": 2.0, "tslope": 2.0, "dslope": 2.0,
         "tfixedp": 3.0, "tcoh": 0.5, "dcoh": -0.5}, 5.0),
    "conflict_stimflex": (
        {"v": 0.2, "a": 1.5, "z": 0.4, "vt": 3.0, "vd": 2.0, "tcoh": 0.8, "dcoh": -0.7,
         "tonset": 0.35, "donset": 0.12}, 4.0),
    "conflict_stimflexrel1_leak": (
        {"v": 0.2, "a": 1.5, "z": 0.4, "vt": 3.0, "vd": 2.0, "tcoh": 0.8, "dcoh": -0.7,
         "tonset": 0.5, "donset": 0.2, "toffset": 0.9, "doffset": 0.4, "g": 0.7}, 4.0),
    "shrink_spot_extended": (
        {"v": 0.1, "a": 0.9, "z": 0.5, "ptarget": 3.0, "pouter": -2.0, "pinner": -1.0, "r": 0.8,
         "sda": 1.6}, 3.0),
    "shrink_spot_extended at last": (  # the drift changes between two steps of 0.3 s
        {"v": 0.9, "a": 2.7, "z": 0.23, "ptarget": 5.1, "pouter": -4.1, "pinner": -1.7, "r": 0.98,
         "sda": 1.6}, 5.0),
    "ornstein": ({"v": 0.8, "a": 1.0, "z": 0.5, "g": 1.0}, 4.0),
    "ornstein unstable": ({"v": 0.8, "a": 1.0, "z": 0.4, "g": -1.0}, 2.5),
    "ornstein_angle": ({"v": -1.5, "a": 3.0, "z": 0.15, "g": -1.0, "theta": 0.95}, 1.6),
}  # fmt: skip


def weighted_error(name, p, t_end, accuracy, n=500):
    """Return mean error of the log density and estimate over the law, and the largest error."""
    model = name.split()[0]
    boundary, drift, jumps = curves(model, p)
    if "rel1" in model:  # onsets, but not offsets, are counted from the earlier one
        jumps = tuple(j for j in jumps if j > 0)
    step = 1e-6

    def slope(t):
        return (boundary(t + step) - boundary(np.maximum(t - step, 0))) / (
            t + step - np.maximum(t - step, 0)
        )

    start = p["a"] * (2 * p["z"] - 1)
    times, *f = density_equation.extrapolated(
        drift, boundary, slope, start, t_end, n, p.get("g", 0.0), jumps
    )
    total, weight, worst = np.zeros(2), 0.0, 0.0
    for side, wanted in zip((1, -1), f, strict=True):
        counts = wanted > 1e-3
        if not counts.any():
            continue
        got, estimate = densities.logpdf(
            model, p | {"t": 0.0}, times[counts], side, accuracy=accuracy, return_error=True
        )
        error = np.abs(got - np.log(wanted[counts]))
        share = wanted[counts] * np.gradient(times)[counts]
        total += np.array([error @ share, estimate @ share])
        weight += share.sum()
        worst = max(worst, error.max())
    return *(total / weight), worst


@pytest.mark.parametrize("name", CASES)
def test_against_integral_equation(name):
    p, t_end = CASES[name]
    mean, _, worst = weighted_error(name, p, t_end, "high")
    assert mean < 2e-4
    assert worst < 2e-2


def test_linear_boundary_without_potential_is_the_closed_form():
    theta = {"v": 0.7, "a": 1.2, "z": 0.35, "t": 0.2}
    rt = np.linspace(0.25, 2.0, 50)
    closed = densities.logpdf("angle", theta | {"theta": 0.4}, rt, 1)
    no_pulse = theta | {"theta": 0.4, "shape": 3.0, "scale": 0.2, "c": 0.0}
    np.testing.assert_allclose(
        densities.logpdf("gamma_drift_angle", no_pulse, rt, 1), closed, atol=1e-9
    )
    no_leak = theta | {"g": 0.0}
    np.testing.assert_allclose(
        densities.logpdf("ornstein", no_leak, rt, -1),
        densities.logpdf("ddm", theta, rt, -1),
        atol=1e-9,
    )
    little = densities.logpdf("ornstein", theta | {"g": 1e-6}, rt, -1)
    np.testing.assert_allclose(little, densities.logpdf("ddm", theta, rt, -1), atol=1e-5)


def test_constant_part_of_the_drift_is_the_base_drift():
    """The splitting of w(t) + v into a solved and a free part does not matter."""
    theta = {"v": 0.0, "a": 1.5, "z": 0.4, "t": 0.1, "ptarget": 1.0, "pouter": 1.0, "pinner": 1.0,
             "r": 0.01, "sda": 1.5}  # fmt: skip
    rt = np.linspace(0.15, 4.0, 50)
    got = densities.logpdf("shrink_spot", theta, rt, 1)
    wanted = densities.logpdf("ddm", {"v": 1.0, "a": 1.5, "z": 0.4, "t": 0.1}, rt, 1)
    np.testing.assert_allclose(got, wanted, atol=1e-6)


def test_mirror_and_scale():
    p, _ = CASES["gamma_drift"]
    theta, rt = p | {"t": 0.1}, np.linspace(0.2, 5, 60)
    up = densities.logpdf("gamma_drift", theta, rt, 1)
    mirrored = theta | {"v": -p["v"], "c": -p["c"], "z": 1 - p["z"]}
    np.testing.assert_allclose(densities.logpdf("gamma_drift", mirrored, rt, -1), up, atol=1e-9)
    scaled = theta | {"v": 2 * p["v"], "c": 2 * p["c"], "a": 2 * p["a"], "s": 2.0}
    np.testing.assert_allclose(densities.logpdf("gamma_drift", scaled, rt, 1), up, atol=1e-9)


def weibull_of_ones_own():
    def boundary(t, a, alpha, beta):
        return a * np.exp(-((t / beta) ** alpha))

    return Simulator("ddm", boundary=boundary, boundary_params=["a", "alpha", "beta"])


def test_functions_of_ones_own():
    theta = {"v": 0.6, "a": 1.2, "z": 0.45, "t": 0.2, "alpha": 2.5, "beta": 1.5}
    rt = np.linspace(0.3, 2.2, 40)
    wanted = densities.logpdf("weibull", theta, rt, 1, accuracy="high")
    np.testing.assert_allclose(
        densities.logpdf(weibull_of_ones_own(), theta, rt, 1), wanted, atol=2e-3
    )
    drift = Simulator("ddm", drift=lambda t, v, k: v + k * np.sin(3 * t), drift_params=["v", "k"])
    flat = densities.logpdf(drift, {"v": 0.6, "k": 0.0, "a": 1.2, "z": 0.45, "t": 0.2}, rt, 1)
    plain = densities.logpdf("ddm", {"v": 0.6, "a": 1.2, "z": 0.45, "t": 0.2}, rt, 1)
    np.testing.assert_allclose(flat, plain, atol=1e-6)


def test_derivatives_by_a_leak_of_0_are_those_of_each_drift():
    """Trials without leak share a solution whatever their drift; those with some leak do not."""
    theta, drifts = {"a": 1.0, "z": 0.45, "t": 0.3, "g": 0.0}, np.array([-1.0, 0.0, 1.0, 2.0])
    _, together = densities.logpdf_and_gradient("ornstein", {"v": drifts, **theta}, 1.2, 1)
    for v, gradient in zip(drifts, together, strict=True):
        _, alone = densities.logpdf_and_gradient("ornstein", {"v": v, **theta}, 1.2, 1)
        np.testing.assert_allclose(gradient, alone, rtol=1e-6, atol=1e-6)


def test_order_of_sets_does_not_matter():
    rng = np.random.default_rng(2)
    theta = {"v": rng.normal(size=40), "a": rng.choice([1.0, 1.5], 40), "z": 0.5, "t": 0.1,
             "alpha": 2.0, "beta": rng.choice([1.5, 2.0], 40)}  # fmt: skip
    rt, choice = 0.2 + rng.gamma(2, 0.2, 40), rng.choice([-1, 1], 40)
    together = densities.logpdf("weibull", theta, rt, choice)
    single = [
        densities.logpdf(
            "weibull", {k: np.broadcast_to(x, 40)[i] for k, x in theta.items()}, rt[i], choice[i]
        )
        for i in range(40)
    ]
    np.testing.assert_allclose(together, single, rtol=0, atol=1e-10)
    assert (densities.logpdf("weibull", theta, rt, choice, n_threads=2) == together).all()


@pytest.mark.parametrize("name", ["weibull", "gamma_drift_angle", "conflict_stimflex", "ornstein"])
def test_gradient(name):
    p, _ = CASES[name]
    theta = p | {"t": 0.2}
    theta = {k: theta[k] for k in Simulator(name).config["params"]}
    rt, choice = np.array([0.6, 1.0, 1.7]), np.array([1, -1, 1])
    check_gradient(name, theta, rt, choice, relative=5e-4, step=4e-3, accuracy="high")


@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("weibull", {"alpha": (0.6, 5.0), "beta": (0.5, 7.0)}),
        ("gamma_drift", {"shape": (2.0, 10.0), "scale": (0.01, 1.0), "c": (-3.0, 3.0)}),
        ("conflict_stimflex", {"vt": (0.0, 5.0), "vd": (0.0, 5.0), "tcoh": (-1.0, 1.0),
                               "dcoh": (-1.0, 1.0), "tonset": (0.0, 1.0), "donset": (0.0, 1.0)}),
        ("shrink_spot_extended", {"ptarget": (2.0, 5.5), "pouter": (-5.5, 5.5),
                                  "pinner": (-5.5, 5.5), "r": (0.01, 1.0), "sda": (1.0, 3.0)}),
        ("ornstein", {"g": (-1.0, 1.0)}),
    ],
)  # fmt: skip
def test_gradients_are_as_accurate_as_they_are_said_to_be(name, bounds):
    """By a solution with 0.6 times its steps, on the fine grid, in means over responses."""
    common = {"v": (-3.0, 3.0), "a": (0.4, 3.0), "z": (0.1, 0.9), "t": (0.0, 2.0)}
    n_sets, n = 20, 100
    drawn = random_sets(common | bounds, n_sets, np.random.default_rng(5))
    theta = {key: drawn[key] for key in Simulator(name).params}
    seen = Simulator(name).simulate(theta, n, random_state=6, max_t=20.0)
    rt, choice = seen.rt.T, seen.choice.T
    value, gradient = densities.logpdf_and_gradient(name, theta, rt, choice, max_t=20.0)
    np.testing.assert_array_equal(value, densities.logpdf(name, theta, rt, choice, max_t=20.0))
    _, better = densities.logpdf_and_gradient(name, theta, rt, choice, max_t=20.0, accuracy="high")
    error = np.abs(gradient - better).mean(axis=1) / (1.0 + np.abs(better).mean(axis=1))
    assert np.quantile(error.max(axis=1), 0.9) < 1e-4
    assert error.max() < 1e-3


def test_derivative_is_0_where_one_end_of_its_difference_has_no_density():
    """A little steeper, and boundaries have met by then."""
    theta = {
        "v": 0.5,
        "a": 1.0,
        "z": 0.5,
        "t": 0.0,
        "theta": 0.5,
        "shape": 3.0,
        "scale": 0.1,
        "c": 1.0,
    }
    rt = (1.0 - 1e-8) / np.tan(0.5)
    value, gradient = densities.logpdf_and_gradient("gamma_drift_angle", theta, rt, 1)
    by = dict(zip(Simulator("gamma_drift_angle").params, gradient, strict=True))
    assert np.isfinite(value)
    assert by["theta"] == 0.0
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    "name",
    [
        "weibull",
        "weibull that falls at once",
        "weibull that sweeps the start",
        "gamma_drift",
        "conflict_ds",
        "shrink_spot_extended at last",
        "ornstein",
        "ornstein unstable",
    ],
)
def test_estimated_error_covers_the_error(name):
    """By the integral equation; benchmarks.density_sweep does so over training boxes."""
    p, t_end = CASES[name]
    error, estimate, _ = weighted_error(name, p, t_end, "default")
    assert error <= estimate + 1e-5  # of the equation
    assert estimate < 1e-3


@pytest.mark.parametrize(("accuracy", "most"), [("default", 5e-4), ("high", 5e-5)])
def test_probabilities_add_up_where_boundaries_begin_steeply(accuracy, most):
    """They are summed from before the boundary comes to where the evidence starts."""
    a, z, alpha, beta = np.meshgrid([0.5, 1.5, 2.5], [0.2, 0.5, 0.8], [0.31, 0.45], [0.31, 0.5])
    theta = {"v": np.full(a.size, 1.0), "a": a.ravel(), "z": z.ravel(), "t": np.full(a.size, 0.1),
             "alpha": alpha.ravel(), "beta": beta.ravel()}  # fmt: skip
    mass = densities.omission_probability("weibull", theta, accuracy=accuracy)
    for choice in (-1, 1):
        mass += densities.choice_probability("weibull", theta, choice, accuracy=accuracy)
    np.testing.assert_allclose(mass, 1.0, atol=most)


def test_errors_are_estimated_where_coarse_grids_do_not_serve():
    """Both accuracies take the fine grid there; steps must differ still."""
    theta = {"v": 1.0, "a": 2.5, "z": 0.8, "t": 0.0, "alpha": [0.31, 0.5, 4.9], "beta": 0.31}
    rt = np.array([[0.02, 0.05], [0.02, 0.05], [0.3, 0.35]])
    for accuracy in ("default", "high"):
        options = {"accuracy": accuracy, "return_error": True}
        _, estimate = densities.logpdf("weibull", theta, rt, 1, **options)
        assert (estimate > 1e-7).all()


def test_a_pulse_that_is_over_before_anybody_arrives():
    p = {"v": 1.76, "a": 2.1, "z": 0.65, "shape": 2.45, "scale": 0.02, "c": -1.2}
    error, _, _ = weighted_error("gamma_drift", p, 2.7, "default", n=300)
    assert error < 2e-5


def one_by_one(model):
    """Return the model with a non-decision time that can vary: it is evaluated one by one."""
    spec = get_model_registry().spec(model)
    time, spread = NonDecisionTime("normal", "t", "st"), Parameter("st", 0.0, 1.0, 0.0)
    process = replace(spec.process, nondecision=time)
    return Simulator(replace(spec, process=process, parameters=(*spec.parameters, spread)))


@pytest.mark.parametrize("name", CASES)
def test_many_at_a_time_are_as_one_by_one(name):
    """From before the first node of a solution to its last tail, and beyond."""
    p, t_end = CASES[name]
    rng = np.random.default_rng(5)
    rt = np.concatenate(
        [rng.uniform(0, t_end, 150), np.geomspace(1e-4, 0.1, 20), [40.0, -1.0, 0.0, -999.0]]
    )
    side, model = rng.choice([-1, 1], rt.size), name.split()[0]
    several = {key: np.full(rt.size, value) for key, value in (p | {"t": 0.0}).items()}
    several["v"] = p["v"] + rng.normal(size=rt.size)  # trials that share a solution
    for theta in (p | {"t": 0.0}, several):
        together, slopes = densities.logpdf_and_gradient(model, theta, rt, side, max_t=35.0)
        one, slope = densities.logpdf_and_gradient(
            one_by_one(model), theta | {"st": 0.0}, rt, side, max_t=35.0
        )
        np.testing.assert_allclose(together, one, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(slopes, slope[:, :-1], rtol=1e-6, atol=1e-6)
        values = densities.logpdf(model, theta, rt, side, max_t=35.0)
        np.testing.assert_allclose(values, together, rtol=1e-13, atol=1e-13)


def test_stimuli_that_change_after_boundaries_have_met():
    """They are not seen."""
    theta = {"v": 0.4, "a": 0.6, "z": 0.45, "t": 0.1, "theta": 1.2, "vt": 3.0, "vd": 2.0,
             "tcoh": 0.8, "dcoh": -0.7, "tonset": 0.05, "donset": 0.9}  # fmt: skip
    rt = np.linspace(0.12, 0.3, 40)
    never = densities.logpdf("conflict_stimflex_angle", theta | {"dcoh": 0.0}, rt, 1)
    np.testing.assert_allclose(
        densities.logpdf("conflict_stimflex_angle", theta, rt, 1), never, atol=1e-9
    )


@pytest.mark.parametrize("a", [1.7, 2.8])
@pytest.mark.parametrize("apart", [1e-4, 1e-3, 4e-3])
def test_drifts_that_jump_twice_in_a_moment(apart, a):
    """Also where that is soon after the first path may arrive."""
    for onset in (0.03, 0.6):
        theta = {"v": 0.2, "a": a, "z": 0.8, "vt": 3.0, "vd": 2.0, "tcoh": 0.9, "dcoh": -0.9,
                 "tonset": onset, "donset": onset + apart}  # fmt: skip
        error, _, _ = weighted_error("conflict_stimflex", theta, 4.0, "default", n=300)
        assert error < 1e-4


KINKS = {
    "falls to a floor": lambda t, a: np.maximum(a - t, 0.3),
    "falls from a time on": lambda t, a: a * np.exp(-np.maximum(t - 0.4, 0.0)),
    "falls for a while": lambda t, a: np.clip(a - 3.0 * (t - 0.4), 0.6, a),
    "rises for a while": lambda t, a: a + np.clip(t - 0.3, 0.0, 0.5),
}


@pytest.mark.parametrize("accuracy", ["default", "high"])
@pytest.mark.parametrize("name", KINKS)
def test_kinks_of_boundaries_of_ones_own(name, accuracy):
    """Where a slope jumps the solution is multiplied by a factor; without it, a tenth is lost."""
    theta, times = {"v": 0.6, "a": 1.2, "z": 0.45, "t": 0.0}, np.linspace(0.1, 3.0, 30)
    own = Simulator("ddm", boundary=KINKS[name], boundary_params=["a"])

    def boundary(t):
        return KINKS[name](t, theta["a"])

    start = theta["a"] * (2 * theta["z"] - 1)
    mesh = integral_equation.mesh(boundary, start, 3.0, 1600, breaks=(0.3, 0.4))
    known, *wanted = integral_equation.extrapolated(
        lambda t: np.full(t.shape, theta["v"]), boundary, start, mesh
    )
    for side, by_time in zip((1, -1), wanted, strict=True):
        got = densities.cdf(own, theta, times, side, accuracy=accuracy)
        np.testing.assert_allclose(got, np.interp(times, known, by_time), atol=1e-3)
    some = densities.choice_probability(own, theta, [-1, 1], accuracy=accuracy).sum()
    none = densities.omission_probability(own, theta, accuracy=accuracy)
    assert abs(some + none - 1.0) < 1e-3


@pytest.mark.parametrize("to", [0.0, 0.5, 2.0])
def test_boundaries_that_jump_are_refused(to):
    own = Simulator("ddm", boundary=lambda t, a: np.where(t < 0.5, a, to), boundary_params=["a"])
    theta = {"v": 0.6, "a": 1.2, "z": 0.45, "t": 0.2}
    with pytest.raises(ConfigError, match="boundary functions that jump"):
        densities.logpdf(own, theta, 0.9, 1)
    with pytest.raises(ParameterError, match="boundary functions that jump"):
        own.simulate(theta, method="table")
    assert own.simulate(theta, n_samples=10, random_state=1).rt.shape == (10, 1)


def test_method_table_without_noise_and_between_a_boundary_of_ones_own():
    """There is no law then, and samples are followed instead."""
    own = Simulator("ddm", boundary=lambda t, a: a - 0.1 * t, boundary_params=["a"])
    theta = {"v": 1.0, "a": 1.0, "z": 0.5, "t": 0.1, "s": 0.0}
    drawn = own.simulate(theta, n_samples=3, random_state=1, method="table")
    np.testing.assert_allclose(drawn.rt, 0.1 + 1.0 / 1.1, rtol=1e-6)  # t = a - .1 t


def test_a_boundary_may_begin_as_steeply_as_a_power_of_time():
    theta = {"v": 0.6, "a": 1.2, "z": 0.45, "t": 0.2, "alpha": 0.5, "beta": 1.5}
    rt = np.linspace(0.3, 2.2, 20)
    wanted = densities.logpdf("weibull", theta, rt, 1, accuracy="high")
    np.testing.assert_allclose(
        densities.logpdf(weibull_of_ones_own(), theta, rt, 1), wanted, atol=5e-3
    )


@pytest.mark.parametrize("model", ["ddm_par2_no_bias", "ddm_seq2_no_bias"])
def test_kinks_in_levels(model):
    config = model_config[model]
    own = Simulator(model, boundary=KINKS["falls from a time on"], boundary_params=["a"])
    theta = config["default_params"]
    theta = dict(zip(config["params"], theta, strict=True)) if isinstance(theta, list) else theta
    some = densities.choice_probability(own, theta, config["choices"]).sum()
    assert abs(some + densities.omission_probability(own, theta) - 1.0) < 2e-3


def test_a_drift_that_oscillates_is_solved_as_far_as_there_are_steps():
    def drift(t, v):
        return v + 9.0 * np.sin(12.0 * t)

    own = Simulator("ddm", drift=drift, drift_params=["v"])
    theta = {"v": -0.5, "a": 3.0, "z": 0.35, "t": 0.0}
    times = np.arange(0.0, 2.0, 0.005) + 0.0025
    rts = own.simulate(theta, n_samples=40_000, random_state=1)
    rt, choice = rts["rts"].ravel(), rts["choices"].ravel()
    share = 0.005 * np.exp(own.logpdf(theta, times, -1)).sum()
    counted = ((rt < 2.0) & (choice == -1)).mean()
    assert abs(share - counted) < 4.0 * np.sqrt(counted / 40_000)
    for ask in (own.cdf, own.logpdf):
        with pytest.raises(ConfigError, match=r"changes so often.*early response times only"):
            ask(theta, 16.0, -1)
    early = {**theta, "a": 0.5, "z": 0.5}  # all have responded before the steps end
    assert own.cdf(early, 16.0, 1) + own.cdf(early, 16.0, -1) == pytest.approx(1.0, abs=1e-3)


STEPS = {
    "smooth": lambda x: 3.0 * x**2 - 2.0 * x**3,
    "cosine": lambda x: 0.5 - 0.5 * np.cos(np.pi * x),
}


@pytest.mark.parametrize(
    ("kind", "onset", "width", "a", "size", "z", "v"),
    [
        ("smooth", 0.276, 0.0688, 1.14, 0.37, 0.46, 1.17),
        ("smooth", 0.191, 0.0498, 0.67, 0.62, 0.61, -0.78),
        ("cosine", 0.456, 0.1037, 1.46, 0.32, 0.62, 1.27),
        ("cosine", 0.491, 0.0873, 1.12, -0.33, 0.65, 1.14),
    ],
)
def test_steps_of_a_boundary_whose_bend_jumps(kind, onset, width, a, size, z, v):
    def boundary(t, a):
        share = np.clip((np.asarray(t, float) - onset) / width, 0.0, 1.0)
        return a * (1.0 - size * STEPS[kind](share))

    own = Simulator("ddm", boundary=boundary)
    theta = {"v": v, "a": a, "z": z, "t": 0.0}
    law = laws.moving(
        lambda t: boundary(t, a),
        lambda t: v + 0.0 * np.asarray(t, float),
        (onset, onset + width),
        a * (2.0 * z - 1.0),
        mesh_size=1000,
    )
    times = np.linspace(0.05, 0.98 * law.end, 20)
    for choice in (-1, 1):
        found = densities.cdf(own, theta, times, choice)
        assert np.abs(found - law.cdf(times, choice)).max() < 2e-3
