"""One run that several tasks share: which task makes which files, and where that is written.

Task r of N makes the files r, r + N, r + 2 N, ...  The tasks agree through files in the output
folder, each of which one task makes and no task changes: the head of the run, which fixes its seed
and N, and, where a scheduler does not say which rank an index has, one claim for each rank.  Each
task has a record of its own.  So no lock is needed for correctness.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ssms._locks import patiently
from ssms.dataset_generators.settings import checked
from ssms.dataset_generators.streams import fresh_seed
from ssms.errors import ConfigError
from ssms.runs.record import (
    RUNS_FOLDER,
    RunRecord,
    begin,
    check_types,
    now,
    read_record,
    take_over,
)

__all__ = ["Share", "claim_share", "share_of"]

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Share:
    """The part of a run that this task is to make.

    Attributes
    ----------
    index : int
        Number of the task, as its scheduler or the user counts.
    of : int
        Number of tasks.
    first, step : int or None
        The indices are first, first + step, ...; None where the scheduler does not say.
    job : str
        Id of the array's job; "" where the user says which task this is.
    """

    index: int
    of: int
    first: int | None = 1
    step: int | None = 1
    job: str = ""


def _rank(index: int, head: Mapping[str, Any]) -> int | None:
    """Return the rank of a task, from 0; None where the scheduler does not say."""
    if head["first"] is None or head["step"] is None:
        return None
    rank, rest = divmod(index - head["first"], head["step"])
    return rank if rest == 0 and 0 <= rank < head["of"] else None


def share_of(
    given: Mapping[str, Any],
    label: Callable[[str], str] = "--{}".format,
    environ: Mapping[str, str] | None = None,
) -> Share | None:
    """Return the share that arguments and the scheduler's environment give to this process.

    `given` holds ``task``, ``of`` and ``array``; `label` returns their names in messages.  None if
    the run is not shared.  It raises `ConfigError` if the arguments do not go together, or no
    scheduler says which task this is.
    """
    environ = os.environ if environ is None else environ
    task, of = given.get("task"), given.get("of")
    task = None if task is None else checked("task", task, label("task"))
    of = None if of is None else checked("of", of, label("of"))
    if given.get("array"):
        if task is not None:
            raise ConfigError(f"{label('task')} and {label('array')} exclude each other")
        return _from_scheduler(environ, of, label)
    if (task is None) != (of is None):
        raise ConfigError(f"{label('task')} and {label('of')} go together")
    if task is None or of is None:
        return None
    if task > of:
        raise ConfigError(f"{label('task')} must be from 1 to {of} ({label('of')}), got {task}")
    return Share(task, of)


# Variables of a task's index, of the first and the last index, of their step, and of the job.
_SCHEDULERS = (
    ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX",
     "SLURM_ARRAY_TASK_STEP", ("SLURM_ARRAY_JOB_ID",)),
    ("PBS_ARRAY_INDEX", "", "", "", ("PBS_ARRAY_ID", "PBS_JOBID")),
    ("PBS_ARRAYID", "", "", "", ("PBS_JOBID",)),
    ("SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE", ("JOB_ID",)),
)  # fmt: skip


def _from_scheduler(
    environ: Mapping[str, str], of: int | None, label: Callable[[str], str]
) -> Share:
    """Return the share of a task; irregular gaps between indices leave its rank open."""

    def number(name: str) -> int | None:
        text = environ.get(name, "").strip()  # SGE says "undefined" outside an array
        return int(text) if text.isdecimal() else None

    for names in _SCHEDULERS:
        index, first, last, step = map(number, names[:4])
        if index is not None:
            job = next((environ[name] for name in names[4] if environ.get(name)), "array")
            break
    else:
        raise ConfigError(
            f"{label('array')} needs a task of a job array, but neither SLURM_ARRAY_TASK_ID nor "
            "PBS_ARRAY_INDEX, PBS_ARRAYID or SGE_TASK_ID is a number"
        )
    job = re.sub(r"[^\w.\-]", "_", job.partition("[")[0])
    of = of or number("SLURM_ARRAY_TASK_COUNT") or None
    if first is not None and last is not None and first <= last:
        step = step or 1
        regular = (last - first) // step + 1
        if of in (None, regular):
            return Share(index, regular, first, step, job)
    if of is None:
        raise ConfigError(
            f"the scheduler does not say how many tasks the array has; give {label('of')} N"
        )
    return Share(index, of, None, None, job)


def claim_share(output: Path, wanted: Mapping[str, Any], share: Share) -> RunRecord:
    """Return the record of this task's part of a run, locked; begun if it is not there.

    `wanted` is the content of a new record (see `ssms.runs.record.claim`).  It raises `ConfigError`
    if the run was begun for another number of tasks or another seed, or another process works on
    this part.
    """
    head = _head_of_job(output, wanted, share)
    rank = _rank(share.index, head)
    if rank is None:
        rank = _claimed_rank(output, head, share.index)
    content = {
        **wanted,
        "seed": head["seed"],
        "seed_source": head["seed_source"],
        "array": {"name": head["name"], "task": rank + 1, "of": head["of"]},
    }
    path = _record_path(output, head, rank)
    record = read_record(path)
    if record is None:
        return begin(output, content, name=path.stem)
    # Other tasks hold the lock for a moment to see whether it is free.
    if not patiently(record.lock, [0.1] * 10):
        raise ConfigError(
            f"task {rank + 1} of {head['of']} of the run {head['name']} is live: {record.holder} "
            "works on it"
        )
    if record.content["identity"] != wanted["identity"]:
        record.release()
        raise ConfigError(f"{path} is the record of another command")
    return take_over(record, content)


def _record_path(output: Path, head: Mapping[str, Any], rank: int) -> Path:
    width = len(str(head["of"]))
    name = f"{head['name']}-task-{rank + 1:0{width}d}-of-{head['of']}.json"
    return output / RUNS_FOLDER / name


def _head_of_job(output: Path, wanted: Mapping[str, Any], share: Share) -> dict[str, Any]:
    """Return the head of the run that this job works on; its first task decides for all."""
    head = _new_head(wanted, share)
    path = output / RUNS_FOLDER / f"{head['name']}.array"
    if not path.exists():
        earlier = _run_to_continue(output, wanted, share)
        if earlier is not None:
            log.info("going on with the run %s", earlier["name"])
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_once(path, head if earlier is None else {"continues": earlier["name"]})
    found = _read(path, _TYPES_OF_HEAD)
    if "continues" in found:
        return _read(output / RUNS_FOLDER / f"{found['continues']}.array", _TYPES_OF_HEAD)
    if found["of"] != share.of:
        raise ConfigError(
            f"the run {head['name']} was begun for {found['of']} tasks, and this task is one of "
            f"{share.of}; another seed or output folder makes another run"
        )
    return found


def _new_head(wanted: Mapping[str, Any], share: Share) -> dict[str, Any]:
    """Return the head of a new run; without a seed, the id of the job gives it."""
    identity, seed = wanted["identity"], wanted["seed"]
    name = "-".join(
        ["array", *([share.job] if share.job else []), identity[:8]]
        + ([str(seed)] if seed is not None else [])
    )
    source = wanted["seed_source"]
    if seed is None and share.job:
        text = f"{share.job} {identity}"
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big")
        source = "array job"
    facts = dataclasses.asdict(share)
    del facts["index"]
    return facts | {
        "name": name,
        "identity": identity,
        "seed": fresh_seed() if seed is None else seed,
        "seed_source": source,
        "n_files": wanted["n_files"],
        "created": now(),
    }


def _make_once(path: Path, content: Mapping[str, Any]) -> bool:
    """Write a file unless it exists; return whether this call made it."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    temporary.write_text(json.dumps(content) + "\n", encoding="utf-8")
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        try:
            with path.open("x", encoding="utf-8") as stream:
                stream.write(json.dumps(content) + "\n")
        except FileExistsError:
            return False
    finally:
        temporary.unlink(missing_ok=True)
    return True


