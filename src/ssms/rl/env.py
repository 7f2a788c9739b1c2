"""Tasks: stimuli before a choice, and rewards after it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from ssms.errors import ParameterError, ParameterTypeError, bad_type, bad_value, unknown_name

__all__ = [
    "Bandit",
    "DiscreteChoiceEnvironment",
    "TaskConfig",
    "TaskEnvironment",
    "register_task",
    "registered_tasks",
]

FEEDBACK = "feedback"
MIN_ARMS = 2

TaskBuilder = Callable[[str | None, dict[str, Any]], "TaskEnvironment"]


@runtime_checkable
class TaskEnvironment(Protocol):
    """A task, for one participant.

    Methods are called in this order: `reset`, then for each trial `get_trial_context` and, if the
    participant responded, `sample_context`.  The simulator gives every participant a copy.
    A class may derive from this one or have the same methods.

    Examples
    --------
    >>> isinstance(Bandit.bernoulli(), TaskEnvironment)
    True
    """

    @property
    def context_fields(self) -> list[str]:
        """Names of the columns that the task gives, before and after the choice."""
        ...

    def reset(self, rng: np.random.Generator | None = None) -> None:
        """Begin a session.

        Parameters
        ----------
        rng : numpy.random.Generator, optional
            Source of the randomness of this session.
        """

    def get_trial_context(self, trial_idx: int) -> dict[str, float]:
        """Return the stimuli of a trial, before the choice; nothing, unless overridden.

        Parameters
        ----------
        trial_idx : int
            From 0 on.

        Returns
        -------
        dict of float
        """
        return {}

    def sample_context(self, context: dict[str, Any], trial_idx: int) -> dict[str, float]:
        """Return the outcome of a choice.

        Parameters
        ----------
        context : dict
            The result of `get_trial_context`, and ``rt`` (seconds), ``response`` (label) and
            ``choice`` (index of the action, from 0 on).
        trial_idx : int
            From 0 on.

        Returns
        -------
        dict of float
            The reward as ``feedback``, for instance.
        """
        ...


@runtime_checkable
class DiscreteChoiceEnvironment(TaskEnvironment, Protocol):
    """A task with a fixed number of actions.

    Examples
    --------
    >>> isinstance(Bandit.gaussian(), DiscreteChoiceEnvironment)
    True
    """

    @property
    def n_choices(self) -> int:
        """Number of actions."""
        return len(self.response_labels)

    @property
    def response_labels(self) -> list[int]:
        """Labels of the responses, in the order of the actions."""
        ...


class _BernoulliRewards:
    """A reward of 1 with a probability for each arm, else 0."""

    def __init__(self, probabilities: Iterable[float]) -> None:
        self.probabilities = _numbers("probabilities", probabilities)
        for probability in self.probabilities:
            if not 0.0 <= probability <= 1.0:
                raise bad_value("probabilities", self.probabilities.tolist(), "all from 0 to 1")

    @property
    def n_arms(self) -> int:
        return self.probabilities.size

    def noise(self, rng: np.random.Generator, size: int | None = None) -> Any:
        return rng.random(size)

    def reward(self, choice: Any, noise: Any) -> Any:
        return (noise < self.probabilities[choice]) * 1.0

    def sample(self, choice: int, rng: np.random.Generator) -> float:
        return float(self.reward(choice, self.noise(rng)))


class _GaussianRewards:
    """A normally distributed reward, with a mean and a standard deviation for each arm."""

    def __init__(self, means: Iterable[float], sds: Iterable[float] | None) -> None:
        self.means = _numbers("means", means)
        self.sds = np.ones(self.means.size) if sds is None else _numbers("sds", sds)
        if self.sds.size != self.means.size:
            raise ParameterError(
                "sds must have one entry for each of means, "
                f"got {self.sds.size} for {self.means.size}"
            )
        if not (self.sds > 0.0).all():
            raise bad_value("sds", self.sds.tolist(), "all greater than 0")

    @property
    def n_arms(self) -> int:
        return self.means.size

    def noise(self, rng: np.random.Generator, size: int | None = None) -> Any:
        return rng.standard_normal(size)

    def reward(self, choice: Any, noise: Any) -> Any:
        return self.means[choice] + self.sds[choice] * noise

    def sample(self, choice: int, rng: np.random.Generator) -> float:
        return float(self.reward(choice, self.noise(rng)))


def _numbers(name: str, values: Any) -> npt.NDArray[np.float64]:
    """Return the finite numbers of a list as an array, or raise."""
    allowed = "a list of finite numbers, one for each arm"
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise bad_type(name, values, allowed) from None
    if array.ndim != 1:
        raise bad_type(name, values, allowed)
    if not np.isfinite(array).all():
        raise bad_value(name, values, allowed)
    return array


def _labels(labels: Sequence[int] | None, n_arms: int) -> list[int]:
    if labels is None:
        return list(range(n_arms))
    labels = list(labels)
    if len(labels) != n_arms:
        raise bad_value("response_labels", labels, f"one label for each of the {n_arms} arms")
    for label in labels:
        number = isinstance(label, int | float | np.integer | np.floating)
        if not number or isinstance(label, bool) or not math.isfinite(label) or label != int(label):
            raise bad_type("response_labels", labels, "whole numbers")
    if len(set(labels)) != n_arms:
        raise bad_value("response_labels", labels, "different from each other")
    return [int(label) for label in labels]


class Bandit:
    """A bandit: every arm has a distribution of rewards, which does not change.

    `Bandit.bernoulli` and `Bandit.gaussian` make the usual ones.

    Parameters
    ----------
    rewards : object
        Has ``n_arms`` and ``sample(choice, rng)``, which returns the reward of an arm.
    response_labels : list of int, optional
        Labels of the responses that choose the arms, in their order; 0, 1, ... by default.

    Raises
    ------
    ParameterError
        If there are fewer than two arms, or labels do not fit them.

    Examples
    --------
    >>> bandit = Bandit.bernoulli([0.9, 0.1], response_labels=[-1, 1])
    >>> bandit.n_choices, bandit.context_fields
    (2, ['feedback'])
    """

    def __init__(self, rewards: Any, response_labels: Sequence[int] | None = None) -> None:
        if rewards.n_arms < MIN_ARMS:
            raise ParameterError(
                f"A bandit must have at least {MIN_ARMS} arms, got {rewards.n_arms}"
            )
        self.rewards = rewards
        self._response_labels = _labels(response_labels, rewards.n_arms)
        self._rng: np.random.Generator | None = None

    @classmethod
    def bernoulli(
        cls,
        probabilities: Sequence[float] | None = None,
        response_labels: Sequence[int] | None = None,
    ) -> Bandit:
        """Return a bandit whose rewards are 0 or 1.

        Parameters
        ----------
        probabilities : list of float, optional
            Probability of a reward of 1, for each arm; 0.7 and 0.3 by default.
        response_labels : list of int, optional
            As for the class.

        Raises
        ------
        ParameterError, ParameterTypeError
            If a probability is not from 0 to 1, there are fewer than two, or labels do not fit.

        Examples
        --------
        >>> Bandit.bernoulli([0.2, 0.5, 0.8]).response_labels
        [0, 1, 2]
        """
        return cls(_BernoulliRewards(_or(probabilities, (0.7, 0.3))), response_labels)

    @classmethod
    def gaussian(
        cls,
        means: Sequence[float] | None = None,
        sds: Sequence[float] | None = None,
        response_labels: Sequence[int] | None = None,
    ) -> Bandit:
        """Return a bandit with normally distributed rewards.

        Parameters
        ----------
        means : list of float, optional
            Mean reward of each arm; 1 and 0 by default.
        sds : list of float, optional
            Standard deviation of each arm, greater than 0; 1 by default.
        response_labels : list of int, optional
            As for the class.

        Raises
        ------
        ParameterError, ParameterTypeError
            If a standard deviation is not positive, or lengths or labels do not fit.

        Examples
        --------
        >>> Bandit.gaussian([2.0, 0.0], sds=[0.5, 1.0]).n_arms
        2
        """
        return cls(_GaussianRewards(_or(means, (1.0, 0.0)), sds), response_labels)

    def __repr__(self) -> str:
        kind = type(self.rewards).__name__.lstrip("_")
        values = {name: np.asarray(value).tolist() for name, value in vars(self.rewards).items()}
        listing = ", ".join(f"{name}={value}" for name, value in values.items())
        return f"Bandit({kind}: {listing}; response_labels={self._response_labels})"

    @property
    def n_arms(self) -> int:
        """Number of arms."""
        return int(self.rewards.n_arms)

    @property
    def n_choices(self) -> int:
        """Number of actions, one for each arm."""
        return self.n_arms

    @property
    def response_labels(self) -> list[int]:
        """Labels of the responses, in the order of the arms."""
        return list(self._response_labels)

    @property
    def context_fields(self) -> list[str]:
        """The reward, as ``feedback``."""
        return [FEEDBACK]

    def reset(self, rng: np.random.Generator | None = None) -> None:
        """Begin a session whose rewards come from `rng`, or from a new generator.

        Parameters
        ----------
        rng : numpy.random.Generator or None
            Source of the rewards.
        """
        self._rng = np.random.default_rng() if rng is None else rng

    def get_trial_context(self, trial_idx: int) -> dict[str, float]:
        """Return nothing: a bandit shows nothing before the choice.

        Parameters
        ----------
        trial_idx : int
            Number of the trial.

        Returns
        -------
        dict
            Empty.
        """
        return {}

    def sample_context(self, context: dict[str, Any], trial_idx: int) -> dict[str, float]:
        """Return the reward of the arm ``context["choice"]``, as ``feedback``.

        Raises
        ------
        RuntimeError
            Before `reset`.
        ParameterError
            If there is no such arm.
        """
        reward = self.sample_reward(context["choice"], trial_idx)
        return {FEEDBACK: reward, **self.get_extra_data(trial_idx)}

    def sample_reward(self, action: int, trial_idx: int) -> float:
        """Return a reward of an arm (see `sample_context`).

        Parameters
        ----------
        action : int
            Number of the arm, from 0.
        trial_idx : int
            Number of the trial.

        Returns
        -------
        float

        Raises
        ------
        RuntimeError
            Before `reset`.
        """
        if self._rng is None:
            raise RuntimeError("Call reset() of the bandit before it is asked for rewards")
        if not 0 <= action < self.n_arms:
            raise bad_value("choice", action, f"an arm, from 0 to {self.n_arms - 1}")
        return float(self.rewards.sample(action, self._rng))

    def get_extra_data(self, trial_idx: int) -> dict[str, float]:
        """Return further columns of a trial: none, unless a subclass has some.

        Parameters
        ----------
        trial_idx : int
            Number of the trial.

        Returns
        -------
        dict
        """
        return {}


def _or(given: Any, default: Any) -> Any:
    return default if given is None else given


class TaskConfig:
    """A task described by names and numbers, as a configuration file has them.

    Parameters
    ----------
    task : str
        A name in `registered_tasks`.
    reward : str, optional
        How rewards are distributed; for a bandit "bernoulli" (default) or "gaussian".
    **options
        Arguments of the task, ``probabilities`` for instance.

    Examples
    --------
    >>> config = TaskConfig("bandit", "bernoulli", probabilities=[0.8, 0.2])
    >>> config.build_environment().n_choices
    2
    """

    def __init__(self, task: str = "bandit", reward: str | None = None, **options: Any) -> None:
        self.task = task
        self.reward = reward
        self.options = options

    def __repr__(self) -> str:
        listing = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"TaskConfig({self.task!r}, {self.reward!r}{listing})"

    def build_environment(self) -> TaskEnvironment:
        """Return the task.

        Raises
        ------
        UnknownNameError
            If the task or the distribution of rewards is not known.
        ParameterTypeError
            If the task does not have such an option.
        """
        builder = _TASKS.get(self.task)
        if builder is None:
            raise unknown_name("task", self.task, registered_tasks())
        return builder(self.reward, dict(self.options))


def _build_bandit(reward: str | None, options: dict[str, Any]) -> TaskEnvironment:
    reward = reward or "bernoulli"
    if reward not in _BANDITS:
        raise unknown_name("reward of task 'bandit'", reward, _BANDITS)
    make, allowed = _BANDITS[reward]
    unsupported = [name for name in options if name not in allowed]
    if unsupported:
        raise ParameterTypeError(
            f"Unsupported options of task 'bandit' with reward {reward!r}: "
            f"{', '.join(unsupported)}; allowed: {', '.join(allowed)}"
        )
    return make(**options)


_BANDITS: dict[str, tuple[Callable[..., Bandit], tuple[str, ...]]] = {
    "bernoulli": (Bandit.bernoulli, ("probabilities", "response_labels")),
    "gaussian": (Bandit.gaussian, ("means", "sds", "response_labels")),
}
_TASKS: dict[str, TaskBuilder] = {"bandit": _build_bandit}


def register_task(task: str, builder: TaskBuilder, *, overwrite: bool = False) -> None:
    """Give a task a name, for `TaskConfig`.

    Parameters
    ----------
    task : str
        The name.
    builder : callable
        Called as ``builder(reward, options)``, with the entries of a `TaskConfig`; returns a
        `TaskEnvironment`.
    overwrite : bool
        Replace a task that has the name.

    Raises
    ------
    ParameterError
        If there is a task of that name and `overwrite` is False.
    ParameterTypeError
        If the name is not a string, or the builder cannot be called.

    Examples
    --------
    >>> def coin(reward, options):
    ...     return Bandit.bernoulli([0.5, 0.5])
    >>> register_task("coin", coin, overwrite=True)
    >>> TaskConfig("coin").build_environment().n_choices
    2
    """
    if not isinstance(task, str) or not task:
        raise bad_type("task", task, "a name, a string that is not empty")
    if not callable(builder):
        raise bad_type("builder", builder, "a function of reward and options")
    if task in _TASKS and not overwrite:
        raise ParameterError(f"Task {task!r} is already registered; overwrite=True replaces it")
    _TASKS[task] = builder


def registered_tasks() -> list[str]:
    """Return the names of tasks, sorted.

    Examples
    --------
    >>> "bandit" in registered_tasks()
    True
    """
    return sorted(_TASKS)
