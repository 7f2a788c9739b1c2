"""Opening, resuming and closing runs: the public entry points of tracking."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import logging
import os
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from ssms.errors import bad_type

from . import limits
from .exceptions import TrackingError, TrackingUsageError
from .experiment import open_experiment, probe_settings
from .journal import journal_path, read_header
from .masking import mask_uri, remember_secrets
from .opening import create_run, need_run, resumable_run, resume_run
from .runs import MlflowRun, status_of
from .sender import load
from .settings import TrackingSettings, resolve_settings
from .signals import ending_signals
from .store import import_mlflow
from .tags import context_tags, slurm_tags
from .untracked import Run

__all__ = [
    "RunContext",
    "probe",
    "readable_run_name",
    "recorded_params",
    "run",
    "send_journal",
    "start",
]

log = logging.getLogger("ssms.tracking")

_said: set[str] = set()


def _warn_once(message: str) -> None:
    if message not in _said:
        _said.add(message)
        log.warning("%s", message)


def readable_run_name(prefix: str = "run") -> str:
    """Return a name for a run without one: `prefix`, local time, and four random digits.

    Examples
    --------
    >>> readable_run_name("ddm")  # doctest: +SKIP
    'ddm-20260314-150926-5a3c'
    """
    return f"{prefix}-{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:4]}"


def run(
    settings: TrackingSettings | None = None,
    *,
    name: str | None = None,
    experiment_name: str | None = None,
    tracking_uri: str | None = None,
    artifact_location: str | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
    default_description: str | None = None,
    run_id: str | None = None,
    parent: str | None = None,
    nested: bool = False,
    timeout: float | None = None,
    required: bool = False,
    journal: Path | str | None = None,
    keep: bool = True,
) -> RunContext:
    """Record what happens inside a ``with`` block as a run of MLflow.

    The run's final status tells how the block ended: FINISHED; FAILED, with the error as a tag
    and the traceback as an artifact; KILLED after SIGINT, SIGTERM or SIGHUP.  Once the block has
    begun, it never waits for the store: a thread sends, tries again while the store is away, and
    keeps unsent records in a journal at the end.

    Parameters
    ----------
    settings : TrackingSettings, optional
        Resolved settings, as from `resolve_settings`.  With settings that are not enabled,
        nothing is recorded.  Without settings they are resolved from the arguments below, the
        environment and the defaults.
    name : str, optional
        Name of the run; default a readable one.
    experiment_name, tracking_uri, artifact_location : str, optional
        As the options of `ssms-generate`; they cannot be combined with `settings`.
    tags : mapping, optional
        Tags of the run.
    description, default_description : str, optional
        Shown at the head of the run's page; the second if neither says another.
    run_id : str, optional
        Resume this run.
    parent : str, optional
        Id of the run whose child this is.
    nested : bool
        Whether the run is a child of MLflow's active run.
    timeout : float, optional
        Seconds within which the stores must answer when the run is opened, and within which the
        rest is sent when it ends; default 60.
    required : bool
        Whether a missing MLflow is an error rather than a warning.
    journal : path, optional
        File for records that cannot be sent; default ``ssms-tracking-RUN_ID.jsonl`` in the current
        folder.  The file appears only if it is needed.
    keep : bool
        False keeps no journal: the caller can send everything again.

    Returns
    -------
    RunContext
        A context manager that yields a `Run`.

    Raises
    ------
    TrackingError
        On entry, if the store cannot be used.
    TrackingUsageError
        If an argument is not allowed.

    Examples
    --------
    >>> import ssms.tracking
    >>> with ssms.tracking.run(name="fit", experiment_name="angle") as run:  # doctest: +SKIP
    ...     run.log_params({"model": "angle", "n_samples": 1000})
    ...     run.log_metric("loss", 0.31, step=1)
    """
    given = {
        "run_name": name,
        "experiment_name": experiment_name,
        "tracking_uri": tracking_uri,
        "artifact_location": artifact_location,
        "description": description,
        "run_id": run_id,
        "timeout": timeout,
        "required": required or None,
    }
    for key, value, kind in (("settings", settings, TrackingSettings), ("tags", tags, Mapping)):
        if not isinstance(value, kind | None):
            raise TrackingUsageError(str(bad_type(key, value, f"a {kind.__name__}")))
    # Settings that are given have their places already, whatever the environment says.
    asked = resolve_settings(given, None if settings is None else {}, cli_source="argument")
    if settings is None:
        settings = dataclasses.replace(asked, enabled=True)
    else:
        clash = [
            key for key in ("experiment_name", "tracking_uri", "artifact_location") if given[key]
        ]
        if clash:
            raise TrackingUsageError(f"{', '.join(clash)} cannot be given beside settings")
        if settings.run_name.value or run_id or settings.run_id.value:
            del given["run_name"]  # the caller's name is for a new run without one
        changed = {key: getattr(asked, key) for key, value in given.items() if value is not None}
        settings = dataclasses.replace(settings, **changed)
    extra = {str(key): str(value) for key, value in (tags or {}).items()}
    if parent:
        extra["mlflow.parentRunId"] = parent
    if default_description and not settings.description.value and not settings.run_id.value:
        extra.setdefault("mlflow.note.content", default_description)
    place = None if journal is None else journal_path(journal)
    return RunContext(settings, extra, place, keep=keep, nested=nested)


def start(settings: TrackingSettings | None = None, **arguments: Any) -> Run:
    """Open a run without a ``with`` block, e.g. in a cell of a notebook; ``run.finish()`` ends it.

    Parameters
    ----------
    settings : TrackingSettings, optional
    **arguments
        As for `run`.

    Returns
    -------
    Run
        It ends at the latest with the process.

    Raises
    ------
    TrackingError, TrackingUsageError
        As for `run`.

    Examples
    --------
    >>> run = ssms.tracking.start(name="fit")  # doctest: +SKIP
    >>> run.log_param("model", "angle")  # doctest: +SKIP
    >>> run.finish()  # doctest: +SKIP
    """
    return run(settings, **arguments).open(signals=False)


class RunContext:
    """The context manager that `run` returns; it can be entered once.

    Parameters
    ----------
    settings : TrackingSettings
        Nothing is recorded unless they are enabled.
    tags : dict
        Beside the tags of the settings.
    journal : Path or None
        None is a file in the current folder.
    keep : bool
        Whether records that cannot be sent are kept in a journal.
    nested : bool
        Whether the run is a child of MLflow's active run.

    Examples
    --------
    >>> context = run(name="first", experiment_name="mine")  # doctest: +SKIP
    """

    def __init__(
        self,
        settings: TrackingSettings,
        tags: dict[str, str],
        journal: Path | None,
        keep: bool = True,
        nested: bool = False,
    ) -> None:
        self._settings = settings
        self._tags = tags
        self._journal = journal
        self._keep = keep
        self._nested = nested
        self._stack = contextlib.ExitStack()
        self._entered = False
        self._pid = os.getpid()
        self.run = Run()

    def __enter__(self) -> Run:
        return self.open()

    def open(self, signals: bool = True) -> Run:
        """Return the run, open; with `signals`, SIGTERM and SIGHUP raise `Terminated` meanwhile."""
        if self._entered:
            raise TrackingUsageError(
                "this run was entered before; ssms.tracking.run() makes another"
            )
        self._entered = True
        if not self._settings.enabled:
            return self.run
        problem = import_mlflow()
        if problem is not None:
            if self._settings.required.value:
                raise TrackingError(f"tracking was required, but {problem}")
            _warn_once(f"{problem}. The run goes on without tracking")
            return self.run
        with contextlib.ExitStack() as stack:
            for warning in self._settings.warnings:
                _warn_once(warning)
            if signals:
                stack.enter_context(ending_signals())
            opened = self._open()
            stack.enter_context(_system_metrics(opened, self._settings.tracking_uri.value))
            self._stack = stack.pop_all()
        self.run = opened
        if not signals:
            opened.close = self._finish
            atexit.register(self._finish, "FINISHED")
        return self.run

    def _finish(self, status: str, error: BaseException | None = None) -> None:
        atexit.unregister(self._finish)
        # If a forked child comes here, the run is its parent's, and so are the handlers.
        with self._stack if os.getpid() == self._pid else contextlib.nullcontext():
            if isinstance(self.run, MlflowRun):
                self.run.end(status, error)

    def _open(self) -> MlflowRun:
        name = self._settings.run_name.value
        tags, long_tags = limits.fit(self._all_tags(), "tags", limits.TAG_LENGTH)
        if self._settings.run_id.value:
            store, info, experiment = resume_run(self._settings)
        else:
            store, experiment = open_experiment(self._settings)
            info = create_run(store, experiment.experiment_id, name or readable_run_name(), tags)
        path = self._journal or Path(f"ssms-tracking-{info.run_id}.jsonl").absolute()
        header = read_header(path) if self._keep else None
        if header is not None and header.get("run_id") != str(info.run_id):
            # Another run's: it must neither be mixed with this one nor lost.
            path = path.with_name(f"{path.stem}-{info.run_id}.jsonl")
        opened = MlflowRun(store, info, experiment.name, path if self._keep else None)
        if self._keep:
            load(opened.sender, path, ends=False)
        if self._settings.run_id.value:
            opened.set_tags(tags)
        for artifact, text in long_tags.items():
            opened.log_text(text, artifact)
        return opened

    def _all_tags(self) -> dict[str, str]:
        description = self._settings.description.value
        resumed = bool(self._settings.run_id.value)
        tags = {
            **({} if resumed else context_tags()),
            **slurm_tags(),
            **self._parent(),
            **self._tags,
            **({"mlflow.note.content": description} if description else {}),
            **self._settings.tags.value,
        }
        return {key: mask_uri(value) for key, value in tags.items()}

    def _parent(self) -> dict[str, str]:
        """Return the tag that makes the run a child of MLflow's active one, if asked to."""
        mlflow = sys.modules.get("mlflow")
        active = mlflow.active_run() if mlflow is not None else None
        if active is None:
            return {}
        if self._nested:
            return {"mlflow.parentRunId": active.info.run_id}
        _warn_once(
            f"MLflow's run {active.info.run_id} is active; this run stands beside it (nested=True "
            "makes it a child)"
        )
        return {}

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finish(status_of(error), error)


