"""Levels that interact: an independent equation, limits in which laws are known, identities."""

import itertools

import numpy as np
import pytest

from reference.interacting import transform
from ssms import Simulator, densities
from ssms.config import model_config
from ssms.errors import ConfigError, ParameterError

NDT = 0.3
THETA = {"vh": 0.9, "vl1": -0.8, "vl2": 1.5, "a": 1.2, "d": 0.6, "t": NDT}
STARTS = {"zh": 0.4, "zl1": 0.7, "zl2": 0.35}
SHAPES = {
    "": {},
    "angle_": {"theta": 0.4},
    "weibull_": {"alpha": 2.5, "beta": 1.5},
    "conflict_gamma_": {"theta": 0.3, "scale": 1.0, "alphaGamma": 2.0, "scaleGamma": 0.7},
}
ROW = 1e-3
"""Largest error of a probability by the row of this family; most are a hundred times smaller."""


def unbiased(family, word, **values):
    theta = THETA | SHAPES[word] | values
    if family == "tradeoff":
        theta = {k.lower() if k.endswith("Gamma") else k: v for k, v in theta.items()}
    family, _, ending = family.partition(" ")
    if family == "ddm_mic2_ornstein":
        theta.setdefault("g", 1.5)
    return f"{family}_{word}no_bias{ending}", theta


QUIET = ("ddm_mic2_ornstein _no_lowdim_noise", "ddm_mic2_leak _no_lowdim_noise")
FAMILIES = ("tradeoff", "ddm_mic2_adj", "ddm_mic2_ornstein", "ddm_mic2_leak", "ddm_mic2_multinoise")
FAMILIES += QUIET
MODELS = [unbiased(family, word) for family in FAMILIES for word in SHAPES]
EQUATIONS = {
    "tradeoff_no_bias": ("tradeoff", {}),
    "ddm_mic2_adj": ("modulated", {}),
    "ddm_mic2_ornstein": ("modulated", {"leak": 3.0}),
    "ddm_mic2_leak": ("modulated", {"leak": 2.0}),
    "ddm_mic2_multinoise_no_bias": ("multinoise", {}),
    "ddm_mic2_ornstein_no_bias_no_lowdim_noise": ("modulated", {"early": 0.0}),
    "ddm_mic2_leak_no_bias_no_lowdim_noise": ("modulated", {"early": 0.0, "leak": 2.0}),
}


def transforms(model, theta, rate):
    """Return E[exp(-rate T); choice] from distribution functions, by the trapezoid rule."""
    if rate == 0.0:
        return densities.choice_probability(model, theta, np.arange(4))
    times = np.linspace(0.0, 25.0 * theta["a"] ** 2, 2001)
    decays, step = np.exp(-rate * times), times[1]
    shares = [densities.cdf(model, theta, theta["t"] + times, c) for c in range(4)]
    return np.array(
        [
            rate * step * (decays @ share - 0.5 * share[0] - 0.5 * decays[-1] * share[-1])
            + decays[-1] * share[-1]
            for share in shares
        ]
    )


def check_transforms(model, theta, n=22):
    kind, options = EQUATIONS[model]
    if "g" in theta:
        options = options | {"leak": theta["g"]}
    v = [theta[name] for name in ("vh", "vl1", "vl2")]
    z = [theta.get(name, 0.5) for name in ("zh", "zl1", "zl2")]
    for rate in (0.0, 2.0 / theta["a"] ** 2):
        expected = transform(kind, rate, v, theta["a"], z, theta["d"], n=n, **options)
        got = transforms(model, theta, rate)
        atol = 2e-4 if "early" in options else 5e-5
        np.testing.assert_allclose(got, [expected[c] for c in range(4)], rtol=0, atol=atol)


@pytest.mark.parametrize("model", EQUATIONS)
def test_against_the_backward_equation(model):
    theta = THETA | ({"g": 3.0} if "ornstein" in model else {})
    check_transforms(model, theta | ({} if "no_bias" in model else STARTS))


@pytest.mark.slow
@pytest.mark.parametrize("model", EQUATIONS)
def test_against_the_backward_equation_within_the_training_bounds(model):
    rng = np.random.default_rng(14)
    bounds = model_config[model]["param_bounds_dict"]
    for _ in range(20):
        theta = {name: rng.uniform(*limits) for name, limits in bounds.items()}
        check_transforms(model, theta, n=32)


