"""Calling MLflow so that a call always ends: in time, quietly, and with one kind of exception."""

from __future__ import annotations

import contextlib
import functools
import logging
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

THREAD = "ssms-tracking"
"""How the names of threads that talk to a store begin."""

# Our own messages report their output once, masked and in one line.
_NOISY = (
    "alembic.runtime.migration",
    "alembic.runtime.plugins",
    "alembic.runtime.plugins.setup",
    "mlflow.store.db.utils",
    "mlflow.store.tracking.rest_store",
    "mlflow.store.tracking.sqlalchemy_store",
    "urllib3.connectionpool",
)
_NO_ANSWER = "check that the server runs, and the network"


class _Ours(threading.local):
    """MLflow's variables as the threads of calls see them; other threads see nothing."""

    values: dict[str, Any] | None = None


_ours = _Ours()


def _not_from_a_call(_record: logging.LogRecord) -> bool:
    return _ours.values is None


@functools.lru_cache(maxsize=1)
def _prepare() -> None:
    """Let MLflow's HTTP settings and loggers tell threads of calls from all others.

    MLflow reads its settings from the environment at each request; there is no argument.  The
    environment belongs to the whole process, so the variables are read through these objects.
    """
    from mlflow import environment_variables as variables

    for name in (
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES",
        "MLFLOW_HTTP_REQUEST_TIMEOUT",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT",
    ):
        variable: Any = getattr(variables, name, None)
        if hasattr(variable, "get"):
            variable.get = functools.partial(_get, name, variable.get)
    for name in _NOISY:
        logging.getLogger(name).addFilter(_not_from_a_call)


def _get(name: str, otherwise: Callable[[], Any]) -> Any:
    values = _ours.values
    return otherwise() if values is None else values[name]


@contextlib.contextmanager
def _settings_of_a_call(seconds: float) -> Iterator[None]:
    _prepare()
    _ours.values = {
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": 0,
        "MLFLOW_HTTP_REQUEST_TIMEOUT": max(1, int(seconds)),
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": True,
    }
    try:
        yield
    finally:
        _ours.values = None


def ignore_deprecations() -> None:
    """Ignore, once for the process, MLflow's use of deprecated parts of SQLAlchemy.

    A user cannot mend that, and it must not fail a run under ``python -W error``.
    """
    for module in ("mlflow", "sqlalchemy", "alembic"):
        pattern = rf"{module}\b"
        known: list[Any] = [item[3] for item in warnings.filters]
        if not any(getattr(item, "pattern", None) == pattern for item in known):
            warnings.filterwarnings("ignore", category=DeprecationWarning, module=pattern)


def bounded_call(function: Callable[[], T], seconds: float) -> T:
    """Call a function of MLflow once and return its result, or raise within `seconds`.

    The call runs in a daemon thread, because neither boto3 nor a database driver can be told
    reliably when to give up; so a signal reaches the main thread at once as well.  A call that
    is given up may still succeed later: all calls made here may be repeated without harm.

    It raises `Unavailable` or `Refused` in place of any other exception, and without a chain, which
    could hold a secret.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            with _settings_of_a_call(seconds):
                outcome.append(function())
        except BaseException as error:
            failure.append(error)

    worker = threading.Thread(target=work, name=f"{THREAD}-call", daemon=True)
    worker.start()
    worker.join(seconds)
    if outcome:
        return outcome[0]
    if not failure:
        raise Unavailable(Failure(True, f"no answer within {seconds:g} s", _NO_ANSWER))
    found = read_failure(failure[0])
    log.debug("tracking call failed: %s", found.cause)
    raise Unavailable(found) if found.transient else Refused(found)


def goes_on() -> bool:
    """Return whether a call that was given up still goes on."""
    return any(thread.name.startswith(THREAD) for thread in threading.enumerate())


def waits(patience: float, first: float = 0.25, longest: float = 8.0) -> Iterator[float]:
    """Yield growing, jittered waits in seconds; the last one ends when `patience` does.

    `first` and `longest` are means; a patience of 0 yields nothing.
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

    An attempt takes `attempt` seconds at most.  `what` names the store in the note at the first
    failure, so that no wait is silent.  When patience has run out, the last failure is raised, with
    the whole wait if there was no answer.
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
            if failure.cause.startswith("no answer within"):
                failure = Failure(True, f"no answer within {patience:g} s", failure.advice)
            raise Unavailable(failure)
        if what and not noted:
            log.warning("%s: %s; trying again for up to %g s", what, failure.cause, patience)
            noted = True
        time.sleep(pause)
