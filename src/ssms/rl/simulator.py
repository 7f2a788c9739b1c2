"""Simulation of participants who learn, all of them trial by trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ssms import OMISSION_SENTINEL
from ssms.checks import seed_from, whole_number
from ssms.errors import (
    ConfigError,
    ParameterError,
    ParameterTypeError,
    bad_type,
    bad_value,
    unknown_name,
)
from ssms.rl._participants import Context, learners_of, tasks_of
from ssms.rl.config import ModelConfig
from ssms.rl.validation import (
    MISSING_RESPONSE_SENTINEL,
    PARTICIPANT_COL,
    RESPONSE_COL,
    RT_COL,
    TRIAL_COL,
    import_pandas,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Simulator"]

Array = npt.NDArray[Any]

DEFAULT_PARTICIPANTS = 20
MODES = ("generative", "ppc")


class Simulator:
    """A reinforcement-learning model that can be simulated.

    Parameters
    ----------
    config : ModelConfig
        The model.

    Raises
    ------
    ParameterTypeError
        If it is not a `ModelConfig`; `ssms.rl.resolve_model` returns the one of a preset.
    ConfigError
        If its parts do not fit each other.

    Examples
    --------
    >>> import ssms
    >>> simulator = ssms.rl.Simulator(ssms.rl.preset.get("2AB_RW_DDM"))
    >>> theta = {"rl_alpha": [0.1, 0.3], "scaler": 2.0, "a": 1.2, "z": 0.5, "t": 0.3}
    >>> data = simulator.simulate(theta, n_trials=50, random_state=1)
    >>> data.shape, list(data.columns)
    ((100, 5), ['participant_id', 'trial_id', 'rt', 'response', 'feedback'])
    """

    def __init__(self, config: ModelConfig) -> None:
        if not isinstance(config, ModelConfig):
            raise bad_type("config", config, "a ModelConfig (ssms.rl.preset.get returns one)")
        config.validate()
        self.config = config

    def __repr__(self) -> str:
        params = ", ".join(self.config.required_params)
        return f"Simulator({self.config.model_name!r}: {params})"

    def simulate(
        self,
        theta: Mapping[str, Any],
        n_trials: int = 200,
        n_participants: int | None = None,
        random_state: int | np.random.Generator | np.random.SeedSequence | None = None,
        mode: Literal["generative", "ppc"] = "generative",
        observed_data: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """Simulate participants.

        Parameters
        ----------
        theta : mapping
            Value of each parameter: a number, or a list with one for each participant.
        n_trials : int
            Trials of each participant; none, and an empty frame, for 0 or less.
        n_participants : int, optional
            Participants; by default as many as the lists in theta have entries, else 20.
        random_state : int, numpy.random.Generator, numpy.random.SeedSequence or None
            Seed, from 0 to 2**64 - 1; a generator, from which one is drawn; None for a new one.
            The data of a participant are a function of the seed, of the participant's number and
            parameters: fewer participants, or fewer trials, give the beginning of the same data.
        mode : {"generative", "ppc"}
            "generative": participants learn from their own responses.  "ppc" (posterior
            predictive check): they learn from the responses in `observed_data`.
        observed_data : DataFrame, optional
            For mode "ppc", as `ModelConfig.validate_data` wants it, with a column ``trial_id``,
            and without a column ``rt`` if the model is one of choices alone.  It determines the
            numbers of trials and participants.

        Returns
        -------
        DataFrame
            A row for each trial of each participant: ``participant_id`` and ``trial_id`` (int64,
            or as observed), ``rt`` (float64, seconds; -1 for models of choices alone, and no
            column for them in mode "ppc"), ``response`` (int64, a label), the context fields
            (float64), and ``choice`` (int64, the action) if the model includes it.  A trial
            without a response has ``rt`` -999, ``response`` and ``choice`` -999 and 0 in columns
            that follow from a response, and nothing is learned from it.

        Raises
        ------
        ParameterError, ParameterTypeError, UnknownNameError
            If an argument, theta or the data are not as described.
        ConfigError
            If the task or the rule does not give the entries that it names.

        Examples
        --------
        >>> import ssms
        >>> model = ssms.rl.preset.get("2AB_RW_DDM")
        >>> simulator, theta = ssms.rl.Simulator(model), dict(
        ...     zip(model.list_params, model.params_default)
        ... )
        >>> simulator.simulate(theta, n_trials=5, n_participants=3, random_state=1).shape
        (15, 5)
        """
        if mode not in MODES:
            raise unknown_name("mode", mode, MODES)
        n_participants = _count("n_participants", n_participants)
        root = _root(random_state)
        self._check_names(theta)
        import_pandas()
        if mode == "ppc":
            observed = self._observed(observed_data)
            columns, n = _columns(theta, n_participants, observed.n_participants)
            return self._predict(columns, n, root, observed)
        trials = whole_number("n_trials", n_trials, "an integer")
        columns, n = _columns(theta, n_participants, None)
        return self._generate(columns, n, max(trials, 0), root)

    def _check_names(self, theta: Any) -> None:
        names = self.config.required_params
        if not isinstance(theta, Mapping):
            raise bad_value("theta", theta, f"a dict of {', '.join(names)}")
        for name in theta:
            if name not in names:
                raise unknown_name("parameter in theta", name, names)
        missing = [name for name in names if name not in theta]
        if missing:
            raise ParameterError(
                f"theta lacks {', '.join(missing)}; the parameters are {', '.join(names)}"
            )

    def _observed(self, data: pd.DataFrame | None) -> _Observed:
        if data is None:
            raise bad_value("observed_data", None, "given in mode 'ppc'")
        self.config.validate_data(data).raise_for_errors()
        if TRIAL_COL not in data.columns:
            raise ParameterError(f"observed_data must have a column {TRIAL_COL!r} in mode 'ppc'")
        if RT_COL not in self.config.response and RT_COL in data.columns:
            raise ParameterError(
                f"observed_data must have no column {RT_COL!r}: {self.config.model_name!r} is a "
                "model of choices alone; drop the column"
            )
        return _Observed(data, self.config)

    def _generate(
        self, theta: dict[str, Array], n: int, n_trials: int, root: np.random.SeedSequence
    ) -> pd.DataFrame:
        config = self.config
        rngs = [np.random.default_rng(_child(root, 1, p)) for p in range(n)]
        tasks = tasks_of(config._environment, rngs, n_trials)
        learners = learners_of(config.learning_process, theta, n)
        decisions = _Decisions(config, theta, n, n_trials, root)
        record = _Record(config, n, n_trials)
        for trial in range(n_trials):
            context = Context(n)
            tasks.show(trial, context)
            rt, response, choice, responded = decisions.make(trial, learners.compute(context))
            context.add(rt=rt, response=response, choice=choice)
            if responded.any():
                tasks.follow(trial, context, responded)
            record.add(trial, rt, response, choice, responded)
            record.add_context(trial, context, responded)
            if responded.any():
                learners.learn(context, responded)
        return record.frame(np.repeat(np.arange(n), n_trials), np.tile(np.arange(n_trials), n))

    def _predict(
        self, theta: dict[str, Array], n: int, root: np.random.SeedSequence, observed: _Observed
    ) -> pd.DataFrame:
        config = self.config
        learners = learners_of(config.learning_process, theta, n)
        decisions = _Decisions(config, theta, n, observed.n_trials, root)
        record = _Record(config, n, observed.n_trials, with_rt=RT_COL in config.response)
        everyone = np.ones(n, dtype=bool)
        for trial, (context, past) in enumerate(observed.trials()):
            rt, response, choice, responded = decisions.make(trial, learners.compute(context))
            record.add(trial, rt, response, choice, responded)
            record.add_context(trial, context, everyone)
            context.add(**past)
            learners.learn(context, everyone)
        return record.frame(observed.participants, observed.trial_ids)


class _Decisions:
    """The decision model, simulated for all participants of a trial at once."""

    def __init__(
        self,
        config: ModelConfig,
        theta: dict[str, Array],
        n: int,
        n_trials: int,
        root: np.random.SeedSequence,
    ) -> None:
        from ssms import Simulator as DecisionSimulator

        self._name = config.learning_process.__class__.__name__
        self._computed = config._computed_ssm_params
        self._columns = [config._ssm_params.index(name) for name in self._computed]
        self._theta = np.zeros((n, len(config._ssm_params)))
        for name in config._fixed_ssm_params:
            self._theta[:, config._ssm_params.index(name)] = theta[name]
        # Sample 0 of trial p of a call is a function of its seed, p and the parameters of p:
        # with participants as the trials of a call, no participant depends on another.
        seeds = np.random.default_rng(_child(root, 0))
        self._seeds = seeds.integers(0, 2**64, size=n_trials, dtype=np.uint64).tolist()
        self._simulate = DecisionSimulator(config.decision_process).simulate
        self._arguments = _decision_arguments(config.ssm_kwargs, n)
        actions = config.resolved_response_to_choice
        self._labels = np.array(sorted(actions))
        self._actions = np.array([actions[label] for label in sorted(actions)])

    def make(self, trial: int, computed: list[Array]) -> tuple[Array, Array, Array, Array]:
        """Return response times, labels, actions, and which participants responded."""
        for name, column, values in zip(self._computed, self._columns, computed, strict=True):
            if not np.isfinite(values).all():
                raise ConfigError(
                    f"{self._name} computes {values[~np.isfinite(values)][0]} as {name} of trial "
                    f"{trial}, which must be finite"
                )
            self._theta[:, column] = values
        result = self._simulate(
            self._theta,
            n_samples=1,
            random_state=self._seeds[trial],
            return_option="minimal",
            **self._arguments,
        )
        rt = np.array(result["rts"], dtype=np.float64).ravel()
        response = np.array(result["choices"], dtype=np.int64).ravel()
        responded = rt != OMISSION_SENTINEL
        # An omitted trial has a label that means nothing, or none.
        place = np.minimum(self._labels.searchsorted(response), self._labels.size - 1)
        return rt, response, np.where(responded, self._actions[place], 0), responded


class _Record:
    """The columns of a result, which has a row for each trial of each participant."""

    def __init__(self, config: ModelConfig, n: int, n_trials: int, with_rt: bool = True) -> None:
        self._shape = (n_trials, n)
        self._context = [name for name in config.context_fields or () if name != RT_COL]
        # Further columns may be in observed data only.
        self._needed = config._needed_context_fields()
        self._columns: dict[str, Array] = {}
        if with_rt:
            self._columns[RT_COL] = np.empty(self._shape)
        self._columns[RESPONSE_COL] = np.empty(self._shape, dtype=np.int64)
        self._columns.update((name, np.empty(self._shape)) for name in self._context)
        if config.include_choice:
            self._columns["choice"] = np.empty(self._shape, dtype=np.int64)

    def add(self, trial: int, rt: Array, response: Array, choice: Array, responded: Array) -> None:
        """Note the responses of a trial."""
        if RT_COL in self._columns:
            self._columns[RT_COL][trial] = rt
        missing = MISSING_RESPONSE_SENTINEL
        self._columns[RESPONSE_COL][trial] = np.where(responded, response, missing)
        if "choice" in self._columns:
            self._columns["choice"][trial] = np.where(responded, choice, missing)

    def add_context(self, trial: int, context: Context, where: Array) -> None:
        """Note the context of a trial; `where` marks who must have one."""
        nowhere = np.zeros_like(where)
        for name in self._context:
            column = context.column(name, where if name in self._needed else nowhere)
            self._columns[name][trial] = column

    def frame(self, participants: Any, trials: Any) -> pd.DataFrame:
        """Return the result."""
        columns = {PARTICIPANT_COL: participants, TRIAL_COL: trials}
        columns.update((name, array.T.ravel()) for name, array in self._columns.items())
        frame: pd.DataFrame = import_pandas().DataFrame(columns)
        return frame


class _Observed:
    """Observed data, trial by trial."""

    def __init__(self, data: pd.DataFrame, config: ModelConfig) -> None:
        self.participants = data[PARTICIPANT_COL].to_numpy()
        self.trial_ids = data[TRIAL_COL].to_numpy()
        self.n_participants = int(data[PARTICIPANT_COL].nunique())
        self.n_trials = len(data) // self.n_participants
        actions = config.resolved_response_to_choice
        self._context = {name: self._by_trial(data, name) for name in config.context_fields or ()}
        response = self._by_trial(data, RESPONSE_COL).astype(np.int64)
        choice = np.vectorize(actions.__getitem__, otypes=[np.int64])(response)
        self._past = {RESPONSE_COL: response, "choice": choice}
        if RT_COL in config.response:
            self._past[RT_COL] = self._by_trial(data, RT_COL)

    def _by_trial(self, data: pd.DataFrame, name: str) -> Array:
        column = data[name].to_numpy(dtype=np.float64)
        return np.ascontiguousarray(column.reshape(self.n_participants, self.n_trials).T)

    def trials(self) -> Iterator[tuple[Context, dict[str, Array]]]:
        """Yield the context of each trial, and its responses."""
        for trial in range(self.n_trials):
            context = Context(self.n_participants)
            context.add(**{name: column[trial] for name, column in self._context.items()})
            yield context, {name: column[trial] for name, column in self._past.items()}


def _columns(
    theta: Mapping[str, Any], n_participants: int | None, observed: int | None
) -> tuple[dict[str, Array], int]:
    """Return a column for each parameter, and the number of participants."""
    if observed is not None and n_participants not in (None, observed):
        raise bad_value(
            "n_participants", n_participants, f"{observed}, as many as observed_data has"
        )
    arrays = {name: _numbers(name, value) for name, value in theta.items()}
    lengths = {name: array.size for name, array in arrays.items() if array.ndim}
    if len(set(lengths.values())) > 1:
        raise ParameterError(
            f"Lists in theta must have one entry for each participant, got {lengths}"
        )
    n = observed or n_participants
    for name, length in lengths.items():
        n = length if n is None else n
        if length != n:
            raise ParameterError(
                f"theta[{name!r}] must be a number or have one entry for each of {n} "
                f"participants, got {length}"
            )
    n = DEFAULT_PARTICIPANTS if n is None else n
    if n == 0:
        raise ParameterError("Lists in theta must have at least one entry, got none")
    return {name: np.broadcast_to(array, (n,)) for name, array in arrays.items()}, n


def _numbers(name: str, value: Any) -> Array:
    allowed = "a number, or a list with one for each participant"
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "fiuO":
            raise TypeError
        array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise bad_value(f"theta[{name!r}]", value, allowed) from None
    if array.ndim > 1:
        raise bad_value(f"theta[{name!r}]", value, allowed)
    if not np.isfinite(array).all():
        raise bad_value(f"theta[{name!r}]", value, "finite")
    return array


def _decision_arguments(given: Mapping[str, Any], n: int) -> dict[str, Any]:
    """Return further arguments of the decision model's simulator; None stands for its default."""
    arguments = {name: value for name, value in given.items() if value is not None}
    if "extra_fields" in arguments:
        # Fields with one row serve every participant.
        arguments["extra_fields"] = {
            name: np.repeat(value, n, axis=0) if np.shape(value)[:1] == (1,) else value
            for name, value in arguments["extra_fields"].items()
        }
    return arguments


def _count(name: str, value: Any) -> int | None:
    if value is None:
        return None
    allowed = "a positive integer or None"
    try:
        count = whole_number(name, value, allowed)
    except ParameterTypeError:
        count = 0
    if count < 1:
        raise bad_value(name, value, allowed)
    return count


def _root(random_state: Any) -> np.random.SeedSequence:
    """Return the seed sequence from which all others of a call derive."""
    if isinstance(random_state, np.random.SeedSequence):
        return random_state
    return np.random.SeedSequence(seed_from(random_state))


def _child(root: np.random.SeedSequence, *key: int) -> np.random.SeedSequence:
    """Return a seed sequence that is a function of `root` and `key` alone."""
    return np.random.SeedSequence(root.entropy, spawn_key=(*root.spawn_key, *key))
