"""The MLflow run above the tasks of an array: made once, ended by the last task."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ssms import tracking
from ssms.runs.record import RunRecord, records

__all__ = ["end_parent", "end_parent_if_last", "parent_of"]


def parent_of(settings: tracking.TrackingSettings, record: RunRecord) -> str | None:
    """Return the id of the MLflow run of an array; None for a run that is not shared.

    Tasks take turns by a lock beside their records.
    """
    array = record.content.get("array")
    if not array or not settings.enabled:
        return None
    name = array["name"]
    return tracking.find_or_create_run(
        settings, "ssms_array", name, record.path.parent / f"{name}.mlflow.lock"
    )


def end_parent_if_last(
    settings: tracking.TrackingSettings, record: RunRecord, output: Path
) -> None:
    """End the MLflow run of an array when the records of all tasks are complete."""
    array = record.content.get("array")
    parent = record.content["tracking"].get("parent_run_id")
    if not array or not parent:
        return
    group = [other for other in records(output) if other.content.get("array") and
             other.content["array"]["name"] == array["name"]]  # fmt: skip
    if len(group) == array["of"] and all(other.complete for other in group):
        tracking.end_run(settings, parent, "FINISHED")
        record.path.with_name(f"{array['name']}.mlflow.lock").unlink(missing_ok=True)


def end_parent(group: Sequence[RunRecord], status: str) -> str | None:
    """End the MLflow run of an array whose tasks will not come back, and return its id.

    None if the array is not tracked.
    """
    for record in group:
        tracked = record.content["tracking"]
        parent = tracked.get("parent_run_id")
        if parent:
            uri = tracked["settings"]["tracking_uri"]["value"]
            # A password is not in the record: it comes from the environment.
            given = {} if "***" in uri else {"tracking_uri": uri}
            tracking.end_run(tracking.resolve_settings(given), parent, status)
            return str(parent)
    return None
