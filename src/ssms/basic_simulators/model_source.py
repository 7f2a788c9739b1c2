"""Which configuration a `Simulator` is made from, and the checks of its parts."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from ssms.config.boundary_registry import get_boundary_registry
from ssms.config.config_utils import copy_config
from ssms.config.drift_registry import get_drift_registry
from ssms.config.model_registry import get_model_registry
from ssms.errors import ConfigError, bad_type, unknown_name

__all__ = ["resolve_config"]

Config = dict[str, Any]


def resolve_config(
    model: Any,
    boundary: Any,
    drift: Any,
    simulator_function: Any,
    overrides: Mapping[str, Any],
) -> tuple[str, Config]:
    """Return the name and configuration that the arguments of `Simulator` describe.

    Raises
    ------
    UnknownNameError
        If the model, boundary or drift is not known.
    ConfigError
        If something is missing.
    ParameterTypeError
        If an argument has the wrong type.
    """
    if simulator_function is not None and not callable(simulator_function):
        raise bad_type("simulator_function", simulator_function, "callable")
    if model is None:
        name, config = "custom", _config_of_function(simulator_function, overrides)
    elif isinstance(model, str):
        name, config = model, get_model_registry().get(model)
    elif isinstance(model, Mapping):
        name, config = str(model.get("name", "custom")), copy_config(dict(model))
    else:
        raise bad_type("model", model, "a name, a configuration or None")
    config.update(overrides)
    if simulator_function is not None:
        config["simulator"] = simulator_function
    _set_curve(config, "boundary", "boundary", boundary, get_boundary_registry(), overrides)
    _set_curve(config, "drift", "drift_fun", drift, get_drift_registry(), overrides)
    _check(name, config)
    if simulator_function is not None:
        _check_function(simulator_function, config["params"])
    return name, config


def _config_of_function(function: Any, overrides: Mapping[str, Any]) -> Config:
    if function is None:
        raise ConfigError("Must provide either a model name, config dict, or simulator_function")
    for key in ("params", "nchoices"):
        if key not in overrides:
            raise ConfigError(f"A simulator_function without a model needs {key!r}")
    return {"name": "custom"}


def _set_curve(
    config: Config,
    kind: str,
    key: str,
    curve: Any,
    registry: Any,
    overrides: Mapping[str, Any],
) -> None:
    """Put a boundary or drift, given by name or as a function, into the configuration."""
    if curve is None:
        return
    params_key = f"{kind}_params"
    if isinstance(curve, str):
        if not registry.is_registered(curve):
            raise unknown_name(kind, curve, registry.names())
        definition = registry.definition(curve)
        config[f"{kind}_name"] = curve
        config[key] = definition.function
        config.setdefault(params_key, [])
        if params_key not in overrides:
            config[params_key] = definition.params_among(config.get("params", ()))
        return
    if not callable(curve):
        raise bad_type(kind, curve, "a registered name or a function of t")
    parameters = list(inspect.signature(curve).parameters)
    if not parameters or parameters[0] != "t":
        raise ConfigError(f"The first argument of a {kind} function must be named 't'")
    if params_key not in overrides:
        warnings.warn(
            f"{params_key} not given: the {kind} function gets no parameters but t",
            UserWarning,
            stacklevel=4,
        )
        config[params_key] = []
    config[f"{kind}_name"] = getattr(curve, "__name__", "custom")
    config[key] = curve


def _check(name: str, config: Config) -> None:
    for key in ("params", "nchoices", "simulator"):
        if key not in config:
            raise ConfigError(f"The configuration of model {name!r} lacks {key!r}")
    if not callable(config["simulator"]):
        raise bad_type(f"simulator of model {name!r}", config["simulator"], "callable")
    config.setdefault("choices", list(range(config["nchoices"])))
    config.setdefault("n_particles", 1)
    config.setdefault("boundary_name", "constant")


def _check_function(function: Callable[..., Any], params: list[str]) -> None:
    """Raise if a user's function lacks a parameter; warn if it cannot be told what to do."""
    parameters = inspect.signature(function).parameters
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values()):
        return
    missing = [name for name in params if name not in parameters]
    if missing:
        raise ConfigError(
            f"The simulator_function does not take the model's parameters {', '.join(missing)}"
        )
    unheard = [n for n in ("max_t", "n_samples", "delta_t", "random_state") if n not in parameters]
    if unheard:
        warnings.warn(
            f"The simulator_function does not take {', '.join(unheard)}: these arguments of "
            "simulate() have no effect on it",
            UserWarning,
            stacklevel=4,
        )
