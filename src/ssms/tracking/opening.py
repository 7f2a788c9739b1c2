"""Making, finding and resuming runs in a tracking store."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ssms._locks import Lock, patiently

from .calls import bounded_call, waits
from .exceptions import Terminated, TrackingError, TrackingUsageError
from .experiment import open_experiment, warn_of_other_location
from .failures import Refused, Unavailable, error_code
from .masking import mask_uri
from .settings import TrackingSettings
from .store import Store, check_artifact_store, import_mlflow, look_at_store

__all__ = [
    "create_run",
    "end_run",
    "find_or_create_run",
    "need_run",
    "resumable_run",
    "resume_run",
]

_TOKEN_TAG = "ssms_run_token"


def create_run(store: Store, experiment_id: str, name: str, tags: Mapping[str, str]) -> Any:
    """Create a run, once, even if the answer to the first attempt was lost; return its RunInfo."""
    token = uuid.uuid4().hex
    attempts = 0

    def create() -> Any:
        nonlocal attempts
        attempts += 1
        if attempts > 1:
            found = _runs_with_token(store, experiment_id, token)
            if found:
                return found[0]
        return store.client.create_run(
            experiment_id, tags={**tags, _TOKEN_TAG: token}, run_name=name
        )

    try:
        return store.ask(create).info
    except (KeyboardInterrupt, Terminated):
        # The call may have gone through behind our back; its run must not stay RUNNING.
        with contextlib.suppress(Unavailable, Refused):
            bounded_call(lambda: _kill_by_token(store, experiment_id, token), 5.0)
        raise


def _kill_by_token(store: Store, experiment_id: str, token: str) -> None:
    time.sleep(0.5)
    for found in _runs_with_token(store, experiment_id, token):
        store.client.set_terminated(found.info.run_id, "KILLED")


def _runs_with_token(store: Store, experiment_id: str, token: str) -> list[Any]:
    return list(store.client.search_runs([experiment_id], f"tags.{_TOKEN_TAG} = '{token}'"))


def resumable_run(settings: TrackingSettings) -> tuple[Store, Any, Any]:
    """Return store, RunInfo and experiment of the run that the settings name; change nothing.

    It raises `TrackingError` if the run does not exist or is deleted, or a store cannot be used,
    and `TrackingUsageError` if it is of another experiment than the one that was asked for.
    """
    run_id = settings.run_id.value
    store, info = need_run(settings.tracking_uri.value, settings.timeout.value, run_id)
    if info.lifecycle_stage == "deleted":
        raise TrackingError(
            f"the run {run_id} in {store.shown} is deleted: restore it (`mlflow runs restore "
            f"--run-id {run_id}`, with MLFLOW_TRACKING_URI set) or start a new one"
        )
    experiment = store.ask(lambda: store.client.get_experiment(info.experiment_id))
    wish = settings.experiment_name
    if wish.source != "default" and wish.value != experiment.name:
        raise TrackingUsageError(
            f"the run {run_id} is of the experiment {experiment.name!r}, not of {wish.value!r} "
            f"({wish.source})"
        )
    warn_of_other_location(settings, experiment)
    check_artifact_store(str(experiment.artifact_location), store.uri, store.timeout)
    return store, info, experiment


def resume_run(settings: TrackingSettings) -> tuple[Store, Any, Any]:
    """Set the run that the settings name to RUNNING again (see `resumable_run`).

    A run name in the settings is a new name for it.
    """
    run_id, name = settings.run_id.value, settings.run_name.value
    store, info, experiment = resumable_run(settings)
    new_name = name if name and name != info.run_name else None
    store.ask(lambda: store.client.update_run(run_id, status="RUNNING", name=new_name))
    return store, _find_run(store, run_id), experiment


def need_run(uri: str, timeout: float, run_id: str) -> tuple[Store, Any]:
    """Return an existing store and the RunInfo of a run in it, deleted or not.

    It raises `TrackingError` if there is none; nothing has been created then.
    """
    store = look_at_store(uri, timeout)
    info = None if store is None else _find_run(store, run_id)
    if store is None or info is None:
        raise TrackingError(
            f"there is no run {run_id} in tracking store {mask_uri(uri)}; check the run id and "
            "the URI"
        )
    return store, info


def _find_run(store: Store, run_id: str) -> Any:
    """Return the RunInfo of a run, deleted or not, or None if the store does not know it."""
    from mlflow.exceptions import MlflowException

    def find() -> Any:
        try:
            return store.client.get_run(run_id).info
        except MlflowException as error:
            if error_code(error) == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise

    return store.ask(find)


def find_or_create_run(settings: TrackingSettings, tag: str, value: str, lock: Path) -> str | None:
    """Return the id of the one run that has a tag, made by whoever comes first.

    The run's name is the tag's value, unless the settings say another.  Processes take turns by the
    file `lock`, where the file system has locks; where it has none, the oldest of several runs is
    taken, and the others are deleted.  None if MLflow is not installed.

    Parameters
    ----------
    settings : TrackingSettings
        Where the run is.
    tag, value : str
        Name and value of the tag.
    lock : pathlib.Path
        File by which processes take turns.

    Examples
    --------
    >>> from ssms.tracking import resolve_settings
    >>> run_id = find_or_create_run(
    ...     resolve_settings({}), "batch", "7", Path("batch.lock")
    ... )  # doctest: +SKIP
    """
    if import_mlflow() is not None:
        return None
    store, experiment = open_experiment(settings)
    number = experiment.experiment_id

    def oldest() -> list[Any]:
        found = store.client.search_runs(
            [number], f"tags.{tag} = '{value}'", order_by=["attributes.start_time ASC"]
        )
        return sorted(found, key=lambda run: (run.info.start_time, run.info.run_id))

    turn = Lock(lock)
    patiently(turn.take, waits(settings.timeout.value))
    try:
        found = store.ask(oldest)
        if not found:
            tags = {**settings.tags.value, tag: value, "ssms_array_parent": "true"}
            mine = create_run(store, number, settings.run_name.value or value, tags)
            found = store.ask(oldest)
            if found and found[0].info.run_id != mine.run_id:
                store.ask(lambda: store.client.delete_run(mine.run_id))
        elif found[0].info.status != "RUNNING":
            first = found[0].info.run_id
            store.ask(lambda: store.client.update_run(first, status="RUNNING"))
        return str(found[0].info.run_id)
    finally:
        turn.release()


def end_run(settings: TrackingSettings, run_id: str, status: str) -> None:
    """Set the final status of a run that no process works on.

    It raises `TrackingError` if the store cannot be used or does not know the run.

    Parameters
    ----------
    settings : TrackingSettings
        Where the run is.
    run_id : str
        Its id.
    status : {"FINISHED", "FAILED", "KILLED"}
        How it ended.

    Examples
    --------
    >>> from ssms.tracking import resolve_settings
    >>> end_run(resolve_settings({}), "0123abcd", "KILLED")  # doctest: +SKIP
    """
    if import_mlflow() is None:
        store, _ = need_run(settings.tracking_uri.value, settings.timeout.value, run_id)
        store.ask(lambda: store.client.set_terminated(run_id, status))
