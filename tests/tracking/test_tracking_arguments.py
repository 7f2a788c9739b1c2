"""Arguments of a run that are not allowed, and functions of a user that fail."""

from __future__ import annotations

import pytest

import ssms.tracking
from ssms.tracking import TrackingUsageError


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"settings": "sqlite:///x.db"}, "settings must be a TrackingSettings"),
        ({"settings": {"tracking_uri": "x"}}, "settings must be a TrackingSettings"),
        ({"tags": "lab=a"}, "tags must be a Mapping"),
        ({"tags": [("lab", "a")]}, "tags must be a Mapping"),
        ({"journal": 5}, "journal must be a path, got 5"),
        ({"timeout": 1e300}, "timeout must be a positive number of seconds, at most 1e"),
        ({"tracking_uri": f"sqlite:///{'x' * 300}.db"}, "names have at most 255 bytes each"),
        ({"artifact_location": "a\0b"}, "artifact location .* must be a path"),
    ],
    ids=str,
)
def test_a_wrong_argument_is_one_message(arguments, words):
    with pytest.raises(TrackingUsageError, match=words):
        ssms.tracking.run(**arguments)


def test_a_wrong_record_is_one_message_and_the_run_goes_on(places, client):
    with ssms.tracking.run(**places) as run:
        for record in (run.log_params, run.log_metrics, run.set_tags):
            with pytest.raises(TrackingUsageError, match="must be a mapping of names to values"):
                record([("a", 1)])
        with pytest.raises(TrackingUsageError, match="status must be one of FINISHED, FAILED"):
            run.finish("DONE")
        run.log_metric("kept", 1.0)
    stored = client.get_run(run.run_id)
    assert (stored.info.status, stored.data.metrics) == ("FINISHED", {"kept": 1.0})


def test_a_figure_that_cannot_be_drawn_does_not_end_the_thread_that_sends(places, client, caplog):
    with ssms.tracking.run(**places) as run:
        run.log_figure(lambda: 1 / 0, "broken.png")
        run.log_figure(5, "five.png")
        run.log_text("text", "after.txt")
        run.log_metric("after", 1.0)
    assert run.complete
    assert client.get_run(run.run_id).info.status == "FINISHED"
    assert [item.path for item in client.list_artifacts(run.run_id)] == ["after.txt"]
    assert "broken.png cannot be drawn and is not recorded: ZeroDivisionError" in caplog.text
    assert "five.png cannot be drawn" in caplog.text


def test_a_refusal_names_what_was_refused(places, caplog):
    with ssms.tracking.run(**places) as run:
        run.log_text("text", "../outside.txt")
    assert "MLflow refused text '../outside.txt' for good" in caplog.text


def test_a_switch_of_mlflow_that_is_none_is_a_warning(places, client, monkeypatch, caplog):
    monkeypatch.setenv("MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING", "maybe")
    with ssms.tracking.run(**places) as run:
        run.log_metric("kept", 1.0)
    assert client.get_run(run.run_id).info.status == "FINISHED"
    assert "system metrics are not recorded" in caplog.text
