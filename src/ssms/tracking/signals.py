"""Signals as exceptions, so that a terminated process still says how it ended."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from .exceptions import Terminated

__all__ = ["SignalsAsExceptions"]

_NAMES = ("SIGTERM", "SIGHUP")


class SignalsAsExceptions:
    """Raise `Terminated` in the main thread on SIGTERM and SIGHUP while the context is open.

    A handler that somebody else installed stays; outside the main thread nothing is done, because
    Python runs handlers in the main thread only.

    Examples
    --------
    >>> import os, signal
    >>> with SignalsAsExceptions():  # doctest: +SKIP
    ...     os.kill(os.getpid(), signal.SIGTERM)
    Traceback (most recent call last):
    ssms.tracking.exceptions.Terminated: terminated by SIGTERM
    """

    def __init__(self) -> None:
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> SignalsAsExceptions:
        if threading.current_thread() is threading.main_thread():
            for name in _NAMES:
                number = getattr(signal, name, None)
                # nohup makes SIGHUP ignored, and that stays so.
                if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                    self._previous[number] = signal.signal(number, self._raise)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}

    @staticmethod
    def _raise(number: int, _frame: FrameType | None) -> None:
        raise Terminated(number)
