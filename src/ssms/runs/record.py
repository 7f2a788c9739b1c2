"""The record of a run: one JSON file in the output folder, and the only ledger of the run.

The record is the file ``OUTPUT/runs/<run>.json``.  It lists the whole files and the records that
were sent to the tracking store.  A process that works on the run holds an advisory lock on
``<run>.lock``, which the system releases however the process ends.  A locked run is live; a
run that is neither locked nor complete was interrupted, and the same command may finish it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import platform
import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ssms._locks import Lock
from ssms.dataset_generators.streams import fresh_seed
from ssms.dataset_generators.writers import write_whole
from ssms.errors import ConfigError
from ssms.runs.files import FileReport

__all__ = [
    "RUNS_FOLDER",
    "RunRecord",
    "begin",
    "claim",
    "live_twins",
    "now",
    "of_mlflow_run",
    "records",
    "remove_fragments",
    "scheduler_task",
]

log = logging.getLogger(__name__)

FORMAT = 1
RUNS_FOLDER = "runs"
# The content that others rely on, with its types.
_TYPES = {
    **dict.fromkeys(("state", "identity", "seed_source", "model", "folder"), str),
    **dict.fromkeys(("seed", "restarts", "n_files"), int),
    **dict.fromkeys(("slurm", "tracking", "config"), dict),
    "files": list,
}
_TYPES_OF_FILE = {"index": int, "name": str, "bytes": int, "rows": int, "sets": int}
_TYPES_OF_ARRAY = {"name": str, "task": int, "of": int}


def now() -> str:
    """Return the present time in ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def scheduler_task(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the name of this task of a batch system, the same again after it was requeued.

    ``job``, ``task`` and ``process``; empty outside Slurm.

    Examples
    --------
    >>> scheduler_task({"SLURM_ARRAY_JOB_ID": "71", "SLURM_ARRAY_TASK_ID": "3"})
    {'job': '71', 'task': '3', 'process': '0'}
    """
    environ = os.environ if environ is None else environ
    job = environ.get("SLURM_ARRAY_JOB_ID") or environ.get("SLURM_JOB_ID")
    if not job:
        return {}
    return {
        "job": job,
        "task": environ.get("SLURM_ARRAY_TASK_ID") or "",
        "process": environ.get("SLURM_PROCID") or "0",
    }


@dataclasses.dataclass
class RunRecord:
    """One run: the path of its record, and its content, which is plain data without secrets.

    It is `resumed` if an earlier process began this run.
    """

    path: Path
    content: dict[str, Any]
    resumed: bool = False
    _lock: Lock | None = dataclasses.field(default=None, repr=False)
    _made_folders: list[Path] = dataclasses.field(default_factory=list, repr=False)

    @property
    def name(self) -> str:
        """The name of the run, as in its file's name."""
        return self.path.stem

    @property
    def complete(self) -> bool:
        """Whether all data were made and all of the tracking was sent."""
        return self.content["state"] == "complete" and not self.tracking_incomplete

    @property
    def tracking_incomplete(self) -> bool:
        """Whether something of the run is still to be sent to the tracking store."""
        tracking = self.content["tracking"]
        return bool(tracking.get("enabled")) and tracking.get("complete") is not True

    @property
    def reports(self) -> dict[int, FileReport]:
        """The facts of its files, by index."""
        return {file["index"]: FileReport(**file) for file in self.content["files"]}

    @property
    def holder(self) -> str:
        """Which process works on the run, for messages."""
        return f"process {self.content.get('pid')} on {self.content.get('host')}"

    def save(self, **changes: Any) -> None:
        """Change entries of the record and write it, whole or not at all."""
        self.content.update(changes, updated=now())
        # Without indentation: the standard library then writes it in C.
        text = json.dumps(self.content, ensure_ascii=False) + "\n"
        # A name of a folder that is no text in UTF-8 becomes an escape of JSON.
        content = text.encode(errors="backslashreplace")
        write_whole(self.path, lambda stream: stream.write(content))

    def release(self) -> None:
        """Give up the lock; the file of a complete run's lock is removed."""
        if self._lock is not None:
            self._lock.release(remove=self.complete)
            self._lock = None

    def discard(self) -> None:
        """Remove a record that describes nothing, because the run could not be opened."""
        for path in (self.path, self.path.with_suffix(".lock")):
            path.unlink(missing_ok=True)
        self.release()
        with contextlib.suppress(OSError):  # not empty: others have runs there
            for folder in self._made_folders:
                folder.rmdir()

    @property
    def locked_reliably(self) -> bool:
        """Whether this process holds the lock, on a file system that has locks."""
        return self._lock is not None and self._lock.reliable

    @property
    def is_live(self) -> bool:
        """Whether another process works on the run, as far as this one can see."""
        lock = Lock(self.path.with_suffix(".lock"))
        try:
            held = lock.is_held()
        except PermissionError:  # another user's run, in a folder that is shared
            return True
        return held if lock.reliable else _process_lives(self.content)

    def lock(self) -> bool:
        """Take the lock and read the record again; False if another process works on the run."""
        lock = Lock(self.path.with_suffix(".lock"))
        try:
            if not lock.take():
                return False
        except PermissionError:  # another user's run, in a folder that is shared
            return False
        try:
            self.content = _read(self.path)
        except (ConfigError, FileNotFoundError):  # discarded since it was listed
            lock.release(remove=True)
            return False
        if lock.reliable or not _process_lives(self.content):
            self._lock = lock
            return True
        lock.release()
        return False


def records(output: Path) -> Iterator[RunRecord]:
    """Yield the records of an output folder, oldest first, not locked.

    A record that this user may not read is passed over; one that is damaged is passed over with a
    warning.
    """
    for path in sorted((output / RUNS_FOLDER).glob("*.json")):
        try:
            record = read_record(path)
        except OSError as error:
            log.debug("%s cannot be read: %s", path, error)
        else:
            if record is not None:
                yield record


def claim(output: Path, wanted: Mapping[str, Any], *, new_run: bool) -> RunRecord:
    """Return the run that this command is to work on, locked.

    It is an earlier run of the same command that is not complete and on which no process works; the
    complete one, if this command could only repeat it; else, and with `new_run`, a new one, already
    on disk.  `wanted` is the content of a new record: what decides the data (``identity``),
    ``seed`` (None if it is to be drawn), ``slurm`` and all else that is to be recorded.
    """
    if not new_run:
        for record in _candidates(output, wanted):
            if record.lock():
                if _is_ours(record, wanted):
                    return take_over(record, wanted)
                record.release()
    return begin(output, wanted)


def of_mlflow_run(output: Path, run_id: str) -> RunRecord | None:
    """Return the record of the run that MLflow knows as `run_id`, not locked, if there is one."""
    found = (r for r in records(output) if r.content["tracking"].get("run_id") == run_id)
    return next(found, None)


def take_over(record: RunRecord, wanted: Mapping[str, Any]) -> RunRecord:
    """Make a locked record this process's, without the unfinished writes of a killed one."""
    record.resumed = True
    if record.locked_reliably:
        for fragment in record.path.parent.glob(f".{record.path.name}.*.tmp"):
            fragment.unlink(missing_ok=True)
    record.content.update(slurm=wanted["slurm"], restarts=wanted["restarts"])
    record.content.update(_this_process(record.locked_reliably))
    return record


def live_twins(record: RunRecord, output: Path) -> list[str]:
    """Return the names of live runs that make the same files as this one."""
    twins = []
    for other in records(output):
        same = all(
            other.content.get(key) == record.content.get(key)
            for key in ("identity", "seed", "array")
        )
        running = other.name != record.name and other.content["state"] == "running"
        if same and running and other.is_live:
            twins.append(other.name)
    return twins


def _candidates(output: Path, wanted: Mapping[str, Any]) -> list[RunRecord]:
    """Return runs that this command may continue, runs of the same scheduler task first."""
    mine = [record for record in records(output) if _is_ours(record, wanted)]
    slurm = wanted["slurm"]

    def strangeness(record: RunRecord) -> tuple[bool, bool, bool]:
        theirs = record.content["slurm"]
        return (record.complete, theirs != slurm, theirs.get("task") != slurm.get("task"))

    return sorted(mine, key=strangeness)


def _is_ours(record: RunRecord, wanted: Mapping[str, Any]) -> bool:
    """Whether the same command began the run and could still do something for it.

    A task of a Slurm array does not touch the runs of its sister tasks: they may be requeued.  A
    complete run is ours if its seed was asked for by name, or if this very task was requeued.
    """
    content = record.content
    if content["identity"] != wanted["identity"] or content.get("array"):
        return False
    if wanted["seed"] is not None and content["seed"] != wanted["seed"]:
        return False
    if wanted["seed"] is None and content["seed_source"] != "drawn":
        return False
    theirs, slurm = content["slurm"], wanted["slurm"]
    if slurm and theirs != slurm and theirs.get("job") == slurm["job"]:
        return False
    if not record.complete:
        return True
    requeued = bool(slurm) and theirs == slurm and content["restarts"] < wanted["restarts"]
    return wanted["seed"] is not None or requeued


def begin(output: Path, wanted: Mapping[str, Any], name: str = "") -> RunRecord:
    """Return a new run, locked and on disk (see `claim`).

    It raises `ConfigError` if another process has just begun a run of that name.
    """
    folder = output / RUNS_FOLDER
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    seed = wanted["seed"]
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    record = RunRecord(folder / f"{name or f'{stamp}-{secrets.token_hex(4)}'}.json", {})
    record._made_folders = missing
    record._lock = Lock(record.path.with_suffix(".lock"))
    if not record._lock.take():
        raise ConfigError(f"the run {record.name} is live: another process works on it")
    record.content = {
        "format": FORMAT,
        "run": record.name,
        "state": "running",
        "created": now(),
        **wanted,
        "seed": fresh_seed() if seed is None else seed,
        "files": [],
        **_this_process(record.locked_reliably),
    }
    record.save()
    return record


def remove_fragments(folder: Path) -> None:
    """Remove the fragments of records that killed processes had not finished writing."""
    for fragment in folder.glob(".*.json.*.tmp"):
        path = folder / fragment.name[1:].rsplit(".", 2)[0]
        lock = Lock(path.with_suffix(".lock"))
        with contextlib.suppress(OSError):
            if lock.take():
                if lock.reliable:
                    fragment.unlink(missing_ok=True)
                lock.release(remove=lock.reliable)


def read_record(path: Path) -> RunRecord | None:
    """Return the record at a path, not locked; None if there is none or it is damaged."""
    try:
        return RunRecord(path, _read(path))
    except FileNotFoundError:
        return None
    except ConfigError as error:
        log.warning("%s: it is ignored, and its run cannot be continued", error)
        return None


def _read(path: Path) -> dict[str, Any]:
    """Read a record; `ConfigError` if the file is not a record."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] > FORMAT:
            raise ConfigError(f"{path} was written by a later version of ssm-simulators")
        check_types(content, _TYPES)
        for file in content["files"]:
            FileReport(**file)  # which says whether a key is missing or unknown
            check_types(file, _TYPES_OF_FILE)
        if content.get("array") is not None:
            check_types(content["array"], _TYPES_OF_ARRAY)
    except ConfigError:
        raise
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"{path} is damaged or not the record of a run") from error
    return dict(content)


def check_types(content: Mapping[str, Any], types: Mapping[str, Any]) -> None:
    """Raise KeyError or TypeError if an entry is absent or of another type."""
    for key, kind in types.items():
        if not isinstance(content[key], kind):
            raise TypeError(key)


def _process_lives(content: Mapping[str, Any]) -> bool:
    """Guess, where there are no locks, whether the process that wrote a record still runs."""
    same_task = bool(content["slurm"]) and content["slurm"] == scheduler_task()
    if content["state"] != "running" or same_task:
        return False
    if content.get("host") != platform.node():
        return True
    started = _start_of_process(content["pid"])
    return started is not None and content.get("process_started") in (None, started)


def _start_of_process(pid: int) -> float | None:
    """Return when a process of this machine started; it tells processes of one number apart."""
    import psutil

    try:
        return round(float(psutil.Process(pid).create_time()), 2)
    except psutil.Error:
        return None


def _this_process(locked_reliably: bool) -> dict[str, Any]:
    """Return the process that works on the run, as the record names it.

    Where the lock tells whether the process lives, its start time is not needed.
    """
    pid = os.getpid()
    started = None if locked_reliably else _start_of_process(pid)
    return {"host": platform.node(), "pid": pid, "process_started": started}
