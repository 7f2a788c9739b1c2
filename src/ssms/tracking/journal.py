"""The journal: what a run could not send, one JSON object a line, appended and never rewritten.

A line is a header (which run), an entry (something to send), or a mark (entry n was sent, or was
refused for good).  The file appears with the first entry and goes when all are sent.  A process
killed in the middle of a line loses that line only.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Entry", "Journal", "read_header"]

log = logging.getLogger("ssms.tracking")


@dataclass(frozen=True)
class Entry:
    """One thing to send.

    Attributes
    ----------
    kind : str
        "params", "metrics", "tags", "text", "bytes", "file", "dataset" or "end".
    data : dict
        Plain JSON data, already masked.
    number : int
        Position in the journal.
    """

    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    number: int = -1


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        log.warning("the tracking journal %s cannot be read: %s", path, error)
        return
    for line in text.splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue  # torn by a kill; the call it stood for had not returned
        if isinstance(record, dict):
            yield record


def read_header(path: Path) -> dict[str, Any] | None:
    """Return the header of a journal (``run_id``, ``experiment``, ``tracking_uri`` masked)."""
    return next((record["run"] for record in _lines(path) if "run" in record), None)


class Journal:
    """The journal of one run.

    Parameters
    ----------
    path : Path
        The file; an existing one is continued.
    header : dict
        ``run_id`` and what helps a reader; written with the first entry.  No secrets.

    Attributes
    ----------
    pending : dict
        Entries not sent yet, by number, in order.
    refused : dict
        Entries that the store refused for good, by number.
    """

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self.path = Path(path)
        self._header = header
        self._next = 0
        self._written = False
        self.pending: dict[int, Entry] = {}
        self.refused: dict[int, Entry] = {}
        self._load()

    def _load(self) -> None:
        for record in _lines(self.path):
            self._written = True
            if "run" in record and record["run"].get("run_id") != self._header.get("run_id"):
                # Another run's: it must neither be mixed with this one nor lost.
                self.path = self.path.with_name(
                    f"{self.path.stem}-{self._header.get('run_id')}.jsonl"
                )
                self._written = False
                return self._load()
            if "entry" in record:
                number = int(record["entry"])
                self.pending[number] = Entry(record["kind"], record["data"], number)
                self._next = max(self._next, number + 1)
            if "sent" in record:
                self.pending.pop(record["sent"], None)
                self.refused.pop(record["sent"], None)
        # What was refused is tried once more by whoever opens the journal again.
        return None

    @property
    def empty(self) -> bool:
        """Whether everything has been sent."""
        return not self.pending and not self.refused

    def add(self, entry: Entry) -> Entry:
        """Write an entry down and return it with its number."""
        entry = Entry(entry.kind, entry.data, self._next)
        self._next += 1
        self.pending[entry.number] = entry
        self._write({"entry": entry.number, "kind": entry.kind, "data": entry.data})
        return entry

    def sent(self, entry: Entry) -> None:
        """Note that an entry has been sent."""
        self.pending.pop(entry.number, None)
        self._write({"sent": entry.number})

    def refuse(self, entry: Entry, cause: str) -> None:
        """Note that the store will not take an entry; it stays in the file."""
        self.pending.pop(entry.number, None)
        self.refused[entry.number] = entry
        self._write({"refused": entry.number, "cause": cause})

    def close(self) -> None:
        """Remove the file if everything has been sent."""
        if self.empty and self._written:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                log.warning("the journal %s is empty but cannot be removed: %s", self.path, error)

    def _write(self, record: dict[str, Any]) -> None:
        records = [record] if self._written else [{"run": self._header}, record]
        text = "".join(json.dumps(item, allow_nan=True) + "\n" for item in records)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(self.path, "ab+") as file:
                if file.tell() and not _ends_with_newline(file):
                    text = "\n" + text
                file.write(text.encode())
                file.flush()
                if "entry" in record:  # a lost mark only means that something is sent twice
                    os.fsync(file.fileno())
            self._written = True
        except OSError as error:
            # The entries are still in memory, and are sent if the store comes back in time.
            log.warning("the tracking journal %s cannot be written: %s", self.path, error)


def _ends_with_newline(file: Any) -> bool:
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) == b"\n")
