"""Runs where MLflow, or matplotlib, is not installed or cannot be imported."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
from tracked_runs import data_files, records, runs

from ssms.cli.generate import main


def test_without_mlflow_the_data_are_made_all_the_same(arguments, output, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.setattr("ssms.tracking.context._said", set())
    assert main([*arguments, "--mlflow-run-name", "x"]) == 0
    captured = capsys.readouterr()
    (line,) = [line for line in captured.err.splitlines() if "WARNING" in line]
    assert "pip install 'ssm-simulators[mlflow]'" in line
    assert len(data_files(output)) == 1
    assert records(output)[0]["state"] == "complete"


def test_what_was_made_without_mlflow_is_tracked_once_it_is_there(
    tracked, client, output, monkeypatch, capsys
):
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "mlflow", None)
        patch.setattr("ssms.tracking.context._said", set())
        assert main([*tracked, "--quiet"]) == 0
    before = {path: path.stat().st_mtime_ns for path in data_files(output)}
    assert main(tracked) == 0
    assert {path: path.stat().st_mtime_ns for path in data_files(output)} == before
    (run,) = runs(client)
    assert run.info.status == "FINISHED"
    rows = client.get_metric_history(run.info.run_id, "file_rows")
    assert [metric.step for metric in rows] == [0, 1]
    capsys.readouterr()
    assert main(tracked) == 0
    assert "Nothing to do" in capsys.readouterr().out


def test_a_dry_run_with_an_mlflow_that_cannot_be_imported(arguments, output, monkeypatch, capsys):
    stray = ModuleType("mlflow")
    stray.__spec__ = ModuleSpec("mlflow", None)
    monkeypatch.setitem(sys.modules, "mlflow", stray)
    assert main([*arguments, "--mlflow-run-name", "x", "--dry-run"]) == 0
    assert "The run would go on without tracking" in capsys.readouterr().err


def test_without_mlflow_it_may_be_required(arguments, output, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert main([*arguments, "--mlflow-required"]) == 1
    assert "pip install 'ssm-simulators[mlflow]'" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.slow
def test_without_matplotlib_there_is_no_figure(tracked, client, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert main([*tracked, "--quiet"]) == 0
    (run,) = runs(client)
    names = {item.path for item in client.list_artifacts(run.info.run_id)}
    assert "training_data.png" not in names
    assert "matplotlib is not installed" in capsys.readouterr().err
