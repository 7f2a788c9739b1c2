"""One run shared by several tasks: the same data in whatever order and however often they start."""

import json
import random

import pytest
from test_runs import EXACT, SMALL, contents, make

from ssms import runs
from ssms.dataset_generators import lan_mlp
from ssms.errors import ConfigError
from ssms.runs import arrays, status
from ssms.runs.arrays import Share, share_of
from ssms.runs.record import records

SLURM = {"SLURM_ARRAY_JOB_ID": "71", "SLURM_ARRAY_TASK_STEP": "1"}


def slurm(index, low, high, count, step=1, job="71"):
    """The environment of a task of a Slurm array."""
    return {
        "SLURM_JOB_ID": f"9{index}",
        "SLURM_ARRAY_JOB_ID": job,
        "SLURM_ARRAY_TASK_ID": str(index),
        "SLURM_ARRAY_TASK_MIN": str(low),
        "SLURM_ARRAY_TASK_MAX": str(high),
        "SLURM_ARRAY_TASK_STEP": str(step),
        "SLURM_ARRAY_TASK_COUNT": str(count),
    }


@pytest.fixture
def in_slurm(monkeypatch):
    def enter(*arguments, **more):
        for name, value in slurm(*arguments, **more).items():
            monkeypatch.setenv(name, value)

    return enter


def test_seven_tasks_in_any_order_twice_each_make_the_run(tmp_path, monkeypatch):
    make(tmp_path / "alone", n_files=10)
    made, original = [], runs.files.make_file

    def count(job, index, **more):
        made.append(index)
        return original(job, index, **more)

    monkeypatch.setattr("ssms.runs.executors.make_file", count)
    order = [*range(1, 8), *range(1, 8)]
    random.Random(5).shuffle(order)
    for task in order:
        make(tmp_path / "shared", n_files=10, task=task, of=7)
    assert sorted(made) == list(range(10))
    assert contents(tmp_path / "shared") == contents(tmp_path / "alone")
    (run,) = status(tmp_path / "shared").runs
    assert (run.state, run.tasks, run.there, run.n_files) == ("complete", "7 of 7", 10, 10)


def test_tasks_make_the_same_exact_labels(tmp_path):
    arguments = {"n_files": 4, "seed": 1, "progress": False}
    runs.generate(EXACT, output=tmp_path / "alone", **arguments)
    for task in (2, 1, 3):
        runs.generate(EXACT, output=tmp_path / "shared", task=task, of=3, **arguments)
    found = contents(tmp_path / "shared")
    assert len(found) == 4
    assert found == contents(tmp_path / "alone")
    assert all("lan_labels" in data and "binned_128" not in data for data in found.values())


def test_the_first_task_fixes_seed_and_number(tmp_path):
    one = make(tmp_path, seed=None, task=2, of=3)
    two = make(tmp_path, seed=None, task=1, of=3)
    assert one.seed == two.seed
    assert "1 of 3" not in str(status(tmp_path))
    assert "2 of 3" in str(status(tmp_path))
    assert not status(tmp_path).complete
    with pytest.raises(runs.UsageError, match="begun for 3 tasks, and this task is one of 4"):
        make(tmp_path, seed=None, task=1, of=4)


def test_a_task_of_a_slurm_array(tmp_path, in_slurm):
    seeds = set()
    for index in (9, 5, 7):
        in_slurm(index, 5, 9, 3, step=2)
        seeds.add(make(tmp_path, n_files=5, seed=None, array=True).seed)
    assert len(seeds) == 1
    assert len(contents(tmp_path)) == 5
    (run,) = status(tmp_path).runs
    assert (run.run.split("-")[1], run.tasks) == ("71", "3 of 3")
    in_slurm(5, 5, 9, 3, step=2, job="72")
    assert make(tmp_path, n_files=5, seed=None, array=True).seed not in seeds


def test_gaps_between_the_indices(tmp_path, in_slurm):
    for index in (20, 3, 4, 3, 20):
        in_slurm(index, 3, 20, 3)
        make(tmp_path, n_files=6, seed=None, array=True)
    assert len(contents(tmp_path)) == 6
    tasks = sorted(record.content["array"]["task"] for record in records(tmp_path))
    assert tasks == [1, 2, 3]
    in_slurm(5, 3, 20, 3)
    with pytest.raises(runs.UsageError, match="belong to other tasks than 5"):
        make(tmp_path, n_files=6, seed=None, array=True)


@pytest.mark.parametrize("gaps", [False, True])
def test_a_failed_task_that_is_submitted_again_takes_its_own_share(
    tmp_path, in_slurm, monkeypatch, gaps
):
    indices = (1, 2, 7) if gaps else (1, 2, 3)
    original = lan_mlp.TrainingDataGenerator.generate_data_training

    def fail(self, *args, file_index=0, **more):
        if file_index == 4:
            raise runs.work.GenerationError("no luck")
        return original(self, *args, file_index=file_index, **more)

    with monkeypatch.context() as patch:
        patch.setattr(lan_mlp.TrainingDataGenerator, "generate_data_training", fail)
        for index in indices:
            in_slurm(index, indices[0], indices[-1], 3)
            if index == 2:
                with pytest.raises(runs.work.GenerationError):
                    make(tmp_path, n_files=6, seed=None, array=True)
            else:
                make(tmp_path, n_files=6, seed=None, array=True)
    assert "failed" in str(status(tmp_path))
    in_slurm(2, 2, 2, 1, job="80")
    summary = make(tmp_path, n_files=6, seed=None, array=True)
    assert (summary.files_made, summary.files_found) == (1, 1)
    assert status(tmp_path).complete
    assert len(contents(tmp_path)) == 6


