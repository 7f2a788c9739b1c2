"""Exceptions of the package, and the functions that word their messages.

Every message names the parameter, the given value, the allowed values, and, where a
name was misspelt, the nearest known one.  Each class is also the built-in exception that
callers of the released package expect, so ``except ValueError`` keeps working.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = [
    "ConfigError",
    "GenerationError",
    "MissingPackageError",
    "ParameterError",
    "ParameterTypeError",
    "RemovedNameError",
    "SsmsError",
    "UnknownNameError",
    "bad_type",
    "bad_value",
    "missing_package",
    "removed_name",
    "unknown_name",
]


MIN_BEGINNING = 3
"""Letters from which on a misspelt name may be the beginning of the right one."""


class SsmsError(Exception):
    """Base of every exception that the package raises on purpose.

    Examples
    --------
    >>> issubclass(ParameterError, SsmsError)
    True
    """


class ParameterError(SsmsError, ValueError):
    """An argument or model parameter has a value that is not allowed.

    Examples
    --------
    >>> import ssms
    >>> try:
    ...     ssms.simulate("ddm", {"v": 0.5, "a": -1.0, "z": 0.5, "t": 0.3})
    ... except ValueError as error:
    ...     print(type(error).__name__)
    ...
    ParameterError
    """


class ParameterTypeError(SsmsError, TypeError, ValueError):
    """An argument has a type that is not allowed.

    The released package raises TypeError for some arguments and ValueError for others.

    Examples
    --------
    >>> issubclass(ParameterTypeError, TypeError), issubclass(ParameterTypeError, ValueError)
    (True, True)
    """


class UnknownNameError(SsmsError, ValueError, KeyError):
    """A model, parameter, boundary, drift or option of that name does not exist.

    Examples
    --------
    >>> import ssms
    >>> try:
    ...     ssms.model("dmd")
    ... except KeyError as error:
    ...     print(error)
    ...
    Unknown model 'dmd'. Did you mean 'ddm'?
    """

    def __str__(self) -> str:
        # KeyError would print the repr of the message.
        return str(self.args[0]) if self.args else ""


class ConfigError(SsmsError, ValueError):
    """A configuration (YAML, mapping or model description) cannot be used.

    Examples
    --------
    >>> issubclass(ConfigError, ValueError)
    True
    """


class MissingPackageError(ConfigError, ImportError):
    """Something needs a package that is not installed; the message says how to install it.

    Examples
    --------
    >>> issubclass(MissingPackageError, ImportError)
    True
    """


class RemovedNameError(SsmsError, ImportError, TypeError):
    """A name of an early release is used that something else has replaced.

    An ImportError, because ``from ... import`` shows the message of no other one.

    Examples
    --------
    >>> issubclass(RemovedNameError, ImportError)
    True
    """


class GenerationError(SsmsError, ValueError):
    """Training data could not be generated from the parameter sets that were drawn.

    Examples
    --------
    >>> issubclass(GenerationError, ValueError)
    True
    """


def _short(value: Any, limit: int = 120) -> str:
    # 0.5 rather than np.float64(0.5); text keeps its quotes.
    is_numpy_number = type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0
    text = str(value) if is_numpy_number and not isinstance(value, str | bytes) else repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def bad_value(name: str, value: Any, allowed: str, advice: str = "") -> ParameterError:
    """Return the error for a parameter whose value is not allowed.

    Parameters
    ----------
    name : str
        The parameter as the user spells it.
    value : Any
        The given value.
    allowed : str
        The allowed values, to be read after "must be".
    advice : str, optional
        What to do about it.

    Returns
    -------
    ParameterError
        To be raised by the caller.

    Examples
    --------
    >>> str(bad_value("n_samples", 0, "a positive integer"))
    'n_samples must be a positive integer, got 0'
    """
    end = f"; {advice}" if advice else ""
    return ParameterError(f"{name} must be {allowed}, got {_short(value)}{end}")


def bad_type(name: str, value: Any, allowed: str) -> ParameterTypeError:
    """Return the error for a parameter whose type is not allowed (see `bad_value`).

    Parameters
    ----------
    name, value, allowed
        As in `bad_value`.

    Returns
    -------
    ParameterTypeError

    Examples
    --------
    >>> str(bad_type("n_samples", "9", "an integer"))
    "n_samples must be an integer, got '9' (str)"
    """
    return ParameterTypeError(
        f"{name} must be {allowed}, got {_short(value)} ({type(value).__name__})"
    )


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the shortest known name that begins so, else the most similar one, or None.

    Examples
    --------
    >>> nearest("full", ["ddm", "pull", "full_ddm_rv", "full_ddm"])
    'full_ddm'
    """
    import difflib  # only errors need it

    lowered = {candidate.lower(): candidate for candidate in known}
    longer = [candidate for candidate in lowered if candidate.startswith(name.lower())]
    if len(name) >= MIN_BEGINNING and longer:
        return lowered[min(longer, key=len)]
    close = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return lowered[close[0]] if close else None


def missing_package(package: str, extra: str) -> MissingPackageError:
    """Return the error for a package that is not installed, with the extra that brings it.

    Parameters
    ----------
    package : str
        Name of the package.
    extra : str
        The extra of this distribution that brings it.

    Returns
    -------
    MissingPackageError

    Examples
    --------
    >>> str(missing_package("matplotlib", "plot"))
    "matplotlib is not installed: pip install 'ssm-simulators[plot]'"
    """
    return MissingPackageError(f"{package} is not installed: pip install 'ssm-simulators[{extra}]'")


def removed_name(name: str, instead: str) -> RemovedNameError:
    """Return the error for a name of an early release.

    Parameters
    ----------
    name, instead : str
        The name that was removed, and its replacement.

    Returns
    -------
    RemovedNameError

    Examples
    --------
    >>> str(removed_name("data_generator", "TrainingDataGenerator"))
    'data_generator was removed in release 0.12; use TrainingDataGenerator'
    """
    return RemovedNameError(f"{name} was removed in release 0.12; use {instead}")


def unknown_name(kind: str, name: Any, known: Iterable[str], advice: str = "") -> UnknownNameError:
    """Return the error for a name that is not known.

    Parameters
    ----------
    kind : str
        The kind of thing named, as in "model" or "parameter of 'ddm'".
    name : Any
        The name that was given.
    known : iterable of str
        Every name that would have been accepted.
    advice : str, optional
        What to do about it.

    Returns
    -------
    UnknownNameError
        Names the nearest known name, and all of them if they are few.

    Examples
    --------
    >>> str(unknown_name("model", "dmm", ["ddm", "full_ddm"]))
    "Unknown model 'dmm'. Did you mean 'ddm'? Known: ddm, full_ddm"
    >>> str(unknown_name("parameter of model 'ddm'", "w", ["v", "a"]))
    "Unknown parameter 'w' of model 'ddm'. Known: v, a"
    """
    known = list(known)
    if not isinstance(name, str):
        return UnknownNameError(
            f"{kind} must be a string, got {_short(name)} ({type(name).__name__})"
        )
    suggestion = nearest(name, known)
    what, of, owner = kind.partition(" of ")
    message = f"Unknown {what} {_short(name)}{of}{owner}."
    if suggestion is not None:
        message += f" Did you mean '{suggestion}'?"
    if 0 < len(known) <= 30:
        message += " Known: " + ", ".join(known)
    return UnknownNameError(f"{message}; {advice}" if advice else message)
