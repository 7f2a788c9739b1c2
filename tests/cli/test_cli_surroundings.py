"""``ssms-generate`` in bad surroundings: closed streams, full disks, names that are no text."""

import errno
import json
import os
import pickle
import subprocess
import sys

import pytest
from stores import COMMAND, files, start

from ssms.cli.generate import main
from ssms.cli.options import UsageError, parse
from ssms.dataset_generators import writers
from ssms.tracking import TrackingUsageError, resolve_settings


def state(output):
    (path,) = (output / "runs").glob("*.json")
    return json.loads(path.read_text())["state"]


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_reader_that_goes_away_costs_no_data(arguments, output, more):
    process = start([*arguments, "-n", "2", *more])
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert (len(files(output)), state(output)) == (2, "complete")
    assert "rror" not in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize("option", ["--version", "--help", "--list-models"])
def test_nobody_reads_an_answer(option):
    process = start([option])
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_closed_streams_cost_no_data(arguments, output, closed):
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, *arguments]
    done = subprocess.run(shell, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (len(files(output)), state(output)) == (1, "complete")


def test_no_file_is_read_or_written_in_the_encoding_of_the_locale(arguments, output):
    strict = [sys.executable, "-X", "warn_default_encoding", "-W", "error", *COMMAND[1:]]
    argv = [*strict, *arguments, "--n-cpus", "all"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (len(files(output)), state(output)) == (1, "complete")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_log_on_a_full_disk_costs_no_data_but_a_lost_summary_is_said(arguments, output, tmp_path):
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, *arguments], stdout=full, stderr=full, timeout=60)
        assert (done.returncode, state(output)) == (0, "complete")
        other = tmp_path / "other"
        argv = [other if word == str(output) else word for word in arguments]
        done = subprocess.run(
            [*COMMAND, *map(str, argv), "--json", "--quiet"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert done.stderr == "ssms-generate: error: standard output: No space left on device\n"
    assert state(other) == "complete"


def test_a_stream_that_cannot_hold_a_name_gets_it_escaped(arguments, output, tmp_path):
    folder = tmp_path / "donn\u00e9es \u2713"
    argv = [folder if word == str(output) else word for word in arguments]
    process = start([*argv, "--json"], PYTHONIOENCODING="ascii")
    printed, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert json.loads(printed)["folder"].startswith(str(folder))
    assert "donn\\xe9es \\u2713" in errors


def fail_after(monkeypatch, number):
    """Let the disk be full after so many files were brought to it."""
    original, calls = os.fsync, 0

    def fsync(descriptor):
        nonlocal calls
        calls += 1
        if calls > number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        original(descriptor)

    monkeypatch.setattr(writers.os, "fsync", fsync)


# Each file is synced with its folder; two records precede the first data file.
@pytest.mark.parametrize(("number", "whole"), [(8, 2), (16, 6)])
def test_a_full_disk_is_one_message_that_names_the_file_and_the_run_goes_on_later(
    arguments, output, capsys, monkeypatch, number, whole
):
    argv = [*arguments, "-n", "6", "--seed", "1"]
    with monkeypatch.context() as patch:
        fail_after(patch, number)
        assert main(argv) == 1
    errors = capsys.readouterr().err
    (message,) = [line for line in errors.splitlines() if "error:" in line]
    assert message.endswith("No space left on device")
    assert str(output) in message
    assert "Traceback" not in errors
    left = files(output)
    assert len(left) == whole
    for path in left:
        pickle.loads(path.read_bytes())
    assert list(output.rglob(".*")) == []

    assert main(argv) == 0
    assert (len(files(output)), state(output)) == (6, "complete")


def test_a_current_folder_that_was_removed(small, tmp_path, capsys, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert main(["--config-path", str(small), "--output", "out"]) == 2
    assert "the current folder cannot be used" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "argv",
    [
        ["--output", "~nobody-of-that-name/x"],
        ["--output", "x", "--config-path", "~nobody-of-that-name/x.yaml"],
        ["--output", "x", "--mlflow-artifact-location", "~nobody-of-that-name/x"],
        ["--output", "x", "--mlflow-tracking-uri", "sqlite:///~nobody-of-that-name/x.db"],
    ],
)
def test_a_home_folder_that_does_not_exist(argv, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(argv) == 2
    assert "there is no home folder for ~nobody-of-that-name" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--output", "out\udcff"], r"'out\\udcff' is not text in UTF-8"),
        (["--output", "x", "-n", "99999999999999999999"], "from 1 to 1000000"),
        (["--list-models", "--seed", "3"], "--seed does not change the output of --list-models"),
        (
            ["--init-config", "ddm", "--mlflow-tag", "a=b"],
            "--mlflow-tag does not change the output",
        ),
        (["--version", "-n", "3"], "--n-files does not change the output of --version"),
        (["--init-config", "ddm", "--show-config"], "not allowed with argument"),
    ],
)
def test_refused_before_any_work(argv, message):
    with pytest.raises(UsageError, match=message):
        parse(argv)


def test_a_password_that_was_masked_is_not_taken_for_one():
    with pytest.raises(TrackingUsageError, match="put the password in again"):
        resolve_settings({"tracking_uri": "postgresql://ann:***@db/mlflow"}, environ={})
