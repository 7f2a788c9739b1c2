"""The registry of drifts that the whole package uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from ssms.curves.registry import DriftRegistry, registry_of

__all__ = [
    "DriftRegistry",
    "get_drift_registry",
    "register_drift",
    "unregister_drift",
]


def get_drift_registry() -> DriftRegistry:
    """Return the registry of drifts.

    Examples
    --------
    >>> get_drift_registry().get("gamma_drift")["params"]
    ['v', 'shape', 'scale', 'c']
    """
    return cast(DriftRegistry, registry_of("drift"))


def register_drift(
    name: str,
    function: Callable[..., Any],
    params: Iterable[str] | None = None,
    overwrite: bool = False,
) -> None:
    """Add a drift under a new name (see `ssms.curves.registry.CurveRegistry.register`).

    Examples
    --------
    >>> register_drift("ramp", lambda t, v, gain: v + gain * t)
    >>> get_drift_registry().get("ramp")["fun"](t=2.0, v=1.0, gain=0.5)
    2.0
    >>> unregister_drift("ramp")
    """
    registry_of("drift").register(name, function, params, overwrite=overwrite)


def unregister_drift(name: str) -> None:
    """Remove a drift that a user registered.

    Raises
    ------
    UnknownNameError
        If no drift of that name is registered.
    ParameterError
        If the drift is one of the package's own.
    """
    registry_of("drift").unregister(name)
