"""Bringing a database to the state in which MLflow may open it, while other processes start too.

MLflow creates its tables in the constructor of its client, by some fifty migrations without a
lock: processes that start together on a new SQLite file break it for good.  So an SQLite file is
made whole under a temporary name by one process, under a lock, and then renamed; on a database
server an advisory lock serialises the first use.  A schema of another version is never migrated
behind the user's back.
"""

from __future__ import annotations

import contextlib
import glob
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ssms._locks import Lock, patiently
from ssms.settings.checks import folder_fault
from ssms.text import reason

from . import locations
from .calls import bounded_call, patient_call, waits
from .exceptions import TrackingError
from .failures import Refused, Unavailable
from .masking import mask_uri

__all__ = ["inspect_sqlite", "prepare", "prepare_server_database", "prepare_sqlite"]

log = logging.getLogger("ssms.tracking")

# How long to queue for the creation of a file by another process: on a loaded machine the
# migrations of one process take a minute, and a dead holder releases the lock at once.
_LOCK_PATIENCE = 600.0
# A file that looks half-made but changed this recently is being made by a plain MLflow.
_STILL_MOVING = 10.0
_SQLITE_HEADER = b"SQLite format 3\0"  # SQLite writes over a file of few bytes
_LOCK_NAME = "ssm-simulators:mlflow-schema"
_LOCK_NUMBER = 0x73736D73  # "ssms", the key of PostgreSQL's advisory lock
_CONNECT_SECONDS = 5
OTHER_PLACE = "Give a place that this user can write"


class _Locked(TrackingError):
    """Another process holds an SQLite file."""


def latest_revision() -> str:
    """Return the revision of the schema that the installed MLflow works with."""
    from mlflow.store.db import utils

    # Private, but the only way to ask; the migrations are not numbered.
    latest: Callable[[], str] = utils._get_latest_schema_revision
    return latest()


def _other_version(place: str, uri: str, found: str | None) -> TrackingError:
    import mlflow

    return TrackingError(
        f"{place} was written by another MLflow version (its schema is {found}, this MLflow "
        f"{mlflow.__version__} has {latest_revision()}). Back it up and run `mlflow db upgrade "
        f"{mask_uri(uri)}`, use another database, or install the matching MLflow"
    )


def _read_schema_patiently(path: Path, timeout: float) -> tuple[set[str], str | None]:
    """Return `_read_schema`, waiting for a writer that holds the file for long."""
    pauses = waits(timeout)
    noted = False
    while True:
        try:
            return _read_schema(path)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
        pause = next(pauses, None)
        if pause is None:
            raise _Locked(
                f"the tracking database {path} is locked by another process, for more than "
                f"{timeout:g} s. Find out which one; if many processes write, use a server instead"
            )
        if not noted:
            log.warning(
                "the tracking database %s is locked; trying again for up to %g s", path, timeout
            )
            noted = True
        time.sleep(pause)


def _read_schema(path: Path) -> tuple[set[str], str | None]:
    """Return the names of the tables and the schema's revision, without writing anything."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1)
    try:
        tables = {
            row[0]
            for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        }
        revision = None
        if "alembic_version" in tables:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            revision = row[0] if row else None
        return tables, revision
    finally:
        connection.close()


def _check_path(uri: str) -> Path:
    """Return the path of an SQLite file; raise if MLflow's SQLAlchemy would open another one."""
    from sqlalchemy.engine import make_url

    path = locations.sqlite_path(uri)
    read = make_url(uri).database
    if "%" in str(path) and read != str(path):  # SQLAlchemy 2.1 takes %20 for a space
        raise TrackingError(
            f"the tracking database {path} cannot be used: SQLAlchemy reads its path as {read}. "
            "Write spaces as they are, and choose a path without '%'"
        )
    return path


def inspect_sqlite(uri: str, timeout: float = 60.0) -> bool:
    """Whether an SQLite file is ready for MLflow; False if it has to be made first.

    It raises `TrackingError` if the file is broken, not MLflow's, of another MLflow version, or
    locked by another process for more than `timeout` seconds.
    """
    path = _check_path(uri)
    try:
        if not path.exists() or path.stat().st_size == 0:
            return False
        with path.open("rb") as file:
            if file.read(len(_SQLITE_HEADER)) != _SQLITE_HEADER:
                raise sqlite3.DatabaseError("file is not a database")
        tables, revision = _read_schema_patiently(path, timeout)
    except (sqlite3.Error, OSError) as error:
        why = getattr(error, "strerror", None) or mask_uri(error)
        raise TrackingError(
            f"the tracking database {path} cannot be read ({why}): it is no SQLite "
            "database, or its permissions are too narrow. Use another file"
        ) from None
    if not tables:
        return False
    leftovers = sorted(name for name in tables if name.startswith("_alembic_tmp_"))
    if leftovers:
        raise TrackingError(
            f"the tracking database {path} was broken when several processes created it at once "
            f"(table {leftovers[0]} is left over). It cannot be repaired: delete it, or use "
            "another file"
        )
    if "experiments" not in tables:
        raise TrackingError(
            f"{path} is an SQLite database, but not one of MLflow's. Use another file"
        )
    if revision != latest_revision():
        raise _other_version(f"the tracking database {path}", uri, revision)
    return True


