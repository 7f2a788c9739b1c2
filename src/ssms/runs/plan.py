"""The plan of a run, checked as far as possible before any work."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import platform
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ssms._version import __version__
from ssms.config import model_config
from ssms.dataset_generators.settings import checked
from ssms.dataset_generators.writers import training_data_folder
from ssms.errors import ConfigError, SsmsError, bad_value, unknown_name
from ssms.runs.arrays import Share, share_of
from ssms.runs.executors import Executor, make_executor
from ssms.runs.record import RUNS_FOLDER, scheduler_task
from ssms.runs.settings import COMMAND_LINE, RunSettings, label, leaves, resolve
from ssms.settings import ROWS, UsageError, rows_of
from ssms.settings.checks import folder_fault
from ssms.tracking import TrackingSettings, TrackingUsageError, mask_uri, resolve_settings
from ssms.tracking.locations import home_expanded

__all__ = ["Plan", "UsageError", "data_settings", "make_plan", "record_content", "versions"]


@dataclasses.dataclass(frozen=True)
class Plan:
    """The plan of a run.

    Attributes
    ----------
    given : mapping
        The arguments, by the names of options.
    source : str
        Their name in messages: "command line" or "argument".
    settings : RunSettings
        Settings of the data.
    tracking : TrackingSettings
        How it is tracked, if it is.
    output : pathlib.Path
        The folder given as ``--output``.
    folder : pathlib.Path
        The folder of the data files.
    n_files : int
        Files of the whole run.
    new_run : bool
        Whether no earlier run is to be continued.
    share : Share or None
        Which part of the run this task makes; None is all of it.
    executor : Executor
        Where files are made.
    estimator, method : str
        How likelihoods are computed and responses drawn, in the end ("auto" is settled).

    Examples
    --------
    >>> plan = make_plan({"output": "data", "model": "angle"}, source="argument")
    >>> plan.config["output"]["folder"]
    'data/data/training_data/lan/training_data_n_samples_2000_dt_0.001/angle'
    """

    given: Mapping[str, Any]
    source: str
    settings: RunSettings
    tracking: TrackingSettings
    output: Path
    folder: Path
    n_files: int
    new_run: bool
    share: Share | None
    executor: Executor
    estimator: str
    method: str

    @property
    def config(self) -> dict[str, Any]:
        """The generator configuration with its output folder."""
        config = dict(self.settings.config)
        config["output"] = {**config["output"], "folder": str(self.folder)}
        return config


def make_plan(
    given: Mapping[str, Any],
    *,
    source: str = COMMAND_LINE,
    config: Mapping[str, Any] | None = None,
) -> Plan:
    """Resolve and check all settings of a run; nothing is written.

    Parameters
    ----------
    given : mapping
        Values by the names of options (``output``, ``n_files``, ``mlflow_run_name``, ...).
    source : str
        Their name in messages: "command line" or "argument".
    config : mapping, optional
        The content of a configuration file, in place of ``given["config_path"]``.

    Returns
    -------
    Plan

    Raises
    ------
    UsageError
        One message that names the fault.

    Examples
    --------
    >>> plan = make_plan({"output": "data", "n_files": 2, "model": "angle"}, source="argument")
    >>> plan.n_files, plan.settings.model, plan.method
    (2, 'angle', 'exact')
    """
    try:
        _check_arguments(given, source)
        output = _output(given, source)
        settings = resolve(given, source=source, config=config)
        tracking = tracking_settings(given, settings.mlflow_section, source)
        folder = training_data_folder(output, settings.config)
        for place in (folder, output / RUNS_FOLDER):
            fault = folder_fault(place)
            if fault:
                raise UsageError(f"{label('output', source)} cannot be used: {fault}")
        estimator, method = settle_methods(settings.config)
        wanted = given.get("n_files")
        n_files = checked("n_files", 1 if wanted is None else wanted, label("n_files", source))
        new_run = bool(given.get("new_run"))
        share = share_of(given, lambda name: label(name, source))
        if share is not None and new_run:
            raise ConfigError(
                f"{label('new_run', source)} cannot be given to one of several tasks; another "
                f"{label('pipeline.seed', source)} or {label('output', source)} makes a new run"
            )
        executor = make_executor(given, lambda name: label(name, source))
    except UsageError:
        raise
    except SsmsError as error:
        raise UsageError(str(error)) from error
    return Plan(
        dict(given), source, settings, tracking, output, folder, n_files, new_run, share, executor,
        estimator, method,
    )  # fmt: skip


def _check_arguments(given: Mapping[str, Any], source: str) -> None:
    """Refuse a name that is no option's, and values of types that the command line cannot give."""
    known = [row.dest for row in ROWS.values() if row.option]
    for name in given:
        if name not in (*known, "tracking"):
            raise unknown_name("argument", name, known)
    for name in ("new_run", "array"):
        if given.get(name) is not None:
            checked(name, given[name], label(name, source))
    tracked = given.get("tracking")
    if not isinstance(tracked, bool | Mapping | None):
        raise bad_value("tracking", tracked, "True, False, or a mapping of settings by name")


