"""A run: one interface, and two implementations of it (MLflow, and nothing)."""

from __future__ import annotations

import base64
import io
import json
import logging
import math
import posixpath
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import limits, locations
from .calls import waits
from .delivery import deliver
from .exceptions import Terminated
from .failures import Failure, Unavailable
from .journal import Entry, Journal
from .masking import mask_uri, mask_values
from .store import Store

__all__ = ["MlflowRun", "NoRun", "Run"]

log = logging.getLogger("ssms.tracking")

# Smaller files go into the journal themselves; larger ones by their path.
_EMBEDDED_BYTES = 1_000_000
# A batch system kills soon after it has asked.
_KILLED_PATIENCE = 10.0


class Run:
    """What can be recorded of a run; this one records nothing.

    No method raises because of the store: what cannot be sent is kept in the journal.

    Attributes
    ----------
    run_id : str or None
        MLflow's id; None if nothing is tracked.
    experiment_id : str or None
        MLflow's id of the experiment.
    name : str or None
        Name of the run.
    url : str or None
        Page of the run, if the store is a server.
    complete : bool
        False if something could not be sent and stays in the journal.
    """

    run_id: str | None = None
    experiment_id: str | None = None
    name: str | None = None
    url: str | None = None

    @property
    def complete(self) -> bool:
        """Whether everything has been sent."""
        return True

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record parameters; a value too long for MLflow goes to an artifact it then names."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record numbers, at a step (e.g. the index of a file) if one is given."""

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags; a tag that exists is replaced."""

    def log_artifact(self, path: str | Path, artifact_path: str | None = None) -> None:
        """Store a file, in the folder `artifact_path` of the run's artifacts if given."""

    def log_dict(self, obj: Any, artifact_file: str) -> None:
        """Store plain data as JSON (or YAML, if `artifact_file` ends so)."""

    def log_text(self, text: str, artifact_file: str) -> None:
        """Store a text."""

    def log_figure(self, fig: Any, artifact_file: str) -> None:
        """Store a matplotlib figure in the format of the file's ending."""

    def log_dataset(
        self, folder: str | Path, name: str, digest: str, context: str = "generated"
    ) -> None:
        """Link a folder of data, by name and digest, as a dataset of the run."""

    def __repr__(self) -> str:
        state = "complete" if self.complete else "incomplete"
        return f"<{type(self).__name__} {self.name or '-'} id={self.run_id or '-'} {state}>"


class NoRun(Run):
    """A run that is not tracked."""


def plain(obj: Any) -> Any:
    """Return `obj` as JSON can hold it; functions by name, never by address."""
    if obj is None or isinstance(obj, (str, bool, int, float)):
        return obj
    if isinstance(obj, Mapping):
        return {str(key): plain(value) for key, value in obj.items()}
    if isinstance(obj, (list, tuple)):
        return [plain(item) for item in obj]
    if isinstance(obj, (set, frozenset)):
        return sorted((plain(item) for item in obj), key=str)
    if hasattr(obj, "tolist"):  # numpy arrays and scalars
        return plain(obj.tolist())
    if hasattr(obj, "__qualname__"):
        return f"{getattr(obj, '__module__', '')}.{obj.__qualname__}"
    if isinstance(obj, Path):
        return str(obj)
    text = repr(obj)
    return type(obj).__qualname__ if " at 0x" in text else text


def serialise(obj: Any, artifact_file: str) -> str:
    """Return plain data as text in the format of a file's ending, secrets masked."""
    value = mask_values(plain(obj))
    if artifact_file.endswith((".yaml", ".yml")):
        import yaml

        return str(yaml.safe_dump(value, sort_keys=False))
    return json.dumps(value, indent=2) + "\n"


