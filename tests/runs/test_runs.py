"""Runs from Python: made, continued, damaged, interrupted, looked at."""

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

import ssms.runs
from ssms import runs
from ssms._locks import Lock
from ssms.dataset_generators import lan_mlp
from ssms.dataset_generators.settings import available_cpus
from ssms.errors import ConfigError
from ssms.runs import check, generate, status
from ssms.runs.files import Job, make_file
from ssms.runs.work import Work

SMALL = {
    "model": "ddm",
    "pipeline": {"n_parameter_sets": 2, "n_cpus": 1},
    "simulator": {"n_samples": 50},
    "training": {"n_samples_per_param": 10},
}


# Labels from the law, without simulations; its boundary moves, so that solutions are made.
EXACT = {
    **SMALL,
    "model": "weibull",
    "pipeline": {"n_parameter_sets": 3, "n_cpus": 1, "simulation_filters": {}},
    "estimator": {"type": "exact"},
    "output": {"binned": []},
}


def make(output, n_files=3, seed=1, **more):
    return generate(SMALL, output=output, n_files=n_files, seed=seed, progress=False, **more)


def contents(folder):
    """The arrays of every training file below a folder, by the file's name."""
    found = {}
    for path in sorted(folder.rglob("*.pickle")):
        data = pickle.loads(path.read_bytes())
        found[path.name] = {k: v.tobytes() for k, v in data.items() if isinstance(v, np.ndarray)}
    return found


def test_a_run_from_python_is_the_command_lines(tmp_path):
    from ssms.cli.generate import main

    summary = make(tmp_path / "python")
    assert (summary.state, summary.files_made, summary.complete) == ("complete", 3, True)
    assert [os.path.exists(path) for path in summary.files] == [True] * 3
    assert str(summary).startswith("Made 3 files of model ddm\n")
    assert "&" not in summary._repr_html_().replace("&#x27;", "")
    path = tmp_path / "small.json"  # which is YAML
    path.write_text(json.dumps(SMALL))
    argv = ["--config-path", str(path), "--output", str(tmp_path / "line"), "-n", "3"]
    assert main([*argv, "--seed", "1", "--quiet"]) == 0
    assert contents(tmp_path / "python") == contents(tmp_path / "line")
    assert generate(path, output=tmp_path / "line", n_files=3, seed=1).state == "nothing to do"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n_files": 0}, "n_files must be"),
        ({"seed": -1}, "seed must be"),
        ({"model": "dmd"}, "Did you mean 'ddm'"),
        ({"n_cpus": "some"}, "n_cpus must be"),
        ({"executor": "treads"}, "executor must be one of"),
        ({"task": 2}, "task and of go together"),
        ({"task": 4, "of": 3}, "task must be from 1 to 3"),
        ({"dask_config": "x.yaml"}, "dask_config needs executor dask"),
        ({"executor": "dask"}, "needs either dask_scheduler or dask_config"),
        ({"output": "s3://bucket/data"}, "output must be a path.*not a s3 URI"),
        ({"config": "gs://bucket/x.yaml"}, "config_path must be a path"),
        ({"config": {"model": "ddm", "simulator": {"method": "exakt"}}}, "exakt"),
        ({"config": {"model": "weibull", "simulator": {"method": "exact"}}}, "exact"),
        ({"tracking": {"uri": "x"}}, "Unknown setting 'uri' of tracking"),
        ({"tracking": {"tags": ["a"]}}, r"tags \(argument\) 'a': must be KEY=VALUE"),
        ({"tracking": "sqlite:///x.db"}, "tracking must be True, False, or a mapping"),
        ({"tracking": {"timeout": 1e300}}, "timeout must be a positive number of seconds, at most"),
        ({"new_run": "no"}, "new_run must be true or false, got 'no'"),
        ({"array": 1}, "array must be true or false, got 1"),
        ({"array": True}, "array needs a task of a job array"),
        ({"executor": runs.Threads}, "executor must be"),
        ({"output": None}, "output is missing"),
        ({"output": 5}, "output must be a path, got 5"),
        ({"output": b"x"}, "output must be a path"),
        ({"output": "a\0b"}, "output must be a path"),
        ({"output": "x" * 300}, "names have at most 255 bytes each"),
        ({"config": 5}, "config must be a mapping or the path of a YAML file, got 5"),
        ({"config": ""}, "config_path must be a path, got ''"),
    ],
)
def test_a_wrong_argument_is_one_message_and_nothing_is_begun(tmp_path, arguments, words):
    given = {"config": SMALL, "output": str(tmp_path / "out"), "progress": False, **arguments}
    with pytest.raises((runs.UsageError, ConfigError), match=words):
        generate(**given)
    assert list(tmp_path.iterdir()) == []


