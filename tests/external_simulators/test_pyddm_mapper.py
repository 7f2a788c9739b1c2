"""Models as models of PyDDM: which, and with what result."""

import numpy as np
import pytest

import ssms
from ssms.config import ModelConfigBuilder, model_config
from ssms.external_simulators import SSMSToPyDDMMapper as Mapper

EXPRESSIBLE = {
    "ddm", "ddm_legacy", "angle", "angle_extended", "weibull", "weibull_cdf", "ornstein",
    "ornstein_angle", "gamma_drift", "gamma_drift_angle", "shrink_spot", "shrink_spot_extended",
    "shrink_spot_simple", "shrink_spot_simple_extended", "conflict_ds", "conflict_ds_angle",
    "conflict_dsstimflex", "conflict_dsstimflex_angle", "conflict_stimflex",
    "conflict_stimflex_angle", "conflict_stimflexrel1", "conflict_stimflexrel1_angle",
    "conflict_stimflexrel1_leak",
}  # fmt: skip


def test_models_that_pyddm_can_express():
    assert {name for name in model_config if Mapper.is_compatible(model_config[name])[0]} == (
        EXPRESSIBLE
    )


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("race_2", "a race is no single diffusion"),
        ("lba3", "ballistic"),
        ("ddm_par2", "a cascade is no"),
        ("ddm_mic2_adj", "cascade"),
        ("addm", "attention"),
        ("poisson_race", "counting"),
        ("inv_temp_softmax_2", "choice"),
        ("levy", "noise is not normal \\('alpha'\\)"),
        ("ddm_sdv", "drift varies.*'sv'"),
        ("full_ddm", "drift varies"),
        ("ddm_st", "non-decision time varies.*'st'"),
        ("ddm_truncnormt", "non-decision time varies"),
        ("conflict_stimflexrel1_leak2", "gt, gd"),
        ("ddm_deadline", "no deadline"),
    ],
)
def test_what_pyddm_cannot_express_is_named(model, words):
    import re

    compatible, reason = Mapper.is_compatible(model_config[model])
    assert not compatible
    assert re.search(words, reason)
    with pytest.raises(ValueError, match=f"PyDDM cannot express model.*{words}"):
        Mapper.create_drift_function(model_config[model])


def test_functions_of_time():
    drift = Mapper.create_drift_function(model_config["ornstein"])
    assert drift(0.5, 0.25, v=1.0, g=2.0) == pytest.approx(0.5)
    pulse = Mapper.create_drift_function(model_config["gamma_drift"])
    theta = {"v": 0.5, "shape": 3.0, "scale": 0.2, "c": 1.3}
    assert pulse(0.4, 0.0, **theta) == pytest.approx(1.8)  # its peak is at (shape - 1) scale
    boundary = Mapper.create_boundary_function(model_config["angle"])
    assert boundary(0.5, a=1.2, theta=0.4) == pytest.approx(1.2 - 0.5 * np.tan(0.4))
    legacy = Mapper.create_boundary_function(model_config["ddm_legacy"])
    assert legacy(3.0, a=1.5) == 0.75


def test_relative_starts():
    assert Mapper.transform_z_to_x0(0.5, 2.0) == 0.0
    assert Mapper.transform_z_to_x0(0.75, 2.0) == 1.0
    assert Mapper.transform_z_to_x0(1.0, 2.0) == pytest.approx(1.98)
    assert Mapper.transform_z_to_x0(0.0, 2.0, safety_margin=0.5) == -1.0


CASES = [
    ("ddm", {"v": 1.0, "a": 1.2, "z": 0.1, "t": 0.3}),  # PyDDM alone puts this start a cell away
    ("ddm", {"v": -0.7, "a": 0.3777, "z": 0.6, "t": 0.0}),
    ("ddm_legacy", {"v": 1.0, "a": 1.8, "z": 0.4, "t": 0.2}),
    ("angle", {"v": 0.5, "a": 1.2, "z": 0.3, "t": 0.3, "theta": 0.6}),
    ("weibull", {"v": 0.5, "a": 1.2, "z": 0.6, "t": 0.1, "alpha": 2.0, "beta": 1.5}),
    ("ornstein", {"v": 1.0, "a": 1.0, "z": 0.4, "g": 0.8, "t": 0.2}),
    ("gamma_drift",
     {"v": 0.2, "a": 1.0, "z": 0.5, "t": 0.25, "shape": 3.0, "scale": 0.2, "c": 1.5}),
]  # fmt: skip


@pytest.mark.parametrize(("model", "theta"), CASES)
def test_solutions_are_the_laws_of_our_models(model, theta):
    pytest.importorskip("pyddm")
    settings = {"simulator": {"max_t": 6.0}}
    built = Mapper.build_pyddm_model(model_config[model], theta, settings)
    solution = built.solve()
    upper, lower = (
        ssms.densities.choice_probability(model, theta, choice, max_t=6.0) for choice in (1, -1)
    )
    assert solution.prob("correct") == pytest.approx(float(upper), abs=1.5e-3)
    assert solution.prob("error") == pytest.approx(float(lower), abs=1.5e-3)
    times, cdf = built.t_domain(), np.cumsum(solution.pdf("correct")) * built.dt
    middle = times[np.searchsorted(cdf, cdf[-1] / 2)]
    below = float(ssms.densities.cdf(model, theta, middle, 1, max_t=6.0))
    assert below == pytest.approx(cdf[-1] / 2, abs=6e-3)


def test_noise_of_theta():
    pytest.importorskip("pyddm")
    theta = {"v": 1.0, "a": 1.0, "z": 0.5, "t": 0.3}
    built = Mapper.build_pyddm_model(model_config["ddm"], {**theta, "s": 0.5})
    doubled = Mapper.build_pyddm_model(model_config["ddm"], {**theta, "v": 2.0, "a": 2.0})
    shares = [model.solve().prob("correct") for model in (built, doubled)]
    assert shares[0] == pytest.approx(shares[1], abs=1e-3)


def test_an_opening_boundary_is_refused():
    pytest.importorskip("pyddm")
    theta = {"v": 1.0, "a": 1.0, "z": 0.5, "t": 0.3, "theta": -0.1}
    with pytest.raises(ValueError, match=r"opens.*theta=-0\.1"):
        Mapper.build_pyddm_model(model_config["angle"], theta)


def test_boundaries_of_ones_own():
    pytest.importorskip("pyddm")
    config = ModelConfigBuilder.from_model("ddm")
    config = ModelConfigBuilder.add_boundary(config, lambda t, a, k: a / (1 + k * t), ["a", "k"])
    theta = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3, "k": 0.5}
    solution = Mapper.build_pyddm_model(config, theta).solve()
    results = ssms.Simulator(config).simulate(theta, n_samples=20_000, random_state=1)
    share = float((results.choice == 1).mean())
    assert solution.prob("correct") == pytest.approx(share, abs=4 * 0.5 / np.sqrt(20_000))


def test_parameters_are_checked():
    pytest.importorskip("pyddm")
    with pytest.raises(ValueError, match="a must be"):
        Mapper.build_pyddm_model(model_config["ddm"], {"v": 1.0, "a": -1.0, "z": 0.5, "t": 0.3})


def test_without_pyddm(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyddm", None)
    with pytest.raises(ImportError, match=r"pip install 'ssm-simulators\[pyddm\]'"):
        Mapper.build_pyddm_model(model_config["ddm"], {"v": 1.0, "a": 1.0, "z": 0.5, "t": 0.3})
