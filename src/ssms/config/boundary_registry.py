"""The registry of boundaries: the package's own and those a user adds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ssms.config._time_function import TimeFunctionRegistry
from ssms.config.boundaries import BUILTIN_BOUNDARIES

__all__ = [
    "BoundaryRegistry",
    "get_boundary_registry",
    "register_boundary",
    "unregister_boundary",
]


class BoundaryRegistry(TimeFunctionRegistry):
    """Named boundaries b(τ); safe to use from several threads."""

    kind = "boundary"

    def list_boundaries(self) -> list[str]:
        """Return the registered names, sorted."""
        return self.names()


_REGISTRY = BoundaryRegistry(BUILTIN_BOUNDARIES)


def get_boundary_registry() -> BoundaryRegistry:
    """Return the registry that the whole package uses.

    Examples
    --------
    >>> get_boundary_registry().get("angle")["params"]
    ['a', 'theta']
    """
    return _REGISTRY


def register_boundary(name: str, function: Callable[..., Any], params: Iterable[str]) -> None:
    """Add a boundary under a new name (see `TimeFunctionRegistry.register`).

    Examples
    --------
    >>> import numpy as np
    >>> register_boundary("hyperbolic", lambda t, a, rate: a / (1 + rate * t), ["a", "rate"])
    >>> get_boundary_registry().get("hyperbolic")["fun"](t=np.array([0.0, 1.0]), a=2.0, rate=1.0)
    array([2., 1.])
    >>> unregister_boundary("hyperbolic")
    """
    _REGISTRY.register(name, function, params)


def unregister_boundary(name: str) -> None:
    """Remove a boundary that a user registered (see `TimeFunctionRegistry.unregister`)."""
    _REGISTRY.unregister(name)
