"""``ssms-generate`` against real stores: many at once, a server that dies, signals, S3.

SSMS_RACE_ROUNDS sets the number of rounds on SQLite (default 1; the acceptance run takes 20).
"""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

ROUNDS = int(os.environ.get("SSMS_RACE_ROUNDS", "1"))
COMMAND = [sys.executable, "-m", "ssms.cli.generate"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

# Files that take about a tenth of a second, so that a run of 40 can be met in its middle.
STEADY = """\
MODEL: ddm
PIPELINE: {N_PARAMETER_SETS: 20, N_CPUS: 1}
SIMULATOR: {N_SAMPLES: 1000, DELTA_T: 0.001}
TRAINING: {N_SAMPLES_PER_PARAM: 100}
"""


def start(argv, **environ):
    return subprocess.Popen(
        [*COMMAND, *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    )


def runs(client):
    experiment = client.get_experiment_by_name("ssm-simulators")
    return client.search_runs([experiment.experiment_id], max_results=1000) if experiment else []


def files(output):
    return sorted((output / "data").rglob("*.pickle")) if (output / "data").exists() else []


def wait_for_files(process, output, number):
    end = time.monotonic() + 120
    while len(files(output)) < number:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.02)


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
        _, errors = process.communicate(timeout=800)
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


def test_16_commands_on_a_cold_postgresql_database(arguments, output, tmp_path, mlflow, postgresql):
    uri = postgresql.new()
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
    argv = [*arguments, "-n", "40", "--mlflow-tracking-uri", server.uri, "--mlflow-timeout", "2"]
    process = start([*argv, "--json"])
    wait_for_files(process, output, 3)
    server.kill()
    printed, errors = process.communicate(timeout=300)
    assert process.returncode == 3, errors
    assert json.loads(printed)["files_made"] == 40
    made = {path: path.stat().st_mtime_ns for path in files(output)}
    assert len(made) == 40

    again = subprocess.run([*COMMAND, *argv, "--quiet"], capture_output=True, text=True)
    assert again.returncode == 3, again.stderr
    server.start()
    done = subprocess.run([*COMMAND, *argv, "--quiet"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
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
    done = subprocess.run([*COMMAND, *argv], capture_output=True, text=True)
    assert done.returncode == 1
    assert server.uri in done.stderr
    assert not output.exists()


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

    done = subprocess.run([*COMMAND, *argv, "--quiet"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (again,) = runs(client)
    assert (again.info.run_id, again.info.status) == (run.info.run_id, "FINISHED")
    assert again.data.metrics["num_files_generated"] == 15
    assert len(files(output)) == 15
    history = client.get_metric_history(run.info.run_id, "file_bytes")
    assert sorted({metric.step for metric in history}) == list(range(15))


def test_data_files_on_s3_are_those_that_were_made(
    arguments, output, places, mlflow, moto_s3, monkeypatch, tmp_path
):
    for name, value in moto_s3.environ.items():
        monkeypatch.setenv(name, value)
    argv = [
        *arguments,
        *("-n", "2", "--quiet", "--mlflow-log-data"),
        *("--mlflow-tracking-uri", places["tracking_uri"]),
        *("--mlflow-artifact-location", moto_s3.location()),
    ]
    done = subprocess.run([*COMMAND, *argv], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    client = mlflow.MlflowClient(tracking_uri=places["tracking_uri"])
    (run,) = runs(client)
    for path in files(output):
        copy = client.download_artifacts(
            run.info.run_id, f"training_data/{path.name}", str(tmp_path)
        )
        with open(copy, "rb") as file:
            assert file.read() == path.read_bytes()
