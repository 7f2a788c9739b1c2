"""Boundaries and drifts by name, under the names by which earlier releases had them."""

from __future__ import annotations

from typing import Any

from ssms.config.boundary_registry import get_boundary_registry
from ssms.config.drift_registry import get_drift_registry

boundary_config: dict[str, dict[str, Any]]
"""``{"fun": function, "params": names}`` of each registered boundary."""

drift_config: dict[str, dict[str, Any]]
"""The same of each registered drift."""

__all__ = ["boundary_config", "drift_config"]


def __getattr__(name: str) -> Any:
    # Read again each time: users register curves of their own.
    if name == "boundary_config":
        boundaries = get_boundary_registry()
        return {known: boundaries.get(known) for known in boundaries.list_boundaries()}
    if name == "drift_config":
        drifts = get_drift_registry()
        return {known: drifts.get(known) for known in drifts.list_drifts()}
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
