import contextlib
import io
import os
import pty
import select
import termios

import pytest

from ssms.cli.console import Console
from ssms.cli.progress import ConsoleDisplay, _Lines
from ssms.runs import Progress
from ssms.runs.summary import duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


def start_progress(n_files, sets, stream, quiet):
    with contextlib.redirect_stderr(stream):
        return ConsoleDisplay(Console(quiet)).progress(n_files, sets)


def test_a_log_gets_plain_lines_now_and_then():
    stream, time = io.StringIO(), [0.0]
    progress = _Lines(2, 100, stream, interval=10.0, clock=lambda: time[0])
    for seconds, sets in [(1, 5), (10, 50), (11, 55), (21, 99)]:
        time[0] = seconds
        progress.update(sets)
    progress.file_done()
    time[0] = 40.0
    progress.file_done()
    assert stream.getvalue().splitlines() == [
        "0 of 2 files, 50 of 200 sets, 5 sets/s, 10.0 s so far, 30.0 s to go",
        "0 of 2 files, 99 of 200 sets, 4.71 sets/s, 21.0 s so far, 21.4 s to go",
        "2 of 2 files, 200 of 200 sets, 5 sets/s, 40.0 s so far",
    ]
    assert "\r" not in stream.getvalue()


def test_a_fast_run_has_a_speed_without_powers_of_ten():
    stream, time = io.StringIO(), [0.0]
    progress = _Lines(1, 10_000, stream, interval=1.0, clock=lambda: time[0])
    time[0] = 1.0
    progress.update(1240)
    assert "1240 of 10000 sets, 1240 sets/s" in stream.getvalue()


def test_a_terminal_gets_a_bar_that_is_taken_away_at_the_end():
    stream = Terminal()
    progress = start_progress(2, 100, stream, quiet=False)
    progress.update(40)
    progress.file_done()
    progress.update(10)
    progress.close()
    shown = stream.getvalue()
    assert "file 1 of 2" in shown
    assert "file 2 of 2" in shown
    assert "/200" in shown
    assert shown.endswith("\r")


@pytest.mark.parametrize("size", [(0, 0), (24, 100)])
def test_a_bar_shows_on_a_terminal_whatever_it_says_of_its_size(size):
    reader, writer = pty.openpty()
    termios.tcsetwinsize(writer, size)
    with open(writer, "w") as stream:
        progress = start_progress(2, 100, stream, quiet=False)
        progress.file_done()
        progress.close()
        shown = ""
        while "file 2 of 2:  50%" not in shown:
            assert select.select([reader], [], [], 5.0)[0], shown
            shown += os.read(reader, 10_000).decode()
    os.close(reader)


def test_quiet_says_nothing():
    stream = Terminal()
    progress = start_progress(2, 100, stream, quiet=True)
    progress.update(100)
    progress.file_done()
    progress.close()
    assert stream.getvalue() == ""
    assert (progress.sets_done, progress.total) == (100, 200)


def test_nothing_to_make_shows_nothing():
    assert type(start_progress(0, 100, Terminal(), quiet=False)) is Progress


def test_durations():
    assert [duration(s) for s in (0, 59.94, 61, 3661)] == ["0.0 s", "59.9 s", "01:01", "1:01:01"]
