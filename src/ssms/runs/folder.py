"""The content of an output folder: runs, files, and whether the files are whole."""

from __future__ import annotations

import dataclasses
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ssms.dataset_generators.settings import checked
from ssms.errors import ConfigError, SsmsError
from ssms.runs.files import FileReport, Job, find_faults
from ssms.runs.record import RUNS_FOLDER, RunRecord, read_record, records
from ssms.runs.summary import aligned, count_files
from ssms.tracking.locations import home_expanded

__all__ = ["FolderCheck", "FolderStatus", "RunStatus", "check", "finish", "status"]

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class RunStatus:
    """One run of a folder; the records of tasks that share it are merged.

    Attributes
    ----------
    run, model : str
        Its name, and its model's.
    seed : int
    state : str
        "complete", "live", "interrupted", "failed", or "killed" where the process is gone.
    tasks : str
        For a shared run, how many of its tasks are complete ("5 of 7").
    n_files, there : int
        Files of the run; files that are whole as far as their size says.
    missing, damaged : tuple of str
        Paths of files that are not there, or have another size than the record says.
    tracking : str
        "sent", "incomplete", or "-" if the run is not tracked.
    repeat : str
        The command that makes the same data again, or the rest of it.

    Examples
    --------
    >>> from ssms.runs import status
    >>> [(one.run, one.state, one.missing) for one in status("data").runs]  # doctest: +SKIP
    """

    run: str
    model: str
    seed: int
    state: str
    tasks: str
    n_files: int
    there: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    tracking: str
    repeat: str


