"""Races of accumulators that are reflected at 0, toward a boundary that moves."""

import numpy as np
import pytest
from scipy.integrate import cumulative_simpson

from densities.differences import check_gradient
from reference import reflected_equation
from reference.race import reflected_survival
from ssms import Simulator, densities
from ssms.config import model_config
from ssms.errors import ConfigError

NDT = 0.2
STARTS = {"z0": 0.2, "z1": 0.0, "z2": 0.6}
THETA = {"v0": 1.0, "v1": 0.3, "v2": 1.8, "a": 1.4, "t": NDT, "theta": 0.6}
NAMES = ("no_bias", "no_z")
TIMES = np.array([0.1, 0.3, 0.6, 1.0, 1.5])


def of(model):
    """Return the parameters of a model, in its order."""
    known = THETA | {"z": 0.3, "v3": 2.2}
    return {name: known[name] for name in Simulator(model).params}


def alone(theta, rt, **options):
    """Return density and survival of one accumulator, from a race of two equal ones."""
    both = {"v0": theta["v"], "v1": theta["v"], "t": 0.0, **theta}
    both.pop("v")
    survival = np.sqrt(densities.sf("race_no_bias_angle_2", both, rt, **options))
    log_density = densities.logpdf("race_no_bias_angle_2", both, rt, 0, **options)
    return np.exp(log_density) / survival, survival


@pytest.mark.parametrize("accuracy", ["default", "high"])
@pytest.mark.parametrize(
    ("v", "a", "z", "theta"),
    [(1.0, 2.0, 0.5, 0.3), (0.0, 1.0, 0.0, 1.3), (1.5, 1.5, 0.8, 0.7), (2.5, 3.0, 0.0, 1.2),
     (0.2, 2.0, 0.5, -0.1), (-1.0, 1.5, 0.2, 0.4)],
)  # fmt: skip
def test_against_an_integral_equation(v, a, z, theta, accuracy):
    k = np.tan(theta)
    end = min(0.8 * a / k, 8.0) if k > 0 else 8.0
    first = ((1 - z) * a) ** 2 / 80
    times = np.concatenate([[0.0], np.geomspace(first, 0.3 * end, 300)[:-1],
                            np.linspace(0.3 * end, end, 200)])  # fmt: skip
    args = v, lambda t: a - k * t, lambda t: -k + 0 * t, z * a, times
    wanted = reflected_equation.extrapolated(*args)
    density, survival = alone(
        {"v": v, "a": a, "z": z, "theta": theta}, times[1:], accuracy=accuracy
    )
    weight = wanted[1:] * np.diff(times)
    seen = wanted[1:] > 1e-6
    error = np.abs(np.log(density[seen] / wanted[1:][seen]))
    assert np.average(error, weights=weight[seen]) < (1e-4 if accuracy == "default" else 4e-5)
    passed = cumulative_simpson(wanted, x=times)
    np.testing.assert_allclose(survival, 1 - passed, atol=1e-4)


def test_the_reference_agrees_with_finite_volumes():
    times = np.linspace(0.0, 2.0, 401)
    args = 0.7, lambda t: 1.5 - 0.4 * t, lambda t: -0.4 + 0 * t, 0.3, times
    survival = 1 - cumulative_simpson(reflected_equation.extrapolated(*args), x=times, initial=0)
    volumes = reflected_survival(0.7, lambda t: 1.5 - 0.4 * t, 0.3, times)
    np.testing.assert_allclose(survival, volumes, atol=1e-3)


@pytest.mark.parametrize("v", [0.0, 1.0, 2.5, -1.0])
@pytest.mark.parametrize("z", [0.0, 0.5, 0.9])
def test_boundaries_that_hardly_move_are_constant(v, z):
    theta = {"v0": v, "v1": 0.8, "a": 1.5, "z": z, "t": 0.0}
    rt = np.geomspace(0.05, 6.0, 12)
    for choice in (0, 1):
        wanted = densities.logpdf("race_no_bias_2", theta, rt, choice)
        got = densities.logpdf("race_no_bias_angle_2", theta | {"theta": 1e-9}, rt, choice)
        np.testing.assert_allclose(got, wanted, atol=1e-4)
        same = densities.logpdf("race_no_bias_angle_2", theta | {"theta": 0.0}, rt, choice)
        np.testing.assert_array_equal(same, wanted)


@pytest.mark.parametrize("n", [2, 3, 4])
@pytest.mark.parametrize("name", NAMES)
def test_everything_adds_up(name, n):
    model = f"race_{name}_angle_{n}"
    theta, total = of(model), densities.sf(model, of(model), TIMES + NDT)
    for choice in range(n):
        total = total + densities.cdf(model, theta, TIMES + NDT, choice)
    np.testing.assert_allclose(total, 1.0, atol=5e-5)
    for max_t in (0.4, 1.0, 30.0):
        made = densities.choice_probability(model, theta, range(n), max_t=max_t).sum()
        none = densities.omission_probability(model, theta, max_t=max_t)
        assert made + none == pytest.approx(1.0, abs=5e-5)
    late = densities.logpdf(f"{model}_deadline", theta | {"deadline": 0.8}, [0.81, -999.0], 1)
    none = densities.omission_probability(model, theta, max_t=0.6)
    assert late[0] == -np.inf
    assert np.exp(late[1]) == pytest.approx(none, rel=1e-5)


