"""A curve: a boundary or a drift as a function of decision time.

Names, parameters, defaults and allowed values of the package's own curves stand in the core's table
(``csrc/curves/curves.c``); their formulas stand with their functions, in `boundaries` and `drifts`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ssms import _core
from ssms.errors import ConfigError, bad_type, bad_value

__all__ = ["Curve", "builtin_curve", "own_curve", "values_at"]


@dataclass(frozen=True)
class Curve:
    """A boundary b(τ) or drift v(τ): its name, its function, and the function's parameters.

    Attributes
    ----------
    kind : str
        "boundary" or "drift".
    name : str
        The name under which models refer to it.
    function : callable
        Called as ``function(t=times, **parameters)``; returns an array shaped like `times`.
    params : tuple of str
        Names of the model parameters that the function takes.
    defaults : mapping
        Values of the arguments that a call may omit.
    optional : tuple of str
        Parameters that are passed on only by models that have them.
    formula : str
        The function as a reader would write it; empty if unknown.
    row : CurveRow or None
        The row of the core's table, for curves of the package.
    n_columns : int
        Columns of the returned array: one, or one for each part of the evidence that leaks on
        its own.

    Examples
    --------
    >>> from ssms.curves.registry import registry_of
    >>> angle = registry_of("boundary").definition("angle")
    >>> angle.params, angle.is_linear
    (('a', 'theta'), True)
    """

    kind: str
    name: str
    function: Callable[..., Any]
    params: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict, compare=False)
    optional: tuple[str, ...] = ()
    formula: str = ""
    row: _core.CurveRow | None = field(default=None, compare=False)
    n_columns: int = 1

    def __call__(self, t: Any, **parameters: Any) -> Any:
        """Evaluate the function at decision times `t` (seconds)."""
        return self.function(t=t, **parameters)

    @property
    def builtin(self) -> bool:
        """Whether the package brings it; such a curve cannot be unregistered."""
        return self.row is not None

    @property
    def is_linear(self) -> bool:
        """Whether a boundary is linear in time, or a drift constant."""
        return self.row is not None and self.row.is_linear

    def params_among(self, names: Iterable[str]) -> list[str]:
        """Return the parameters that a model with parameters `names` passes on.

        They are all of `params`, and each of `optional` that the model has.

        Parameters
        ----------
        names : iterable of str
            Parameters of a model.

        Returns
        -------
        list of str
        """
        names = set(names)
        return [*self.params, *(name for name in self.optional if name in names)]

    def columns(self, names: Sequence[str], passed: Iterable[str]) -> Any:
        """Return (kind, rows of theta, constants) as `_core.Layout` takes them.

        Parameters
        ----------
        names : sequence of str
            Names of the rows of theta.
        passed : iterable of str
            The parameters that the model passes on; others have their defaults.

        Raises
        ------
        ConfigError
            If theta lacks a parameter that the model passes on.
        """
        passed = set(passed)
        missing = sorted(passed.difference(names))
        if missing:
            raise ConfigError(
                f"theta lacks {missing[0]!r}, a parameter of {self.kind} {self.name!r}"
            )
        if self.row is None:
            known = _core.BOUNDARIES if self.kind == "boundary" else _core.DRIFTS
            return (known["table" if self.n_columns == 1 else "table_dual"].number, (-1,), (0.0,))
        rows = tuple(names.index(p.name) if p.name in passed else -1 for p in self.row.parameters)
        return (self.row.number, rows, tuple(p.value for p in self.row.parameters))


def values_at(function: Callable[..., Any], times: Any, parameters: Mapping[str, Any]) -> Any:
    """Return a curve's values at an array of times.

    A function that was written for a single time (``math.exp``, ``if t < 1``), and so refuses an
    array, is called with one time after the other.

    Examples
    --------
    >>> import math
    >>> values_at(lambda t, a: a * math.exp(-t), [0.0, math.log(2)], {"a": 2.0}).round(6).tolist()
    [2.0, 1.0]
    """
    import numpy as np

    times = np.asarray(times, dtype=np.float64)
    try:
        return function(t=times.copy(), **parameters)
    except (TypeError, ValueError) as refusal:
        try:
            return np.array([function(t=t, **parameters) for t in times.tolist()])
        except Exception:
            raise refusal from None


def builtin_curve(
    kind: str,
    function: Callable[..., Any],
    formula: str,
    optional: tuple[str, ...] = (),
) -> Curve:
    """Return a curve of the package; the core's table holds its parameters and defaults."""
    known = _core.BOUNDARIES if kind == "boundary" else _core.DRIFTS
    row = known[function.__name__]
    defaults = {p.name: p.value for p in row.parameters if p.name not in optional}
    return Curve(
        kind=kind,
        name=row.name,
        function=function,
        params=tuple(defaults),
        defaults=defaults,
        optional=optional,
        formula=formula,
        row=row,
        n_columns=row.n_columns,
    )


