"""A reinforcement-learning model: a learning rule, a task and a decision model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ssms.config import ModelConfigBuilder
from ssms.errors import ConfigError, bad_type, bad_value, unknown_name
from ssms.rl._backends import resolve_backend, resolve_gradient
from ssms.rl.env import DiscreteChoiceEnvironment, TaskConfig, TaskEnvironment
from ssms.rl.learning import LearningProcess
from ssms.rl.validation import RESPONSE_COL as RESPONSE
from ssms.rl.validation import DataValidationReport, validate_rlssm_data

if TYPE_CHECKING:
    import pandas as pd

    from ssms.rl._assembly import AssembledModel

__all__ = [
    "DEFAULT_RESPONSE_FIELD",
    "ModelConfig",
    "ParticipantContract",
    "derive_participant_contract",
]

DEFAULT_RESPONSE_FIELD = RESPONSE
"""Column of the response labels, where none is named."""

# Entries that every trial has, hence no context fields.
GIVEN = ("choice", RESPONSE)


@dataclass(frozen=True)
class ParticipantContract:
    """Columns that the likelihood of one participant takes and gives.

    Attributes
    ----------
    trial_params : tuple of str
        Parameters of the learning rule.
    computed_outputs : tuple of str
        Parameters of the decision model that are computed.
    response_field : str
        Column of the response labels.
    context_fields : tuple of str
        Observed columns from which the rule learns.
    input_fields : tuple of str
        All columns that go in, in their order.
    """

    trial_params: tuple[str, ...]
    computed_outputs: tuple[str, ...]
    response_field: str
    context_fields: tuple[str, ...]
    input_fields: tuple[str, ...]


@dataclass
class ModelConfig:
    """A reinforcement-learning model: a learning rule computes parameters of a decision model.

    In each trial the learning rule computes some parameters of the decision model from the beliefs
    of a participant; the decision model gives response and response time; the task gives a
    reward, and the rule changes the beliefs.

    Parameters
    ----------
    model_name, description : str
        For people.
    decision_process : str
        Name of a model in `ssms.config.model_config`, also a registered one, or with
        ``_deadline``.
    learning_process : LearningProcess
        The learning rule.
    task_environment : DiscreteChoiceEnvironment or TaskConfig
        The task.
    list_params : list of str, optional
        Order of the parameters; by default the parameters of the learning rule, then the
        parameters of the decision model that are not computed.
    bounds : dict, optional
        Lower and upper bound of each parameter; by default the bounds of the rule and the model.
    params_default : list of float, optional
        Defaults in the order of `list_params`.
    choices : tuple of int, optional
        Response labels; by default the labels of the task.
    response : list of str
        Observed columns of a response: ``["rt", "response"]``, or ``["response"]`` for data of
        choices alone.
    response_to_choice : dict or "auto"
        Action (from 0 on) that each response label chooses; by default in the order of the labels.
    learning_backend : {"auto", "python", "jax"}
        The backend of the rule; "auto" means JAX where it is installed and the rule has it.
    gradient : {"auto", "available", "unavailable"}
        Whether the rule can be differentiated; "auto" means if JAX computes it.
    include_choice : bool
        Whether simulated data have a column ``choice``, the action.
    context_fields : list of str, optional
        Observed columns from which the rule learns; by default the fields of the task,
        then the further fields that the rule needs.
    computed_param_mapping : dict, optional
        Name in the decision model of each computed parameter that is called something else there.
    ssm_kwargs : dict
        Further arguments of `ssms.Simulator.simulate`.

    Attributes
    ----------
    resolved_learning_backend : str
        "python" or "jax".
    resolved_gradient : str
        "available" or "unavailable".

    Raises
    ------
    UnknownNameError
        If there is no such decision model.
    ParameterError, ParameterTypeError, ConfigError
        If the parts do not fit each other.  Parameters, bounds and columns are checked by
        `validate`, which `Simulator` and `assemble` call.

    Examples
    --------
    >>> from ssms.rl import ModelConfig, env, learning
    >>> model = ModelConfig(
    ...     model_name="two-armed bandit",
    ...     description="Delta rule and DDM",
    ...     decision_process="ddm",
    ...     learning_process=learning.RescorlaWagnerDrift(),
    ...     task_environment=env.Bandit.bernoulli([0.8, 0.2], response_labels=[-1, 1]),
    ... )
    >>> model.list_params
    ['rl_alpha', 'scaler', 'a', 'z', 't']
    """

    model_name: str
    description: str
    decision_process: str
    learning_process: LearningProcess
    task_environment: TaskEnvironment | TaskConfig
    list_params: list[str] | None = None
    bounds: dict[str, tuple[float, float]] | None = None
    params_default: list[float] | None = None
    choices: tuple[int, ...] | None = None
    response: list[str] = field(default_factory=lambda: ["rt", RESPONSE])
    response_to_choice: Literal["auto"] | dict[int, int] = "auto"
    learning_backend: Literal["auto", "python", "jax"] = "auto"
    gradient: Literal["auto", "available", "unavailable"] = "auto"
    include_choice: bool = False
    context_fields: list[str] | None = None
    computed_param_mapping: dict[str, str] | None = None
    ssm_kwargs: dict[str, Any] = field(default_factory=lambda: {"delta_t": 0.001, "max_t": None})

    def __post_init__(self) -> None:
        if isinstance(self.task_environment, TaskConfig):
            self.task_environment = self.task_environment.build_environment()
        _check_members("task_environment", self.task_environment, DiscreteChoiceEnvironment)
        if not isinstance(self.decision_process, str):
            raise bad_type("decision_process", self.decision_process, "the name of a model")
        _check_rule(self.learning_process)
        ssm = ModelConfigBuilder.from_model(self.decision_process)
        self._ssm_params: list[str] = list(ssm["params"])
        self._ssm_choices = tuple(ssm["choices"])
        self._derive_choices()
        self._derive_params(ssm)
        self._derive_mapping_of_responses()
        self._derive_context_fields()
        self.resolved_learning_backend = resolve_backend(
            self.learning_process, self.learning_backend, "learning_backend"
        )
        self.resolved_gradient = resolve_gradient(
            self.learning_process, self.resolved_learning_backend, self.gradient
        )

    @property
    def _environment(self) -> DiscreteChoiceEnvironment:
        """The task."""
        return self.task_environment  # type: ignore[return-value]

    @property
    def required_params(self) -> list[str]:
        """Parameters that theta must hold: all of the rule, and all that are not computed."""
        return [*self.learning_process.free_params, *self._fixed_ssm_params]

    @property
    def resolved_response_to_choice(self) -> dict[int, int]:
        """Action of each response label."""
        return dict(self.response_to_choice)  # type: ignore[arg-type]

    def _derive_choices(self) -> None:
        labels = tuple(int(label) for label in self._environment.response_labels)
        if self.choices is None:
            self.choices = labels
        self.choices = tuple(self.choices)
        if self.choices != labels:
            raise ConfigError(
                "choices must be the response_labels of task_environment, in their order: "
                f"{labels}, got {self.choices}"
            )
        if self.choices != self._ssm_choices:
            raise ConfigError(
                "The response_labels of task_environment must be the choices of the decision model "
                f"{self.decision_process!r}, in their order: {self._ssm_choices}, "
                f"got {self.choices}"
            )

    def _derive_params(self, ssm: Mapping[str, Any]) -> None:
        rule, names = self.learning_process, dict(self.computed_param_mapping or {})
        computed = [names.get(name, name) for name in rule.computed_params]
        if len(set(computed)) < len(computed):
            raise ConfigError(
                "computed_param_mapping must give every computed parameter a name of its own in "
                f"the decision model, got {computed}"
            )
        self._computed_ssm_params = computed
        self._fixed_ssm_params = [name for name in self._ssm_params if name not in computed]
        if self.list_params is None:
            self.list_params = self.required_params
        if self.bounds is None:
            both = {**_bounds_of(ssm), **rule.param_bounds}
            self.bounds = {name: tuple(both[name]) for name in self.list_params if name in both}
        if self.params_default is None:
            values = dict(zip(ssm["params"], ssm.get("default_params") or (), strict=False))
            values.update(rule.default_params)
            lacking = [name for name in self.list_params if name not in values]
            lacking += [name for name in rule.free_params if name not in rule.default_params]
            if lacking:
                raise ConfigError(
                    f"No default value of parameters {list(dict.fromkeys(lacking))}; "
                    "params_default may give one"
                )
            self.params_default = [float(values[name]) for name in self.list_params]

    def _derive_mapping_of_responses(self) -> None:
        labels, given = self.choices or (), self.response_to_choice
        if isinstance(given, str) and given == "auto":
            self.response_to_choice = {label: action for action, label in enumerate(labels)}
            return
        if not isinstance(given, Mapping):
            raise bad_type("response_to_choice", given, "'auto' or a dict from label to action")
        actions = sorted(given.values())
        if set(given) != set(labels) or actions != list(range(len(labels))):
            raise bad_value(
                "response_to_choice",
                given,
                f"a dict that gives each of the labels {list(labels)} an action of its own, "
                f"from 0 to {len(labels) - 1}",
            )
        self.response_to_choice = {int(label): int(action) for label, action in given.items()}

    def _needed_context_fields(self) -> list[str]:
        """Return the observed columns that the task gives or the learning rule needs."""
        fields = [
            *self._environment.context_fields,
            *getattr(self.learning_process, "required_context_fields", ()),
        ]
        return [name for name in dict.fromkeys(fields) if name not in GIVEN]

    def _derive_context_fields(self) -> None:
        needed = self._needed_context_fields()
        if self.context_fields is None:
            self.context_fields = needed
        self.context_fields = list(self.context_fields)
        missing = [name for name in needed if name not in self.context_fields]
        if missing:
            raise ConfigError(
                f"context_fields must hold the fields of the task and of the rule; missing: "
                f"{missing}, got {self.context_fields}"
            )
        if len(set(self.context_fields)) < len(self.context_fields):
            raise bad_value("context_fields", self.context_fields, "different from each other")

    def validate(self) -> None:
        """Check that the parts fit each other.

        Raises
        ------
        ConfigError, ParameterError, ParameterTypeError, UnknownNameError
            If they do not.

        Examples
        --------
        >>> import ssms
        >>> ssms.rl.preset.get("2AB_RW_DDM").validate()
        """
        from ssms.rl._consistency import check

        check(self)

    def validate_data(self, data: pd.DataFrame) -> DataValidationReport:
        """Return all mistakes in observed data.

        Parameters
        ----------
        data : DataFrame
            A row for each trial, in the order of trials, the rows of a participant together.

        Returns
        -------
        DataValidationReport
            Its ``ok`` says whether there are no errors, its ``print()`` shows all.

        Examples
        --------
        >>> import ssms
        >>> model = ssms.rl.preset.get("2AB_RW_DDM")
        >>> theta = dict(zip(model.list_params, model.params_default))
        >>> data = ssms.rl.Simulator(model).simulate(theta, n_trials=3, random_state=1)
        >>> model.validate_data(data).ok
        True
        """
        return validate_rlssm_data(self, data)

    def participant_contract(self, *, response_field: str = RESPONSE) -> ParticipantContract:
        """Return the columns that the likelihood of one participant takes and gives.

        Parameters
        ----------
        response_field : str
            Column of the response labels, one of `response`.

        Raises
        ------
        UnknownNameError
            If `response` does not hold it.

        Examples
        --------
        >>> import ssms
        >>> ssms.rl.preset.get("2AB_RW_DDM").participant_contract().input_fields
        ('rl_alpha', 'scaler', 'response', 'feedback')
        """
        if response_field not in self.response:
            raise unknown_name("response_field", response_field, self.response)
        free = tuple(self.learning_process.free_params)
        context = tuple(self.context_fields or ())
        return ParticipantContract(
            trial_params=free,
            computed_outputs=tuple(self._computed_ssm_params),
            response_field=response_field,
            context_fields=context,
            input_fields=(*free, response_field, *context),
        )

    def to_hssm_config_dict(self) -> dict[str, Any]:
        """Return the model as a dictionary, for configurations of HSSM.

        Returns
        -------
        dict
            Names, parameters, responses, backend, gradient and the participant's contract, and
            entries that HSSM fills in: ``ssm_logp_func``, ``learning_process``,
            ``decision_process_loglik_kind`` and ``learning_process_kind``.

        Examples
        --------
        >>> import ssms
        >>> ssms.rl.preset.get("2AB_RW_DDM").to_hssm_config_dict()["decision_process"]
        'ddm'
        """
        contract = self.participant_contract()
        return {
            "model_name": self.model_name,
            "description": self.description,
            "decision_process": self.decision_process,
            "list_params": list(self.list_params or ()),
            "bounds": dict(self.bounds or {}),
            "params_default": list(self.params_default or ()),
            "choices": self.choices,
            "response": list(self.response),
            "response_to_choice": self.resolved_response_to_choice,
            "learning_backend": self.resolved_learning_backend,
            "gradient": self.resolved_gradient,
            "context_fields": list(self.context_fields or ()),
            "participant_contract": {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in vars(contract).items()
            },
            "ssm_logp_func": None,
            "learning_process": {},
            "decision_process_loglik_kind": "approx_differentiable",
            "learning_process_kind": "approx_differentiable"
            if self.resolved_gradient == "available"
            else "blackbox",
        }

    def assemble(self, backend: Literal["auto", "python", "jax"] = "auto") -> AssembledModel:
        """Return a model that computes the parameters of trials from observed trials.

        Parameters
        ----------
        backend : {"auto", "python", "jax"}
            The backend; "auto" means the one of the configuration.

        Returns
        -------
        AssembledModel

        Raises
        ------
        ConfigError, ParameterError
            If the model is not valid, or the rule does not have the backend.

        Examples
        --------
        >>> import numpy as np, ssms
        >>> model = ssms.rl.preset.get("2AB_RW_DDM").assemble("python")
        >>> model.assemble_participant_fn()(np.array([[0.2, 2.0, 1, 1.0], [0.2, 2.0, 1, 1.0]]))
        array([0. , 0.2])
        """
        from ssms.rl._assembly import AssembledModel

        return AssembledModel.from_config(self, backend)


def _bounds_of(ssm: Mapping[str, Any]) -> dict[str, Any]:
    """Return the bounds of a decision model's parameters, as far as it has some."""
    bounds = ssm.get("param_bounds_dict") or ssm.get("param_bounds") or {}
    if isinstance(bounds, Mapping):
        return dict(bounds)
    return dict(zip(ssm["params"], zip(*bounds, strict=True), strict=True))


