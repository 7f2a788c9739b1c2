"""A password in every URI and a token in the environment: nothing that is written holds them."""

import base64
import json
import sys

import pytest
from stores import HELD, STEADY, files, generate, runs, start, wait_for_files

SECRET = "secret-7f3a"
TOKEN = "token-91bc-5e2d"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", TOKEN)
    return TOKEN


def spellings(user="user"):
    """Return the secrets as they could appear: as they are, quoted, and as HTTP sends them."""
    basic = base64.b64encode(f"{user}:{SECRET}".encode()).decode()
    return [SECRET, SECRET.replace("-", "%2D"), TOKEN, basic, basic.rstrip("=")]


def check_nothing_holds(text, *folders, user="user", given=()):
    """Search a text and every file below the folders, but for those where the user wrote it."""
    for secret in spellings(user):
        assert secret not in text
        for folder in folders:
            for path in folder.rglob("*"):
                if path.is_file() and path not in given:
                    assert secret.encode() not in path.read_bytes(), path
                assert secret not in path.name


def rows(uri):
    """Return every row of every table of a database, as text."""
    import sqlalchemy

    engine = sqlalchemy.create_engine(uri)
    tables = sqlalchemy.MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        found = [
            str(row) for table in tables.sorted_tables for row in connection.execute(table.select())
        ]
    engine.dispose()
    assert found
    return "\n".join(found)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
@pytest.mark.parametrize("source", ["command line", "environment", "config file"])
def test_a_database(kind, source, request, arguments, small, output, tmp_path, mlflow, token):
    """A run that ends well, one that fails, a wrong password, a dead host, a dry run."""
    database = request.getfixturevalue(kind)
    assert database.password == SECRET
    uri = database.new()
    dead = f"{database.scheme}://user:{SECRET}@127.0.0.1:9/mlflow"
    wrong = uri.replace(f":{SECRET}@", f":{SECRET}-wrong@")
    plain = small.read_text()
    more = ["--mlflow-artifact-location", tmp_path / "artifacts", "--log-level", "DEBUG"]
    more += ["--mlflow-description", f"see {uri}", "--mlflow-tag", f"store={uri}"]
    more += ["--mlflow-timeout", "6", "--mlflow-log-data"]
    shown = ""

    def attempt(place, expected, *options, filters="{}"):
        nonlocal shown
        text = plain.replace("0.001", f"0.001, FILTERS: {filters}") if filters != "{}" else plain
        section = f"MLFLOW: {{TRACKING_URI: '{place}'}}\n" if source == "config file" else ""
        small.write_text(text + section)
        given = ["--mlflow-tracking-uri", place] if source == "command line" else []
        environ = {"MLFLOW_TRACKING_URI": place if source == "environment" else ""}
        shown += "".join(generate([*arguments, *more, *given, *options], expected, **environ))

    attempt(dead, 1)
    attempt(wrong, 1)
    attempt(wrong, 1, "--dry-run")
    attempt(uri, 0, "--dry-run")
    attempt(uri, 0)
    attempt(uri, 1, "--new-run", filters="{mode: 0}")
    attempt(uri, 0, "--json")
    attempt(uri, 0, "--show-config")
    assert "***" in shown
    statuses = [run.info.status for run in runs(mlflow.MlflowClient(tracking_uri=uri))]
    assert sorted(statuses) == ["FAILED", "FINISHED", "FINISHED"]
    check_nothing_holds(shown + rows(uri), tmp_path, user="ann", given={small})


@pytest.mark.parametrize("when", ["before", "during", "after"])
def test_a_server_that_dies(when, arguments, small, output, tmp_path, mlflow, mlflow_server, token):
    """What is said of an outage."""
    small.write_text(STEADY)
    server, hold = mlflow_server(), tmp_path / "hold"
    uri = server.uri.replace("http://", f"http://user:{SECRET}@")
    argv = [*arguments, "-n", "6", "--mlflow-tracking-uri", uri, "--mlflow-timeout", "5"]
    argv += ["--log-level", "DEBUG", "--mlflow-tag", f"store={uri}"]
    if when == "before":
        server.kill()
        shown = "".join(generate(argv, expected=1))
        assert not output.exists()
        server.start()
    else:
        hold.touch()
        process = start([hold, *argv], command=[sys.executable, "-c", HELD])
        wait_for_files(process, output, 2 if when == "during" else 6)
        server.kill()
        hold.unlink()
        shown = "".join(process.communicate(timeout=200))
        assert process.returncode == 3, shown
        check_nothing_holds(shown, tmp_path)
        server.start()
    shown += "".join(generate([*argv, "--mlflow-timeout", "60", "--json"]))
    (run,) = runs(mlflow.MlflowClient(tracking_uri=server.uri))
    assert run.info.status == "FINISHED"
    assert "***@" in json.dumps(run.data.tags)
    assert len(files(output)) == 6
    check_nothing_holds(shown, tmp_path)


def test_credentials_of_an_object_store(arguments, output, places, moto_s3, monkeypatch, tmp_path):
    """A bucket that is there, and one that is not, with credentials in the environment."""
    for name, value in moto_s3.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    location = moto_s3.location()
    argv = [*arguments, "--mlflow-tracking-uri", places["tracking_uri"], "--log-level", "DEBUG"]
    shown = "".join(generate([*argv, "--mlflow-artifact-location", f"{location}-no"], 0))
    missing = location.replace("s3://", "s3://no-")
    argv += ["--mlflow-experiment-name", "other", "--mlflow-artifact-location", missing]
    shown += "".join(generate(argv, 1))
    check_nothing_holds(shown, tmp_path)
