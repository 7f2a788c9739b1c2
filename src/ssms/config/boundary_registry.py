"""The registry of boundaries that the whole package uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from ssms.curves.registry import BoundaryRegistry, registry_of

__all__ = [
    "BoundaryRegistry",
    "get_boundary_registry",
    "register_boundary",
    "unregister_boundary",
]


def get_boundary_registry() -> BoundaryRegistry:
    """Return the registry of boundaries.

    Returns
    -------
    BoundaryRegistry

    Examples
    --------
    >>> get_boundary_registry().get("angle")["params"]
    ['a', 'theta']
    """
    return cast(BoundaryRegistry, registry_of("boundary"))


def register_boundary(
    name: str,
    function: Callable[..., Any],
    params: Iterable[str] | None = None,
    overwrite: bool = False,
) -> None:
    """Add a boundary under a new name (see `ssms.curves.registry.CurveRegistry.register`).

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
    >>> import numpy as np
    >>> register_boundary("hyperbolic", lambda t, a, rate: a / (1 + rate * t))
    >>> get_boundary_registry().get("hyperbolic")["fun"](t=np.array([0.0, 1.0]), a=2.0, rate=1.0)
    array([2., 1.])
    >>> unregister_boundary("hyperbolic")
    """
    registry_of("boundary").register(name, function, params, overwrite=overwrite)


def unregister_boundary(name: str) -> None:
    """Remove a boundary that a user registered.

    Parameters
    ----------
    name : str
        The name.

    Raises
    ------
    UnknownNameError
        If no boundary of that name is registered.
    ParameterError
        If the boundary is one of the package's own.

    Examples
    --------
    >>> register_boundary("mine", lambda t, a: a + 0 * t)
    >>> unregister_boundary("mine")
    >>> get_boundary_registry().is_registered("mine")
    False
    """
    registry_of("boundary").unregister(name)
