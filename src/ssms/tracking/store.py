"""Opening a tracking store: reached in time, schema right, tables made, one message if not."""

from __future__ import annotations

import importlib.util
import logging
import os
import socket
import tempfile
import uuid
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssms.settings.checks import folder_fault

from . import database, locations
from .calls import bounded_call, ignore_deprecations, patient_call
from .exceptions import TrackingError
from .failures import Failure, Refused, Unavailable
from .masking import mask_uri

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Store", "check_artifact_store", "fresh_after_fork", "import_mlflow", "open_store"]

log = logging.getLogger("ssms.tracking")

INSTALL = "pip install 'ssm-simulators[mlflow]'"
# A healthy server answers a question about metadata in far less.
_ATTEMPT = 10.0
# SQLite waits for its own lock for 20 s; only a hanging file system takes longer.
_LOCAL_ATTEMPT = 120.0


def import_mlflow() -> str | None:
    """Import MLflow; return None, or why it cannot be used (one sentence with the cure)."""
    try:
        ignore_deprecations()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of MLflow's own dependencies
            import mlflow
            from mlflow import MlflowClient  # noqa: F401  (a stray folder named mlflow has none)
    except ImportError as error:
        missing = getattr(error, "name", None) or "mlflow"
        if missing.split(".")[0] == "mlflow":
            return f"MLflow is not installed; install it with {INSTALL}"
        return f"MLflow cannot be imported ({mask_uri(error)}); reinstall it with {INSTALL}"
    return None if hasattr(mlflow, "__version__") else f"MLflow cannot be imported; {INSTALL}"


_NOT_SERVED = Failure(
    False,
    "the server does not serve artifacts (503: it runs with --no-serve-artifacts)",
    "give an artifact location that this machine can reach itself, e.g. s3://bucket/path",
)


def fresh_after_fork(store: Store) -> None:
    """Give a forked child its own connections, without closing the parent's."""
    inner = getattr(getattr(store.client, "_tracking_client", None), "store", None)
    engine = getattr(inner, "engine", None)
    if engine is not None:
        engine.dispose(close=False)


@dataclass(frozen=True)
class Store:
    """A tracking store that answered.

    Attributes
    ----------
    client : mlflow.MlflowClient
    uri : str
        Tracking URI; may hold a secret, so it is never shown as it is.
    timeout : float
        Seconds for which a failing call is retried.
    """

    client: Any
    uri: str
    timeout: float

    @property
    def shown(self) -> str:
        """The store's name in messages."""
        return f"tracking store {mask_uri(self.uri)}"

    @property
    def attempt(self) -> float:
        """Seconds for one call about metadata."""
        return _LOCAL_ATTEMPT if locations.is_sqlite(self.uri) else min(_ATTEMPT, self.timeout)

    def ask(self, function: Callable[[], Any]) -> Any:
        """Call with retries; raise one `TrackingError` if the store does not answer."""
        try:
            return patient_call(function, self.timeout, self.attempt, self.shown)
        except (Unavailable, Refused) as error:
            failure = error.failure
        raise TrackingError(describe(self.shown, failure))


def describe(shown: str, failure: Failure) -> str:
    """Return the one message about a place that cannot be used."""
    return f"{shown} cannot be used: {failure.cause}{failure.hint}"


def _need_full_mlflow(uri: str) -> None:
    """Raise if a database is asked of the small distribution of MLflow, which has none."""
    is_database = locations.is_sqlite(uri) or locations.is_server_database(uri)
    if is_database and importlib.util.find_spec("sqlalchemy") is None:
        raise TrackingError(
            f"tracking store {mask_uri(uri)} cannot be used: only mlflow-skinny is installed, and "
            f"it supports http servers but no database. Install the full package: {INSTALL}"
        )


def open_store(uri: str, timeout: float) -> Store:
    """Open a tracking store for writing, creating its tables if it is new.

    Of a server nothing but the address has been looked at then.  It raises one `TrackingError` with
    the masked URI, the cause and what to check.
    """
    store = look_at_store(uri, timeout, create=True)
    assert store is not None
    return store


def look_at_store(uri: str, timeout: float, create: bool = False) -> Store | None:
    """Open a tracking store; unless `create`, write nothing, and return None for a new one."""
    from mlflow import MlflowClient

    _need_full_mlflow(uri)
    try:
        if not database.prepare(uri, timeout, create):
            return None
        client = bounded_call(lambda: MlflowClient(tracking_uri=uri), max(timeout, _LOCAL_ATTEMPT))
        return Store(client, uri, timeout)
    except (Unavailable, Refused) as error:
        failure = error.failure
    raise TrackingError(describe(f"tracking store {mask_uri(uri)}", failure))


def check_artifact_store(location: str, tracking_uri: str, timeout: float) -> None:
    """Raise one `TrackingError` if nothing can be stored at an artifact location.

    A local folder is looked at; anywhere else a few bytes are written and deleted again, because
    no cheaper question is answered alike by all kinds of store.
    """
    shown = f"artifact location {mask_uri(location)}"
    if locations.is_local_artifact(location):
        fault = folder_fault(locations.local_path(location))
        if fault:
            raise TrackingError(f"{shown} cannot be used: {fault}. {database.OTHER_PLACE}")
        return
    try:
        patient_call(lambda: _write_and_delete(location, tracking_uri), timeout, timeout, shown)
        return
    except (Unavailable, Refused) as error:
        failure = error.failure
    raise TrackingError(describe(shown, failure))


def _write_and_delete(location: str, tracking_uri: str) -> None:
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    repository: Any = get_artifact_repository(location, tracking_uri=tracking_uri)
    name = f"ssms-probe-{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory(prefix="ssms-") as folder:
        path = Path(folder, name)
        path.write_text("ssm-simulators checks that it can write here\n")
        try:
            repository.log_artifact(str(path))
        except Exception as error:
            # The server has just answered about runs, so it is not its health that 503 tells of.
            if locations.scheme_of(location) == "mlflow-artifacts" and "503" in str(error):
                raise Refused(_NOT_SERVED) from None
            raise
    try:
        repository.delete_artifacts(name)
    except Exception as error:  # the right to write does not include the right to delete
        log.debug("the probe %s stays in %s: %s", name, mask_uri(location), mask_uri(error))
