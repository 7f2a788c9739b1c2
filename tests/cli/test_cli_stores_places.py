"""``ssms-generate`` with every kind of store for real: what is made comes back byte for byte."""

import hashlib
import io
import json
import pickle

import pytest
from stores import downloaded, files, generate, runs

from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
from ssms.plotting.training_file import training_data_figure
from ssms.tracking.runs import serialise

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def figure(path):
    buffer = io.BytesIO()
    training_data_figure(pickle.loads(path.read_bytes())).savefig(
        buffer, format="png", bbox_inches="tight"
    )
    return buffer.getvalue()


def check_round_trip(argv, output, folder, client, secrets=()):
    """Generate two files, download all that MLflow then has, and compare it with the folder."""
    argv = [*argv, "-n", "2", "--seed", "5", "--mlflow-log-data"]
    shown = "".join(generate([*argv, "--log-level", "DEBUG"]))
    (run,) = runs(client)
    assert run.info.status == "FINISHED"
    stored = downloaded(client, run.info.run_id, folder / "downloaded")
    (record_path,) = (output / "runs").iterdir()
    record = json.loads(record_path.read_text())
    made = [output / record["folder"] / file["name"] for file in record["files"]]
    assert files(output) == sorted(made)

    for path in made:
        assert stored.pop(f"training_data/{path.name}") == path.read_bytes()
    inventory = {
        "num_files": 2,
        "total_size_mb": round(sum(path.stat().st_size for path in made) / 1e6, 3),
        "files": [
            {
                "filename": path.name,
                "relative_path": str(path.relative_to(output)),
                "size_bytes": path.stat().st_size,
                "size_mb": round(path.stat().st_size / 1e6, 3),
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
            for path in made
        ],
    }
    listed = json.loads(stored.pop("generated_files_inventory.json"))
    assert listed["files"] == inventory["files"]
    assert listed == inventory | {"total_size_mb": listed["total_size_mb"]}
    config = TrainingDataGenerator(record["config"], seed=5).generator_config
    assert stored.pop("data_config.json") == serialise(config, "data_config.json").encode()
    assert json.loads(stored.pop("model_config.json"))["name"] == "ddm"
    assert stored.pop("command.txt").decode() == record["repeat"] + "\n"
    assert stored.pop("training_data.png") == figure(made[0])
    later = ("updated", "tracking")  # what is written when all has been sent
    tracked = json.loads(stored.pop("run_record.json"))
    for file in (*tracked["files"], *record["files"]):
        for of_tracking in ("sent", "uploaded"):
            file.pop(of_tracking, None)
    assert {k: v for k, v in tracked.items() if k not in later} == {
        k: v for k, v in record.items() if k not in later
    }
    assert record["tracking"]["run_id"] == run.info.run_id
    assert not stored

    everything = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    for secret in secrets:
        assert secret not in shown
        assert not any(secret.encode() in content for content in everything)
    return run


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_database(kind, request, arguments, output, tmp_path, mlflow):
    database = request.getfixturevalue(kind)
    uri = database.new()
    argv = [
        *(*arguments, "--mlflow-tracking-uri", uri),
        *("--mlflow-artifact-location", tmp_path / "artifacts"),
    ]
    client = mlflow.MlflowClient(tracking_uri=uri)
    check_round_trip(argv, output, tmp_path, client, [database.password])


def test_a_server_that_serves_artifacts(arguments, output, tmp_path, mlflow, mlflow_server):
    server = mlflow_server()
    argv = [*arguments, "--mlflow-tracking-uri", server.uri]
    run = check_round_trip(argv, output, tmp_path, mlflow.MlflowClient(tracking_uri=server.uri))
    assert run.info.artifact_uri.startswith("mlflow-artifacts:/")


@pytest.mark.parametrize("kind", ["moto_s3", "azurite"])
def test_a_server_that_keeps_what_it_serves_in_an_object_store(
    kind, request, arguments, output, tmp_path, mlflow, mlflow_server, monkeypatch
):
    """Artifacts proxied: the server alone knows the store and its keys."""
    store = request.getfixturevalue(kind)
    location = store.location()
    with monkeypatch.context() as patch:
        for name, value in store.environ.items():
            patch.setenv(name, value)
        server = mlflow_server("--serve-artifacts", "--artifacts-destination", location)
    argv = [*arguments, "--mlflow-tracking-uri", server.uri]
    run = check_round_trip(argv, output, tmp_path, mlflow.MlflowClient(tracking_uri=server.uri))
    assert run.info.artifact_uri.startswith("mlflow-artifacts:/")

    for name, value in store.environ.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "straight from the store"
    kept = location + run.info.artifact_uri.removeprefix("mlflow-artifacts:")
    mlflow.artifacts.download_artifacts(artifact_uri=kept, dst_path=str(folder))
    proxied = tmp_path / "downloaded"
    names = sorted(path.relative_to(proxied) for path in proxied.rglob("*") if path.is_file())
    assert len(names) == 8
    for name in names:
        (copy,) = folder.rglob(name.name)
        assert copy.read_bytes() == (proxied / name).read_bytes()


@pytest.mark.parametrize("kind", ["moto_s3", "azurite"])
def test_a_server_beside_an_object_store(
    kind, request, arguments, output, tmp_path, mlflow, mlflow_server, monkeypatch
):
    """Artifacts not proxied: the command itself writes them to where the server says."""
    store = request.getfixturevalue(kind)
    for name, value in store.environ.items():
        monkeypatch.setenv(name, value)
    location = store.location()
    server = mlflow_server("--no-serve-artifacts", "--default-artifact-root", location)
    argv = [*arguments, "--mlflow-tracking-uri", server.uri]
    run = check_round_trip(argv, output, tmp_path, mlflow.MlflowClient(tracking_uri=server.uri))
    assert run.info.artifact_uri.startswith(location)


def test_a_server_that_serves_no_artifacts_and_a_folder_of_ours(
    arguments, output, tmp_path, mlflow, mlflow_server
):
    server = mlflow_server("--no-serve-artifacts")
    argv = [*arguments, "--mlflow-tracking-uri", server.uri]
    client = mlflow.MlflowClient(tracking_uri=server.uri)
    location = str(tmp_path / "shared")
    run = check_round_trip(
        [*argv, "--mlflow-artifact-location", location], output, tmp_path, client
    )
    assert run.info.artifact_uri.startswith(location)
    proxied = ["--mlflow-artifact-location", "mlflow-artifacts:/x", "--mlflow-experiment-name", "x"]
    _, errors = generate([*argv, *proxied], expected=1)
    assert "does not serve artifacts" in errors


@pytest.mark.parametrize("kind", ["moto_s3", "azurite"])
def test_an_object_store(kind, request, arguments, output, places, tmp_path, mlflow, monkeypatch):
    store = request.getfixturevalue(kind)
    for name, value in store.environ.items():
        monkeypatch.setenv(name, value)
    location = store.location()
    argv = [
        *(*arguments, "--mlflow-tracking-uri", places["tracking_uri"]),
        *("--mlflow-artifact-location", location),
    ]
    client = mlflow.MlflowClient(tracking_uri=places["tracking_uri"])
    hidden = [store.environ[name] for name in store.environ if "SECRET" in name or "STRING" in name]
    run = check_round_trip(argv, output, tmp_path, client, hidden)
    assert run.info.artifact_uri.startswith(location)


@pytest.mark.parametrize("kind", ["moto_s3", "azurite"])
def test_a_bucket_that_does_not_exist_is_known_before_any_work(
    kind, request, arguments, output, places, monkeypatch
):
    store = request.getfixturevalue(kind)
    for name, value in store.environ.items():
        monkeypatch.setenv(name, value)
    location = store.location().replace("://", "://no-")
    argv = [
        *(*arguments, "--mlflow-tracking-uri", places["tracking_uri"]),
        *("--mlflow-artifact-location", location),
    ]
    for more in ([], ["--dry-run"]):
        printed, errors = generate([*argv, *more], expected=1)
        assert (printed, location in errors, "does not exist" in errors) == ("", True, True)
    assert not output.exists()
