"""Places: what they become, what is refused, what is warned of, what MLflow then stores."""

from __future__ import annotations

from pathlib import Path

import pytest

import ssms.tracking
from ssms.tracking import TrackingUsageError, resolve_settings
from ssms.tracking.locations import same_location


@pytest.mark.parametrize(
    "uri",
    [
        "http://mlflow.example:5000",
        "https://ann:pw@mlflow.example/base/",
        "postgresql+psycopg2://ann@db/mlflow",
        "mysql+pymysql://ann@db:3306/mlflow",
        "databricks",
        "databricks://profile",
        "sqlite:////shared/mlflow.db",
        "sqlite:////shared/mlflow.db?timeout=60",
    ],
)
def test_tracking_uris_with_a_scheme_stay_as_they_are(uri):
    assert resolve_settings({"tracking_uri": uri}, {}).tracking_uri.value == uri


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("./mlruns", ["retired", "mlflow migrate-filestore", "sqlite:///mlflow.db"]),
        ("file:///tmp/mlruns", ["retired", "migrate-filestore"]),
        ("mlruns", ["retired"]),
        ("/shared/tracking.db", ["sqlite:////shared/tracking.db"]),
        ("sqlite://", ["memory"]),
        ("sqlite:///", ["memory"]),
        ("sqlite:///:memory:", ["memory"]),
        ("sqlite://mlflow.db", ["three"]),
        ("s3://bucket/x", ["artifact"]),
        ("mlflow-artifacts:/x", ["artifact"]),
        ("postgres://h/db", ["postgresql"]),
        ("localhost:5000", ["Did you mean 'http://localhost:5000'?"]),
        ("127.0.0.1:5000/base", ["Did you mean 'http://127.0.0.1:5000/base'?"]),
        ("http:/localhost:5000", ["Did you mean 'http://localhost:5000'?"]),
        ("https:///mlflow.example", ["Did you mean 'https://mlflow.example'?"]),
    ],
)
def test_tracking_uris_refused(uri, words):
    with pytest.raises(TrackingUsageError) as caught:
        resolve_settings({"tracking_uri": uri}, {})
    assert all(word in str(caught.value) for word in ["command line", *words]), caught.value


@pytest.mark.parametrize(
    "location",
    [
        "s3://bucket/a",
        "wasbs://container@account.blob.core.windows.net/a",
        "abfss://fs@account.dfs.core.windows.net/a",
        "gs://bucket/a",
        "file:///tmp/a",
        "hdfs://node:9000/a",
        "/abs/path",
    ],
)
@pytest.mark.parametrize("how", ["cli", "environ", "yaml"])
def test_artifact_locations_that_stay_as_they_are(location, how):
    settings = resolve_settings(
        {"artifact_location": location} if how == "cli" else {},
        {"MLFLOW_ARTIFACT_LOCATION": location} if how == "environ" else {},
        {"ARTIFACT_LOCATION": location} if how == "yaml" else None,
    )
    assert settings.artifact_location.value == location


@pytest.mark.parametrize("location", ["./mlruns", "a/b", "../a", "C"])
def test_relative_paths_become_absolute(location, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    value = resolve_settings({"artifact_location": location}, {}).artifact_location.value
    assert Path(value) == (tmp_path / location).absolute()


def test_artifacts_of_a_server_need_a_server():
    with pytest.raises(TrackingUsageError, match="http"):
        resolve_settings({"artifact_location": "mlflow-artifacts:/x"}, {})
    served = {"artifact_location": "mlflow-artifacts:/x", "tracking_uri": "http://h"}
    assert resolve_settings(served, {}).artifact_location.value == "mlflow-artifacts:/x"


@pytest.mark.parametrize(
    ("cli", "words"),
    [
        ({}, ["sqlite:///mlflow.db", "./mlruns"]),
        ({"tracking_uri": "sqlite:////shared/x.db"}, ["./mlruns"]),
        ({"tracking_uri": "http://h", "artifact_location": "out"}, ["out"]),
    ],
)
def test_relative_places_in_a_slurm_job_are_warned_of(cli, words):
    notes = resolve_settings(cli, {"SLURM_JOB_ID": "1"}).warnings
    relative = [note for note in notes if "Slurm" in note]
    assert len(relative) == 1
    assert all(word in relative[0] for word in words)
    assert not any("Slurm" in note for note in resolve_settings(cli, {}).warnings)


def test_absolute_places_in_a_slurm_job_are_fine():
    cli = {"tracking_uri": "sqlite:////shared/x.db", "artifact_location": "/shared/a"}
    assert not resolve_settings(cli, {"SLURM_JOB_ID": "1"}).warnings


@pytest.mark.parametrize("location", ["/shared/a", "a", "file:///shared/a"])
def test_a_local_path_under_a_server_is_warned_of(location):
    cli = {"tracking_uri": "http://u:pw-1234@h", "artifact_location": location}
    (note,) = resolve_settings(cli, {}).warnings
    assert "other nodes" in note
    assert "pw-1234" not in note


def test_a_warning_is_given_once(places, caplog, monkeypatch):
    monkeypatch.setattr("ssms.tracking.context._said", set())
    monkeypatch.setenv("SLURM_JOB_ID", "1")
    given = {**places, "artifact_location": "artifacts"}
    monkeypatch.chdir(Path(places["artifact_location"]).parent)
    for _ in range(2):
        with ssms.tracking.run(**given):
            pass
    assert sum("Slurm job" in record.getMessage() for record in caplog.records) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("/a/b", "/a/b/", True),
        ("/a/b", "file:///a/b", True),
        ("file:///a%20b", "/a b", True),
        ("s3://b/x", "s3://b/x/", True),
        ("s3://b/x", "s3://b/y", False),
        ("/b/x", "s3://b/x", False),
    ],
)
def test_same_location(one, other, same):
    assert same_location(one, other) is same


@pytest.mark.parametrize("how", ["cli", "environ", "yaml", "default"])
def test_what_mlflow_stores_for_a_local_folder(how, places, mlflow, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = resolve_settings(
        {"tracking_uri": places["tracking_uri"]}
        | ({"artifact_location": "art"} if how == "cli" else {}),
        {"MLFLOW_ARTIFACT_LOCATION": "art"} if how == "environ" else {},
        {"ARTIFACT_LOCATION": "art"} if how == "yaml" else None,
    )
    with ssms.tracking.run(settings) as run:
        run.log_text("hello", "a.txt")
    client = mlflow.MlflowClient(tracking_uri=places["tracking_uri"])
    experiment = client.get_experiment_by_name("ssm-simulators")
    stored = Path(experiment.artifact_location)
    if how == "default":
        assert stored == tmp_path / "mlruns" / experiment.experiment_id
    else:
        assert stored == tmp_path / "art"
    assert [path.read_text() for path in stored.rglob("a.txt")] == ["hello"]


@pytest.mark.parametrize(
    "place", ["127.0.0.1:99999", "127.0.0.1:http", "[::1", "u:secret-4d1f/x@h"]
)
def test_an_address_that_cannot_be_read_is_refused_at_once(place):
    with pytest.raises(TrackingUsageError, match="a port is a number from 1 to 65535") as caught:
        resolve_settings({"tracking_uri": f"http://{place}"}, {})
    assert "secret" not in str(caught.value)
