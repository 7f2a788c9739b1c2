"""Settings: who wins, what is refused, and what the table shows."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import pytest

from ssms.tracking import TrackingUsageError, parse_tags, resolve_settings
from ssms.tracking.tags import slurm_tags

VALUES = {
    "tracking_uri": {
        "cli": "http://cli.example",
        "environ": "http://env.example",
        "yaml": "http://yaml.example",
    },
    "artifact_location": {"cli": "s3://cli/a", "environ": "s3://env/a", "yaml": "s3://yaml/a"},
}
VARIABLES = {
    "tracking_uri": "MLFLOW_TRACKING_URI",
    "artifact_location": "MLFLOW_ARTIFACT_LOCATION",
}
SOURCES = {"cli": "command line", "yaml": "config file", "environ": "environment {}"}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("given", list(itertools.product([False, True], repeat=3)))
def test_command_line_then_environment_then_yaml_then_default(name, given, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    have = [
        source
        for source, is_given in zip(("cli", "environ", "yaml"), given, strict=True)
        if is_given
    ]
    values = VALUES[name]
    settings = resolve_settings(
        {name: values["cli"] if "cli" in have else None},
        {VARIABLES[name]: values["environ"] if "environ" in have else ""},
        {name.upper(): values["yaml"]} if "yaml" in have else None,
    )
    setting = getattr(settings, name)
    if have:
        assert setting.value == values[have[0]]
        assert setting.source == SOURCES[have[0]].format(VARIABLES[name])
    else:
        assert setting.source == "default"
        default = {"tracking_uri": f"sqlite:///{tmp_path}/mlflow.db", "artifact_location": None}
        assert setting.value == default[name]
    assert settings.enabled == ("cli" in have)


def test_defaults(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    settings = resolve_settings({}, {})
    assert settings.experiment_name.value == "ssm-simulators"
    assert settings.timeout.value == 60.0
    assert settings.artifact_location.given == "./mlruns"
    assert not settings.enabled
    assert not settings.required.value
    assert not settings.warnings


def test_the_experiment_name_of_mlflow_is_read():
    settings = resolve_settings({}, {"MLFLOW_EXPERIMENT_NAME": "lab"})
    assert (settings.experiment_name.value, settings.experiment_name.source) == (
        "lab",
        "environment MLFLOW_EXPERIMENT_NAME",
    )


@pytest.mark.parametrize(
    "option",
    [
        {"run_name": "a"},
        {"experiment_name": "a"},
        {"tags": {"lab": "north"}},
        {"required": True},
        {"timeout": 5},
        {"log_data": True},
        {"description": "why"},
        {"run_id": "0123"},
    ],
)
def test_any_option_turns_tracking_on(option):
    assert resolve_settings(option, {}).enabled


def test_no_option_leaves_tracking_off():
    silent = {"run_name": None, "tags": {}, "required": False, "log_data": False}
    assert not resolve_settings(silent, {"MLFLOW_TRACKING_URI": "http://h"}).enabled


def test_switches_and_tags_of_the_yaml_section():
    yaml = {"Log_Data": True, "TIMEOUT": 5, "TAGS": {"lab": "north", "set": 3}}
    settings = resolve_settings({"tags": {"set": "4"}}, {}, yaml)
    assert settings.log_data.value is True
    assert settings.timeout.value == 5.0
    assert settings.tags.value == {"lab": "north", "set": "4"}


@pytest.mark.parametrize(
    ("cli", "yaml", "words"),
    [
        ({"tracking_uri": ""}, None, ["tracking_uri", "command line"]),
        ({"experiment_name": "  "}, None, ["experiment_name"]),
        ({"experiment_name": "a" * 257}, None, ["256"]),
        ({"run_name": "a\nb"}, None, ["run_name", "one line"]),
        ({"timeout": 0}, None, ["timeout", "positive"]),
        ({"timeout": "soon"}, None, ["timeout", "'soon'"]),
        ({"timeout": float("nan")}, None, ["timeout"]),
        ({}, {"TIMEOUT": True}, ["timeout", "config file"]),
        ({}, {"REQUIRED": "maybe"}, ["required", "true or false"]),
        ({}, {"TRACKING_URL": "x"}, ["TRACKING_URL", "Did you mean 'MLFLOW.TRACKING_URI'"]),
        ({}, {"RUN_ID": "x"}, ["RUN_ID"]),
        ({}, {"RUN_NAME": 2024}, ["run_name", "in quotes", "2024"]),
        ({}, {"TAGS": {"phase": "x"}}, ["phase"]),
        ({}, {"TAGS": "lab"}, ["tags", "mapping"]),
    ],
)
def test_refused(cli, yaml, words):
    with pytest.raises(TrackingUsageError) as caught:
        resolve_settings(cli, {}, yaml)
    assert all(word in str(caught.value) for word in words), caught.value


def test_settings_are_frozen():
    settings = resolve_settings({}, {})
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.enabled = True


def test_the_table_shows_every_setting_with_its_source_and_no_secret():
    settings = resolve_settings(
        {"tracking_uri": "postgresql://ann:secret-7f3a@db.example/mlflow?password=other-9b1c"},
        {"MLFLOW_ARTIFACT_LOCATION": "s3://bucket/runs"},
        {"TIMEOUT": 5},
    )
    table = "\n".join("  ".join(row) for row in settings.rows())
    lines = dict(line.split(None, 1) for line in table.splitlines())
    assert "secret-7f3a" not in table
    assert "other-9b1c" not in table
    assert "postgresql://ann:***@db.example/mlflow" in lines["tracking_uri"]
    assert lines["tracking_uri"].endswith("command line")
    assert lines["artifact_location"].split() == [
        "s3://bucket/runs",
        "environment",
        "MLFLOW_ARTIFACT_LOCATION",
    ]
    assert lines["timeout"].endswith("config file")
    assert lines["experiment_name"].endswith("default")
    assert "secret-7f3a" not in str(settings.as_dict())


def test_the_server_decides_where_artifacts_go_unless_told():
    settings = resolve_settings({"tracking_uri": "http://mlflow.example"}, {})
    assert settings.artifact_location.value is None
    assert "(chosen by the server)" in str(settings.rows())


@pytest.mark.parametrize(
    "item",
    ["lab", "=north", "", "phase=x", "schema_version=2", "ssms_run=x", "a[0]=1", "/a=1"],
)
def test_tags_refused(item):
    with pytest.raises(TrackingUsageError, match="--mlflow-tag"):
        parse_tags([item])


def test_tags():
    assert parse_tags(["lab=north", "note=", "eq=a=b", "lab=north"]) == {
        "lab": "north",
        "note": "",
        "eq": "a=b",
    }
    with pytest.raises(TrackingUsageError, match="given before"):
        parse_tags(["lab=north", "lab=south"])


def test_the_ids_of_slurm_that_are_set_are_tags():
    environ = {"SLURM_JOB_ID": "7", "SLURM_ARRAY_JOB_ID": "6", "SLURM_ARRAY_TASK_ID": ""}
    assert slurm_tags(environ) == {"slurm_job_id": "7", "slurm_array_job_id": "6"}


def test_home_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    settings = resolve_settings(
        {"tracking_uri": "sqlite:///~/m/x.db", "artifact_location": "~/a"}, environ={}
    )
    assert settings.tracking_uri.value == f"sqlite:///{tmp_path}/m/x.db"
    assert settings.artifact_location.value == str(Path(tmp_path, "a"))
