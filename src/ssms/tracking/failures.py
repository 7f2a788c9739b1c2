"""Reading an exception of MLflow or of a library below it: whether it will pass, its cause, advice.

MLflow reports a dead server, a server's bug and a refused value with one class and often one
code, and lets the exceptions of SQLAlchemy, boto3 and the Azure library through.  So the chain of
causes is searched for words and class names; no library needs to be imported for that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .masking import mask_message

__all__ = ["Failure", "Refused", "Unavailable", "read_failure"]


@dataclass(frozen=True)
class Failure:
    """The meaning of an exception.

    Attributes
    ----------
    transient : bool
        Whether the same call may succeed later.
    cause : str
        One masked line.
    advice : str
        Advice what to check; empty if the cause says it.
    """

    transient: bool
    cause: str
    advice: str = ""

    @property
    def hint(self) -> str:
        """The advice as a sentence that follows the cause; empty if there is none."""
        return f". {self.advice[:1].upper()}{self.advice[1:]}" if self.advice else ""


class _Failed(Exception):
    """A call failed, and this is why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.cause)
        self.failure = failure


class Unavailable(_Failed):
    """A call failed for now; trying again later may help."""


class Refused(_Failed):
    """A call failed for good; trying again will not help."""


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


# Rows of: pattern over "ClassName: message" of the whole chain, cause in short, advice.  The first
# row that matches decides, so the particular stands before the general.
_FINAL = (
    (r"WRONG_VERSION_NUMBER|wrong version number|RECORD_LAYER_FAILURE|record layer failure",
     "the server does not speak https at this port", "check the port, or write http:// in the URI"),
    (r"Connection string is either blank or malformed|AZURE_STORAGE_CONNECTION_STRING is empty",
     "AZURE_STORAGE_CONNECTION_STRING is empty or malformed",
     "set it to the connection string of the storage account, or unset it"),
    (r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|SSLError",
     "the TLS certificate of the server was not accepted",
     "set MLFLOW_TRACKING_SERVER_CERT_PATH to the certificate of its authority, or use http"),
    (r"Name or service not known|nodename nor servname|No address associated|getaddrinfo failed"
     r"|could not translate host name.*not known",
     "the host name is not known", "check the host in the URI"),
    (r"UNAUTHENTICATED|HTTP 401|error code 401|\b401\b.*Unauthorized",
     "the server refused the credentials (401)",
     "check MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"),
    (r"PERMISSION_DENIED|error code 403|HTTP 403",
     "the server denied the permission (403)", "check the permissions of this user"),
    (r"ENDPOINT_NOT_FOUND|error code 404",
     "there is no MLflow server at this address (404)", "check host, port and path of the URI"),
    (r"not in a valid JSON format|JSONDecodeError",
     "the answer is no MLflow answer (a login page or another service?)",
     "check the address; behind a proxy, set MLFLOW_TRACKING_TOKEN"),
    (r"password authentication failed|Access denied for user|no password supplied"
     r"|authentication failed|role \"[^\"]*\" does not exist",
     "the database refused the credentials", "check user and password in the URI"),
    (r"Illegal mix of collations|Incorrect string value",
     "the database cannot hold these letters: its character set is not Unicode",
     "make the database with CHARACTER SET utf8mb4, or keep to plain letters"),
    (r"database \"[^\"]*\" does not exist|Unknown database|1049",
     "the server has no database of that name", "create it, or check the name in the URI"),
    (r"invalid literal for int\(\)|Could not parse SQLAlchemy URL|Invalid IPv6 URL",
     "the URI cannot be read",
     "check host and port; in a password, write @ as %40, : as %3A and / as %2F"),
    (r"No module named '(?P<module>[\w.]+)'", "", ""),
    (r"mlflow-skinny|Supported URI schemes|Model registry functionality is unavailable",
     "this MLflow does not know the scheme of the tracking URI",
     "use sqlite, postgresql, mysql, mssql, http or https (databases need the full mlflow "
     "package, not mlflow-skinny)"),
    (r"Could not find a registered artifact repository",
     "MLflow does not know the scheme of the artifact location",
     "use a path, s3://, gs://, wasbs://, abfss://, or mlflow-artifacts:/ with a server"),
    (r"Can't locate revision",
     "the database was written by a newer MLflow", "install that MLflow, or use another database"),
    (r"out-of-date database schema", "the database has another MLflow version's schema",
     "back it up and run `mlflow db upgrade URI`, or use another database"),
    (r"NoCredentialsError|Unable to locate credentials|PartialCredentialsError",
     "no S3 credentials were found",
     "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"),
    (r"NoSuchBucket|specified bucket does not exist",
     "the bucket does not exist", "create it, or check its name and MLFLOW_S3_ENDPOINT_URL"),
    (r"ContainerNotFound|specified container does not exist",
     "the container does not exist", "create it, or check its name"),
    (r"InvalidAccessKeyId|SignatureDoesNotMatch|AccessDenied|AuthenticationFailed"
     r"|AuthorizationFailure|InvalidToken|ExpiredToken|\bForbidden\b",
     "the artifact store refused the credentials", "check the keys and their permission to write"),
    (r"DefaultCredentialsError|CredentialUnavailableError|AZURE_STORAGE_CONNECTION_STRING",
     "no credentials for the artifact store were found",
     "set the credentials that MLflow's documentation names for this kind of store"),
    (r"PermissionError|Permission denied|Read-only file system|readonly database"
     r"|unable to open database file",
     "the place is not writable", "check the path and its permissions"),
)  # fmt: skip
_PASSING = (
    (r"No space left on device|Disk quota exceeded|disk is full",
     "the disk is full", "free space"),
    (r"database system is (?:starting up|shutting down)|Server shutdown in progress",
     "the database server is starting or shutting down", "try again"),
    (r"database is locked|database table is locked",
     "the database is locked", "use a server if many processes write"),
    (r"deadlock|Deadlock|Lock wait timeout", "the database reported a deadlock", ""),
    (r"disk I/O error|Stale file handle|Input/output error",
     "the file system reported an error", "check the shared file system"),
    (r"Connection refused|ConnectionRefusedError|EndpointConnectionError",
     "connection refused", "check that the server runs, and host and port"),
    (r"timed out|Timeout|timeout expired",
     "no answer in time", "check that the server runs and that nothing between blocks it"),
    (r"Temporary failure in name resolution",
     "the host name could not be resolved", "check the host in the URI and the network"),
    # MLflow words every failure of a database like one of a server.
    (r"server closed the connection|Lost connection|gone away|terminating connection",
     "the connection to the database was lost", "check that the database runs, and the network"),
    # Before the lost connection: urllib3 words both as "Max retries exceeded".
    (r"TEMPORARILY_UNAVAILABLE|REQUEST_LIMIT_EXCEEDED|SlowDown|ServiceUnavailable"
     r"|error code (?:429|5\d\d)|HTTP 5\d\d|\b5\d\d\b (?:Server Error|error responses)"
     r"|InternalError",
     "the server is overloaded or in trouble (5xx)", "look at the server's log"),
    (r"ConnectionError|NewConnectionError|Connection reset|Connection aborted|RemoteDisconnected"
     r"|ProtocolError|Broken pipe|Max retries exceeded|No route to host|Network is unreachable"
     r"|connection is closed|not connected",
     "the connection was lost or not made", "check that the server runs, and the network"),
    (r"OperationalError|InterfaceError|DBAPIError",
     "the database reported an error", "check that the database runs"),
)  # fmt: skip
_ROWS = [
    (re.compile(pattern), transient, cause, advice)
    for transient, rows in ((False, _FINAL), (True, _PASSING))
    for pattern, cause, advice in rows
]
_PACKAGES = {  # of modules that are not named as their package
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "MySQLdb": "mysqlclient (or use mysql+pymysql:// with pymysql)",
    "azure": "azure-storage-blob azure-identity",
    "google": "google-cloud-storage",
}
_REMOTE = {"requests", "urllib3", "botocore", "boto3", "azure", "google", "sqlalchemy"}
# Codes by which MLflow says that a value or a state is wrong, whatever the words are.
_FINAL_CODES = frozenset(
    {"ENDPOINT_NOT_FOUND", "FEATURE_DISABLED", "INVALID_PARAMETER_VALUE", "INVALID_STATE"}
    | {"NOT_IMPLEMENTED", "PERMISSION_DENIED", "RESOURCE_ALREADY_EXISTS"}
    | {"RESOURCE_DOES_NOT_EXIST", "UNAUTHENTICATED"}
)


