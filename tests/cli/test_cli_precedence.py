"""Both places, from every source in every combination, and what MLflow then stores."""

import itertools
import shutil
import sys
from pathlib import Path

import pytest
from stores import runs

from ssms.cli.generate import main
from ssms.cli.options import parse
from ssms.runs.plan import make_plan
from ssms.tracking import experiment

SOURCES = ("command line", "environment", "config file")
SUBSETS = list(itertools.product([True, False], repeat=3))
VARIABLES = {
    "tracking_uri": "MLFLOW_TRACKING_URI",
    "artifact_location": "MLFLOW_ARTIFACT_LOCATION",
}


@pytest.fixture
def folder(tmp_path, monkeypatch, warm_database):
    """The current folder, with a home beside it and a warm database wherever one may be named."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)  # a figure takes longest
    for name in ("line.db", "environment.db", "home/file.db", "mlflow.db"):
        shutil.copy(warm_database, tmp_path / name)
    return tmp_path


def give(name, values, given, small, monkeypatch):
    """Give a setting at some of the three sources; return the options of the command line."""
    monkeypatch.setenv(VARIABLES[name], values[1] if given[1] else "")
    if given[2]:
        text = small.read_text()
        head = "" if "MLFLOW:" in text else "MLFLOW:\n"
        small.write_text(f"{text}{head}  {name.upper()}: {values[2]}\n")
    return ["--mlflow-" + name.replace("_", "-"), values[0]] if given[0] else []


def winner(given, places):
    """Return the place of the first source that is given, else the default's."""
    return next(place for is_given, place in zip((*given, True), places, strict=True) if is_given)


@pytest.mark.slow
@pytest.mark.parametrize("artifact_given", SUBSETS, ids=str)
@pytest.mark.parametrize("tracking_given", SUBSETS, ids=str)
def test_command_line_then_environment_then_file_then_default(
    tracking_given, artifact_given, arguments, small, folder, mlflow, monkeypatch
):
    uris = ("sqlite:///line.db", f"sqlite:///{folder}/environment.db", "sqlite:///~/file.db")
    locations = ("art/line", "~/environment", f"file://{folder}/art/file")
    argv = [
        *arguments,
        *("--quiet", "--mlflow-run-name", "x"),
        *give("tracking_uri", uris, tracking_given, small, monkeypatch),
        *give("artifact_location", locations, artifact_given, small, monkeypatch),
    ]
    before = {path.name for path in folder.iterdir()}
    assert main(argv) == 0

    names = ("line.db", "environment.db", "home/file.db", "mlflow.db")
    chosen = winner(tracking_given, names)
    for name in names:
        client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{folder / name}")
        assert len(runs(client)) == (name == chosen), name
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{folder / chosen}")
    (run,) = runs(client)
    stored = client.get_experiment(run.info.experiment_id).artifact_location
    default = str(folder / "mlruns" / run.info.experiment_id)
    spelt = (str(folder / "art/line"), str(folder / "home/environment"), locations[2], default)
    assert stored == winner(artifact_given, spelt)
    inside = Path(stored.removeprefix("file://"))
    assert list(inside.rglob("run_record.json"))
    appeared = {path.name for path in folder.iterdir()} - before
    assert appeared == {"out", inside.relative_to(folder).parts[0]} - before


@pytest.mark.parametrize(
    "location",
    [
        "plain",
        "./with space/a",
        "~/a",
        "/{folder}/a",
        "file:///{folder}/a",
        "s3://bucket/a",
        "gs://bucket/a",
        "wasbs://container@account.blob.core.windows.net/a",
        "abfss://fs@account.dfs.core.windows.net/a",
        "hdfs://node:9000/a",
    ],
)
@pytest.mark.parametrize(
    "source",
    [SOURCES[0], *(pytest.param(source, marks=pytest.mark.slow) for source in SOURCES[1:])],
)
def test_what_mlflow_stores_of_each_kind_of_location(
    location, source, arguments, small, folder, mlflow, monkeypatch
):
    location = location.format(folder=str(folder).lstrip("/"))
    given = [source == name for name in SOURCES]
    argv = [
        *arguments,
        *("--mlflow-run-name", "x"),
        *give("artifact_location", [location] * 3, given, small, monkeypatch),
    ]
    # Not every cloud has an emulator; what is asked here is the name that MLflow keeps.
    monkeypatch.setattr(experiment, "check_artifact_store", lambda *args: None)
    experiment.open_experiment(make_plan(vars(parse(argv))).tracking)
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{folder}/mlflow.db")
    stored = client.get_experiment_by_name("ssm-simulators").artifact_location
    paths = {
        "plain": folder / "plain",
        "./with space/a": folder / "with space/a",
        "~/a": folder / "home/a",
    }
    assert stored == str(paths.get(location, location))