# A head that goes on with another run holds its name only.
_TYPES_OF_HEAD = {
    **dict.fromkeys(("name", "identity", "job", "created", "seed_source"), str),
    **dict.fromkeys(("of", "seed"), int),
    **dict.fromkeys(("first", "step"), int | None),
}


def _read(path: Path, types: Mapping[str, Any]) -> dict[str, Any]:
    for _ in range(50):  # without hard links, another task may be writing it just now
        with contextlib.suppress(ValueError, TypeError, KeyError):
            content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            check_types(content, {"continues": str} if "continues" in content else types)
            return content
        time.sleep(0.1)
    raise ConfigError(f"{path} is damaged; remove it, and the tasks make it again")


def _run_to_continue(
    output: Path, wanted: Mapping[str, Any], share: Share
) -> dict[str, Any] | None:
    """Return the head of an unfinished run of an earlier job array.

    A job array that is submitted again has a new id.  It may consist of some of the tasks: then its
    task is unfinished, or no task is live and another one is unfinished.
    """
    if not share.job:
        return None
    for head in _heads(output):
        same = head["identity"] == wanted["identity"] and head["job"] not in ("", share.job)
        if not same or share.of > head["of"] or wanted["seed"] not in (None, head["seed"]):
            continue
        rank = _rank(share.index, head)
        if rank is None:
            claims = _claims(output, head)
            rank = next((r for r, index in claims.items() if index == share.index), None)
        if rank is None:
            continue
        states = [_state_of_task(output, head, r) for r in range(head["of"])]
        if share.of < head["of"] and states[rank] in ("absent", "unfinished"):
            return head
        if "live" not in states and set(states) - {"finished"} and set(states) != {"absent"}:
            return head
    return None


