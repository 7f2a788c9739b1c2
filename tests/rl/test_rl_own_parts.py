"""Rules, tasks and decision models of a user, in simulation and as likelihood input."""

import numpy as np
import pytest
from pandas.testing import assert_frame_equal

from rl.rl_models import Counting, Quiz, RememberingRule, bandit, model, softmax_choices
from ssms.config import ModelConfigBuilder, register_boundary, register_model_config
from ssms.config.boundary_registry import unregister_boundary
from ssms.config.model_registry import unregister_model
from ssms.rl import Simulator, env, learning

THETA = {"rate": 0.5, "a": 0.8, "z": 0.5, "t": 0.2}


def quiz(**parts):
    return model(
        **{"learning_process": Counting(), "task_environment": Quiz(), "include_choice": True}
        | parts
    )


@pytest.fixture
def registered():
    """Return a function that registers a model for the time of a test."""
    names = []

    def register(name, *arguments, **facts):
        register_model_config(name, ModelConfigBuilder.from_scratch(name, *arguments, **facts))
        names.append(name)

    yield register
    for name in names:
        unregister_model(name)


def test_what_a_task_gives():
    task = Quiz()
    data = Simulator(quiz(task_environment=task)).simulate(THETA, 6, 3, random_state=1)
    assert list(data.columns[4:]) == ["feedback", "difficulty", "session", "choice"]
    np.testing.assert_allclose(data["difficulty"], 0.1 * data["trial_id"])
    assert (data["feedback"] == data["choice"]).all()
    # a task that counts its sessions counts participants; the one that was given stays as it was
    assert (data["session"] == data["participant_id"] + 1).all()
    assert task.sessions == 0


def test_the_rule_computes_before_it_learns():
    simulator = Simulator(quiz())
    data = simulator.simulate(THETA, 8, 1, random_state=2)
    function = simulator.config.assemble("python").assemble_participant_fn()
    fields = ["response", "feedback", "difficulty", "session"]
    v = function(np.column_stack([np.full(8, 0.5), data[fields]]))
    rewards = np.concatenate([[0.0], np.cumsum(data["feedback"])[:-1]])
    np.testing.assert_allclose(v, 0.5 * rewards - data["difficulty"])


def test_omitted_trials_keep_what_was_shown():
    data = Simulator(quiz(decision_process="ddm_deadline")).simulate(
        {**THETA, "deadline": 0.5}, 40, 2, random_state=1
    )
    omitted = data["rt"] == -999.0
    assert omitted.any()
    np.testing.assert_allclose(data["difficulty"], 0.1 * data["trial_id"])
    assert (data.loc[omitted, ["feedback", "session"]] == 0.0).all(axis=None)


def test_a_rule_that_keeps_its_beliefs():
    made = model(learning_process=RememberingRule())
    simulator, theta = Simulator(made), {**THETA, "rate": [0.0, 1.0]}
    data = simulator.simulate(theta, 50, random_state=1)
    slow, fast = (own for _, own in data.groupby("participant_id"))
    assert fast["rt"][-20:].mean() < slow["rt"][-20:].mean()
    assert_frame_equal(simulator.simulate({**theta, "rate": 0.0}, 50, 1, random_state=1), slow)
    v = made.assemble().assemble_participant_fn()(
        np.column_stack([np.full(50, 1.0), fast[["response", "feedback"]]])
    )
    np.testing.assert_allclose(v, np.concatenate([[0.0], np.cumsum(fast["feedback"])[:-1]]))


def test_a_rule_for_all_participants_at_once():
    shapes = []

    class Fading(learning.RescorlaWagnerDrift):
        """Values fade toward their start, by a fixed rate."""

        vectorized = True

        def update_python(self, state, params, context):
            shapes.append(np.shape(context["choice"]))
            faded = {"q_values": 0.9 * state["q_values"] + 0.1 * 0.5}
            return super().update_python(faded, params, context)

    class FadingOneByOne(Fading):
        pass

    theta = {"rl_alpha": [0.1, 0.5, 0.9], "scaler": 3.0, "a": 0.9, "z": 0.5, "t": 0.2}
    together = Simulator(model(learning_process=Fading())).simulate(theta, 20, random_state=1)
    assert set(shapes) == {(3,)}
    shapes.clear()
    alone = Simulator(model(learning_process=FadingOneByOne())).simulate(theta, 20, random_state=1)
    assert set(shapes) == {()}
    assert_frame_equal(together, alone)


