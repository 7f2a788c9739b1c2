"""Stores and experiments: created once, checked first, explained when they cannot be used."""

from __future__ import annotations

import datetime
import ipaddress
import os
import sqlite3
import ssl
import threading
import time
from pathlib import Path

import pytest

import ssms.tracking
from ssms.tracking import TrackingError, probe, resolve_settings
from ssms.tracking.experiment import open_experiment


def settings_for(places, **more):
    return resolve_settings({**places, **more}, {})


def test_threads_that_create_one_experiment_at_once(places, client):
    settings = settings_for(places, experiment_name="new")
    barrier, ids, errors = threading.Barrier(16), [], []

    def work():
        barrier.wait()
        try:
            ids.append(open_experiment(settings)[1].experiment_id)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(ids) == 16
    assert set(ids) == {client.get_experiment_by_name("new").experiment_id}


def test_an_experiment_keeps_its_location_and_says_so_once(places, client, caplog, tmp_path):
    with ssms.tracking.run(experiment_name="e", **places):
        pass
    other = {**places, "artifact_location": str(tmp_path / "other")}
    with ssms.tracking.run(experiment_name="e", **other) as run:
        run.log_text("a", "a.txt")
    (message,) = [
        record.getMessage() for record in caplog.records if "keeps its files" in record.msg
    ]
    assert places["artifact_location"] in message
    assert other["artifact_location"] in message
    assert not Path(other["artifact_location"]).exists()


def test_a_deleted_experiment_is_explained(places, client):
    with ssms.tracking.run(experiment_name="gone", **places):
        pass
    identity = client.get_experiment_by_name("gone").experiment_id
    client.delete_experiment(identity)
    for action in (probe, lambda settings: ssms.tracking.run(settings).__enter__()):
        with pytest.raises(TrackingError) as caught:
            action(settings_for(places, experiment_name="gone"))
        assert f"mlflow experiments restore -x {identity}" in str(caught.value)
        assert "'gone'" in str(caught.value)


def test_a_probe_looks_at_the_run_that_is_to_be_resumed(places, client):
    with ssms.tracking.run(experiment_name="one", **places) as run:
        pass
    asked = {"run_id": run.run_id}
    probe(settings_for(places, **asked))
    assert client.get_run(run.run_id).info.status == "FINISHED"
    with pytest.raises(TrackingError, match="is of the experiment 'one', not of 'two'"):
        probe(settings_for(places, experiment_name="two", **asked))
    client.delete_run(run.run_id)
    with pytest.raises(TrackingError, match="mlflow runs restore"):
        probe(settings_for(places, **asked))


def test_a_probe_finds_a_database_that_cannot_be_written(places, client, monkeypatch):
    path = Path(places["tracking_uri"].removeprefix("sqlite:///"))
    for denied in (path, path.parent):  # beside the file SQLite keeps a journal
        # Root may write anywhere; so the question is answered here.
        monkeypatch.setattr(
            "ssms.tracking.store.os.access", lambda asked, mode, denied=denied: asked != denied
        )
        with pytest.raises(TrackingError, match=f"no permission to write (in )?{denied}. Give"):
            probe(settings_for(places))


def test_a_new_database_appears_whole_with_its_folder(mlflow, tmp_path):
    uri = f"sqlite:///{tmp_path}/a/b/new.db"
    with ssms.tracking.run(tracking_uri=uri, artifact_location=str(tmp_path / "art")) as run:
        run.log_params({"a": 1})
    client = mlflow.MlflowClient(tracking_uri=uri)
    assert client.get_run(run.run_id).data.params == {"a": "1"}
    assert sorted(path.name for path in (tmp_path / "a/b").iterdir()) == ["new.db", "new.db.lock"]


def test_an_empty_file_becomes_a_database(places, tmp_path):
    path = tmp_path / "empty.db"
    path.touch()
    with ssms.tracking.run(**{**places, "tracking_uri": f"sqlite:///{path}"}) as run:
        pass
    assert run.complete