def _settled(uri: str, timeout: float) -> bool:
    """Return `inspect_sqlite`, giving a file that is being written right now time to settle."""
    path = locations.sqlite_path(uri)
    for pause in waits(_LOCK_PATIENCE, first=0.5, longest=2.0):
        try:
            return inspect_sqlite(uri, timeout)
        except _Locked:  # it was waited for as long as was asked
            raise
        except TrackingError:
            with contextlib.suppress(OSError):
                # On a shared disk the time is the server's, which may be ahead of ours by far.
                if abs(time.time() - path.stat().st_mtime) < _STILL_MOVING:
                    time.sleep(pause)
                    continue
            raise
    return inspect_sqlite(uri, timeout)


@contextlib.contextmanager
def _own_logging() -> Iterator[None]:
    """Put the root logger back as it was: the migrations of older MLflow versions configure it."""
    handlers, level = list(logging.root.handlers), logging.root.level
    try:
        yield
    finally:
        logging.root.handlers[:] = handlers
        logging.root.setLevel(level)


@contextlib.contextmanager
def _file_lock(path: Path) -> Iterator[bool]:
    """Hold an exclusive lock on a file; yield False where the file system has no locks.

    Where it has none, all that is lost is the economy of making the file once: it is renamed into
    place whole.  The lock's file stays: deleting it would let two processes lock two files of one
    name.
    """
    lock = Lock(path)
    if not lock.take():
        log.info("waiting for another process to create the tracking database (%s)", path)
        if not patiently(lock.take, waits(_LOCK_PATIENCE, first=0.1, longest=0.5)):
            raise TrackingError(
                f"another process has held {path} for {_LOCK_PATIENCE:g} s; is it hanging?"
            )
    try:
        yield lock.reliable
    finally:
        lock.release()


def prepare(uri: str, timeout: float, create: bool) -> bool:
    """Bring the database of a tracking URI, if it is one, to where MLflow may open it.

    Without `create` it is only looked at; the result is False for one that is yet to be created.
    It raises `TrackingError` for one that cannot be used (see `inspect_sqlite`), `Unavailable` or
    `Refused` for a server.
    """
    if locations.is_server_database(uri):
        return prepare_server_database(uri, timeout, create)
    if locations.is_sqlite(uri):
        if not create:
            return _is_usable(uri, timeout)
        prepare_sqlite(uri, timeout)
    return True


def _is_usable(uri: str, timeout: float) -> bool:
    """Whether an SQLite file is there; raise if it, or its folder, could not be written."""
    path = locations.sqlite_path(uri)
    there = inspect_sqlite(uri, timeout)
    fault = folder_fault(path.parent)  # SQLite keeps a journal beside the file
    if not fault and there and not os.access(path, os.W_OK):
        fault = f"no permission to write {path}"
    if fault:
        raise TrackingError(
            f"tracking store {mask_uri(uri)} cannot be used: {fault}. {OTHER_PLACE}"
        )
    return there


def prepare_sqlite(uri: str, timeout: float = 60.0) -> None:
    """Make the SQLite file of a tracking URI if it is missing; check it if it is not.

    Safe for any number of processes on any number of nodes: the file appears whole or not at all.
    It raises `TrackingError` for a file that cannot be used or made.
    """
    if "/file:" in uri.partition("?")[0]:
        return  # an SQLite URI filename: left to MLflow
    path = _check_path(uri)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if _settled(uri, timeout):
            return
        with _file_lock(path.with_name(path.name + ".lock")) as alone:
            if alone:  # so these are of processes that were killed
                _remove(path.parent.glob(f".{glob.escape(path.name)}.*.new*"))
            if not _settled(uri, timeout):
                _create_sqlite(path)
    except OSError as error:
        raise TrackingError(
            f"the tracking database {path} cannot be made: {reason(error)}. Check the path and its "
            "permissions"
        ) from None