def test_a_plan_refuses_names_that_are_no_options(tmp_path):
    with pytest.raises(runs.UsageError, match="Did you mean 'n_files'"):
        runs.make_plan({"output": str(tmp_path / "out"), "n_file": 3})


def test_the_call_that_makes_it_again_is_complete(tmp_path, places):
    """Also where arguments say more than the configuration, and places come as paths."""
    given = {"model": "ddm_st", "estimator_type": "kde", "n_cpus": 2, "n_files": 2}
    tracking = {**places, "tags": {"lab": "a"}}
    first = generate(SMALL, output=tmp_path / "one", progress=False, **given, tracking=tracking)
    assert first.repeat.startswith("ssms.runs.generate(config, ")
    call = first.repeat.replace(str(tmp_path / "one"), str(tmp_path / "two"))
    call = call.removesuffix(")") + ", progress=False)"
    second = eval(call, {"ssms": ssms, "config": SMALL})
    assert (second.model, second.seed) == ("ddm_st", first.seed)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert second.tracking["store"] == first.tracking["store"] == places["tracking_uri"]
    assert "seed=0" in generate(SMALL, output=tmp_path / "x", seed=0, progress=False).repeat


@pytest.mark.parametrize("look", [check, status, runs.finish])
@pytest.mark.parametrize("folder", [None, 5, "", "x" * 300])
def test_a_folder_that_is_none_is_one_message(look, folder):
    with pytest.raises(ConfigError, match="the folder must be a path"):
        look(folder)


def test_a_folder_without_runs_or_files_is_not_well(tmp_path):
    assert not check(tmp_path).sound
    assert str(check(tmp_path)) == f"{tmp_path} holds no training files"
    assert not status(tmp_path).complete
    assert str(status(tmp_path)) == f"{tmp_path} holds no runs"


def test_a_folder_with_a_damaged_record_is_not_well(tmp_path):
    make(tmp_path)
    assert status(tmp_path).complete
    (tmp_path / "runs" / "x.json").write_text("{")
    found = status(tmp_path)
    assert (found.unread, found.complete, len(found.runs)) == (1, False, 1)


@pytest.mark.parametrize(
    "content",
    [
        {"theta": [1]},
        {"theta": [1], "generator_config": {}, "lan_labels": 1},
        {"theta": [[1.0]], "generator_config": {"pipeline": {"n_parameter_sets": "x"}}},
        [1],
        None,
    ],
    ids=str,
)
def test_a_pickle_of_something_else_is_a_damaged_file(tmp_path, content):
    first = make(tmp_path)
    Path(first.files[1]).write_bytes(pickle.dumps(content))
    shutil.rmtree(tmp_path / "runs")
    assert list(check(tmp_path).faults) == [first.files[1]]
    again = make(tmp_path)
    assert (again.files_made, again.files_found) == (1, 2)


@pytest.mark.parametrize("labels", [None, "abc"])
def test_labels_that_are_none_are_a_fault(tmp_path, labels):
    first = make(tmp_path)
    data = pickle.loads(Path(first.files[0]).read_bytes())
    Path(first.files[0]).write_bytes(pickle.dumps({**data, "lan_labels": labels}))
    shutil.rmtree(tmp_path / "runs")
    assert list(check(tmp_path).faults) == [first.files[0]]


def test_a_folder_in_the_place_of_a_file_is_named_and_not_counted(tmp_path, capsys):
    from ssms.cli.generate import main

    path = Path(make(tmp_path).files[0])
    path.unlink()
    path.mkdir()
    config = tmp_path / "small.json"
    config.write_text(json.dumps(SMALL))
    argv = ["--config-path", str(config), "--output", str(tmp_path), "-n", "3", "--seed", "1"]
    assert main(argv) == 1
    shown = capsys.readouterr()
    assert f"{path}: Is a directory" in shown.err
    assert "2 there already; failed, 1 missing" in shown.out


def test_a_bucket_is_no_output_folder(tmp_path, monkeypatch, capsys):
    from ssms.cli.generate import main

    monkeypatch.chdir(tmp_path)
    for argv in (
        ["--output", "s3://bucket/data"],
        ["--output", "x", "--config-path", "https://host/x.yaml"],
        ["--status", "gs://bucket"],
        ["--check", "s3://bucket"],
        ["--output", "x", "--executor", "dask", "--dask-config", "s3://x"],
    ):
        assert main(argv) == 2
        assert "not a" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("recorded", [True, False])
def test_a_truncated_file_is_made_again_and_that_is_said(tmp_path, caplog, recorded):
    """R2: also where the record does not know the file, as after kill -9."""
    first = make(tmp_path)
    before = contents(tmp_path)
    os.truncate(first.files[1], 1000)
    if not recorded:
        for path in (tmp_path / "runs").iterdir():
            path.unlink()
    again = make(tmp_path)
    assert (again.files_made, again.files_found) == (1, 2)
    assert f"{first.files[1]} is damaged" in caplog.text
    assert contents(tmp_path) == before


