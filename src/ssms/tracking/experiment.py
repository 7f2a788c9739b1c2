"""The experiment of a run: created once however many processes want it, then used."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from . import locations
from .exceptions import TrackingError
from .failures import error_code
from .masking import mask_uri
from .settings import TrackingSettings
from .store import Store, check_artifact_store, look_at_store, open_store

__all__ = ["open_experiment", "probe_settings", "warn_of_other_location"]

log = logging.getLogger("ssms.tracking")


def _find(store: Store, name: str) -> Any:
    """Return the experiment of that name, None if there is none; a deleted one is an error."""
    experiment = store.ask(lambda: store.client.get_experiment_by_name(name))
    if experiment is not None and experiment.lifecycle_stage == "deleted":
        raise TrackingError(
            f"the experiment {name!r} in {store.shown} is deleted, and a deleted experiment keeps "
            "its name: restore it (`mlflow experiments restore "
            f"-x {experiment.experiment_id}`, with MLFLOW_TRACKING_URI set), remove it for good "
            "(`mlflow gc`), or choose another name"
        )
    return experiment


def _wanted(store: Store, settings: TrackingSettings) -> Any:
    """Return the experiment that the settings name, by id if they say one; None if it is new."""
    from mlflow.exceptions import MlflowException

    if settings.experiment_id is None:
        return _find(store, settings.experiment_name.value)
    number = settings.experiment_id

    def find() -> Any:
        try:
            return store.client.get_experiment(number)
        except MlflowException as error:
            if error_code(error) in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                return None
            raise

    found = store.ask(find)
    if found is None or found.lifecycle_stage == "deleted":
        raise TrackingError(
            f"there is no experiment {number} (environment MLFLOW_EXPERIMENT_ID) in {store.shown}"
        )
    return found


def _create(store: Store, name: str, location: str | None) -> Any:
    """Create the experiment; if another process just did, use that one."""
    from mlflow.exceptions import MlflowException

    def create() -> None:
        try:
            store.client.create_experiment(name, artifact_location=location)
        except MlflowException as error:
            if error_code(error) != "RESOURCE_ALREADY_EXISTS":
                raise

    store.ask(create)
    return _find(store, name)


def _planned_location(settings: TrackingSettings) -> str | None:
    """Return where a new experiment's files will go, None if the server decides."""
    if settings.artifact_location.value is not None:
        return str(settings.artifact_location.value)
    if locations.is_sqlite(settings.tracking_uri.value) or locations.is_server_database(
        settings.tracking_uri.value
    ):
        return str(Path("mlruns").absolute())
    return None


def warn_of_other_location(settings: TrackingSettings, experiment: Any) -> None:
    """Warn if an existing experiment keeps its files elsewhere than the settings wish."""
    wish = settings.artifact_location.value
    if wish is not None and not locations.same_location(wish, experiment.artifact_location):
        log.warning(
            "the experiment %r keeps its files in %s since it was created; the artifact location "
            "%s (%s) is not used. Choose another experiment name to use it",
            experiment.name,
            mask_uri(experiment.artifact_location),
            mask_uri(wish),
            settings.artifact_location.source,
        )


def _refuse_server_location(store: Store, experiment: Any) -> None:
    """Raise if the experiment's files are on an MLflow server that is not used here."""
    location = str(experiment.artifact_location)
    if locations.scheme_of(location) == "mlflow-artifacts" and not locations.is_http(store.uri):
        raise TrackingError(
            f"the experiment {experiment.name!r} keeps its files on an MLflow server ({location}), "
            f"which {store.shown} is not: give the server's address as tracking URI, or choose "
            "another experiment name"
        )


def open_experiment(settings: TrackingSettings) -> tuple[Store, Any]:
    """Open the store and the experiment that the settings name, creating them if missing.

    Nothing is created before the artifact store of a new experiment has been written to, so that
    a typo does not leave an experiment behind that nobody can use.  It raises one `TrackingError`,
    within the timeout.
    """
    uri, timeout = settings.tracking_uri.value, settings.timeout.value
    planned = _planned_location(settings)
    # Before even the database file appears.
    checked = locations.is_sqlite(uri) and not locations.sqlite_path(uri).exists()
    if checked and planned is not None:
        check_artifact_store(planned, uri, timeout)
    store = open_store(uri, timeout)
    experiment = _wanted(store, settings)
    if experiment is None:
        if not checked and planned is not None:
            check_artifact_store(planned, uri, timeout)
        checked = True
        name = settings.experiment_name.value
        experiment = _create(store, name, settings.artifact_location.value)
    warn_of_other_location(settings, experiment)
    _refuse_server_location(store, experiment)
    location = str(experiment.artifact_location)
    if not checked or planned is None or not location.startswith(planned):
        check_artifact_store(location, uri, timeout)
    return store, experiment


def probe_settings(settings: TrackingSettings) -> str:
    """Check the stores and the experiment as `open_experiment` would; leave nothing behind.

    The result is the finding, in one line.
    """
    uri, timeout = settings.tracking_uri.value, settings.timeout.value
    store = look_at_store(uri, timeout)
    experiment = None if store is None else _wanted(store, settings)
    if store is not None and experiment is not None:
        warn_of_other_location(settings, experiment)
        _refuse_server_location(store, experiment)
        location: str | None = str(experiment.artifact_location)
    else:
        location = _planned_location(settings)
    if location is not None:
        check_artifact_store(location, uri, timeout)
    found = "store would be made" if store is None else "store reachable"
    place = mask_uri(location or "the place that the server chooses")
    if experiment is None:
        name = settings.experiment_name.value
        return f"{found}, experiment {name!r} would be made, with its files at {place}"
    return f"{found}, experiment {experiment.name!r} exists, with its files at {place}"
