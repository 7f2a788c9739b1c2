"""What an entry of the catalogue is: a model and its parameters.

A `Model` says what a paper's table says (equation, parameters, training bounds, defaults).
`Model.config` turns it into the configuration dictionary that the rest of the package and its
clients read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ssms.config.boundary_registry import get_boundary_registry
from ssms.config.describe import describe
from ssms.config.drift_registry import get_drift_registry
from ssms.errors import ConfigError

__all__ = ["Model", "Parameter", "parameters_from"]

_PARAMETER_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9.]{0,30}")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a model.

    Attributes
    ----------
    name : str
        Letters, digits and dots, at most 31 characters, a letter first.
    low, high : float or str
        Training bounds; a string is the name of another parameter of the same model, whose
        sampled value is the bound.
    default : float
        The value when nothing else is known.
    """

    name: str
    low: float | str
    high: float | str
    default: float


@dataclass(frozen=True)
class Model:
    """A model: a process, what its parameters are called, and where they lie.

    Attributes
    ----------
    name : str
        The name under which the model is found.
    description : str
        One line.
    process : callable
        What simulates it: a process of `ssms.config.processes`, which says which parameter
        plays which role.
    parameters : tuple of Parameter
        In the order of the columns of theta.
    choices : tuple of int
        Labels of the possible choices.
    n_particles : int
        Number of accumulators.
    boundary, drift : str, str or None
        Names in the registries.
    nondecision_edge_shift : str or None
        Response times start at t minus this parameter (a half-width of non-decision time).
    sampling_transforms, simulation_transforms : tuple of ParameterTransform
        Constraints on sampled parameters; changes of theta before simulation.
    same_as : str or None
        The model of which this one is another name, or the variant of which it is.
    tags : tuple of str
        Words by which clients recognise kinds of models.
    """

    name: str
    description: str
    process: Callable[..., dict[str, Any]]
    parameters: tuple[Parameter, ...]
    choices: tuple[int, ...] = (-1, 1)
    n_particles: int = 1
    boundary: str = "constant"
    drift: str | None = None
    nondecision_edge_shift: str | None = None
    sampling_transforms: tuple[Any, ...] = ()
    simulation_transforms: tuple[Any, ...] = ()
    same_as: str | None = None
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = self.params
        if len(set(names)) != len(names):
            raise ConfigError(f"Model {self.name!r} names a parameter twice: {names}")
        for parameter in self.parameters:
            self._check(parameter)
        if self.nondecision_edge_shift not in (None, *names):
            raise ConfigError(
                f"Model {self.name!r} has no parameter {self.nondecision_edge_shift!r}"
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
        if not (isinstance(low, str) or isinstance(high, str) or low < high):
            raise ConfigError(
                f"Model {self.name!r}: the bounds of {parameter.name!r} must be low < high, "
                f"got {low} and {high}"
            )

    @property
    def params(self) -> list[str]:
        """Names of the parameters, in the order of the columns of theta."""
        return [parameter.name for parameter in self.parameters]

    def config(self) -> dict[str, Any]:
        """Return the configuration dictionary of the model (a new one at each call)."""
        bounds = {p.name: (p.low, p.high) for p in self.parameters}
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
            **self._boundary_and_drift(),
            "simulator": self.process,
            "parameter_transforms": {
                "sampling": list(self.sampling_transforms),
                "simulation": list(self.simulation_transforms),
            },
        }
        if self.nondecision_edge_shift is not None:
            config["ndt_edge_shift"] = {"param": self.nondecision_edge_shift, "scale": 1.0}
        if self.tags:
            config["tags"] = list(self.tags)
        return config

    def _boundary_and_drift(self) -> dict[str, Any]:
        boundary = get_boundary_registry().definition(self.boundary)
        entries: dict[str, Any] = {
            "boundary_name": self.boundary,
            "boundary": boundary.function,
            "boundary_params": boundary.params_among(self.params),
        }
        if self.drift is not None:
            drift = get_drift_registry().definition(self.drift)
            entries["drift_name"] = self.drift
            entries["drift_fun"] = drift.function
            entries["drift_params"] = drift.params_among(self.params)
        return entries

    def __str__(self) -> str:
        return describe(self.config(), name=self.name, description=self.description)


def _as_rows(bounds: Mapping[str, tuple[Any, Any]]) -> list[list[float]]:
    return [[low for low, _ in bounds.values()], [high for _, high in bounds.values()]]


def parameters_from(
    table: Mapping[str, tuple[float | str, float | str, float]],
) -> tuple[Parameter, ...]:
    """Return the parameters of a table ``{name: (low, high, default)}``, in its order.

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
