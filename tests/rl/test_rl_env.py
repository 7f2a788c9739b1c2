"""Tasks: rewards of bandits, registered tasks, and bad input."""

import numpy as np
import pytest

from rl.rl_models import Quiz
from ssms.rl import env


def rewards(bandit, choice, n):
    bandit.reset(np.random.default_rng(1))
    return np.array([bandit.sample_context({"choice": choice}, i)["feedback"] for i in range(n)])


def test_bernoulli_rewards():
    bandit = env.Bandit.bernoulli([0.9, 0.2])
    for arm, probability in enumerate([0.9, 0.2]):
        drawn = rewards(bandit, arm, 4000)
        assert set(drawn) == {0.0, 1.0}
        deviation = 4 * np.sqrt(probability * (1 - probability) / drawn.size)
        assert abs(drawn.mean() - probability) < deviation


def test_gaussian_rewards():
    drawn = rewards(env.Bandit.gaussian([2.0, 0.0], [0.5, 1.0]), 0, 4000)
    assert abs(drawn.mean() - 2.0) < 4 * 0.5 / np.sqrt(drawn.size)
    assert abs(drawn.std() - 0.5) < 4 * 0.5 / np.sqrt(2 * drawn.size)


def test_certain_rewards():
    bandit = env.Bandit.bernoulli([1.0, 0.0])
    assert rewards(bandit, 0, 50).all()
    assert not rewards(bandit, 1, 50).any()


def test_what_a_bandit_says_of_itself():
    bandit = env.Bandit.bernoulli()
    assert (bandit.n_arms, bandit.n_choices, bandit.response_labels) == (2, 2, [0, 1])
    assert bandit.rewards.probabilities.tolist() == [0.7, 0.3]
    assert bandit.context_fields == ["feedback"]
    assert bandit.get_trial_context(0) == {} == bandit.get_extra_data(0)
    assert env.Bandit.gaussian().rewards.means.tolist() == [1.0, 0.0]
    assert "0.7" in repr(bandit)
    bandit.reset()
    assert bandit.sample_reward(0, 0) in (0.0, 1.0)


def test_rewards_of_ones_own():
    class Rising:
        n_arms = 2

        def sample(self, choice, rng):
            return choice + 0.5

    assert rewards(env.Bandit(Rising(), [5, 7]), 1, 2).tolist() == [1.5, 1.5]


def test_protocols():
    for task in (env.Bandit.bernoulli(), Quiz()):
        assert isinstance(task, env.TaskEnvironment)
        assert isinstance(task, env.DiscreteChoiceEnvironment)
    assert not isinstance(object(), env.TaskEnvironment)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: env.Bandit.bernoulli([0.5]), ValueError, "at least 2 arms, got 1"),
        (lambda: env.Bandit.bernoulli([0.5, 1.2]), ValueError, "probabilities.*0 to 1.*1.2"),
        (lambda: env.Bandit.bernoulli([0.5, np.nan]), ValueError, "probabilities"),
        (lambda: env.Bandit.bernoulli(["a", "b"]), TypeError, "probabilities"),
        (lambda: env.Bandit.bernoulli(3), TypeError, "probabilities"),
        (lambda: env.Bandit.gaussian([1.0, np.inf]), ValueError, "means"),
        (lambda: env.Bandit.gaussian([1, 2], [0, 1]), ValueError, "sds.*greater than 0"),
        (lambda: env.Bandit.gaussian([1, 2], [1]), ValueError, "sds.*got 1 for 2"),
        (lambda: env.Bandit.bernoulli(response_labels=[0]), ValueError, "response_labels"),
        (lambda: env.Bandit.bernoulli(response_labels=[0, 0]), ValueError, "different"),
        (lambda: env.Bandit.bernoulli(response_labels=["a", "b"]), TypeError, "whole numbers"),
        (lambda: env.TaskConfig("bandid").build_environment(), ValueError, "Did you mean 'ban"),
        (lambda: env.TaskConfig("bandit", "x").build_environment(), ValueError, "gaussian"),
        (lambda: env.TaskConfig(n_arms=3).build_environment(), TypeError, "n_arms.*probabilities"),
        (lambda: env.TaskConfig(means=[1, 2]).build_environment(), TypeError, "means"),
        (lambda: env.register_task("bandit", print), ValueError, "overwrite=True"),
        (lambda: env.register_task("", print), TypeError, "name"),
        (lambda: env.register_task("mine", 3), TypeError, "builder"),
    ],
)
def test_bad_input(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_a_bandit_must_be_reset():
    with pytest.raises(RuntimeError, match="reset"):
        env.Bandit.bernoulli().sample_context({"choice": 0}, 0)


@pytest.mark.parametrize("choice", [-1, 2])
def test_a_choice_that_is_no_arm(choice):
    bandit = env.Bandit.bernoulli()
    bandit.reset()
    with pytest.raises(ValueError, match="choice must be an arm, from 0 to 1"):
        bandit.sample_context({"choice": choice}, 0)


def test_task_config():
    config = env.TaskConfig("bandit", "gaussian", means=[3.0, 1.0], response_labels=[-1, 1])
    assert config.options == {"means": [3.0, 1.0], "response_labels": [-1, 1]}
    assert config.build_environment().response_labels == [-1, 1]
    assert repr(config).startswith("TaskConfig('bandit', 'gaussian', means=[3.0, 1.0]")


def test_registered_tasks(monkeypatch):
    monkeypatch.setattr(env, "_TASKS", dict(env._TASKS))
    seen = []

    def build(reward, options):
        seen.append((reward, options))
        return Quiz()

    env.register_task("quiz", build)
    assert "quiz" in env.registered_tasks()
    assert isinstance(env.TaskConfig("quiz", None, hard=True).build_environment(), Quiz)
    assert seen == [(None, {"hard": True})]
    env.register_task("quiz", lambda reward, options: env.Bandit.bernoulli(), overwrite=True)
    assert isinstance(env.TaskConfig("quiz").build_environment(), env.Bandit)
