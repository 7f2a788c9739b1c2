"""The two spellings of training bounds, and the passage between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ssms.errors import ConfigError, unknown_name

__all__ = ["bound_errors", "bounds_by_name", "bounds_in_file_form"]

Bounds = dict[str, tuple[Any, Any]]


def bounds_by_name(params: Sequence[str], bounds: Any) -> Bounds:
    """Return bounds as ``{name: (low, high)}``.

    Parameters
    ----------
    params : sequence of str
        Names of the parameters, in order.
    bounds : mapping or array_like of shape (2, n)
        ``{name: (low, high)}`` of some or all of the parameters, or a row of lower and a row of
        upper bounds in the order of `params`.

    Returns
    -------
    dict

    Raises
    ------
    ConfigError
        If `bounds` is neither.
    UnknownNameError
        If a mapping names something that is not a parameter.
    """
    if isinstance(bounds, Mapping):
        for name in bounds:
            if name not in params:
                raise unknown_name("parameter in param_bounds", name, params)
        pairs = {name: bounds[name] for name in params if name in bounds}
    else:
        rows = bounds.tolist() if isinstance(bounds, np.ndarray) else bounds
        if not _is_sequence(rows) or len(rows) != 2 or not all(map(_is_sequence, rows)):
            raise ConfigError(
                "param_bounds must be [[low, ...], [high, ...]] or {name: (low, high)}, "
                f"got {bounds!r}"
            )
        if any(len(row) != len(params) for row in rows):
            raise ConfigError(
                f"param_bounds must have one low and one high for each of {list(params)}, "
                f"got {len(rows[0])} and {len(rows[1])}"
            )
        pairs = {name: (rows[0][i], rows[1][i]) for i, name in enumerate(params)}
    for name, pair in pairs.items():
        if not _is_sequence(pair) or len(pair) != 2:
            raise ConfigError(f"The bounds of {name!r} must be (low, high), got {pair!r}")
    return {name: (pair[0], pair[1]) for name, pair in pairs.items()}


def bounds_in_file_form(params: Sequence[str], bounds: Bounds) -> Any:
    """Return bounds as clients read them from training files: two rows of numbers.

    Where a bound is the name of another parameter there is no such table, and the mapping
    itself is returned.
    """
    if any(isinstance(bound, str) for pair in bounds.values() for bound in pair):
        return {name: bounds[name] for name in params}
    return [[bounds[name][0] for name in params], [bounds[name][1] for name in params]]


def bound_errors(params: Sequence[str], bounds: Bounds) -> list[str]:
    """Return the faults of bounds; an empty list if there are none."""
    errors = [f"param_bounds has no bounds of {name!r}" for name in params if name not in bounds]
    for name, pair in bounds.items():
        for bound in pair:
            if isinstance(bound, str):
                if bound not in params or bound == name:
                    errors.append(f"A bound of {name!r} is {bound!r}, not another parameter")
            elif not is_number(bound):
                errors.append(f"A bound of {name!r} is not a finite number: {bound!r}")
        low, high = pair
        if is_number(low) and is_number(high) and not low <= high:
            errors.append(f"The bounds of {name!r} must be low <= high, got {low} and {high}")
    return errors


def is_number(value: Any) -> bool:
    """Return whether `value` is a finite number and not a bool."""
    return (
        isinstance(value, int | float | np.integer | np.floating)
        and not isinstance(value, bool)
        and bool(np.isfinite(value))
    )


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)
