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

    Returns
    -------
    DriftRegistry

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

    Parameters
    ----------
    name : str
        The name.
    function : callable
        Called as ``function(t=times, **parameters)`` with `times` in seconds since the onset of the
        decision process; returns an array shaped like `times`.
    params : list of str, optional
        Names of the model parameters to pass on; by default the function's arguments after ``t``.
    overwrite : bool
        Whether another function of a user's own may be replaced.

    Raises
    ------
    ParameterError
        If another function is registered under that name.
    ConfigError
        If the function does not take `t` and these parameters, or does not tell them.

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

    Parameters
    ----------
    name : str
        The name.

    Raises
    ------
    UnknownNameError
        If no drift of that name is registered.
    ParameterError
        If the drift is one of the package's own.

    Examples
    --------
    >>> register_drift("mine", lambda t, v: v + 0 * t)
    >>> unregister_drift("mine")
    >>> get_drift_registry().is_registered("mine")
    False
    """
    registry_of("drift").unregister(name)
