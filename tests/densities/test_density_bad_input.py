"""What densities refuse, by one clear message; and that they never return NaN or +inf."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from ssms import Simulator, densities
from ssms.config import model_config
from ssms.errors import ConfigError, ParameterError, ParameterTypeError, UnknownNameError

DDM = {"v": 0.5, "a": 1.2, "z": 0.4, "t": 0.3}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"model": "dmm"}, UnknownNameError, "Did you mean 'ddm'"),
        ({"theta": {"v": 0.5, "a": 1.2, "z": 0.4}}, ParameterError, "lacks 't'"),
        ({"theta": DDM | {"w": 1.0}}, UnknownNameError, "Unknown parameter 'w' of model 'ddm'"),
        ({"theta": DDM | {"a": -1.0}}, ParameterError, "a must be"),
        ({"theta": [1.0, 2.0]}, ParameterError, "4 columns"),
        ({"choice": 0}, ParameterError, r"choice must be one of \[-1, 1\], got 0"),
        ({"choice": [1, -1, 1]}, ParameterError, "choice must be of a shape"),
        ({"rt": "soon"}, ParameterTypeError, "rt must be made of numbers"),
        ({"rt": [[0.5], [0.6, 0.7]]}, ParameterError, "rt must be numbers in a regular shape"),
        ({"rt": np.ma.masked_array([0.5, 0.6], [0, 1])}, ParameterError, "none of them masked"),
        ({"choice": [True, False]}, ParameterTypeError, r"choice must be made .*got True \(bool\)"),
        ({"choice": ["left", "right"]}, ParameterTypeError, r"got 'left' \(str\)$"),
        ({"rt": [0.7, "slow"]}, ParameterTypeError, r"got 'slow' \(str\)$"),
        ({"rt": [0.7, None]}, ParameterTypeError, r"got None \(NoneType\)$"),
        ({"choice": [1, 0]}, ParameterError, r"\[1\] must.* 0; .*np.where\(choice == 0, -1, 1\)"),
        ({"choice": [1, 2]}, ParameterError, r"\[1\] must.* 2; .*np.where\(choice == 1, -1, 1\)"),
        ({"choice": [1, np.nan]}, ParameterError, r"one of \[-1, 1\], got nan$"),
        ({"choice": 2**64 + 1}, ParameterError, "choice must be one of"),
        ({"rt": float("nan")}, ParameterError, "rt must be a number"),
        ({"rt": [0.5, np.nan]}, ParameterError, r"rt\[1\] must be a number \(-999 for"),
        ({"theta": DDM | {"v": [0.1] * 4}, "rt": np.ones((2, 4))}, ParameterError, "pass rt.T"),
        ({"theta": DDM | {"v": [0.1, 0.2]}, "rt": [0.5, 0.6, 0.7]}, ParameterError, r"\(2, m\)"),
        ({"accuracy": "hihg"}, UnknownNameError, "Did you mean 'high'"),
        ({"n_threads": 0}, ParameterError, "n_threads"),
        ({"max_t": 0.0}, ParameterError, "max_t"),
        ({"sigma_noise": 0.0}, ConfigError, "no density where the noise is 0"),
        ({"extra_fields": [1.0]}, ParameterTypeError, "extra_fields must be a mapping"),
        ({"return_error": "yes"}, ParameterTypeError, "return_error must be True or False"),
    ],
)
def test_refusals(change, error, words):
    arguments = {"model": "ddm", "theta": DDM, "rt": [0.9, 1.0], "choice": 1} | change
    with pytest.raises(error, match=words):
        densities.logpdf(**arguments)


def test_an_omission_needs_no_choice():
    theta = model_config["ddm_deadline"]["default_params"]
    found = densities.logpdf("ddm_deadline", theta, [-999, 0.7], [np.nan, 1])
    np.testing.assert_array_equal(
        found, densities.logpdf("ddm_deadline", theta, [-999, 0.7], [-1, 1])
    )


def test_labels_that_count_from_one_are_explained():
    theta = model_config["race_3"]["default_params"]
    with pytest.raises(ParameterError, match=r"\[0, 1, 2\], got 3; recode yours: choice - 1"):
        densities.logpdf("race_3", theta, [0.7, 0.8, 0.9, -999], [1, 2, 3, -1])


@pytest.mark.parametrize("function", [densities.logpdf, densities.logpdf_and_gradient])
def test_milliseconds_are_noticed(function):
    seconds = np.random.default_rng(1).permutation(np.linspace(0.4, 1.2, 13))
    with pytest.warns(UserWarning, match=r"median of 800 s; rt must be in seconds") as found:
        function("ddm", DDM, np.append(1000 * seconds, -999), 1)
    assert found[0].filename == __file__
    function("ddm", DDM, seconds, 1)
    function("ddm", DDM, 1000 * seconds[:5], 1)  # a look at the tail
    function("ddm", DDM, np.sort(1000 * seconds), 1)  # another one
    function("ddm", DDM | {"t": 300.0}, 1000 * seconds, 1)  # all is in milliseconds
    function("ddm", DDM, [*seconds, np.inf], 1)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("levy_angle", "under Levy noise is implemented for a constant boundary"),
        ("lca_3", "leak or inhibit each other"),
    ],
)
def test_models_without_a_law_are_refused_by_name(model, words):
    config = model_config[model]
    with pytest.raises(ConfigError, match=f"Model '{model}'.*{words}"):
        densities.logpdf(model, config["default_params"], 1.5, 1)


def test_simulators_of_ones_own_are_refused():
    def simulate(**_):
        raise AssertionError

    own = Simulator(simulator_function=simulate, params=["v"], nchoices=2)
    with pytest.raises(ConfigError, match=r"process is .*simulate"):
        densities.logpdf(own, {"v": 1.0}, 0.5, own.choices[0])


def test_start_that_varies_between_moving_boundaries_is_refused():
    full = Simulator("full_ddm", boundary="weibull_cdf")
    theta = DDM | {"sz": 0.1, "sv": 0.1, "st": 0.1, "alpha": 2.0, "beta": 1.0}
    with pytest.raises(ConfigError, match="a start that varies"):
        densities.logpdf(full, theta, 1.0, 1)


def test_gradient_by_parameters_of_own_functions_is_refused():
    own = Simulator("ddm", drift=lambda t, v, k: v + k * t, drift_params=["v", "k"])
    with pytest.raises(ConfigError, match="by v, k are not known"):
        densities.logpdf_and_gradient(own, {**DDM, "k": 0.1}, 1.0, 1)


@pytest.mark.parametrize("p", [1.5, -0.1, np.nan, "half", {0.5}, [[0.5], [0.5, 0.6]], True, None])
def test_quantile_of_no_probability(p):
    with pytest.raises(ValueError, match="p must be"):
        densities.quantile("ddm", DDM, p)


@pytest.mark.parametrize("made", ["Series", np.float32, object, Fraction, Decimal, tuple])
def test_forms_of_numbers(made):
    """All are the numbers that they stand for."""
    if made == "Series":
        made = pytest.importorskip("pandas").Series
    if made in (Fraction, Decimal):
        rt, choice = [made("0.5"), made("0.75")], [made(1), made(-1)]
    elif made in (np.float32, object):
        rt, choice = np.array([0.5, 0.75], made), np.array([1, -1], made)
    else:
        rt, choice = made([0.5, 0.75]), made([1, -1])
    values = densities.logpdf("ddm", DDM, rt, choice)
    np.testing.assert_array_equal(values, densities.logpdf("ddm", DDM, [0.5, 0.75], [1, -1]))


@pytest.mark.parametrize("model", ["ddm", "ddm_st", "full_ddm", "full_ddm2", "ddm_sdv", "weibull"])
def test_no_response_before_the_earliest(model):
    """Quadrature leaves errors of rounding there, in which a quantile of 0 was sought."""
    theta = model_config[model]["default_params"]
    assert densities.cdf(model, theta, [-np.inf, -1.0, 0.0]).tolist() == [0.0] * 3
    assert 0.0 <= densities.quantile(model, theta, 0.0) < densities.quantile(model, theta, 0.01)


def sweep(model, n, seed):
    """Log densities of random parameter sets, in the training box and beyond it."""
    rng = np.random.default_rng(seed)
    config = model_config[model]
    for _ in range(n):
        theta, wide = {}, rng.uniform() < 0.3
        for name, (low, high) in config["param_bounds_dict"].items():
            high = theta.get(high, high)
            reach = (high - low) * (0.2 if wide and name == "v" else 0.0)
            theta[name] = rng.uniform(low - reach, high + reach)
        rt = np.concatenate([[-999.0, 0.0, 30.0], rng.uniform(0, 8, 20)])
        yield theta, densities.logpdf(model, theta, rt, rng.choice([-1, 1], rt.size), max_t=25.0)


SOLVED = ["weibull", "gamma_drift_angle", "conflict_ds", "conflict_stimflexrel1_leak", "ornstein",
          "shrink_spot_extended"]  # fmt: skip


@pytest.mark.parametrize("model", ["ddm_sdv", "angle", "full_ddm", "ddm_rayleight", *SOLVED])
@pytest.mark.parametrize("n", [25, pytest.param(1000, marks=pytest.mark.slow)])
def test_never_nan_never_plus_infinity(model, n):
    for theta, values in sweep(model, n, 3):
        assert not np.isnan(values).any(), theta
        assert (values < np.inf).all(), theta


@pytest.mark.parametrize("value", [0.5, -1.0, np.nan])
def test_invalid_values_of_a_parameter_that_a_transform_renames(value):
    model = "tradeoff_conflict_gamma_no_bias"  # its boundary takes alphaGamma
    defaults = model_config[model]["default_params"]
    theta = dict(zip(model_config[model]["params"], defaults, strict=True))
    theta["alphagamma"] = np.array([value, 2.0])
    values = densities.logpdf(model, theta, 2.0, 0, on_invalid="-inf")
    assert values[0] == -np.inf
    assert np.isfinite(values[1])
    with pytest.warns(UserWarning, match="1 of 2 trials have invalid parameters"):
        drawn = Simulator(model).simulate(theta, 5, random_state=1, on_invalid="omit")
    assert drawn.omitted[:, 0].all()


def test_every_defect_of_a_law_has_words():
    from ssms._density import DEFECTS
    from ssms.densities.refusals import refusal

    for defect in DEFECTS[1:]:
        assert "Model 'mine': " in str(refusal("mine", defect))
