"""Configurations as plain data: what a file can hold and any Python can load."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ssms.errors import bad_type

__all__ = ["plain_model_config", "require_plain", "to_plain"]


def to_plain(value: Any) -> Any:
    """Return `value` without functions and objects.

    Numbers, strings, lists, tuples and dictionaries stay what they are; NumPy's scalars become
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


def plain_model_config(model_config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's configuration as plain data.

    ``param_bounds`` is given as [lows, highs] in the order of ``params``, all of them numbers:
    a bound that is another parameter's name becomes that parameter's own bound
    (``param_bounds_dict`` keeps the name).

    Examples
    --------
    >>> config = {"params": ["t", "st"], "param_bounds_dict": {"t": (0.25, 2.25), "st": (0, "t")}}
    >>> plain_model_config(config)["param_bounds"]
    [[0.25, 0.0], [2.25, 2.25]]
    """
    from ssms.dataset_generators.parameter_samplers.uniform_sampler import (
        numeric_bound,
        parameter_space,
    )

    plain: dict[str, Any] = to_plain(model_config)
    space = parameter_space(model_config)
    plain["param_bounds_dict"] = to_plain(space)
    plain["param_bounds"] = [
        [numeric_bound(space, name, side) for name in space] for side in (0, 1)
    ]
    return plain


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
