"""The status of a run tells how its process ended, and nothing heavy is imported before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import ssms.tracking
from ssms.tracking import Terminated

# How a process ends, the run's final status, its exit code, and the tag that says why.
TABLE = {
    "normal": ("FINISHED", 0, None),
    "exit0": ("FINISHED", 0, None),
    "exception": ("FAILED", 1, ("error", "RuntimeError: a worker failed")),
    "exit3": ("FAILED", 3, ("error", "SystemExit: 3")),
    "sigint": ("KILLED", 130, ("killed_by", "SIGINT")),
    "sigterm": ("KILLED", 143, ("killed_by", "SIGTERM")),
    "sighup": ("KILLED", 129, ("killed_by", "SIGHUP")),
    "sigkill": ("RUNNING", -9, None),
}


@pytest.fixture(scope="module")
def ends(warm_database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ends")
    (folder / "tracking.db").write_bytes(warm_database.read_bytes())
    result = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("status_zoo.py")), str(folder), *TABLE],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=folder,
        env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
    )
    assert result.returncode == 0, result.stderr
    return folder, json.loads(result.stdout.splitlines()[-1])


@pytest.mark.parametrize("how", TABLE)
def test_status_at_every_end(how, ends, mlflow):
    folder, found = ends
    run_id, code = found[how]
    status, expected_code, tag = TABLE[how]
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{folder / 'tracking.db'}")
    stored = client.get_run(run_id)
    assert stored.info.status == status
    assert code == expected_code
    assert stored.data.params == {"how": how}
    if tag:
        assert stored.data.tags[tag[0]] == tag[1]
    if status == "FAILED":
        with tempfile.TemporaryDirectory() as target:
            trace = Path(client.download_artifacts(run_id, "traceback.txt", target)).read_text()
        assert "Traceback" in trace
        assert tag[1].split(":")[0] in trace


def test_after_kill_9_the_run_is_taken_up_again(ends, mlflow):
    folder, found = ends
    uri = f"sqlite:///{folder / 'tracking.db'}"
    with ssms.tracking.run(run_id=found["sigkill"][0], tracking_uri=uri) as run:
        run.log_params({"how": "sigkill", "again": 1})
    stored = mlflow.MlflowClient(tracking_uri=uri).get_run(run.run_id)
    assert (stored.info.status, stored.data.params["again"]) == ("FINISHED", "1")


def test_a_handler_of_the_users_stays(places, monkeypatch):

    def handler(number, frame):
        raise AssertionError

    previous = signal.signal(signal.SIGTERM, handler)
    previous_hangup = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        with ssms.tracking.run(**places):
            assert signal.getsignal(signal.SIGTERM) is handler
            assert signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is handler
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, previous)
        signal.signal(signal.SIGHUP, previous_hangup)


def test_terminated_by_a_handler_of_the_callers(places, client):
    with pytest.raises(Terminated), ssms.tracking.run(**places) as run:
        raise Terminated(15)
    assert client.get_run(run.run_id).info.status == "KILLED"


def test_importing_tracking_imports_nothing_heavy():
    code = (
        "import sys, ssms.tracking as t; t.resolve_settings({'run_name': 'a'}).rows();"
        "t.mask_uri('http://a:b@c'); t.run(t.resolve_settings({})).__enter__();"
        "heavy = {'mlflow', 'sqlalchemy', 'numpy', 'pandas', 'requests', 'yaml'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30
    )
    # numpy and yaml may come with the package itself; what tracking alone would add may not.
    assert not {"mlflow", "sqlalchemy", "pandas", "requests"} & set(eval(result.stdout))
