import errno
import json
import subprocess
import sys

import pytest

from ssms._locks import Lock
from ssms.runs import record as record_module
from ssms.runs.record import begin, claim, live_twins, of_mlflow_run, records, scheduler_task


def wanted(seed=None, *, identity="same command", array=None, restarts=0, tracked=False):
    slurm = {} if array is None else {"job": array[0], "task": array[1], "process": "0"}
    return {
        "identity": identity,
        "model": "ddm",
        "n_files": 1,
        "folder": "data",
        "config": {},
        "seed": seed,
        "seed_source": "drawn" if seed is None else "command line",
        "slurm": slurm,
        "restarts": restarts,
        "tracking": {"enabled": tracked},
    }


def interrupted(output, content):
    """A run whose process is gone; a real one's lock is released by the system."""
    record = begin(output, content)
    record.release()
    return record.name


def complete(output, content):
    record = begin(output, content)
    record.save(state="complete")
    record.release()
    return record.name


def name_claimed(output, content, *, new_run=False):
    record = claim(output, content, new_run=new_run)
    record.release()
    return record.name


def test_the_same_command_goes_on_with_an_interrupted_run(tmp_path):
    begun = begin(tmp_path, wanted())
    begun.release()
    found = claim(tmp_path, wanted(), new_run=False)
    assert (found.name, found.resumed) == (begun.name, True)
    assert found.content["seed"] == begun.content["seed"]


@pytest.mark.parametrize(
    "other",
    [wanted(identity="another command"), wanted(seed=1)],
    ids=["other settings", "a seed that the run has not"],
)
def test_another_command_does_not(tmp_path, other):
    first = interrupted(tmp_path, wanted())
    assert name_claimed(tmp_path, other) != first


def test_a_command_without_seed_leaves_a_run_alone_whose_seed_was_asked_for(tmp_path):
    first = interrupted(tmp_path, wanted(seed=5))
    assert name_claimed(tmp_path, wanted()) != first
    assert name_claimed(tmp_path, wanted(seed=5)) == first


def test_new_run_forces_a_new_run(tmp_path):
    first = interrupted(tmp_path, wanted())
    assert name_claimed(tmp_path, wanted(), new_run=True) != first


def test_a_complete_run_is_left_alone_unless_its_seed_is_asked_for(tmp_path):
    first = complete(tmp_path, wanted())
    seed = next(records(tmp_path)).content["seed"]
    assert name_claimed(tmp_path, wanted()) != first
    assert name_claimed(tmp_path, wanted(seed=seed)) == first


def test_a_run_whose_tracking_is_incomplete_is_not_complete(tmp_path):
    record = begin(tmp_path, wanted(tracked=True))
    record.save(state="complete", tracking={"enabled": True, "complete": False})
    record.release()
    assert name_claimed(tmp_path, wanted(tracked=True)) == record.name
    record.save(state="complete", tracking={"enabled": True, "complete": True})
    assert name_claimed(tmp_path, wanted(tracked=True)) != record.name


def test_a_live_run_is_never_taken_over(tmp_path):
    alive = begin(tmp_path, wanted())
    other = claim(tmp_path, wanted(), new_run=False)
    assert other.name != alive.name
    alive.release()
    assert name_claimed(tmp_path, wanted()) == alive.name


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from ssms.runs.record import begin\n"
        "begin(Path(sys.argv[1]), eval(sys.argv[2]))\n"
        "print('begun', flush=True)\n"
        "sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), repr(wanted())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout.readline() == b"begun\n"
        live = next(records(tmp_path))
        assert not live.lock()
        process.kill()
    assert claim(tmp_path, wanted(), new_run=False).name == live.name


@pytest.fixture
def no_locks(monkeypatch):
    """A file system that knows no advisory locks, as some cluster mounts are."""

    def flock(*_):
        raise OSError(errno.ENOSYS, "Function not implemented")

    monkeypatch.setattr("fcntl.flock", flock)


