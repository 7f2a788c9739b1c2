"""A model: a process and its curves, with parameters, bounds and defaults.

A `ModelSpec` holds a paper's table: equation, parameters, training bounds, defaults.
`ModelSpec.config` turns it into the configuration dictionary that clients read, and
`ModelSpec.from_config` reads such a dictionary.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ssms.config._bounds import bounds_by_name
from ssms.curves.curve import Curve
from ssms.curves.registry import registry_of
from ssms.errors import ConfigError
from ssms.processes.calling import as_read_by, constant_curve, has_no_boundary
from ssms.processes.function import FunctionProcess
from ssms.processes.process import Process
from ssms.text import for_stdout, html_table, table

__all__ = ["ModelSpec", "Parameter", "curve_of", "parameters_from"]

_PARAMETER_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9.]{0,30}")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a model.

    Attributes
    ----------
    name : str
        Letters, digits and dots, at most 31 characters, a letter first.
    low, high : float, str or None
        Training bounds; a string is the name of another parameter of the same model, whose
        sampled value is the bound; None where they are not known.
    default : float or None
        The value when nothing else is known.
    """

    name: str
    low: float | str | None = None
    high: float | str | None = None
    default: float | None = None


@dataclass(frozen=True)
class ModelSpec:
    """A model: a process and its curves, the names and the bounds of its parameters.

    Attributes
    ----------
    name : str
        The name under which the model is found.
    description : str
        One line.
    process : Process
        A process of `ssms.processes`, which says which parameter plays which role.
    parameters : tuple of Parameter
        In the order of the columns of theta.
    choices : tuple of int
        Labels of the possible choices.
    n_particles : int
        Number of accumulators.
    boundary, drift : Curve or None
        Curves, their names in the registries, or functions of ``t`` and of parameters; where none
        is given, the process's constant boundary and drift, if it has them.
    sampling_transforms, simulation_transforms : tuple of ParameterTransform
        Constraints on sampled parameters; changes of theta before simulation.
    same_as : str or None
        The model of which this one is another name, or the variant of which it is.
    tags : tuple of str
        Words by which clients recognise kinds of models.

    Examples
    --------
    >>> from ssms.config.catalogue import models
    >>> models()["angle"].params
    ['v', 'a', 'z', 't', 'theta']
    """

    name: str
    description: str
    process: Process
    parameters: tuple[Parameter, ...]
    choices: tuple[int, ...] = (-1, 1)
    n_particles: int = 1
    boundary: Curve | None = None
    drift: Curve | None = None
    sampling_transforms: tuple[Any, ...] = ()
    simulation_transforms: tuple[Any, ...] = ()
    same_as: str | None = None
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for kind, constant in (
            ("boundary", self.process.boundary_height),
            ("drift", self.process.base_drift),
        ):
            given: Any = getattr(self, kind)
            if isinstance(given, str):
                given = registry_of(kind).definition(given)
            elif given is not None and not isinstance(given, Curve):
                given = registry_of(kind).of_function(given)
            if given is not None:
                given = as_read_by(given, self.process)
            object.__setattr__(self, kind, given or constant_curve(kind, constant))
        names = self.params
        if len(set(names)) != len(names):
            raise ConfigError(f"Model {self.name!r} names a parameter twice: {names}")
        for parameter in self.parameters:
            self._check(parameter)

    def check_roles(self) -> None:
        """Check that the model has the parameters that its process and its curves take.

        Raises
        ------
        ConfigError
            If one is missing, and there are no transforms that may supply it.
        """
        if self.simulation_transforms:
            return
        taken = set(self.process.fixed_parameters or ()) - {"deadline"}
        for curve in (self.boundary, self.drift):
            taken |= set(curve.params if curve is not None else ())
        lacking = sorted(taken - set(self.params) - set(self.process.noise_names))
        if lacking:
            raise ConfigError(
                f"Model {self.name!r}: its process, boundary or drift takes the parameter "
                f"{', '.join(map(repr, lacking))}, which the model does not have; its parameters "
                f"are {', '.join(self.params)}"
            )

    def _check(self, parameter: Parameter) -> None:
        if not _PARAMETER_NAME.fullmatch(parameter.name):
            raise ConfigError(
                f"Model {self.name!r}: parameter names are a letter, then up to 30 letters, "
                f"digits or dots, got {parameter.name!r}"
            )
        for bound in (parameter.low, parameter.high):
            if isinstance(bound, str) and bound not in self.params:
                raise ConfigError(
                    f"Model {self.name!r}: a bound of {parameter.name!r} is {bound!r}, which is "
                    "not a parameter of the model"
                )
        low, high = parameter.low, parameter.high
        if isinstance(low, float) and isinstance(high, float) and not low <= high:
            raise ConfigError(
                f"Model {self.name!r}: the bounds of {parameter.name!r} must be low <= high, "
                f"got {low} and {high}"
            )

    @property
    def params(self) -> list[str]:
        """Names of the parameters, in the order of the columns of theta."""
        return [parameter.name for parameter in self.parameters]

    @property
    def bounds(self) -> dict[str, tuple[Any, Any]]:
        """Training bounds (low, high) of the parameters for which they are known."""
        return {p.name: (p.low, p.high) for p in self.parameters if p.low is not None}

    @property
    def defaults(self) -> dict[str, float]:
        """Defaults of the parameters for which they are known."""
        return {p.name: p.default for p in self.parameters if p.default is not None}

    @property
    def boundary_params(self) -> tuple[str, ...]:
        """The parameters that are passed on to the boundary."""
        return tuple(self.boundary.params_among(self.params)) if self.boundary else ()

    @property
    def drift_params(self) -> tuple[str, ...]:
        """The parameters that are passed on to the drift."""
        return tuple(self.drift.params_among(self.params)) if self.drift else ()

    def config(self) -> dict[str, Any]:
        """Return the configuration dictionary of the model (a new one at each call).

        It has no bounds, or no defaults, where one parameter has none.
        """
        bounds = self.bounds
        depends = any(isinstance(b, str) for pair in bounds.values() for b in pair)
        config: dict[str, Any] = {
            "name": self.same_as or self.name,
            "params": self.params,
            # A bound that is a parameter's name cannot stand in a table of numbers.
            "param_bounds": dict(bounds) if depends else _as_rows(bounds),
            "param_bounds_dict": bounds,
            "default_params": [p.default for p in self.parameters],
            "n_params": len(self.parameters),
            "nchoices": len(self.choices),
            "choices": list(self.choices),
            "n_particles": self.n_particles,
            **self._curve_entries(),
            "simulator": self.process,
            "parameter_transforms": {
                "sampling": list(self.sampling_transforms),
                "simulation": list(self.simulation_transforms),
            },
        }
        for known, keys in (
            (bounds, ("param_bounds", "param_bounds_dict")),
            (self.defaults, ("default_params",)),
        ):
            if len(known) < len(self.parameters):
                for key in keys:
                    del config[key]
        shift = self.process.nondecision_edge_shift
        if shift is not None:
            config["ndt_edge_shift"] = {"param": shift, "scale": 1.0}
        if self.tags:
            config["tags"] = list(self.tags)
        return config

    def _curve_entries(self) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        if has_no_boundary(self.process):  # clients read these keys of every model
            constant = registry_of("boundary").definition("constant")
            return {"boundary_name": constant.name, "boundary": constant.function}
        if self.boundary is not None:
            entries["boundary_name"] = self.boundary.name
            entries["boundary"] = self.boundary.function
            entries["boundary_params"] = list(self.boundary_params)
        if self.drift is not None and not self.drift.is_linear:
            entries["drift_name"] = self.drift.name
            entries["drift_fun"] = self.drift.function
            entries["drift_params"] = list(self.drift_params)
        return entries

    @classmethod
    def from_config(cls, config: Mapping[str, Any], name: str | None = None) -> ModelSpec:
        """Return the model that a configuration describes.

        Parameters
        ----------
        config : mapping
            A model configuration.
        name : str, optional
            The model's name, if not the configuration's own.

        Raises
        ------
        ConfigError
            If the configuration names a curve and does not hold it.
        """
        process = config["simulator"]
        if not hasattr(process, "fixed_parameters"):
            process = FunctionProcess(process)
        params = list(config["params"])
        given = config.get("param_bounds_dict") or config.get("param_bounds")
        bounds = {} if given is None else bounds_by_name(params, given)
        defaults = dict(zip(params, config.get("default_params") or [], strict=False))
        transforms = config.get("parameter_transforms") or {}
        return cls(
            name=name or str(config.get("name", "custom")),
            description="",
            process=process,
            parameters=tuple(
                Parameter(p, *bounds.get(p, (None, None)), defaults.get(p)) for p in params
            ),
            choices=tuple(config.get("choices") or range(config["nchoices"])),
            n_particles=int(config.get("n_particles", 1)),
            boundary=curve_of(config, "boundary", process),
            drift=curve_of(config, "drift", process),
            sampling_transforms=tuple(transforms.get("sampling", ())),
            simulation_transforms=tuple(transforms.get("simulation", ())),
            tags=tuple(config.get("tags") or ()),
        )

    def _words(self) -> tuple[list[str], list[tuple[str, ...]]]:
        """Return lines, the model's name first, and the rows of a table of parameters."""
        header = f"{self.name}: {self.description}" if self.description else self.name
        choices = "choices: " + ", ".join(map(str, self.choices))
        rows: list[tuple[str, ...]] = [("parameter", "low", "high", "default")]
        for p in self.parameters:
            rows.append((p.name, _number(p.low), _number(p.high), _number(p.default)))
        return [header, *self.process.equation(self), choices], rows

    def __str__(self) -> str:
        (header, *lines), rows = self._words()
        return for_stdout("\n  ".join([header, *lines]) + "\n\n  " + "\n  ".join(table(rows)))

    def _repr_html_(self) -> str:
        lines, rows = self._words()
        return html_table("\n".join(lines), rows)


