"""Where messages go: results to standard output, progress and problems to standard error."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from ssms.cli.options import PROGRAM

__all__ = ["Console", "complain", "logging_to_stderr", "tell"]

# Loggers of the process that tell the user something; the level applies to ours.
LOGGERS = ("ssms", "py.warnings")


def tell(text: str, stream: TextIO | None) -> None:
    """Print lines for people; where they cannot be printed, only they are lost.

    Neither a reader that has gone away (``| head``) nor a full disk under a log file nor a letter
    that the stream's encoding lacks may cost the data or change the exit code.  A stream that was
    closed before the start is None.
    """
    if stream is None:
        return
    try:
        print(_printable(text, stream), file=stream, flush=True)
    except OSError:
        _close_quietly(stream)


def _printable(text: str, stream: TextIO) -> str:
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _close_quietly(stream: TextIO) -> None:
    """Send the rest nowhere: buffered output would fail again when Python ends."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


class Console:
    """The output of the command, unless it is quiet or a program reads it.

    If `quiet`, nothing is said that is not asked for by name; with `as_json`, standard output is
    kept for one JSON document.
    """

    def __init__(self, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet = quiet
        self.as_json = as_json

    def say(self, text: str) -> None:
        """Print a message for people."""
        if not self.quiet:
            tell(text, sys.stderr if self.as_json else sys.stdout)

    def answer(self, text: str, data: Any) -> None:
        """Print the requested information: `data` as JSON, or else `text`, even when quiet.

        It raises OSError if it cannot be written, but not if a reader has had enough (``| head``).
        """
        if self.as_json:
            text = json.dumps(data, default=str)  # ASCII, whatever the stream can hold
        if sys.stdout is None:
            return
        try:
            print(_printable(text, sys.stdout), flush=True)
        except BrokenPipeError:
            _close_quietly(sys.stdout)
        except OSError as error:
            _close_quietly(sys.stdout)
            raise OSError(error.errno, error.strerror, "standard output") from None

    def conclude(self, text: str, data: Mapping[str, Any]) -> None:
        """Print the summary of a run; the JSON even when quiet."""
        if self.as_json:
            self.answer("", data)
        self.say(text)


def complain(message: object, hint: str = "") -> None:
    """Print an error as one line on standard error, without secrets."""
    from ssms.tracking import mask_message

    line = " ".join(mask_message(message).split())
    tell(f"{PROGRAM}: error: {line}{hint}", sys.stderr)


@contextlib.contextmanager
def logging_to_stderr(level: str) -> Iterator[None]:
    """Show log records and warnings of a level as single lines on standard error, inside."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(f"{PROGRAM}: %(levelname)s: %(message)s"))
    handler.setLevel(level)
    before = {name: logging.getLogger(name).level for name in LOGGERS}
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(level)
    shown = warnings.showwarning
    warnings.showwarning = _log_warning  # type: ignore[assignment]
    try:
        yield
    finally:
        warnings.showwarning = shown
        for name, old_level in before.items():
            logging.getLogger(name).removeHandler(handler)
            logging.getLogger(name).setLevel(old_level)


def _log_warning(message: Warning | str, category: type[Warning], *place: Any) -> None:
    """Log a Python warning without the file and line, which mean nothing to a user."""
    logging.getLogger("py.warnings").warning("%s", message)
