"""Which configuration a `Simulator` is made from, and the checks of its parts."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from ssms.config._validation import REQUIRED
from ssms.config.model_config_builder import ModelConfigBuilder
from ssms.config.model_registry import get_model_registry
from ssms.config.spec import ModelSpec, curve_of
from ssms.errors import ConfigError, bad_type

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
        If the model, boundary, drift or a field of the configuration is not known.
    ConfigError
        If something is missing, or fields contradict one another.
    ParameterTypeError
        If an argument has the wrong type.
    """
    if simulator_function is not None and not callable(simulator_function):
        raise bad_type("simulator_function", simulator_function, "callable")
    fields = dict(overrides)
    _add_curve(fields, "boundary", boundary)
    _add_curve(fields, "drift", drift)
    if simulator_function is not None and model is not None:
        fields["simulator"] = simulator_function
    name, config = _build(model, simulator_function, fields)
    for kind in ("boundary", "drift"):
        _check_curve(config, kind)
    if (boundary is not None or drift is not None) and "params" not in overrides:
        _warn_of_shared_parameters(config)
    config.setdefault("choices", list(range(config["nchoices"])))
    config.setdefault("n_particles", 1)
    if simulator_function is not None:
        _check_function(simulator_function, config["params"])
    return name, config


def _build(model: Any, function: Any, fields: dict[str, Any]) -> tuple[str, Config]:
    if isinstance(model, ModelSpec):
        return model.name, ModelConfigBuilder.with_overrides(model.config(), **fields)
    if isinstance(model, str):
        _check_fields(get_model_registry().shared(model), fields)
        return model, ModelConfigBuilder.from_model(model, **fields)
    if isinstance(model, Mapping):
        _check_fields(model, fields)
        name = str(model.get("name", "custom"))
        return name, ModelConfigBuilder.with_overrides(model, **fields)
    if model is not None:
        raise bad_type("model", model, "a name, a ModelSpec, a configuration or None")
    if function is None:
        raise ConfigError("Must provide either a model name, config dict, or simulator_function")
    for key in ("params", "nchoices"):
        if key not in fields:
            raise ConfigError(f"A simulator_function without a model needs {key!r}")
    params, nchoices = fields.pop("params"), fields.pop("nchoices")
    return "custom", ModelConfigBuilder.from_scratch("custom", params, function, nchoices, **fields)


def _check_fields(config: Mapping[str, Any], fields: Config) -> None:
    """Raise if a configuration lacks a field; theta in the place of a model lacks all of them."""
    for key in REQUIRED:
        if key not in config and key not in fields:
            held = ", ".join(map(str, config))
            raise ConfigError(f"The model configuration lacks {key!r}; it holds {held}")


def _add_curve(fields: dict[str, Any], kind: str, curve: Any) -> None:
    """Put a boundary or drift, given by name or as a function, among the overrides."""
    if curve is None:
        return
    if not (isinstance(curve, str) or callable(curve)):
        raise bad_type(kind, curve, "a registered name or a function of t")
    fields[kind] = curve


def _check_curve(config: Config, kind: str) -> None:
    """Raise if a boundary or drift needs a parameter that nothing supplies."""
    supplied_by_transforms = (config.get("parameter_transforms") or {}).get("simulation")
    curve = curve_of(config, kind, config["simulator"])
    lacking = [p for p in curve.params if p not in config["params"]] if curve else []
    if curve and lacking and not supplied_by_transforms:
        raise ConfigError(
            f"The {kind} {curve.name!r} takes the parameter "
            f"{', '.join(map(repr, lacking))}, which the model does not have; its parameters are "
            f"{', '.join(config['params'])}"
        )


def _warn_of_shared_parameters(config: Config) -> None:
    """Warn where one name means different things to boundary, drift and process."""
    boundary = set(config.get("boundary_params") or ())
    drift = set(config.get("drift_params") or ())
    process = config["simulator"]
    if config.get("drift_fun") is None:
        drift.add(getattr(process, "base_drift", "") or "")
    others = set(getattr(process, "fixed_parameters", None) or ())
    for name in config["params"]:
        readers = [("boundary", boundary), ("drift", drift), ("process", others)]
        found = [reader for reader, names in readers if name in names]
        if len(found) > 1:
            warnings.warn(
                f"{' and '.join(found)} read the same parameter {name!r}: functions of your own "
                "may give theirs another name",
                UserWarning,
                stacklevel=4,
            )


def _check_function(function: Callable[..., Any], params: list[str]) -> None:
    """Raise if a user's function lacks a parameter; warn if it does not take an argument."""
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
