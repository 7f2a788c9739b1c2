"""The registry of drifts: the package's own and those a user adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ssms.config._time_function import TimeFunctionRegistry
from ssms.config.drifts import BUILTIN_DRIFTS

__all__ = ["DriftRegistry", "get_drift_registry", "register_drift", "unregister_drift"]


class DriftRegistry(TimeFunctionRegistry):
    """Named drifts v(τ); safe to use from several threads."""

    kind = "drift"

    def list_drifts(self) -> list[str]:
        """Return the registered names, sorted."""
        return self.names()


_REGISTRY = DriftRegistry(BUILTIN_DRIFTS)


def get_drift_registry() -> DriftRegistry:
    """Return the registry that the whole package uses.

    Examples
    --------
    >>> get_drift_registry().get("gamma_drift")["params"]
    ['v', 'shape', 'scale', 'c']
    """
    return _REGISTRY


def register_drift(name: str, function: Callable[..., Any], params: Iterable[str]) -> None:
    """Add a drift under a new name (see `TimeFunctionRegistry.register`).

    Examples
    --------
    >>> register_drift("ramp", lambda t, v, gain: v + gain * t, ["v", "gain"])
    >>> get_drift_registry().get("ramp")["fun"](t=2.0, v=1.0, gain=0.5)
    2.0
    >>> unregister_drift("ramp")
    """
    _REGISTRY.register(name, function, params)


def unregister_drift(name: str) -> None:
    """Remove a drift that a user registered (see `TimeFunctionRegistry.unregister`)."""
    _REGISTRY.unregister(name)