def test_whether_a_run_is_live_is_seen_without_a_trace(tmp_path):
    record = begin(tmp_path, wanted())
    other = next(records(tmp_path))
    assert other.is_live
    record.release()
    assert not other.is_live
    record.path.with_suffix(".lock").unlink()
    assert not other.is_live
    assert [path.suffix for path in (tmp_path / "runs").iterdir()] == [".json"]


def test_without_locks_the_process_in_the_record_decides(tmp_path, no_locks):
    alive = begin(tmp_path, wanted())
    assert name_claimed(tmp_path, wanted()) != alive.name


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"pid": 2**22 + 1}, True),
        ({"process_started": 1.0}, True),  # the number is another process' by now
        ({"host": "node7"}, False),
        ({"host": "node7", "state": "interrupted"}, True),
    ],
)
def test_without_locks_a_dead_process_is_told_from_a_live_one(tmp_path, no_locks, changes, found):
    record = begin(tmp_path, wanted())
    record.save(**changes)
    record.release()
    assert (name_claimed(tmp_path, wanted()) == record.name) is found


def test_without_locks_a_requeued_task_finds_its_own(tmp_path, no_locks, monkeypatch):
    monkeypatch.setenv("SLURM_ARRAY_JOB_ID", "7")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "3")
    record = begin(tmp_path, wanted(array=("7", "3")))
    record.save(host="node7")
    record.release()
    assert name_claimed(tmp_path, wanted(array=("7", "3"), restarts=1)) == record.name


def test_tasks_of_an_array_are_runs_of_their_own(tmp_path):
    names = {
        claim(tmp_path, wanted(array=("7", str(task))), new_run=False).name for task in range(7)
    }
    assert len(names) == 7


def test_a_requeued_task_finds_its_own_run_and_no_other(tmp_path):
    third = interrupted(tmp_path, wanted(array=("7", "3")))
    fifth = interrupted(tmp_path, wanted(array=("7", "5")))
    assert name_claimed(tmp_path, wanted(array=("7", "5"), restarts=1)) == fifth
    assert name_claimed(tmp_path, wanted(array=("7", "4"))) not in (third, fifth)
    assert name_claimed(tmp_path, wanted(array=("7", "3"), restarts=1)) == third


def test_a_requeued_task_whose_run_is_complete_has_nothing_to_do(tmp_path):
    first = complete(tmp_path, wanted(array=("7", "3")))
    assert name_claimed(tmp_path, wanted(array=("7", "3"), restarts=1)) == first
    assert name_claimed(tmp_path, wanted(array=("7", "4"), restarts=1)) != first
    assert name_claimed(tmp_path, wanted(array=("7", "3"))) != first


def test_a_new_array_finishes_what_an_older_one_left_task_by_task(tmp_path):
    old = {task: interrupted(tmp_path, wanted(array=("7", task))) for task in "210"}
    for task in "012":
        assert name_claimed(tmp_path, wanted(array=("8", task))) == old[task]


def test_a_plain_command_finishes_what_a_task_left(tmp_path):
    first = interrupted(tmp_path, wanted(array=("7", "3")))
    assert name_claimed(tmp_path, wanted()) == first


def test_slurm_identities():
    assert scheduler_task({}) == {}
    assert scheduler_task({"SLURM_JOB_ID": "5", "SLURM_PROCID": "2"}) == {
        "job": "5",
        "task": "",
        "process": "2",
    }
    array = {"SLURM_JOB_ID": "6", "SLURM_ARRAY_JOB_ID": "5", "SLURM_ARRAY_TASK_ID": "1"}
    assert scheduler_task(array)["job"] == "5"


def test_a_twin_is_a_live_run_of_the_same_seed(tmp_path):
    one = begin(tmp_path, wanted(seed=3))
    two = begin(tmp_path, wanted(seed=3))
    assert live_twins(two, tmp_path) == [one.name]
    one.release()
    assert live_twins(two, tmp_path) == []


def test_the_run_of_an_mlflow_id(tmp_path):
    record = begin(tmp_path, wanted(tracked=True))
    record.save(tracking={"enabled": True, "run_id": "ab12"})
    assert of_mlflow_run(tmp_path, "ab12").name == record.name
    assert of_mlflow_run(tmp_path, "cd34") is None