@pytest.mark.parametrize("word", SHAPES)
@pytest.mark.parametrize("v", [0.0, 3.5])
def test_low_levels_without_drift_are_independent(word, v):
    """A belief that drives no drift has no effect: two levels side by side, whose law is closed."""
    model, theta = unbiased("ddm_mic2_adj", word, vh=v, vl1=0.0, vl2=0.0)
    par2 = f"ddm_par2_{word}no_bias"
    own = {name: x for name, x in theta.items() if name != "d"}
    times = NDT + np.linspace(0.05, 4.0, 30)
    for choice in range(4):
        expected = densities.cdf(par2, own, times, choice)
        np.testing.assert_allclose(densities.cdf(model, theta, times, choice), expected, atol=2e-4)
    mean = densities.mean_rt(par2, own)
    assert densities.mean_rt(model, theta) == pytest.approx(mean, abs=ROW)


def chances_of_high(model, theta):
    shares = densities.choice_probability(model, theta, np.arange(4))
    return shares[0] + shares[1], shares[2] + shares[3]


@pytest.mark.parametrize(("model", "theta"), MODELS, ids=lambda x: x if isinstance(x, str) else "")
def test_the_high_level_is_a_diffusion(model, theta):
    """The low levels have no effect on it."""
    word = next(
        w for w in ("conflict_gamma", "weibull", "angle", "constant") if w in model + "constant"
    )
    low_names = {"alphagamma": "alphaGamma", "scalegamma": "scaleGamma"}
    names = {low_names.get(name, name): x for name, x in theta.items()}
    one = Simulator("ddm", boundary="weibull_cdf" if word == "weibull" else word)
    alone = {"v": theta["vh"], "z": 0.5} | {n: names[n] for n in one.params if n in names}
    expected = one.choice_probability(alone, [-1, 1])
    np.testing.assert_allclose(chances_of_high(model, theta), expected, atol=1e-4)


def test_late_steps_are_stable_without_noise_of_the_low_level():
    """Steps of a low level that only leaks would let errors grow."""
    theta = {"vh": -0.37, "vl1": -1.01, "vl2": -3.0, "a": 2.32, "d": 0.27, "g": 0.47, "t": NDT}
    alone = {"v": theta["vh"], "a": theta["a"], "z": 0.5, "t": NDT}
    expected = densities.choice_probability("ddm", alone, [-1, 1])
    found = chances_of_high("ddm_mic2_ornstein_no_bias_no_lowdim_noise", theta)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_levels_that_start_at_a_boundary():
    theta = THETA | STARTS
    times = NDT + np.linspace(0.05, 4.0, 20)
    at_once = theta | {"zh": 1.0}
    alone = {"v": theta["vl2"], "a": theta["a"], "z": theta["zl2"], "t": NDT}
    for low, side in ((2, -1), (3, 1)):
        expected = densities.cdf("ddm", alone, times, side)
        np.testing.assert_allclose(
            densities.cdf("ddm_mic2_adj", at_once, times, low), expected, atol=2e-4
        )
    at_once = theta | {"zl1": 0.0, "zl2": 1.0}
    alone = {"v": theta["vh"], "a": theta["a"], "z": theta["zh"], "t": NDT}
    for choice, side in ((0, -1), (3, 1)):
        expected = densities.cdf("ddm", alone, times, side)
        got = densities.cdf("ddm_mic2_adj", at_once, times, choice)
        np.testing.assert_allclose(got, expected, atol=2e-4)
    both = theta | {"zh": 0.0, "zl1": 1.0}
    assert densities.cdf("ddm_mic2_adj", both, NDT, 1) == 1.0


