"""Simulators: `simulator`, the class `Simulator`, boundaries and drifts."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssms.basic_simulators import (
        boundary_functions,
        drift_functions,
        modular_parameter_simulator_adapter,
        simulator,
    )
    from ssms.basic_simulators.observation_results import (
        OBSERVATION_SCHEMA_VERSION,
        normalize_simulator_result,
        validate_observation_result,
    )
    from ssms.basic_simulators.simulator_class import Simulator
    from ssms.config.constants import OMISSION_SENTINEL

__all__ = [
    "OBSERVATION_SCHEMA_VERSION",
    "OMISSION_SENTINEL",
    "Simulator",
    "boundary_functions",
    "drift_functions",
    "modular_parameter_simulator_adapter",
    "normalize_simulator_result",
    "simulator",
    "validate_observation_result",
]

_OBSERVATIONS = "ssms.basic_simulators.observation_results"
_HOMES = {
    "Simulator": "ssms.basic_simulators.simulator_class",
    "OMISSION_SENTINEL": "ssms.config.constants",
    "OBSERVATION_SCHEMA_VERSION": _OBSERVATIONS,
    "normalize_simulator_result": _OBSERVATIONS,
    "validate_observation_result": _OBSERVATIONS,
}
_SUBMODULES = {name for name in __all__ if name not in _HOMES}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name in _SUBMODULES:
        value = import_module(f"ssms.basic_simulators.{name}")
    else:
        raise AttributeError(f"module 'ssms.basic_simulators' has no attribute {name!r}")
    globals()[name] = value
    return value
