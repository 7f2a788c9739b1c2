"""Results in which an observation has any number of named fields.

A native result is a mapping with ``observations``, floats of shape (n_samples, n_trials, fields);
``omission_mask``, booleans of shape (n_samples, n_trials); and ``metadata`` with
``observation_schema_version`` and ``observation_schema``, a tuple of mappings that describe the
fields in order:

- ``{"name": ..., "kind": "continuous"}``, and optionally ``lower``, ``upper`` and, of a bound
  that is given, ``lower_inclusive``, ``upper_inclusive`` (True by default);
- ``{"name": ..., "kind": "categorical", "values": labels}``, whole numbers;
- ``{"name": ..., "kind": "circular", "lower": ..., "upper": ...}``, without the upper bound.

Every field of an omitted row is NaN, and nothing else is.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms.config.constants import OMISSION_SENTINEL
from ssms.engine.results import result_shape
from ssms.errors import ConfigError, ParameterTypeError, bad_type, bad_value

__all__ = [
    "OBSERVATION_SCHEMA_VERSION",
    "normalize_simulator_result",
    "validate_observation_result",
]

#: The version of the schema that this module reads and writes.
OBSERVATION_SCHEMA_VERSION = 1

_NATIVE = ("observations", "omission_mask")
_BOUNDS = ("lower", "upper")
_KEYS: dict[str, tuple[set[str], set[str]]] = {  # of each kind: required, optional
    "continuous": (set(), {*_BOUNDS, "lower_inclusive", "upper_inclusive"}),
    "categorical": ({"values"}, set()),
    "circular": ({*_BOUNDS}, set()),
}

Schema = tuple[Mapping[str, Any], ...]


def validate_observation_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Check a native result.

    Parameters
    ----------
    result : mapping
        See the module; other keys, also of the metadata, are not looked at.

    Returns
    -------
    dict
        A shallow copy, and so are its metadata.

    Raises
    ------
    ParameterTypeError
        A container or an array has the wrong type.
    ParameterError, ConfigError
        Something is missing, a shape or the schema is wrong, or a value is not allowed.

    Examples
    --------
    >>> schema = ({"name": "rt", "kind": "continuous", "lower": 0.0},)
    >>> result = {
    ...     "observations": np.array([[[0.5]], [[np.nan]]]),
    ...     "omission_mask": np.array([[False], [True]]),
    ...     "metadata": {"observation_schema_version": 1, "observation_schema": schema},
    ... }
    >>> list(validate_observation_result(result))
    ['observations', 'omission_mask', 'metadata']
    """
    _check_mapping("observation result", result)
    _check_keys("observation result", result, (*_NATIVE, "metadata"))
    metadata = result["metadata"]
    _check_mapping("metadata", metadata)
    _check_keys("metadata", metadata, ("observation_schema_version", "observation_schema"))
    version = metadata["observation_schema_version"]
    if type(version) is not int or version != OBSERVATION_SCHEMA_VERSION:
        raise bad_value("observation_schema_version", version, str(OBSERVATION_SCHEMA_VERSION))
    schema, (observations, mask) = metadata["observation_schema"], (result[key] for key in _NATIVE)
    names = _check_schema(schema)
    _check_array("observations", observations, "f", "floating-point")
    _check_array("omission_mask", mask, "b", "boolean")
    if observations.ndim != 3 or observations.shape[2] != len(names):
        allowed = f"of shape (n_samples, n_trials, {len(names)})"
        raise bad_value("observations", observations.shape, allowed)
    if mask.shape != observations.shape[:2]:
        raise bad_value("omission_mask", mask.shape, f"of shape {observations.shape[:2]}")
    missing = np.isnan(observations)
    if not np.array_equal(missing.any(axis=2), missing.all(axis=2)):
        raise ConfigError("a row of observations is NaN in some fields; omissions are NaN in all")
    if not np.array_equal(missing.all(axis=2), mask):
        raise ConfigError("omission_mask must be True exactly where a row of observations is NaN")
    for i, field in enumerate(schema):
        _check_values(field, observations[..., i][~mask], observations.dtype)
    return {**result, "metadata": dict(metadata)}


