"""Keeping passwords and tokens out of everything that is shown, logged or stored.

Two rules work together.  A pattern hides the password part of anything that looks like a URI and
the value of anything that looks like ``password=...``; a list of the secrets this process knows
(from its environment and from URIs it was given) hides the rest, wherever it appears.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import threading
import traceback
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, TextIO
from urllib.parse import quote, quote_plus, unquote

__all__ = ["mask_uri", "masked_logging", "remember_secrets"]

MASK = "***"

# scheme://user:password@ and, for http(s), scheme://token@.  The user part cannot hold "/", but "@"
# (ann@server is a user of Azure's databases); the password may hold both (people do not always
# percent-encode it), hence the match up to the last "@" before white space or a quote.
_USER_PASSWORD = re.compile(
    r"(?P<head>[a-zA-Z][\w+.\-]*://)(?P<user>[^\s/:'\"<>]*):(?P<pw>[^\s'\"<>]*)@"
)
# Where a text is one URI and nothing else, white space and quotes end nothing.
_WHOLE_URI = re.compile(r"[a-zA-Z][\w+.\-]*://[^/:]*:(?P<pw>.*)@", re.DOTALL)
_TOKEN_USER = re.compile(r"(?P<head>https?://)(?P<user>[^\s/:@'\"<>]+)@")

_SECRET_WORD = (
    r"pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|api[_-]?key|access[_-]?key|account[_-]?key"
    r"|shared[_-]?access[_-]?signature|signature|sig|authorization|odbc_connect|sslpassword"
)
# key=value, key='value' and "key": "value"
_KEY_VALUE = re.compile(
    rf"(?P<key>\b[\w.\-]*(?:{_SECRET_WORD}))(?P<eq>=['\"]?|['\"]\s*[:=]\s*['\"])"
    r"(?P<value>(?<=['\"])[^'\"\n]+|[^\s&;,'\"<>]+)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?P<head>\b(?:Basic|Bearer)\s+)(?P<value>[A-Za-z0-9+/=._~\-]{8,})")
_SECRET_VARIABLE = re.compile(
    r"PASS(WORD|WD|PHRASE)?$|PASSWORD|TOKEN|SECRET|CREDENTIAL|API_?KEY|ACCESS_?KEY|ACCOUNT_?KEY"
    r"|CONNECTION_STRING|SAS_|AUTHORIZATION",
    re.IGNORECASE,
)
# Names of keys are not secrets, and neither are switches ("true") and the like.
_SHORTEST_SECRET = 6

_known: set[str] = set()
_known_lock = threading.Lock()


def _spellings(secret: str) -> set[str]:
    """Return the forms a secret takes in texts: as it is, percent-encoded, decoded, in quotes."""
    plain = unquote(secret)
    return {
        secret,
        plain,
        quote(plain, safe=""),
        quote_plus(plain),
        quote(plain),
        repr(plain)[1:-1],
        json.dumps(plain)[1:-1],
    }


def secrets_in_uri(uri: str) -> set[str]:
    """Return the passwords and tokens that a URI holds."""
    found = {match["pw"] for match in _USER_PASSWORD.finditer(uri)}
    whole = _WHOLE_URI.match(uri)
    found |= {whole["pw"]} if whole else set()
    found |= {match["user"] for match in _TOKEN_USER.finditer(uri)}
    found |= {match["value"] for match in _KEY_VALUE.finditer(uri)}
    return {secret for secret in found if secret and secret != MASK}


def remember_secrets(*uris: str | None) -> None:
    """Hide the secrets of these URIs wherever they appear from now on.

    Parameters
    ----------
    *uris : str or None
        URIs that may hold ``user:password@``, ``token@`` or ``?password=``.
    """
    with _known_lock:
        for uri in uris:
            for secret in secrets_in_uri(uri or ""):
                if len(secret) >= _SHORTEST_SECRET:
                    _known.update(_spellings(secret))


def _environment_secrets(environ: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for name, value in environ.items():
        if "://" in value:
            found |= secrets_in_uri(value)
        if len(value) < _SHORTEST_SECRET or not _SECRET_VARIABLE.search(name):
            continue
        if name.endswith("_FILE") or os.path.exists(value):
            continue
        if name.upper().endswith("TOKENS") and value.isdigit():  # how many words a model may say
            continue
        found |= {value}
        # A connection string: its key is the secret that libraries print on their own.
        found |= {match["value"] for match in _KEY_VALUE.finditer(value)}
    return {secret for secret in found if len(secret) >= _SHORTEST_SECRET}


_cached_environment: tuple[frozenset[tuple[str, str]], set[str]] | None = None


def _all_secrets() -> list[str]:
    global _cached_environment
    # Another thread, of MLflow's telemetry for one, may take a variable away meanwhile.
    values = ((name, os.environ.get(name)) for name in os.environ)
    snapshot = frozenset((name, value) for name, value in values if value is not None)
    if _cached_environment is None or _cached_environment[0] != snapshot:
        found: set[str] = set()
        for secret in _environment_secrets(dict(snapshot)):
            found |= _spellings(secret)
        _cached_environment = (snapshot, found)
    # Longest first, so that a secret that holds another one goes as a whole.
    secrets = {s for s in _cached_environment[1] | _known if len(s) >= _SHORTEST_SECRET}
    return sorted(secrets, key=len, reverse=True)


def mask_uri(text: object) -> str:
    """Return a text with every password and token in it replaced by ``***``.

    Parameters
    ----------
    text : object
        A URI, a message, or anything whose ``str`` may hold one.

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
    for secret in _all_secrets():
        if secret in masked:
            masked = masked.replace(secret, MASK)
    if "://" in masked:
        masked = _USER_PASSWORD.sub(rf"\g<head>\g<user>:{MASK}@", masked)
        masked = _TOKEN_USER.sub(rf"\g<head>{MASK}@", masked)
    masked = _KEY_VALUE.sub(rf"\g<key>\g<eq>{MASK}", masked)
    return _BEARER.sub(rf"\g<head>{MASK}", masked)


