import json
import logging
import pickle
import shutil
import stat
import subprocess
import sys
import warnings

import numpy as np
import pytest

from ssms.cli.generate import main
from ssms.dataset_generators import lan_mlp
from ssms.errors import GenerationError


def data_files(output):
    return sorted((output / "data").rglob("*.pickle"))


def load(path):
    with path.open("rb") as file:
        return pickle.load(file)


def record_of(output):
    (path,) = (output / "runs").glob("*.json")
    return json.loads(path.read_text())


def run_json(argv, capsys):
    """The exit code and the JSON that a command prints."""
    code = main([*argv, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def failing_in_file_1(monkeypatch):
    """A generator that fails in the second file of a run, as a worker might."""
    original = lan_mlp.TrainingDataGenerator.generate_data_training

    def generate(self, *args, file_index=0, **kwargs):
        if file_index == 1:
            raise GenerationError("filter std rejected too much")
        return original(self, *args, file_index=file_index, **kwargs)

    monkeypatch.setattr(lan_mlp.TrainingDataGenerator, "generate_data_training", generate)
    return monkeypatch


def test_files_stand_where_the_clients_look_for_them(arguments, output, capsys):
    assert main([*arguments, "--n-files", "2"]) == 0
    folder = output / "data/training_data/lan/training_data_n_samples_50_dt_0.001/ddm"
    assert {path.parent for path in data_files(output)} == {folder}
    assert len(list(folder.iterdir())) == 2
    for path in folder.iterdir():
        assert path.suffix == ".pickle"
        assert len(path.stem.removeprefix("training_data_")) == 32
    printed = capsys.readouterr().out
    assert "Made 2 files of model ddm" in printed
    assert str(folder) in printed
    assert "sets/s" in printed


def test_two_files_of_a_run_differ_and_hold_what_was_asked_for(arguments, output):
    assert main([*arguments, "-n", "2", "--quiet"]) == 0
    one, two = (load(path) for path in data_files(output))
    assert one["lan_data"].shape == two["lan_data"].shape == (20, 6)
    assert not np.array_equal(one["theta"], two["theta"])
    config = one["generator_config"]
    assert (config["model"], config["simulator"]["n_samples"]) == ("ddm", 50)
    assert config["pipeline"]["seed"] == record_of(output)["seed"]


def test_the_line_that_makes_it_again_does(arguments, output, capsys, tmp_path, monkeypatch):
    code, first = run_json([*arguments, "-n", "2"], capsys)
    assert code == 0
    arguments_again = first["repeat"].replace(str(output), str(tmp_path / "again"))
    program, *argv = arguments_again.split()
    assert program == "ssms-generate"
    assert main([*argv, "--n-cpus", "2", "--quiet"]) == 0
    for old, new in zip(data_files(output), data_files(tmp_path / "again"), strict=True):
        assert old.name == new.name
        one, two = load(old), load(new)
        for key in one:
            if key not in ("generator_config", "model_config"):
                np.testing.assert_array_equal(one[key], two[key])


def test_the_line_that_makes_it_again_is_quoted_for_the_shell(small, tmp_path, capsys):
    output = tmp_path / "a folder; with 'quotes'"
    code, summary = run_json(["--config-path", str(small), "--output", str(output)], capsys)
    assert code == 0
    words = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {summary['repeat']}"], capture_output=True, text=True
    ).stdout.splitlines()
    assert str(output) in words
    assert str(summary["seed"]) in words


def test_without_seed_each_command_makes_other_data(arguments, output):
    assert main([*arguments, "--quiet"]) == 0
    assert main([*arguments, "--quiet"]) == 0
    one, two = (load(path)["theta"] for path in data_files(output))
    assert not np.array_equal(one, two)


def test_a_seed_that_is_complete_has_nothing_to_do_and_says_so(arguments, output, capsys):
    assert main([*arguments, "--seed", "7"]) == 0
    times = [path.stat().st_mtime_ns for path in data_files(output)]
    capsys.readouterr()
    assert main([*arguments, "--seed", "7"]) == 0
    assert "Nothing to do" in capsys.readouterr().out
    assert [path.stat().st_mtime_ns for path in data_files(output)] == times
    assert len(list((output / "runs").iterdir())) == 1


def test_the_seed_of_a_complete_run_makes_its_lost_files_again(arguments, output, capsys):
    assert main([*arguments, "--seed", "7", "-n", "2"]) == 0
    lost = data_files(output)[0]
    theta = load(lost)["theta"]
    lost.unlink()
    _, summary = run_json([*arguments, "--seed", "7", "-n", "2"], capsys=_drain(capsys))
    assert (summary["files_made"], summary["files_found"]) == (1, 1)
    np.testing.assert_array_equal(load(lost)["theta"], theta)


def _drain(capsys):
    capsys.readouterr()
    return capsys


def test_more_files_of_a_seed_begin_with_those_that_are_there(arguments, output, capsys):
    assert main([*arguments, "--seed", "7"]) == 0
    _, summary = run_json([*arguments, "--seed", "7", "-n", "3"], capsys=_drain(capsys))
    assert (summary["files_made"], summary["files_found"]) == (2, 1)


def test_a_failure_in_a_worker_keeps_what_is_whole_and_can_be_finished(
    arguments, output, capsys, failing_in_file_1
):
    argv = [*arguments, "-n", "3"]
    assert main(argv) == 1
    captured = capsys.readouterr()
    assert captured.err.splitlines()[-1] == "ssms-generate: error: filter std rejected too much"
    assert "Traceback" not in captured.err
    assert "1 file of model ddm; failed, 2 missing" in captured.out
    assert len(data_files(output)) == 1
    failed = record_of(output)
    assert failed["state"] == "failed"

    failing_in_file_1.undo()
    code, summary = run_json(argv, capsys)
    assert code == 0
    assert (summary["files_made"], summary["files_found"]) == (2, 1)
    finished = record_of(output)
    assert (finished["run"], finished["seed"]) == (failed["run"], failed["seed"])
    assert [file["index"] for file in finished["files"]] == [0, 1, 2]


def test_debug_shows_the_traceback_too(arguments, capsys, failing_in_file_1):
    assert main([*arguments, "-n", "2", "--log-level", "debug"]) == 1
    error = capsys.readouterr().err
    assert "Traceback" in error
    assert error.splitlines()[-1].startswith("ssms-generate: error: filter std")


def test_an_unexpected_error_is_one_line_with_its_type(arguments, capsys, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("out of luck")

    monkeypatch.setattr("ssms.runs.files.write_training_file", fail)
    assert main([*arguments, "--quiet"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "ssms-generate: error: RuntimeError: out of luck"


def test_the_record_says_how_to_make_the_run_again(arguments, small, output):
    import hashlib

    assert main([*arguments, "--quiet"]) == 0
    record = record_of(output)
    assert record["state"] == "complete"
    assert record["config_sha256"] == hashlib.sha256(small.read_bytes()).hexdigest()
    assert record["config"]["simulator"]["n_samples"] == 50
    assert record["config_sources"]["simulator.n_samples"] == "config file"
    assert f"--seed {record['seed']}" in record["repeat"]
    assert {"python", "numpy", "scipy", "ssm_simulators"} <= set(record["versions"])
    (entry,), (path,) = record["files"], data_files(output)
    assert entry["name"] == path.name
    assert entry["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (entry["rows"], entry["sets"], entry["bytes"]) == (20, 2, path.stat().st_size)


def test_data_without_rows_for_likelihood_networks(arguments, small, output, capsys):
    small.write_text(small.read_text() + "CPN_ONLY: true\n")
    code, summary = run_json(arguments, capsys)
    assert (code, summary["rows"]) == (0, 2)
    (path,) = data_files(output)
    assert "lan_data" not in load(path)
    assert load(path)["cpn_labels"].shape == (2, 1)


def test_json_is_all_that_standard_output_gets(arguments, output, capsys):
    assert main([*arguments, "--json", "-n", "2"]) == 0
    captured = capsys.readouterr()
    summary = json.loads(captured.out)
    assert summary["state"] == "complete"
    assert summary["files_made"] == 2
    assert summary["rows"] == 40
    assert summary["bytes"] == sum(path.stat().st_size for path in data_files(output))
    assert summary["tracking"]["run_id"] is None
    assert "Made 2 files" in captured.err


def test_quiet_says_nothing(arguments, capsys):
    assert main([*arguments, "--quiet"]) == 0
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


@pytest.mark.filterwarnings("always")
def test_a_warning_is_one_line(arguments, capsys, small):
    small.write_text(small.read_text() + "ESTIMATOR: {DISPLACE_T: true}\n")
    assert main([*arguments, "--model", "ddm_st", "--quiet"]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("ssms-generate: WARNING: estimator.displace_t is set to False")


def test_messages_are_as_before_afterwards(arguments, capsys):
    handlers, level = list(logging.getLogger("ssms").handlers), logging.getLogger("ssms").level
    shown = warnings.showwarning
    main([*arguments, "--quiet", "--log-level", "DEBUG"])
    assert logging.getLogger("ssms").handlers == handlers
    assert logging.getLogger("ssms").level == level
    assert warnings.showwarning is shown


def test_options_take_precedence_over_the_file(arguments, output):
    assert main([*arguments, "--model", "ddm_sdv_deadline", "--n-cpus", "2", "--quiet"]) == 0
    (path,) = data_files(output)
    assert path.parent.name == "ddm_sdv_deadline"
    data = load(path)
    assert data["lan_data"].shape == (20, 8)
    assert data["generator_config"]["pipeline"]["n_cpus"] == 2


def test_a_dry_run_shows_estimates_and_writes_nothing(arguments, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert main([*arguments, "-n", "10", "--n-cpus", "2", "--dry-run"]) == 0
    assert sorted(tmp_path.rglob("*")) == before
    text = capsys.readouterr().out
    lines = {line.split()[0]: line for line in text.splitlines() if line.strip()}
    assert lines["pipeline.n_cpus"].split(None, 2)[1:] == ["2", "command line"]
    assert lines["simulator.n_samples"].split(None, 2)[1:] == ["50", "config file"]
    assert lines["simulator.max_t"].split(None, 2)[1:] == ["20.0", "default"]
    assert lines["n_files"].split(None, 2)[1:] == ["10", "command line"]
    assert main([*arguments, "-n", "1", "--dry-run"]) == 0
    assert "n_files 1 command line" in " ".join(capsys.readouterr().out.split())
    assert "Nothing was written" in text


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_a_dry_run_estimates_the_size(arguments, small, capsys, monkeypatch, seconds):
    monkeypatch.setattr("ssms.cli.dry_run.SAMPLE_SECONDS", seconds)
    small.write_text(small.read_text().replace("N_PARAMETER_SETS: 2", "N_PARAMETER_SETS: 40"))
    _, estimated = run_json([*arguments, "-n", "3", "--dry-run"], capsys)
    _, made = run_json([*arguments, "-n", "3"], capsys)
    assert estimated["estimate"]["bytes"] == pytest.approx(made["bytes"], rel=0.05)
    assert estimated["estimate"]["seconds"] > 0


def test_a_dry_run_warns_of_a_disk_without_room(arguments, capsys, monkeypatch):
    usage = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    assert main([*arguments, "-n", "3", "--dry-run"]) == 0
    assert "has 1.00 kB free" in capsys.readouterr().err


def test_a_dry_run_fails_where_the_run_would(arguments, small, capsys):
    small.write_text(small.read_text() + "ESTIMATOR: {TYPE: kde}\nOUTPUT: {NBINS: 0}\n")
    text = small.read_text().replace(
        "N_CPUS: 1", "N_CPUS: 1, N_PARAMETER_SETS_REJECTED: 1, SIMULATION_FILTERS: {STD: 99}"
    )
    small.write_text(text)
    assert main([*arguments, "--dry-run"]) == 1
    assert "std" in capsys.readouterr().err


def test_an_output_that_is_a_file(small, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    for output in ("file", "file/below"):
        argv = ["--config-path", str(small), "--output", str(tmp_path / output)]
        assert main(argv) == 2
        assert main([*argv, "--dry-run"]) == 2
        assert f"{tmp_path / 'file'} is a file" in capsys.readouterr().err


def test_the_folder_of_the_records_is_checked_as_well(arguments, output, capsys):
    output.mkdir()
    (output / "runs").write_text("")
    assert main([*arguments, "--dry-run"]) == 2
    assert f"{output / 'runs'} is a file" in capsys.readouterr().err


def test_an_output_that_cannot_be_written(small, tmp_path, capsys, monkeypatch):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    # Root may write anywhere; so the question is answered here.
    monkeypatch.setattr("ssms.runs.plan.os.access", lambda path, mode: path != folder)
    argv = ["--config-path", str(small), "--output", str(folder / "out")]
    assert main(argv) == 2
    assert f"no permission to write in {folder}" in capsys.readouterr().err
    folder.chmod(stat.S_IRWXU)


def test_the_home_folder_may_be_written_as_tilde(small, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["--config-path", "~/small.yaml", "--output", "~/out", "--quiet"]) == 0
    assert len(data_files(tmp_path / "out")) == 1


def test_a_folder_that_holds_a_live_run_of_the_seed_warns(arguments, output, capsys):
    from ssms.cli.options import parse
    from ssms.runs.plan import make_plan, record_content
    from ssms.runs.record import begin

    argv = [*arguments, "--seed", "3"]
    live = begin(output, record_content(make_plan(vars(parse(argv)))))
    assert main([*argv, "--quiet"]) == 0
    assert live.name in capsys.readouterr().err
    live.release()


def test_the_module_runs_and_reading_its_files_needs_no_ssms(arguments, output):
    done = subprocess.run(
        [sys.executable, "-m", "ssms.cli.generate", *arguments], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (path,) = data_files(output)
    code = (
        "import pickle, sys\n"
        f"data = pickle.load(open({str(path)!r}, 'rb'))\n"
        "assert data['lan_data'].dtype == 'float32' and data['lan_data'].flags.writeable\n"
        "assert data['model_config']['params'] == ['v', 'a', 'z', 't']\n"
        "assert 'ssms' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-I", "-c", code], check=True)
