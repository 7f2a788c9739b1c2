"""Two-stage models: products of laws of one level, identities, simulators, and derivatives."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from densities.differences import check_gradient
from reference import angle, cascade, density_equation, wiener
from reference.curves import curves
from reference.piecewise import gauss_panels
from ssms import Simulator, densities
from ssms.config import model_config

V, Z, NDT = (0.6, 1.2, -0.8), (0.4, 0.6, 0.3), 0.3
DRIFTS = dict(zip(("vh", "vl1", "vl2"), V, strict=True))
STARTS = dict(zip(("zh", "zl1", "zl2"), Z, strict=True))
SHAPES = {
    "": STARTS,
    "_no_bias": {},
    "_angle_no_bias": {"theta": 0.5},
    "_weibull_no_bias": {"alpha": 2.0, "beta": 1.5},
    "_conflict_gamma_no_bias": {"theta": 0.3, "scale": 0.5, "alphaGamma": 2.0, "scaleGamma": 0.5},
}
ORDERS = ("par2", "seq2")
THETA = {
    f"ddm_{order}{word}": DRIFTS | {"a": 1.1, "t": NDT} | shape
    for order in ORDERS
    for word, shape in SHAPES.items()
}
MOVING = [model for model in THETA if "weibull" in model or "conflict" in model]
TIMES = np.array([0.35, 0.5, 0.8, 1.2, 1.7])


def level(i, a, side, t, slope=0.0):
    """Return density and distribution function of a level at t, at a side (-1, 1)."""
    y0, z = a * (2 * Z[i] - 1), np.arctan(slope)
    if slope == 0.0:
        return wiener.density(t, side, V[i], a, y0), wiener.distribution(t, side, V[i], a, y0)
    cdf = []
    for end in t:
        nodes, weights = (x.ravel() for x in gauss_panels(np.geomspace(1e-3, end, 60)))
        cdf.append(weights @ angle.density(nodes, side, V[i], a, y0, z))
    return angle.density(t, side, V[i], a, y0, z), np.array(cdf)


@pytest.mark.parametrize("theta", [0.0, 0.5, -0.1, 1.0])
def test_parallel_levels_are_products(theta):
    """Of the laws of a level, by other series and by quadrature."""
    a, t = 1.1, np.linspace(0.05, 0.95 * 1.1 / np.tan(max(theta, 0.2)), 12)
    model = Simulator("ddm_par2", boundary="angle")
    values = DRIFTS | STARTS | {"a": a, "t": NDT, "theta": theta}
    for outcome in range(4):
        h, low = outcome // 2, outcome % 2
        f_h, cdf_h = level(0, a, 2 * h - 1, t, np.tan(theta))
        f_l, cdf_l = level(1 + h, a, 2 * low - 1, t, np.tan(theta))
        got = np.exp(model.logpdf(values, t + NDT, outcome))
        np.testing.assert_allclose(got, f_h * cdf_l + cdf_h * f_l, rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(model.cdf(values, t + NDT, outcome), cdf_h * cdf_l, atol=1e-11)


@pytest.mark.parametrize("theta", [0.0, 0.4, -0.1])
def test_sequential_levels_are_convolutions(theta):
    """Of the laws of a level, from where the boundaries are when it begins."""
    a, k = 1.1, np.tan(theta)
    model = Simulator("ddm_seq2", boundary="angle")
    values = DRIFTS | STARTS | {"a": a, "t": NDT, "theta": theta}
    for t in (0.3, 1.6):
        near = np.geomspace(1e-3, 0.5, 14) * t
        edges = np.unique(np.concatenate([[1e-5 * t], near, t - near[::-1], [t * (1 - 1e-5)]]))
        u, weights = (x.ravel() for x in gauss_panels(edges))
        for outcome in range(4):
            h, low = outcome // 2, outcome % 2
            first = angle.density(u, 2 * h - 1, V[0], a, a * (2 * Z[0] - 1), theta)
            i, side = 1 + h, 2 * low - 1
            second = [
                angle.density(np.array([t - x]), side, V[i], b, b * (2 * Z[i] - 1), theta)[0]
                for x, b in zip(u, a - k * u, strict=True)
            ]
            got = model.logpdf(values, t + NDT, outcome)
            assert got == pytest.approx(np.log(weights @ (first * second)), abs=1e-8)


@pytest.mark.parametrize("order", ORDERS)
def test_against_tabulated_laws(order):
    law = {"par2": cascade.parallel, "seq2": cascade.sequential}[order]
    slope = 0.5
    law = law(V, 1.1, Z, slope, TIMES)
    model, theta = Simulator(f"ddm_{order}", boundary="angle"), THETA[f"ddm_{order}"]
    for outcome in range(4):
        got = model.cdf(theta | {"theta": np.arctan(slope)}, TIMES + NDT, outcome)
        np.testing.assert_allclose(got, law[outcome], atol=2e-5)


@pytest.mark.parametrize("accuracy", ["default", "high"])
@pytest.mark.parametrize("order", ORDERS)
def test_numerical_solutions_against_closed_forms(order, accuracy):
    """A line as a boundary of one's own is solved numerically."""
    own = Simulator(f"ddm_{order}", boundary=lambda t, a, k: a - k * t, boundary_params=["a", "k"])
    closed = Simulator(f"ddm_{order}", boundary="angle")
    theta = DRIFTS | STARTS | {"a": 1.1, "t": NDT}
    rt = NDT + np.array([0.2, 0.4, 0.8, 1.3, 1.8])
    for outcome in range(4):
        got = own.logpdf(theta | {"k": 0.3}, rt, outcome, accuracy=accuracy)
        wanted = closed.logpdf(theta | {"theta": np.arctan(0.3)}, rt, outcome)
        np.testing.assert_allclose(got, wanted, atol=2e-4 if accuracy == "default" else 2e-5)


