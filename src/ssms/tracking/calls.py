"""Calling MLflow so that a call always ends: in time, quietly, and with one kind of exception."""

from __future__ import annotations

import contextlib
import logging
import os
import random
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from .failures import Failure, Refused, Unavailable, read_failure

__all__ = ["bounded_call", "patient_call", "waits"]

T = TypeVar("T")

log = logging.getLogger("ssms.tracking")

# What these would print is said once, masked and in one line, by our own messages.
_NOISY = (
    "mlflow.store.db.utils",
    "mlflow.store.tracking",
    "alembic",
    "urllib3.connectionpool",
)


def _ignore_deprecations() -> Any:
    """Add a filter for what MLflow uses of SQLAlchemy that is deprecated, and return it.

    That is not the user's to mend, and must not fail a run under ``python -W error``.
    """
    warnings.filterwarnings("ignore", message="(?#ssms.tracking)", category=DeprecationWarning)
    return warnings.filters[0]


class _CallState:
    """Environment and log levels of the process while at least one call is under way.

    MLflow reads its HTTP settings from the environment at each request; there is no argument.
    Calls may overlap (an abandoned one goes on), so the first sets and the last puts back.

    Only threads of calls may enter: in the main thread a signal's exception could come while
    `logging` holds its lock to change a level, and every later call would wait for that for ever.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._environment: dict[str, str | None] = {}
        self._levels: dict[str, int] = {}
        self._filter: Any = None

    def enter(self, seconds: float) -> None:
        values = {
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
            "MLFLOW_HTTP_REQUEST_TIMEOUT": str(max(1, int(seconds))),
            "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        }
        with self._lock:
            self._calls += 1
            if self._calls == 1:
                self._environment = {name: os.environ.get(name) for name in values}
                self._levels = {name: logging.getLogger(name).level for name in _NOISY}
                self._filter = _ignore_deprecations()
            os.environ.update(values)
            for name in _NOISY:
                logging.getLogger(name).setLevel(logging.CRITICAL)

    def leave(self) -> None:
        with self._lock:
            self._calls -= 1
            if self._calls:
                return
            for name, value in self._environment.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            for name, level in self._levels.items():
                logging.getLogger(name).setLevel(level)
            filters: Any = warnings.filters
            if self._filter in filters:
                filters.remove(self._filter)


_state = _CallState()


@contextlib.contextmanager
def _call_state(seconds: float) -> Iterator[None]:
    _state.enter(seconds)
    try:
        yield
    finally:
        _state.leave()


def bounded_call(function: Callable[[], T], seconds: float) -> T:
    """Call a function of MLflow once and return its result, or raise within `seconds`.

    The call runs in a daemon thread, because neither boto3 nor a database driver can be told
    reliably when to give up; so a signal reaches the main thread at once as well.  A call that
    is given up may still succeed later: all calls made here may be repeated without harm.

    Parameters
    ----------
    function : callable
        Without arguments.
    seconds : float
        How long to wait for it.

    Returns
    -------
    Any
        What the function returned.

    Raises
    ------
    Unavailable, Refused
        Instead of whatever the function raised; without a chain, which could hold a secret.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []

    def work() -> None:
        result: list[T] = []
        try:
            with _call_state(seconds):
                result.append(function())
        except BaseException as error:
            failure.append(error)
        outcome.extend(result)  # last, so that all is put back when the caller goes on

    worker = threading.Thread(target=work, name="ssms-tracking", daemon=True)
    worker.start()
    worker.join(seconds)
    if outcome:
        return outcome[0]
    if not failure:
        raise Unavailable(
            Failure(
                True,
                f"no answer within {seconds:g} s",
                "check that the server runs, and the network",
            )
        )
    found = read_failure(failure[0])
    log.debug("tracking call failed", exc_info=failure[0])
    raise Unavailable(found) if found.transient else Refused(found)


def waits(patience: float, first: float = 0.25, longest: float = 8.0) -> Iterator[float]:
    """Yield growing, jittered waits, and stop when `patience` seconds have passed.

    Parameters
    ----------
    patience : float
        Seconds from the first wait on; 0 yields nothing.
    first, longest : float
        Mean of the first wait, and of the longest.

    Yields
    ------
    float
        Seconds to sleep; the last one ends when patience does.
    """
    end = time.monotonic() + patience
    mean = first
    while True:
        left = end - time.monotonic()
        if left <= 0:
            return
        # Jitter keeps the tasks of an array from coming back all at once; it decides no result.
        yield min(left, mean * random.uniform(0.5, 1.5))
        mean = min(2 * mean, longest)


def patient_call(
    function: Callable[[], T],
    patience: float,
    attempt: float,
    what: str = "",
) -> T:
    """Call until the function succeeds, is refused, or `patience` seconds have passed.

    Parameters
    ----------
    function : callable
        Without arguments.
    patience : float
        Seconds for all attempts together.
    attempt : float
        Seconds for one attempt.
    what : str
        What is being reached, for the note at the first failure (so that no wait is silent).

    Returns
    -------
    Any
        What the function returned.

    Raises
    ------
    Unavailable
        When patience has run out; the last failure.
    Refused
        At once.
    """
    start = time.monotonic()
    pauses = waits(patience)
    noted = False
    while True:
        left = patience - (time.monotonic() - start)
        try:
            return bounded_call(function, max(0.5, min(attempt, left)))
        except Unavailable as error:
            failure = error.failure
        pause = next(pauses, None)
        if pause is None:
            raise Unavailable(failure)
        if what and not noted:
            log.warning("%s: %s; trying again for up to %g s", what, failure.cause, patience)
            noted = True
        time.sleep(pause)