def test_flipped_bytes_are_found_by_a_check(tmp_path):
    summary = make(tmp_path)
    assert check(tmp_path).sound
    with open(summary.files[0], "r+b") as file:
        file.seek(300)
        file.write(b"\x55\xaa\x55\xaa")
    found = check(tmp_path)
    assert list(found.faults) == [summary.files[0]]
    assert "SHA-256" in found.faults[summary.files[0]][0]
    assert not found.sound


def test_a_check_reads_files_without_a_record(tmp_path):
    summary = make(tmp_path)
    shutil.rmtree(tmp_path / "runs")
    first, second = map(Path, summary.files[:2])
    data = pickle.loads(first.read_bytes())
    data["lan_labels"] = data["lan_labels"].copy()
    data["lan_labels"][3] = np.nan
    data["cpn_labels"] = data["cpn_labels"][:1]
    data["theta"] = data["theta"][:1]
    first.write_bytes(pickle.dumps(data))
    second.write_bytes(b"no pickle")
    found = check(tmp_path)
    assert found.n_files == 3
    assert set(found.faults) == set(summary.files[:2])
    faults = " ".join(found.faults[summary.files[0]])
    for words in (
        "theta has 1 rows instead of 2",
        "lan_labels are not all finite",
        "cpn_labels has",
    ):
        assert words in faults
    with pytest.raises(ConfigError, match="there is no folder"):
        check(tmp_path / "absent")


def test_files_that_vanish_while_a_run_works_are_made_again(tmp_path, monkeypatch, caplog):
    """R3: the folder is removed after the third file."""
    original, made = runs.files.make_file, []

    def remove(job, index, **more):
        report = original(job, index, **more)
        made.append(index)
        if len(made) == 3:
            shutil.rmtree(tmp_path / "out")
        return report

    monkeypatch.setattr("ssms.runs.executors.make_file", remove)
    summary = make(tmp_path / "out", n_files=4)
    assert "3 files have vanished" in caplog.text
    assert (summary.state, summary.files_made, summary.files_found) == ("complete", 4, 0)
    assert len(contents(tmp_path / "out")) == 4
    assert status(tmp_path / "out").complete


def test_files_that_keep_vanishing_fail_the_run(tmp_path, monkeypatch):
    original = runs.files.make_file

    def remove(job, index, **more):
        report = original(job, index, **more)
        shutil.rmtree(tmp_path / "out" / "data")
        return report

    monkeypatch.setattr("ssms.runs.executors.make_file", remove)
    with pytest.raises(runs.work.GenerationError, match="vanished again and again"):
        make(tmp_path / "out", n_files=1)


@pytest.mark.parametrize("text", ["", '{"format": 1, "run":', '{"format": 1}'])
def test_a_damaged_record_is_said(tmp_path, text, caplog):
    """R4."""
    make(tmp_path)
    (path,) = (tmp_path / "runs").glob("*.json")
    path.write_text(text)
    summary = make(tmp_path)
    assert summary.files_found == 3
    assert f"{path} is damaged" in caplog.text
    caplog.clear()
    assert len(status(tmp_path).runs) == 1
    assert str(path) in caplog.text


def test_status_tells_a_killed_process_from_a_live_one(tmp_path):
    summary = make(tmp_path)
    record = Path(summary.record)
    record.write_text(record.read_text().replace('"state": "complete"', '"state": "running"'))
    lock = Lock(record.with_suffix(".lock"))
    assert lock.take()
    assert status(tmp_path).runs[0].state == "live"
    lock.release()
    assert status(tmp_path).runs[0].state == "killed"


def test_status_says_what_is_there(tmp_path):
    assert str(status(tmp_path)) == f"{tmp_path} holds no runs"
    summary = make(tmp_path)
    os.unlink(summary.files[0])
    os.truncate(summary.files[1], 10)
    (run,) = status(tmp_path).runs
    assert (run.n_files, run.there, run.state) == (3, 1, "complete")
    assert (run.missing, run.damaged) == ((summary.files[0],), (summary.files[1],))
    assert not status(tmp_path).complete
    assert "1 of 3" in str(status(tmp_path))
    with pytest.raises(ConfigError, match="there is no folder"):
        status(tmp_path / "absent")


def test_an_interrupt_returns_what_is_there_and_the_next_call_goes_on(tmp_path, monkeypatch):
    original = lan_mlp.TrainingDataGenerator.generate_data_training

    def interrupt(self, *args, file_index=0, **more):
        if file_index == 2:
            raise KeyboardInterrupt
        return original(self, *args, file_index=file_index, **more)

    with monkeypatch.context() as patch:
        patch.setattr(lan_mlp.TrainingDataGenerator, "generate_data_training", interrupt)
        summary = make(tmp_path, seed=None)
    assert (summary.state, len(summary.files), summary.complete) == ("interrupted", 2, False)
    again = make(tmp_path, seed=None)
    assert (again.run, again.files_made, again.files_found) == (summary.run, 1, 2)