@contextlib.contextmanager
def _system_metrics(opened: MlflowRun, uri: str) -> Iterator[None]:
    """Run MLflow's own monitor of the system inside, if its variable is on."""
    from mlflow import environment_variables

    variable: Any = environment_variables.MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING
    monitor: Any = None
    try:
        if variable.get():
            from mlflow.system_metrics import system_metrics_monitor as module

            made: Any = module.SystemMetricsMonitor
            monitor = made(opened.run_id, tracking_uri=uri)
            monitor.start()
    except Exception as error:  # a malformed setting, an older MLflow, an unreadable machine
        log.warning("system metrics are not recorded: %s", mask_uri(error))
    try:
        yield
    finally:
        with contextlib.suppress(Exception):  # None too, if there is no monitor
            monitor.finish()


def recorded_params(settings: TrackingSettings, run_id: str) -> dict[str, str]:
    """Return the parameters of a run as they are recorded; the run is not changed.

    Parameters
    ----------
    settings : TrackingSettings
        Where the run is.
    run_id : str
        MLflow's id of it.

    Returns
    -------
    dict of str to str
        Empty if MLflow is not installed, for then nothing is tracked.

    Raises
    ------
    TrackingError
        If the store cannot be used or does not know the run.

    Examples
    --------
    >>> recorded_params(settings, "0123abcd")["model"]  # doctest: +SKIP
    """
    if import_mlflow() is not None:
        return {}
    store, _ = need_run(settings.tracking_uri.value, settings.timeout.value, run_id)
    return dict(store.ask(lambda: store.client.get_run(run_id)).data.params)


