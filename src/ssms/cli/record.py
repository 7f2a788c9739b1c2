"""The record of a run: one JSON file in the output folder, by which a run can be found again.

A record stands in ``OUTPUT/runs/<run>.json``.  While a process works on the run it holds an
advisory lock on ``<run>.lock`` beside it, which the system releases when the process dies, however
it dies.  Hence: locked, the run is live; not locked and not complete, it was interrupted and may
be finished by the same command.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import secrets
import socket
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ssms.dataset_generators.streams import fresh_seed
from ssms.dataset_generators.writers import write_whole
from ssms.errors import ConfigError

__all__ = [
    "RUNS_FOLDER",
    "RunRecord",
    "begin",
    "claim",
    "claim_mlflow_run",
    "live_twins",
    "records",
    "slurm_identity",
]

FORMAT = 1
RUNS_FOLDER = "runs"

NO_LOCKS_HERE = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP)


def now() -> str:
    """Return the present time in ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def slurm_identity(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what names this Slurm task, the same again after it was requeued.

    Parameters
    ----------
    environ : mapping of str to str, optional
        The environment; default `os.environ`.

    Returns
    -------
    dict of str to str
        ``job``, ``task`` and ``process``; empty outside Slurm.

    Examples
    --------
    >>> slurm_identity({"SLURM_ARRAY_JOB_ID": "71", "SLURM_ARRAY_TASK_ID": "3"})
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
    """One run: where its record stands, and what it says.

    Attributes
    ----------
    path : pathlib.Path
        The JSON file.
    content : dict
        What is written there; plain data, without secrets.
    resumed : bool
        Whether an earlier process began this run.
    """

    path: Path
    content: dict[str, Any]
    resumed: bool = False
    _lock: int | None = dataclasses.field(default=None, repr=False)
    _made_folders: list[Path] = dataclasses.field(default_factory=list, repr=False)

    @property
    def name(self) -> str:
        """The name of the run, as in its file's name."""
        return self.path.stem

    @property
    def journal(self) -> Path:
        """Where tracking keeps what it could not send."""
        return self.path.with_suffix(".journal.jsonl")

    @property
    def complete(self) -> bool:
        """Whether all data were made and all of the tracking was sent."""
        return self.content["state"] == "complete" and not self.tracking_incomplete

    @property
    def tracking_incomplete(self) -> bool:
        """Whether something of the run is still to be sent to the tracking store."""
        tracking = self.content["tracking"]
        return bool(tracking.get("enabled")) and tracking.get("complete") is not True

    def save(self, **changes: Any) -> None:
        """Change entries of the record and write it, whole or not at all."""
        self.content.update(changes, updated=now())
        text = json.dumps(self.content, indent=2, ensure_ascii=False) + "\n"
        write_whole(self.path, lambda stream: stream.write(text.encode()))

    def release(self) -> None:
        """Give up the lock; that of a complete run is no longer needed and is removed."""
        if self._lock is None:
            return
        if self.complete:
            self.path.with_suffix(".lock").unlink(missing_ok=True)
        os.close(self._lock)
        self._lock = None

    def discard(self) -> None:
        """Remove a record that describes nothing, because the run could not be opened."""
        for path in (self.path, self.path.with_suffix(".lock"), self.journal):
            path.unlink(missing_ok=True)
        self.release()
        with contextlib.suppress(OSError):  # not empty: others have runs there
            for folder in self._made_folders:
                folder.rmdir()

    def lock(self) -> bool:
        """Take the lock and read the record again; False if another process works on the run."""
        try:
            descriptor = _take_lock(self.path.with_suffix(".lock"))
        except PermissionError:  # another user's run, in a folder that is shared
            return False
        if descriptor is None:
            return False
        self._lock = descriptor
        try:
            self.content = _read(self.path)
        except (ConfigError, FileNotFoundError):  # discarded since it was listed
            self.path.with_suffix(".lock").unlink(missing_ok=True)
        else:
            if _lock_is_reliable(descriptor) or not _process_lives(self.content):
                return True
        os.close(descriptor)
        self._lock = None
        return False


def records(output: Path) -> Iterator[RunRecord]:
    """Yield the records of an output folder, oldest first.

    Parameters
    ----------
    output : pathlib.Path
        The folder given as ``--output``.

    Yields
    ------
    RunRecord
        Not locked.  A file that is no record of a run, or that this user may not read, is passed
        over.
    """
    for path in sorted((output / RUNS_FOLDER).glob("*.json")):
        with contextlib.suppress(ConfigError, OSError):
            yield RunRecord(path, _read(path))


def claim(output: Path, wanted: Mapping[str, Any], *, new_run: bool) -> RunRecord:
    """Return the run that this command is to work on, locked.

    Parameters
    ----------
    output : pathlib.Path
        The folder given as ``--output``; made if absent.
    wanted : mapping
        The content of a new record: what decides the data (``identity``), ``seed`` (None if
        it is to be drawn), ``slurm`` and all else that is to be recorded.
    new_run : bool
        Never return an earlier run.

    Returns
    -------
    RunRecord
        An earlier run of the same command that is not complete and that nobody works on; the
        complete one, if this command could only repeat it; else a new one, already on disk.
    """
    if not new_run:
        for record in _candidates(output, wanted):
            if record.lock():
                if _is_ours(record, wanted):
                    return _take_over(record, wanted)
                record.release()
    return begin(output, wanted)


def claim_mlflow_run(output: Path, run_id: str, wanted: Mapping[str, Any]) -> RunRecord | None:
    """Return the run that MLflow knows as `run_id`, locked; None if there is no record of it.

    Raises
    ------
    ConfigError
        If another process works on it.
    """
    for record in records(output):
        if record.content["tracking"].get("run_id") == run_id:
            if record.lock():
                return _take_over(record, wanted)
            where = f"process {record.content.get('pid')} on {record.content.get('host')}"
            raise ConfigError(f"the MLflow run {run_id} is live: {where} works on it")
    return None


def _take_over(record: RunRecord, wanted: Mapping[str, Any]) -> RunRecord:
    record.resumed = True
    record.content.update(slurm=wanted["slurm"], restarts=wanted["restarts"], **_this_process())
    return record


def live_twins(record: RunRecord, output: Path) -> list[str]:
    """Return the names of live runs that make the same files as this one."""
    twins = []
    for other in records(output):
        same = all(other.content[key] == record.content[key] for key in ("identity", "seed"))
        if same and other.name != record.name and other.content["state"] == "running":
            if other.lock():
                other.release()
            else:
                twins.append(other.name)
    return twins


def _candidates(output: Path, wanted: Mapping[str, Any]) -> list[RunRecord]:
    """Return runs that this command may continue: first those of the same Slurm task."""
    mine = [record for record in records(output) if _is_ours(record, wanted)]
    slurm = wanted["slurm"]

    def strangeness(record: RunRecord) -> tuple[bool, bool, bool]:
        theirs = record.content["slurm"]
        return (record.complete, theirs != slurm, theirs.get("task") != slurm.get("task"))

    return sorted(mine, key=strangeness)


def _is_ours(record: RunRecord, wanted: Mapping[str, Any]) -> bool:
    """Whether the same command began the run and could still do something for it.

    A task of a Slurm array leaves the runs of its sister tasks alone: they may be requeued.  A
    complete run is ours if its seed was asked for by name, or if this very task was requeued.
    """
    content = record.content
    if content["identity"] != wanted["identity"]:
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


def begin(output: Path, wanted: Mapping[str, Any]) -> RunRecord:
    """Return a new run, locked and on disk (see `claim`)."""
    folder = output / RUNS_FOLDER
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    seed = wanted["seed"]
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    record = RunRecord(folder / f"{stamp}-{secrets.token_hex(4)}.json", {})
    record._made_folders = missing
    record._lock = _take_lock(record.path.with_suffix(".lock"))
    record.content = {
        "format": FORMAT,
        "run": record.name,
        "state": "running",
        "created": now(),
        **wanted,
        "seed": fresh_seed() if seed is None else seed,
        "files": [],
        **_this_process(),
    }
    record.save()
    return record


def _read(path: Path) -> dict[str, Any]:
    """Read a record; `ConfigError` if the file is none of ours."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] > FORMAT:
            raise ConfigError(f"{path} was written by a later version of ssm-simulators")
        for key in ("state", "identity", "seed", "seed_source", "slurm", "restarts", "tracking"):
            content[key]
    except (ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"{path} is not the record of a run") from error
    return dict(content)


def _take_lock(path: Path) -> int | None:
    """Open and lock a file without waiting; None if another process holds it."""
    import fcntl

    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in NO_LOCKS_HERE:
                os.close(descriptor)
                if isinstance(error, BlockingIOError):
                    return None
                raise
        # The holder may have removed the file between our opening and locking it.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                return descriptor
        os.close(descriptor)


def _lock_is_reliable(descriptor: int) -> bool:
    """Whether the file system knows advisory locks (some cluster mounts do not)."""
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _process_lives(content: Mapping[str, Any]) -> bool:
    """Guess, where there are no locks, whether the process that wrote a record still runs."""
    if content["state"] != "running" or (content["slurm"] and content["slurm"] == slurm_identity()):
        return False
    if content.get("host") != socket.gethostname():
        return True
    return _start_of_process(content["pid"]) == content.get("process_started")


def _start_of_process(pid: int) -> float | None:
    """Return when a process of this machine started, by which a number used again is told."""
    import psutil

    try:
        return round(float(psutil.Process(pid).create_time()), 2)
    except psutil.Error:
        return None


def _this_process() -> dict[str, Any]:
    """Return what a record says of the process that works on its run."""
    pid = os.getpid()
    return {
        "host": socket.gethostname(),
        "pid": pid,
        "process_started": _start_of_process(pid),
    }
