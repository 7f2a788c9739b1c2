"""A run: its records, and its end."""

from __future__ import annotations

import base64
import json
import logging
import os
import posixpath
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from ssms.errors import bad_type, bad_value

from . import limits, locations
from .exceptions import Terminated, TrackingUsageError
from .journal import Entry
from .masking import mask_message, mask_uri
from .sender import Sender, figure_entry
from .store import Store, fresh_after_fork, import_mlflow, open_store
from .untracked import Run

__all__ = ["MlflowRun"]

log = logging.getLogger("ssms.tracking")

# Smaller files are read when they are logged, larger ones when they are sent.
_MAX_EMBEDDED = 1_000_000
_FINAL = ("FINISHED", "FAILED", "KILLED")
# A batch system kills soon after it has asked.
_KILLED_PATIENCE = 10.0


def serialise(obj: Any, artifact_file: str) -> str:
    """Return plain data as text in the format of a file's ending."""
    from ssms.config.config_utils import to_plain

    if artifact_file.endswith((".yaml", ".yml")):
        import yaml

        return str(yaml.safe_dump(to_plain(obj), sort_keys=False))
    return json.dumps(to_plain(obj), indent=2, default=str) + "\n"


def _items(name: str, values: Any) -> Iterable[tuple[Any, Any]]:
    if not isinstance(values, Mapping):
        raise TrackingUsageError(str(bad_type(name, values, "a mapping of names to values")))
    return values.items()


class MlflowRun(Run):
    """A run recorded by MLflow; it can be sent to other processes, which then log to it too.

    Parameters
    ----------
    store : Store
        Open.
    info : mlflow.entities.RunInfo
        Of a run that exists.
    experiment_name : str
        Of its experiment.
    journal : Path or None
        Where entries are kept while the store is away; None if the caller has them elsewhere.
    child : bool
        Whether the run belongs to another process, which ends it.

    Examples
    --------
    >>> from ssms import tracking
    >>> with tracking.run(experiment_name="mine") as run:  # doctest: +SKIP
    ...     run.log_metric("loss", 0.5)
    """

    def __init__(
        self,
        store: Store,
        info: Any,
        experiment_name: str | None,
        journal: Path | None,
        child: bool = False,
    ) -> None:
        self._store = store
        self._pid = os.getpid()
        self._child = child
        self._ended = False
        self._dropped = False
        self.run_id = str(info.run_id)
        self.experiment_id = str(info.experiment_id)
        self.experiment_name = experiment_name
        self.name = info.run_name
        self.url = run_url(store.uri, self.experiment_id, self.run_id)
        self.close: Callable[[str], None] | None = None
        self._start_sender(journal)

    def _start_sender(self, journal: Path | None) -> None:
        header = {
            "run_id": self.run_id,
            "experiment_id": self.experiment_id,
            "name": self.name,
            "tracking_uri": mask_uri(self._store.uri),
        }
        self._sender = Sender(self._store, str(self.run_id), header, journal, not self._child)

    @property
    def sender(self) -> Sender:
        """The sender of this process: a child has its own, and never ends its parent's run."""
        if os.getpid() != self._pid:
            self._pid, self._child = os.getpid(), True
            journal = self._sender.journal
            fresh_after_fork(self._store)
            if journal is not None:
                journal = journal.with_name(f"{journal.stem}-{self._pid}{journal.suffix}")
            self._start_sender(journal)
        return self._sender

    def __reduce__(self) -> tuple[Any, ...]:
        journal = self._sender.journal
        facts = (self.run_id, self.experiment_id, self.experiment_name, self.name)
        return _attach, (self._store.uri, self._store.timeout, facts, journal)

    @property
    def complete(self) -> bool:
        """Whether everything has been sent."""
        return self._sender.empty and not self._dropped

    # -- recording --------------------------------------------------------------------------

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record parameters; a value too long for MLflow goes to an artifact it then names."""
        self._log_texts("params", {k: str(value) for k, value in _items("params", params)})

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags; a tag that exists is replaced."""
        self._log_texts("tags", {k: mask_uri(value) for k, value in _items("tags", tags)})

    def _log_texts(self, kind: str, values: Mapping[str, str]) -> None:
        limit = limits.PARAM_LENGTH if kind == "params" else limits.TAG_LENGTH
        taken, files = limits.fit(values, kind, limit)
        for path, text in files.items():
            log.info("the value of %s is too long for MLflow: it is in the artifact %s", kind, path)
            self.log_text(text, path)
        if taken:
            self.sender.put(Entry(kind, {"values": taken}))

    def log_metrics(
        self,
        metrics: Mapping[str, float],
        step: int | None = None,
        timestamp: int | None = None,
    ) -> None:
        """Record numbers, at a step (e.g. the index of a file) and a time (ms since 1970)."""
        values: dict[str, float] = {}
        for key, value in _items("metrics", metrics):
            try:
                values[limits.distinct_key(key, values)] = float(value)
            except (TypeError, ValueError):
                log.warning(
                    "metric %s is no number and is not recorded: %s", key, mask_message(repr(value))
                )
                self._dropped = True
        if values:
            now = int(time.time() * 1000) if timestamp is None else int(timestamp)
            self.sender.put(
                Entry("metrics", {"values": values, "time": now, "step": int(step or 0)})
            )

    def log_artifact(self, path: str | Path, artifact_path: str | None = None) -> None:
        """Store a file, in the folder `artifact_path` of the run's artifacts if given."""
        path = Path(path).absolute()
        try:
            size = path.stat().st_size
            content = path.read_bytes() if path.is_file() and size <= _MAX_EMBEDDED else None
        except OSError as error:
            why = error.strerror or error
            log.warning("the artifact %s cannot be read and is not recorded: %s", path, why)
            self._dropped = True
            return
        if content is None:
            self.sender.put(Entry("file", {"path": str(path), "folder": artifact_path}))
            return
        encoded = base64.b64encode(content).decode()
        artifact = posixpath.join(artifact_path or "", path.name)
        self.sender.put(Entry("bytes", {"base64": encoded, "artifact": artifact}))

    def log_dict(self, obj: Any, artifact_file: str) -> None:
        """Store plain data as JSON (or YAML, if `artifact_file` ends so)."""
        self.log_text(serialise(obj, artifact_file), artifact_file)

    def log_text(self, text: str, artifact_file: str) -> None:
        """Store a text."""
        self.sender.put(Entry("text", {"text": str(text), "artifact": artifact_file}))

    def log_figure(self, fig: Any, artifact_file: str) -> None:
        """Store a figure, or a function that draws one; the file name gives the format.

        A function is called by the sender's thread; it may return None.
        """
        entry = Entry("figure", {"draw": fig, "artifact": artifact_file})
        if not callable(fig):
            entry = Entry("figure", {"draw": lambda: fig, "artifact": artifact_file})
            drawn = figure_entry(entry)  # now: the caller may change it afterwards
            entry = drawn if drawn is not None else entry
        self.sender.put(entry)

    def log_dataset(
        self, folder: str | Path, name: str, digest: str, context: str = "generated"
    ) -> None:
        """Link a folder of data, by name and digest, as a dataset of the run."""
        data = {"folder": Path(folder).absolute().as_uri(), "name": name, "digest": digest}
        self.sender.put(Entry("dataset", {**data, "context": context}))

    def when_sent(self, callback: Callable[[], object]) -> None:
        """Call a function once everything recorded so far has been sent."""
        self.sender.when_sent(callback)

    # -- ending -----------------------------------------------------------------------------

    def finish(self, status: str = "FINISHED") -> None:
        """End a run that `ssms.tracking.start` opened.

        Parameters
        ----------
        status : str
            "FINISHED", "FAILED" or "KILLED".
        """
        if status not in _FINAL:
            allowed = f"one of {', '.join(_FINAL)}"
            raise TrackingUsageError(str(bad_value("status", status, allowed)))
        if self.close is not None:
            self.close(status)

    def end(self, status: str, error: BaseException | None = None) -> None:
        """Send everything within the timeout, with the final status; a child only sends.

        Parameters
        ----------
        status : str
            "FINISHED", "FAILED" or "KILLED".
        error : BaseException, optional
            The exception that ended the run: a tag, and its traceback an artifact.
        """
        sender = self.sender
        if self._ended:
            return
        self._ended = True
        killed = status == "KILLED"
        seconds = min(self._store.timeout, _KILLED_PATIENCE) if killed else self._store.timeout
        longest = _KILLED_PATIENCE if killed else None
        if not self._child:
            sender.put(*_ending_entries(status, error))
        started = time.monotonic()
        sender.drain(seconds, longest)
        if sender.refused:
            text = json.dumps(sender.refused, indent=2) + "\n"
            sender.put(Entry("text", {"text": text, "artifact": "refused_values.json"}))
        if not self._child:
            sender.put(Entry("end", {"status": status, "time": int(time.time() * 1000)}))
        if not sender.drain(max(seconds - (time.monotonic() - started), 0.5), longest):
            place = f"it is kept in {sender.journal}" if sender.journal is not None else ""
            log.warning(
                "%s did not take everything within %g s%s",
                self._store.shown, seconds, f"; {place}" if place else "",
            )  # fmt: skip
        sender.close()