def test_a_rule_for_all_participants_with_a_task_of_each():
    task = type("Task", (env.Bandit,), {})(bandit().rewards, [-1, 1])
    theta = {"rl_alpha": 0.3, "scaler": 3.0, "a": 0.9, "z": 0.5, "t": 0.2}
    simulate = Simulator(model(task_environment=task)).simulate
    expected = Simulator(model()).simulate(theta, 20, 3, random_state=1)
    assert_frame_equal(simulate(theta, 20, 3, random_state=1), expected)


def test_a_rule_that_learns_from_times():
    class Times(Counting):
        required_context_fields = ("choice", "rt")

        def compute_python(self, state, params, context):
            return {"v": params["rate"] * state["rewards"]}

        def update_python(self, state, params, context):
            return {"rewards": state["rewards"] + context["rt"]}

    made = model(learning_process=Times())
    assert made.context_fields == ["feedback", "rt"]
    data = Simulator(made).simulate(THETA, 5, 2, random_state=1)
    assert list(data.columns) == ["participant_id", "trial_id", "rt", "response", "feedback"]
    again = Simulator(made).simulate(THETA, mode="ppc", observed_data=data, random_state=1)
    assert list(again.columns) == list(data.columns)


BOUNDS = {"beta": (0.0, 10.0), "q0": (0.0, 1.0), "q1": (0.0, 1.0)}
SOFTMAX = {
    "decision_process": "test_softmax",
    "learning_process": learning.RescorlaWagnerSoftmax(),
    "task_environment": env.Bandit.bernoulli([0.9, 0.1]),
    "response": ["response"],
}


def test_a_registered_model_of_choices_alone(registered):
    registered(
        "test_softmax",
        ["beta", "q0", "q1"],
        softmax_choices,
        nchoices=2,
        choices=[0, 1],
        param_bounds=BOUNDS,
        default_params={"beta": 2.0, "q0": 0.5, "q1": 0.5},
    )
    simulator = Simulator(model(**SOFTMAX))
    assert simulator.config.list_params == ["rl_alpha", "beta"]
    theta = {"rl_alpha": 0.0, "beta": 3.0}
    data = simulator.simulate(theta, 200, 20, random_state=1)
    assert (data["rt"] == -1.0).all()
    assert abs((data["response"] == 1).mean() - 0.5) < 4 * 0.5 / np.sqrt(4000)
    data = simulator.simulate({**theta, "rl_alpha": 0.3}, 200, 20, random_state=1)
    late = data[data["trial_id"] > 100]["response"]
    # with values near 0.9 and 0.1 or not yet known: mostly the better arm
    assert (late == 0).mean() > 0.7
    with pytest.raises(ValueError, match="no column 'rt'"):
        simulator.simulate(theta, mode="ppc", observed_data=data)
    observed = data.drop(columns="rt")
    predicted = simulator.simulate(theta, mode="ppc", observed_data=observed, random_state=1)
    assert list(predicted.columns) == ["participant_id", "trial_id", "response", "feedback"]
    assert (predicted["feedback"] == data["feedback"]).all()


def test_extra_fields_of_one_row_serve_every_participant(registered):
    seen = []

    def with_fields(beta, q0, q1, gain, weights, **arguments):
        seen.append((gain, np.shape(weights)))
        return softmax_choices(beta, q0, q1, **arguments)

    registered("test_fields", ["beta", "q0", "q1"], with_fields, nchoices=2, choices=[0, 1])
    made = model(
        **{**SOFTMAX, "decision_process": "test_fields"},
        params_default=[0.2, 1.0],
        bounds={"rl_alpha": (0.0, 1.0), "beta": (0.0, 5.0)},
        ssm_kwargs={"extra_fields": {"gain": 2.0, "weights": np.ones((1, 4))}},
    )
    Simulator(made).simulate({"rl_alpha": 0.1, "beta": 1.0}, 2, 3, random_state=1)
    assert seen == [(2.0, (3, 4))] * 2