def _check_members(name: str, value: Any, protocol: Any) -> None:
    """Raise unless an object has the members of a protocol."""
    if isinstance(value, protocol):
        return
    members = [m for cls in protocol.__mro__ for m in vars(cls) if not m.startswith("_")]
    missing = sorted({member for member in members if not hasattr(value, member)})
    raise ConfigError(
        f"{name} must be a {protocol.__name__}; {type(value).__name__} has no {', '.join(missing)}"
    )


def _check_rule(rule: Any) -> None:
    """Raise unless a learning rule has the members that every rule needs."""
    needed = ["computed_params", "free_params", "param_bounds", "default_params"]
    missing = [name for name in needed if not hasattr(rule, name)]
    if missing:
        raise ConfigError(
            f"learning_process must be a LearningProcess; {type(rule).__name__} has no "
            + ", ".join(missing)
        )


def derive_participant_contract(
    config: ModelConfig, *, response_field: str = DEFAULT_RESPONSE_FIELD
) -> ParticipantContract:
    """Return `ModelConfig.participant_contract`, by the name of a function in release 0.15.

    Examples
    --------
    >>> import ssms
    >>> derive_participant_contract(ssms.rl.preset.get("2AB_RW_DDM")).response_field
    'response'
    """
    return config.participant_contract(response_field=response_field)