def _attach(
    uri: str, timeout: float, facts: tuple[str, str, str, str], journal: Path | None
) -> Run:
    """Return a run in another process, by its id; it never ends there."""
    problem = import_mlflow()
    if problem is not None:
        log.warning("%s. Nothing is recorded by this process", problem)
        return Run()
    run_id, experiment_id, experiment_name, name = facts
    info = SimpleNamespace(run_id=run_id, experiment_id=experiment_id, run_name=name)
    if journal is not None:
        journal = journal.with_name(f"{journal.stem}-{os.getpid()}{journal.suffix}")
    return MlflowRun(open_store(uri, timeout), info, experiment_name, journal, child=True)


def _ending_entries(status: str, error: BaseException | None) -> list[Entry]:
    if error is None or status == "FINISHED":
        return []
    if status == "KILLED":
        name = "SIGINT" if isinstance(error, KeyboardInterrupt) else str(error)
        return [Entry("tags", {"values": {"killed_by": name.replace("terminated by ", "")}})]
    summary = mask_message(f"{type(error).__name__}: {error}")
    trace = mask_message("".join(traceback.format_exception(error)))
    tags, files = limits.fit({"error": summary}, "tags", limits.TAG_LENGTH)
    return [
        Entry("tags", {"values": tags}),
        *(Entry("text", {"text": text, "artifact": path}) for path, text in files.items()),
        Entry("text", {"text": trace, "artifact": "traceback.txt"}),
    ]


def status_of(error: BaseException | None) -> str:
    """Return the status that an exception (or none) stands for."""
    if error is None or (isinstance(error, SystemExit) and error.code in (None, 0)):
        return "FINISHED"
    return "KILLED" if isinstance(error, (KeyboardInterrupt, Terminated)) else "FAILED"


def run_url(uri: str, experiment_id: str, run_id: str) -> str | None:
    """Return the page of a run on an MLflow server, without credentials; None for a database."""
    if not locations.is_http(uri):
        return None
    parts = urlsplit(uri)
    host = parts.netloc.rpartition("@")[2]
    path = parts.path.rstrip("/")
    return f"{parts.scheme}://{host}{path}/#/experiments/{experiment_id}/runs/{run_id}"
