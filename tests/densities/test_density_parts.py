"""Evidence in two parts that leak at rates of their own: limits, simulations, identities."""

import numpy as np
import pytest
from scipy import stats

from ssms import Simulator, densities
from ssms.config import model_config
from ssms.errors import ConfigError, ParameterError

MODEL = "conflict_stimflexrel1_leak2"
NDT = 0.3
THETA = {
    "v": 0.0, "a": 1.3, "z": 0.35, "t": NDT, "vt": 3.0, "vd": 4.0, "tcoh": 0.8, "dcoh": -0.7,
    "tonset": 0.3, "donset": 0.1, "toffset": 0.9, "doffset": 0.5, "gt": 0.9, "gd": 0.1,
}  # fmt: skip
STRONG = THETA | {"a": 3.0, "gt": 1.0, "gd": 0.0, "vt": 5.0, "vd": 5.0, "toffset": 1.0}
FREE = THETA | {"a": 2.5, "z": 0.5, "tcoh": 0.0, "dcoh": 0.0, "gt": 0.0, "gd": 1.0}
TIMES = NDT + np.concatenate([np.linspace(0.02, 1.5, 75), np.linspace(1.6, 20.0, 40)])
ROW, NATS = 1e-3, 0.02
"""Largest errors of a probability, and of a log density over the law, by the row of this family."""


def both(model, theta, times=TIMES, function=densities.cdf, **options):
    return np.array([function(model, theta, times, side, **options) for side in (-1, 1)])


def one_process(theta):
    """Parts that leak alike are one process, which is drawn to the start."""
    own = {name: x for name, x in theta.items() if name not in ("gt", "gd")}
    return own | {"g": theta["gt"], "v": theta["gt"] * theta["a"] * (2 * theta["z"] - 1)}


@pytest.mark.parametrize("theta", [THETA, STRONG, FREE], ids=["usual", "strong", "free"])
@pytest.mark.parametrize("g", [0.0, 0.6, 1.0])
def test_equal_leaks_make_one_process(theta, g):
    theta = theta | {"gt": g, "gd": g}
    expected = both("conflict_stimflexrel1_leak", one_process(theta), accuracy="high")
    np.testing.assert_allclose(both(MODEL, theta), expected, atol=3e-4)
    np.testing.assert_allclose(both(MODEL, theta, accuracy="high"), expected, atol=5e-5)
    expected = both("conflict_stimflexrel1_leak", one_process(theta), function=densities.logpdf)
    errors = np.abs(both(MODEL, theta, function=densities.logpdf) - expected) * np.exp(expected)
    assert np.trapezoid(errors, TIMES).sum() < 0.25 * NATS
    mean = densities.mean_rt("conflict_stimflexrel1_leak", one_process(theta))
    assert densities.mean_rt(MODEL, theta) == pytest.approx(mean, rel=2e-3)


def test_equal_leaks_between_other_boundaries():
    theta = THETA | {"gt": 0.7, "gd": 0.7, "theta": 0.4}
    del theta["v"]
    two = Simulator(MODEL, boundary="angle")
    one = Simulator("conflict_stimflexrel1_leak", boundary="angle")
    expected = both(one, one_process(theta))
    np.testing.assert_allclose(both(two, theta), expected, atol=3e-4)


