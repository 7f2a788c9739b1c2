"""The forms in which parameters are given, brought to one: a matrix with a row for each name."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ssms import _core
from ssms.errors import ParameterError, bad_type, bad_value, unknown_name

__all__ = ["number_array", "theta_matrix"]

FloatArray = npt.NDArray[np.float64]

_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))

MANY = 1 << 20
"""Trials whose parameters are copied at once; in larger calls each parameter is copied alone."""


def theta_matrix(
    theta: Any, params: tuple[str, ...], model: str, optional: Sequence[str] = ()
) -> tuple[tuple[str, ...], FloatArray]:
    """Return parameters as a matrix, and the names of its rows.

    Parameters
    ----------
    theta : mapping, DataFrame, sequence or array_like
        A mapping from name to a number, or to a vector with one entry for each trial, or with one
        that serves every trial; a table with one row for each trial; a record (a row of a table,
        a named tuple), or a sequence or array of records; a sequence or array of shape (n_params,)
        or (n_trials, n_params) with columns in the order of `params`.
    params : tuple of str
        The parameters that are required.
    model : str
        The model's name, for messages.
    optional : sequence of str
        Further names that a mapping or table may hold.

    Returns
    -------
    names : tuple of str
        Names of the rows: `params`, then each given one of `optional`.
    matrix : ndarray of float64, shape (n_names, n_trials)
        C-contiguous.

    Raises
    ------
    UnknownNameError
        If a name is not a parameter of the model.
    ParameterError
        If a parameter is missing, or shapes do not fit.
    ParameterTypeError
        If theta has another type, or holds a value that is not a number.
    """
    if type(theta) is dict and len(theta) == len(params):
        # The most frequent forms: numbers of one trial, which takes microseconds; vectors.
        column = np.empty((len(params), 1))
        if _core.read_numbers(theta, params, column):
            return params, column
        matrix = _matrix_of_vectors([theta.get(name) for name in params])
        if matrix is not None:
            return params, matrix
    theta = _as_mapping(theta)
    if isinstance(theta, Mapping):
        names = _names_of(theta, params, model, optional)
        return names, _matrix_of_mapping(theta, names)
    if _is_sequence(theta) or hasattr(theta, "__array__"):
        return params, _matrix_of_array(theta, params, model)
    raise bad_type("theta", theta, "a mapping, sequence, array, DataFrame or record")


def _as_mapping(theta: Any) -> Any:
    """Return anything that has names as a mapping, and anything else as it is."""
    columns = getattr(theta, "column_names", getattr(theta, "columns", None))
    if columns is not None and not isinstance(theta, Mapping):  # a table
        return {str(name): theta[name] for name in columns}
    named = _record(theta)
    if named is not None:
        return named
    if _is_sequence(theta) and len(theta) and _record(theta[0]) is not None:
        records = [_record(one) or {} for one in theta]
        first = records[0]
        if any(set(one) != set(first) for one in records):
            raise ParameterError("theta must be records with the same names in each")
        return {name: [one[name] for one in records] for name in first}
    return theta


def _is_sequence(value: Any) -> bool:
    """Return whether a value is a list or has its interface, as tuples and ranges have; no text."""
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)


def _record(value: Any) -> Mapping[Any, Any] | None:
    """Return a record as a mapping of names to values, and anything else as None."""
    if isinstance(value, Mapping):
        return value
    if hasattr(value, "to_dict"):  # a row of a table
        return dict(value.to_dict())
    if hasattr(value, "_asdict"):  # a named tuple; rows of tables have an Index too
        return {name: item for name, item in value._asdict().items() if name != "Index"}
    names = getattr(getattr(value, "dtype", None), "names", None)
    return {name: value[name] for name in names} if names else None


def _matrix_of_vectors(values: list[Any]) -> FloatArray | None:
    """Return float vectors of one length as a matrix, and anything else as None."""
    plain = all(type(value) is np.ndarray for value in values)  # a masked array loses its mask
    same = plain and len({(value.dtype, value.shape) for value in values}) == 1
    if not same or values[0].dtype not in _FLOATS or values[0].ndim != 1:
        return None
    if values[0].size > MANY:
        return _stacked(values, values[0].size)
    return np.array(values, np.float64)


def _stacked(vectors: Iterable[FloatArray], n_trials: int) -> FloatArray:
    """Return vectors as rows of a matrix; Ctrl-C is heard between them."""
    rows = list(vectors)
    matrix = np.empty((len(rows), n_trials))
    for row, vector in zip(matrix, rows, strict=True):
        row[:] = vector
    return matrix


def _names_of(
    theta: Mapping[Any, Any], params: Sequence[str], model: str, optional: Sequence[str]
) -> tuple[str, ...]:
    given = [name for name in optional if name in theta]
    names = (*params, *given)
    if len(theta) == len(names) and all(name in theta for name in params):
        if "s" in given and "sd" in given:
            raise ParameterError("theta holds both s and sd, two names of the noise; give one")
        return names
    for name in theta:
        if name not in names:
            advice = "models named NAME_deadline take it" if name == "deadline" else ""
            known = [*params, *optional]
            raise unknown_name(f"parameter of model {model!r}", name, known, advice)
    missing = [name for name in params if name not in theta]
    raise ParameterError(
        f"theta lacks {', '.join(map(repr, missing))}; model {model!r} has the parameters "
        + ", ".join(params)
    )


def _matrix_of_mapping(theta: Mapping[str, Any], names: tuple[str, ...]) -> FloatArray:
    values = [theta[name] for name in names]
    vectors = [_vector(name, value) for name, value in zip(names, values, strict=True)]
    lengths = {
        name: vector.size
        for name, vector in zip(names, vectors, strict=True)
        if vector.ndim == 1 and vector.size != 1
    }
    n_trials = next(iter(lengths.values()), 1)
    if any(length != n_trials for length in lengths.values()):
        listing = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise ParameterError(
            "Vectors in theta must have the same length, one entry for each trial, or length 1; "
            f"got {listing}"
        )
    return _stacked(vectors, n_trials)


def _vector(name: str, value: Any) -> FloatArray:
    """Return a scalar (0-d) or a vector (1-d)."""
    array = number_array(name, value)
    if array.ndim == 0:
        return array
    if array.size != 1:
        array = array.squeeze()
    if array.ndim > 1 and array.size == 1:
        array = array.reshape(1)
    if array.ndim > 1:
        raise ParameterError(f"{name} must be a number or a vector, got an array of {array.shape}")
    return array


def _is_masked(value: Any) -> bool:
    """Return whether a value is a masked array; their module takes long to import."""
    ma = sys.modules.get("numpy.ma")
    return ma is not None and isinstance(value, ma.MaskedArray)


def number_array(name: str, value: Any, kinds: str = "fiub") -> FloatArray:
    """Return numbers of any form, whose kinds NumPy names by a letter each, as an array.

    Raises
    ------
    ParameterTypeError
        If they are no numbers.
    ParameterError
        If they have no regular shape, are masked, or are too large.
    """
    if _is_masked(value):
        if value.mask.any():
            raise bad_value(name, value, "made of numbers, none of them masked")
        value = value.filled()
    if isinstance(value, np.ndarray) and value.dtype.kind in kinds:
        return value.astype(np.float64, copy=False)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ParameterError(f"{name} must be numbers in a regular shape: {error}") from None
    if array.dtype.kind not in kinds and (others := _others(value, array)):
        raise bad_type(name, others[0], "made of numbers")
    try:
        return array.astype(np.float64, copy=False)
    except OverflowError:
        raise bad_value(name, value, "made of numbers below 1e308 in size") from None


def _others(value: Any, array: npt.NDArray[Any]) -> list[Any]:
    """Return the entries that are no numbers; of an array of another kind than allowed, all."""
    from decimal import Decimal
    from numbers import Real

    if array.dtype.kind not in "OU":
        return [*array.ravel().tolist(), value]
    # A list of numbers and text is an array of text.
    entries = np.asarray(value, object).ravel()
    return [entry for entry in entries if not isinstance(entry, Real | Decimal)]


def _matrix_of_array(theta: Any, params: Sequence[str], model: str) -> FloatArray:
    array = number_array("theta", theta)
    if array.ndim == 1:
        array = array[None, :]
    if array.ndim != 2 or array.shape[1] != len(params):
        shape = np.shape(theta)
        raise ParameterError(
            f"theta must have {len(params)} columns, one for each parameter of model {model!r} "
            f"({', '.join(params)}), got an array of shape {shape}"
        )
    # A copy always: metadata read it after the caller may have changed the array.
    return _stacked(array.T, len(array)) if len(array) > MANY else np.array(array.T, order="C")
