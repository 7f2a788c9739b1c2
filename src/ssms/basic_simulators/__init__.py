"""Simulators: `simulator`, the class `Simulator`, boundaries and drifts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssms._lazy import names_on_demand

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

_OBSERVATIONS = ".observation_results"
_HOMES = dict.fromkeys(__all__, "") | {
    "Simulator": ".simulator_class",
    "OMISSION_SENTINEL": "ssms.config.constants",
    "OBSERVATION_SCHEMA_VERSION": _OBSERVATIONS,
    "normalize_simulator_result": _OBSERVATIONS,
    "validate_observation_result": _OBSERVATIONS,
}
__getattr__, __dir__ = names_on_demand(__name__, _HOMES)