def probe(settings: TrackingSettings) -> str:
    """Check that the stores of these settings can be used, and leave nothing behind.

    The tracking store, the schema of its tables, the experiment (or the run that is to be resumed)
    and the artifact store are looked at.  Away from this machine a few bytes are written to the
    artifact store and deleted.

    Parameters
    ----------
    settings : TrackingSettings
        Resolved settings.

    Returns
    -------
    str
        A finding, in one line.

    Raises
    ------
    TrackingError
        Within the timeout: one message with the masked URI, the cause and what to check; or that
        MLflow is not installed.

    Examples
    --------
    >>> probe(resolve_settings({"tracking_uri": "sqlite:///runs.db"}))  # doctest: +SKIP
    """
    problem = import_mlflow()
    if problem is not None:
        raise TrackingError(problem)
    for warning in settings.warnings:
        _warn_once(warning)
    if settings.run_id.value:
        _, info, experiment = resumable_run(settings)
        return f"store reachable; run {info.run_name!r} of experiment {experiment.name!r} exists"
    return probe_settings(settings)


def send_journal(
    path: Path | str,
    settings: TrackingSettings | None = None,
    *,
    tracking_uri: str | None = None,
    timeout: float | None = None,
) -> bool:
    """Send the records that an earlier run could not send.

    Parameters
    ----------
    path : path
        The journal of that run.
    settings : TrackingSettings, optional
        Resolved settings; default from the arguments below, the environment and the defaults.
    tracking_uri : str, optional
        Where the run is; the journal itself holds no secrets and so cannot say.
    timeout : float, optional
        Seconds for which a store that does not answer is tried again.

    Returns
    -------
    bool
        True if nothing is left (the file is then gone), False if something could not be sent.

    Raises
    ------
    TrackingUsageError
        If the path is not valid, or the file is not a journal.

    Examples
    --------
    >>> send_journal("ssms-tracking-47394a86292945ae.jsonl")  # doctest: +SKIP
    True
    """
    path = journal_path(path)
    header = read_header(path)
    if header is None:
        if path.exists():
            raise TrackingUsageError(f"{path} is no journal of ssms.tracking")
        log.warning("there is no journal %s: nothing was sent", path)
        return True
    if settings is None:
        given = {"tracking_uri": tracking_uri, "timeout": timeout}
        settings = resolve_settings(given, cli_source="argument")
    remember_secrets(settings.tracking_uri.value)
    problem = import_mlflow()
    if problem is None:
        try:
            store, info = need_run(
                settings.tracking_uri.value, settings.timeout.value, str(header.get("run_id"))
            )
        except TrackingError as error:
            problem = str(error)
    if problem is not None:
        log.warning("the journal %s was not sent: %s", path, problem)
        return False
    opened = MlflowRun(store, info, None, path)
    load(opened.sender, path)
    opened.sender.drain(settings.timeout.value)
    opened.sender.close()
    return opened.complete
