"""From observed trials to the parameters of the decision model, trial by trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from ssms.errors import ConfigError, ParameterError, bad_type, bad_value, unknown_name
from ssms.rl._backends import resolve_backend, resolve_gradient
from ssms.rl._participants import beliefs_of
from ssms.rl.validation import RESPONSE_COL as RESPONSE

if TYPE_CHECKING:
    from ssms.rl.config import ModelConfig

__all__ = [
    "AssembledFunctionOutput",
    "AssembledModel",
    "LearningBackendRequest",
    "ResolvedLearningBackend",
]

ParticipantFunction = Callable[[Any], Any]


class LearningBackendRequest(StrEnum):
    """Backends that may be asked for.

    Examples
    --------
    >>> [request.value for request in LearningBackendRequest]
    ['auto', 'python', 'jax']
    """

    AUTO = "auto"
    PYTHON = "python"
    JAX = "jax"


class ResolvedLearningBackend(StrEnum):
    """Backends that compute.

    Examples
    --------
    >>> [backend.value for backend in ResolvedLearningBackend]
    ['python', 'jax']
    """

    PYTHON = "python"
    JAX = "jax"


class AssembledFunctionOutput(StrEnum):
    """Results of the function of a participant: an array, or a dict with one for each name.

    Examples
    --------
    >>> [output.value for output in AssembledFunctionOutput]
    ['array', 'dict']
    """

    ARRAY = "array"
    DICT = "dict"


@dataclass(frozen=True)
class AssembledModel:
    """A model whose learning rule can be computed from observed trials.

    `ModelConfig.assemble` and `AssembledModel.from_config` make one.

    Attributes
    ----------
    config : ModelConfig
        The model.
    learning_backend : ResolvedLearningBackend
        The backend that computes, "python" or "jax".
    gradient : str
        "available" or "unavailable".
    model_name, decision_process, list_params, bounds, params_default, response, choices, \