def first_line(error: object, limit: int = 300) -> str:
    """Return the first line of a message, masked and of bounded length."""
    lines = [
        line
        for line in mask_message(error).strip().splitlines()
        if not line.startswith("(raised as a result of")  # SQLAlchemy's advice to programmers
    ]
    line = lines[0].strip() if lines else type(error).__name__
    return line if len(line) <= limit else line[: limit - 3] + "..."


def error_code(error: BaseException) -> str:
    """Return MLflow's code of an exception ("RESOURCE_ALREADY_EXISTS"), "" if it has none."""
    code = getattr(error, "error_code", "")
    return code if isinstance(code, str) else ""


def read_failure(error: BaseException) -> Failure:
    """Return the meaning of an exception of MLflow or of a library below it.

    It is transient for outages (refused, timeout, lost connection, locked, 5xx), final for
    everything that trying again cannot cure.
    """
    if isinstance(error, (Unavailable, Refused)):
        return error.failure
    chain = list(_chain(error))
    text = "\n".join(f"{type(link).__name__}: {link} {error_code(link)}" for link in chain)
    for pattern, transient, cause, advice in _ROWS:
        match = pattern.search(text)
        if match is None:
            continue
        # MLflow wraps outages in INTERNAL_ERROR but names refused values exactly.
        if transient and error_code(error) in _FINAL_CODES:
            continue
        module = match.groupdict().get("module")
        if module:
            package = _PACKAGES.get(module.split(".")[0], module)
            cause = f"the Python package {module!r} is not installed"
            advice = f"install it: pip install {package}"
        return Failure(transient, f"{cause} [{type(chain[-1]).__name__}]", advice)
    # An unknown error may pass if it came out of a network library rather than out of a check.
    modules = {type(link).__module__.split(".")[0] for link in chain}
    transient = error_code(error) in ("INTERNAL_ERROR", "") and bool(modules & _REMOTE)
    return Failure(transient, first_line(error))