def own_curve(
    kind: str, name: str, function: Callable[..., Any], params: Iterable[str] | None = None
) -> Curve:
    """Return the record of a user's boundary or drift, checked.

    Parameters
    ----------
    kind : str
        "boundary" or "drift", for messages.
    name : str
        Its name.
    function : callable
        Must accept ``t`` and each of `params` by keyword.
    params : iterable of str, optional
        Names of the model parameters to pass on.  None: the names of the function's arguments after
        ``t``, without keyword-only ones that have a default.

    Returns
    -------
    Curve

    Raises
    ------
    ParameterTypeError
        If `name` is not a string, `function` not callable or `params` not names.
    ConfigError
        If the function's signature does not take these parameters, or does not tell them.

    Examples
    --------
    >>> own_curve("boundary", "hyperbolic", lambda t, a, rate: a / (1 + rate * t)).params
    ('a', 'rate')
    """
    if not isinstance(name, str):
        raise bad_type(f"{kind} name", name, "a string")
    if not name:
        raise bad_value(f"{kind} name", name, "a non-empty string")
    if not callable(function):
        raise bad_type(f"{kind} function", function, "callable as f(t, **parameters)")
    if params is None:
        params = _argument_names(kind, function)
    if isinstance(params, str) or not isinstance(params, Iterable):
        raise bad_type(f"{kind} params", params, "a list of parameter names")
    names = tuple(params)
    for param in names:
        if not isinstance(param, str):
            raise bad_type(f"{kind} params", param, "a list of parameter names")
    if len(set(names)) != len(names):
        raise bad_value(f"{kind} params", list(names), "a list without duplicates")
    return Curve(kind, name, function, names, defaults=_check_signature(kind, function, names))


def _argument_names(kind: str, function: Callable[..., Any]) -> list[str]:
    """Return the names of a function's arguments after ``t``; raise if they are not known."""
    label = f"the {kind} function {getattr(function, '__name__', function)!r}"
    named = f"name its parameters ({kind}_params, or params of register_{kind})"
    try:
        first, *others = inspect.signature(function).parameters.values() or (None,)
    except (TypeError, ValueError):
        raise ConfigError(f"The signature of {label} cannot be read; {named}") from None
    for argument in (first, *others):
        if argument is not None and argument.kind in (
            argument.VAR_POSITIONAL,
            argument.VAR_KEYWORD,
        ):
            raise ConfigError(f"The arguments of {label} are not known: {argument}; {named}")
    if first is None or first.name != "t":
        raise ConfigError(f"The first argument of {label} must be named 't', got {first}")
    return [
        argument.name
        for argument in others
        if argument.kind != argument.KEYWORD_ONLY or argument.default is argument.empty
    ]


def _check_signature(
    kind: str, function: Callable[..., Any], params: tuple[str, ...]
) -> dict[str, Any]:
    """Return the default values of `params`; raise if a call by keyword would fail."""
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