def test_a_record_is_written_whole_and_nothing_else_stays(tmp_path):
    record = begin(tmp_path, wanted())
    record.save(state="complete")
    record.release()
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [f"{record.name}.json"]
    content = json.loads(record.path.read_text())
    assert (content["run"], content["state"]) == (record.name, "complete")


def test_a_discarded_run_leaves_nothing_but_what_was_there(tmp_path):
    begin(tmp_path / "new" / "out", wanted()).discard()
    assert list(tmp_path.iterdir()) == []
    other = interrupted(tmp_path, wanted())
    begin(tmp_path, wanted()).discard()
    assert [record.name for record in records(tmp_path)] == [other]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 99}'])
def test_files_that_are_no_records_are_passed_over(tmp_path, text):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a.json").write_text(text)
    assert list(records(tmp_path)) == []
    assert claim(tmp_path, wanted(), new_run=False).content["state"] == "running"


FILE = {
    "index": 0,
    "name": "a.pickle",
    "bytes": 9,
    "rows": 1,
    "sets": 1,
    "sha256": "",
    "seconds": 1,
}


@pytest.mark.parametrize(
    "changes",
    [
        {"files": None},
        {"files": [5]},
        {"files": [{"foo": 1}]},
        {"files": [{**FILE, "more": 1}]},
        {"files": [{**FILE, "bytes": "9"}]},
        {"tracking": []},
        {"seed": "5"},
        {"n_files": None},
        {"folder": 5},
        {"config": "x"},
        {"array": "x"},
        {"array": {"name": "x"}},
    ],
    ids=str,
)
def test_a_record_whose_content_is_damaged_is_passed_over_too(tmp_path, changes, caplog):
    record = begin(tmp_path, wanted(seed=1))
    record.save(files=[FILE])
    record.release()
    assert [found.name for found in records(tmp_path)] == [record.name]
    record.save(**changes)
    assert list(records(tmp_path)) == []
    assert f"{record.path} is damaged" in caplog.text
    assert name_claimed(tmp_path, wanted(seed=1)) != record.name


def test_a_name_that_is_no_text_can_be_recorded(tmp_path):
    """A folder's name may be any bytes, and so may a variable's value."""
    record = begin(tmp_path, {**wanted(), "directory": "/data/\udcff"})
    record.release()
    assert next(records(tmp_path)).content["directory"] == "/data/\udcff"


@pytest.mark.parametrize("forbidden", ["the lock", "the record"])
def test_a_run_of_another_user_is_left_alone(tmp_path, monkeypatch, forbidden):
    """In a folder that a lab shares, other people's files may not be for us to open."""
    theirs = interrupted(tmp_path, wanted())
    taken, read = Lock.take, record_module._read

    def refuse(path, otherwise):
        if path.stem == theirs:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return otherwise(path)

    if forbidden == "the lock":
        monkeypatch.setattr(Lock, "take", lambda lock: refuse(lock.path, lambda _: taken(lock)))
    else:
        monkeypatch.setattr(record_module, "_read", lambda path: refuse(path, read))
    assert name_claimed(tmp_path, wanted()) != theirs


def test_fragments_of_records_are_removed_unless_their_run_is_live(tmp_path):
    folder = tmp_path / "runs"
    live, dead = begin(tmp_path, wanted()), begin(tmp_path, wanted())
    dead.release()
    fragments = [folder / f".{name}.json.00ff.tmp" for name in (live.name, dead.name, "unborn")]
    for fragment in fragments:
        fragment.touch()
    (folder / "unborn.lock").touch()
    record_module.remove_fragments(folder)
    assert [fragment.exists() for fragment in fragments] == [True, False, False]
    assert not (folder / "unborn.lock").exists()
    live.release()


def test_a_run_that_goes_on_loses_the_fragments_of_its_own_record(tmp_path):
    name = interrupted(tmp_path, wanted())
    fragment = tmp_path / "runs" / f".{name}.json.00ff.tmp"
    fragment.touch()
    assert name_claimed(tmp_path, wanted()) == name
    assert not fragment.exists()
