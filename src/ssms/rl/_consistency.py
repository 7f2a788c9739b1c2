"""Whether the parts of a reinforcement-learning model fit each other."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ssms.errors import ConfigError, bad_type, bad_value, unknown_name
from ssms.rl._participants import methods_of
from ssms.rl.validation import PARTICIPANT_COL, TRIAL_COL
from ssms.rl.validation import RESPONSE_COL as RESPONSE

if TYPE_CHECKING:
    from ssms.rl.config import ModelConfig

__all__ = ["check"]

RESERVED = (PARTICIPANT_COL, TRIAL_COL, "choice", RESPONSE)


def check(config: ModelConfig) -> None:
    """Raise unless a model can be simulated and assembled (see `ModelConfig.validate`)."""
    for name in ("model_name", "description"):
        if not isinstance(getattr(config, name), str):
            raise bad_type(name, getattr(config, name), "a string")
    if not isinstance(config.include_choice, bool):
        raise bad_type("include_choice", config.include_choice, "True or False")
    methods_of(config.learning_process)
    _check_computed(config)
    _check_params(config)
    _check_bounds(config)
    _check_columns(config)
    _check_ssm_kwargs(config)


def _check_computed(config: ModelConfig) -> None:
    rule, model = config.learning_process, config.decision_process
    for name in config.computed_param_mapping or {}:
        if name not in rule.computed_params:
            raise unknown_name(
                "computed parameter in computed_param_mapping", name, rule.computed_params
            )
    foreign = [name for name in config._computed_ssm_params if name not in config._ssm_params]
    if foreign:
        raise ConfigError(
            f"{type(rule).__name__} computes {foreign}, which are not parameters of the "
            f"decision model {model!r} ({', '.join(config._ssm_params)}); "
            "computed_param_mapping may name them"
        )
    twice = [name for name in config._fixed_ssm_params if name in rule.free_params]
    if twice:
        raise ConfigError(
            f"{type(rule).__name__} has free parameters {twice}, which are also parameters of "
            f"the decision model {model!r}"
        )
    actions, choices = getattr(rule, "n_actions", None), config._environment.n_choices
    if actions is not None and actions != choices:
        raise ConfigError(
            "n_actions of the learning process must be n_choices of the task: "
            f"got {actions} and {choices}"
        )


def _check_params(config: ModelConfig) -> None:
    names, values = config.list_params or [], config.params_default or []
    if len(names) != len(values):
        raise ConfigError(
            f"params_default must have one entry for each of list_params ({len(names)}), "
            f"got {len(values)}"
        )
    if sorted(names) != sorted(config.required_params):
        missing = [name for name in config.required_params if name not in names]
        extra = [name for name in names if name not in config.required_params]
        raise ConfigError(
            "list_params must hold every parameter of the rule, and every one of the decision "
            f"model that is not computed, once: {config.required_params}, got {names} "
            f"(missing: {missing}; extra: {extra})"
        )
    for name, value in zip(names, values, strict=True):
        if not _is_finite(value):
            raise bad_value(f"params_default of {name}", value, "a finite number")


def _check_bounds(config: ModelConfig) -> None:
    bounds = config.bounds or {}
    missing = [name for name in config.list_params or [] if name not in bounds]
    missing += [name for name in config.learning_process.free_params if name not in bounds]
    if missing:
        raise ConfigError(f"Missing bounds of parameters {list(dict.fromkeys(missing))}")
    known = {*(config.list_params or ()), *config._ssm_params}
    for name, pair in bounds.items():
        if name not in known:
            raise unknown_name("parameter in bounds", name, config.list_params or [])
        allowed = "two finite numbers, the lower one first, or names of parameters instead"
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise bad_type(f"bounds of {name}", pair, allowed)
        numbers = [bound for bound in pair if bound not in known]
        if not all(map(_is_finite, numbers)) or numbers != sorted(set(numbers)):
            raise bad_value(f"bounds of {name}", pair, allowed)


def _check_columns(config: ModelConfig) -> None:
    response: Any = config.response  # a user's: its type is not certain
    if isinstance(response, str):
        raise bad_type("response", response, "a list of names")
    if RESPONSE not in config.response or len(set(config.response)) < len(config.response):
        raise bad_value(
            "response", config.response, "a list of names that holds 'response', each once"
        )
    for name in config.context_fields or []:
        if name in RESERVED:
            raise bad_value(
                "context_fields", config.context_fields, f"free of {', '.join(RESERVED)}"
            )


def _check_ssm_kwargs(config: ModelConfig) -> None:
    if not isinstance(config.ssm_kwargs, Mapping):
        raise bad_type("ssm_kwargs", config.ssm_kwargs, "a dict")
    for name in config.ssm_kwargs:
        if name not in decision_arguments():
            raise unknown_name("argument in ssm_kwargs", name, decision_arguments())


def decision_arguments() -> list[str]:
    """Return the arguments of `ssms.Simulator.simulate` that a configuration may give."""
    from ssms import Simulator

    own = ("self", "theta", "n_samples", "random_state", "return_option")
    return [name for name in inspect.signature(Simulator.simulate).parameters if name not in own]


def _is_finite(value: Any) -> bool:
    try:
        return math.isfinite(value)
    except TypeError:
        return False