def _create_sqlite(path: Path) -> None:
    """Let MLflow make its tables in a temporary file beside `path`, and rename it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns():x}.new")
    try:
        try:
            # SQLite would make it 0644; the umask decides, as of the lock beside it.
            os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
            with _own_logging():
                bounded_call(lambda: _migrate(temporary), _LOCK_PATIENCE)
        except (Unavailable, Refused) as error:
            failure = error.failure
            raise TrackingError(
                f"MLflow could not create the tracking database {path}: {failure.cause}"
            ) from None
        if path.exists() and path.stat().st_size == 0:
            os.replace(temporary, path)
            return
        try:
            os.link(temporary, path)  # fails if a process without our lock was faster
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            if not path.exists():
                os.replace(temporary, path)
    finally:
        _remove(temporary.parent.glob(glob.escape(temporary.name) + "*"))


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()


def _migrate(path: Path) -> None:
    from mlflow import MlflowClient
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def unsafe_but_quick(connection: Any, _record: Any) -> None:
        # No process uses this file before it has been renamed, so nothing needs to be on disk yet.
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "connect", unsafe_but_quick)
    try:
        client: Any = MlflowClient(tracking_uri=f"sqlite:///{path}")
        store = getattr(getattr(client, "_tracking_client", None), "store", None)
        dispose = getattr(store, "_dispose_engine", None)
        if dispose is not None:
            dispose()
    finally:
        event.remove(Engine, "connect", unsafe_but_quick)
    with open(path, "rb") as whole:
        os.fsync(whole.fileno())


def _connect(uri: str) -> Any:
    """Return a connection of our own: MLflow's would retry a wrong password for 100 seconds."""
    import sqlalchemy
    from sqlalchemy.pool import NullPool

    name = "timeout" if locations.scheme_of(uri).startswith("mssql") else "connect_timeout"
    engine = sqlalchemy.create_engine(
        uri, poolclass=NullPool, connect_args={name: _CONNECT_SECONDS}
    )
    return engine.connect()


def _read_server_schema(connection: Any) -> tuple[set[str], str | None]:
    import sqlalchemy

    tables = set(sqlalchemy.inspect(connection).get_table_names())
    revision = None
    if "alembic_version" in tables:
        row = connection.execute(
            sqlalchemy.text("SELECT version_num FROM alembic_version")
        ).fetchone()
        revision = row[0] if row else None
    connection.rollback()
    return tables, revision


@contextlib.contextmanager
def _advisory_lock(connection: Any, scheme: str) -> Iterator[None]:
    """Hold a lock of the database server; it is released when the connection ends."""
    import sqlalchemy

    if scheme.startswith("postgresql"):
        connection.execute(sqlalchemy.text(f"SELECT pg_advisory_lock({_LOCK_NUMBER})"))
        release = f"SELECT pg_advisory_unlock({_LOCK_NUMBER})"
    elif scheme.startswith("mysql"):
        connection.execute(
            sqlalchemy.text(f"SELECT GET_LOCK('{_LOCK_NAME}', {int(_LOCK_PATIENCE)})")
        )
        release = f"SELECT RELEASE_LOCK('{_LOCK_NAME}')"
    else:
        yield
        return
    # The transaction must not stay open: MLflow's migrations would wait for its locks.
    connection.commit()
    try:
        yield
    finally:
        with contextlib.suppress(Exception):
            connection.execute(sqlalchemy.text(release))
            connection.commit()


def prepare_server_database(uri: str, timeout: float, create: bool = True) -> bool:
    """Reach a database server and let one process at a time create MLflow's tables in it.

    Without `create` it is only looked at.  The result is whether the tables are there.  It raises
    `TrackingError` for tables of another MLflow version.
    """
    connection = patient_call(
        lambda: _connect(uri), timeout, _CONNECT_SECONDS + 5, f"tracking store {mask_uri(uri)}"
    )
    with contextlib.closing(connection):
        tables, revision = _read_server_schema(connection)
        if revision == latest_revision():
            return True
        if not tables and not create:
            return False
        # A schema that looks like another version's may be half made: another process is at it.
        with _advisory_lock(connection, locations.scheme_of(uri)):
            tables, revision = _read_server_schema(connection)
            ready = "experiments" in tables
            if ready and revision != latest_revision():
                raise _other_version(f"the database at {mask_uri(uri)}", uri, revision)
            if create and not ready:
                from mlflow import MlflowClient

                with _own_logging():
                    bounded_call(lambda: MlflowClient(tracking_uri=uri), _LOCK_PATIENCE)
    return ready or create
