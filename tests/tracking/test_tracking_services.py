"""Every kind of store for real: databases, servers, S3, Azure; recorded, read back, refused."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import ssms.tracking
from ssms.tracking import TrackingError, probe, resolve_settings, send_journal
from ssms.tracking.database import _advisory_lock, prepare_server_database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

LARGE = bytes(range(256)) * 8000


def record_and_read_back(mlflow, tmp_path, **places):
    """Record a run, and compare what MLflow's own client reads with it."""
    large = tmp_path / "large.bin"
    large.write_bytes(LARGE)
    with ssms.tracking.run(name="real", experiment_name="real", timeout=30, **places) as run:
        run.log_params({"model": "angle", "long": "x" * 7000})
        for step in range(3):
            run.log_metrics({"rows": step}, step=step)
        run.log_artifact(large, "data")
        run.log_dict({"a": 1}, "record.json")
        run.log_dataset(tmp_path, "angle", "ab" * 32)
    assert run.complete
    client = mlflow.MlflowClient(tracking_uri=places["tracking_uri"])
    stored = client.get_run(run.run_id)
    assert (stored.info.status, stored.data.params["model"]) == ("FINISHED", "angle")
    assert [metric.value for metric in client.get_metric_history(run.run_id, "rows")] == [0, 1, 2]
    target = tmp_path / "downloaded"
    target.mkdir()
    assert (
        Path(client.download_artifacts(run.run_id, "data/large.bin", target)).read_bytes() == LARGE
    )
    text = Path(client.download_artifacts(run.run_id, "long_values/params/long.txt", target))
    assert text.read_text() == "x" * 7000
    assert len(stored.inputs.dataset_inputs) == 1
    return client, stored


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_database(kind, request, mlflow, tmp_path, caplog, capfd):
    database = request.getfixturevalue(kind)
    uri = database.new()
    caplog.set_level(logging.DEBUG)
    settings = resolve_settings({"tracking_uri": uri, "artifact_location": str(tmp_path / "a")}, {})
    probe(settings)  # of an empty database: it must stay empty
    import sqlalchemy

    engine = sqlalchemy.create_engine(uri)
    assert sqlalchemy.inspect(engine).get_table_names() == []
    engine.dispose()
    _, stored = record_and_read_back(
        mlflow, tmp_path, tracking_uri=uri, artifact_location=str(tmp_path / "a")
    )
    probe(settings)
    shown = caplog.text + "".join(capfd.readouterr()) + str(stored.to_dictionary())
    assert database.password not in shown


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_database_that_another_process_is_making_is_waited_for(kind, create, request, mlflow):
    import sqlalchemy

    uri = request.getfixturevalue(kind).new()
    engine = sqlalchemy.create_engine(uri)
    with engine.connect() as maker, ThreadPoolExecutor(1) as pool:
        with _advisory_lock(maker, kind.replace("mariadb", "mysql")):
            # MLflow makes its first tables some seconds before it notes the schema's revision.
            maker.execute(sqlalchemy.text("CREATE TABLE experiments (name VARCHAR(9))"))
            maker.commit()
            ready = pool.submit(prepare_server_database, uri, 30, create)
            time.sleep(2)
            assert not ready.done()
            maker.execute(sqlalchemy.text("DROP TABLE experiments"))
            maker.commit()
            mlflow.MlflowClient(tracking_uri=uri)
        assert ready.result(timeout=60)
    engine.dispose()