def _state_of_task(output: Path, head: Mapping[str, Any], rank: int) -> str:
    """Return "absent", "live", "unfinished" (files may have vanished), or "finished"."""
    record = read_record(_record_path(output, head, rank))
    if record is None:
        return "absent"
    if record.complete:
        data = output / record.content["folder"]
        whole = all((data / file["name"]).exists() for file in record.content["files"])
        return "finished" if whole else "unfinished"
    return "live" if record.is_live else "unfinished"


def _heads(output: Path) -> Iterator[dict[str, Any]]:
    """Yield the heads of shared runs, the newest first."""
    paths = (output / RUNS_FOLDER).glob("*.array")
    heads = []
    for path in paths:
        with contextlib.suppress(ConfigError, OSError):
            head = _read(path, _TYPES_OF_HEAD)
            if "continues" not in head:
                heads.append(head)
    yield from sorted(heads, key=lambda head: str(head["created"]), reverse=True)


def _claims(output: Path, head: Mapping[str, Any]) -> dict[int, int]:
    """Return the indices that have claimed ranks of an irregular array."""
    found = {}
    for rank in range(head["of"]):
        path = output / RUNS_FOLDER / f"{head['name']}.rank-{rank}"
        if path.exists():
            found[rank] = _read(path, {"index": int})["index"]
    return found


def _claimed_rank(output: Path, head: Mapping[str, Any], index: int) -> int:
    """Return the rank that an index has claimed, now or before."""
    for rank, owner in _claims(output, head).items():
        if owner == index:
            return rank
    for rank in range(head["of"]):
        path = output / RUNS_FOLDER / f"{head['name']}.rank-{rank}"
        if _make_once(path, {"index": index}) or _claims(output, head)[rank] == index:
            return rank
    raise ConfigError(
        f"all {head['of']} parts of the run {head['name']} belong to other tasks than {index}"
    )
