"""The kind of a tracking URI or an artifact location, and its normal form.

Anything with a scheme goes to MLflow as it is; plain paths become absolute, ``~`` included.  A
place that MLflow would accept and then lose records in, or refuse later in words that do not
help, is refused here, before any work.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ssms.errors import bad_value
from ssms.settings import NotAllowed
from ssms.settings.checks import path as check_path

from .exceptions import TrackingUsageError
from .masking import MASK, mask_uri

__all__ = [
    "is_http",
    "is_local_artifact",
    "is_relative",
    "is_sqlite",
    "local_path",
    "normalise_artifact_location",
    "normalise_tracking_uri",
    "same_location",
    "sqlite_path",
]

_SCHEME = re.compile(r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]+):")
# With a port, or a name of several parts.
_HOST = re.compile(r"^((\w[\w.\-]*|\[[0-9a-fA-F:]+\]):\d+(/\S*)?|\w[\w\-]*(\.[\w\-]+)+)$")
_WITHOUT_COLON = re.compile(r"^(sqlite|https?|postgresql|mysql|mssql)(//.*)", re.IGNORECASE)
_FILE_ENDINGS = (".db", ".sqlite", ".sqlite3")
_BARE_WORDS = frozenset({"databricks", "databricks-uc", "uc"})
_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
_ARTIFACT_ONLY = frozenset(
    {"s3", "r2", "b2", "gs", "oss", "wasb", "wasbs", "abfs", "abfss", "dbfs", "hdfs", "viewfs"}
    | {"ftp", "sftp", "mlflow-artifacts", "runs", "models"}
)
_MIGRATION = (
    "MLflow retired its file store. Give a database instead, e.g. sqlite:///mlflow.db, and move "
    "old runs with `mlflow migrate-filestore`; files (artifacts) may stay in a folder: that is the "
    "artifact location"
)


def home_expanded(path: str, what: str) -> Path:
    """Return a path with ``~`` and ``~user`` as folders; `what` names it in messages."""
    try:
        return Path(check_path(path)).expanduser()
    except NotAllowed as error:
        raise TrackingUsageError(str(bad_value(what, path, str(error)))) from None
    except RuntimeError:
        raise TrackingUsageError(
            f"{what} {path!r}: there is no home folder for {Path(path).parts[0]}"
        ) from None


def scheme_of(location: str) -> str:
    """Return the scheme in lower case, "" for a plain path (a drive letter is no scheme)."""
    match = _SCHEME.match(location)
    return match["scheme"].lower() if match else ""


def is_sqlite(uri: str) -> bool:
    """Whether a tracking URI names an SQLite file."""
    return scheme_of(uri).split("+")[0] == "sqlite"


def is_server_database(uri: str) -> bool:
    """Whether a tracking URI names a database server (PostgreSQL, MySQL or MariaDB, SQL Server)."""
    return scheme_of(uri).split("+")[0] in _DATABASES[1:]


def is_http(uri: str) -> bool:
    """Whether a tracking URI names an MLflow server."""
    return scheme_of(uri) in ("http", "https")


def _split_sqlite(uri: str) -> tuple[str, str, str]:
    """Return the head ("sqlite:///"), the path and the query ("?..." or "") of an SQLite URI."""
    head, _, rest = uri.partition("://")
    rest, mark, query = rest.partition("?")
    return head + ":///", rest[1:] if rest.startswith("/") else rest, mark + query


def sqlite_path(uri: str) -> Path:
    """Return the absolute path of the file that a (normalised) SQLite URI names."""
    return Path(_split_sqlite(uri)[1])


def _normalise_sqlite(uri: str, source: str) -> str:
    head, path, query = _split_sqlite(uri)
    if not path or ":memory:" in path or "mode=memory" in query:
        raise TrackingUsageError(
            f"tracking URI {mask_uri(uri)!r} ({source}) is an SQLite database in memory: the "
            "record would be lost when the process ends. Name a file, e.g. sqlite:///mlflow.db"
        )
    if uri.partition("://")[2][:1] != "/":
        raise TrackingUsageError(
            f"tracking URI {mask_uri(uri)!r} ({source}) has two slashes; an SQLite file takes "
            f"three (relative, sqlite:///{path}) or four (absolute, sqlite:////shared/{Path(path).name})"
        )
    if path.startswith("file:"):
        return uri  # an SQLite URI filename, for experts
    return head + str(home_expanded(path, f"tracking URI ({source})").absolute()) + query


def _with_slashes(uri: str) -> str:
    """Return an SQLite or HTTP URI with its scheme in lower case; refuse one without slashes."""
    match = _WITHOUT_COLON.match(uri)
    if match:
        meant = mask_uri(f"{match[1]}:{match[2]}")
        raise TrackingUsageError(f"tracking URI lacks a colon. Did you mean '{meant}'?")
    scheme = scheme_of(uri)
    if scheme.split("+")[0] not in (*_DATABASES, "http", "https"):
        return uri
    rest = uri[len(scheme) + 1 :]
    if scheme.split("+")[0] == "sqlite" and rest and not rest.startswith("//"):
        raise TrackingUsageError(
            f"tracking URI {mask_uri(uri)!r} lacks slashes. Did you mean '{scheme}:///{rest}'?"
        )
    return f"{scheme}:{rest}"


def normalise_tracking_uri(uri: str, source: str = "argument") -> str:
    """Return the tracking URI as MLflow gets it: the path of an SQLite file made absolute.

    It raises `TrackingUsageError`, which names the source, for the retired file store, a database
    in memory, an artifact location, or a server without its scheme.

    Examples
    --------
    >>> normalise_tracking_uri("http://mlflow.example:5000")
    'http://mlflow.example:5000'
    """
    uri = _with_slashes(uri)
    scheme = scheme_of(uri)
    shown = f"tracking URI {mask_uri(uri)!r} ({source})"
    if f":{MASK}@" in uri:
        raise TrackingUsageError(
            f"{shown} was copied from where its password is masked: put the password in again"
        )
    if uri in _BARE_WORDS:
        return uri
    if _HOST.match(uri) and not uri.lower().endswith(_FILE_ENDINGS):
        raise TrackingUsageError(f"{shown} has no scheme. Did you mean 'http://{uri}'?")
    if is_http(uri) and not re.match(r"https?://[^/]", uri, re.IGNORECASE):
        host = mask_uri(uri.partition(":")[2].lstrip("/"))
        raise TrackingUsageError(
            f"{shown} must begin with {scheme}:// and a host"
            + (f". Did you mean '{scheme}://{host}'?" if host else "")
        )
    if is_http(uri):
        try:
            urlsplit(uri).port  # noqa: B018  (which raises)
        except ValueError:  # its text might hold a password
            raise TrackingUsageError(
                f"{shown} cannot be read: a port is a number from 1 to 65535, as in "
                "http://mlflow.example:5000"
            ) from None
    if scheme in ("", "file"):
        if scheme == "" and uri.lower().endswith(_FILE_ENDINGS):
            wish = home_expanded(uri, f"tracking URI ({source})")
            raise TrackingUsageError(f"{shown} has no scheme. Did you mean 'sqlite:///{wish}'?")
        raise TrackingUsageError(f"{shown} names a folder. {_MIGRATION}")
    if scheme in _ARTIFACT_ONLY:
        raise TrackingUsageError(
            f"{shown} is a place for artifacts, not for runs: give it as the artifact location "
            "(--mlflow-artifact-location) and a database or server as tracking URI"
        )
    if scheme == "postgres":
        raise TrackingUsageError(f"{shown}: the scheme is 'postgresql', not 'postgres'")
    if is_sqlite(uri):
        return _normalise_sqlite(uri, source)
    return uri


def normalise_artifact_location(location: str, tracking_uri: str, source: str = "argument") -> str:
    """Return the artifact location as MLflow gets it: a URI as it is, a path made absolute.

    It raises `TrackingUsageError` for ``mlflow-artifacts:`` without an MLflow server.

    Examples
    --------
    >>> normalise_artifact_location("s3://bucket/runs", "sqlite:////tmp/mlflow.db")
    's3://bucket/runs'
    """
    scheme = scheme_of(location)
    if scheme == "mlflow-artifacts" and not is_http(tracking_uri):
        raise TrackingUsageError(
            f"artifact location {location!r} ({source}) is served by an MLflow server, but the "
            f"tracking URI is {mask_uri(tracking_uri)}: give an http(s) tracking URI, or another "
            "location"
        )
    if scheme:
        return location
    return str(home_expanded(location, f"artifact location ({source})").absolute())


def is_local_artifact(location: str) -> bool:
    """Whether an artifact location is a folder of this machine (or a mounted file system)."""
    return scheme_of(location) in ("", "file")


def is_relative(given: str) -> bool:
    """Whether a place, as it was given, is a path from the current folder."""
    path = _split_sqlite(given)[1] if is_sqlite(given) else given
    return scheme_of(path) == "" and not path.startswith(("/", "~"))


def local_path(location: str) -> Path:
    """Return the folder that a local artifact location names."""
    if scheme_of(location) != "file":
        return Path(location)
    return Path(unquote(urlsplit(location).path))


def same_location(one: str, other: str) -> bool:
    """Whether two artifact locations are one place, however they are spelt."""

    def canonical(location: str) -> str:
        if is_local_artifact(location):
            return str(local_path(location).absolute()).rstrip("/")
        return location.rstrip("/")

    return canonical(one) == canonical(other)
