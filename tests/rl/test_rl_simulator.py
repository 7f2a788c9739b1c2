"""Simulation of participants: shapes, seeds, omissions, laws, learning, and bad input."""

import sys

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from rl.rl_models import THETA, ConstantDrift, OneByOne, TaskOneByOne, bandit, model
from ssms.config import model_config
from ssms.rl import Simulator, env, learning

COLUMNS = ["participant_id", "trial_id", "rt", "response", "feedback"]
DEADLINE = {"decision_process": "ddm_deadline"}


def simulate(parts=None, theta=None, **arguments):
    arguments = {"n_trials": 30, "n_participants": 4, "random_state": 1} | arguments
    return Simulator(model(**(parts or {}))).simulate({**THETA, **(theta or {})}, **arguments)


def test_shape_and_types():
    data = simulate(n_trials=7, n_participants=3)
    assert list(data.columns) == COLUMNS
    assert data["participant_id"].tolist() == [0] * 7 + [1] * 7 + [2] * 7
    assert data["trial_id"].tolist() == list(range(7)) * 3
    types = ["int64", "int64", "float64", "int64", "float64"]
    assert data.dtypes.astype(str).tolist() == types
    assert set(data["response"]) == {-1, 1}
    assert set(data["feedback"]) == {0.0, 1.0}
    assert (data["rt"] > THETA["t"]).all()
    assert model().validate_data(data).ok


def test_choice_is_the_action_of_the_response():
    data = simulate({"include_choice": True, "response_to_choice": {-1: 1, 1: 0}})
    assert list(data.columns) == [*COLUMNS, "choice"]
    assert data["choice"].dtype == np.int64
    assert (data["choice"] == (data["response"] == -1)).all()
    certain = {"task_environment": env.Bandit.bernoulli([1.0, 0.0], [-1, 1])}
    data = simulate({"include_choice": True, **certain})
    assert (data["feedback"] == (data["choice"] == 0)).all()


def test_numbers_of_participants():
    assert len(simulate(n_participants=None, n_trials=2)) == 40
    lists = {"a": [0.8, 0.9, 1.0], "z": np.array([0.4, 0.5, 0.6]), "t": pd.Series([0.1, 0.2, 0.3])}
    assert len(simulate(theta=lists, n_participants=None, n_trials=2)) == 6
    assert len(simulate(theta=lists, n_participants=3, n_trials=2)) == 6
    assert len(simulate(theta={"a": [0.9]}, n_participants=None, n_trials=2)) == 2


@pytest.mark.parametrize("n_trials", [0, -3])
def test_no_trials(n_trials):
    assert simulate(n_trials=n_trials).empty


PARTS = {
    "at once": {},
    "one by one": {"learning_process": OneByOne(), "task_environment": TaskOneByOne.bernoulli()},
    "deadline": DEADLINE,
    "two rates": {"learning_process": learning.RescorlaWagnerDualAlphaDrift()},
    "gaussian": {"task_environment": env.Bandit.gaussian([1, 0], response_labels=[-1, 1])},
    "euler": {"ssm_kwargs": {"method": "euler", "delta_t": 0.01}},
}
PARTS["one by one"]["task_environment"] = TaskOneByOne.bernoulli(response_labels=[-1, 1])
EXTRA = {"deadline": {"deadline": 0.8}, "two rates": {"rl_alpha_neg": 0.1}}


@pytest.mark.parametrize("name", PARTS)
def test_a_participant_does_not_depend_on_others(name):
    parts, theta = PARTS[name], EXTRA.get(name, {})
    five = simulate(parts, theta, n_participants=5)
    two = simulate(parts, theta, n_participants=2)
    assert_frame_equal(five[:60], two)
    one = simulate(parts, theta, n_participants=1)
    assert_frame_equal(five[:30], one)
    # nor on the parameters of others, nor on later trials
    others = simulate(parts, {**theta, "a": [0.9, 1.4, 0.7, 0.6, 1.0]}, n_participants=5)
    assert_frame_equal(others[:30], one)
    assert not others[30:60].equals(five[30:60])
    short = simulate(parts, theta, n_participants=5, n_trials=11)
    assert_frame_equal(short, five[five["trial_id"] < 11].reset_index(drop=True))


@pytest.mark.parametrize("name", [name for name in model_config if name != "addm"])
def test_every_model_of_the_catalogue(name):
    """Except addm, which needs fixations."""
    facts = model_config[name]
    made = model(
        decision_process=name,
        learning_process=learning.RescorlaWagnerDeltaRule(n_actions=len(facts["choices"])),
        task_environment=env.Bandit.bernoulli([0.5] * len(facts["choices"]), facts["choices"]),
    )
    theta = dict(zip(made.list_params, made.params_default, strict=True))
    three = Simulator(made).simulate(theta, 4, 3, random_state=1)
    assert set(three["response"]) <= {*facts["choices"], -999}
    assert_frame_equal(Simulator(made).simulate(theta, 4, 2, random_state=1), three[:8])


