"""Models with a name: the usual learning rules, bandits and decision models, and your own."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from ssms.errors import bad_type, unknown_name
from ssms.rl import learning
from ssms.rl.config import ModelConfig
from ssms.rl.env import Bandit

__all__ = ["PresetInfo", "get", "info", "list", "register"]

Factory = Callable[[], ModelConfig]

_ARMS = {
    2: ("two", (0.7, 0.3)),
    3: ("three", (0.7, 0.2, 0.1)),
    4: ("four", (0.4, 0.3, 0.2, 0.1)),
}
_DELTA, _DUAL = "a Rescorla-Wagner delta-rule learner", "a dual-alpha Rescorla-Wagner learner"
_SOFTMAX = "a choice-only inverse-temperature softmax decision process"

# name: number of arms, learning rule, learner in words, decision model, the same in words
_BUILT_IN: dict[str, tuple[int, Any, str, str, str]] = {
    "2AB_RW_DDM": (2, learning.RescorlaWagnerDrift, _DELTA, "ddm", "a DDM decision process"),
    "2AB_RW_Angle": (
        2, learning.RescorlaWagnerDrift, _DELTA, "angle", "an angle decision process",
    ),
    "2AB_RW_Weibull": (
        2, learning.RescorlaWagnerDrift, _DELTA, "weibull", "a Weibull decision process",
    ),
    "2AB_RW_DualAlpha_Angle": (
        2, learning.RescorlaWagnerDualAlphaDrift, _DUAL, "angle", "an angle decision process",
    ),
    "2AB_RW_InvTempSoftmax": (
        2, learning.RescorlaWagnerSoftmax, _DELTA, "inv_temp_softmax_2", _SOFTMAX,
    ),
    "2AB_RW_DualAlpha_InvTempSoftmax": (
        2, learning.RescorlaWagnerDualAlphaSoftmax, _DUAL, "inv_temp_softmax_2", _SOFTMAX,
    ),
    "3AB_RW_InvTempSoftmax": (
        3, learning.RescorlaWagnerSoftmax, _DELTA, "inv_temp_softmax_3", _SOFTMAX,
    ),
    "4AB_RW_InvTempSoftmax": (
        4, learning.RescorlaWagnerSoftmax, _DELTA, "inv_temp_softmax_4", _SOFTMAX,
    ),
    "4AB_RW_RaceNoBiasAngle": (
        4, learning.RescorlaWagnerRaceDrifts, _DELTA, "race_no_bias_angle_4",
        "a race between angled boundaries without bias",
    ),
}  # fmt: skip


def _factory(name: str) -> Factory:
    n_arms, rule, learner, decision_process, decision = _BUILT_IN[name]
    count, probabilities = _ARMS[n_arms]

    def make() -> ModelConfig:
        from ssms.config import ModelConfigBuilder

        labels = ModelConfigBuilder.from_model(decision_process)["choices"]
        choice_only = decision_process.startswith("inv_temp_softmax")
        return ModelConfig(
            model_name=name,
            description=f"{count.capitalize()}-armed bandit with {learner} and {decision}.",
            decision_process=decision_process,
            learning_process=rule(n_actions=n_arms),
            task_environment=Bandit.bernoulli(probabilities, response_labels=labels),
            response=["response"] if choice_only else ["rt", "response"],
        )

    return make


_PRESETS: dict[str, Factory] = {name: _factory(name) for name in _BUILT_IN}
_METADATA: dict[str, dict[str, Any]] = {
    name: {"task": f"{_ARMS[n_arms][0]}-armed Bernoulli bandit"}
    for name, (n_arms, *_) in _BUILT_IN.items()
}


class PresetInfo(dict[str, Any]):
    """The facts of a preset: a dict that prints as text.

    Examples
    --------
    >>> info("2AB_RW_DDM")["decision_process"]
    'ddm'
    """

    def __repr__(self) -> str:
        defaults = ", ".join(f"{k}={v:g}" for k, v in self["default_parameters"].items())
        lines = {
            "Preset": self["name"],
            "Description": self["description"],
            "Task": self["task"],
            "Learning process": self["learning_process"],
            "Decision process": self["decision_process"],
            "Required parameters": ", ".join(self["required_parameters"]),
            "Default parameters": defaults,
            "Response labels": self["response_labels"],
            "Response to choice": self["response_to_choice"],
            "Context fields": self["context_fields"],
            "Learning backend": self["learning_backend"],
            "Gradient support": self["gradient"],
        }
        return "\n".join(f"{title}: {text}" for title, text in lines.items())

    __str__ = __repr__


def register(name: str, factory: Factory, *, metadata: dict[str, Any] | None = None) -> None:
    """Give a model a name, in place of one that has it.

    Parameters
    ----------
    name : str
        The name.
    factory : callable
        Returns a new `ModelConfig`, without arguments.
    metadata : dict, optional
        Entries of `info`, which take precedence over the facts of the model.

    Raises
    ------
    ParameterTypeError
        If the name is not a string, or the factory cannot be called.

    Examples
    --------
    >>> from ssms.rl import preset
    >>> preset.register("my_ddm", lambda: preset.get("2AB_RW_DDM"), metadata={"task": "mine"})
    >>> preset.info("my_ddm")["task"]
    'mine'
    """
    if not isinstance(name, str) or not name:
        raise bad_type("name", name, "a string that is not empty")
    if not callable(factory):
        raise bad_type("factory", factory, "a function without arguments that returns a model")
    if metadata is not None and not isinstance(metadata, dict):
        raise bad_type("metadata", metadata, "a dict or None")
    _PRESETS[name] = factory
    _METADATA[name] = dict(metadata or {})


def list() -> builtins.list[str]:
    """Return the names of presets, sorted.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from ssms.rl import preset
    >>> "2AB_RW_DDM" in preset.list()
    True
    """
    return sorted(_PRESETS)


def get(name: str) -> ModelConfig:
    """Return a preset, a new one each time.

    Parameters
    ----------
    name : str
        One of `list`.

    Returns
    -------
    ModelConfig

    Raises
    ------
    UnknownNameError
        If there is no such preset (also a `KeyError`).
    ParameterTypeError
        If its factory returns something else than a `ModelConfig`.

    Examples
    --------
    >>> from ssms.rl import preset
    >>> preset.get("2AB_RW_Angle").list_params
    ['rl_alpha', 'scaler', 'a', 'z', 't', 'theta']
    """
    if name not in _PRESETS:
        raise unknown_name("RLSSM preset", name, list())
    model = _PRESETS[name]()
    if not isinstance(model, ModelConfig):
        raise bad_type(f"the model of preset {name!r}", model, "a ModelConfig")
    return model


def info(name: str) -> PresetInfo:
    """Return the facts of a preset.

    Parameters
    ----------
    name : str
        One of `list`.

    Returns
    -------
    PresetInfo
        A dict with ``description``, ``task``, ``learning_process``, ``decision_process``,
        parameters, bounds, labels, backend and gradient, which prints as text.

    Raises
    ------
    UnknownNameError
        If there is no such preset (also a `KeyError`).

    Examples
    --------
    >>> from ssms.rl import preset
    >>> preset.info("2AB_RW_DDM")["required_parameters"]
    ['rl_alpha', 'scaler', 'a', 'z', 't']
    """
    model = get(name)
    model.validate()
    exported = model.to_hssm_config_dict()
    names = model.list_params or []
    facts = {
        "name": name,
        "model_name": model.model_name,
        "description": model.description,
        "task": type(model.task_environment).__name__,
        "learning_process": type(model.learning_process).__name__,
        "decision_process": model.decision_process,
        "required_parameters": names,
        "default_parameters": dict(zip(names, model.params_default or [], strict=True)),
        "bounds": model.bounds,
        "response_labels": model.choices,
        "response_to_choice": model.resolved_response_to_choice,
        "context_fields": model.context_fields,
        "computed_parameters": model._computed_ssm_params,
        "fixed_ssm_parameters": model._fixed_ssm_params,
        "hssm_compatibility": {
            "participant_contract": True,
            "participant_input_fields": exported["participant_contract"]["input_fields"],
            "learning_process_kind": exported["learning_process_kind"],
        },
        "learning_backend": model.resolved_learning_backend,
        "gradient": model.resolved_gradient,
    }
    return PresetInfo({**facts, **_METADATA.get(name, {})})
