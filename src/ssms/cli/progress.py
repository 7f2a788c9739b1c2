"""How the command shows its progress: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from ssms.cli.console import Console, tell
from ssms.runs import Bar, Display, Progress
from ssms.runs.summary import duration, rate

__all__ = ["ConsoleDisplay"]

LINE_INTERVAL = 10.0  # seconds between two lines of a log


class _Lines(Progress):
    """Lines that read well in a log file: the first file, then one every few seconds."""

    def __init__(
        self,
        n_files: int,
        sets_per_file: int,
        stream: TextIO,
        interval: float = LINE_INTERVAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(n_files, sets_per_file)
        self._stream = stream
        self._interval = interval
        self._clock = clock
        self._started = self._last = clock()

    def note(self, text: str) -> None:
        tell(text, self._stream)

    def show(self) -> None:
        now = self._clock()
        finished = self.files_done == self.n_files
        if not finished and now - self._last < self._interval:
            return
        self._last = now
        elapsed = now - self._started
        line = f"{self.files_done} of {self.n_files} files, {self.sets_done} of {self.total} sets"
        if elapsed > 0 and self.sets_done:
            line += f", {rate(self.sets_done, elapsed)} sets/s, {duration(elapsed)} so far"
            if not finished:
                left = (self.total - self.sets_done) * elapsed / self.sets_done
                line += f", {duration(left)} to go"
        tell(line, self._stream)


def _size(stream: TextIO) -> dict[str, Any]:
    """Return tqdm's arguments for the size of a terminal; some say they have no rows at all."""
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        columns = rows = 0
    return {"dynamic_ncols": True} if columns and rows else {"ncols": 80, "nrows": 24}


class ConsoleDisplay(Display):
    """Shows the progress of a run on the console."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def say(self, text: str) -> None:
        """Print a line."""
        self._console.say(text)

    def progress(self, n_files: int, sets_per_file: int) -> Progress:
        """Return a bar on a terminal, else lines; nothing if the console is quiet or closed."""
        stream = sys.stderr
        if self._console.quiet or not n_files or stream is None:
            return Progress(n_files, sets_per_file)
        if stream.isatty():
            from tqdm import tqdm

            return Bar(n_files, sets_per_file, tqdm, file=stream, **_size(stream))
        return _Lines(n_files, sets_per_file, stream)
