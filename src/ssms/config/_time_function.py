"""What a boundary or a drift is to the package: a named function of decision time.

Boundaries and drifts are the same kind of thing, a curve on the decision clock with a few
scalar parameters, so they share one record and one kind of registry.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ssms.errors import ConfigError, bad_type, bad_value, unknown_name

__all__ = ["TimeFunction", "TimeFunctionRegistry", "builtin_function", "time_function"]


@dataclass(frozen=True)
class TimeFunction:
    """A boundary or drift: its name, its function, and the parameters the function takes.

    Attributes
    ----------
    name : str
        The name under which models refer to it.
    function : callable
        Called as ``function(t=times, **parameters)``; returns an array shaped like `times`.
    params : tuple of str
        Names of the model parameters that the function takes.
    defaults : mapping
        Values of the arguments that a call may leave out.
    optional : tuple of str
        Parameters that are passed on only by models that have them.
    formula : str
        The function as a reader would write it; empty if unknown.
    builtin : bool
        True for those of the package, which cannot be unregistered.
    """

    name: str
    function: Callable[..., Any]
    params: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    formula: str = ""
    builtin: bool = False

    def __call__(self, t: Any, **parameters: Any) -> Any:
        """Evaluate the function at decision times `t` (seconds)."""
        return self.function(t=t, **parameters)

    def params_among(self, names: Iterable[str]) -> list[str]:
        """Return the parameters that a model with parameters `names` passes on.

        That is all of `params`, and those of `optional` that the model has.
        """
        names = set(names)
        return [*self.params, *(name for name in self.optional if name in names)]


def builtin_function(
    function: Callable[..., Any],
    formula: str,
    optional: tuple[str, ...] = (),
    **defaults: float | None,
) -> TimeFunction:
    """Return the record of a function of the package; its parameters are those of `defaults`."""
    return TimeFunction(
        name=function.__name__,
        function=function,
        params=tuple(defaults),
        defaults=defaults,
        optional=optional,
        formula=formula,
        builtin=True,
    )


def time_function(
    kind: str, name: str, function: Callable[..., Any], params: Iterable[str]
) -> TimeFunction:
    """Return the record of a user's boundary or drift, checked.

    Parameters
    ----------
    kind : str
        "boundary" or "drift", for messages.
    name : str
        Its name.
    function : callable
        Must accept ``t`` and each of `params` by keyword.
    params : iterable of str
        Names of the model parameters to pass on.

    Returns
    -------
    TimeFunction

    Raises
    ------
    ParameterTypeError
        If `name` is not a string, `function` not callable or `params` not names.
    ConfigError
        If the function's signature does not take these parameters.
    """
    if not isinstance(name, str):
        raise bad_type(f"{kind} name", name, "a string")
    if not name:
        raise bad_value(f"{kind} name", name, "a non-empty string")
    if not callable(function):
        raise bad_type(f"{kind} function", function, "callable as f(t, **parameters)")
    if isinstance(params, str) or not isinstance(params, Iterable):
        raise bad_type(f"{kind} params", params, "a list of parameter names")
    names = tuple(params)
    for param in names:
        if not isinstance(param, str):
            raise bad_type(f"{kind} params", param, "a list of parameter names")
    if len(set(names)) != len(names):
        raise bad_value(f"{kind} params", list(names), "a list without duplicates")
    return TimeFunction(name, function, names, defaults=_check_signature(kind, function, names))


def _check_signature(
    kind: str, function: Callable[..., Any], params: tuple[str, ...]
) -> dict[str, Any]:
    """Return the default values of `params`; raise if a call by keyword would fail."""
    import inspect

    try:
        signature = inspect.signature(function).parameters
    except (TypeError, ValueError):  # a builtin without a signature: nothing to check
        return {}
    by_keyword = {
        name: parameter
        for name, parameter in signature.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    }
    takes_anything = any(p.kind is p.VAR_KEYWORD for p in signature.values())
    label = f"The {kind} function {getattr(function, '__name__', function)!r}"
    for param in ("t", *params):
        if param not in by_keyword and not takes_anything:
            raise ConfigError(f"{label} takes no argument {param!r}; it has {list(signature)}")
    needed = [
        name
        for name, parameter in signature.items()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and name not in ("t", *params)
    ]
    if needed:
        raise ConfigError(f"{label} needs {needed}, which params {list(params)} does not name")
    return {
        name: by_keyword[name].default
        for name in params
        if name in by_keyword and by_keyword[name].default is not by_keyword[name].empty
    }


class TimeFunctionRegistry:
    """Named boundaries or drifts; safe to use from several threads.

    Parameters
    ----------
    builtin : iterable of TimeFunction
        What the registry holds from the start.
    """

    kind = "function"

    def __init__(self, builtin: Iterable[TimeFunction] = ()) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, TimeFunction] = {entry.name: entry for entry in builtin}

    def register(self, name: str, function: Callable[..., Any], params: Iterable[str]) -> None:
        """Add a function under a new name.

        Parameters
        ----------
        name : str
            The new name.
        function : callable
            Called as ``function(t=times, **parameters)`` with `times` in seconds since the
            onset of the decision process; returns an array shaped like `times`.
        params : list of str
            Names of the model parameters to pass on.

        Raises
        ------
        ParameterError
            If the name is taken.
        ConfigError
            If the function does not take `t` and these parameters.
        """
        entry = time_function(self.kind, name, function, params)
        with self._lock:
            if name in self._entries:
                raise bad_value(
                    f"{self.kind} name",
                    name,
                    f"a new one ({name!r} is already registered: unregister it first)",
                )
            self._entries[name] = entry

    def unregister(self, name: str) -> None:
        """Remove a registered function; those of the package stay.

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

    def definition(self, name: str) -> TimeFunction:
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
        """Return ``{"fun": function, "params": [names]}`` of what `name` names.

        Raises
        ------
        UnknownNameError
            If there is none (also a KeyError and a ValueError).
        """
        entry = self.definition(name)
        return {"fun": entry.function, "params": list(entry.params)}

    def is_registered(self, name: str) -> bool:
        """Return whether something is registered under `name`."""
        return name in self._entries

    def names(self) -> list[str]:
        """Return the registered names, sorted."""
        with self._lock:
            return sorted(self._entries)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.names())})"
