"""Learning rules: how beliefs change from trial to trial, and which parameters follow from them.

A rule holds no beliefs of its own: they are a state that it is given and that it returns, so that
one rule serves all participants.  With Q the values of the actions, c the chosen one, r the
reward and α the learning rate, the rules of this module change ``Q[c]`` by α (r - Q[c])
(Rescorla & Wagner, 1972), after the parameters of the trial have been computed from Q.
"""

from __future__ import annotations

import math
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ssms.errors import bad_type, bad_value

__all__ = [
    "LearningProcess",
    "LearningState",
    "RescorlaWagnerDeltaRule",
    "RescorlaWagnerDrift",
    "RescorlaWagnerDualAlphaDrift",
    "RescorlaWagnerDualAlphaRule",
    "RescorlaWagnerDualAlphaSoftmax",
    "RescorlaWagnerRaceDrifts",
    "RescorlaWagnerSoftmax",
]

LearningState = dict[str, Any]
MIN_ACTIONS = 2
RATE = (0.0, 1.0, 0.2)  # lower bound, upper bound, default
SCALER = (0.001, 10.0, 2.0)


@runtime_checkable
class LearningProcess(Protocol):
    """A learning rule.

    A class may derive from this one or have the same methods.  Needed are `computed_params`,
    `free_params`, `param_bounds`, `default_params`, and `init_state`, `compute_python` and
    `update_python`.  For gradients, `init_jax_state`, `compute_jax` and `update_jax` do the same
    with arrays of JAX, `available_backends` names "jax", and `supports_gradient` is True.

    A class whose body says ``vectorized = True`` is called once for all participants of a trial:
    entries of state, parameters and context then have a first axis of participants.  The mark is
    not inherited.

    A rule that keeps its beliefs itself may have `reset`, `compute_ssm_params` and `update`
    in place of the methods with a state; every participant then has a copy.

    Examples
    --------
    >>> isinstance(RescorlaWagnerDrift(), LearningProcess)
    True
    """

    @property
    def computed_params(self) -> list[str]:
        """Parameters of the decision model that the rule computes in each trial."""
        ...

    @property
    def free_params(self) -> list[str]:
        """Parameters of the rule."""
        ...

    @property
    def param_bounds(self) -> dict[str, tuple[float, float]]:
        """Lower and upper bound of each parameter of the rule."""
        ...

    @property
    def default_params(self) -> dict[str, float]:
        """Default of each parameter of the rule."""
        ...

    @property
    def available_backends(self) -> tuple[str, ...]:
        """Which of "python" and "jax" there are."""
        return ("python",)

    @property
    def supports_gradient(self) -> bool:
        """Whether JAX may differentiate the computed parameters."""
        return False

    @property
    def required_context_fields(self) -> list[str]:
        """Entries of the context that `update_python` reads."""
        return ["choice", "feedback"]

    def init_state(self) -> LearningState:
        """Return the beliefs before the first trial."""
        ...

    def compute_python(
        self, state: LearningState, params: dict[str, float], context: dict[str, Any]
    ) -> dict[str, float]:
        """Return `computed_params` of a trial, before its choice.

        Parameters
        ----------
        state : dict
            Beliefs.
        params : dict of float
            The parameters `free_params` of the participant.
        context : dict
            The columns that the task gives before the choice.

        Returns
        -------
        dict of float
        """
        ...

    def update_python(
        self, state: LearningState, params: dict[str, float], context: dict[str, Any]
    ) -> LearningState:
        """Return the beliefs after a trial; `state` must not change.

        Parameters
        ----------
        state, params : dict
            As for `compute_python`.
        context : dict
            All columns of the task, ``choice`` (index of the action, from 0 on), ``response``
            (its label) and ``rt`` (seconds).

        Returns
        -------
        dict
        """
        ...

    def reset(self, **kwargs: Any) -> None:
        """Begin a session, for rules that keep their beliefs themselves."""

    def compute_ssm_params(self, trial_params: dict[str, float]) -> dict[str, float]:
        """Return `computed_params` of a trial, for rules that keep their beliefs themselves.

        Parameters
        ----------
        trial_params : dict of float
            The parameters `free_params`.
        """
        ...

    def update(self, action: int, reward: float, trial_params: dict[str, float]) -> None:
        """Learn from a trial, for rules that keep their beliefs themselves.

        Parameters
        ----------
        action : int
            The choice, from 0.
        reward : float
            Its reward.
        trial_params : dict of float
            The parameters `free_params`.
        """