def density_of_a_level(word, p, drift, since, end):
    """Return densities at both sides of a level that begins in the middle, by another method."""
    boundary, _, _ = curves(word, p)

    def slope(t):
        return (boundary(since + t + 1e-6) - boundary(since + t)) / 1e-6

    def later(t):
        return boundary(since + t)

    args = lambda t: np.full_like(t, drift), later, slope, 0.0, end, 80
    times, *sides = density_equation.extrapolated(*args)
    return [CubicSpline(times, f) for f in reversed(sides)]


# Boundaries that bend while a low level of strong drift crosses them.
BENT = {
    "weibull": (2, (1.043, -0.708, -3.654), {"a": 1.79, "alpha": 4.456, "beta": 2.498}),
    "conflict_gamma": (
        *(0, (-3.714, -3.707, -2.424)),
        {"a": 1.274, "theta": 0.041, "scale": 2.826, "alphaGamma": 1.957, "scaleGamma": 0.573},
    ),
}


@pytest.mark.parametrize("word", BENT)
def test_sequences_between_boundaries_that_bend(word):
    """Against the convolution of solutions of integral equations."""
    outcome, drifts, shape = BENT[word]
    h, low = divmod(outcome, 2)
    first = density_of_a_level(word, shape, drifts[0], 0.0, 2.4)[h]
    begins, weights = (x.ravel() for x in gauss_panels(np.linspace(0.0, 2.4, 5)))
    times, wanted = np.linspace(0.8, 2.2, 15), np.zeros(15)
    for u, size in zip(begins, weights * first(begins), strict=True):
        if size > 1e-12 and u < 2.38:
            second = density_of_a_level(word, shape, drifts[1 + h], u, 2.4 - u)[low]
            left = times - u
            wanted += size * np.where(left > 0.02, second(np.maximum(left, 0.02)), 0.0)
    theta = shape | dict(zip(("vh", "vl1", "vl2"), drifts, strict=True)) | {"t": NDT}
    for accuracy, allowed in (("default", 3e-4), ("high", 1e-4)):
        got = densities.logpdf(
            f"ddm_seq2_{word}_no_bias", theta, times + NDT, outcome, accuracy=accuracy
        )
        error = np.average(np.abs(got - np.log(wanted)), weights=wanted)
        assert error < allowed


