"""Learning rules: each value against one computed by hand."""

import numpy as np
import pytest

from rl.rl_models import OneByOne
from ssms.rl import learning

RULES = [getattr(learning, name) for name in learning.__all__ if name.startswith("Rescorla")]
PARAMS = {"rl_alpha": 0.2, "rl_alpha_neg": 0.5, "scaler": 2.0}


def after(rule, *trials):
    """Return the values of actions after trials of (choice, reward)."""
    state = rule.init_state()
    for choice, reward in trials:
        state = rule.update_python(state, PARAMS, {"choice": choice, "feedback": reward})
    return state["q_values"]


def test_delta_rule():
    rule = learning.RescorlaWagnerDeltaRule(n_actions=3)
    # 0.5 + 0.2 (1 - 0.5) = 0.6; 0.6 + 0.2 (0 - 0.6) = 0.48; 0.5 + 0.2 (1 - 0.5) = 0.6
    np.testing.assert_allclose(after(rule, (2, 1.0), (2, 0.0), (0, 1.0)), [0.6, 0.5, 0.48])


def test_dual_rates():
    rule = learning.RescorlaWagnerDualAlphaRule()
    # 0.5 + 0.2 (1 - 0.5) = 0.6; then less than expected: 0.6 + 0.5 (0 - 0.6) = 0.3
    np.testing.assert_allclose(after(rule, (1, 1.0), (1, 0.0)), [0.5, 0.3])
    # as expected: no change
    np.testing.assert_allclose(after(rule, (0, 0.5)), [0.5, 0.5])


@pytest.mark.parametrize(
    ("rule", "computed"),
    [
        (learning.RescorlaWagnerDeltaRule(), {}),
        (learning.RescorlaWagnerDrift(), {"v": -1.2}),  # 2 (0.2 - 0.8)
        (learning.RescorlaWagnerDualAlphaDrift(), {"v": -1.2}),
        (learning.RescorlaWagnerSoftmax(), {"q0": 0.8, "q1": 0.2}),
        (learning.RescorlaWagnerDualAlphaSoftmax(), {"q0": 0.8, "q1": 0.2}),
        (learning.RescorlaWagnerRaceDrifts(), {"v0": 1.6, "v1": 0.4}),
    ],
)
def test_computed_parameters(rule, computed):
    state = {"q_values": np.array([0.8, 0.2])}
    assert rule.computed_params == list(computed)
    assert rule.compute_python(state, PARAMS, {}) == pytest.approx(computed)


@pytest.mark.parametrize("rule", RULES)
def test_facts_of_a_rule_fit_each_other(rule):
    rule = rule()
    assert isinstance(rule, learning.LearningProcess)
    assert rule.free_params == list(rule.param_bounds) == list(rule.default_params)
    for name, (low, high) in rule.param_bounds.items():
        assert low <= rule.default_params[name] <= high
    assert rule.required_context_fields == ["choice", "feedback"]
    assert rule.available_backends == ("python", "jax")
    assert rule.supports_gradient
    assert type(rule).__name__ in repr(rule)


def test_names_of_parameters():
    assert learning.RescorlaWagnerDeltaRule().free_params == ["rl_alpha"]
    assert learning.RescorlaWagnerRaceDrifts().free_params == ["rl_alpha", "scaler"]
    dual = learning.RescorlaWagnerDualAlphaDrift()
    assert dual.free_params == ["rl_alpha", "rl_alpha_neg", "scaler"]
    assert dual.param_bounds["scaler"] == (0.001, 10.0)


@pytest.mark.parametrize("rule", RULES)
def test_a_state_does_not_change(rule):
    rule = rule()
    state = rule.init_state()
    rule.update_python(state, PARAMS, {"choice": 1, "feedback": 1.0})
    np.testing.assert_array_equal(state["q_values"], [0.5, 0.5])


@pytest.mark.parametrize("rule", RULES)
def test_all_participants_at_once_are_as_one_after_the_other(rule):
    rule, rng = rule(), np.random.default_rng(1)
    params = {name: rng.uniform(0.1, 0.9, 5) for name in rule.free_params}
    q, choice, reward = rng.random((5, 2)), rng.integers(0, 2, 5), rng.random(5)
    context = {"choice": choice, "feedback": reward}
    together = rule.update_python({"q_values": q}, params, context)["q_values"]
    computed = rule.compute_python({"q_values": q}, params, {})
    for p in range(5):
        own = {name: float(values[p]) for name, values in params.items()}
        one = {"choice": int(choice[p]), "feedback": float(reward[p])}
        alone = rule.update_python({"q_values": q[p]}, own, one)["q_values"]
        np.testing.assert_array_equal(together[p], alone)
        for name, value in rule.compute_python({"q_values": q[p]}, own, {}).items():
            assert computed[name][p] == value


def test_reward_under_another_name():
    rule = learning.RescorlaWagnerDeltaRule(initial_q=0.0, feedback_field="points")
    state = rule.update_python(rule.init_state(), PARAMS, {"choice": 0, "points": 10.0})
    np.testing.assert_allclose(state["q_values"], [2.0, 0.0])
    assert rule.required_context_fields == ["choice", "points"]


def test_a_session_that_the_rule_keeps_itself():
    rule = learning.RescorlaWagnerDrift()
    assert rule.q_values is None
    with pytest.raises(RuntimeError, match="reset"):
        rule.update(0, 1.0, PARAMS)
    with pytest.raises(RuntimeError, match="reset"):
        rule.compute_ssm_params(PARAMS)
    rule.reset()
    rule.update(1, 1.0, PARAMS)
    np.testing.assert_allclose(rule.q_values, [0.5, 0.6])
    assert rule.compute_ssm_params(PARAMS) == pytest.approx({"v": 0.2})


@pytest.mark.parametrize(
    ("rule", "arguments", "error", "words"),
    [
        (learning.RescorlaWagnerDeltaRule, {"n_actions": 1}, ValueError, "n_actions.*2.*1"),
        (learning.RescorlaWagnerDeltaRule, {"n_actions": 2.0}, TypeError, "n_actions"),
        (learning.RescorlaWagnerDeltaRule, {"n_actions": True}, TypeError, "n_actions"),
        (learning.RescorlaWagnerDrift, {"n_actions": 3}, ValueError, "n_actions must be 2"),
        (learning.RescorlaWagnerDualAlphaDrift, {"n_actions": 3}, ValueError, "n_actions"),
        (learning.RescorlaWagnerSoftmax, {"initial_q": np.nan}, ValueError, "initial_q"),
        (learning.RescorlaWagnerSoftmax, {"initial_q": "a"}, TypeError, "initial_q"),
        (learning.RescorlaWagnerSoftmax, {"feedback_field": ""}, TypeError, "feedback_field"),
    ],
)
def test_bad_arguments(rule, arguments, error, words):
    with pytest.raises(error, match=words):
        rule(**arguments)


@pytest.mark.parametrize("choice", [2, -1, np.array([0, 2])])
def test_a_choice_that_is_no_action(choice):
    rule = OneByOne()
    with pytest.raises(ValueError, match="choice must be an action, from 0 to 1"):
        rule.update_python(rule.init_state(), PARAMS, {"choice": choice, "feedback": 1.0})