@dataclasses.dataclass(frozen=True)
class FolderStatus:
    """The runs of an output folder; it prints.

    Attributes
    ----------
    output : str
        The folder.
    runs : tuple of RunStatus
        Oldest first.
    unread : int
        Records that are damaged, or of a later version; a warning names each.

    Examples
    --------
    >>> from ssms.runs import status
    >>> print(status("data"))  # doctest: +SKIP
    """

    output: str
    runs: tuple[RunStatus, ...]
    unread: int = 0

    @property
    def complete(self) -> bool:
        """Whether there are runs, all of them complete, and every file there."""
        whole = all(run.state == "complete" and run.there == run.n_files for run in self.runs)
        return whole and bool(self.runs) and not self.unread

    def as_dict(self) -> dict[str, Any]:
        """Return the status as plain data, for ``--json``."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        if not self.runs:
            return f"{self.output} holds no runs" + (" that can be read" if self.unread else "")
        head = ("run", "state", "tasks", "model", "seed", "files", "missing", "damaged", "tracking")
        rows = [
            (run.run, run.state, run.tasks, run.model, run.seed, f"{run.there} of {run.n_files}",
             len(run.missing), len(run.damaged), run.tracking)
            for run in self.runs
        ]  # fmt: skip
        lines = [aligned([head, *rows])]
        for run in self.runs:
            lines += [f"damaged: {path}" for path in run.damaged]
            if run.state not in ("complete", "live"):
                lines.append(f"go on: {run.repeat}")
        return "\n".join(lines)


@dataclasses.dataclass(frozen=True)
class FolderCheck:
    """The faults that reading every training file of a folder found; it prints.

    Attributes
    ----------
    output : str
        The folder.
    n_files, missing : int
        Files that were read; files that records name and that are not there.
    faults : mapping of str to tuple of str
        Faults, by path.
    """

    output: str
    n_files: int
    missing: int
    faults: Mapping[str, tuple[str, ...]]

    @property
    def sound(self) -> bool:
        """Whether there are files, and nothing is wrong with them."""
        return bool(self.n_files) and not self.faults and not self.missing

    def as_dict(self) -> dict[str, Any]:
        """Return the findings as plain data, for ``--json``."""
        return dataclasses.asdict(self)

    def __str__(self) -> str:
        lines = [f"{path}: {'; '.join(faults)}" for path, faults in self.faults.items()]
        if self.missing:
            lines.append(f"{count_files(self.missing)} of the recorded runs missing")
        if not self.n_files:
            return "\n".join([*lines, f"{self.output} holds no training files"])
        verdict = f"{len(self.faults)} damaged" if self.faults else "all whole"
        lines.append(f"{count_files(self.n_files)} checked in {self.output}: {verdict}")
        return "\n".join(lines)


def status(output: str | Path) -> FolderStatus:
    """Compare the records of an output folder with its files.

    Parameters
    ----------
    output : path
        The folder given as ``--output``.

    Returns
    -------
    FolderStatus

    Raises
    ------
    ConfigError
        If there is no such folder.

    Examples
    --------
    >>> from ssms.runs import generate
    >>> summary = generate(output="data", n_files=2)  # doctest: +SKIP
    >>> status("data").complete  # doctest: +SKIP
    True
    """
    folder = _existing(output)
    groups = dict(_groups(folder))
    runs = tuple(_status_of(folder, *group) for group in groups.items())
    listed = sum(1 for _ in (folder / RUNS_FOLDER).glob("*.json"))
    return FolderStatus(str(folder), runs, listed - sum(map(len, groups.values())))


def _existing(output: str | Path) -> Path:
    folder = home_expanded(checked("output", output, "the folder"), "the folder")
    if not folder.is_dir():
        raise ConfigError(f"there is no folder {folder}")
    return folder


def _groups(folder: Path) -> Iterator[tuple[str, list[RunRecord]]]:
    """Yield runs by name with their records: one, or one for each task that shares it."""
    found: dict[str, list[RunRecord]] = defaultdict(list)
    for record in records(folder):
        array = record.content.get("array")
        found[array["name"] if array else record.name].append(record)
    yield from found.items()


def _status_of(folder: Path, name: str, group: list[RunRecord]) -> RunStatus:
    first = group[0].content
    known = {index: report for record in group for index, report in record.reports.items()}
    data = folder / first["folder"]
    missing, damaged = [], []
    for index, path in _paths(first, data, known).items():
        if not path.exists():
            missing.append(str(path))
        elif index in known and path.stat().st_size != known[index].bytes:
            damaged.append(str(path))
    n_files = first["n_files"]
    state, tasks = _state(group)
    tracked = [record for record in group if record.content["tracking"].get("enabled")]
    unsent = any(record.tracking_incomplete for record in tracked)
    return RunStatus(
        run=name,
        model=first["model"],
        seed=first["seed"],
        state=state,
        tasks=tasks,
        n_files=n_files,
        there=n_files - len(missing) - len(damaged),
        missing=tuple(missing),
        damaged=tuple(damaged),
        tracking=("incomplete" if unsent else "sent") if tracked else "-",
        repeat=first.get("repeat", ""),
    )


def _paths(
    content: Mapping[str, Any], data: Path, known: Mapping[int, FileReport]
) -> dict[int, Path]:
    """Return where each file of a run stands; those the record lists, if their names are lost."""
    try:
        generator = Job.of(content["config"], content["seed"]).generator
        return {i: data / generator.file_name(i) for i in range(content["n_files"])}
    except (SsmsError, KeyError) as error:  # made by another version, or with a user's model
        log.debug("files of run %s cannot be named: %s", content.get("run"), error)
        unnamed = range(content["n_files"])
        return {i: data / (known[i].name if i in known else f"file {i}") for i in unnamed}


def _state(group: list[RunRecord]) -> tuple[str, str]:
    """Return the state of a run, and how many of its tasks are complete."""
    states = [_live_state(record) for record in group]
    if not group[0].content.get("array"):
        return states[0], ""
    of = group[0].content["array"]["of"]
    complete = states.count("complete")
    worst = [state for state in ("live", "failed", "interrupted", "killed") if state in states]
    if complete == of:
        return "complete", f"{complete} of {of}"
    return (worst[0] if worst else "interrupted"), f"{complete} of {of}"


def _live_state(record: RunRecord) -> str:
    """Return the state of a run; its lock tells a live process from a killed one."""
    state = str(record.content["state"])
    if state != "running":
        return state
    if record.is_live:
        return "live"
    again = read_record(record.path) or record  # it may have ended since it was read
    state = str(again.content["state"])
    return "killed" if state == "running" else state


def check(output: str | Path) -> FolderCheck:
    """Read every training file of an output folder.

    Parameters
    ----------
    output : path
        The folder given as ``--output``, or any folder with training files below it.

    Returns
    -------
    FolderCheck
        Size and SHA-256 as recorded, counts and shapes as configured, finite labels.

    Raises
    ------
    ConfigError
        If there is no such folder.

    Examples
    --------
    >>> from ssms.runs import generate
    >>> summary = generate(output="data", n_files=2)  # doctest: +SKIP
    >>> check("data").sound  # doctest: +SKIP
    True
    """
    folder = _existing(output)
    known: dict[Path, FileReport] = {}
    missing = 0
    for _, group in _groups(folder):
        data = folder / group[0].content["folder"]
        for record in group:
            known |= {data / report.name: report for report in record.reports.values()}
    missing = sum(not path.exists() for path in known)
    paths = sorted(folder.rglob("training_data_*.pickle"))
    faults = {}
    for path in paths:
        try:
            found = find_faults(path, known.get(path))
        except OSError as error:
            found = [f"cannot be read: {error.strerror or error}"]
        if found:
            faults[str(path)] = tuple(found)
    return FolderCheck(str(folder), len(paths), missing, faults)


def finish(output: str | Path) -> list[str]:
    """End the MLflow runs of shared runs whose tasks will not come back.

    Parameters
    ----------
    output : path
        The folder given as ``--output``.

    Returns
    -------
    list of str
        Ids of the parent runs that were ended.

    Examples
    --------
    >>> finish("data")  # doctest: +SKIP
    """
    from ssms.runs.parents import end_parent

    folder = _existing(output)
    ended = []
    for _, group in _groups(folder):
        if group[0].content.get("array"):
            state, _ = _state(group)
            parent = end_parent(group, "FINISHED" if state == "complete" else "KILLED")
            ended += [parent] if parent else []
    return ended