def test_letters_that_a_database_cannot_hold_are_named(mariadb, mlflow, tmp_path):
    given = {"artifact_location": str(tmp_path / "a"), "tags": {"mark": "\u2713 \U0001f600"}}
    plain = mariadb.new()  # of the character set latin1, as this server makes them
    for more in ({}, {"experiment_name": "\U0001f600"}):
        with pytest.raises(TrackingError, match=r"character set is not Unicode.*utf8mb4"):
            ssms.tracking.run(tracking_uri=plain, timeout=30, **given, **more).__enter__()
    mariadb.create("unicode CHARACTER SET utf8mb4")
    with ssms.tracking.run(tracking_uri=mariadb.uri("unicode"), **given) as run:
        run.log_params({"folder": "donn\u00e9es \U0001f600"})
    assert run.complete


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_wrong_password_or_database_is_known_at_the_first_attempt(kind, request, mlflow):
    """MLflow's own way to open a database makes ten attempts, which take 100 seconds."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    database, attempts = request.getfixturevalue(kind), []
    for uri, word in (
        (database.new(password="wrong-55aa"), "credentials"),
        (database.uri("nowhere"), "database of that name"),
    ):
        attempts.clear()
        event.listen(Engine, "do_connect", note := lambda *_: attempts.append(1))
        try:
            with pytest.raises(TrackingError, match=word) as caught:
                ssms.tracking.run(tracking_uri=uri, timeout=30).__enter__()
        finally:
            event.remove(Engine, "do_connect", note)
        assert len(attempts) == 1
        assert "wrong-55aa" not in str(caught.value)
        assert database.password not in str(caught.value)
        assert "ann:***@" in str(caught.value)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_database_of_another_version_is_not_migrated(kind, request, mlflow):
    import sqlalchemy

    uri = request.getfixturevalue(kind).new()
    engine = sqlalchemy.create_engine(uri)
    with engine.begin() as connection:
        for statement in (
            "CREATE TABLE experiments (a INTEGER)",
            "CREATE TABLE alembic_version (version_num VARCHAR(32))",
            "INSERT INTO alembic_version VALUES ('0123old')",
        ):
            connection.execute(sqlalchemy.text(statement))
    with pytest.raises(TrackingError, match="mlflow db upgrade"):
        ssms.tracking.run(tracking_uri=uri).__enter__()
    assert len(sqlalchemy.inspect(engine).get_table_names()) == 2
    engine.dispose()


def test_server_with_proxied_artifacts(mlflow_server, mlflow, tmp_path, capfd):
    server = mlflow_server()
    client, stored = record_and_read_back(mlflow, tmp_path, tracking_uri=server.uri)
    assert stored.info.artifact_uri.startswith("mlflow-artifacts:/")
    assert "View run" not in capfd.readouterr().out
    probe(resolve_settings({"tracking_uri": server.uri, "experiment_name": "real"}, {}))
    chosen = {"tracking_uri": server.uri, "artifact_location": "mlflow-artifacts:/mine"}
    with ssms.tracking.run(**chosen, experiment_name="chosen") as run:
        run.log_text("a", "a.txt")
    assert client.get_run(run.run_id).info.artifact_uri.startswith("mlflow-artifacts:/mine/")
    assert run.url == f"{server.uri}/#/experiments/{run.experiment_id}/runs/{run.run_id}"
    left = [path for path in server.folder.rglob("ssms-probe-*") if path.is_file()]
    assert not left


def test_server_without_proxied_artifacts(mlflow_server, mlflow, tmp_path, caplog):
    server = mlflow_server("--no-serve-artifacts")
    with pytest.raises(TrackingError, match="does not serve artifacts"):
        ssms.tracking.run(
            tracking_uri=server.uri,
            artifact_location="mlflow-artifacts:/x",
            experiment_name="proxied",
            timeout=30,
        ).__enter__()
    location = str(tmp_path / "shared")
    _, stored = record_and_read_back(
        mlflow, tmp_path, tracking_uri=server.uri, artifact_location=location
    )
    assert stored.info.artifact_uri.startswith(location)
    assert "other nodes" in caplog.text


def with_environment(monkeypatch, store):
    for name, value in store.environ.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("kind", ["moto_s3", "azurite"])
def test_object_store(kind, request, mlflow, places, tmp_path, monkeypatch, capfd, caplog):
    store = request.getfixturevalue(kind)
    with_environment(monkeypatch, store)
    caplog.set_level(logging.DEBUG)
    location = store.location()
    given = {**places, "artifact_location": location}
    probe(resolve_settings(given, {}))
    client, stored = record_and_read_back(mlflow, tmp_path, **given)
    assert stored.info.artifact_uri.startswith(location)
    assert [item.path for item in client.list_artifacts(stored.info.run_id, "data")] == [
        "data/large.bin"
    ]
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    root = get_artifact_repository(location)
    assert [item.path for item in root.list_artifacts() if "probe" in item.path] == []
    shown = caplog.text + "".join(capfd.readouterr())
    for name in ("AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_CONNECTION_STRING"):
        secret = store.environ.get(name, "nothing-like-this")
        assert secret not in shown


@pytest.mark.parametrize("kind", ["moto_s3", "azurite"])
def test_a_bucket_that_does_not_exist(kind, request, places, client, monkeypatch):
    store = request.getfixturevalue(kind)
    with_environment(monkeypatch, store)
    location = store.location().replace("://", "://no-")
    for action in (probe, lambda settings: ssms.tracking.run(settings).__enter__()):
        with pytest.raises(TrackingError, match="does not exist") as caught:
            action(
                resolve_settings(
                    {**places, "artifact_location": location, "experiment_name": "typo"}, {}
                )
            )
        assert location in str(caught.value)
    assert client.get_experiment_by_name("typo") is None


def test_s3_without_credentials(moto_s3, places):
    """In a process of its own: MLflow keeps the client of the first credentials."""
    code = (
        "import sys, ssms.tracking as t\n"
        "try:\n    t.run(tracking_uri=sys.argv[1], artifact_location=sys.argv[2]).__enter__()\n"
        "except t.TrackingError as error:\n    print(error)\n"
    )
    environ = {
        "MLFLOW_S3_ENDPOINT_URL": moto_s3.environ["MLFLOW_S3_ENDPOINT_URL"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "HOME": "/nonexistent",
        "PATH": "/usr/bin:/bin",
    }
    result = subprocess.run(
        [sys.executable, "-c", code, places["tracking_uri"], moto_s3.location()],
        capture_output=True,
        text=True,
        timeout=120,
        env=environ,
        cwd=Path(places["artifact_location"]).parent,
    )
    assert "no S3 credentials were found" in result.stdout, result.stderr
    assert "AWS_ACCESS_KEY_ID" in result.stdout


def test_a_server_killed_before(mlflow_server, mlflow, monkeypatch):
    """Each attempt is one request, and the waits between attempts sum to the timeout."""
    import requests

    class Clock:
        slept = 0.0

        def monotonic(self):
            return self.slept

        def sleep(self, seconds):
            self.slept += seconds

    server, clock, requested = mlflow_server(), Clock(), []
    server.kill()
    request = requests.Session.request
    monkeypatch.setattr(
        requests.Session, "request", lambda *a, **k: requested.append(1) or request(*a, **k)
    )
    monkeypatch.setattr("ssms.tracking.calls.time", clock)
    with pytest.raises(TrackingError, match="refused"):
        ssms.tracking.run(tracking_uri=server.uri, timeout=3).__enter__()
    assert clock.slept == pytest.approx(3.0)
    assert 2 < len(requested) < 20  # waits of 0.125 s and more, which grow


@pytest.mark.parametrize("when", ["during", "at the end"])
def test_a_server_killed_later_and_started_again(when, mlflow_server, mlflow, tmp_path, caplog):
    server, journal = mlflow_server(), tmp_path / "journal.jsonl"
    with ssms.tracking.run(tracking_uri=server.uri, timeout=6, journal=journal) as run:
        run.log_params({"a": 1})
        if when == "during":
            server.kill()
        for step in range(20):
            run.log_metrics({"rows": step}, step=step)
        run.log_text("text", "a.txt")
        server.kill()
    assert not run.complete
    assert journal.exists()
    assert "kept in" in caplog.text
    server.start()
    settings = resolve_settings({"tracking_uri": server.uri}, {})
    assert send_journal(journal, settings)
    assert not journal.exists()
    client = mlflow.MlflowClient(tracking_uri=server.uri)
    stored = client.get_run(run.run_id)
    assert stored.info.status == "FINISHED"
    assert len(client.get_metric_history(run.run_id, "rows")) == 20
    assert [item.path for item in client.list_artifacts(run.run_id)] == ["a.txt"]


def test_a_server_that_is_started_again_in_time_costs_nothing(mlflow_server, mlflow, tmp_path):
    import threading

    server, journal = mlflow_server(), tmp_path / "journal.jsonl"
    with ssms.tracking.run(tracking_uri=server.uri, timeout=90, journal=journal) as run:
        server.kill()
        back = threading.Thread(target=server.start)
        back.start()
        run.log_params({"a": 1})
        back.join()
    assert run.complete
    assert not journal.exists()
    stored = mlflow.MlflowClient(tracking_uri=server.uri).get_run(run.run_id)
    assert (stored.info.status, stored.data.params) == ("FINISHED", {"a": "1"})


def test_a_password_in_the_uri_of_a_server(mlflow_server, mlflow, tmp_path, caplog, capfd):
    """The server ignores it; nothing may show or store it, in health and in an outage."""
    caplog.set_level(logging.DEBUG)
    server, journal = mlflow_server(), tmp_path / "journal.jsonl"
    uri = server.uri.replace("http://", "http://user:secret-7f3a@")
    with ssms.tracking.run(tracking_uri=uri, timeout=5, journal=journal) as run:
        run.log_params({"a": 1})
        run.log_text("a", "a.txt")
        server.kill()
        run.log_params({"b": 1})
    assert not run.complete
    shown = caplog.text + "".join(capfd.readouterr()) + str(run.url) + journal.read_text()
    assert "secret-7f3a" not in shown
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if b"secret-7f3a" in path.read_bytes()] == []
