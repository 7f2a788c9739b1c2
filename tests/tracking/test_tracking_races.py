"""Many processes at once on a store that is not there yet: every run is there, and whole.

SSMS_RACE_ROUNDS sets the number of rounds on SQLite (default 1; the acceptance run takes 20).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

WORKER = Path(__file__).with_name("race_worker.py")
ROUNDS = int(os.environ.get("SSMS_RACE_ROUNDS", "1"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def command(count, uri, location):
    return [sys.executable, str(WORKER), str(count), uri, location, "race"]


def race(count, uri, location, folder):
    """Let `count` processes go at one instant, and return what each says of itself."""
    folder.mkdir(parents=True)
    result = subprocess.run(
        command(count, uri, location), cwd=folder, capture_output=True, text=True, timeout=800
    )
    assert result.returncode == 0, result.stderr
    outcomes = [path.read_text() for path in folder.glob("*.out")]
    assert len(outcomes) == count
    return outcomes


def check(outcomes, client):
    failures = [outcome for outcome in outcomes if outcome != "complete"]
    assert not failures, f"{len(failures)} of {len(outcomes)} failed:\n{failures[0]}"
    experiment = client.get_experiment_by_name("race")
    runs = client.search_runs([experiment.experiment_id], max_results=1000)
    assert len(runs) == len(outcomes)
    assert {run.info.status for run in runs} == {"FINISHED"}
    for run in runs:
        assert run.data.params == {f"p{number}": str(number) for number in range(10)}
        assert run.data.metrics == {"a": 1.0, "b": 2.0}
        assert [item.path for item in client.list_artifacts(run.info.run_id)] == ["name.txt"]
    assert len({run.info.run_name for run in runs}) == len(outcomes)


@pytest.mark.parametrize("number", range(ROUNDS))
def test_32_processes_on_a_cold_sqlite_file(number, tmp_path, mlflow):
    uri = f"sqlite:///{tmp_path}/deep/tracking.db"
    results = race(32, uri, str(tmp_path / "art"), tmp_path / "work")
    check(results, mlflow.MlflowClient(tracking_uri=uri))
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == [
        "tracking.db",
        "tracking.db.lock",
    ]


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_16_processes_on_a_cold_database(kind, request, tmp_path, mlflow):
    uri = request.getfixturevalue(kind).new()
    results = race(16, uri, str(tmp_path / "art"), tmp_path / "work")
    check(results, mlflow.MlflowClient(tracking_uri=uri))


def test_16_processes_through_a_server(mlflow_server, tmp_path, mlflow):
    server = mlflow_server()
    results = race(16, server.uri, "-", tmp_path / "work")
    check(results, mlflow.MlflowClient(tracking_uri=server.uri))


def test_a_process_killed_while_it_makes_the_file_holds_up_nobody(tmp_path, mlflow):
    """Kill -9 in the middle of the migrations: no lock stays, no broken file stays."""
    uri = f"sqlite:///{tmp_path}/tracking.db"
    work = tmp_path / "work"
    work.mkdir()
    victim = subprocess.Popen(
        command(1, uri, str(tmp_path / "art")), cwd=work, start_new_session=True
    )
    while not list(tmp_path.glob(".tracking.db.*.new")) and victim.poll() is None:
        time.sleep(0.005)
    os.killpg(victim.pid, signal.SIGKILL)
    victim.wait()
    assert not (tmp_path / "tracking.db").exists()
    outcomes = race(1, uri, str(tmp_path / "art"), tmp_path / "next")
    check(outcomes, mlflow.MlflowClient(tracking_uri=uri))
    assert not list(tmp_path.glob(".tracking.db.*"))
