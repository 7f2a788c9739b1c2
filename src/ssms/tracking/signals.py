"""Signals that end a process, turned into exceptions, so that it still says how it ended."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

from .exceptions import Terminated

__all__ = ["ending_signals"]

SAME_INTENTION = 2.0  # seconds in which a second Ctrl-C means the first one
ENDING = ("SIGTERM", "SIGHUP")
# Batch systems send these before a limit or a kill: SGE with -notify, limits of processor time.
OF_COMMANDS = ("SIGINT", "SIGUSR1", "SIGUSR2", "SIGXCPU")


@contextlib.contextmanager
def ending_signals(command: bool = False) -> Iterator[None]:
    """Raise `Terminated` on SIGTERM and SIGHUP inside.

    Batch systems, shells and impatient fingers repeat themselves: after the first signal all are
    ignored, SIGINT for two seconds, so that the clean-up they asked for is not cut short; a later
    Ctrl-C ends everything.
    A signal that is ignored on entry (``nohup``) stays ignored.  Outside the main thread, where
    Python allows no handlers, nothing happens.

    Parameters
    ----------
    command : bool
        Whether the process is a command of our own.  Then SIGINT raises `KeyboardInterrupt`,
        SIGUSR1, SIGUSR2 and SIGXCPU raise `Terminated` too, and handlers of others are replaced.

    Examples
    --------
    >>> import os, signal
    >>> with ending_signals():  # doctest: +SKIP
    ...     os.kill(os.getpid(), signal.SIGTERM)
    Traceback (most recent call last):
    ssms.tracking.exceptions.Terminated: terminated by SIGTERM
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ended: float | None = None

    def handle(signum: int, frame: FrameType | None) -> None:
        nonlocal ended
        now = time.monotonic()
        if ended is not None and (signum != signal.SIGINT or now - ended < SAME_INTENTION):
            return
        ended = now
        if signum == signal.SIGINT:
            raise KeyboardInterrupt
        raise Terminated(signum)

    names = (*ENDING, *OF_COMMANDS) if command else ENDING
    before = {
        number: signal.getsignal(number)
        for number in (getattr(signal, name, None) for name in names)
        if number is not None  # Windows has few of them
    }
    for signum, handler in before.items():
        if handler == signal.SIG_DFL or (command and handler != signal.SIG_IGN):
            signal.signal(signum, handle)
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler if handler is not None else signal.SIG_DFL)
