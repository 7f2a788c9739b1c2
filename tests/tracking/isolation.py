"""What keeps tests of MLflow to themselves: a clean state before, a check for strays after."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

STRAYS = ("mlruns", "mlflow.db", "mlflow.db.lock")
# Of MLflow and of what it stores to; a developer's own settings must not reach a test.
_VARIABLES = ("MLFLOW_", "SLURM_", "AWS_", "AZURE_", "DATABRICKS_")


def find_strays(folder: Path) -> list[Path]:
    return [folder / name for name in STRAYS if (folder / name).exists()]


def remove(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def reset_mlflow() -> None:
    """End active runs and forget every URI, if MLflow has been imported at all."""
    mlflow = sys.modules.get("mlflow")
    if mlflow is None or not hasattr(mlflow, "active_run"):
        return
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.set_tracking_uri(None)
    mlflow.set_registry_uri(None)
    mlflow.tracking.fluent._active_experiment_id = None
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "MLFLOW_EXPERIMENT_ID"):
        os.environ.pop(name, None)


@pytest.fixture(autouse=True)
def isolated_mlflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Telemetry off, no settings from outside, no state from before, and no file left behind."""
    for name in list(os.environ):
        if name.startswith(_VARIABLES):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("DO_NOT_TRACK", "true")
    reset_mlflow()
    folder = Path.cwd()
    before = set(find_strays(folder))
    yield
    reset_mlflow()
    strays = [path for path in find_strays(folder) if path not in before]
    remove(strays)
    if strays:
        pytest.fail(f"the test left {', '.join(map(str, strays))} behind (now removed)")


@pytest.fixture(scope="session", autouse=True)
def signals_of_a_terminal() -> Iterator[None]:
    """Let signals end the commands that tests start, though pytest runs under nohup or in a job.

    A signal that is ignored stays so in a process's children; one that is handled does not.
    """
    ignored = [
        number
        for number in (signal.SIGINT, signal.SIGHUP)
        if signal.getsignal(number) is signal.SIG_IGN
    ]
    for number in ignored:
        signal.signal(number, lambda *_: None)
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(scope="session")
def mlflow():
    """MLflow, imported once, without the warnings of its dependencies."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = pytest.importorskip("mlflow", reason="needs mlflow")
        # SQLAlchemy says once for each process what it finds deprecated in MLflow's tables.
        importlib.import_module("mlflow.store.db.utils")
        import sqlalchemy.orm

        sqlalchemy.orm.configure_mappers()
        return module


@pytest.fixture(scope="session")
def warm_database(mlflow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty tracking database, made once; tests copy it, which is quicker than making one."""
    from ssms.tracking.database import prepare_sqlite

    path = tmp_path_factory.mktemp("warm") / "mlflow.db"
    prepare_sqlite(f"sqlite:///{path}")
    return path


@pytest.fixture
def places(tmp_path: Path, warm_database: Path) -> dict[str, str]:
    """Keywords of `ssms.tracking.run`: a warm database and an artifact folder of this test."""
    shutil.copy(warm_database, tmp_path / "tracking.db")
    return {
        "tracking_uri": f"sqlite:///{tmp_path / 'tracking.db'}",
        "artifact_location": str(tmp_path / "artifacts"),
    }


@pytest.fixture
def client(places: dict[str, str], mlflow):
    """MLflow's own client on the database of `places`."""
    return mlflow.MlflowClient(tracking_uri=places["tracking_uri"])


@pytest.fixture
def test_mlflow_dir(tmp_path: Path, mlflow) -> dict[str, str]:
    """Create an isolated MLflow environment: a database and an artifact folder of this test."""
    database = tmp_path / "mlflow_test" / "tracking.db"
    artifacts = tmp_path / "mlflow_test" / "artifacts"
    database.parent.mkdir()
    places = {
        "tracking_uri": f"sqlite:///{database.absolute()}",
        "artifact_location": str(artifacts.absolute()),
    }
    mlflow.set_tracking_uri(places["tracking_uri"])
    mlflow.set_experiment(
        experiment_id=mlflow.create_experiment("test", artifact_location=str(artifacts))
    )
    return places
