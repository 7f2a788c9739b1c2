"""What a command is going to do, checked as far as it can be before anything is opened."""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ssms._version import __version__
from ssms.cli.options import UsageError
from ssms.cli.record import RUNS_FOLDER, slurm_identity
from ssms.cli.settings import RunSettings, leaves, resolve, tracking_settings
from ssms.dataset_generators.writers import training_data_folder
from ssms.tracking import TrackingSettings, mask_uri
from ssms.tracking.locations import home_expanded

__all__ = ["Plan", "make_plan", "record_content"]


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a command is going to do.

    Attributes
    ----------
    options : argparse.Namespace
        The command line.
    settings : RunSettings
        What is made.
    tracking : TrackingSettings
        How it is tracked, if it is.
    output : pathlib.Path
        The folder given as ``--output``.
    folder : pathlib.Path
        The folder of the data files.
    """

    options: argparse.Namespace
    settings: RunSettings
    tracking: TrackingSettings
    output: Path
    folder: Path

    @property
    def config(self) -> dict[str, Any]:
        """The generator configuration with its output folder."""
        config = dict(self.settings.config)
        config["output"] = {**config["output"], "folder": str(self.folder)}
        return config


def make_plan(options: argparse.Namespace) -> Plan:
    """Resolve and check all that the command line says; nothing is written.

    Parameters
    ----------
    options : argparse.Namespace
        From `ssms.cli.options.parse`.

    Returns
    -------
    Plan

    Raises
    ------
    SsmsError
        One message, naming what is wrong.
    """
    output = _output(options.output)
    _check_directory()
    settings = resolve(options)
    tracking = tracking_settings(options, settings.mlflow_section)
    folder = training_data_folder(output, settings.config)
    for place in (folder, output / RUNS_FOLDER):
        _check_folder(place)
    return Plan(options, settings, tracking, output, folder)


def _output(given: str | None) -> Path:
    if not given:
        raise UsageError("--output is missing: the folder for the data, made if absent")
    return home_expanded(given, "--output")


def _check_directory() -> None:
    """Raise if the current folder, from which relative paths are meant, has been removed."""
    try:
        Path.cwd()
    except OSError as error:
        raise UsageError(f"the current folder cannot be used: {error.strerror}") from error


def _check_folder(folder: Path) -> None:
    """Raise if a folder neither is nor can be made, or cannot be written."""
    existing = folder.absolute()
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise UsageError(f"--output cannot be used: {existing} is a file, not a folder")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise UsageError(f"--output cannot be used: no permission to write in {existing}")


def record_content(plan: Plan) -> dict[str, Any]:
    """Return what a new record of this plan says; plain data without secrets."""
    from ssms.cli.report_tracking import versions

    options, settings = plan.options, plan.settings
    return {
        "identity": _identity(plan),
        "model": settings.model,
        "n_files": options.n_files,
        "seed": settings.seed,
        "seed_source": settings.seed_source,
        "folder": str(plan.folder.relative_to(plan.output)),
        "directory": str(Path.cwd()),
        "config": plan.config,
        "config_sources": dict(settings.sources),
        "config_path": str(settings.config_path.absolute()),
        "config_sha256": settings.config_sha256,
        "versions": versions(),
        "slurm": slurm_identity(),
        "restarts": _restarts(),
        "tracking": {
            "enabled": plan.tracking.enabled,
            "settings": plan.tracking.as_dict() if plan.tracking.enabled else {},
        },
    }


def _restarts() -> int:
    """Return how often Slurm has requeued this task."""
    count = os.environ.get("SLURM_RESTART_COUNT", "")
    return int(count) if count.isdecimal() else 0


def _identity(plan: Plan) -> str:
    """Return a digest of what makes two commands the same, the version included.

    The seed stands apart, because a command may leave it open.
    """
    tracking: Mapping[str, Any] = {}
    if plan.tracking.enabled:
        names = ("tracking_uri", "experiment_name", "run_name")
        tracking = {name: mask_uri(getattr(plan.tracking, name).value) for name in names}
    content = [__version__, data_settings(plan.settings), plan.options.n_files, tracking]
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def data_settings(settings: RunSettings) -> dict[str, Any]:
    """Return the leaves of the configuration that say what is made, not how or where."""
    irrelevant = ("pipeline.n_cpus", "pipeline.n_subruns", "output.pickle_protocol")
    return {name: value for name, value in leaves(settings.config) if name not in irrelevant}