def mask_values(value: Any) -> Any:
    """Return a copy of nested plain data with every string in it masked."""
    if isinstance(value, str):
        return mask_uri(value)
    if isinstance(value, Mapping):
        return {
            mask_uri(key) if isinstance(key, str) else key: mask_values(item)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [mask_values(item) for item in value]
    return value


def _mask_record(record: logging.LogRecord) -> logging.LogRecord:
    try:
        text = record.getMessage()
    except (TypeError, ValueError):
        return record  # a malformed log call: let logging report it
    masked = mask_uri(text)
    if masked != text:
        record.msg, record.args = masked, ()
    if record.exc_info and record.exc_info[0] is not None:
        trace = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        masked = mask_uri(trace)
        if masked != trace:
            record.exc_text, record.exc_info = masked, None
    return record


class _ProcessMask:
    """The record factory and warning hook that mask, installed while anyone needs them."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._users = 0

    def install(self) -> None:
        with self._lock:
            self._users += 1
            if self._users > 1:
                return
            self._previous_factory = logging.getLogRecordFactory()
            self._previous_show = warnings.showwarning
            # Bound methods are made anew at each access; keep the ones that are installed.
            self._factory, self._show = self._make_record, self._show_warning
            logging.setLogRecordFactory(self._factory)
            warnings.showwarning = self._show

    def remove(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users:
                return
            # Whoever replaced a hook in the meantime keeps theirs.
            if logging.getLogRecordFactory() is self._factory:
                logging.setLogRecordFactory(self._previous_factory)
            if warnings.showwarning is self._show:
                warnings.showwarning = self._previous_show

    def _make_record(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        return _mask_record(self._previous_factory(*args, **kwargs))

    def _show_warning(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        text = str(message)
        masked = mask_uri(text)
        shown = message if masked == text else category(masked)
        self._previous_show(shown, category, filename, lineno, file, line)


_process_mask = _ProcessMask()


@contextlib.contextmanager
def masked_logging() -> Iterator[None]:
    """Mask every log record and every warning of the process while the context is open.

    MLflow, SQLAlchemy, Alembic and the HTTP libraries log from loggers and threads of their own,
    so the record factory is the one place that sees all of them.  Contexts may overlap.
    """
    _process_mask.install()
    try:
        yield
    finally:
        _process_mask.remove()