def test_seeds():
    assert_frame_equal(simulate(random_state=7), simulate(random_state=7))
    assert not simulate(random_state=7).equals(simulate(random_state=8))
    assert_frame_equal(simulate(random_state=np.int64(7)), simulate(random_state=7))
    sequence = np.random.SeedSequence(7)
    assert_frame_equal(simulate(random_state=sequence), simulate(random_state=7))
    assert_frame_equal(simulate(random_state=sequence), simulate(random_state=7))
    generator = np.random.default_rng(1)
    first = simulate(random_state=generator)
    assert not first.equals(simulate(random_state=generator))
    assert_frame_equal(first, simulate(random_state=np.random.default_rng(1)))
    assert not simulate(random_state=None).equals(simulate(random_state=None))


def test_participants_and_trials_differ():
    data = simulate(n_participants=50, n_trials=50)
    assert data["rt"].nunique() > 2400


@pytest.mark.parametrize("theta", [{"deadline": 0.7}, {"deadline": [0.1, 0.6, 0.8, 5.0]}])
def test_subclasses_of_a_user_do_as_the_built_in_parts(theta):
    """Omissions included: beliefs stay, and no reward is drawn."""
    parts = {**DEADLINE, "include_choice": True}
    own = {
        "learning_process": OneByOne(),
        "task_environment": TaskOneByOne(bandit().rewards, [-1, 1]),
    }
    together = simulate(parts, theta)
    assert (together["rt"] == -999.0).any()
    for name, part in own.items():
        assert_frame_equal(simulate({**parts, name: part}, theta), together)
    assert_frame_equal(simulate({**parts, **own}, theta), together)


def test_omissions():
    data = simulate({**DEADLINE, "include_choice": True}, {"deadline": 0.6}, n_trials=100)
    omitted = data["rt"] == -999.0
    assert 0.05 < omitted.mean() < 0.95
    assert (data.loc[omitted, ["response", "choice"]] == -999).all(axis=None)
    assert (data.loc[omitted, "feedback"] == 0.0).all()
    assert data.loc[~omitted, "rt"].max() < 0.6
    assert set(data.loc[~omitted, "response"]) == {-1, 1}


def test_nobody_responds():
    data = simulate(DEADLINE, {"deadline": 0.1})
    assert (data["rt"] == -999.0).all()
    assert (data["feedback"] == 0.0).all()


def test_nothing_is_learned_from_omissions():
    """The beliefs of each trial follow from the trials with a response alone."""
    seen = []

    class Watched(learning.RescorlaWagnerDrift):
        def compute_python(self, state, params, context):
            seen.append(state["q_values"].copy())
            return super().compute_python(state, params, context)

    parts = {**DEADLINE, "learning_process": Watched()}
    data = simulate(parts, {"deadline": 0.6}, n_participants=1, n_trials=50)
    rule, q = learning.RescorlaWagnerDrift(), np.array([0.5, 0.5])
    for trial, row in data.iterrows():
        np.testing.assert_array_equal(seen[trial], q)
        if row["response"] != -999:
            context = {"choice": int(row["response"] == 1), "feedback": row["feedback"]}
            q = rule.update_python({"q_values": q}, THETA, context)["q_values"]


def test_choices_and_times_follow_the_law_of_the_decision_model():
    """With drift v and boundaries at -a and a: P(upper) and the mean time are known.

    Cox & Miller (1965): P(upper) = 1 / (1 + exp(-2 a v)), E(T) = (a / v) tanh(a v).
    """
    drift, a, t, n = 0.7, 1.1, 0.25, 40_000
    parts = {"learning_process": ConstantDrift()}
    data = Simulator(model(**parts)).simulate(
        {"drift": drift, "a": a, "z": 0.5, "t": t}, 200, n // 200, random_state=3
    )
    p = 1 / (1 + np.exp(-2 * a * drift))
    assert abs((data["response"] == 1).mean() - p) < 4 * np.sqrt(p * (1 - p) / n)
    times = data["rt"] - t
    assert abs(times.mean() - a / drift * np.tanh(a * drift)) < 4 * times.std() / np.sqrt(n)
    # the time does not depend on the side
    upper, lower = times[data["response"] == 1], times[data["response"] == -1]
    assert abs(upper.mean() - lower.mean()) < 4 * times.std() / np.sqrt(lower.size / 2)
    # trials are independent, within and between participants
    table = times.to_numpy().reshape(-1, 200)
    for first, second in ((table[:, :-1], table[:, 1:]), (table[:-1], table[1:])):
        correlation = np.corrcoef(first.ravel(), second.ravel())[0, 1]
        assert abs(correlation) < 4 / np.sqrt(first.size)