def test_levels_of_a_sequence_that_start_at_a_boundary():
    for word in ("", "weibull_cdf"):
        model = Simulator("ddm_seq2", boundary=word) if word else Simulator("ddm_seq2")
        one = Simulator("ddm", boundary=word) if word else Simulator("ddm")
        shape = {"alpha": 2.0, "beta": 1.5} if word else {}
        theta = THETA["ddm_seq2"] | shape
        alone = {"a": 1.1, "t": NDT} | shape
        low = one.logpdf(alone | {"v": V[2], "z": Z[2]}, TIMES + NDT, -1)
        got = model.logpdf(theta | {"zh": 1.0}, TIMES + NDT, 2)
        np.testing.assert_allclose(got, low, atol=1e-9)
        high = one.logpdf(alone | {"v": V[0], "z": Z[0]}, TIMES + NDT, 1)
        got = model.logpdf(theta | {"zl2": 0.0}, TIMES + NDT, 2)
        np.testing.assert_allclose(got, high, atol=1e-9)
        assert (model.logpdf(theta | {"zl2": 0.0}, TIMES + NDT, 3) == -np.inf).all()
        total = model.choice_probability(theta | {"zh": 1.0, "zl2": 0.3}, range(4))
        assert total.sum() == pytest.approx(1.0, abs=1e-4)
        assert model.cdf(theta | {"zh": 1.0, "zl2": 1.0}, NDT, 3) == 1.0


@pytest.mark.parametrize("accuracy", ["default", "high"])
@pytest.mark.parametrize("model", THETA)
def test_everything_adds_up(model, accuracy):
    """To rounding; where all have responded, to the error of densities that are solved for."""
    theta, how = THETA[model], {"accuracy": accuracy}
    total = densities.sf(model, theta, TIMES + NDT, **how)
    for outcome in range(4):
        total = total + densities.cdf(model, theta, TIMES + NDT, outcome, **how)
    np.testing.assert_allclose(total, 1.0, atol=1e-9)
    solved = {"default": 2e-4, "high": 5e-5}[accuracy] if model in MOVING else 1e-9
    for max_t, close in ((0.5, 1e-9), (1.0, 1e-9), (30.0, solved)):
        made = densities.choice_probability(model, theta, range(4), max_t=max_t, **how).sum()
        none = densities.omission_probability(model, theta, max_t=max_t, **how)
        assert made + none == pytest.approx(1.0, abs=close)
        log_none = densities.logpdf(model, theta, -999.0, 0, max_t=max_t, **how)
        assert np.exp(log_none) == pytest.approx(none, rel=2e-5)
    late = densities.logpdf(f"{model}_deadline", theta | {"deadline": 1.0}, [1.01, -999.0], 1)
    assert late[0] == -np.inf
    assert late[1] == pytest.approx(densities.logpdf(model, theta, -999.0, 1, max_t=0.7), abs=1e-5)


@pytest.mark.parametrize("model", THETA)
def test_density_is_the_slope_of_the_distribution_function(model):
    theta, rt = THETA[model], np.array([0.6, 0.9, 1.4, 1.9])
    for outcome in range(4):
        h = 1e-4
        ends = [densities.cdf(model, theta, rt + s * h, outcome) for s in (-1, 1)]
        slope = (ends[1] - ends[0]) / (2 * h)
        got = np.exp(densities.logpdf(model, theta, rt, outcome))
        np.testing.assert_allclose(got, slope, rtol=2e-5, atol=1e-8)


@pytest.mark.parametrize("model", THETA)
def test_mean_is_that_of_the_quantiles(model):
    theta, share = THETA[model], (np.arange(100) + 0.5) / 100
    for outcome in (0, 3):
        times = densities.quantile(model, theta, share, outcome)
        mean = densities.mean_rt(model, theta, outcome)
        assert times.mean() == pytest.approx(float(mean), rel=2e-2)