def _jax_numpy() -> Any:
    import jax.numpy

    return jax.numpy


class RescorlaWagnerDeltaRule:
    """Values of actions are learned by the delta rule; no parameter is computed from them.

    Parameters
    ----------
    n_actions : int
        Number of actions, at least 2.
    initial_q : float
        Value of every action before the first trial.
    feedback_field : str
        Entry of the context that holds the reward.

    Raises
    ------
    ParameterError, ParameterTypeError
        If `n_actions` is not a whole number, or too small, or `initial_q` is not finite.

    References
    ----------
    Rescorla, R. A., & Wagner, A. R. (1972). A theory of Pavlovian conditioning. In Classical
    conditioning II: Current research and theory, 64-99.

    Examples
    --------
    >>> rule = RescorlaWagnerDeltaRule(n_actions=3)
    >>> state = rule.update_python(
    ...     rule.init_state(), {"rl_alpha": 0.2}, {"choice": 2, "feedback": 1.0}
    ... )
    >>> state["q_values"]
    array([0.5, 0.5, 0.6])
    """

    vectorized = True

    def __init__(
        self, n_actions: int = 2, initial_q: float = 0.5, feedback_field: str = "feedback"
    ) -> None:
        if isinstance(n_actions, bool) or not isinstance(n_actions, int | np.integer):
            raise bad_type("n_actions", n_actions, "a whole number of at least 2")
        if n_actions < MIN_ACTIONS:
            raise bad_value("n_actions", n_actions, f"at least {MIN_ACTIONS}")
        if not isinstance(initial_q, int | float | np.integer | np.floating):
            raise bad_type("initial_q", initial_q, "a number")
        if not math.isfinite(initial_q):
            raise bad_value("initial_q", initial_q, "finite")
        if not isinstance(feedback_field, str) or not feedback_field:
            raise bad_type("feedback_field", feedback_field, "a name, a string that is not empty")
        self._n_actions = int(n_actions)
        self.initial_q = float(initial_q)
        self.feedback_field = feedback_field
        self._state: LearningState | None = None

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(n_actions={self._n_actions}, initial_q={self.initial_q:g}, "
            f"feedback_field={self.feedback_field!r})"
        )

    def _parameters(self) -> dict[str, tuple[float, float, float]]:
        """Return lower bound, upper bound and default of each free parameter."""
        return {"rl_alpha": RATE}

    def _computed(self, q: Any, params: dict[str, Any]) -> dict[str, Any]:
        """Return parameters of the decision model; the last axis of `q` runs over actions."""
        return {}

    def _rate(self, params: dict[str, Any], delta: Any, where: Any) -> Any:
        """Return the learning rate for a prediction error, with `where` of NumPy or JAX."""
        return params["rl_alpha"]

    @property
    def n_actions(self) -> int:
        """Number of actions."""
        return self._n_actions

    @property
    def computed_params(self) -> list[str]:
        """Parameters of the decision model that the rule computes."""
        return []

    @property
    def free_params(self) -> list[str]:
        """Parameters of the rule."""
        return list(self._parameters())

    @property
    def param_bounds(self) -> dict[str, tuple[float, float]]:
        """Bounds of the parameters of the rule."""
        return {name: (low, high) for name, (low, high, _) in self._parameters().items()}

    @property
    def default_params(self) -> dict[str, float]:
        """Defaults of the parameters of the rule."""
        return {name: default for name, (_, _, default) in self._parameters().items()}

    @property
    def available_backends(self) -> tuple[str, ...]:
        """Both backends."""
        return ("python", "jax")

    @property
    def supports_gradient(self) -> bool:
        """True."""
        return True

    @property
    def required_context_fields(self) -> list[str]:
        """The choice and the reward."""
        return ["choice", self.feedback_field]

    def init_state(self) -> LearningState:
        """Return the values of actions before the first trial, ``q_values`` of (n_actions,)."""
        return {"q_values": np.full(self._n_actions, self.initial_q)}

    def compute_python(
        self, state: LearningState, params: dict[str, Any], context: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the computed parameters of a trial (see `LearningProcess`)."""
        return self._computed(state["q_values"], params)

    def update_python(
        self, state: LearningState, params: dict[str, Any], context: dict[str, Any]
    ) -> LearningState:
        """Return the values of actions after a trial (see `LearningProcess`).

        Raises
        ------
        ParameterError
            If the choice is not an action.
        """
        choice = np.asarray(context["choice"])
        if not ((choice >= 0) & (choice < self._n_actions)).all():
            raise bad_value(
                "choice", context["choice"], f"an action, from 0 to {self._n_actions - 1}"
            )
        q = np.array(state["q_values"], dtype=np.float64)
        # all participants at once, or one
        chosen = (np.arange(choice.size), choice) if choice.ndim else choice
        delta = context[self.feedback_field] - q[chosen]
        q[chosen] += self._rate(params, delta, np.where) * delta
        return {"q_values": q}

    def init_jax_state(self) -> LearningState:
        """Return `init_state` as an array of JAX."""
        return {"q_values": _jax_numpy().full(self._n_actions, self.initial_q)}

    def compute_jax(
        self, state: LearningState, params: dict[str, Any], context: dict[str, Any]
    ) -> dict[str, Any]:
        """Return `compute_python` of arrays of JAX."""
        return self._computed(state["q_values"], params)

    def update_jax(
        self, state: LearningState, params: dict[str, Any], context: dict[str, Any]
    ) -> LearningState:
        """Return `update_python` of arrays of JAX, without a check of the choice."""
        q, choice = state["q_values"], context["choice"]
        delta = context[self.feedback_field] - q[choice]
        return {"q_values": q.at[choice].add(self._rate(params, delta, _jax_numpy().where) * delta)}

    @property
    def q_values(self) -> Any:
        """Values of actions of the session that `reset` began; None before."""
        return None if self._state is None else self._state["q_values"]

    def reset(self, **kwargs: Any) -> None:
        """Begin a session with the rule's own state."""
        self._state = self.init_state()

    def compute_ssm_params(self, trial_params: dict[str, float]) -> dict[str, float]:
        """Return the computed parameters of the session that `reset` began (see `LearningProcess`).

        Raises
        ------
        RuntimeError
            Before `reset`.
        """
        return self.compute_python(self._begun(), trial_params, {})

    def update(self, action: int, reward: float, trial_params: dict[str, float]) -> None:
        """Learn from a trial of the session that `reset` began (see `LearningProcess`).

        Raises
        ------
        RuntimeError
            Before `reset`.
        """
        context = {"choice": action, self.feedback_field: reward}
        self._state = self.update_python(self._begun(), trial_params, context)

    def _begun(self) -> LearningState:
        if self._state is None:
            raise RuntimeError("Call reset() of the learning process before its other methods")
        return self._state


class RescorlaWagnerDrift(RescorlaWagnerDeltaRule):
    """Delta rule for two actions, with the drift ``v = scaler * (Q[1] - Q[0])``.

    Parameters, errors and reference: see `RescorlaWagnerDeltaRule`; `n_actions` must be 2.

    Examples
    --------
    >>> rule = RescorlaWagnerDrift()
    >>> float(rule.compute_python({"q_values": np.array([0.25, 0.75])}, {"scaler": 2.0}, {})["v"])
    1.0
    """

    vectorized = True

    def __init__(
        self, n_actions: int = 2, initial_q: float = 0.5, feedback_field: str = "feedback"
    ) -> None:
        super().__init__(n_actions, initial_q, feedback_field)
        if self.n_actions != 2:
            raise bad_value("n_actions", n_actions, f"2 for {type(self).__name__}")

    def _parameters(self) -> dict[str, tuple[float, float, float]]:
        return {**super()._parameters(), "scaler": SCALER}

    def _computed(self, q: Any, params: dict[str, Any]) -> dict[str, Any]:
        return {"v": params["scaler"] * (q[..., 1] - q[..., 0])}

    @property
    def computed_params(self) -> list[str]:
        """The drift, ``v``."""
        return ["v"]


class RescorlaWagnerSoftmax(RescorlaWagnerDeltaRule):
    """Delta rule whose values of actions are the parameters ``q0``, ``q1``, ... of a softmax.

    Parameters, errors and reference: see `RescorlaWagnerDeltaRule`.

    Examples
    --------
    >>> RescorlaWagnerSoftmax(n_actions=3).computed_params
    ['q0', 'q1', 'q2']
    """

    vectorized = True

    def _computed(self, q: Any, params: dict[str, Any]) -> dict[str, Any]:
        return {name: q[..., action] for action, name in enumerate(self.computed_params)}

    @property
    def computed_params(self) -> list[str]:
        """The values of actions, ``q0`` and so on."""
        return [f"q{action}" for action in range(self.n_actions)]


class RescorlaWagnerRaceDrifts(RescorlaWagnerDeltaRule):
    """Delta rule with a drift for each accumulator of a race, ``v_i = scaler * Q[i]``.

    Parameters, errors and reference: see `RescorlaWagnerDeltaRule`.

    Examples
    --------
    >>> RescorlaWagnerRaceDrifts(n_actions=4).computed_params
    ['v0', 'v1', 'v2', 'v3']
    """

    vectorized = True

    def _parameters(self) -> dict[str, tuple[float, float, float]]:
        return {**super()._parameters(), "scaler": SCALER}

    def _computed(self, q: Any, params: dict[str, Any]) -> dict[str, Any]:
        names = self.computed_params
        return {name: params["scaler"] * q[..., action] for action, name in enumerate(names)}

    @property
    def computed_params(self) -> list[str]:
        """The drifts, ``v0`` and so on."""
        return [f"v{action}" for action in range(self.n_actions)]


class RescorlaWagnerDualAlphaRule(RescorlaWagnerDeltaRule):
    """Delta rule with learning rate ``rl_alpha_neg`` where the reward is less than expected.

    Parameters, errors and reference: see `RescorlaWagnerDeltaRule`.

    Examples
    --------
    >>> rule = RescorlaWagnerDualAlphaRule()
    >>> state = rule.update_python(
    ...     rule.init_state(),
    ...     {"rl_alpha": 0.2, "rl_alpha_neg": 0.1},
    ...     {"choice": 0, "feedback": 0.0},
    ... )
    >>> state["q_values"]
    array([0.45, 0.5 ])
    """

    vectorized = True

    def _parameters(self) -> dict[str, tuple[float, float, float]]:
        return {"rl_alpha": RATE, "rl_alpha_neg": RATE, **super()._parameters()}

    def _rate(self, params: dict[str, Any], delta: Any, where: Any) -> Any:
        return where(delta < 0, params["rl_alpha_neg"], params["rl_alpha"])


class RescorlaWagnerDualAlphaDrift(RescorlaWagnerDualAlphaRule, RescorlaWagnerDrift):
    """`RescorlaWagnerDrift` with the two learning rates of `RescorlaWagnerDualAlphaRule`.

    Parameters, errors and reference: see `RescorlaWagnerDeltaRule`; `n_actions` must be 2.

    Examples
    --------
    >>> RescorlaWagnerDualAlphaDrift().free_params
    ['rl_alpha', 'rl_alpha_neg', 'scaler']
    """

    vectorized = True


class RescorlaWagnerDualAlphaSoftmax(RescorlaWagnerDualAlphaRule, RescorlaWagnerSoftmax):
    """`RescorlaWagnerSoftmax` with the two learning rates of `RescorlaWagnerDualAlphaRule`.

    Parameters, errors and reference: see `RescorlaWagnerDeltaRule`.

    Examples
    --------
    >>> RescorlaWagnerDualAlphaSoftmax().computed_params
    ['q0', 'q1']
    """

    vectorized = True
