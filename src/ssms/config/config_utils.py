"""Small readers of configuration dictionaries, and the one that copies them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

import numpy as np

from ssms.errors import bad_type, bad_value

__all__ = [
    "SECTIONS",
    "copy_config",
    "get_nested_config",
    "get_parameter_sampler_index_offset",
    "has_nested_structure",
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


def has_nested_structure(config: Mapping[str, Any]) -> bool:
    """Return whether a generator configuration has any of the sections.

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
    if isinstance(offset, bool) or not isinstance(offset, int | np.integer):
        raise bad_type(f"pipeline.{name}", offset, "a whole number")
    if offset < 0:
        raise bad_value(f"pipeline.{name}", offset, "0 or more")
    return int(offset)
