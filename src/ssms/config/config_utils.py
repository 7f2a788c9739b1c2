"""Configuration dictionaries: small readers, copies, and plain data that any Python can load."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any, TypeVar, cast

import numpy as np

from ssms.checks import whole_number
from ssms.errors import bad_type, bad_value

__all__ = [
    "SECTIONS",
    "copy_config",
    "get_nested_config",
    "get_parameter_sampler_index_offset",
    "has_nested_structure",
    "has_response_time",
    "require_plain",
    "to_plain",
]

T = TypeVar("T")

_LEAVES = frozenset((str, int, float, bool, type(None)))

#: The sections of a generator configuration.
SECTIONS = ("pipeline", "estimator", "training", "simulator", "output")


def copy_config(value: T) -> T:
    """Return a copy of a configuration that can be changed without harm to the original.

    Dictionaries, lists, tuples, sets and arrays are copied all the way down; functions,
    processes and transforms are shared.

    Examples
    --------
    >>> original = {"params": ["v"], "simulator": print}
    >>> copy_config(original)["params"].append("a")
    >>> original["params"]
    ['v']
    """
    return cast(T, _copied(value))


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind in _LEAVES:
        return value
    if kind is dict:
        return {key: _copied(item) for key, item in value.items()}
    if kind in (list, tuple, set):
        return kind([_copied(item) for item in value])
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items()}
    return value.copy() if isinstance(value, np.ndarray) else value


def to_plain(value: Any) -> Any:
    """Return `value` without functions and objects.

    Numbers, strings, lists, tuples and dictionaries stay as they are; NumPy's scalars become
    Python's, arrays and sets become lists; a function becomes its name; an object a dictionary
    of its type's name and its fields.

    Examples
    --------
    >>> to_plain({"boundary": len, "a": np.float32(0.5)})
    {'boundary': 'len', 'a': 0.5}
    """
    if value is None or type(value) in (str, bytes, bool, int, float):
        return value
    if isinstance(value, np.ndarray | np.generic):  # numpy.float64 is a float, but not plain
        return to_plain(value.tolist())
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, Mapping):
        return {to_plain(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(to_plain(item) for item in value)
    if isinstance(value, list):
        return [to_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((to_plain(item) for item in value), key=repr)
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return _plain_object(value)


def _plain_object(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"type": type(value).__name__, **fields}
    name = getattr(value, "__name__", None)
    if isinstance(name, str):
        return name
    attributes = (
        {k: to_plain(v) for k, v in vars(value).items()} if hasattr(value, "__dict__") else {}
    )
    return {"type": type(value).__name__, **attributes}


def require_plain(value: Any, name: str = "data") -> None:
    """Raise ParameterTypeError, naming the place, if `value` holds anything but plain data.

    Arrays are allowed as long as they do not hold objects.
    """
    if value is None or type(value) in (str, bytes, bool, int, float):
        return
    if type(value) is np.ndarray and not value.dtype.hasobject:
        return
    if type(value) is dict:
        for key, item in value.items():
            require_plain(key, f"key of {name}")
            require_plain(item, f"{name}[{key!r}]")
    elif type(value) in (list, tuple):
        for i, item in enumerate(value):
            require_plain(item, f"{name}[{i}]")
    else:
        raise bad_type(name, value, "plain data (numbers, text, lists, dictionaries, arrays)")


def has_nested_structure(config: Mapping[str, Any]) -> bool:
    """Return whether a generator configuration has any of the sections.

    Parameters
    ----------
    config : mapping
        A generator configuration.

    Returns
    -------
    bool

    Examples
    --------
    >>> has_nested_structure({"simulator": {"n_samples": 10}})
    True
    >>> has_nested_structure({"n_samples": 10})
    False
    """
    return any(section in config for section in SECTIONS)


def get_nested_config(
    config: Mapping[str, Any], section: str, key: str, default: Any = None
) -> Any:
    """Return ``config[section][key]``, or `default` if there is no such section or key.

    Parameters
    ----------
    config : mapping
        A generator configuration.
    section, key : str
        Names of the section and of the key in it.
    default : Any
        The result where there is no such key.

    Returns
    -------
    Any

    Examples
    --------
    >>> get_nested_config({"simulator": {"n_samples": 10}}, "simulator", "n_samples")
    10
    >>> get_nested_config({}, "simulator", "n_samples", 7)
    7
    """
    entries = config.get(section)
    return entries.get(key, default) if isinstance(entries, Mapping) else default


def get_parameter_sampler_index_offset(config: Mapping[str, Any]) -> int | None:
    """Return the index of a generator's first parameter set, or None if it is not given.

    Parameters
    ----------
    config : mapping
        A generator configuration; read is ``pipeline.parameter_sampler_index_offset``.

    Returns
    -------
    int or None

    Raises
    ------
    ParameterTypeError
        If it is not a whole number.
    ParameterError
        If it is negative.

    Examples
    --------
    >>> get_parameter_sampler_index_offset({"pipeline": {"parameter_sampler_index_offset": 5}})
    5
    """
    name = "parameter_sampler_index_offset"
    offset = get_nested_config(config, "pipeline", name)
    if offset is None:
        return None
    index = whole_number(f"pipeline.{name}", offset, "a whole number")
    if index < 0:
        raise bad_value(f"pipeline.{name}", offset, "0 or more")
    return index


def has_response_time(config: Mapping[str, Any]) -> bool:
    """Return whether the process of a model configuration gives response times."""
    return bool(getattr(config.get("simulator"), "has_response_time", True))