def test_a_registered_model_without_bounds(registered):
    registered("test_bare", ["beta", "q0", "q1"], softmax_choices, nchoices=2, choices=[0, 1])
    parts = {**SOFTMAX, "decision_process": "test_bare"}
    with pytest.raises(ValueError, match=r"No default value.*beta"):
        model(**parts)
    with pytest.raises(ValueError, match=r"Missing bounds.*beta"):
        model(**parts, params_default=[0.2, 1.0]).validate()
    given = {"rl_alpha": (0.0, 1.0), "beta": (0.0, 5.0)}
    model(**parts, params_default=[0.2, 1.0], bounds=given).validate()


def test_a_registered_model_with_a_boundary_of_ones_own():
    register_boundary("test_hyperbolic", lambda t, a, rate: a / (1 + rate * t), ["a", "rate"])
    config = ModelConfigBuilder.from_model(
        "ddm",
        name="test_hyperbolic",
        boundary="test_hyperbolic",
        param_bounds={"rate": (0.0, 5.0)},
        default_params={"rate": 1.0},
    )
    register_model_config("test_hyperbolic", config)
    try:
        for name in ("test_hyperbolic", "test_hyperbolic_deadline"):
            made = model(decision_process=name)
            theta = dict(zip(made.list_params, made.params_default, strict=True))
            five = Simulator(made).simulate(theta, 10, 5, random_state=1)
            assert_frame_equal(Simulator(made).simulate(theta, 10, 2, random_state=1), five[:20])
    finally:
        unregister_model("test_hyperbolic")
        unregister_boundary("test_hyperbolic")


def test_a_decision_model_that_gives_another_label(registered):
    def odd(beta, q0, q1, **arguments):
        out = softmax_choices(beta, q0, q1, **arguments)
        return {**out, "choices": out["choices"] + 3}

    registered(
        "test_odd",
        ["beta", "q0", "q1"],
        odd,
        nchoices=2,
        choices=[0, 1],
        param_bounds=BOUNDS,
        default_params={"beta": 2.0, "q0": 0.5, "q1": 0.5},
    )
    simulator = Simulator(model(**{**SOFTMAX, "decision_process": "test_odd"}))
    with pytest.raises(ValueError, match=r"choices of \[0, 1\]"):
        simulator.simulate({"rl_alpha": 0.1, "beta": 1.0}, 2, 2)


def broken_task(**members):
    return type("Broken", (Quiz,), members)()


def broken_rule(**members):
    return type("Broken", (Counting,), members)()


def not_copied(self, memo):
    raise TypeError("has a socket")


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"task_environment": broken_task(sample_context=lambda *_: {})}, "no 'feedback'"),
        ({"task_environment": broken_task(get_trial_context=lambda *_: None)}, "difficulty"),
        (
            {"task_environment": broken_task(sample_context=lambda *_: {"feedback": "x"})},
            "'x' as 'feedback', which must be a number",
        ),
        ({"task_environment": broken_task(__deepcopy__=not_copied)}, "copied.*has a socket"),
        ({"learning_process": broken_rule(compute_python=lambda *_: {"w": 1})}, "no v"),
    ],
)
def test_broken_parts(parts, words):
    simulator = Simulator(quiz(**parts))
    with pytest.raises((ValueError, KeyError), match=words):
        simulator.simulate(THETA, 3, 2, random_state=1)


def test_columns_that_only_observed_data_have():
    made = model(context_fields=["feedback", "block"])
    theta = {"rl_alpha": 0.3, "scaler": 3.0, "a": 0.9, "z": 0.5, "t": 0.2}
    data = Simulator(made).simulate(theta, 5, 2, random_state=1)
    assert (data["block"] == 0.0).all()
    data["block"] = data["trial_id"] // 2
    again = Simulator(made).simulate(theta, mode="ppc", observed_data=data, random_state=1)
    assert (again["block"] == data["block"]).all()