def test_a_bar_shows_the_progress(tmp_path, capsys):
    generate(SMALL, output=tmp_path, n_files=2)
    assert "file 2 of 2" in capsys.readouterr().err


def test_the_facts_of_a_file(tmp_path):
    config = {**SMALL, "output": {"folder": str(tmp_path)}, "simulator": {"n_samples": 500}}
    report = make_file(Job.of(config, 3), 0)
    shares = [value for name, value in report.facts.items() if name.startswith("choice_share")]
    assert sum(shares) == pytest.approx(1.0)
    data = pickle.loads((tmp_path / report.name).read_bytes())
    assert report.facts["omission_share"] == pytest.approx(float(data["opn_labels"].mean()))
    assert 0.1 < report.facts["mean_rt"] < 20
    assert (report.rows, report.sets) == (20, 2)
    assert not [name for name in report.facts if name.startswith("rejected")]


def test_sets_that_filters_reject_are_counted(tmp_path):
    config = {
        **SMALL,
        "pipeline": {"n_parameter_sets": 20, "simulation_filters": {"mean_rt": 1.5}},
        "output": {"folder": str(tmp_path)},
    }
    counts = [make_file(Job.of(config, 3), i).facts["rejected_by_mean_rt"] for i in (0, 1, 0)]
    assert counts[0] == counts[2] > 0


def test_a_worker_of_another_version_is_refused():
    job = Job.of(SMALL, 1)
    other = type(job)(job.config, job.seed, "0.0.1")
    with pytest.raises(ConfigError, match=r"planned by 0\.0\.1; install one version"):
        make_file(other, 0)


def test_a_record_is_written_less_often_when_it_takes_long(tmp_path, monkeypatch):
    saves = []
    monkeypatch.setattr(Work, "_save", lambda work, state, **_: saves.append(state))
    work = Work.__new__(Work)
    work.saved, work.save_seconds = runs.work.time.perf_counter() - 2.0, 0.0
    work._save_now_and_then()
    work.save_seconds = 1.0  # then at most every 50 s
    work._save_now_and_then()
    assert saves == ["running"]


def test_numbers_are_those_of_yaml_1_2(tmp_path):
    """R7, R8."""
    path = tmp_path / "x.yaml"
    text = "A: 010\nB: 0100\nC: 0o10\nD: 0x1F\nE: 1e-3\nF: 1:30\nG: .inf\nH: 1_000\nI: -.5\nJ: +7\n"
    path.write_text(text)
    content, _ = runs.settings.read_yaml(path)
    assert content == {
        "a": 10, "b": 100, "c": 8, "d": 31, "e": 1e-3, "f": "1:30", "g": float("inf"),
        "h": "1_000", "i": -0.5, "j": 7,
    }  # fmt: skip
    path.write_text("SIMULATOR: {N_SAMPLES: 2,000}\n")
    with pytest.raises(ConfigError, match=r"'000' stands where a key.*write numbers without it"):
        runs.settings.read_yaml(path)


def test_processors_are_the_least_that_anybody_allows(tmp_path):
    """R23."""
    mine = len(os.sched_getaffinity(0))
    assert available_cpus({}, str(tmp_path)) == mine
    assert available_cpus({"SLURM_CPUS_PER_TASK": "1"}, str(tmp_path)) == 1
    assert available_cpus({"NSLOTS": "1", "SLURM_CPUS_PER_TASK": "undefined"}, str(tmp_path)) == 1
    assert available_cpus({"SLURM_CPUS_PER_TASK": "9999"}, str(tmp_path)) == mine
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    assert available_cpus({}, str(tmp_path)) == 1
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert available_cpus({}, str(tmp_path)) == mine
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("50000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert available_cpus({}, str(tmp_path)) == 1


def test_the_options_of_the_docs_are_the_table():
    from ssms.settings import markdown

    text = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()
    assert markdown(options=True) in text
    assert markdown(options=False) in text


def test_an_mlflow_run_of_others_whose_seed_is_none_is_one_message(tmp_path, places, client):
    experiment = client.create_experiment("e", artifact_location=places["artifact_location"])
    theirs = client.create_run(experiment)
    client.log_param(theirs.info.run_id, "seed", "abc")
    with pytest.raises(runs.UsageError, match="has the seed 'abc', which is no whole number"):
        make(tmp_path / "out", seed=None, tracking={**places, "run_id": theirs.info.run_id})
    assert not (tmp_path / "out").exists()