def broken_database(path, *statements):
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (
            ["CREATE TABLE experiments (a)", "CREATE TABLE _alembic_tmp_metrics (a)"],
            ["broken", "_alembic_tmp_metrics", "delete it"],
        ),
        (["CREATE TABLE mine (a)"], ["not one of MLflow's"]),
        (
            [
                "CREATE TABLE experiments (a)",
                "CREATE TABLE alembic_version (version_num TEXT)",
                "INSERT INTO alembic_version VALUES ('0123old')",
            ],
            ["another MLflow version", "0123old", "mlflow db upgrade", "Back it up"],
        ),
    ],
)
def test_a_database_that_cannot_be_used_is_explained_and_not_touched(
    statements, words, places, tmp_path, monkeypatch
):
    monkeypatch.setattr("ssms.tracking.database._STILL_MOVING", 0.0)
    path = tmp_path / "odd.db"
    broken_database(path, *statements)
    content = path.read_bytes()
    settings = settings_for({**places, "tracking_uri": f"sqlite:///{path}"})
    for action in (probe, lambda settings: ssms.tracking.run(settings).__enter__()):
        with pytest.raises(TrackingError) as caught:
            action(settings)
        assert all(word in str(caught.value) for word in [str(path), *words]), caught.value
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["with space", "a#b", "\u00e9 \u2713"])
def test_paths_that_are_not_plain(name, mlflow, tmp_path):
    folder = tmp_path / name
    given = {"tracking_uri": f"sqlite:///{folder}/m.db", "artifact_location": f"{folder}/files"}
    with ssms.tracking.run(**given) as run:
        run.log_text("x", "x.txt")
    assert run.complete
    assert (folder / "m.db").exists()
    assert len(list(folder.rglob("x.txt"))) == 1


def test_a_path_that_sqlalchemy_would_read_otherwise_is_refused_and_leaves_nothing(
    mlflow, tmp_path
):
    from sqlalchemy.engine import make_url

    if make_url("sqlite:///a%20b").database != "a b":
        pytest.skip("this SQLAlchemy takes a path as it is")
    settings = resolve_settings({"tracking_uri": f"sqlite:///{tmp_path}/a%20b/m.db"}, {})
    for action in (probe, lambda settings: ssms.tracking.run(settings).__enter__()):
        with pytest.raises(TrackingError, match="without '%'"):
            action(settings)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_another_process_holds_is_waited_for_as_long_as_was_asked(places, tmp_path):
    holder = sqlite3.connect(
        tmp_path / "tracking.db", isolation_level=None, check_same_thread=False
    )
    holder.execute("BEGIN EXCLUSIVE")
    for action in (probe, lambda settings: ssms.tracking.run(settings).__enter__()):
        with pytest.raises(TrackingError, match="locked by another process"):
            action(settings_for(places, timeout=0.2))
    release = threading.Timer(2.5, holder.close)
    release.start()
    with ssms.tracking.run(settings_for(places)) as run:
        pass
    release.join()
    assert run.complete


@pytest.mark.parametrize(
    "text", ["x", "a few words", "this is no database, it is a text file" * 10]
)
def test_a_file_that_is_no_database(places, tmp_path, monkeypatch, text):
    """SQLite itself takes a file of one byte for an empty database, and writes over it."""
    monkeypatch.setattr("ssms.tracking.database._STILL_MOVING", 0.0)
    path = tmp_path / "text.db"
    path.write_text(text)
    with pytest.raises(TrackingError, match="no SQLite database"):
        ssms.tracking.run(**{**places, "tracking_uri": f"sqlite:///{path}"}).__enter__()
    assert path.read_text() == text


def test_a_database_that_a_plain_mlflow_is_making_is_waited_for(places, tmp_path, warm_database):
    path = tmp_path / "moving.db"
    broken_database(path, "CREATE TABLE experiments (a)", "CREATE TABLE _alembic_tmp_tags (a)")
    finish = threading.Timer(1.0, lambda: path.write_bytes(warm_database.read_bytes()))
    finish.start()
    with ssms.tracking.run(**{**places, "tracking_uri": f"sqlite:///{path}"}) as run:
        pass
    finish.join()
    assert run.complete


def test_a_broken_database_of_a_server_whose_clock_is_ahead_is_known_at_once(places, tmp_path):
    path = tmp_path / "future.db"
    broken_database(path, "CREATE TABLE experiments (a)", "CREATE TABLE _alembic_tmp_tags (a)")
    tomorrow = time.time() + 86_400
    os.utime(path, (tomorrow, tomorrow))
    with pytest.raises(TrackingError, match="was broken"):
        ssms.tracking.run(**{**places, "tracking_uri": f"sqlite:///{path}"}).__enter__()