def test_choices_follow_the_drift_that_is_learned():
    """Given its drift, each choice is an independent one with the probability above."""
    simulator, a = Simulator(model()), 0.9
    data = simulator.simulate({**THETA, "a": a}, 200, 100, random_state=5)
    function = simulator.config.assemble("python").assemble_participant_fn()
    residuals, variance = 0.0, 0.0
    for _, own in data.groupby("participant_id"):
        trials = own.assign(**THETA)[["rl_alpha", "scaler", "response", "feedback"]]
        v = function(trials.to_numpy())
        p = 1 / (1 + np.exp(-2 * a * v))
        # weighted by the drift, so that its scale matters and not only its sign
        residuals += (v * ((own["response"] == 1) - p)).sum()
        variance += (v**2 * p * (1 - p)).sum()
    assert abs(residuals) < 4 * np.sqrt(variance)


def test_the_better_arm_is_learned():
    data = simulate(n_participants=200, n_trials=60)
    better = data["response"] == -1
    late, early = better[data["trial_id"] >= 40].mean(), better[data["trial_id"] == 0].mean()
    assert late > 0.7 > early + 0.05


def test_rewards_follow_the_arm():
    data = simulate(n_participants=100, n_trials=100)
    for label, probability in ((-1, 0.8), (1, 0.3)):
        rewards = data.loc[data["response"] == label, "feedback"]
        deviation = np.sqrt(probability * (1 - probability) / rewards.size)
        assert abs(rewards.mean() - probability) < 4 * deviation


def test_arguments_of_the_decision_model():
    fixed = {"no_noise": True}
    parts = {"learning_process": ConstantDrift(), "ssm_kwargs": fixed}
    theta = {"drift": 2.0, "a": 1.0, "z": 0.5, "t": 0.3}
    data = Simulator(model(**parts)).simulate(theta, 5, 2, random_state=1)
    np.testing.assert_allclose(data["rt"], 0.3 + 1.0 / 2.0, rtol=1e-5)


@pytest.mark.parametrize(
    ("theta", "arguments", "words"),
    [
        ({"q": 1}, {}, "parameter in theta 'q'"),
        ({"a": [1, 2]}, {"n_participants": 3}, "theta.'a'.*3 participants, got 2"),
        ({"a": [1, 2], "z": [0.5] * 3}, {}, "'a': 2, 'z': 3"),
        ({"a": [[1, 2]]}, {}, r"theta\['a'\].*number"),
        ({"a": "x"}, {}, r"theta\['a'\]"),
        ({"a": [1, [2]]}, {}, r"theta\['a'\]"),
        ({"a": np.nan}, {}, r"theta\['a'\] must be finite"),
        ({"a": []}, {"n_participants": None}, "at least one"),
        ({}, {"n_participants": 0}, "n_participants must be a positive integer"),
        ({}, {"n_participants": 1.5}, "n_participants"),
        ({}, {"n_participants": True}, "n_participants"),
        ({}, {"mode": "ppd"}, "mode 'ppd'.*'ppc'"),
        ({}, {"mode": "ppc"}, "observed_data"),
        ({}, {"random_state": -1}, "random_state"),
        ({}, {"random_state": 2**64}, "random_state"),
    ],
)
def test_bad_values(theta, arguments, words):
    with pytest.raises(ValueError, match=words):
        simulate(theta=theta, **arguments)


def test_bad_types():
    for arguments in ({"n_trials": 2.5}, {"n_trials": True}, {"random_state": "x"}):
        with pytest.raises(TypeError, match=next(iter(arguments))):
            simulate(**arguments)
    with pytest.raises(TypeError, match="config must be a ModelConfig"):
        Simulator("2AB_RW_DDM")


def test_names_of_theta():
    simulator = Simulator(model())
    with pytest.raises(ValueError, match="theta lacks rl_alpha, scaler, z, t"):
        simulator.simulate({"a": 1.0})
    with pytest.raises(ValueError, match="theta must be a dict"):
        simulator.simulate([0.1, 2.0])
    assert "rl_alpha" in repr(simulator)


def test_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"ssm-simulators\[rl\]"):
        simulate()


def test_a_parameter_that_the_decision_model_refuses():
    with pytest.raises(ValueError, match="a"):
        simulate(theta={"a": -1.0})


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_rule_that_computes_no_number(value):
    class Broken(ConstantDrift):
        def compute_python(self, state, params, context):
            return {"v": value}

    parts = {"learning_process": Broken()}
    with pytest.raises(ValueError, match=r"Broken computes .* as v of trial 0"):
        Simulator(model(**parts)).simulate({"drift": 1.0, "a": 1.0, "z": 0.5, "t": 0.3}, 2)
