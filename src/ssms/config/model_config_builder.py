"""Making model configurations: from a known model, or from nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ssms.config._bounds import bounds_by_name, bounds_in_file_form
from ssms.config._curve_parameters import (
    parameters_with_curves,
    usual_bounds,
    usual_defaults,
)
from ssms.config._deadline import DEADLINE_SUFFIX, with_deadline
from ssms.config._validation import config_errors, missing_fields
from ssms.config.config_utils import copy_config
from ssms.config.model_registry import get_model_registry
from ssms.curves.curve import Curve, own_curve
from ssms.curves.registry import registry_of
from ssms.errors import ConfigError, bad_type, bad_value, unknown_name
from ssms.processes.calling import as_read_by, has_no_boundary

__all__ = ["ModelConfigBuilder"]

Config = dict[str, Any]

#: Every field that a model configuration may have.
FIELDS = (
    "name",
    "params",
    "param_bounds",
    "param_bounds_dict",
    "default_params",
    "n_params",
    "nchoices",
    "choices",
    "n_particles",
    "boundary",
    "boundary_name",
    "boundary_params",
    "drift",
    "drift_name",
    "drift_fun",
    "drift_params",
    "simulator",
    "parameter_transforms",
    "simulator_param_mappings",
    "ndt_edge_shift",
    "deadline",
    "tags",
)
_KINDS = ("boundary", "drift")
_PARAMETER_FIELDS = ("params", "param_bounds", "param_bounds_dict", "default_params", "n_params")
_FUNCTION_FIELDS = (
    "boundary",
    "boundary_name",
    "boundary_params",
    "drift",
    "drift_name",
    "drift_fun",
    "drift_params",
)


class ModelConfigBuilder:
    """Makes and checks model configurations; all its methods are static.

    Examples
    --------
    >>> config = ModelConfigBuilder.from_model("ddm", param_bounds={"v": (-1.0, 1.0)})
    >>> config["param_bounds_dict"]["v"]
    (-1.0, 1.0)
    """

    @staticmethod
    def from_model(model_name: str, **overrides: Any) -> Config:
        """Return the configuration of a known model, some fields replaced.

        Parameters
        ----------
        model_name : str
            A model of the catalogue or a registered one, with or without ``_deadline``.
        **overrides
            Fields to replace.  `params` may drop, reorder or add parameters; those it adds need
            bounds and defaults.  `param_bounds` and `param_bounds_dict` may name only the
            parameters to change, as may a mapping as `default_params`.  `boundary` and `drift`
            may be registered names, or functions, whose arguments after ``t`` are parameters
            unless `boundary_params` or `drift_params` name them; without `params`, the model then
            has the parameters that are read: it loses the parameters that only the old function
            took, and gains the new one's.  Their bounds and defaults come from the overrides or the
            built-in models; without either, the configuration has none.

        Returns
        -------
        dict
            A new configuration whose fields agree with one another.

        Raises
        ------
        UnknownNameError
            If there is no such model, field, parameter, boundary or drift.
        ConfigError
            If the fields contradict one another.
        """
        registry = get_model_registry()
        if not isinstance(model_name, str):
            raise bad_type("model_name", model_name, "a string")
        if not registry.has_model(model_name) and DEADLINE_SUFFIX in model_name:
            model_name = model_name.replace(DEADLINE_SUFFIX, "") + DEADLINE_SUFFIX
        config = registry.get(model_name)
        overrides = _follow_curves(config, overrides)
        return _apply(config, overrides, label=f"from_model({model_name!r})")

    @staticmethod
    def with_overrides(config: Mapping[str, Any], **overrides: Any) -> Config:
        """Return a copy of a configuration, some fields replaced as `from_model` does.

        Raises
        ------
        UnknownNameError, ConfigError
            As `from_model` does.

        Examples
        --------
        >>> angle = ModelConfigBuilder.from_model("angle")
        >>> ModelConfigBuilder.with_overrides(angle, boundary="weibull_cdf")["params"]
        ['v', 'a', 'z', 't', 'alpha', 'beta']
        """
        copy = copy_config(dict(config))
        overrides = _follow_curves(copy, overrides)
        return _apply(copy, overrides, label=f"model {config.get('name')!r}")

    @staticmethod
    def from_scratch(
        name: str,
        params: Sequence[str],
        simulator_function: Callable[..., Config],
        nchoices: int,
        **config: Any,
    ) -> Config:
        """Return the configuration of a new model.

        Parameters
        ----------
        name : str
            The model's name.
        params : sequence of str
            Names of its parameters, in the order of the columns of theta.
        simulator_function : callable
            The simulator: a process, or a function that follows the calling protocol of
            `ssms.Simulator`.
        nchoices : int
            Number of possible choices.
        **config
            Further fields: `param_bounds` ([[low, ...], [high, ...]] or
            {name: (low, high)}), `default_params`, `choices` (default 0, 1, ...),
            `n_particles` (default 1), `boundary`, `drift`, ...

        Returns
        -------
        dict

        Raises
        ------
        UnknownNameError
            If a field, boundary or drift is not known.
        ConfigError
            If the fields contradict one another.
        """
        base = ModelConfigBuilder.minimal_config(params, simulator_function, nchoices, name)
        return _apply(base, config, label=f"from_scratch({name!r})")

    @staticmethod
    def minimal_config(
        params: Sequence[str],
        simulator_function: Callable[..., Config],
        nchoices: int = 2,
        name: str = "custom",
    ) -> Config:
        """Return the smallest configuration that can be simulated (see `from_scratch`).

        Examples
        --------
        >>> ModelConfigBuilder.minimal_config(["v"], simulator_function=print)["choices"]
        [0, 1]
        """
        config = {
            "name": name,
            "params": list(params) if isinstance(params, Sequence) else params,
            "nchoices": nchoices,
            "n_particles": 1,
            "simulator": simulator_function,
        }
        _raise_if(config_errors(config), f"model {name!r}")
        config["n_params"] = len(params)
        config["choices"] = list(range(nchoices))
        return config

    @staticmethod
    def validate_config(config: Mapping[str, Any], strict: bool = False) -> tuple[bool, list[str]]:
        """Return whether a configuration can be used, and its faults if not.

        Parameters
        ----------
        config : mapping
            A model configuration.
        strict : bool
            Also ask for the fields that generating training data needs.

        Returns
        -------
        valid : bool
        messages : list of str

        Examples
        --------
        >>> ModelConfigBuilder.validate_config({"params": ["v"], "nchoices": 2})
        (False, ["Missing required field: 'simulator'"])
        """
        messages = missing_fields(config, strict=strict) + config_errors(config)
        return not messages, messages

    @staticmethod
    def add_boundary(
        config: Config,
        boundary: str | Callable[..., Any],
        boundary_params: Sequence[str] | None = None,
    ) -> Config:
        """Give a configuration a boundary, in place.

        The parameters of the model follow: it loses parameters that only the old boundary took,
        and gains the new one's parameters, as with `from_model`.

        Parameters
        ----------
        config : dict
            A model configuration; it is changed.
        boundary : str or callable
            A registered name, or a function b(t, **parameters).
        boundary_params : sequence of str
            Names of the parameters that the function takes; by default those of its arguments
            after ``t``.  With a registered name, the boundary's height at time 0 may be omitted.

        Returns
        -------
        dict
            `config`.

        Raises
        ------
        UnknownNameError
            If no boundary of that name is registered.
        ParameterError, ParameterTypeError, ConfigError
            If the function or its parameters cannot be used.

        Examples
        --------
        >>> config = ModelConfigBuilder.from_model("ddm")
        >>> ModelConfigBuilder.add_boundary(config, "angle")["params"]
        ['v', 'a', 'z', 't', 'theta']
        """
        return _add_curve(config, "boundary", boundary, boundary_params)

    @staticmethod
    def add_drift(
        config: Config,
        drift: str | Callable[..., Any],
        drift_params: Sequence[str] | None = None,
    ) -> Config:
        """Give a configuration a drift that changes in time, in place (see `add_boundary`)."""
        return _add_curve(config, "drift", drift, drift_params)

    @staticmethod
    def with_deadline(config: Mapping[str, Any]) -> Config:
        """Return a copy of `config`, a model configuration, with a last parameter ``deadline`` (s).

        Examples
        --------
        >>> config = ModelConfigBuilder.from_model("ddm")
        >>> ModelConfigBuilder.with_deadline(config)["name"]
        'ddm_deadline'
        """
        return with_deadline(config)

    @staticmethod
    def get_transforms(config: Mapping[str, Any], phase: str) -> list[Any]:
        """Return the transforms in `config` of a `phase`: "sampling", "simulation", or raise."""
        if phase not in ("sampling", "simulation"):
            raise bad_value("phase", phase, "'sampling' or 'simulation'")
        return list((config.get("parameter_transforms") or {}).get(phase, []))

    @staticmethod
    def get_sampling_transforms(config: Mapping[str, Any]) -> list[Any]:
        """Return the constraints in `config` on parameters drawn for training data."""
        return ModelConfigBuilder.get_transforms(config, "sampling")

    @staticmethod
    def get_simulation_transforms(config: Mapping[str, Any]) -> list[Any]:
        """Return the changes in `config` made to theta before the simulator is called."""
        return ModelConfigBuilder.get_transforms(config, "simulation")


def _add_curve(config: Config, kind: str, curve: Any, params: Sequence[str] | None) -> Config:
    """Give a configuration a boundary or drift, in place, and the parameters that follow."""
    entry = _resolve(kind, curve, params)
    if "params" in config and callable(config.get("simulator")):
        fields = _follow_curves(config, {kind: curve, f"{kind}_params": params})
        fields = {key: value for key, value in fields.items() if key in _PARAMETER_FIELDS}
        _apply_parameters(config, fields, f"model {config.get('name')!r}")
    _set_curve(config, entry)
    return config


def _set_curve(config: Config, curve: Curve) -> None:
    """Write the entries of a boundary or drift."""
    kind = curve.kind
    config[f"{kind}_name"] = curve.name
    config["boundary" if kind == "boundary" else "drift_fun"] = curve.function
    if kind == "drift":
        config["drift"] = curve.function
    config[f"{kind}_params"] = _passed_on(curve, config)


def _follow_curves(config: Config, overrides: Mapping[str, Any]) -> Config:
    """Return overrides with the parameters that follow from another boundary or drift."""
    fields: Config = dict(overrides)
    process = fields.get("simulator", config.get("simulator"))
    curves = {
        kind: as_read_by(_resolve(kind, given, fields.get(f"{kind}_params")), process)
        for kind in _KINDS
        if (given := _given(fields, kind)) is not None
    }
    if process is not None and "boundary" in curves and has_no_boundary(process):
        raise ConfigError(
            f"A {process.label} process has no boundary function, got {curves['boundary'].name!r}"
        )
    if "params" in fields or not curves:
        return fields
    params = parameters_with_curves({**config, "simulator": process}, curves)
    if params is None:
        return fields
    fields["params"] = params
    new = [name for name in params if name not in config["params"]]
    for known, keys in (
        (usual_bounds(new, curves), ("param_bounds_dict", "param_bounds")),
        (usual_defaults(new, curves), ("default_params",)),
    ):
        given = [key for key in keys if fields.get(key) is not None]
        if isinstance(fields.get(keys[0]), Mapping):
            fields[keys[0]] = known | fields[keys[0]]
        elif not given and len(known) == len(new) and config.get(keys[0]) is not None:
            fields[keys[0]] = known
        elif not given:  # no values for any parameter
            for key in keys:
                config.pop(key, None)
    return fields


def _given(overrides: Mapping[str, Any], kind: str) -> Any:
    """Return the boundary or drift that overrides hold, as a function or by name, or None."""
    for key in (kind, f"{kind}_fun", f"{kind}_name"):
        if overrides.get(key) is not None:
            return overrides[key]
    return None


def _apply(config: Config, overrides: Mapping[str, Any], label: str) -> Config:
    """Return `config` with fields replaced and everything that follows from them."""
    for key in overrides:
        if key not in FIELDS:
            raise unknown_name(f"field in {label}", key, FIELDS)
    overrides = copy_config(dict(overrides))
    for key, value in overrides.items():
        if key not in _PARAMETER_FIELDS and key not in _FUNCTION_FIELDS:
            config[key] = value
    if "nchoices" in overrides and "choices" not in overrides:
        config["choices"] = list(range(config["nchoices"]))
    _apply_parameters(config, overrides, label)
    for kind in _KINDS:
        _apply_function(config, overrides, kind)
    _raise_if(config_errors(config), label)
    return config


def _apply_parameters(config: Config, overrides: Mapping[str, Any], label: str) -> None:
    """Replace parameters, bounds and defaults so that they stay of one length and order."""
    old = config["params"]
    params = overrides.get("params", old)
    if isinstance(params, str) or not isinstance(params, Sequence):
        raise bad_type("params", params, "a list of parameter names")
    params = list(params)
    bounds = dict(config.get("param_bounds_dict") or {})
    if not bounds and config.get("param_bounds") is not None:
        bounds = bounds_by_name(old, config["param_bounds"])
    for key in ("param_bounds", "param_bounds_dict"):
        if overrides.get(key) is not None:
            bounds |= bounds_by_name(params, overrides[key])
    defaults = dict(zip(old, config.get("default_params") or [], strict=False))
    defaults |= _defaults_by_name(params, overrides.get("default_params"))
    for what, known in (("param_bounds", bounds), ("default_params", defaults)):
        lacking = [name for name in params if name not in known]
        if known and lacking:
            if any(overrides.get(key) is not None for key in (what, f"{what}_dict")):
                raise ConfigError(f"{label}: {what} must be given for {', '.join(lacking)}")
            known.clear()  # no values for any parameter; simulation needs none
            for key in (what, f"{what}_dict"):
                config.pop(key, None)
    config["params"] = params
    config["n_params"] = overrides.get("n_params", len(params))
    if bounds:
        bounds = {name: bounds[name] for name in params}
        config["param_bounds"] = bounds_in_file_form(params, bounds)
        config["param_bounds_dict"] = bounds
    if defaults:
        config["default_params"] = [defaults[name] for name in params]
    for kind in ("boundary", "drift"):  # which parameters they are passed may have changed
        _refresh(config, kind)


def _defaults_by_name(params: Sequence[str], values: Any) -> dict[str, Any]:
    if values is None:
        return {}
    if isinstance(values, Mapping):
        for name in values:
            if name not in params:
                raise unknown_name("parameter in default_params", name, params)
        return dict(values)
    if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray):
        raise bad_type("default_params", values, "a list of numbers or {name: number}")
    if len(values) != len(params):
        raise ConfigError(
            f"default_params must have one value for each of {list(params)}, got {len(values)}"
        )
    return dict(zip(params, values, strict=True))


def _refresh(config: Config, kind: str) -> None:
    if kind == "boundary" and has_no_boundary(config.get("simulator")):
        return
    registry = registry_of(kind)
    name = config.get(f"{kind}_name")
    function = config.get("boundary" if kind == "boundary" else "drift_fun")
    if isinstance(name, str) and registry.is_registered(name):
        entry = registry.definition(name)
        if function is None or entry.function is function:  # a user's own may bear the name
            config[f"{kind}_params"] = _passed_on(entry, config)


def _apply_function(config: Config, overrides: Mapping[str, Any], kind: str) -> None:
    """Replace the boundary or drift by the one that overrides name."""
    given = overrides.get(kind, overrides.get(f"{kind}_fun"))
    name, params = overrides.get(f"{kind}_name"), overrides.get(f"{kind}_params")
    if given is None and name is None:
        if params is not None:
            given, name = config.get(kind, config.get(f"{kind}_fun")), config.get(f"{kind}_name")
            if given is None:
                raise ConfigError(f"{kind}_params are given without a {kind}")
        else:
            return
    _set_curve(config, _resolve(kind, given if given is not None else name, params))
    if name is not None and not isinstance(given, str):
        config[f"{kind}_name"] = name


def _resolve(kind: str, given: Any, params: Sequence[str] | None) -> Curve:
    """Return the curve of a registered name or of a user's function."""
    if isinstance(given, str):
        entry = registry_of(kind).definition(given)
        # The height of a boundary at time 0 is one of its parameters whether it is named or not.
        height = entry.params[:1] if kind == "boundary" else ()
        if params is not None and {*params, *height} != set(entry.params):
            raise ConfigError(
                f"The {kind} {given!r} takes the parameters {list(entry.params)}, "
                f"{kind}_params says {list(params)}"
            )
        return entry
    if not callable(given):
        raise bad_value(kind, given, "the name of a registered one or a function")
    if params is None:
        return registry_of(kind).of_function(given)
    return own_curve(kind, getattr(given, "__name__", "custom"), given, params)


def _passed_on(entry: Curve, config: Mapping[str, Any]) -> list[str]:
    process, params = config.get("simulator"), config.get("params", ())
    is_function = process is not None and not hasattr(process, "row")
    if is_function and entry.name == "constant" and entry.params[0] not in params:
        return []  # release 0.15 gives this boundary to functions without one, too
    return as_read_by(entry, process).params_among(params)


def _raise_if(errors: list[str], label: str) -> None:
    if errors:
        raise ConfigError(f"{label}: " + "; ".join(errors))
