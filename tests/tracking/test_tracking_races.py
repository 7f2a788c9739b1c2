"""Many processes at once on a store that is not there yet: every run is there, and whole.

SSMS_RACE_ROUNDS sets the number of rounds on SQLite (default 1; the acceptance run takes 20).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

WORKER = Path(__file__).with_name("race_worker.py")
ROUNDS = int(os.environ.get("SSMS_RACE_ROUNDS", "1"))

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def race(count, uri, location, folder, environ=None):
    """Start `count` processes, let them go at one instant, and return (code, stdout, stderr)."""
    folder.mkdir(parents=True)
    start = folder / "go"
    processes = [
        subprocess.Popen(
            [sys.executable, str(WORKER), uri, location, "race", str(start), f"w{number}"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environ or {})},
        )
        for number in range(count)
    ]
    end = time.monotonic() + 300
    while len(list(folder.glob("*.ready"))) < count and time.monotonic() < end:
        time.sleep(0.05)
    start.touch()
    results = []
    for process in processes:
        output, errors = process.communicate(timeout=600)
        results.append((process.returncode, output, errors))
    return results


def check(results, client):
    failures = [errors for code, output, errors in results if code or "True" not in output]
    assert not failures, f"{len(failures)} of {len(results)} failed:\n{failures[0]}"
    experiment = client.get_experiment_by_name("race")
    runs = client.search_runs([experiment.experiment_id], max_results=1000)
    assert len(runs) == len(results)
    assert {run.info.status for run in runs} == {"FINISHED"}
    for run in runs:
        assert run.data.params == {f"p{number}": str(number) for number in range(10)}
        assert run.data.metrics == {"a": 1.0, "b": 2.0}
        assert [item.path for item in client.list_artifacts(run.info.run_id)] == ["name.txt"]
    assert len({run.info.run_name for run in runs}) == len(results)


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
    command = [sys.executable, str(WORKER), uri, str(tmp_path / "art"), "race", "-"]
    victim = subprocess.Popen([*command, "victim"], cwd=work)
    while not list(tmp_path.glob(".tracking.db.*.new")) and victim.poll() is None:
        time.sleep(0.005)
    victim.kill()
    victim.wait()
    assert not (tmp_path / "tracking.db").exists()
    result = subprocess.run(
        [*command, "next"], cwd=work, capture_output=True, text=True, timeout=200
    )
    assert result.returncode == 0, result.stderr
    runs = mlflow.MlflowClient(tracking_uri=uri).search_runs(["1"])
    assert [run.info.status for run in runs] == ["FINISHED"]
