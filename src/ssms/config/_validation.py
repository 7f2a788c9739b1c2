"""Checks that a model configuration is consistent, and their messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssms.config._bounds import bound_errors, bounds_by_name, is_number
from ssms.errors import ConfigError, UnknownNameError

__all__ = ["REQUIRED", "config_errors", "missing_fields"]

REQUIRED = ("params", "nchoices", "simulator")
RECOMMENDED = ("name", "n_particles", "choices", "param_bounds")


def missing_fields(config: Mapping[str, Any], *, strict: bool = False) -> list[str]:
    """Return a message for each field that a configuration lacks."""
    errors = [f"Missing required field: {key!r}" for key in REQUIRED if key not in config]
    if strict:
        errors += [f"Recommended field missing: {k!r}" for k in RECOMMENDED if k not in config]
    return errors


def config_errors(config: Mapping[str, Any]) -> list[str]:
    """Return a message for each inconsistency among the fields that are there.

    Parameters
    ----------
    config : mapping
        A model configuration, complete or not.

    Returns
    -------
    list of str
        Empty if all that is there fits together.
    """
    errors: list[str] = []
    params = config.get("params")
    if "params" in config:
        errors += _params_errors(params)
        if not errors and params is not None:
            for check in (_count_errors, _bounds_errors, _default_errors, _edge_shift_errors):
                errors += check(config, list(params))
    errors += _choice_errors(config)
    for key in ("simulator", "boundary", "drift_fun"):
        if config.get(key) is not None and not callable(config[key]):
            errors.append(f"{key} must be callable, got {config[key]!r}")
    errors += _transform_errors(config.get("parameter_transforms"))
    return errors


def _params_errors(params: Any) -> list[str]:
    if not isinstance(params, list | tuple) or not all(isinstance(p, str) and p for p in params):
        return [f"params must be a list of parameter names, got {params!r}"]
    twice = sorted({name for name in params if list(params).count(name) > 1})
    return [f"params names {', '.join(map(repr, twice))} twice"] if twice else []


def _count_errors(config: Mapping[str, Any], params: list[str]) -> list[str]:
    n_params = config.get("n_params", len(params))
    if n_params != len(params):
        return [f"Inconsistent n_params: expected {len(params)}, got {n_params}"]
    return []


def _bounds_errors(config: Mapping[str, Any], params: list[str]) -> list[str]:
    errors: list[str] = []
    forms = []
    for key in ("param_bounds", "param_bounds_dict"):
        if config.get(key) is not None:
            try:
                forms.append(bounds_by_name(params, config[key]))
            except (ConfigError, UnknownNameError) as error:
                errors.append(str(error))
    if not errors and forms:
        errors += bound_errors(params, forms[0])
        if len(forms) == 2 and forms[0] != forms[1]:
            differing = [name for name in params if forms[0].get(name) != forms[1].get(name)]
            errors.append(f"param_bounds and param_bounds_dict differ for {differing}")
    return errors


def _default_errors(config: Mapping[str, Any], params: list[str]) -> list[str]:
    defaults = config.get("default_params")
    if defaults is None:
        return []
    if not hasattr(defaults, "__len__") or len(defaults) != len(params):
        return [f"default_params must have one value for each of {params}, got {defaults!r}"]
    return [
        f"The default of {name!r} is not a finite number: {value!r}"
        for name, value in zip(params, defaults, strict=True)
        if not is_number(value)
    ]


def _edge_shift_errors(config: Mapping[str, Any], params: list[str]) -> list[str]:
    shift = config.get("ndt_edge_shift")
    if shift is None:
        return []
    if not isinstance(shift, Mapping) or set(shift) != {"param", "scale"}:
        return [f"ndt_edge_shift must be {{'param': name, 'scale': number}}, got {shift!r}"]
    errors = [
        f"ndt_edge_shift needs the parameter {name!r}, which params {params} lacks"
        for name in (shift["param"], "t")
        if name not in params
    ]
    if not is_number(shift["scale"]) or shift["scale"] < 0:
        errors.append(f"ndt_edge_shift scale must be 0 or more, got {shift['scale']!r}")
    return errors


def _choice_errors(config: Mapping[str, Any]) -> list[str]:
    nchoices = config.get("nchoices")
    if "nchoices" not in config:
        return []
    if isinstance(nchoices, bool) or not isinstance(nchoices, int) or nchoices < 1:
        return [f"nchoices must be a positive integer, got {nchoices!r}"]
    choices = config.get("choices")
    if choices is None:
        return []
    if not hasattr(choices, "__len__") or len(choices) != nchoices:
        return [f"choices must be {nchoices} labels (nchoices), got {choices!r}"]
    if len(set(choices)) != len(choices):
        return [f"choices must be different labels, got {choices!r}"]
    return []


def _transform_errors(transforms: Any) -> list[str]:
    if transforms is None:
        return []
    if not isinstance(transforms, Mapping) or not set(transforms) <= {"sampling", "simulation"}:
        return [
            "parameter_transforms must be {'sampling': [...], 'simulation': [...]}, "
            f"got {transforms!r}"
        ]
    return [
        f"parameter_transforms: {step!r} has no apply(theta, ...) method"
        for steps in transforms.values()
        for step in steps
        if not callable(getattr(step, "apply", None))
    ]