class MlflowRun(Run):
    """A run recorded by MLflow.

    Parameters
    ----------
    store : Store
        Open.
    info : mlflow.entities.RunInfo
        Of a run that exists.
    journal : Path
        Where what cannot be sent is kept; appears only if needed.
    """

    def __init__(self, store: Store, info: Any, journal: Path) -> None:
        self._store = store
        self._lock = threading.RLock()
        self._lost_since: float | None = None
        self.run_id = str(info.run_id)
        self.experiment_id = str(info.experiment_id)
        self.name = info.run_name
        self.url = run_url(store.uri, self.experiment_id, self.run_id)
        header = {
            "run_id": self.run_id,
            "experiment_id": self.experiment_id,
            "name": self.name,
            "tracking_uri": mask_uri(store.uri),
        }
        self.journal = Journal(journal, header)
        self.dropped = False

    @property
    def complete(self) -> bool:
        """Whether everything has been sent."""
        return self.journal.empty and not self.dropped

    # -- what can be recorded ---------------------------------------------------------------

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record parameters; a value too long for MLflow goes to an artifact it then names."""
        self._log_texts("params", params, limits.PARAM_LENGTH)

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags; a tag that exists is replaced."""
        self._log_texts("tags", tags, limits.TAG_LENGTH)

    def _log_texts(self, kind: str, values: Mapping[str, Any], limit: int) -> None:
        texts = {mask_uri(key): mask_uri(value) for key, value in values.items()}
        taken, files = limits.fit(texts, kind, limit)
        for path, text in files.items():
            log.info("the value of %s is too long for MLflow: it is in the artifact %s", kind, path)
            self.log_text(text, path)
        if taken:
            self._send(Entry(kind, {"values": taken}))

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record numbers, at a step (e.g. the index of a file) if one is given."""
        values: dict[str, float] = {}
        for key, value in metrics.items():
            try:
                values[limits.distinct_key(mask_uri(key), values)] = float(value)
            except (TypeError, ValueError):
                log.warning(
                    "metric %s is no number and is not recorded: %s", key, mask_uri(repr(value))
                )
                self.dropped = True
        if values:
            now = int(time.time() * 1000)
            self._send(Entry("metrics", {"values": values, "time": now, "step": int(step or 0)}))

    def log_artifact(self, path: str | Path, artifact_path: str | None = None) -> None:
        """Store a file, in the folder `artifact_path` of the run's artifacts if given."""
        path = Path(path).absolute()
        try:
            size = path.stat().st_size
            content = path.read_bytes() if path.is_file() and size <= _EMBEDDED_BYTES else None
        except OSError as error:
            log.warning("the artifact %s cannot be read and is not recorded: %s", path, error)
            self.dropped = True
            return
        if content is None:
            self._send(Entry("file", {"path": str(path), "folder": artifact_path}))
        else:
            self._log_bytes(content, posixpath.join(artifact_path or "", path.name))

    def log_dict(self, obj: Any, artifact_file: str) -> None:
        """Store plain data as JSON (or YAML, if `artifact_file` ends so)."""
        self._send(
            Entry("text", {"text": serialise(obj, artifact_file), "artifact": artifact_file})
        )

    def log_text(self, text: str, artifact_file: str) -> None:
        """Store a text."""
        self._send(Entry("text", {"text": mask_uri(text), "artifact": artifact_file}))

    def log_figure(self, fig: Any, artifact_file: str) -> None:
        """Store a matplotlib figure in the format of the file's ending."""
        buffer = io.BytesIO()
        ending = posixpath.splitext(artifact_file)[1].lstrip(".") or "png"
        fig.savefig(buffer, format=ending, bbox_inches="tight")
        self._log_bytes(buffer.getvalue(), artifact_file)

    def log_dataset(
        self, folder: str | Path, name: str, digest: str, context: str = "generated"
    ) -> None:
        """Link a folder of data, by name and digest, as a dataset of the run."""
        data = {
            "folder": Path(folder).absolute().as_uri(),
            "name": mask_uri(name),
            "digest": digest,
        }
        self._send(Entry("dataset", {**data, "context": context}))

    def _log_bytes(self, content: bytes, artifact: str) -> None:
        encoded = base64.b64encode(content).decode()
        self._send(Entry("bytes", {"base64": encoded, "artifact": artifact}))

    # -- sending ----------------------------------------------------------------------------

    def _send(self, entry: Entry) -> None:
        """Send an entry, or keep it; order is kept, because a later value must win."""
        with self._lock:
            if not self.journal.pending:
                try:
                    refused = deliver(self._store, str(self.run_id), entry)
                except Unavailable:
                    pass
                else:
                    for part, refusal in refused:
                        self._refuse(self.journal.add(part), refusal.failure)
                    return
            self.journal.add(entry)
            self.send_pending(self._patience())

    def _patience(self) -> float:
        """Return how long to retry now: long at first, then one quick attempt now and then."""
        if self._lost_since is None:
            return self._store.timeout
        if time.monotonic() - self._lost_since < max(30.0, self._store.timeout):
            return -1.0
        return 0.0

    def send_pending(self, patience: float, longest: float = math.inf) -> bool:
        """Send what the journal holds; return whether nothing is left that may be sent.

        Parameters
        ----------
        patience : float
            Seconds of retries; 0 is one attempt, negative is none.
        longest : float
            Seconds after which one attempt is given up in any case.

        Returns
        -------
        bool
            False if the store is not available.
        """
        if patience < 0:
            return not self.journal.pending
        pauses = waits(patience)
        with self._lock:
            while self.journal.pending:
                entry = next(iter(self.journal.pending.values()))
                try:
                    refused = deliver(self._store, str(self.run_id), entry, longest)
                except Unavailable as error:
                    pause = next(pauses, None)
                    if pause is None:
                        self._lose(error.failure)
                        return False
                    time.sleep(pause)
                    continue
                self._settle(entry, refused)
            if self._lost_since is not None:
                log.warning("%s is back: what was kept has been sent", self._store.shown)
            self._lost_since = None
            return True

    def _settle(self, entry: Entry, refused: list[Any]) -> None:
        if not refused:
            self.journal.sent(entry)
        elif refused[0][0].data == entry.data:
            self._refuse(entry, refused[0][1].failure)
        else:
            parts = [(self.journal.add(part), refusal) for part, refusal in refused]
            self.journal.sent(entry)
            for part, refusal in parts:
                self._refuse(part, refusal.failure)

    def _refuse(self, entry: Entry, failure: Failure) -> None:
        self.journal.refuse(entry, failure.cause)
        what = ", ".join(entry.data.get("values", {})) or entry.data.get("artifact", "")
        log.warning(
            "MLflow refused %s %s: %s (kept in %s)",
            entry.kind,
            what,
            failure.cause,
            self.journal.path,
        )

    def _lose(self, failure: Failure) -> None:
        first = self._lost_since is None
        self._lost_since = time.monotonic()
        if first:
            log.warning(
                "%s was lost: %s. The run goes on; what could not be sent is kept in %s",
                self._store.shown,
                failure.cause,
                self.journal.path,
            )

    # -- ending -----------------------------------------------------------------------------

    def finish(self, status: str, error: BaseException | None = None) -> None:
        """Set the final status, with the error as a tag and its traceback as an artifact.

        The end is written to the journal first, so that neither an outage nor a second signal
        loses it.

        Parameters
        ----------
        status : str
            "FINISHED", "FAILED" or "KILLED".
        error : BaseException, optional
            What ended the run.
        """
        end = {"status": status, "time": int(time.time() * 1000)}
        with self._lock:
            for entry in _ending_entries(status, error):
                self.journal.add(entry)
            self.journal.add(Entry("end", end))
            if status == "KILLED":
                self.send_pending(min(self._store.timeout, _KILLED_PATIENCE), _KILLED_PATIENCE)
            else:
                self.send_pending(self._store.timeout)
            self.journal.close()


def _ending_entries(status: str, error: BaseException | None) -> list[Entry]:
    if error is None or status == "FINISHED":
        return []
    if status == "KILLED":
        name = "SIGINT" if isinstance(error, KeyboardInterrupt) else str(error)
        return [
            Entry("tags", {"values": {"killed_by": mask_uri(name.replace("terminated by ", ""))}})
        ]
    summary = mask_uri(f"{type(error).__name__}: {error}")
    trace = mask_uri("".join(traceback.format_exception(error)))
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