def normalize_simulator_result(
    result: Mapping[str, Any],
    *,
    expected_n_samples: int,
    expected_n_trials: int,
    observation_schema: Schema,
    source_projection: tuple[tuple[str, str], ...],
    omission_source: str,
) -> dict[str, Any]:
    """Return a result of `simulator` or `Simulator.simulate` as a native one.

    Parameters
    ----------
    result : mapping
        With ``metadata`` and the arrays that are projected, as `simulator` shapes them.
    expected_n_samples, expected_n_trials : int
        Sizes that the arrays must have.
    observation_schema : tuple of mapping
        One or two fields; see the module.
    source_projection : tuple of (str, str)
        For each field, in order: the key of `result`, and the field's name.
    omission_source : str
        The projected key that is -999 where there was no response.

    Returns
    -------
    dict
        `result`, unchanged, with the other entries of a native result.

    Raises
    ------
    ParameterTypeError, ParameterError, ConfigError
        As `validate_observation_result`; a key is native already, or -999 stands in a source
        where `omission_source` has a response.

    Examples
    --------
    >>> from ssms import Simulator
    >>> theta = {"v": 1.0, "a": 1.0, "z": 0.5, "t": 0.3}
    >>> native = normalize_simulator_result(
    ...     Simulator("ddm").simulate(theta, n_samples=5, random_state=1),
    ...     expected_n_samples=5,
    ...     expected_n_trials=1,
    ...     observation_schema=(
    ...         {"name": "rt", "kind": "continuous", "lower": 0.0},
    ...         {"name": "response", "kind": "categorical", "values": (-1, 1)},
    ...     ),
    ...     source_projection=(("rts", "rt"), ("choices", "response")),
    ...     omission_source="rts",
    ... )
    >>> native["observations"].shape
    (5, 1, 2)
    """
    _check_mapping("result", result)
    n_samples = _size("expected_n_samples", expected_n_samples)
    n_trials = _size("expected_n_trials", expected_n_trials)
    names = _check_schema(observation_schema)
    if len(names) > 2:
        raise bad_value("observation_schema", names, "one or two fields")
    sources = _sources(source_projection, names)
    if not isinstance(omission_source, str):
        raise bad_type("omission_source", omission_source, f"one of {', '.join(sources)}")
    if omission_source not in sources:
        raise bad_value("omission_source", omission_source, f"one of {', '.join(sources)}")
    present = [key for key in _NATIVE if key in result]
    if present:
        raise ConfigError(f"result has the key {present[0]!r} of a native result already")
    _check_keys("result", result, ("metadata", *sources))
    _check_mapping("metadata", result["metadata"])
    arrays = {key: _source(key, result[key], (n_samples, n_trials)) for key in sources}
    mask = arrays[omission_source] == OMISSION_SENTINEL
    for key, array in arrays.items():
        if ((array == OMISSION_SENTINEL) & ~mask).any():
            raise ConfigError(f"{key!r} is -999 where {omission_source!r} has a response")
    # Integers and floats meet in float64, which holds both.
    dtype = np.result_type(*arrays.values(), np.float16)
    observations = np.stack(list(arrays.values()), axis=-1).astype(dtype)
    for i, (key, array) in enumerate(arrays.items()):
        if array.dtype.kind in "iu" and (observations[..., i] != array)[~mask].any():
            raise ConfigError(f"{key!r} has labels that {dtype} cannot hold")
    observations[mask] = np.nan
    metadata = {
        **result["metadata"],
        "observation_schema_version": OBSERVATION_SCHEMA_VERSION,
        "observation_schema": observation_schema,
    }
    native = {"observations": observations, "omission_mask": mask, "metadata": metadata}
    return validate_observation_result({**result, **native})


def _sources(projection: Any, names: list[str]) -> list[str]:
    """Return the projected keys."""
    if not isinstance(projection, tuple) or not all(
        isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(k, str) for k in pair)
        for pair in projection
    ):
        raise bad_type("source_projection", projection, "a tuple of (key, field name)")
    if [target for _, target in projection] != names:
        allowed = f"pairs for the fields {', '.join(names)}, in this order"
        raise bad_value("source_projection", projection, allowed)
    sources = [source for source, _ in projection]
    if len(set(sources)) < len(sources):
        raise bad_value("source_projection", projection, "pairs with a different key each")
    return sources


def _source(key: str, array: Any, sizes: tuple[int, int]) -> NDArray[Any]:
    """Return a projected array as (n_samples, n_trials)."""
    _check_array(key, array, "iuf", "real")
    if array.shape != result_shape(*sizes):
        raise bad_value(key, array.shape, f"of shape {result_shape(*sizes)}")
    source: NDArray[Any] = array.reshape(sizes)
    return source


