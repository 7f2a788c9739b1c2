"""Checks of arguments: one home for numbers, names and seeds."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ssms.errors import bad_type, bad_value, unknown_name

__all__ = [
    "check_choice",
    "check_count",
    "check_duration",
    "check_fields",
    "check_flag",
    "check_number",
    "check_positive",
    "check_threads",
    "seed_from",
    "whole_number",
]

MAX_COUNT = 2**32 - 1
MAX_THREADS = 256

_NO_NUMBERS = (str, bytes, bool)
"""Types that float() accepts although they are not numbers."""


def whole_number(name: str, value: Any, allowed: str) -> int:
    """Return a whole number as an int: 9, NumPy's 9, and 9.0 are; True and "9" are not.

    Parameters
    ----------
    name : str
        Its name in messages.
    value : Any
        The given value.
    allowed : str
        The allowed values, to be read after "must be".

    Returns
    -------
    int

    Raises
    ------
    ParameterTypeError
        If it is not a number, or not whole.

    Examples
    --------
    >>> whole_number("n_samples", 2e3, "an integer")
    2000
    """
    if not isinstance(value, _NO_NUMBERS):
        try:
            return operator.index(value)
        except TypeError:
            pass
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if number.is_integer():
            return int(number)
    raise bad_type(name, value, allowed)


def check_count(name: str, value: Any, most: int = MAX_COUNT) -> int:
    """Return a whole number from 1 to `most` as an int.

    Parameters
    ----------
    name : str
        Its name in messages.
    value : Any
        The given value.
    most : int
        The largest allowed value.

    Returns
    -------
    int

    Raises
    ------
    ParameterTypeError
        If it is not an integer.
    ParameterError
        If it is out of range.

    Examples
    --------
    >>> check_count("n_samples", 2000.0)
    2000
    """
    allowed = f"an integer from 1 to {most}"
    count = value if type(value) is int else whole_number(name, value, allowed)
    if not 1 <= count <= most:
        raise bad_value(name, value, allowed)
    return count


def check_choice(name: str, value: Any, known: Sequence[str]) -> str:
    """Return a word that is one of the known ones.

    Parameters
    ----------
    name : str
        Its name in messages.
    value : Any
        The given value.
    known : sequence of str
        The allowed words.

    Returns
    -------
    str

    Raises
    ------
    ParameterTypeError
        If it is not a string.
    UnknownNameError
        If it is another word.

    Examples
    --------
    >>> check_choice("return_option", "full", ("full", "minimal"))
    'full'
    """
    if not isinstance(value, str):
        raise bad_type(name, value, f"one of {', '.join(map(repr, known))}")
    if value not in known:
        raise unknown_name(name, value, known)
    return value


def check_threads(value: Any) -> int:
    """Return a number of threads as an int; raise as `check_count` does.

    Examples
    --------
    >>> check_threads(4)
    4
    """
    return check_count("n_threads", value, MAX_THREADS)


def check_flag(name: str, value: Any) -> bool:
    """Return True or False (1 and 0, and NumPy's, count as such).

    Parameters
    ----------
    name : str
        Its name in messages.
    value : Any
        The given value.

    Returns
    -------
    bool

    Raises
    ------
    ParameterTypeError
        If it is anything else: the text "no" would count as true.

    Examples
    --------
    >>> check_flag("no_noise", 1)
    True
    """
    if value is True or value is False:
        return value
    is_number = isinstance(value, int) or type(value).__module__ == "numpy"
    if is_number and getattr(value, "ndim", 0) == 0 and value in (0, 1):
        return bool(value)
    raise bad_type(name, value, "True or False")


def check_fields(value: Any) -> Mapping[str, Any]:
    """Return extra fields as they are, and None as none.

    Parameters
    ----------
    value : mapping or None
        The given fields.

    Returns
    -------
    mapping

    Raises
    ------
    ParameterTypeError
        If they are not a mapping.

    Examples
    --------
    >>> check_fields(None)
    {}
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise bad_type("extra_fields", value, "a mapping from name to value, or None")
    return value


MIN_SECONDS, MAX_SECONDS = 1e-9, 1e9


def check_duration(name: str, value: Any) -> float:
    """Return a number of seconds, from 1e-9 to 1e9, as a float.

    Parameters
    ----------
    name : str
        Its name in messages.
    value : Any
        The given value.

    Returns
    -------
    float

    Raises
    ------
    ParameterTypeError
        If it is not a number.
    ParameterError
        If it is not from 1e-9 to 1e9.

    Examples
    --------
    >>> check_duration("delta_t", 0.001)
    0.001
    """
    seconds = check_positive(name, value)
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise bad_value(name, value, f"from {MIN_SECONDS:g} to {MAX_SECONDS:g} seconds")
    return seconds


def check_positive(name: str, value: Any) -> float:
    """Return a finite number greater than 0 as a float.

    Parameters
    ----------
    name : str
        Its name in messages.
    value : Any
        The given value.

    Returns
    -------
    float

    Raises
    ------
    ParameterTypeError
        If it is not a number.
    ParameterError
        If it is not finite, or not greater than 0.

    Examples
    --------
    >>> check_positive("sigma_noise", 2)
    2.0
    """
    number = check_number(name, value)
    if not 0.0 < number < math.inf:
        raise bad_value(name, value, "finite and greater than 0")
    return number


def check_number(name: str, value: Any) -> float:
    """Return a number as a float, an infinite one where it is too large.

    Parameters
    ----------
    name : str
        Its name in messages.
    value : Any
        The given value.

    Returns
    -------
    float

    Raises
    ------
    ParameterTypeError
        If it is not a number; text does not count as one.

    Examples
    --------
    >>> check_number("rt", 10**400)
    inf
    """
    if not isinstance(value, _NO_NUMBERS):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
        except (TypeError, ValueError):
            pass
    raise bad_type(name, value, "a number")


def seed_from(random_state: Any) -> int:
    """Return the seed of a simulation, from 0 to 2**64 - 1.

    Parameters
    ----------
    random_state : int, numpy.random.Generator, numpy.random.SeedSequence or None
        A seed; a generator or seed sequence, from which one is drawn; or None, for one from the
        system.

    Returns
    -------
    int

    Raises
    ------
    ParameterTypeError
        If it is none of these.
    ParameterError
        If the seed is negative or too large.

    Examples
    --------
    >>> seed_from(7)
    7
    """
    if type(random_state) is int and 0 <= random_state < 2**64:
        return random_state
    if random_state is None:
        return int.from_bytes(os.urandom(8), "little")
    allowed = "an integer from 0 to 2**64 - 1, a numpy.random.Generator or SeedSequence, or None"
    if not isinstance(random_state, bool):
        try:
            seed = operator.index(random_state)
        except TypeError:
            pass
        else:
            if not 0 <= seed < 2**64:
                raise bad_value("random_state (the seed)", random_state, allowed)
            return seed
    import numpy as np

    if isinstance(random_state, np.random.SeedSequence):
        return int(random_state.generate_state(1, np.uint64)[0])
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(0, 2**64, dtype=np.uint64))
    raise bad_type("random_state (the seed)", random_state, allowed)
