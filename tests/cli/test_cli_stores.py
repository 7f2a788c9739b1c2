"""``ssms-generate`` against real stores: many at once, a server that dies, signals, S3.

SSMS_RACE_ROUNDS sets the number of rounds of the races on cold stores (default 1; the acceptance
runs take 20 on SQLite and 5 on each database).
"""

import json
import os
import signal
import sys

import pytest
from stores import HELD, STEADY, files, generate, runs, start, wait_for_files

ROUNDS = int(os.environ.get("SSMS_RACE_ROUNDS", "1"))
RACE_SECONDS = 3000  # of 32 commands on a machine that has other work; none may hang for ever

pytestmark = [pytest.mark.slow, pytest.mark.timeout(RACE_SECONDS + 300)]


def race(count, arguments, output, client):
    """Start commands side by side and check that each became a complete run."""
    processes = [
        start(
            [*arguments, "-n", "2", "--quiet"],
            SLURM_JOB_ID=str(100 + task),
            SLURM_ARRAY_JOB_ID="100",
            SLURM_ARRAY_TASK_ID=str(task),
        )
        for task in range(count)
    ]
    failed = []
    for process in processes:
        _, errors = process.communicate(timeout=RACE_SECONDS)
        if process.returncode != 0:
            failed.append(errors)
    assert not failed, f"{len(failed)} of {count} failed: {failed[0]}"
    found = runs(client)
    assert len(found) == count
    assert {run.info.status for run in found} == {"FINISHED"}
    assert {run.data.tags["slurm_array_task_id"] for run in found} == set(map(str, range(count)))
    assert len({run.data.params["seed"] for run in found}) == count
    for run in found:
        assert run.data.params["simulator.n_samples"] == "50"
        assert run.data.metrics["num_files_generated"] == 2
        names = {item.path for item in client.list_artifacts(run.info.run_id)}
        assert {"generated_files_inventory.json", "run_record.json"} <= names
    assert len(files(output)) == 2 * count


@pytest.mark.parametrize("number", range(ROUNDS))
def test_32_commands_on_a_cold_sqlite_file(number, arguments, output, tmp_path, mlflow):
    uri = f"sqlite:///{tmp_path}/deep/mlflow.db"
    places = ["--mlflow-tracking-uri", uri, "--mlflow-artifact-location", str(tmp_path / "art")]
    race(32, [*arguments, *places], output, _Late(mlflow.MlflowClient, uri))


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_16_commands_on_a_cold_database(kind, number, arguments, output, tmp_path, mlflow, request):
    uri = request.getfixturevalue(kind).new()
    places = ["--mlflow-tracking-uri", uri, "--mlflow-artifact-location", str(tmp_path / "art")]
    race(16, [*arguments, *places], output, _Late(mlflow.MlflowClient, uri))
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"secret-7f3a" not in path.read_bytes(), path


def test_16_commands_through_a_server(arguments, output, mlflow, mlflow_server):
    server = mlflow_server()
    argv = [*arguments, "--mlflow-tracking-uri", server.uri]
    race(16, argv, output, _Late(mlflow.MlflowClient, server.uri))


class _Late:
    """A client that is made when it is first used, so that it does not warm the store."""

    def __init__(self, make, uri):
        self._make, self._uri, self._client = make, uri, None

    def __getattr__(self, name):
        if self._client is None:
            self._client = self._make(tracking_uri=self._uri)
        return getattr(self._client, name)


def test_a_server_that_dies_on_the_way_costs_no_data(
    arguments, small, output, mlflow, mlflow_server
):
    small.write_text(STEADY)
    server = mlflow_server()
    argv = [*arguments, "-n", "40", "--mlflow-tracking-uri", server.uri, "--mlflow-timeout", "5"]
    process = start([*argv, "--json"])
    wait_for_files(process, output, 3)
    server.kill()
    printed, errors = process.communicate(timeout=300)
    assert process.returncode == 3, errors
    assert json.loads(printed)["files_made"] == 40
    made = {path: path.stat().st_mtime_ns for path in files(output)}
    assert len(made) == 40

    generate([*argv, "--quiet"], expected=3)  # still away: nothing to do but to send
    server.start()
    generate([*argv, "--quiet", "--mlflow-timeout", "120"])
    assert {path: path.stat().st_mtime_ns for path in files(output)} == made
    client = mlflow.MlflowClient(tracking_uri=server.uri)
    (run,) = runs(client)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["num_files_generated"] == 40
    steps = [metric.step for metric in client.get_metric_history(run.info.run_id, "file_bytes")]
    assert sorted(steps) == list(range(40))


