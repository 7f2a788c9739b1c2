"""Simulators: `simulator`, the class `Simulator`, boundaries and drifts."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssms.basic_simulators import boundary_functions, drift_functions, simulator
    from ssms.basic_simulators.simulator_class import Simulator
    from ssms.config.constants import OMISSION_SENTINEL

__all__ = [
    "OMISSION_SENTINEL",
    "Simulator",
    "boundary_functions",
    "drift_functions",
    "simulator",
]

_HOMES = {
    "Simulator": "ssms.basic_simulators.simulator_class",
    "OMISSION_SENTINEL": "ssms.config.constants",
}
_SUBMODULES = {"boundary_functions", "drift_functions", "simulator"}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    elif name in _SUBMODULES:
        value = import_module(f"ssms.basic_simulators.{name}")
    else:
        raise AttributeError(f"module 'ssms.basic_simulators' has no attribute {name!r}")
    globals()[name] = value
    return value
