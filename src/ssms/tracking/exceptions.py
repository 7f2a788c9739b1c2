"""Exceptions of the tracking floor: a store that fails, an option that is wrong, a signal."""

from __future__ import annotations

import signal

from ssms.errors import SsmsError
from ssms.settings.checks import UsageError

__all__ = ["Terminated", "TrackingError", "TrackingUsageError"]


class TrackingError(SsmsError):
    """The tracking store or the artifact store cannot be used.

    The message holds the masked location, the cause and what to check; it never holds a secret.

    Examples
    --------
    >>> issubclass(TrackingUsageError, TrackingError)
    True
    """


class TrackingUsageError(TrackingError, UsageError):
    """A tracking option, environment variable or configuration key has a value that is not allowed.

    ``ssms-generate`` ends with exit code 2 on it.

    Examples
    --------
    >>> issubclass(TrackingUsageError, ValueError)
    True
    """


class Terminated(SystemExit):
    """The process was asked to end by a signal (SIGTERM, SIGHUP).

    Raised by a signal handler, so that ``finally`` blocks run and the run is marked KILLED.  When
    no code catches it, the interpreter exits with code ``128 + signum``.

    Parameters
    ----------
    signum : int
        Number of the signal.

    Attributes
    ----------
    signum : int
        Number of the signal.

    Examples
    --------
    >>> import signal
    >>> Terminated(signal.SIGTERM).code
    143
    """

    def __init__(self, signum: int) -> None:
        super().__init__(128 + int(signum))
        self.signum = int(signum)

    def __str__(self) -> str:
        return f"terminated by {signal.Signals(self.signum).name}"
