"""The one thread that sends: it waits for the store, and nothing waits for it.

Entries stand in two queues, one for values and one for files, so that a full artifact store does
not hold back metrics.  Order is kept within a queue, because a later value must win.
"""

from __future__ import annotations

import base64
import contextlib
import io
import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from itertools import chain, islice, takewhile
from pathlib import Path
from typing import Any

from .calls import THREAD, waits
from .delivery import VALUES, batch_of, deliver
from .failures import Failure, Refused, Unavailable
from .journal import Entry, append, read_entries
from .masking import mask_message
from .store import Store

__all__ = ["Sender", "figure_entry"]

log = logging.getLogger("ssms.tracking")

_LONG = 10**9
_MAX_BATCH = 1000
_FIRST_WAIT = 0.25
_MAX_WAIT = 8.0
_FORK_PATIENCE = 5.0


class _Lane:
    """A queue of entries with their numbers, and when to try the next one."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.queue: deque[tuple[int, Entry]] = deque()
        self.again = 0.0
        self.pauses: Any = None
        self.lost = False


class Sender:
    """Sends the entries of one run.

    While the store is away they are kept in `journal`, below its `header`; None if the caller has
    them elsewhere.  Without a thread they are sent at once, in the caller's, with one attempt: for
    the children of a process, which may end at any moment.  `refused` lists records that the
    store refused for good: kind, values and cause.
    """

    def __init__(
        self,
        store: Store,
        run_id: str,
        header: dict[str, Any],
        journal: Path | None,
        threaded: bool = True,
    ) -> None:
        self.journal = journal
        self.refused: list[dict[str, Any]] = []
        self._store = store
        self._run_id = run_id
        self._header = header
        self._threaded = threaded
        self._ready = threading.Condition()
        self._delivering = threading.Lock()
        self._values = _Lane(store.shown)
        self._files = _Lane("the artifact store")
        self._marks: deque[tuple[int, Callable[[], object]]] = deque()
        self._number = 0
        self.journaled = -1  # number of the last entry that the journal has
        self._hurry = False
        self._longest: float | None = None
        self._stopped = False
        self._thread: threading.Thread | None = None
        _senders.add(self)

    @property
    def empty(self) -> bool:
        """Whether everything has been sent or refused."""
        return not self._values.queue and not self._files.queue

    def put(self, *entries: Entry) -> None:
        """Add entries; it never waits for the store, unless the sender has no thread."""
        with self._ready:
            for entry in entries:
                lane = self._values if entry.kind in (*VALUES, "dataset", "end") else self._files
                lane.queue.append((self._number, entry))
                self._number += 1
            self._ready.notify_all()
        if not self._threaded:
            self._step()
            self._keep()
        elif self._thread is None:
            self._thread = threading.Thread(target=self._work, name=THREAD, daemon=True)
            self._thread.start()

    def when_sent(self, callback: Callable[[], object]) -> None:
        """Call a function, in the sender's thread, once all entries so far are sent or refused."""
        with self._ready:
            self._marks.append((self._number, callback))
            self._ready.notify_all()
        if not self._threaded or self._thread is None:
            self._settle_marks()

    def drain(self, seconds: float, longest: float | None = None) -> bool:
        """Wait until all is sent, `seconds` at most; return whether nothing is left.

        Attempts follow each other quickly meanwhile, and each is given up after `longest` seconds.
        """
        end = time.monotonic() + seconds
        with self._ready:
            self._hurry, self._longest = True, longest
            for lane in (self._values, self._files):
                lane.again, lane.pauses = 0.0, None
            self._ready.notify_all()
            while not self.empty or self._marks:
                left = end - time.monotonic()
                if left <= 0 or not self._threaded or self._thread is None:
                    break
                self._ready.wait(min(left, 0.5))
            self._hurry, self._longest = False, None
        return self.empty

    def close(self) -> None:
        """Stop, and leave unsent records on disk; remove the journal if all were sent."""
        with self._ready:
            self._stopped = True
            self._ready.notify_all()
            left = [entry for lane in (self._files, self._values) for _, entry in lane.queue]
        if self.journal is None:
            return
        with contextlib.suppress(OSError):
            self.journal.unlink(missing_ok=True)
        if left:
            append(self.journal, self._header, filter(None, map(figure_entry, left)))

    # -- in the thread ------------------------------------------------------------------------

    def _work(self) -> None:
        while True:
            with self._ready:
                wait = 0.0 if self._stopped else self._wait()
                if wait > 0:
                    self._ready.wait(wait)
                if self._stopped:
                    return
            self._step()
            self._keep()

    def _wait(self) -> float:
        """Return for how long there is nothing to do."""
        now = time.monotonic()
        waiting = [lane for lane in (self._values, self._files) if lane.queue]
        if self._due_marks():
            return 0.0
        return min((lane.again - now for lane in waiting), default=3600.0)

    def _step(self) -> None:
        """Send one batch of each queue that may be tried now."""
        for lane in (self._values, self._files):
            if lane.queue and lane.again <= time.monotonic():
                with self._delivering:
                    self._send_some(lane)
                with self._ready:
                    self._ready.notify_all()
        self._settle_marks()
        with self._ready:
            self._ready.notify_all()

    def _send_some(self, lane: _Lane) -> None:
        with self._ready:
            entries = [entry for _, entry in islice(lane.queue, _MAX_BATCH)]
        number = batch_of(entries)
        batch = entries[:number]
        if batch[0].kind == "figure":
            drawn = figure_entry(batch[0])
            with self._ready:
                position, _ = lane.queue.popleft()
                if drawn is None:
                    return
                lane.queue.appendleft((position, drawn))
            batch = [drawn]
        try:
            refused = deliver(self._store, self._run_id, batch, self._longest)
        except Unavailable as error:
            self._lose(lane, error.failure)
            return
        except Exception as error:  # a bug of ours must not end the thread
            refused = [(batch[0], Refused(Failure(False, f"{type(error).__name__}: {error}")))]
        for part, refusal in refused:
            self._refuse(part, refusal.failure)
        with self._ready:
            for _ in batch:
                lane.queue.popleft()
        if lane.lost:
            log.warning("%s is back: sending goes on", lane.shown)
        lane.lost, lane.pauses, lane.again = False, None, 0.0

    def _refuse(self, entry: Entry, failure: Failure) -> None:
        """Note records that the store refuses for good; they go to an artifact at the end."""
        data = entry.data
        keys = ("artifact", "path", "status", "name")
        named = next((data[key] for key in keys if key in data), "")
        values = data.get("values") or {"artifact": named}
        self.refused.append({"kind": entry.kind, "values": values, "cause": failure.cause})
        names = ", ".join(values) if "values" in data else repr(named)
        log.warning(
            "MLflow refused %s %s for good: %s (kept in the artifact refused_values.json)",
            entry.kind, names, failure.cause,
        )  # fmt: skip

    def _lose(self, lane: _Lane, failure: Failure) -> None:
        if lane.pauses is None:
            lane.pauses = waits(_LONG, _FIRST_WAIT, 1.0 if self._hurry else _MAX_WAIT)
        lane.again = time.monotonic() + next(lane.pauses)
        if not lane.lost and not (lane is self._files and self._values.lost):
            kept = f" and kept in {self.journal}" if self.journal is not None else ""
            log.warning(
                "%s is away: %s%s. The work goes on; sending is tried again%s",
                lane.shown, failure.cause, failure.hint, kept,
            )  # fmt: skip
        lane.lost = True

    def _keep(self) -> None:
        """Write unsent records to the journal, so that no kill loses them."""
        if self.journal is None:
            return
        lanes = (self._values, self._files)
        if not any(lane.lost for lane in lanes):
            return
        with self._ready:
            newest = [
                takewhile(lambda item: item[0] > self.journaled, reversed(lane.queue))
                for lane in lanes
            ]
            new = sorted(chain(*newest), key=lambda item: item[0])
        if new:
            append(self.journal, self._header, filter(None, (figure_entry(e) for _, e in new)))
            self.journaled = new[-1][0]

    def _due_marks(self) -> bool:
        queues = (self._values.queue, self._files.queue)
        first = min((queue[0][0] for queue in queues if queue), default=self._number)
        return bool(self._marks) and self._marks[0][0] <= first

    def _settle_marks(self) -> None:
        while True:
            with self._ready:
                if not self._due_marks():
                    return
                _, callback = self._marks.popleft()
            with contextlib.suppress(Exception):
                callback()


