"""Tasks and beliefs of all participants of a call, one trial at a time.

A task or a rule that can work on all participants at once takes and gives columns: arrays with an
entry for each participant.  Otherwise each participant has a copy, which takes and gives rows:
dictionaries of numbers.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ssms.errors import ConfigError
from ssms.rl._backends import backends_of
from ssms.rl.env import FEEDBACK, Bandit, _BernoulliRewards, _GaussianRewards
from ssms.rl.learning import LearningProcess

__all__ = ["Context", "beliefs_of", "learners_of", "methods_of", "tasks_of"]

Array = npt.NDArray[Any]

_WITH_STATE = ("init_state", "compute_python", "update_python")
_WITH_STATE_JAX = ("init_jax_state", "compute_jax", "update_jax")
_WITHOUT_STATE = ("reset", "compute_ssm_params", "update")


class Context:
    """Stimuli, responses and rewards of a trial: columns, rows, or both."""

    def __init__(self, n_participants: int) -> None:
        self._n = n_participants
        self._columns: dict[str, Array] = {}
        self._rows: list[dict[str, Any]] | None = None

    def add(self, **columns: Array) -> None:
        """Add columns."""
        self._columns.update(columns)

    def add_row(self, participant: int, row: dict[str, Any]) -> None:
        """Add entries of one participant."""
        if self._rows is None:
            self._rows = [{} for _ in range(self._n)]
        self._rows[participant].update(row)

    def rows(self) -> list[dict[str, Any]]:
        """Return a dictionary for each participant."""
        columns = list(self._columns.items())
        rows = [dict.fromkeys(name for name, _ in columns) for _ in range(self._n)]
        for name, column in columns:
            for row, value in zip(rows, column.tolist(), strict=True):
                row[name] = value
        for row, more in zip(rows, self._rows or (), strict=False):
            row.update(more)
        return rows

    def column(self, name: str, where: npt.NDArray[np.bool_]) -> Array:
        """Return an entry of all participants, 0 for participants outside `where` who lack it.

        Raises
        ------
        ConfigError
            If another participant lacks it, or the entry is not a number.
        """
        if name in self._columns:
            return self._columns[name]
        column = np.zeros(self._n)
        for participant, row in enumerate(self._rows or [{}] * self._n):
            if name in row:
                try:
                    column[participant] = row[name]
                except (TypeError, ValueError):
                    raise ConfigError(
                        f"The task gives {row[name]!r} as {name!r}, which must be a number"
                    ) from None
            elif where[participant]:
                raise ConfigError(
                    f"The task gives no {name!r}, which is one of the context fields; "
                    "sample_context or get_trial_context must return it"
                )
        return column

    def known(self, names: Sequence[str]) -> list[str]:
        """Return the names, out of `names`, of which there are entries."""
        rows = self._rows or ()
        return [n for n in names if n in self._columns or any(n in row for row in rows)]


class Tasks(Protocol):
    """The tasks of all participants."""

    def show(self, trial: int, context: Context) -> None:
        """Add the columns that are known before the choice."""

    def follow(self, trial: int, context: Context, responded: npt.NDArray[np.bool_]) -> None:
        """Add the outcome of the choice, for the participants who responded."""


class _Bandits:
    """Bandits that differ only in their draws."""

    def __init__(self, bandit: Bandit, rngs: list[np.random.Generator], n_trials: int) -> None:
        self._rewards = bandit.rewards
        self._noise = np.stack([self._rewards.noise(rng, n_trials) for rng in rngs])
        self._drawn = np.zeros(len(rngs), dtype=np.intp)
        self._participants = np.arange(len(rngs))

    def show(self, trial: int, context: Context) -> None:
        """Add nothing."""

    def follow(self, trial: int, context: Context, responded: npt.NDArray[np.bool_]) -> None:
        """Add the reward."""
        # A draw for each response, as a bandit of one participant does.
        noise = self._noise[self._participants, self._drawn]
        rewards = self._rewards.reward(context.column("choice", responded), noise)
        context.add(**{FEEDBACK: np.where(responded, rewards, 0.0)})
        self._drawn = np.minimum(self._drawn + responded, self._noise.shape[1] - 1)


class _TaskEach:
    """A task of its own for each participant."""

    def __init__(self, environment: Any, rngs: list[np.random.Generator]) -> None:
        # Reset before it is copied, so that a task that counts its sessions goes on counting.
        shared = _copy_of(environment, "task_environment")
        self._tasks = []
        for rng in rngs:
            shared.reset(rng)
            self._tasks.append(_copy_of(shared, "task_environment"))

    def show(self, trial: int, context: Context) -> None:
        """Add the stimuli of each task."""
        for participant, task in enumerate(self._tasks):
            context.add_row(participant, task.get_trial_context(trial) or {})

    def follow(self, trial: int, context: Context, responded: npt.NDArray[np.bool_]) -> None:
        """Add the outcome of each task."""
        rows = context.rows()
        for participant in np.flatnonzero(responded).tolist():
            outcome = self._tasks[participant].sample_context(rows[participant], trial)
            context.add_row(participant, outcome or {})


def tasks_of(environment: Any, rngs: list[np.random.Generator], n_trials: int) -> Tasks:
    """Return the tasks of participants whose sources of randomness are `rngs`."""
    if type(environment) is Bandit and isinstance(
        environment.rewards, _BernoulliRewards | _GaussianRewards
    ):
        return _Bandits(environment, rngs, n_trials)
    return _TaskEach(environment, rngs)


class Learners(Protocol):
    """The beliefs of all participants."""

    def compute(self, context: Context) -> list[Array]:
        """Return a column for each computed parameter."""

    def learn(self, context: Context, responded: npt.NDArray[np.bool_]) -> None:
        """Change the beliefs of participants who responded."""


class _LearnTogether:
    """Beliefs of all participants in arrays, whose first axis runs over participants."""

    def __init__(self, process: LearningProcess, theta: dict[str, Array], n: int) -> None:
        self._process, self._n = process, n
        self._params: Any = {name: theta[name] for name in process.free_params}
        start = process.init_state()
        self._state = {name: np.repeat(np.asarray(x)[None], n, 0) for name, x in start.items()}
        self._fields = list(dict.fromkeys(["choice", *process.required_context_fields]))

    def compute(self, context: Context) -> list[Array]:
        """Compute for all at once."""
        nowhere = np.zeros(self._n, dtype=bool)
        known = {name: context.column(name, nowhere) for name in context.known(self._fields)}
        computed = self._process.compute_python(self._state, self._params, known)
        values = _in_order(self._process, computed)
        return [np.broadcast_to(np.asarray(x, dtype=np.float64), (self._n,)) for x in values]

    def learn(self, context: Context, responded: npt.NDArray[np.bool_]) -> None:
        """Learn for all at once; participants without a response keep their beliefs."""
        known = {name: context.column(name, responded) for name in self._fields}
        new = self._process.update_python(self._state, self._params, known)
        if responded.all():
            self._state = new
            return
        for name, old in self._state.items():
            keep = responded.reshape((-1,) + (1,) * (old.ndim - 1))
            self._state[name] = np.where(keep, new[name], old)


class _LearnEach:
    """Beliefs of each participant, one after the other."""

    def __init__(self, process: LearningProcess, theta: dict[str, Array], n: int) -> None:
        self._process = process
        columns = [theta[name].tolist() for name in process.free_params]
        names = process.free_params
        self._params = [
            {name: column[p] for name, column in zip(names, columns, strict=True)} for p in range(n)
        ]
        make = beliefs_of(process)
        self._beliefs = [make() for _ in range(n)]

    def compute(self, context: Context) -> list[Array]:
        """Compute for each."""
        each = [
            [float(x) for x in _in_order(self._process, beliefs.compute(params, row))]
            for beliefs, params, row in zip(
                self._beliefs, self._params, context.rows(), strict=True
            )
        ]
        return [np.array(column) for column in zip(*each, strict=True)]

    def learn(self, context: Context, responded: npt.NDArray[np.bool_]) -> None:
        """Learn for each."""
        rows = context.rows()
        for p in np.flatnonzero(responded).tolist():
            self._beliefs[p].learn(self._params[p], rows[p])


def learners_of(process: LearningProcess, theta: dict[str, Array], n: int) -> Learners:
    """Return the beliefs of `n` participants with columns of parameters `theta`."""
    together = vars(type(process)).get("vectorized") is True
    if together and methods_of(process) == _WITH_STATE:
        return _LearnTogether(process, theta, n)
    return _LearnEach(process, theta, n)


class _Beliefs:
    """Beliefs of one participant, as a state that the rule is given and returns."""

    def __init__(self, process: Any, start: str, compute: str, update: str) -> None:
        self._compute, self._update = getattr(process, compute), getattr(process, update)
        self._state = getattr(process, start)()

    def compute(self, params: dict[str, float], context: dict[str, Any]) -> dict[str, float]:
        """Return the computed parameters of a trial."""
        computed: dict[str, float] = self._compute(self._state, params, context)
        return computed

    def learn(self, params: dict[str, float], context: dict[str, Any]) -> None:
        """Change the beliefs."""
        self._state = self._update(self._state, params, context)


class _OwnBeliefs:
    """Beliefs of one participant, which a copy of the rule keeps itself."""

    def __init__(self, process: Any) -> None:
        self._rule = _copy_of(process, "learning_process")
        self._rule.reset()
        self._reward = getattr(process, "feedback_field", FEEDBACK)

    def compute(self, params: dict[str, float], context: dict[str, Any]) -> dict[str, float]:
        """Return the computed parameters of a trial."""
        computed: dict[str, float] = self._rule.compute_ssm_params(params)
        return computed

    def learn(self, params: dict[str, float], context: dict[str, Any]) -> None:
        """Change the beliefs."""
        self._rule.update(context["choice"], context[self._reward], params)


def methods_of(process: Any) -> tuple[str, ...]:
    """Return the names of the methods by which a rule is used outside JAX.

    Raises
    ------
    ConfigError
        If it lacks them.
    """
    if "python" not in backends_of(process):
        return _WITH_STATE_JAX
    for names in (_WITH_STATE, _WITHOUT_STATE):
        if all(_has(process, name) for name in names):
            return names
    missing = [name for name in _WITH_STATE if not _has(process, name)]
    raise ConfigError(
        f"learning_process must be a LearningProcess; {type(process).__name__} has no "
        + ", ".join(missing)
    )


def _has(process: Any, name: str) -> bool:
    """Return whether an object has a method that is more than the one of the protocol."""
    method = getattr(type(process), name, getattr(process, name, None))
    # A rule of one's own need not override reset.
    return method is not None and (name == "reset" or method is not vars(LearningProcess)[name])


def beliefs_of(process: Any) -> Callable[[], Any]:
    """Return a function that makes the beliefs of a participant before the first trial."""
    names = methods_of(process)
    if names == _WITHOUT_STATE:
        return lambda: _OwnBeliefs(process)
    return lambda: _Beliefs(process, *names)


def _in_order(process: LearningProcess, computed: Any) -> list[Any]:
    """Return the results of a rule in the order of `computed_params`."""
    names = process.computed_params
    missing = [name for name in names if name not in computed]
    if missing:
        raise ConfigError(
            f"{type(process).__name__} must compute {', '.join(names)}, but its result has no "
            + ", ".join(missing)
        )
    return [computed[name] for name in names]


def _copy_of(thing: Any, name: str) -> Any:
    try:
        return copy.deepcopy(thing)
    except Exception as error:
        raise ConfigError(
            f"{name} {type(thing).__name__} cannot be copied, and every participant needs a copy: "
            f"{error}"
        ) from error