def test_an_array_that_is_submitted_again_goes_on_with_the_unfinished_run(tmp_path, in_slurm):
    def submit(job, indices=(1, 2, 3)):
        made = []
        for index in indices:
            in_slurm(index, 1, 3, 3, job=job)
            made.append(make(tmp_path, n_files=6, seed=None, array=True).files_made)
        return made

    submit("71", indices=(1, 3))  # the second task was cancelled before it began
    assert submit("72") == [0, 2, 0]
    (run,) = status(tmp_path).runs
    assert (run.state, run.tasks, run.there) == ("complete", "3 of 3", 6)
    next(tmp_path.rglob("*.pickle")).unlink()
    assert sum(submit("73")) == 1
    assert submit("74") == [2, 2, 2]  # nothing was left to do: another run
    assert len(status(tmp_path).runs) == 2


def rank(share):
    return arrays._rank(share.index, vars(share))


def test_what_the_schedulers_say():
    assert share_of({}, environ=SLURM) is None
    assert share_of({"task": 2, "of": 5}) == Share(2, 5)
    assert rank(Share(2, 5)) == 1
    sge = {"SGE_TASK_ID": "6", "SGE_TASK_FIRST": "2", "SGE_TASK_LAST": "8", "JOB_ID": "4"}
    share = share_of({"array": True}, environ={**sge, "SGE_TASK_STEPSIZE": "2"})
    assert (rank(share), share.of, share.job) == (2, 4, "4")
    pbs = {"PBS_ARRAY_INDEX": "3", "PBS_JOBID": "55[3].server"}
    share = share_of({"array": True, "of": 4}, environ=pbs)
    assert (share.index, share.of, rank(share), share.job) == (3, 4, None, "55")
    with pytest.raises(ConfigError, match=r"does not say how many tasks.*--of N"):
        share_of({"array": True}, environ=pbs)
    for environ in ({}, {"SGE_TASK_ID": "undefined"}):
        with pytest.raises(ConfigError, match="--array needs a task of a job array"):
            share_of({"array": True}, environ=environ)
    size = {"SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_MIN": "9", "SLURM_ARRAY_TASK_MAX": "2"}
    for environ in (size, {"SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "0"}):
        with pytest.raises(ConfigError, match="does not say how many tasks"):
            share_of({"array": True}, environ=environ)
    with pytest.raises(ConfigError, match="exclude each other"):
        share_of({"array": True, "task": 1, "of": 2}, environ=SLURM)


def test_a_live_task_is_not_made_twice(tmp_path):
    make(tmp_path, task=1, of=2)
    (record,) = records(tmp_path)
    assert record.lock()
    with pytest.raises(runs.UsageError, match=r"task 1 of 2 of the run .* is live"):
        make(tmp_path, task=1, of=2)
    record.release()


@pytest.mark.parametrize("text", ["", "[]", '{"of": 2}', '{"of": "x", "first": 1}'])
def test_a_damaged_head_is_one_message_and_hides_nothing(tmp_path, monkeypatch, text):
    monkeypatch.setattr(arrays.time, "sleep", lambda seconds: None)
    make(tmp_path, task=1, of=2)
    (head,) = (tmp_path / "runs").glob("*.array")
    head.write_text(text)
    with pytest.raises(runs.UsageError, match=r"\.array is damaged; remove it"):
        make(tmp_path, task=2, of=2)
    assert status(tmp_path).runs[0].tasks == "1 of 2"
    head.unlink()
    assert status(tmp_path).runs[0].tasks == "1 of 2"
    make(tmp_path, task=2, of=2)
    assert status(tmp_path).complete


def test_a_new_run_cannot_be_shared(tmp_path):
    with pytest.raises(runs.UsageError, match="new_run cannot be given"):
        make(tmp_path, task=1, of=2, new_run=True)


def test_one_parent_for_the_array_and_a_child_for_each_task(tmp_path, places, client):
    tracking = {**places, "experiment_name": "array"}
    for task in (2, 1):
        make(tmp_path / "out", n_files=2, task=task, of=2, tracking=tracking)
        experiment = client.get_experiment_by_name("array").experiment_id
        found = client.search_runs([experiment])
        parents = [run for run in found if "ssms_array" in run.data.tags]
        assert len(parents) == 1
        assert parents[0].info.status == ("RUNNING" if task == 2 else "FINISHED")
    children = [run for run in found if "ssms_array" not in run.data.tags]
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parents[0].info.run_id}
    assert len(children) == 2


def test_an_array_whose_tasks_do_not_come_back_is_finished(tmp_path, places, client, capsys):
    from ssms.cli.generate import main

    tracking = {**places, "experiment_name": "array"}
    make(tmp_path / "out", n_files=2, task=2, of=2, tracking=tracking)
    assert main(["--status", str(tmp_path / "out"), "--finish", "--json"]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["runs"][0]["tasks"] == "1 of 2"
    assert "ended the MLflow run" in shown.err
    experiment = client.get_experiment_by_name("array").experiment_id
    (parent,) = [r for r in client.search_runs([experiment]) if "ssms_array" in r.data.tags]
    assert parent.info.status == "KILLED"


def test_the_line_that_makes_it_again_makes_the_whole_run(tmp_path):
    path = tmp_path / "small.json"
    path.write_text(json.dumps(SMALL))
    arguments = {"output": tmp_path / "out", "n_files": 3, "seed": 4, "task": 1, "of": 3}
    summary = runs.generate(path, **arguments, progress=False)
    assert "--task" not in summary.repeat
    assert "--n-files 3" in summary.repeat
