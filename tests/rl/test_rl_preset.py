"""Presets: the built-in ones against the facts of the release, and one's own."""

import numpy as np
import pytest

from rl.rl_models import model
from ssms.config import model_config
from ssms.rl import ModelConfig, Simulator, preset, resolve_model

DRIFT, DUAL = ["rl_alpha", "scaler"], ["rl_alpha", "rl_alpha_neg"]
# name: decision model, parameters, rewards, computed parameters
FACTS = {
    "2AB_RW_DDM": ("ddm", [*DRIFT, "a", "z", "t"], [0.7, 0.3], ["v"]),
    "2AB_RW_Angle": ("angle", [*DRIFT, "a", "z", "t", "theta"], [0.7, 0.3], ["v"]),
    "2AB_RW_Weibull": (
        "weibull",
        [*DRIFT, "a", "z", "t", "alpha", "beta"],
        [0.7, 0.3],
        ["v"],
    ),
    "2AB_RW_DualAlpha_Angle": (
        "angle",
        [*DUAL, "scaler", "a", "z", "t", "theta"],
        [0.7, 0.3],
        ["v"],
    ),
    "2AB_RW_InvTempSoftmax": (
        "inv_temp_softmax_2",
        ["rl_alpha", "beta"],
        [0.7, 0.3],
        ["q0", "q1"],
    ),
    "2AB_RW_DualAlpha_InvTempSoftmax": (
        "inv_temp_softmax_2",
        [*DUAL, "beta"],
        [0.7, 0.3],
        ["q0", "q1"],
    ),
    "3AB_RW_InvTempSoftmax": (
        "inv_temp_softmax_3",
        ["rl_alpha", "beta"],
        [0.7, 0.2, 0.1],
        ["q0", "q1", "q2"],
    ),
    "4AB_RW_InvTempSoftmax": (
        "inv_temp_softmax_4",
        ["rl_alpha", "beta"],
        [0.4, 0.3, 0.2, 0.1],
        ["q0", "q1", "q2", "q3"],
    ),
    "4AB_RW_RaceNoBiasAngle": (
        "race_no_bias_angle_4",
        [*DRIFT, "a", "z", "t", "theta"],
        [0.4, 0.3, 0.2, 0.1],
        ["v0", "v1", "v2", "v3"],
    ),
}


@pytest.fixture
def own_presets(monkeypatch):
    monkeypatch.setattr(preset, "_PRESETS", dict(preset._PRESETS))
    monkeypatch.setattr(preset, "_METADATA", dict(preset._METADATA))


def test_names():
    assert preset.list() == sorted(FACTS)


@pytest.mark.parametrize("name", FACTS)
def test_facts(name):
    decision_process, params, rewards, computed = FACTS[name]
    if decision_process not in model_config:
        pytest.skip(f"the catalogue has no {decision_process}")
    made = preset.get(name)
    made.validate()
    assert made.model_name == name
    assert made.decision_process == decision_process
    assert made.list_params == params
    assert made.task_environment.rewards.probabilities.tolist() == rewards
    assert made.participant_contract().computed_outputs == tuple(computed)
    assert made.learning_process.initial_q == 0.5
    assert made.choices == ((-1, 1) if computed == ["v"] else tuple(range(len(rewards))))
    softmax = "Softmax" in name
    assert made.response == (["response"] if softmax else ["rt", "response"])
    theta = dict(zip(made.list_params, made.params_default, strict=True))
    data = Simulator(made).simulate(theta, n_trials=20, n_participants=3, random_state=1)
    assert len(data) == 60
    assert set(data["response"]) <= set(made.choices)
    if softmax:
        assert (data["rt"] == -1.0).all()
        data = data.drop(columns="rt")
    assert made.validate_data(data).ok
    values = made.assemble("python").assemble_participant_fn(output="dict")(
        np.column_stack(
            [
                np.full(20, theta[f]) if f in theta else data[f][:20]
                for f in made.participant_contract().input_fields
            ]
        )
    )
    assert list(values) == computed


def test_information():
    info = preset.info("2AB_RW_DDM")
    assert isinstance(info, dict)
    assert info["description"].startswith("Two-armed bandit with a Rescorla-Wagner delta-rule")
    assert info["task"] == "two-armed Bernoulli bandit"
    assert info["required_parameters"] == FACTS["2AB_RW_DDM"][1]
    assert info["default_parameters"]["scaler"] == 2.0
    assert info["computed_parameters"] == ["v"]
    assert info["fixed_ssm_parameters"] == ["a", "z", "t"]
    assert "rl_alpha=0.2" in str(info) == repr(info)


def test_a_new_model_each_time():
    assert preset.get("2AB_RW_DDM") is not preset.get("2AB_RW_DDM")


@pytest.mark.parametrize("ask", [preset.get, preset.info, resolve_model])
@pytest.mark.parametrize("error", [KeyError, ValueError])
def test_unknown_names(ask, error):
    with pytest.raises(error, match=r"2AB_RW_DDN.*Did you mean '2AB_RW_DDM'"):
        ask("2AB_RW_DDN")


@pytest.mark.usefixtures("own_presets")
def test_own_presets():
    preset.register("mine", model, metadata={"task": "a test", "authors": "we"})
    assert "mine" in preset.list()
    assert isinstance(preset.get("mine"), ModelConfig)
    info = preset.info("mine")
    assert (info["task"], info["authors"], info["name"]) == ("a test", "we", "mine")
    assert resolve_model("mine").model_name == "test"
    preset.register("mine", model)
    assert preset.info("mine")["task"] == "Bandit"


@pytest.mark.usefixtures("own_presets")
def test_bad_presets():
    for arguments, words in [(("", model), "name"), ((3, model), "name"), (("x", 3), "factory")]:
        with pytest.raises(TypeError, match=words):
            preset.register(*arguments)
    with pytest.raises(TypeError, match="metadata"):
        preset.register("x", model, metadata=[1])
    preset.register("three", lambda: 3)
    with pytest.raises(TypeError, match=r"'three'.*ModelConfig"):
        preset.get("three")


def test_resolving():
    made = model()
    assert resolve_model(made) is made
    with pytest.raises(TypeError, match=r"model must be.*3"):
        resolve_model(3)
