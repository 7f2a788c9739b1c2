"""The progress of a run: a bar on a terminal, plain lines in a log, nothing when quiet."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, TextIO

from ssms.cli.console import tell

__all__ = ["Progress", "duration", "start_progress"]

LINE_INTERVAL = 10.0  # seconds between two lines of a log


def duration(seconds: float) -> str:
    """Return a span of time as people write it.

    Parameters
    ----------
    seconds : float
        Its length.

    Returns
    -------
    str
        Seconds with one decimal below a minute, else h:mm:ss.

    Examples
    --------
    >>> duration(4.21), duration(3723)
    ('4.2 s', '1:02:03')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


class Progress:
    """Progress over the files of a run and the parameter sets of each; this one is silent.

    Parameters
    ----------
    n_files : int
        Number of files that will be made.
    sets_per_file : int
        Number of parameter sets in each.
    """

    def __init__(self, n_files: int, sets_per_file: int) -> None:
        self.n_files = n_files
        self.sets_per_file = sets_per_file
        self.files_done = 0
        self.sets_of_file = 0

    @property
    def sets_done(self) -> int:
        """Parameter sets done so far, over all files."""
        return self.files_done * self.sets_per_file + self.sets_of_file

    @property
    def total(self) -> int:
        """Parameter sets of the whole run."""
        return self.n_files * self.sets_per_file

    def update(self, sets_of_file: int) -> None:
        """Say how many parameter sets of the current file are done."""
        self.sets_of_file = sets_of_file
        self._show()

    def file_done(self) -> None:
        """Say that the current file is whole."""
        self.files_done += 1
        self.sets_of_file = 0
        self._show()

    def close(self) -> None:
        """Leave the terminal as it was."""

    def _show(self) -> None:
        pass


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

    def _show(self) -> None:
        now = self._clock()
        finished = self.files_done == self.n_files
        if not finished and now - self._last < self._interval:
            return
        self._last = now
        elapsed = now - self._started
        line = f"{self.files_done} of {self.n_files} files, {self.sets_done} of {self.total} sets"
        if elapsed > 0 and self.sets_done:
            rate = self.sets_done / elapsed
            line += f", {rate:.3g} sets/s, {duration(elapsed)} so far"
            if not finished:
                line += f", {duration((self.total - self.sets_done) / rate)} to go"
        tell(line, self._stream)


class _Bar(Progress):
    """One bar over all parameter sets, that names the file in work."""

    def __init__(self, n_files: int, sets_per_file: int, stream: TextIO) -> None:
        from tqdm import tqdm

        super().__init__(n_files, sets_per_file)
        self._bar: Any = tqdm(
            desc=self._title,
            total=self.total,
            file=stream,
            unit="set",
            leave=False,
            **_size(stream),
        )

    @property
    def _title(self) -> str:
        return f"file {min(self.files_done + 1, self.n_files)} of {self.n_files}"

    def file_done(self) -> None:
        super().file_done()
        self._bar.set_description(self._title)

    def _show(self) -> None:
        self._bar.update(self.sets_done - self._bar.n)

    def close(self) -> None:
        self._bar.close()


def _size(stream: TextIO) -> dict[str, Any]:
    """Return tqdm's arguments for the size of a terminal; some say they have no rows at all."""
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        columns = rows = 0
    return {"dynamic_ncols": True} if columns and rows else {"ncols": 80, "nrows": 24}


def start_progress(
    n_files: int, sets_per_file: int, stream: TextIO | None, quiet: bool
) -> Progress:
    """Return the progress display that suits the stream.

    Parameters
    ----------
    n_files, sets_per_file : int
        The work to be done.
    stream : text file or None
        Where to show it; a bar if it is a terminal, else plain lines.
    quiet : bool
        Show nothing.

    Returns
    -------
    Progress
        Call ``update`` with the parameter sets done of a file, ``file_done`` after each file and
        ``close`` at the end.

    Examples
    --------
    >>> import sys
    >>> progress = start_progress(1, 100, sys.stdout, quiet=True)
    >>> progress.update(50)
    >>> progress.sets_done
    50
    """
    if quiet or not n_files or stream is None:
        return Progress(n_files, sets_per_file)
    if stream.isatty():
        return _Bar(n_files, sets_per_file, stream)
    return _Lines(n_files, sets_per_file, stream)
