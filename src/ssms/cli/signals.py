"""Signals that end a run, turned into exceptions that the main thread can clean up after."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from ssms.tracking import Terminated

__all__ = ["ending_signals", "exit_code"]

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def exit_code(signum: int) -> int:
    """Return the exit code that shells report for a process ended by a signal.

    Examples
    --------
    >>> exit_code(15)
    143
    """
    return 128 + signum


@contextlib.contextmanager
def ending_signals() -> Iterator[None]:
    """Raise `KeyboardInterrupt` on SIGINT and `Terminated` on SIGTERM and SIGHUP, inside.

    Batch systems repeat themselves: after the first signal SIGTERM and SIGHUP are ignored, so that
    the clean-up they asked for is not cut short, while a second Ctrl-C still ends everything.
    A signal that is ignored on entry (``nohup``) stays ignored.  Outside the main thread, where
    Python allows no handlers, nothing happens.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ended = False

    def handle(signum: int, frame: FrameType | None) -> None:
        nonlocal ended
        if signum == signal.SIGINT:
            ended = True
            raise KeyboardInterrupt
        if not ended:
            ended = True
            raise Terminated(signum)

    before = {signum: signal.getsignal(signum) for signum in SIGNALS}
    for signum, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(signum, handle)
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler if handler is not None else signal.SIG_DFL)
