"""Models, rules and tasks that the tests of ssms.rl share."""

# ruff: noqa: RUF012

import numpy as np

from ssms.rl import ModelConfig, env, learning

THETA = {"rl_alpha": 0.3, "scaler": 3.0, "a": 0.9, "z": 0.5, "t": 0.2}


def bandit(**options):
    options.setdefault("response_labels", [-1, 1])
    return env.Bandit.bernoulli([0.8, 0.3], **options)


def model(**parts):
    """Return a model of ddm and the delta rule, with other parts if given."""
    defaults = {
        "model_name": "test",
        "description": "of the tests",
        "decision_process": "ddm",
        "learning_process": learning.RescorlaWagnerDrift(),
        "task_environment": bandit(),
    }
    return ModelConfig(**{**defaults, **parts})


class OneByOne(learning.RescorlaWagnerDrift):
    """The built-in rule as a subclass of a user, hence called for each participant."""


class TaskOneByOne(env.Bandit):
    """The built-in task as a subclass of a user, hence one for each participant."""


class ConstantDrift:
    """Computes the drift that is its parameter; learns nothing."""

    computed_params = ["v"]
    free_params = ["drift"]
    param_bounds = {"drift": (-3.0, 3.0)}
    default_params = {"drift": 1.0}

    def init_state(self):
        return {}

    def compute_python(self, state, params, context):
        return {"v": params["drift"]}

    def update_python(self, state, params, context):
        return state


class Counting(learning.LearningProcess):
    """Drift grows with the number of rewards and falls with the difficulty."""

    computed_params = ["v"]
    free_params = ["rate"]
    param_bounds = {"rate": (0.0, 1.0)}
    default_params = {"rate": 0.1}
    available_backends = ("python", "jax")
    supports_gradient = True
    required_context_fields = ["choice", "feedback", "difficulty"]

    def init_state(self):
        return {"rewards": 0}

    def compute_python(self, state, params, context):
        return {"v": params["rate"] * state["rewards"] - context["difficulty"]}

    def update_python(self, state, params, context):
        return {"rewards": state["rewards"] + context["feedback"]}

    init_jax_state = init_state
    compute_jax = compute_python
    update_jax = update_python


class RememberingRule:
    """Keeps the number of its trials itself: a rule of before there were states."""

    computed_params = ["v"]
    free_params = ["rate"]
    param_bounds = {"rate": (0.0, 1.0)}
    default_params = {"rate": 0.1}

    def reset(self, **kwargs):
        self.total = 0.0

    def compute_ssm_params(self, trial_params):
        return {"v": trial_params["rate"] * self.total}

    def update(self, action, reward, trial_params):
        self.total += reward


class Quiz:
    """Shows a difficulty; rewards the second action, and counts its sessions."""

    n_choices = 2
    response_labels = [-1, 1]
    context_fields = ["feedback", "difficulty", "session"]
    sessions = 0

    def reset(self, rng=None):
        self.rng = rng
        self.sessions += 1

    def get_trial_context(self, trial_idx):
        return {"difficulty": 0.1 * trial_idx}

    def sample_context(self, context, trial_idx):
        assert {"rt", "response", "choice", "difficulty"} <= set(context)
        assert context["response"] == self.response_labels[context["choice"]]
        return {"feedback": float(context["choice"]), "session": float(self.sessions)}


def softmax_choices(beta, q0, q1, n_samples, n_trials, random_state, **_):
    """Simulate choices without times, as a user's own simulator does."""
    draws = np.random.default_rng(random_state).random((n_samples, n_trials))
    choices = draws < 1 / (1 + np.exp(-np.ravel(beta) * (np.ravel(q1) - np.ravel(q0))))
    return {
        "rts": np.full((n_samples, n_trials, 1), -1.0, dtype=np.float32),
        "choices": choices.astype(np.int32)[..., None],
        "metadata": {},
    }
