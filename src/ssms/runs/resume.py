"""Resuming the MLflow run that ``--mlflow-run-id`` names, if its settings are the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssms import tracking
from ssms.runs.plan import Plan, UsageError, data_settings, record_content
from ssms.runs.record import RunRecord, begin, of_mlflow_run, take_over
from ssms.runs.report import FOLDER_PARAMETER
from ssms.runs.settings import leaves

__all__ = ["refuse_other_settings", "resume_mlflow_run"]


def resume_mlflow_run(plan: Plan, run_id: str) -> RunRecord:
    """Return the record of an MLflow run, locked: its own, or a new one with its seed.

    It raises `UsageError` if the run has other settings (each is named with both values), or is
    live, and `TrackingError` if the store cannot be asked.
    """
    wanted = record_content(plan)
    record = of_mlflow_run(plan.output, run_id)
    if record is None:
        return _begin_for(plan, run_id, wanted)
    if not record.lock():
        raise UsageError(f"the MLflow run {run_id} is live: {record.holder} works on it")
    try:
        _refuse_differences(plan, run_id, _settings_of(record))
    except UsageError:
        record.release()
        raise
    return take_over(record, wanted)


def refuse_other_settings(plan: Plan, run_id: str) -> None:
    """Raise as `resume_mlflow_run` if an MLflow run has other settings; claim and write nothing."""
    record = of_mlflow_run(plan.output, run_id)
    theirs = _settings_of(record) if record else tracking.recorded_params(plan.tracking, run_id)
    _refuse_differences(plan, run_id, theirs)


def _settings_of(record: RunRecord) -> dict[str, Any]:
    content = record.content
    experiment = content["tracking"]["settings"].get("experiment_name", {}).get("value")
    settings = dict(leaves(content["config"])) | {"experiment_name": experiment}
    return settings | {name: content[name] for name in ("n_files", "seed")}


def _begin_for(plan: Plan, run_id: str, wanted: dict[str, Any]) -> RunRecord:
    """Begin a run here that MLflow knows from elsewhere, or that another process opened."""
    recorded = tracking.recorded_params(plan.tracking, run_id)
    _refuse_differences(plan, run_id, recorded)
    if wanted["seed"] is None and "seed" in recorded:
        seed = recorded["seed"]
        if not seed.isdecimal():
            raise UsageError(
                f"the MLflow run {run_id} has the seed {seed!r}, which is no whole number: give one"
            )
        wanted.update(seed=int(seed), seed_source="MLflow run")
    wanted["tracking"].update(run_id=run_id, begun="n_files" in recorded, complete=False)
    return begin(plan.output, wanted)


def _refuse_differences(plan: Plan, run_id: str, theirs: Mapping[str, Any]) -> None:
    ours = data_settings(plan.settings) | {"n_files": plan.n_files}
    ours[FOLDER_PARAMETER] = plan.folder.absolute()
    if plan.settings.seed is not None:
        ours["seed"] = plan.settings.seed
    experiment = plan.tracking.experiment_name
    if experiment.source != "default":
        ours["experiment_name"] = experiment.value
    different = [
        f"{name} is {theirs[name]} there and {value} here"
        for name, value in ours.items()
        if name in theirs and str(theirs[name]) != str(value)
    ]
    if different:
        raise UsageError(f"the MLflow run {run_id} has other settings: {'; '.join(different)}")