def test_density_is_the_slope_of_the_distribution_function():
    model, rt, h = "race_no_bias_angle_3", TIMES + NDT, 1e-3
    for choice in range(3):
        ends = [densities.cdf(model, of(model), rt + s * h, choice) for s in (-1, 1)]
        slope = (ends[1] - ends[0]) / (2 * h)
        got = np.exp(densities.logpdf(model, of(model), rt, choice))
        np.testing.assert_allclose(got, slope, rtol=2e-3, atol=1e-6)


@pytest.mark.parametrize("theta", [0.6, 1.3, -0.1])
@pytest.mark.parametrize("n", [50_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_against_the_simulator(theta, n):
    model = "race_no_bias_angle_3"
    p = of(model) | {"theta": theta}
    out = Simulator(model).simulate(p, n_samples=n, random_state=3, return_option="minimal")
    rt, choice = out["rts"][:, 0].astype(float), out["choices"][:, 0]
    for label in range(3):
        own = np.sort(rt[(choice == label) & (rt > 0)])
        grid = np.quantile(own, np.linspace(0.02, 0.99, 12))
        seen = np.searchsorted(own, grid, side="right") / n
        far = np.abs(seen - densities.cdf(model, p, grid, label)).max()
        assert far < np.sqrt(np.log(2e7) / (2 * n)) + 1e-4, (label, far)


def test_accumulators_with_starts_and_noise_of_their_own():
    """Of two equal accumulators with other noise: evidence in units of it."""
    race = Simulator("race_2", boundary="angle")
    theta = {"v0": 1.0, "v1": 1.0, "a": 1.4, "z0": 0.2, "z1": 0.5, "t": NDT, "theta": 0.5}
    wide = theta | {"s0": 2.0, "s1": 2.0}
    narrow = theta | {"v0": 0.5, "v1": 0.5, "a": 0.7, "theta": np.arctan(np.tan(0.5) / 2)}
    for choice in (0, 1):
        got = race.logpdf(wide, TIMES + NDT, choice)
        np.testing.assert_allclose(got, race.logpdf(narrow, TIMES + NDT, choice), atol=1e-9)


def test_mass_that_never_arrives():
    """A boundary that recedes faster than all accumulators drift."""
    theta = {"v0": 0.0, "v1": 0.0, "a": 1.0, "z": 0.0, "t": 0.0, "theta": -0.5}
    never = densities.omission_probability("race_no_bias_angle_2", theta)
    made = densities.choice_probability("race_no_bias_angle_2", theta, [0, 1]).sum()
    assert 0.1 < never < 0.9
    assert made + never == pytest.approx(1.0, abs=1e-4)


def test_after_the_boundary_has_reached_0_nobody_is_left():
    model = "race_no_bias_angle_3"
    end = THETA["a"] / np.tan(THETA["theta"]) + NDT
    assert densities.sf(model, of(model), end) == 0.0
    assert (densities.logpdf(model, of(model), [end, end + 1.0, NDT], 1) == -np.inf).all()


@pytest.mark.parametrize("model", ["race_no_bias_angle_2", "race_no_z_angle_3"])
def test_gradient(model):
    theta = of(model)
    rt, choice = np.array([0.5, 0.7, 1.2, 1.6]), np.array([0, 1, 0, 1])
    check_gradient(model, theta, rt, choice, relative=2e-3, step=4e-3)


@pytest.mark.parametrize("n", [10, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("model", ["race_no_bias_angle_4", "race_no_z_angle_2"])
def test_never_nan_never_plus_infinity(model, n):
    rng = np.random.default_rng(5)
    bounds = model_config[model]["param_bounds_dict"]
    theta = {name: rng.uniform(low, high, n) for name, (low, high) in bounds.items()}
    theta["v0"] -= 2.0
    rt = np.concatenate([[-999.0, 0.0, 18.0], rng.uniform(0, 8, 20)])
    choice = rng.integers(0, 2, (n, rt.size))
    values = densities.logpdf(model, theta, np.tile(rt, (n, 1)), choice, max_t=20.0)
    assert not np.isnan(values).any()
    assert (values < np.inf).all()
    assert (values[:, 0] <= 0.0).all()


def test_curved_boundaries_are_refused():
    race = Simulator("race_2", boundary="weibull_cdf")
    theta = of("race_no_bias_2") | {"z0": 0.1, "z1": 0.2, "alpha": 2.0, "beta": 1.0}
    theta.pop("z")
    with pytest.raises(ConfigError, match=r"a boundary that is not linear is not impl.*LogKDE"):
        race.logpdf(theta, 1.0, 1)


@pytest.mark.parametrize("accuracy", ["default", "high"])
def test_boundaries_that_open_fast(accuracy):
    """Two accumulators stay behind, a third is only a little faster than the boundary."""
    n = 100_000
    theta = {"v0": 2.2, "v1": 2.0, "v2": 3.9, "a": 1.25, "t": 0.0, "theta": -1.3}
    seen = Simulator("race_no_z_angle_3").simulate(theta, n, random_state=1, max_t=50.0)
    left = ((seen.rt > 20.0) | seen.omitted).mean(), seen.omitted.mean()
    wanted = densities.sf("race_no_z_angle_3", theta, [20.0, 50.0], accuracy=accuracy)
    for share, p in zip(left, wanted, strict=True):
        assert abs(share - p) < 4.0 * np.sqrt(p * (1.0 - p) / n)
    mass = densities.omission_probability("race_no_z_angle_3", theta, accuracy=accuracy)
    for choice in range(3):
        mass += densities.choice_probability("race_no_z_angle_3", theta, choice, accuracy=accuracy)
    assert abs(mass - 1.0) < 1e-3