def _size(name: str, value: Any) -> int:
    if isinstance(value, bool):
        raise bad_type(name, value, "an integer")
    try:
        size = operator.index(value)
    except TypeError:
        raise bad_type(name, value, "an integer") from None
    if size < 1:
        raise bad_value(name, size, "a positive integer")
    return size


def _check_mapping(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise bad_type(name, value, "a mapping")


def _check_keys(name: str, value: Mapping[str, Any], keys: Sequence[str]) -> None:
    lacking = [key for key in keys if key not in value]
    if lacking:
        raise ConfigError(f"{name} lacks {', '.join(map(repr, lacking))}")


def _check_array(name: str, value: Any, kinds: str, words: str) -> None:
    if not isinstance(value, np.ndarray):
        raise bad_type(name, value, "a NumPy array")
    if value.dtype.kind not in kinds:
        raise ParameterTypeError(f"{name} must have a {words} dtype, got {value.dtype}")


def _check_schema(schema: Any) -> list[str]:
    """Return the names of the fields."""
    if not isinstance(schema, tuple):
        raise bad_type("observation_schema", schema, "a tuple of mappings")
    if not schema:
        raise bad_value("observation_schema", schema, "one field or more")
    for i, field in enumerate(schema):
        _check_field(f"observation_schema[{i}]", field)
    names = [field["name"] for field in schema]
    if len(set(names)) < len(names):
        raise bad_value("observation_schema", names, "fields of different names")
    return names


def _check_field(where: str, field: Any) -> None:
    _check_mapping(where, field)
    _check_keys(where, field, ("name", "kind"))
    if not isinstance(field["name"], str) or not field["name"]:
        raise bad_value(f"{where}['name']", field["name"], "a string that is not empty")
    if field["kind"] not in _KEYS:
        raise bad_value(f"{where}['kind']", field["kind"], f"one of {', '.join(_KEYS)}")
    required, optional = _KEYS[field["kind"]]
    _check_keys(where, field, sorted(required))
    unknown = sorted(set(field) - required - optional - {"name", "kind"})
    if unknown:
        raise ConfigError(f"{where}: a {field['kind']} field has no {unknown[0]!r}")
    if "values" in field:
        _check_labels(f"{where}['values']", field["values"])
        return
    for bound in _BOUNDS:
        if bound in field and not _is_number(field[bound]):
            raise bad_value(f"{where}['{bound}']", field[bound], "a finite number")
        inclusive = field.get(f"{bound}_inclusive", True)
        if not isinstance(inclusive, bool):
            raise bad_value(f"{where}['{bound}_inclusive']", inclusive, "True or False")
        if f"{bound}_inclusive" in field and bound not in field:
            raise ConfigError(f"{where} has '{bound}_inclusive' without {bound!r}")
    if "lower" in field and "upper" in field and not field["lower"] < field["upper"]:
        raise bad_value(f"{where}['lower']", field["lower"], f"below upper, {field['upper']}")


def _check_labels(where: str, values: Any) -> None:
    if not isinstance(values, list | tuple):
        raise bad_type(where, values, "a list or tuple of labels")
    if not values or len(set(values)) < len(values):
        raise bad_value(where, values, "one label or more, all different")
    for value in values:
        if not _is_number(value) or value != int(value):
            raise bad_value(where, value, "whole numbers")


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return math.isfinite(value)


def _check_values(field: Mapping[str, Any], values: NDArray[Any], dtype: Any) -> None:
    """Raise for a value that is infinite, or outside its field."""
    if field["kind"] == "categorical":
        for label in field["values"]:
            if int(dtype.type(label)) != label:
                raise bad_value(f"a label of {field['name']!r}", label, f"a number {dtype} holds")
        allowed = np.isin(values, np.asarray(field["values"], dtype))
    else:
        half_open = field["kind"] == "circular"
        allowed = np.asarray(np.isfinite(values))
        low = operator.ge if field.get("lower_inclusive", True) else operator.gt
        high = operator.le if field.get("upper_inclusive", not half_open) else operator.lt
        bounds: list[tuple[str, Callable[[Any, Any], Any]]] = [("lower", low), ("upper", high)]
        for bound, compare in bounds:
            if bound in field:
                allowed = allowed & compare(values, field[bound])
    if not allowed.all():
        described = {key: value for key, value in field.items() if key != "name"}
        raise bad_value(f"observation field {field['name']!r}", values[~allowed][0], f"{described}")