def test_a_probe_leaves_nothing_behind(mlflow, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    probe(resolve_settings({"run_name": "x"}, {}))
    probe(resolve_settings({"tracking_uri": f"sqlite:///{tmp_path}/new/x.db"}, {}))
    assert not list(tmp_path.iterdir())


def test_a_probe_of_a_database_writes_nothing_to_it(places, client, tmp_path):
    before = (tmp_path / "tracking.db").read_bytes()
    probe(settings_for(places, experiment_name="not there"))
    assert (tmp_path / "tracking.db").read_bytes() == before
    assert client.get_experiment_by_name("not there") is None
    assert not (tmp_path / "artifacts").exists()


@pytest.mark.parametrize(
    "action", [probe, lambda settings: ssms.tracking.run(settings).__enter__()]
)
def test_a_place_under_a_file_cannot_be_made(action, places, client, tmp_path):
    (tmp_path / "file").touch()
    bad = {**places, "artifact_location": str(tmp_path / "file" / "art")}
    with pytest.raises(TrackingError, match=r"artifact location .* is a file, not a folder"):
        action(settings_for(bad, experiment_name="typo"))
    assert client.get_experiment_by_name("typo") is None
    with pytest.raises(TrackingError, match=r"not a folder|cannot be made"):
        action(settings_for({"tracking_uri": f"sqlite:///{tmp_path}/file/x.db"}))


def test_an_unknown_scheme_of_artifacts_leaves_no_experiment_behind(places, client):
    bad = {**places, "artifact_location": "bogus://x/y"}
    with pytest.raises(TrackingError, match="does not know the scheme of the artifact location"):
        ssms.tracking.run(settings_for(bad, experiment_name="typo")).__enter__()
    assert client.get_experiment_by_name("typo") is None


def test_an_unknown_scheme_of_tracking(mlflow):
    with pytest.raises(TrackingError, match="scheme of the tracking URI"):
        ssms.tracking.run(tracking_uri="bogus://u:secret-7f3a@h/x").__enter__()


@pytest.mark.parametrize(
    "uri", ["http://user:secret-7f3a@127.0.0.1:9", "postgresql://user:secret-7f3a@127.0.0.1:9/db"]
)
def test_a_dead_server_is_known_within_the_timeout_and_no_secret_is_told(uri, mlflow, caplog):
    if uri.startswith("postgresql"):
        pytest.importorskip("psycopg")
    with pytest.raises(TrackingError) as caught:
        ssms.tracking.run(tracking_uri=uri, timeout=2).__enter__()
    message = str(caught.value)
    assert uri.replace("secret-7f3a", "***") in message
    assert "refused" in message
    assert "Check that the server runs" in message
    assert "trying again" in caplog.text
    assert "secret-7f3a" not in caplog.text + message
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_server_that_never_answers(mlflow):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TrackingError, match="no answer"):
            probe(resolve_settings({"tracking_uri": uri, "timeout": 2}, {}))


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (401, b"", "credentials"),
        (403, b"", "permission"),
        (404, b"not here", "no MLflow server"),
        (200, b"<html>login</html>", "login page"),
    ],
)
def test_a_server_that_is_not_mlflow_or_refuses(status, body, word, mlflow):
    import http.server

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            settings = resolve_settings(
                {"tracking_uri": f"http://127.0.0.1:{server.server_port}", "timeout": 30}, {}
            )
            with pytest.raises(TrackingError, match=word):
                probe(settings)
        finally:
            server.shutdown()
            thread.join()


def test_the_drivers_package_is_named(mlflow):
    with pytest.raises(TrackingError, match=r"pip install mysqlclient"):
        ssms.tracking.run(tracking_uri="mysql://u@127.0.0.1/db", timeout=2).__enter__()


def test_the_programs_logging_survives_migrations_that_configure_it(mlflow, tmp_path, monkeypatch):
    """As those of MLflow 3.6 do."""
    import logging

    from ssms.tracking import database

    handlers, level = list(logging.root.handlers), logging.root.level

    def migrate(path):
        logging.root.handlers[:] = []
        logging.root.setLevel(logging.CRITICAL)
        path.write_bytes(b"")

    monkeypatch.setattr(database, "_migrate", migrate)
    database.prepare_sqlite(f"sqlite:///{tmp_path}/x.db")
    assert (list(logging.root.handlers), logging.root.level) == (handlers, level)


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that no authority has signed, with its key, in one file."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "server.pem"
    path.write_bytes(signed.public_bytes(pem) + private)
    return path


def test_a_certificate_that_nobody_has_signed(mlflow, certificate, monkeypatch):
    import http.server

    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler
    ) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            uri = f"https://127.0.0.1:{server.server_port}"
            settings = resolve_settings({"tracking_uri": uri, "timeout": 30}, {})
            with pytest.raises(TrackingError, match="MLFLOW_TRACKING_SERVER_CERT_PATH"):
                probe(settings)
            monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(certificate))
            with pytest.raises(TrackingError, match="no MLflow server"):
                probe(settings)  # the certificate is accepted now, and the answer is 404
        finally:
            server.shutdown()
            thread.join()