def figure_entry(entry: Entry) -> Entry | None:
    """Return an entry as the journal can hold it: a figure drawn; None if there is none."""
    if entry.kind != "figure":
        return entry
    buffer = io.BytesIO()
    artifact = entry.data["artifact"]
    ending = artifact.rpartition(".")[2] if "." in artifact else "png"
    try:
        figure = entry.data["draw"]()
        if figure is None:
            return None
        figure.savefig(buffer, format=ending, bbox_inches="tight")
    except Exception as error:  # of the user's function, in the thread that sends all else
        reason = mask_message(f"{type(error).__name__}: {error}")
        log.warning("the figure %s cannot be drawn and is not recorded: %s", artifact, reason)
        return None
    content = base64.b64encode(buffer.getvalue()).decode()
    return Entry("bytes", {"base64": content, "artifact": artifact})


def load(sender: Sender, path: Path, ends: bool = True) -> None:
    """Give a sender the records of its journal; `ends`: and the end of the run, too."""
    entries = [entry for entry in read_entries(path) if ends or entry.kind != "end"]
    if entries:
        sender.journaled = len(entries) - 1
        sender.put(*entries)


# A process that forks while a call is under way would copy locks that nothing releases.
_senders: weakref.WeakSet[Sender] = weakref.WeakSet()
_held: list[threading.Lock] = []


def _before_fork() -> None:
    for sender in list(_senders):
        if sender._delivering.acquire(timeout=_FORK_PATIENCE):
            _held.append(sender._delivering)


def _after_fork() -> None:
    while _held:
        _held.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )
