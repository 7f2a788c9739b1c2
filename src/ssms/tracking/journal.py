"""The journal: unsent records on disk; one JSON object a line.

The first line says which run, every other is an entry.  Every delivery may be repeated without
harm, so sent records are not marked: the file is removed when all are sent.  A process killed in
the middle of a line loses that line only.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ssms.errors import bad_value
from ssms.settings import NotAllowed
from ssms.settings.checks import path as check_path
from ssms.text import reason

from .exceptions import TrackingUsageError

__all__ = ["Entry", "append", "journal_path", "read_entries", "read_header"]

log = logging.getLogger("ssms.tracking")


# The kinds of entries, and the data that each needs.
_NEEDED: dict[str, set[str]] = {
    "params": {"values"},
    "metrics": {"values", "time", "step"},
    "tags": {"values"},
    "text": {"text", "artifact"},
    "bytes": {"base64", "artifact"},
    "file": {"path", "folder"},
    "dataset": {"folder", "name", "digest", "context"},
    "end": {"status", "time"},
}


@dataclass(frozen=True)
class Entry:
    """One thing to send.

    Attributes
    ----------
    kind : str
        "params", "metrics", "tags", "text", "bytes", "file", "dataset" or "end"; "figure" for a
        function that draws one, which is called by the sender.
    data : dict
        Plain JSON data; of a figure, ``draw``.
    """

    kind: str
    data: dict[str, Any] = field(default_factory=dict)


def journal_path(given: Path | str) -> Path:
    """Return the path of a journal, or raise TrackingUsageError."""
    try:
        return Path(check_path(given))
    except NotAllowed as error:
        raise TrackingUsageError(str(bad_value("journal", given, str(error)))) from None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        log.warning("the tracking journal cannot be read: %s", reason(error))
        return
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # torn by a kill
        if isinstance(record, dict):
            yield record


def read_header(path: Path) -> dict[str, Any] | None:
    """Return the header of a journal (``run_id``, ``name``, ``tracking_uri`` masked), if any."""
    found = (record["run"] for record in _lines(path) if isinstance(record.get("run"), dict))
    return next(found, None)


def read_entries(path: Path) -> list[Entry]:
    """Return the entries of a journal, in order, without damaged ones."""
    found = ((record.get("kind"), record.get("data")) for record in _lines(path))
    return [
        Entry(kind, data)
        for kind, data in found
        if kind in _NEEDED and isinstance(data, dict) and data.keys() >= _NEEDED[kind]
    ]


def append(path: Path, header: dict[str, Any], entries: Iterable[Entry]) -> bool:
    """Add entries to a journal, which is made with its header if absent, and bring it to the disk.

    False if it cannot be written, which is said.
    """
    lines = [{"kind": entry.kind, "data": entry.data} for entry in entries]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "ab+") as file:
            head: list[dict[str, Any]] = [] if file.tell() else [{"run": header}]
            text = "".join(json.dumps(item) + "\n" for item in [*head, *lines])
            if file.tell():
                file.seek(-1, os.SEEK_END)
                text = text if file.read(1) == b"\n" else "\n" + text
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        log.warning("the tracking journal cannot be written: %s", reason(error))
        return False
    return True