def compare_with_simulations(theta, seed, n, simulator=None, last=np.inf):
    """The largest distance of distribution functions, less than noise has once in a million."""
    simulator = simulator or Simulator(MODEL)
    found = simulator.simulate(theta, n_samples=n, random_state=seed, return_option="minimal")
    rts, choices = found["rts"].ravel().astype(float), found["choices"].ravel()
    for side in (-1, 1):
        own = np.sort(rts[(choices == side) & (rts < last)])
        expected = simulator.cdf(theta, own[:: max(own.size // 200, 1)], side)
        got = np.arange(own.size)[:: max(own.size // 200, 1)] / n
        noise = stats.kstwobign.isf(1e-6) / np.sqrt(n)
        assert np.abs(expected - got).max(initial=0.0) < noise + 2e-4


@pytest.mark.parametrize("theta", [THETA, STRONG, FREE], ids=["usual", "strong", "free"])
def test_simulations_follow_the_law(theta):
    compare_with_simulations(theta, 1, 200_000)


@pytest.mark.slow
def test_simulations_follow_the_law_within_the_training_bounds():
    rng = np.random.default_rng(14)
    bounds = model_config[MODEL]["param_bounds_dict"]
    for seed in range(12):
        theta = {name: rng.uniform(*limits) for name, limits in bounds.items()}
        compare_with_simulations(theta | {"a": min(theta["a"], 2.0)}, seed, 1_000_000)


def test_own_drifts_and_boundaries():
    """A function that is the model's own drift; then one that goes to and fro, by simulations."""

    def shown(t, x, on, off):
        return np.where((t >= on) & (t <= off), x, 0.0)

    def drift(t, p, q):
        return np.stack([shown(t, p, 0.2, 0.9), shown(t, q, 0.0, 0.5)], axis=-1)

    own = Simulator(MODEL, drift=drift, drift_params=["p", "q"], boundary="angle")
    theta = {name: THETA[name] for name in ("a", "z", "t", "gt", "gd")} | {"theta": 0.2}
    named = THETA | {"theta": 0.2}
    del named["v"]
    p, q = THETA["vt"] * THETA["tcoh"], THETA["vd"] * THETA["dcoh"]
    found = both(own, theta | {"p": p, "q": q})
    expected = both(Simulator(MODEL, boundary="angle"), named)
    np.testing.assert_allclose(found, expected, atol=2e-4)

    def waves(t, p, q):
        return np.stack([p * np.sin(12 * t), q * np.exp(-t)], axis=-1)

    own = Simulator(MODEL, drift=waves, drift_params=["p", "q"])
    theta = {"a": 3.0, "z": 0.35, "t": NDT, "gt": 0.7, "gd": 0.5, "p": 9.0, "q": -2.0}
    compare_with_simulations(theta, 2, 200_000, own, last=18.0)


# ---- identities --------------------------------------------------------------------------------


def test_target_and_distractor_may_change_places():
    turned = dict(THETA)
    for one, other in (("vt", "vd"), ("tcoh", "dcoh"), ("gt", "gd")):
        turned |= {one: THETA[other], other: THETA[one]}
    for one, other in (("tonset", "donset"), ("toffset", "doffset")):
        turned |= {one: THETA[other], other: THETA[one]}
    np.testing.assert_allclose(both(MODEL, turned), both(MODEL, THETA), atol=1e-12)


def test_mirror_images_and_units_of_evidence():
    here = both(MODEL, THETA)
    mirror = THETA | {"z": 1 - THETA["z"], "tcoh": -THETA["tcoh"], "dcoh": -THETA["dcoh"]}
    np.testing.assert_allclose(both(MODEL, mirror)[::-1], here, atol=1e-12)
    scaled = THETA | {name: 2.5 * THETA[name] for name in ("a", "vt", "vd")}
    np.testing.assert_allclose(both(MODEL, scaled, sigma_noise=2.5), here, atol=1e-12)


@pytest.mark.parametrize("theta", [THETA, STRONG, FREE], ids=["usual", "strong", "free"])
def test_probabilities_fit_together(theta):
    shares = densities.choice_probability(MODEL, theta, [-1, 1])
    assert shares.sum() + densities.omission_probability(MODEL, theta) == pytest.approx(1.0)
    within = densities.choice_probability(MODEL, theta, [-1, 1], max_t=0.8).sum()
    assert within + densities.omission_probability(MODEL, theta, max_t=0.8) == pytest.approx(1.0)
    assert densities.logpdf(MODEL, theta, -999.0, 1, max_t=0.8) == pytest.approx(
        np.log(densities.omission_probability(MODEL, theta, max_t=0.8))
    )
    by_choice = both(MODEL, theta)
    assert (np.diff(by_choice) >= -1e-15).all()
    survival = densities.sf(MODEL, theta, TIMES)
    np.testing.assert_allclose(by_choice.sum(axis=0) + survival, 1.0, atol=3e-5)
    # the mean, and the density, from distribution functions
    long = NDT + np.geomspace(1e-3, 4e3, 4001)
    mean = long[0] + np.trapezoid(densities.sf(MODEL, theta, long), long)
    assert densities.mean_rt(MODEL, theta) == pytest.approx(mean, rel=1e-3)
    middle = densities.quantile(MODEL, theta, 0.5, 1)
    assert densities.cdf(MODEL, theta, middle, 1) == pytest.approx(0.5 * shares[1], abs=1e-9)
    ends = np.linspace(0.45, 6.0, 223)
    density = np.exp(both(MODEL, theta, 0.5 * (ends[1:] + ends[:-1]), densities.logpdf))
    mass = np.diff(both(MODEL, theta, ends))
    smooth = np.ones(len(ends) - 1, dtype=bool)
    for jump in NDT + np.array([0.2, 0.5, theta["toffset"]]):  # rates have a kink there
        smooth &= (ends[1:] < jump) | (ends[:-1] > jump + 0.03)
    np.testing.assert_allclose(0.025 * density[:, smooth], mass[:, smooth], rtol=0.03, atol=2e-5)


def test_high_accuracy_and_default_agree():
    rng = np.random.default_rng(4)
    bounds = model_config[MODEL]["param_bounds_dict"]
    for _ in range(10):
        theta = {name: rng.uniform(*limits) for name, limits in bounds.items()}
        times = theta["t"] + TIMES - NDT
        default, high = (both(MODEL, theta, times, accuracy=name) for name in ("default", "high"))
        assert 0.0 < np.abs(default - high).max() < 0.5 * ROW
        default = both(MODEL, theta, times, densities.logpdf)
        high = both(MODEL, theta, times, densities.logpdf, accuracy="high")
        off = np.where(high > -30.0, np.abs(default - high) * np.exp(high), 0.0)
        assert np.trapezoid(off, times).sum() < 0.25 * NATS


def test_a_start_at_a_boundary_and_a_deadline():
    assert densities.cdf(MODEL, THETA | {"z": 1.0}, NDT, 1) == 1.0
    assert densities.logpdf(MODEL, THETA | {"z": 0.0}, NDT, -1) == 0.0
    late = THETA | {"deadline": 1.1}
    assert densities.omission_probability(f"{MODEL}_deadline", late) == densities.sf(
        MODEL, THETA, 1.1
    )


def test_threads_and_instruction_sets_have_no_effect(monkeypatch):
    rng = np.random.default_rng(3)
    theta = THETA | {"gt": rng.uniform(0.0, 1.0, 5)}
    one, two = (densities.logpdf(MODEL, theta, 1.2, 1, n_threads=n) for n in (1, 2))
    np.testing.assert_array_equal(one, two)
    for simd in ("baseline", "avx2", "avx512"):
        monkeypatch.setenv("SSMS_SIMD", simd)
        try:
            there = densities.logpdf(MODEL, theta, 1.2, 1)
        except ParameterError:  # this processor has none
            continue
        np.testing.assert_array_equal(one, there)


def test_never_nan_never_plus_infinity():
    rng = np.random.default_rng(8)
    rt = np.concatenate([[-999.0, -1.0, 0.0, 1e-3, 60.0, 1e4, np.inf], rng.uniform(0, 8, 30)])
    wide = {"a": (0.02, 6.0), "gt": (0.0, 20.0), "gd": (0.0, 5.0), "vt": (-30.0, 30.0)}
    bounds = model_config[MODEL]["param_bounds_dict"]
    for limits in (bounds, bounds | wide):
        theta = {name: rng.uniform(*ends, 8) for name, ends in limits.items()}
        times, sides = np.tile(rt, (8, 1)), rng.choice([-1, 1], (8, rt.size))
        values, errors = densities.logpdf(MODEL, theta, times, sides, max_t=20.0, return_error=True)
        assert not np.isnan(values).any()
        assert (values < np.inf).all()
        assert (errors >= 0.0).all()
        shares = sum(densities.choice_probability(MODEL, theta, side) for side in (-1, 1))
        never = densities.omission_probability(MODEL, theta)
        np.testing.assert_allclose(shares + never, 1.0, atol=1e-12)


# ---- what there is not -------------------------------------------------------------------------


def test_no_gradient():
    with pytest.raises(ConfigError, match="evidence in two parts, have a density"):
        densities.logpdf_and_gradient(MODEL, THETA, 1.0, 1)


def test_a_part_that_grows_is_refused():
    for leak in ("gt", "gd"):
        with pytest.raises(ConfigError, match="for leaks that are not negative"):
            densities.logpdf(MODEL, THETA | {leak: -0.1}, 1.0, 1)