def test_a_server_that_is_down_before_is_known_before_any_work(
    arguments, output, mlflow, mlflow_server
):
    server = mlflow_server()
    server.kill()
    argv = [*arguments, "--mlflow-tracking-uri", server.uri, "--mlflow-timeout", "1"]
    printed, errors = generate(argv, expected=1)
    assert printed == ""
    assert server.uri in errors
    assert "refused" in errors
    assert not output.exists()
    server.start()
    generate([*argv, "--mlflow-timeout", "30"])
    (run,) = runs(mlflow.MlflowClient(tracking_uri=server.uri))
    assert run.info.status == "FINISHED"


def test_a_server_that_dies_after_the_last_file(arguments, output, tmp_path, mlflow, mlflow_server):
    server, hold = mlflow_server(), tmp_path / "hold"
    argv = [*arguments, "-n", "3", "--mlflow-tracking-uri", server.uri, "--mlflow-timeout", "5"]
    hold.touch()
    process = start([hold, *argv], command=[sys.executable, "-c", HELD])
    wait_for_files(process, output, 3)
    client = mlflow.MlflowClient(tracking_uri=server.uri)
    (run,) = runs(client)
    while len(client.get_metric_history(run.info.run_id, "file_bytes")) < 3:
        assert process.poll() is None
    server.kill()
    hold.unlink()
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 3, errors
    made = {path: path.stat().st_mtime_ns for path in files(output)}

    server.start()
    assert runs(client)[0].info.status == "RUNNING"
    printed, _ = generate([*argv, "--json", "--mlflow-timeout", "120"])
    assert json.loads(printed)["files_made"] == 0
    assert {path: path.stat().st_mtime_ns for path in files(output)} == made
    (run,) = runs(client)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["num_files_generated"] == 3
    names = {item.path for item in client.list_artifacts(run.info.run_id)}
    assert {"generated_files_inventory.json", "run_record.json"} <= names
    assert len(run.inputs.dataset_inputs) == 1


def test_a_run_that_ends_normally_and_one_whose_worker_fails(
    arguments, small, output, places, client
):
    """Filters that every simulation fails: an exception out of a worker of the real command."""
    small.write_text(
        "MODEL: ddm\n"
        "PIPELINE: {N_PARAMETER_SETS: 4, N_SUBRUNS: 2, N_CPUS: 2}\n"
        "SIMULATOR: {N_SAMPLES: 50, DELTA_T: 0.001, FILTERS: {mode: 0}}\n"
        "TRAINING: {N_SAMPLES_PER_PARAM: 10}\n"
    )
    argv = [
        *arguments,
        *("--mlflow-tracking-uri", places["tracking_uri"]),
        *("--mlflow-artifact-location", places["artifact_location"]),
    ]
    _, errors = generate(argv, expected=1)
    (run,) = runs(client)
    assert run.info.status == "FAILED"
    assert run.data.tags["error"].removeprefix("GenerationError: ") in errors
    assert "traceback.txt" in {item.path for item in client.list_artifacts(run.info.run_id)}
    (record,) = (json.loads(path.read_text()) for path in (output / "runs").glob("*.json"))
    assert (record["state"], record["tracking"]["run_id"]) == ("failed", run.info.run_id)
    assert files(output) == []

    small.write_text(small.read_text().replace(", FILTERS: {mode: 0}", ""))
    generate(argv)
    assert sorted(run.info.status for run in runs(client)) == ["FAILED", "FINISHED"]


@pytest.mark.parametrize(
    ("signum", "code", "status"),
    [
        (signal.SIGINT, 130, "KILLED"),
        (signal.SIGTERM, 143, "KILLED"),
        (signal.SIGHUP, 129, "KILLED"),
        (signal.SIGKILL, -signal.SIGKILL, "RUNNING"),
    ],
)
def test_a_signal_and_what_the_run_says_of_it(
    signum, code, status, arguments, small, output, places, client
):
    small.write_text(STEADY)
    argv = [
        *arguments,
        *("-n", "15", "--mlflow-run-name", "job"),
        *("--mlflow-tracking-uri", places["tracking_uri"]),
        *("--mlflow-artifact-location", places["artifact_location"]),
    ]
    process = start(argv)
    wait_for_files(process, output, 2)
    process.send_signal(signum)
    process.communicate(timeout=30)
    assert process.returncode == code
    (run,) = runs(client)
    assert run.info.status == status

    generate([*argv, "--quiet"])
    (again,) = runs(client)
    assert (again.info.run_id, again.info.status) == (run.info.run_id, "FINISHED")
    assert again.data.metrics["num_files_generated"] == 15
    assert len(files(output)) == 15
    history = client.get_metric_history(run.info.run_id, "file_bytes")
    assert sorted({metric.step for metric in history}) == list(range(15))