def _number(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def curve_of(config: Mapping[str, Any], kind: str, process: Any) -> Curve | None:
    """Return the boundary or drift of a configuration, None where it holds no function.

    It is the function that counts: one of a user's own may bear the name of a registered one.

    Parameters
    ----------
    config : mapping
        A model configuration.
    kind : str
        "boundary" or "drift".
    process : Process
        Its process.

    Raises
    ------
    ConfigError
        If the configuration names a function and does not hold it.
    """
    function = config.get("boundary" if kind == "boundary" else "drift_fun")
    name, given = config.get(f"{kind}_name"), config.get(f"{kind}_params")
    if function is None:
        if name not in (None, "constant"):
            raise ConfigError(f"The configuration names the {kind} {name!r} and does not hold it")
        return None
    registry = registry_of(kind)
    none = registry.definition("constant").function  # see ModelSpec.config()
    if kind == "boundary" and has_no_boundary(process) and function is none:
        return None
    if name is not None and registry.is_registered(str(name)):
        curve = as_read_by(registry.definition(str(name)), process)
        if curve.function is function:
            if given is None:
                return curve
            return replace(curve, params=tuple(given), optional=())
        if given is None:  # a function takes the parameters of the registered one of its name
            given = curve.params_among(config["params"])
    if given is None:
        return as_read_by(registry.of_function(function, name), process)
    own_name = str(name or getattr(function, "__name__", "custom"))
    return as_read_by(Curve(kind, own_name, function, tuple(given)), process)


def _as_rows(bounds: Mapping[str, tuple[Any, Any]]) -> list[list[float]]:
    return [[low for low, _ in bounds.values()], [high for _, high in bounds.values()]]


def parameters_from(
    table: Mapping[str, tuple[float | str, float | str, float]],
) -> tuple[Parameter, ...]:
    """Return the parameters of a table ``{name: (low, high, default)}``, in its order.

    Parameters
    ----------
    table : mapping
        ``{name: (low, high, default)}``; a bound may be the name of another parameter.

    Returns
    -------
    tuple of Parameter

    Examples
    --------
    >>> parameters_from({"v": (-3, 3, 0.0)})
    (Parameter(name='v', low=-3.0, high=3.0, default=0.0),)
    """
    return tuple(
        Parameter(name, _bound(low), _bound(high), float(default))
        for name, (low, high, default) in table.items()
    )


def _bound(value: float | str) -> float | str:
    return value if isinstance(value, str) else float(value)
