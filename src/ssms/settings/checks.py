"""Checks of single values: each returns the value in its normal form or names the allowed values.

Text is never taken for a number here; text from the command line is converted first
(`ssms.settings.table.Row.parse`).  Nothing heavy is imported, because ``--help`` needs the table.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from ssms.errors import ParameterError

__all__ = [
    "MAX_SEED",
    "NotAllowed",
    "UsageError",
    "flag",
    "folder_fault",
    "mapping",
    "number",
    "one_of",
    "only",
    "path",
    "positive",
    "remote_scheme",
    "shares",
    "some_of",
    "text",
    "threads",
    "whole",
]

MAX_SEED = 2**63 - 1
MAX_NAME_BYTES, MAX_PATH_BYTES = 255, 4095  # of file systems

Check = Callable[[Any], Any]
_REMOTE = re.compile(r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]+)://?")


class UsageError(ParameterError):
    """A run was asked for in a way that cannot be understood or carried out (exit code 2).

    Examples
    --------
    >>> issubclass(UsageError, ValueError)
    True
    """


class NotAllowed(ValueError):
    """A value is not allowed; the message continues "NAME must be ...".

    Examples
    --------
    >>> issubclass(NotAllowed, ValueError)
    True
    """


def whole(minimum: int, maximum: float = math.inf) -> Check:
    """Return a check for whole numbers; 2000.0 is one, True is not."""
    allowed = "a positive whole number" if minimum == 1 else f"a whole number >= {minimum}"
    if maximum < math.inf:
        allowed = f"a whole number from {minimum} to {int(maximum)}"

    def check(value: Any) -> int:
        if isinstance(value, Real) and not isinstance(value, Integral):
            number = float(value)
            value = int(number) if number.is_integer() else None
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise NotAllowed(allowed)
        if not minimum <= int(value) <= maximum:
            raise NotAllowed(allowed)
        return int(value)

    return check


def number(value: Any) -> float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise NotAllowed("a finite number")
    return float(value)


def positive(unit: str = "", maximum: float = math.inf) -> Check:
    """Return a check for finite numbers above 0."""
    allowed = f"a positive number{f' of {unit}' if unit else ''}"
    if maximum < math.inf:
        allowed += f", at most {maximum:g}"

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, Real):
            raise NotAllowed(allowed)
        found = float(value)
        if not (math.isfinite(found) and 0 < found <= maximum):
            raise NotAllowed(allowed)
        return found

    return check


def flag(value: Any) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise NotAllowed("true or false")
    return value


def text(limit: int = 0, what: str = "text that is not empty") -> Check:
    """Return a check for text of one line; 0 is no limit of its length."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            hint = "" if isinstance(value, str) or value is None else " (in quotes in a YAML file)"
            raise NotAllowed(what + hint)
        if limit and (len(value) > limit or (limit <= 500 and re.search(r"[\r\n]", value))):
            raise NotAllowed(f"one line of at most {limit} characters")
        return value

    return check


def remote_scheme(value: str) -> str:
    """Return the scheme of a location that is no local path ("s3"), "" for a path.

    Examples
    --------
    >>> remote_scheme("s3://bucket/data"), remote_scheme("data/s3"), remote_scheme("file:///x")
    ('s3', '', 'file')
    """
    match = _REMOTE.match(value)
    return match["scheme"].lower() if match else ""


def path(value: Any) -> str:
    """Return a local path as text; a URI is refused."""
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise NotAllowed("a path")
    name = max(map(len, os.fsencode(value).split(os.fsencode(os.sep))))
    if name > MAX_NAME_BYTES or len(os.fsencode(value)) > MAX_PATH_BYTES:
        raise NotAllowed(f"a path whose names have at most {MAX_NAME_BYTES} bytes each")
    scheme = remote_scheme(value)
    if scheme:
        raise NotAllowed(f"a path on this machine or on a shared file system, not a {scheme} URI")
    return value


def folder_fault(folder: Path) -> str:
    """Return why no file can be made in a folder, which need not exist yet; "" if one can."""
    existing = folder.absolute()
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        return f"{existing} is a file, not a folder"
    writable = os.access(existing, os.W_OK | os.X_OK)
    return "" if writable else f"no permission to write in {existing}"


def threads(value: Any) -> int | str:
    """Return a positive whole number, also from text, or "all"."""
    allowed = "a positive whole number or 'all'"
    if isinstance(value, str):
        if value.strip().lower() == "all":
            return "all"
        if not value.strip().isdecimal():
            raise NotAllowed(allowed)
        value = int(value)
    try:
        return int(whole(1)(value))
    except NotAllowed:
        raise NotAllowed(allowed) from None


def share(value: Any) -> float:
    """Return a number from 0 to 1."""
    found = number(value)
    if not 0.0 <= found <= 1.0:
        raise NotAllowed("a number from 0 to 1")
    return found


def only(allowed: Any, instead: str) -> Check:
    """Return a check for the one value that this version takes."""

    def check(value: Any) -> Any:
        if value != allowed:
            raise NotAllowed(f"{allowed!r} ({instead})")
        return allowed

    return check


def one_of(names: Iterable[str]) -> Check:
    """Return a check for names, in any case."""
    known = {name.lower(): name for name in names}

    def check(value: Any) -> str:
        if not isinstance(value, str) or value.lower() not in known:
            from ssms.errors import nearest

            close = nearest(value, known.values()) if isinstance(value, str) else None
            hint = f" (did you mean {close}?)" if close else ""
            raise NotAllowed(f"one of {', '.join(known.values())}{hint}")
        return known[value.lower()]

    return check


def some_of(numbers: Sequence[int]) -> Check:
    """Return a check for a list of some of these numbers, each at most once."""
    allowed = f"a list of some of {', '.join(map(str, numbers))}, each at most once"

    def check(value: Any) -> list[int]:
        if not isinstance(value, list | tuple) or any(
            isinstance(n, bool) or not isinstance(n, Integral) or n not in numbers for n in value
        ):
            raise NotAllowed(allowed)
        found = [int(n) for n in value]
        if len(set(found)) < len(found):
            raise NotAllowed(allowed)
        return sorted(found)

    return check


def shares(value: Any) -> list[float]:
    """Return three shares that sum to 1."""
    allowed = "three numbers >= 0 that sum to 1 (estimate, uniform, impossible)"
    if isinstance(value, str | Mapping) or not hasattr(value, "__len__") or len(value) != 3:
        raise NotAllowed(allowed)
    try:
        found = [number(share) for share in value]
    except NotAllowed:
        raise NotAllowed(allowed) from None
    if min(found) < 0 or abs(sum(found) - 1.0) > 1e-6:
        raise NotAllowed(allowed)
    return found


def mapping(what: str) -> Check:
    """Return a check for mappings."""

    def check(value: Any) -> dict[Any, Any]:
        if not isinstance(value, Mapping):
            raise NotAllowed(what)
        return dict(value)

    return check