context_fields, response_to_choice
        As in the configuration.
    computed_params : list of str
        Parameters of the decision model that the rule computes.

    Examples
    --------
    >>> import ssms
    >>> ssms.rl.preset.get("2AB_RW_DDM").assemble("python").computed_params
    ['v']
    """

    config: ModelConfig
    learning_backend: ResolvedLearningBackend
    gradient: str
    model_name: str
    decision_process: str
    list_params: list[str]
    bounds: dict[str, tuple[float, float]]
    params_default: list[float]
    response: list[str]
    choices: tuple[int, ...]
    context_fields: list[str]
    computed_params: list[str]
    response_to_choice: dict[int, int]
    # Functions that were made, so that JAX compiles each only once.
    _functions: dict[Any, ParticipantFunction] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __getstate__(self) -> dict[str, Any]:
        # Functions cannot be pickled, and are made again.
        return {**vars(self), "_functions": {}}

    @classmethod
    def from_config(
        cls, config: ModelConfig, backend: LearningBackendRequest | str = "auto"
    ) -> AssembledModel:
        """Return the model of a configuration.

        Parameters
        ----------
        config : ModelConfig
            The model.
        backend : {"auto", "python", "jax"}
            The backend; "auto" means the one of the configuration.

        Raises
        ------
        ParameterTypeError
            If `config` is not a `ModelConfig`.
        ConfigError, ParameterError
            If the configuration is not valid, or the rule does not have the backend.

        Examples
        --------
        >>> import ssms
        >>> config = ssms.rl.preset.get("2AB_RW_DDM")
        >>> ssms.rl.AssembledModel.from_config(config, "python").gradient
        'unavailable'
        """
        if not hasattr(config, "resolved_learning_backend"):
            raise bad_type("config", config, "a ModelConfig (ssms.rl.preset.get returns one)")
        config.validate()
        asked = config.resolved_learning_backend if backend == "auto" else backend
        resolved = resolve_backend(config.learning_process, asked, "backend")
        return cls(
            config=config,
            learning_backend=ResolvedLearningBackend(resolved),
            gradient=resolve_gradient(config.learning_process, resolved, config.gradient),
            model_name=config.model_name,
            decision_process=config.decision_process,
            list_params=list(config.list_params or ()),
            bounds=dict(config.bounds or {}),
            params_default=list(config.params_default or ()),
            response=list(config.response),
            choices=tuple(config.choices or ()),
            context_fields=list(config.context_fields or ()),
            computed_params=list(config._computed_ssm_params),
            response_to_choice=config.resolved_response_to_choice,
        )

    def get_participant_input_fields(self, *, response_field: str = RESPONSE) -> list[str]:
        """Return the columns that the function of a participant takes, in their order.

        Parameters
        ----------
        response_field : str
            Column of the response labels.

        Raises
        ------
        UnknownNameError
            If the model's `response` does not hold it.

        Examples
        --------
        >>> import ssms
        >>> ssms.rl.preset.get("2AB_RW_DDM").assemble("python").get_participant_input_fields()
        ['rl_alpha', 'scaler', 'response', 'feedback']
        """
        contract = self.config.participant_contract(response_field=response_field)
        return list(contract.input_fields)

    def participant_input_fields(self, *, response_field: str = RESPONSE) -> list[str]:
        """Return `get_participant_input_fields`, under another name."""
        return self.get_participant_input_fields(response_field=response_field)

    def assemble_participant_fn(
        self,
        input_fields: Sequence[str] | None = None,
        *,
        response_field: str = RESPONSE,
        output: AssembledFunctionOutput | str = "array",
    ) -> ParticipantFunction:
        """Return the function that computes the decision parameters of one participant.

        Parameters
        ----------
        input_fields : sequence of str, optional
            Columns of the function's argument; by default `get_participant_input_fields`.
            Further columns are not read.
        response_field : str
            Column of the response labels.
        output : {"array", "dict"}
            Type of the result.

        Returns
        -------
        callable
            Takes an array of shape (n_trials, n_fields) and returns the computed parameters of
            each trial, before its response is learned from: an array of shape (n_trials,), or
            (n_trials, k) of k parameters, or a dict with an array of shape (n_trials,) for each.
            Arrays are of float64, or, with JAX, of JAX's own type, and the function can be
            traced, mapped and differentiated; it is compiled once for each number of trials.
            It raises `ParameterError` for an array of another shape and for responses that no
            action has; where JAX traces it, such responses make the whole result NaN.

        Raises
        ------
        ParameterError, UnknownNameError
            If columns are missing or given twice, or the output is not known.

        Examples
        --------
        >>> import numpy as np, ssms
        >>> model = ssms.rl.preset.get("2AB_RW_DDM").assemble("python")
        >>> drift = model.assemble_participant_fn(output="dict")
        >>> drift(np.array([[0.2, 2.0, -1, 1.0], [0.2, 2.0, 1, 0.0], [0.2, 2.0, 1, 1.0]]))
        {'v': array([ 0. , -0.2, -0.4])}
        """
        if output not in tuple(AssembledFunctionOutput):
            raise unknown_name("output", output, [str(kind) for kind in AssembledFunctionOutput])
        needed = self.get_participant_input_fields(response_field=response_field)
        fields = tuple(needed if input_fields is None else input_fields)
        missing = [name for name in needed if name not in fields]
        if missing or len(set(fields)) < len(fields):
            raise bad_value("input_fields", list(fields), f"a list that holds {needed}, each once")
        key = (fields, response_field, str(output))
        if key not in self._functions:
            make = _jax_function if self.learning_backend == "jax" else _python_function
            columns = {name: fields.index(name) for name in needed}
            self._functions[key] = make(self, columns, len(fields), response_field, str(output))
        return self._functions[key]

    def _names(self) -> list[tuple[str, str]]:
        """Return the names of each computed parameter in the rule and in the decision model."""
        computed = self.config.learning_process.computed_params
        return list(zip(computed, self.computed_params, strict=True))

    def _check(self, shape: tuple[int, ...], n_fields: int) -> None:
        if len(shape) != 2 or shape[1] != n_fields:
            raise bad_value(
                "the shape of the participant's trials", shape, f"(n_trials, {n_fields})"
            )

    def _actions(self, responses: Any) -> Any:
        """Return the action of each response.

        Raises
        ------
        ParameterError
            If a response has none.
        """
        labels = sorted(self.response_to_choice)
        known = np.isin(responses, labels)
        if not known.all():
            foreign = sorted({float(x) for x in np.asarray(responses)[~known]})[:10]
            raise ParameterError(
                f"Trial responses {', '.join(f'{x:g}' for x in foreign)} are not in "
                f"response_to_choice; allowed: {labels}"
            )
        actions = np.array([self.response_to_choice[label] for label in labels])
        return actions[np.searchsorted(labels, responses)]


def _python_function(
    model: AssembledModel,
    columns: dict[str, int],
    n_fields: int,
    response_field: str,
    output: str,
) -> ParticipantFunction:
    """Return the function of a participant that computes in Python."""
    process, names = model.config.learning_process, model._names()
    free = [(name, columns[name]) for name in process.free_params]
    context_fields = [(name, columns[name]) for name in model.context_fields]
    begin = beliefs_of(process)

    def participant(trials: Any) -> Any:
        trials = np.asarray(trials, dtype=np.float64)
        model._check(trials.shape, n_fields)
        actions = model._actions(trials[:, columns[response_field]]).tolist()
        computed = {name: np.empty(len(trials)) for _, name in names}
        beliefs = begin()
        for trial, row in enumerate(trials.tolist()):
            params = {name: row[column] for name, column in free}
            context: dict[str, Any] = {name: row[column] for name, column in context_fields}
            result = beliefs.compute(params, dict(context))
            for raw, name in names:
                computed[name][trial] = _entry(process, result, raw)
            response = int(row[columns[response_field]])
            context.update({RESPONSE: response, "choice": actions[trial]})
            beliefs.learn(params, context)
        if output == "dict":
            return computed
        values = list(computed.values())
        if len(values) == 1:
            return values[0]
        return np.stack(values, axis=1) if values else np.empty((len(trials), 0))

    return participant


def _jax_function(
    model: AssembledModel,
    columns: dict[str, int],
    n_fields: int,
    response_field: str,
    output: str,
) -> ParticipantFunction:
    """Return the function of a participant that JAX computes, as a scan over trials."""
    import jax
    import jax.numpy as jnp

    process: Any = model.config.learning_process
    names = model._names()
    labels = sorted(model.response_to_choice)
    actions = [model.response_to_choice[label] for label in labels]

    def step(state: Any, trial: tuple[Any, Any]) -> tuple[Any, Any]:
        row, action = trial
        params = {name: row[columns[name]] for name in process.free_params}
        context = {name: row[columns[name]] for name in model.context_fields}
        result = process.compute_jax(state, params, dict(context))
        values = {name: jnp.asarray(_entry(process, result, raw)) for raw, name in names}
        context.update({RESPONSE: row[columns[response_field]], "choice": action})
        return process.update_jax(state, params, context), values

    def compute(trials: Any) -> Any:
        matches = trials[:, columns[response_field], None] == jnp.array(labels)
        chosen = jnp.array(actions)[jnp.argmax(matches, axis=1)]
        state = _settled(jax, step, process.init_jax_state(), (trials, chosen))
        _, values = jax.lax.scan(step, state, (trials, chosen))
        known = matches.any(axis=1).all()
        outputs = [jnp.where(known, values[name], jnp.nan) for _, name in names]
        if output == "dict" or not outputs:
            return outputs
        return outputs[0] if len(outputs) == 1 else jnp.stack(outputs, axis=1)

    compiled = jax.jit(compute)

    def participant(trials: Any) -> Any:
        trials = jnp.asarray(trials, dtype=jnp.result_type(float))
        model._check(trials.shape, n_fields)
        if not isinstance(trials, jax.core.Tracer):
            model._actions(np.asarray(trials[:, columns[response_field]]))
        values = compiled(trials)
        if output == "dict":
            # A dict that JAX returns has its names sorted.
            return {name: value for (_, name), value in zip(names, values, strict=True)}
        return values if names else jnp.empty((trials.shape[0], 0))

    return participant


def _settled(jax: Any, step: Any, state: Any, trials: Any) -> Any:
    """Return a first state of the types that the rule gives after a trial.

    A rule may begin with whole numbers and go on with others, which a scan does not allow.
    """
    first = jax.tree.map(lambda leaf: leaf[0], trials)
    after, _ = jax.eval_shape(step, jax.tree.map(jax.numpy.asarray, state), first)
    return jax.tree.map(lambda leaf, new: jax.numpy.asarray(leaf, dtype=new.dtype), state, after)


def _entry(process: Any, result: Any, name: str) -> Any:
    if name not in result:
        raise ConfigError(f"{type(process).__name__} must compute {name}; its result lacks it")
    return result[name]