@pytest.mark.parametrize("model", THETA)
@pytest.mark.parametrize("n", [50_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_against_the_simulator(model, n):
    theta = THETA[model]
    out = Simulator(model).simulate(theta, n_samples=n, random_state=3, return_option="minimal")
    rt, choice = out["rts"][:, 0].astype(float), out["choices"][:, 0]
    for label in range(4):
        own = np.sort(rt[choice == label])
        if own.size < 100:
            continue
        grid = np.quantile(own, np.linspace(0.02, 0.99, 15))
        seen = np.searchsorted(own, grid, side="right") / n
        far = np.abs(seen - densities.cdf(model, theta, grid, label)).max()
        assert far < np.sqrt(np.log(2e7) / (2 * n)), (label, far)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("word", ["_no_bias", "_angle_no_bias", "_weibull_no_bias"])
def test_mirror(order, word):
    """Turning all drifts, and the two low levels, turns all choices."""
    model, theta = f"ddm_{order}{word}", THETA[f"ddm_{order}{word}"]
    turned = theta | {"vh": -V[0], "vl1": -V[2], "vl2": -V[1]}
    for outcome in range(4):
        got = densities.logpdf(model, turned, TIMES + NDT, 3 - outcome)
        wanted = densities.logpdf(model, theta, TIMES + NDT, outcome)
        np.testing.assert_allclose(got, wanted, atol=1e-9)


@pytest.mark.parametrize("order", ORDERS)
def test_boundaries_that_hardly_move_are_constant(order):
    still = DRIFTS | {"a": 1.1, "t": NDT}
    for outcome in range(4):
        wanted = densities.logpdf(f"ddm_{order}_no_bias", still, TIMES + NDT, outcome)
        for word, shape, close in (
            ("angle", {"theta": 0.0}, 1e-9),
            ("angle", {"theta": 1e-9}, 1e-6),
            ("weibull", {"alpha": 1.0, "beta": 1e9}, 1e-4),
        ):
            model = f"ddm_{order}_{word}_no_bias"
            got = densities.logpdf(model, still | shape, TIMES + NDT, outcome)
            np.testing.assert_allclose(got, wanted, atol=close)


@pytest.mark.parametrize("model", THETA)
def test_noise_is_a_unit_of_evidence(model):
    theta, s = THETA[model], 1.7
    names = ["vh", "vl1", "vl2", "a", *(["scale"] if "conflict" in model else [])]
    larger = theta | {name: s * theta[name] for name in names}
    if "theta" in theta:
        larger["theta"] = np.arctan(s * np.tan(theta["theta"]))
    got = densities.logpdf(model, larger, TIMES + NDT, 2, sigma_noise=s)
    wanted = densities.logpdf(model, theta, TIMES + NDT, 2)
    np.testing.assert_allclose(got, wanted, atol=1e-7)


def test_early_tails_are_finite():
    """Down to log densities whose densities are below the smallest number."""
    for order in ORDERS:
        model, theta = f"ddm_{order}", THETA[f"ddm_{order}"]
        values = densities.logpdf(model, theta, NDT + np.array([1e-4, 1e-3, 1e-2]), 3)
        assert (values[:2] < -750).all()
        assert np.isfinite(values).all()
        assert densities.logpdf(model, theta, NDT, 3) == -np.inf


def test_starts_at_a_boundary():
    """A level that has ended at 0 leaves the law of the other; two of them an atom."""
    theta = THETA["ddm_par2"] | {"zh": 1.0}
    for low in (0, 1):
        got = np.exp(densities.logpdf("ddm_par2", theta, TIMES + NDT, 2 + low))
        wanted = level(2, 1.1, 2 * low - 1, TIMES)[0]
        np.testing.assert_allclose(got, wanted, rtol=1e-10)
        assert densities.choice_probability("ddm_par2", theta, low) == 0.0
    both = theta | {"zl2": 0.0}
    assert densities.logpdf("ddm_par2", both, NDT, 2) == 0.0
    assert densities.cdf("ddm_par2", both, NDT, 2) == 1.0
    assert densities.sf("ddm_par2", both, NDT) == 0.0


@pytest.mark.parametrize("model", THETA)
def test_gradient(model):
    theta = {name: THETA[model][name] for name in Simulator(model).params}
    rt, choice = np.array([0.6, 0.9, 1.3, 1.6]), np.array([1, 0, 3, 2])
    close = 2e-3 if model in MOVING else 1e-5  # of differences of values, at default accuracy
    check_gradient(model, theta, rt, choice, relative=close, step=2e-3)


@pytest.mark.parametrize("model", MOVING)
def test_gradient_of_many_sets_is_that_of_each(model):
    """Also where a parameter is at the end of its range."""
    names = Simulator(model).params
    theta = {name: THETA[model][name] + 0.05 * np.arange(4) for name in names}
    theta["t"][1] = 0.0
    rt, choice = np.array([0.9, 0.8, 1.3, 1.1]), np.array([3, 0, 1, 2])
    _, together = densities.logpdf_and_gradient(model, theta, rt, choice, n_threads=2)
    for i in range(4):
        one = {name: value[i] for name, value in theta.items()}
        _, alone = densities.logpdf_and_gradient(model, one, rt[i], choice[i])
        # a call is solved to its latest time, and where that lies moves the last nodes a little
        np.testing.assert_allclose(together[i], alone, rtol=1e-6)
    assert np.abs(together[1]).min() > 0.0 or choice[1] < 2


@pytest.mark.parametrize("model", MOVING)
def test_gradients_are_as_accurate_as_they_are_said_to_be(model):
    rt, choice = np.meshgrid(np.linspace(0.3, 2.0, 30), [0, 1, 2, 3])
    _, gradient = densities.logpdf_and_gradient(model, THETA[model], rt, choice)
    _, better = densities.logpdf_and_gradient(model, THETA[model], rt, choice, accuracy="high")
    share = np.exp(densities.logpdf(model, THETA[model], rt, choice))[..., None]
    error, size = (
        (share * np.abs(x)).sum((0, 1)) / share.sum() for x in (gradient - better, better)
    )
    assert (error < 1e-4 * (1.0 + size)).all()


@pytest.mark.parametrize("model", MOVING)
def test_estimates_of_the_error_cover_it(model):
    values, errors = densities.logpdf(model, THETA[model], TIMES + NDT, 1, return_error=True)
    better = densities.logpdf(model, THETA[model], TIMES + NDT, 1, accuracy="high")
    assert (np.abs(values - better) <= errors).all()
    assert (errors < 1e-3).all()


@pytest.mark.parametrize("model", THETA)
@pytest.mark.parametrize("n", [8, pytest.param(1000, marks=pytest.mark.slow)])
def test_never_nan_never_plus_infinity(model, n):
    rng = np.random.default_rng(5)
    bounds = model_config[model]["param_bounds_dict"]
    theta = {name: rng.uniform(low, high, n) for name, (low, high) in bounds.items()}
    rt = np.concatenate([[-999.0, 0.0, 18.0], rng.uniform(0, 8, 20)])
    choice = rng.integers(0, 4, (n, rt.size))
    values = densities.logpdf(model, theta, np.tile(rt, (n, 1)), choice, max_t=20.0)
    assert not np.isnan(values).any()
    assert (values < np.inf).all()
    assert (values[:, 0] <= 0.0).all()


def test_late_densities_beside_boundaries_that_open():
    """Those who are still to begin are fewer than exp(-700) of those who have."""
    theta = {"vh": -6.9, "vl1": -5.2, "vl2": 3.0, "t": 0.7, "a": 0.94, "theta": -0.37,
             "scale": 2.34, "alphaGamma": 4.15, "scaleGamma": 4.29}  # fmt: skip
    times = np.array([1.0, 3.0, 8.0, 9.0, 10.0, 12.0, 15.0, 20.0, 30.0, 60.0])
    values = densities.logpdf("ddm_seq2_conflict_gamma_no_bias", theta, 0.7 + times, 2)
    assert (np.diff(values) < 0.0).all()
    late = np.diff(values)[3:] / np.diff(times)[3:]  # an exponential tail
    assert np.ptp(late) < 0.3


@pytest.mark.parametrize("model", ["ddm_par2_weibull_no_bias", "race_no_bias_angle_2"])
def test_threads_do_not_divide_sets_that_take_the_same_steps(model):
    names, defaults = model_config[model]["params"], model_config[model]["default_params"]
    theta = np.array(defaults) * (1.0 + 0.05 * np.random.default_rng(0).uniform(size=(97, 1)))
    times = theta[:, [names.index("t")]] + np.array([[0.5, 0.9, 1.3]])
    _, alone = densities.logpdf_and_gradient(model, theta, times, 0)
    _, gradient = densities.logpdf_and_gradient(model, theta, times, 0, n_threads=2)
    np.testing.assert_array_equal(gradient, alone)