def test_mirror_images():
    theta, times = THETA | STARTS | {"g": 1.0}, np.linspace(0.4, 4.0, 15)
    turned = theta | {"vh": -0.9, "zh": 0.6, "vl1": 1.5, "vl2": -0.8, "zl1": 0.35, "zl2": 0.7}
    upside = theta | {"vl1": 0.8, "vl2": -1.5, "zl1": 0.3, "zl2": 0.65}
    for h in (0, 1):
        for low in (0, 1):
            here = densities.cdf("ddm_mic2_ornstein", theta, times, 2 * h + low)
            mirror = densities.cdf("ddm_mic2_ornstein", turned, times, 2 * (1 - h) + low)
            np.testing.assert_allclose(here, mirror, atol=1e-12)
            mirror = densities.cdf("ddm_mic2_ornstein", upside, times, 2 * h + 1 - low)
            np.testing.assert_allclose(here, mirror, atol=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_units_of_evidence_have_no_effect(family):
    model, theta = unbiased(family, "")
    scaled = theta | {name: 2.5 * theta[name] for name in ("vh", "vl1", "vl2", "a")}
    here = densities.cdf(model, theta, 1.4, np.arange(4))
    there = densities.cdf(model, scaled, 1.4, np.arange(4), sigma_noise=2.5)
    np.testing.assert_allclose(here, there, atol=1e-12)


@pytest.mark.parametrize(
    ("model", "theta"), MODELS[::5], ids=lambda x: x if isinstance(x, str) else ""
)
def test_probabilities_fit_together(model, theta):
    shares = densities.choice_probability(model, theta, np.arange(4))
    assert shares.sum() + densities.omission_probability(model, theta) == pytest.approx(
        1.0, abs=1e-12
    )
    within = densities.choice_probability(model, theta, np.arange(4), max_t=0.8).sum()
    assert within + densities.omission_probability(model, theta, max_t=0.8) == pytest.approx(1.0)
    times = NDT + np.linspace(0.0, 6.0, 400)
    by_choice = np.array([densities.cdf(model, theta, times, c) for c in range(4)])
    assert (np.diff(by_choice) >= -1e-15).all()
    assert (by_choice[:, 0] == 0.0).all()
    survival = densities.sf(model, theta, times)
    np.testing.assert_allclose(by_choice.sum(axis=0) + survival, 1.0, atol=3e-5)
    long = NDT + np.linspace(0.0, 40.0, 8001)
    survival = densities.sf(model, theta, long)
    mean = NDT + 0.005 * (survival.sum() - 0.5)
    assert densities.mean_rt(model, theta) == pytest.approx(mean, abs=5e-4)
    middle = densities.quantile(model, theta, 0.5, 3)
    assert densities.cdf(model, theta, middle, 3) == pytest.approx(0.5 * shares[3], abs=1e-9)


def test_high_accuracy_and_default_agree():
    model, theta = unbiased("tradeoff", "conflict_gamma_")
    default, high = (
        densities.cdf(model, theta, np.linspace(0.4, 3.0, 9), 3, accuracy=accuracy)
        for accuracy in ("default", "high")
    )
    assert 0.0 < np.abs(default - high).max() < 1e-4


def test_threads_have_no_effect():
    rng = np.random.default_rng(3)
    theta = THETA | {"vh": rng.uniform(-3.0, 3.0, 7)}
    one, two = (densities.cdf("tradeoff_no_bias", theta, 1.2, 3, n_threads=n) for n in (1, 2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("simd", ["baseline", "avx2", "avx512"])
def test_instruction_sets_have_no_effect(simd, monkeypatch):
    model, theta = unbiased("ddm_mic2_ornstein", "weibull_")
    here = densities.logpdf(model, theta, [0.6, 1.2, 2.5], 3)
    monkeypatch.setenv("SSMS_SIMD", simd)
    try:
        there = densities.logpdf(model, theta, [0.6, 1.2, 2.5], 3)
    except ParameterError:
        pytest.skip(f"this processor has no {simd}")
    np.testing.assert_array_equal(here, there)


def test_deadlines_and_boundaries_that_open():
    theta = THETA | {"theta": -0.5, "vh": 0.02, "vl1": 0.0, "vl2": 0.01, "deadline": 1.1}
    omissions = densities.omission_probability("ddm_mic2_adj_angle_no_bias_deadline", theta)
    assert omissions == densities.sf("ddm_mic2_adj_angle_no_bias", _without(theta), 1.1)
    never = densities.omission_probability("ddm_mic2_adj_angle_no_bias", _without(theta))
    alone = densities.omission_probability(
        "angle", {"v": 0.02, "a": theta["a"], "z": 0.5, "t": 0.0, "theta": -0.5}
    )
    assert never > alone - 1e-4
    assert alone > 0.05


def _without(theta):
    return {name: x for name, x in theta.items() if name != "deadline"}


def test_extreme_parameters():
    """All numbers are probabilities, in any case."""
    for family, word in zip(FAMILIES, itertools.cycle(SHAPES), strict=False):
        for a, v in ((0.02, -25.0), (30.0, -25.0), (30.0, 0.0)):
            model, theta = unbiased(family, word, a=a, vh=v, vl1=20.0, vl2=v)
            shares = densities.choice_probability(model, theta, np.arange(4), max_t=50.0)
            assert (shares >= 0.0).all()
            assert shares.sum() <= 1.0 + 1e-12


# ---- log densities -----------------------------------------------------------------------------

NATS = 0.02
"""Error of log densities by the row of this family, on average over the law."""


@pytest.mark.parametrize("word", SHAPES)
def test_log_density_of_independent_levels(word):
    """On average over the law; and nearly everywhere."""
    model, theta = unbiased("ddm_mic2_adj", word, vh=1.0, vl1=0.0, vl2=0.0)
    own = {name: x for name, x in theta.items() if name != "d"}
    times = NDT + np.linspace(0.005, 5.0, 1000)
    error = 0.0
    for choice in range(4):
        expected = densities.logpdf(f"ddm_par2_{word}no_bias", own, times, choice)
        got = densities.logpdf(model, theta, times, choice)
        inside = expected > -9.0
        np.testing.assert_allclose(got[inside], expected[inside], atol=0.3)
        error += 0.005 * np.exp(expected[inside]) @ np.abs(got[inside] - expected[inside])
        assert (np.isfinite(got) == np.isfinite(expected)).all()
    assert error < 0.5 * NATS


@pytest.mark.parametrize(
    ("model", "theta"), MODELS[1::6], ids=lambda x: x if isinstance(x, str) else ""
)
def test_log_density_is_the_derivative_of_probabilities(model, theta):
    ends = np.linspace(0.4, 5.0, 116)
    middles = 0.5 * (ends[1:] + ends[:-1])
    for choice in range(4):
        mass = np.diff(densities.cdf(model, theta, ends, choice))
        density = np.exp(densities.logpdf(model, theta, middles, choice))
        np.testing.assert_allclose(0.04 * density, mass, rtol=0.03, atol=2e-5)


def test_omissions_have_a_log_probability():
    model, theta = unbiased("tradeoff", "")
    for max_t in (0.5, 4.0, 25.0):
        value = densities.logpdf(model, theta, -999.0, 0, max_t=max_t)
        late = densities.logpdf(model, theta, -999.0, 0, max_t=max_t + 1.0)
        assert -60.0 < late < value < 0.0
    assert densities.logpdf(model, theta, -999.0, 0) == -np.inf


@pytest.mark.parametrize("n", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_never_nan_never_plus_infinity(n):
    rng = np.random.default_rng(8)
    rt = np.concatenate([[-999.0, -1.0, 0.0, 1e-3, 60.0, 1e4, np.inf], rng.uniform(0, 8, 30)])
    for model, _ in MODELS:
        bounds = model_config[model]["param_bounds_dict"]
        theta = {name: rng.uniform(*limits, n) for name, limits in bounds.items()}
        times, choice = np.tile(rt, (n, 1)), rng.integers(0, 4, (n, rt.size))
        values, errors = densities.logpdf(
            model, theta, times, choice, max_t=20.0, return_error=True
        )
        assert not np.isnan(values).any()
        assert (values < np.inf).all()
        assert (errors >= 0.0).all()


def compare_with_simulations(model, theta, seed, stated=5e-4):
    n = 1_000_000
    found = Simulator(model).simulate(
        theta, n_samples=n, random_state=seed, return_option="minimal"
    )
    rts, choices = found["rts"].ravel().astype(float), found["choices"].ravel()
    furthest = 0.0
    for choice in range(4):
        own = np.sort(rts[choices == choice])
        if own.size == 0:
            continue
        times = own[:: max(own.size // 100, 1)]
        shares = np.searchsorted(own, times, side="right") / n
        law = densities.cdf(model, theta, times, choice)
        furthest = max(furthest, np.abs(law - shares).max())
    print(f"{model}, {theta}: {furthest:.5f}")
    # 2.2 / sqrt(n) is exceeded once in 8,000 samples
    assert furthest < stated + 2.2 / np.sqrt(n), theta


@pytest.mark.slow
@pytest.mark.parametrize(("model", "theta"), MODELS, ids=lambda x: x if isinstance(x, str) else "")
def test_against_simulations(model, theta):
    compare_with_simulations(model, theta, 1)


@pytest.mark.slow
@pytest.mark.parametrize("model", list(dict.fromkeys(model for model, _ in MODELS)))
def test_against_simulations_within_the_training_bounds(model):
    rng = np.random.default_rng(sum(map(ord, model)))
    for seed in range(3):
        bounds = model_config[model]["param_bounds_dict"]
        theta = {name: rng.uniform(*limits) for name, limits in bounds.items()}
        compare_with_simulations(model, theta, seed)


@pytest.mark.slow
def test_the_set_that_is_known_to_be_off():
    theta = {"vh": 1.58, "vl1": -1.29, "vl2": -3.86, "a": 2.49, "d": 0.16, "t": 1.0, "theta": 0.23}
    theta |= {"scale": 3.46, "alphagamma": 1.31, "scalegamma": 0.65}
    compare_with_simulations("tradeoff_conflict_gamma_no_bias", theta, 5, stated=2e-3)


# ---- refusals ----------------------------------------------------------------------------------


def test_there_is_no_gradient():
    for model in ("ddm_mic2_adj", "tradeoff_no_bias"):
        with pytest.raises(
            ConfigError, match=rf"{model}.*levels that interact.*no gradient.*LogKDE"
        ):
            densities.logpdf_and_gradient(model, model_config[model]["default_params"], 1.5, 1)
