"""The registries of boundaries and of drifts: built-in ones and the user's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from ssms.curves.boundaries import BUILTIN_BOUNDARIES
from ssms.curves.curve import Curve, own_curve
from ssms.curves.drifts import BUILTIN_DRIFTS
from ssms.errors import ParameterError, bad_value, unknown_name

__all__ = ["BoundaryRegistry", "CurveRegistry", "DriftRegistry", "registry_of"]


class CurveRegistry:
    """Named boundaries or drifts; safe to use from several threads.

    Parameters
    ----------
    builtin : iterable of Curve
        The built-in entries.
    """

    kind = "function"

    def __init__(self, builtin: Iterable[Curve] = ()) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, Curve] = {entry.name: entry for entry in builtin}

    def register(
        self,
        name: str,
        function: Callable[..., Any],
        params: Iterable[str] | None = None,
        overwrite: bool = False,
    ) -> None:
        """Add a function under a name.

        Registering the same function again, as a notebook cell that is run twice does, changes
        nothing.  A function that is defined again by the same code counts as the same.

        Parameters
        ----------
        name : str
            The name.
        function : callable
            Called as ``function(t=times, **parameters)`` with `times` in seconds since the
            onset of the decision process; returns an array shaped like `times`.
        params : list of str, optional
            Names of the model parameters to pass on; by default those of the function's arguments
            after ``t`` (see `ssms.curves.own_curve`).
        overwrite : bool
            Whether another function of a user's own may be replaced.

        Raises
        ------
        ParameterError
            If another function is registered under that name.
        ConfigError
            If the function does not take `t` and these parameters, or does not tell them.
        """
        entry = own_curve(self.kind, name, function, params)
        with self._lock:
            old = self._entries.get(name)
            if old is not None and (old.builtin or not (overwrite or same_function(old, entry))):
                hint = (
                    f"choose another name for a {self.kind} of your own"
                    if old.builtin
                    else "unregister it first, or pass overwrite=True"
                )
                raise ParameterError(f"{self.kind} {name!r} is already registered; {hint}")
            self._entries[name] = entry

    def unregister(self, name: str) -> None:
        """Remove a registered function; built-in functions stay.

        Parameters
        ----------
        name : str
            The name.

        Raises
        ------
        UnknownNameError
            If nothing is registered under that name.
        ParameterError
            If the name is one of the package's own.
        """
        with self._lock:
            if self.definition(name).builtin:
                raise bad_value(f"{self.kind} name", name, "one that a user registered")
            del self._entries[name]

    def definition(self, name: str) -> Curve:
        """Return the record registered under `name`.

        Raises
        ------
        UnknownNameError
            If there is none (also a KeyError and a ValueError).
        """
        entry = self._entries.get(name) if isinstance(name, str) else None
        if entry is None:
            raise unknown_name(self.kind, name, list(self._entries))
        return entry

    def get(self, name: str) -> dict[str, Any]:
        """Return ``{"fun": function, "params": [names]}`` of the curve `name`.

        Raises
        ------
        UnknownNameError
            If there is none (also a KeyError and a ValueError).
        """
        entry = self.definition(name)
        return {"fun": entry.function, "params": list(entry.params)}

    def find(self, function: Callable[..., Any]) -> Curve | None:
        """Return the record in which a function is registered, or None.

        Parameters
        ----------
        function : callable
            The function.

        Returns
        -------
        Curve or None
        """
        with self._lock:
            return next((c for c in self._entries.values() if c.function is function), None)

    def of_function(self, function: Callable[..., Any], name: str | None = None) -> Curve:
        """Return the record of a function: the registered one, or one with its arguments' names.

        Raises
        ------
        ParameterTypeError, ConfigError
            As `ssms.curves.own_curve` does.
        """
        name = name or str(getattr(function, "__name__", "custom"))
        return self.find(function) or own_curve(self.kind, name, function)

    def is_registered(self, name: str) -> bool:
        """Return whether something is registered under `name`."""
        return name in self._entries

    def names(self) -> list[str]:
        """Return the registered names, sorted."""
        with self._lock:
            return sorted(self._entries)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.names())})"

    def __getstate__(self) -> dict[str, Any]:
        return {"_entries": dict(self._entries)}  # a copy has a lock of its own

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())


def same_function(old: Any, new: Any) -> bool:
    """Return whether two entries hold one function, or one that the same code defined again."""
    first, second = old.function, new.function
    if old.params != new.params:
        return False
    if first is second:
        return True
    code, other = getattr(first, "__code__", None), getattr(second, "__code__", None)
    if code is None or other is None:
        return False
    closures = [getattr(f, "__closure__", None) for f in (first, second)]
    defaults = [getattr(f, "__defaults__", None) for f in (first, second)]
    parts = ("co_code", "co_consts", "co_names")
    same_code = all(getattr(code, part) == getattr(other, part) for part in parts)
    return bool(same_code and closures == [None, None] and defaults[0] == defaults[1])


class BoundaryRegistry(CurveRegistry):
    """Named boundaries b(τ); safe to use from several threads.

    Parameters
    ----------
    builtin : iterable of Curve
        The built-in entries.

    Examples
    --------
    >>> BoundaryRegistry(BUILTIN_BOUNDARIES).list_boundaries()
    ['addm_collapse', 'angle', 'conflict_gamma', 'constant', 'generalized_logistic', 'weibull_cdf']
    """

    kind = "boundary"

    def list_boundaries(self) -> list[str]:
        """Return the registered names, sorted."""
        return self.names()


class DriftRegistry(CurveRegistry):
    """Named drifts v(τ); safe to use from several threads.

    Parameters
    ----------
    builtin : iterable of Curve
        The built-in entries.

    Examples
    --------
    >>> DriftRegistry(BUILTIN_DRIFTS).get("gamma_drift")["params"]
    ['v', 'shape', 'scale', 'c']
    """

    kind = "drift"

    def list_drifts(self) -> list[str]:
        """Return the registered names, sorted."""
        return self.names()


_REGISTRIES: dict[str, CurveRegistry] = {
    "boundary": BoundaryRegistry(BUILTIN_BOUNDARIES),
    "drift": DriftRegistry(BUILTIN_DRIFTS),
}


def registry_of(kind: str) -> CurveRegistry:
    """Return the registry that the whole package uses, of "boundary" or of "drift".

    Parameters
    ----------
    kind : {"boundary", "drift"}
        Kind of the functions.

    Returns
    -------
    BoundaryRegistry or DriftRegistry

    Examples
    --------
    >>> registry_of("boundary").is_registered("angle")
    True
    """
    return _REGISTRIES[kind]
