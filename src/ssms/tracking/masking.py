"""Keeping passwords and tokens out of messages, without touching data.

`mask_uri` hides the credentials of URIs and of ``password=...`` wherever they stand in a text; what
is no credential stays as it is.  `mask_message` also hides the exact values of secrets that this
process knows; it is for messages and tracebacks only, never for data, names or parameters.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import threading
import traceback
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus, unquote

__all__ = ["MASK", "mask_message", "mask_uri", "masked_logging", "remember_secrets"]

MASK = "***"

# The module re compiles patterns when they are first used, and keeps them; few runs need any.

# scheme://user:password@ and, for http(s), scheme://token@.  The user part cannot hold "/", but "@"
# (ann@server is a user of Azure's databases); the password may hold both (people do not always
# percent-encode it), hence the match up to the last "@" before white space or a quote.
_USER_PASSWORD = r"(?P<head>[a-zA-Z][\w+.\-]*://)(?P<user>[^\s/:'\"<>]*):(?P<pw>[^\s'\"<>]*)@"
# Where a text is one URI and nothing else, white space and quotes end nothing.
_WHOLE_URI = r"(?s)(?P<head>[a-zA-Z][\w+.\-]*://)(?P<user>[^/:\s]*):(?P<pw>.*)@"
_TOKEN_USER = r"(?P<head>https?://)(?P<user>[^\s/:@'\"<>]+)@"

_SECRET_WORD = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|api[_-]?key|access[_-]?key|account[_-]?key"
    r"|shared[_-]?access[_-]?signature|signature|sig|authorization|odbc_connect|sslpassword"
)
# key=value, key='value' and "key": "value"
_KEY_VALUE = (
    rf"(?i)(?P<key>\b[\w.\-]*(?:{_SECRET_WORD}))(?P<eq>=['\"]?|['\"]\s*[:=]\s*['\"])"
    r"(?P<value>(?<=['\"])[^'\"\n]+|[^\s&;,'\"<>]+)"
)
_BEARER = r"(?P<head>\b(?:Basic|Bearer)\s+)(?P<value>[A-Za-z0-9+/=._~\-]{8,})"
_SECRET_VARIABLE = (
    r"(?i)PASS(WORD|WD|PHRASE)?$|PASSWORD|TOKEN|SECRET|CREDENTIAL|API_?KEY|ACCESS_?KEY|ACCOUNT_?KEY"
    r"|CONNECTION_STRING|SAS_|AUTHORIZATION"
)
# Names of keys are not secrets, and neither are switches ("true") and the like.
_MIN_SECRET = 6

_known: set[str] = set()


def _is_one_uri(text: str) -> bool:
    return text.count("://") == 1 and re.match(_WHOLE_URI, text) is not None


def _secrets_in(text: str) -> set[str]:
    """Return the passwords and tokens that a URI, or a connection string, holds."""
    found = {match["pw"] for match in re.finditer(_USER_PASSWORD, text)}
    whole = re.match(_WHOLE_URI, text) if _is_one_uri(text) else None
    found |= {whole["pw"]} if whole else set()
    found |= {match["user"] for match in re.finditer(_TOKEN_USER, text)}
    found |= {match["value"] for match in re.finditer(_KEY_VALUE, text)}
    return {secret for secret in found if secret != MASK and len(secret) >= _MIN_SECRET}


def remember_secrets(*uris: str | None) -> None:
    """Hide the secrets of these URIs in messages from now on.

    Parameters
    ----------
    *uris : str or None
        URIs that may hold ``user:password@``, ``token@`` or ``?password=``.
    """
    for uri in uris:
        _known.update(_secrets_in(uri or ""))


def _environment_secrets(environ: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for name in list(environ):
        value = environ.get(name) or ""  # another thread may take a variable away meanwhile
        if "://" in value:
            found |= _secrets_in(value)
        if len(value) < _MIN_SECRET or not re.search(_SECRET_VARIABLE, name):
            continue
        if name.endswith("_FILE") or os.path.exists(value):
            continue
        if name.upper().endswith("TOKENS") and value.isdigit():  # how many words a model may say
            continue
        # Of a connection string, the key is the secret that libraries print on their own.
        found |= {value} | _secrets_in(value)
    return found


def _spellings(secret: str) -> set[str]:
    """Return the forms a secret takes in texts: as it is, percent-encoded, decoded, in quotes."""
    plain = unquote(secret)
    encoded = {quote(plain, safe=""), quote_plus(plain), quote(plain)}
    return {secret, plain, *encoded, repr(plain)[1:-1], json.dumps(plain)[1:-1]}


def mask_uri(text: object) -> str:
    """Return a text with the credentials in its URIs replaced by ``***``.

    Parameters
    ----------
    text : object
        A URI, or anything whose ``str`` may hold one.

    Returns
    -------
    str
        The same text, safe to show.

    Examples
    --------
    >>> mask_uri("postgresql://ann:hunter2@db.example/mlflow")
    'postgresql://ann:***@db.example/mlflow'
    >>> mask_uri("wasbs://container@account.blob.core.windows.net/runs")
    'wasbs://container@account.blob.core.windows.net/runs'
    """
    masked = str(text)
    if "://" in masked:
        pattern = _WHOLE_URI if _is_one_uri(masked) else _USER_PASSWORD
        masked = re.sub(pattern, rf"\g<head>\g<user>:{MASK}@", masked)
        masked = re.sub(_TOKEN_USER, rf"\g<head>{MASK}@", masked)
    if "=" in masked or ":" in masked:
        masked = re.sub(_KEY_VALUE, rf"\g<key>\g<eq>{MASK}", masked)
    if "Basic" in masked or "Bearer" in masked:
        masked = re.sub(_BEARER, rf"\g<head>{MASK}", masked)
    return masked


def mask_message(text: object) -> str:
    """Return a message with credentials and the secrets that this process knows hidden.

    Secrets are the values of variables such as ``AWS_SECRET_ACCESS_KEY`` and the passwords of the
    URIs in use.  A secret is hidden where it stands alone, not where it is a part of a word.

    Examples
    --------
    >>> remember_secrets("postgresql://ann:postgres@db/mlflow")
    >>> mask_message("postgresql said: wrong password postgres")
    'postgresql said: wrong password ***'
    """
    masked = str(text)
    secrets = {s for known in _known | _environment_secrets(os.environ) for s in _spellings(known)}
    # Longest first, so that a secret that holds another one goes as a whole.
    for secret in sorted(secrets, key=len, reverse=True):
        if secret in masked:
            masked = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MASK, masked)
    return mask_uri(masked)


class _MaskingFactory:
    """Makes log records, masked."""

    def __init__(self) -> None:
        self.make = logging.getLogRecordFactory()

    def __call__(self, *args: object, **kwargs: object) -> logging.LogRecord:
        record: logging.LogRecord = self.make(*args, **kwargs)
        with contextlib.suppress(TypeError, ValueError):  # a malformed call: logging reports it
            text = record.getMessage()
            masked = mask_message(text)
            if masked != text:
                record.msg, record.args = masked, ()
        if record.exc_info and record.exc_info[0] is not None:
            trace = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            record.exc_text, record.exc_info = mask_message(trace), None
        return record


_users = 0
_factory: _MaskingFactory | None = None
_lock = threading.Lock()


@contextlib.contextmanager
def masked_logging() -> Iterator[None]:
    """Mask every log record of the process while the context is open.

    MLflow, SQLAlchemy, Alembic and the HTTP libraries log from loggers and threads of their own.
    This is for a process of our own, such as `ssms-generate`: it replaces the record factory.
    Contexts may overlap.

    Examples
    --------
    >>> with masked_logging():
    ...     pass
    ...
    """
    global _users, _factory
    with _lock:
        _users += 1
        if _users == 1:
            _factory = _MaskingFactory()
            logging.setLogRecordFactory(_factory)
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users and _factory is logging.getLogRecordFactory():
                logging.setLogRecordFactory(_factory.make)
