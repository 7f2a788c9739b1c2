"""Faults that users met, each as a kind."""

import json
import os
import shlex
import stat

import pytest
from stores import downloaded, runs

from ssms.cli.generate import main
from ssms.tracking import TrackingUsageError, resolve_settings


@pytest.mark.parametrize("blanks", ["{}\r", "  {}", "{}\t\n", "{}"])
def test_white_space_around_a_variable_is_ignored(blanks, tmp_path):
    """R9."""
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    found = resolve_settings({"run_name": "x"}, {"MLFLOW_TRACKING_URI": blanks.format(uri)})
    assert found.tracking_uri.value == uri


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_around_a_variable_are_refused(quote):
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_ARTIFACT_LOCATION"):
        with pytest.raises(TrackingUsageError, match=f"the value of {name} has quotes.*remove"):
            resolve_settings({"run_name": "x"}, {name: f"{quote}sqlite:///x.db{quote}"})


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("sqlite:mlflow.db", "sqlite:///mlflow.db"),
        ("sqlite:/tmp/mlflow.db", "sqlite:////tmp/mlflow.db"),
        ("SQLite:mlflow.db", "sqlite:///mlflow.db"),
        ("sqlite///mlflow.db", "sqlite:///mlflow.db"),
        ("http//mlflow:5000", "http://mlflow:5000"),
        ("mlflow.lab.org", "http://mlflow.lab.org"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000"),
    ],
)
def test_slashes_that_are_missing(given, meant):
    with pytest.raises(TrackingUsageError, match=f"Did you mean '{meant}'"):
        resolve_settings({"tracking_uri": given}, {})


def test_a_scheme_may_be_written_in_capitals(tmp_path):
    found = resolve_settings({"tracking_uri": f"SQLITE:///{tmp_path}/x.db"}, {})
    assert found.tracking_uri.value == f"sqlite:///{tmp_path}/x.db"


def test_a_password_that_is_a_word_changes_neither_shown_nor_recorded(
    arguments, places, client, output, monkeypatch, capsys
):
    """R1: the same command resumes, and the line to copy is right."""
    argv = [*arguments, "--model", "ddm_st", "--seed", "3"]
    argv += ["--mlflow-tracking-uri", places["tracking_uri"], "--mlflow-run-name", "normal"]
    argv += ["--mlflow-artifact-location", places["artifact_location"]]
    assert main([*argv, "--quiet"]) == 0
    monkeypatch.setenv("POSTGRES_PASSWORD", "normal")
    monkeypatch.setenv("MY_TOKEN", "ddm_st")
    capsys.readouterr()
    assert main(argv) == 0
    shown = capsys.readouterr().out
    assert "Nothing to do" in shown
    assert "--model ddm_st" in shown
    assert main([*argv, "--new-run", "--quiet"]) == 0
    for run in runs(client):
        assert (run.info.run_name, run.data.params["model"]) == ("normal", "ddm_st")


def test_the_line_to_copy_holds_what_came_from_the_environment(
    arguments, places, monkeypatch, capsys
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", places["tracking_uri"])
    monkeypatch.setenv("MLFLOW_ARTIFACT_LOCATION", places["artifact_location"])
    assert main([*arguments, "--mlflow-run-name", "x", "--json"]) == 0
    words = shlex.split(json.loads(capsys.readouterr().out)["repeat"])
    assert words[words.index("--mlflow-tracking-uri") + 1] == places["tracking_uri"]
    assert words[words.index("--mlflow-artifact-location") + 1] == places["artifact_location"]


@pytest.mark.parametrize(
    "umask", [0o002, *(pytest.param(m, marks=pytest.mark.slow) for m in (0o022, 0o077))]
)
def test_the_umask_decides_who_may_write_to_the_database(umask, tmp_path, mlflow):
    """R10: in a lab's folder with umask 002 others of the group can write, too."""
    from ssms.tracking.database import prepare_sqlite

    path = tmp_path / "mlflow.db"
    before = os.umask(umask)
    try:
        prepare_sqlite(f"sqlite:///{path}")
    finally:
        os.umask(before)
    for made in (path, path.with_name("mlflow.db.lock")):
        assert stat.S_IMODE(made.stat().st_mode) == 0o666 & ~umask


def test_one_size_and_one_unit(arguments, places, client, output, tmp_path, capsys):
    """R16."""
    argv = [*arguments, "-n", "3", "--mlflow-tracking-uri", places["tracking_uri"]]
    assert main([*argv, "--mlflow-artifact-location", places["artifact_location"], "--json"]) == 0
    total = json.loads(capsys.readouterr().out)["bytes"]
    (run,) = runs(client)
    found = downloaded(client, run.info.run_id, tmp_path / "down")
    capsys.readouterr()
    inventory = json.loads(found["generated_files_inventory.json"])
    assert sum(file["size_bytes"] for file in inventory["files"]) == total
    assert inventory["total_size_mb"] == run.data.metrics["total_data_size_mb"]
    assert inventory["total_size_mb"] == pytest.approx(total / 1e6, abs=5e-4)


def test_a_variable_alone_does_not_track_and_that_is_said(arguments, monkeypatch, capsys):
    """R20."""
    assert main(arguments) == 0
    assert "MLFLOW" not in capsys.readouterr().out
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert main(arguments) == 0
    assert "--mlflow-run-name NAME, turns tracking on" in capsys.readouterr().out


def test_a_dry_run_says_what_it_found_of_the_stores(arguments, places, client, capsys):
    """R21."""
    argv = [*arguments, "--mlflow-tracking-uri", places["tracking_uri"], "--dry-run"]
    assert main(argv) == 0
    shown = capsys.readouterr().out
    assert "store reachable, experiment 'ssm-simulators' would be made" in shown
    client.create_experiment("ssm-simulators", artifact_location=places["artifact_location"])
    assert main(argv) == 0
    assert "experiment 'ssm-simulators' exists, with its files at" in capsys.readouterr().out


def test_the_link_opens_the_runs_page(arguments, places, client, capsys):
    """R18."""
    argv = [*arguments, "--mlflow-tracking-uri", places["tracking_uri"], "--mlflow-run-name", "n"]
    assert main([*argv, "--mlflow-artifact-location", places["artifact_location"]]) == 0
    shown = capsys.readouterr().out
    (run,) = runs(client)
    page = f"/#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}?workflowType="
    assert f"http://127.0.0.1:5000{page}machine_learning" in shown
    assert "run 'n' of experiment 'ssm-simulators'" in shown
    assert "ssms-generate" in run.data.tags["mlflow.note.content"]


def test_what_is_known_of_each_file_is_recorded(arguments, places, client):
    argv = [*arguments, "-n", "2", "--mlflow-tracking-uri", places["tracking_uri"], "--quiet"]
    assert main([*argv, "--mlflow-artifact-location", places["artifact_location"]]) == 0
    (run,) = runs(client)
    for name in ("file_omission_share", "file_mean_rt", "file_choice_share_1", "file_rows"):
        history = client.get_metric_history(run.info.run_id, name)
        assert sorted(metric.step for metric in history) == [0, 1], name