def _output(given: Mapping[str, Any], source: str) -> Path:
    name = label("output", source)
    if given.get("output") in (None, ""):
        raise UsageError(f"{name} is missing: the folder for the data, made if absent")
    try:
        Path.cwd()  # from which relative paths are meant
    except OSError as error:
        raise UsageError(f"the current folder cannot be used: {error.strerror}") from error
    return home_expanded(checked("output", given["output"], name), name)


def tracking_settings(
    given: Mapping[str, Any], mlflow_section: Mapping[str, Any], source: str = COMMAND_LINE
) -> TrackingSettings:
    """Resolve how a run is tracked, if it is.

    It raises `TrackingUsageError` for an option or a key that is not allowed.  A variable of the
    environment stops only a run that is tracked: it may have been set for other programs.
    """
    options = tracking_options(given)
    enabled = bool(options or given.get("tracking"))
    try:
        found = resolve_settings(options, yaml_section=mlflow_section, cli_source=source)
    except TrackingUsageError:
        if enabled:
            raise
        found = resolve_settings(options, {}, mlflow_section)
    return dataclasses.replace(found, enabled=enabled)


def tracking_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options ``mlflow_*`` or the mapping ``tracking``, for `resolve_settings`."""
    values: dict[str, Any] = {name: given.get(row.dest) for name, row in rows_of("mlflow").items()}
    if isinstance(given.get("tracking"), Mapping):
        values |= given["tracking"]
    return {name: value for name, value in values.items() if value not in (None, [], {}, False)}


def settle_methods(config: Mapping[str, Any]) -> tuple[str, str]:
    """Return the estimator and the method of a resolved generator configuration.

    The training bounds are checked and one response is simulated, so that it raises the error with
    which the first file would fail.
    """
    from ssms.basic_simulators.simulator_class import Simulator
    from ssms.dataset_generators.estimator_builders import settle_estimator_type
    from ssms.dataset_generators.parameter_samplers import (
        UniformParameterSampler,
        parameter_space,
    )
    from ssms.dataset_generators.parameter_samplers.training_box import check_corners

    model = model_config[config["model"]]
    estimator = settle_estimator_type(config["estimator"], model)
    source = Simulator(config["model"])
    constraints = model["parameter_transforms"]["sampling"]
    sampler = UniformParameterSampler(parameter_space(model), constraints)
    check_corners(sampler, source.validate_params, config["model"])
    arguments = {**config["simulator"], "n_samples": 1}
    theta = sampler.sample(1, np.random.default_rng(0))
    sample = source.simulate(theta, random_state=0, **arguments)
    return estimator, str(sample["metadata"]["method"])


def versions() -> dict[str, str]:
    """Return the versions of all that decides the data."""
    # Not platform.platform(), which starts a process to ask for the name of the processor.
    system = (platform.system(), platform.release(), platform.machine())
    library = "".join(platform.libc_ver())
    return {
        "ssm_simulators": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": _installed("scipy"),
        "platform": "-".join((*system, "with", library) if library else system),
    }


def _installed(package: str) -> str:
    """Return the version of a package, from the name of the folder that pip made beside it.

    Importing `importlib.metadata`, which reads what is in that folder, takes ten times as long.
    """
    found = find_spec(package)
    if found is not None and found.origin is not None:
        for folder in Path(found.origin).parents[1].glob(f"{package}-*.dist-info"):
            return folder.name.removeprefix(f"{package}-").removesuffix(".dist-info")
    from importlib.metadata import version

    return version(package)


def record_content(plan: Plan) -> dict[str, Any]:
    """Return the content of a new record of this plan; plain data without secrets."""
    settings = plan.settings
    path = settings.config_path
    return {
        "identity": _identity(plan),
        "model": settings.model,
        "n_files": plan.n_files,
        "seed": settings.seed,
        "seed_source": settings.seed_source,
        "folder": str(plan.folder.relative_to(plan.output)),
        "directory": str(Path.cwd()),
        "config": plan.config,
        "config_sources": dict(settings.sources),
        "config_path": None if path is None else str(path.absolute()),
        "config_sha256": settings.config_sha256,
        "versions": versions(),
        "slurm": scheduler_task(),
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
    """Return a digest of all that makes two commands the same, the version included.

    The seed stands apart, because a command may omit it.  A password in a URI is no part of it.
    """
    tracking: Mapping[str, Any] = {}
    if plan.tracking.enabled:
        names = ("tracking_uri", "experiment_name", "run_name")
        tracking = {name: mask_uri(getattr(plan.tracking, name).value) for name in names}
    content = [__version__, data_settings(plan.settings), plan.n_files, tracking]
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def data_settings(settings: RunSettings) -> dict[str, Any]:
    """Return the leaves of the configuration that change the data."""
    irrelevant = ("pipeline.n_cpus", "pipeline.n_subruns", "output.pickle_protocol")
    return {name: value for name, value in leaves(settings.config) if name not in irrelevant}
