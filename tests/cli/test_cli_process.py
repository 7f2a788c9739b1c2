"""``ssms-generate`` as a process: signals, locks, many at once."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time

import pytest

COMMAND = [sys.executable, "-m", "ssms.cli.generate"]


@pytest.fixture
def slower(small):
    """A configuration whose files take tens of milliseconds, so that a signal hits their making."""
    small.write_text(
        "MODEL: ddm\n"
        "PIPELINE: {N_PARAMETER_SETS: 10}\n"
        "SIMULATOR: {N_SAMPLES: 1000, DELTA_T: 0.001}\n"
        "TRAINING: {N_SAMPLES_PER_PARAM: 100}\n"
    )
    return small


def start(arguments, **environ):
    return subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    )


def files(output):
    return sorted((output / "data").rglob("*.pickle")) if (output / "data").exists() else []


def wait_for_a_file(process, output):
    end = time.monotonic() + 30
    while not files(output):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.01)


def records(output):
    return [json.loads(path.read_text()) for path in sorted((output / "runs").glob("*.json"))]


@pytest.mark.parametrize(
    ("signum", "code"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, 143),
        (signal.SIGHUP, 129),
        (signal.SIGUSR2, 140),  # from SGE, with -notify, before it kills
        (signal.SIGKILL, -signal.SIGKILL),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_signal_leaves_whole_files_and_the_same_command_makes_the_rest(
    signum, code, arguments, slower, output
):
    argv = [*arguments, "--n-files", "12", "--json"]
    process = start(argv)
    wait_for_a_file(process, output)
    process.send_signal(signum)
    printed, _ = process.communicate(timeout=10)
    assert process.returncode == code

    (record,) = records(output)
    left = files(output)
    assert 0 < len(left) < 12
    for path in left:
        with path.open("rb") as file:
            assert pickle.load(file)["theta"].shape == (10, 4)
    if signum != signal.SIGKILL:
        assert record["state"] == json.loads(printed)["state"] == "interrupted"
        assert list((output / "data").rglob(".*")) == []

    done = subprocess.run([*COMMAND, *argv], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["files_found"] == len(left)
    assert summary["files_found"] + summary["files_made"] == len(files(output)) == 12
    assert summary["seed"] == record["seed"]
    (record,) = records(output)
    assert record["state"] == "complete"
    assert [file["index"] for file in record["files"]] == list(range(12))
    assert sorted((output / "runs").iterdir()) == [output / "runs" / f"{record['run']}.json"]
    assert list((output / "data").rglob(".*")) == []


def test_commands_side_by_side_in_one_folder_are_runs_of_their_own(arguments, output):
    processes = [
        start(
            [*arguments, "-n", "2", "--quiet"], SLURM_ARRAY_JOB_ID="9", SLURM_ARRAY_TASK_ID=str(i)
        )
        for i in range(4)
    ]
    for process in processes:
        assert process.wait(timeout=60) == 0, process.communicate()[1]
        process.communicate()
    found = records(output)
    assert [record["state"] for record in found] == ["complete"] * 4
    assert len({record["seed"] for record in found}) == 4
    assert {record["slurm"]["task"] for record in found} == set("0123")
    assert len(files(output)) == 8


def test_a_reader_that_stops_reading_is_no_error():
    process = subprocess.Popen(
        [*COMMAND, "--list-models"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=10) == 0


def test_the_order_of_hashes_changes_nothing(arguments, output, tmp_path):
    import numpy as np

    contents = []
    for number, hashes in enumerate(("0", "1")):
        folder = tmp_path / f"hash{number}"
        argv = [folder if word == str(output) else word for word in arguments]
        process = start([*map(str, argv), "--seed", "3", "--quiet"], PYTHONHASHSEED=hashes)
        assert process.communicate(timeout=60) == ("", "")
        (path,) = files(folder)
        with path.open("rb") as file:
            contents.append((path.name, pickle.load(file)))
    (one_name, one), (two_name, two) = contents
    assert one_name == two_name
    assert list(one) == list(two)
    for key in ("theta", "lan_data", "lan_labels", "opn_labels", "binned_128"):
        np.testing.assert_array_equal(one[key], two[key])


def test_a_call_that_was_given_up_does_not_hold_the_process():
    program = """
import atexit, sys, time
from ssms.cli import generate
from ssms.tracking.calls import bounded_call
atexit.register(print, "the interpreter ended")
try:
    bounded_call(lambda: time.sleep(60), 0.1)
except Exception as error:
    print(type(error).__name__)
sys.argv[1:] = ["--version"]
sys.exit(generate.command())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=50
    )
    assert done.returncode == 0, done.stderr
    first, second, *_ = done.stdout.splitlines()
    assert first == "Unavailable"
    assert second.startswith("ssm-simulators")
    assert "the interpreter ended" not in done.stdout


def test_an_untracked_run_imports_little(small, tmp_path):
    unneeded = {
        *("ssms.tracking.store", "ssms.tracking.sender", "ssms.cli.show", "ssms.runs.folder"),
        *("importlib.metadata", "psutil", "socket", "sqlite3", "tqdm"),
        *("distributed", "matplotlib", "mlflow", "pandas", "scipy"),
    }
    arguments = ["--config-path", str(small), "--output", str(tmp_path / "out")]
    script = (
        "import sys; from ssms.cli.generate import main; "
        f"code = main({arguments}); print(code, sorted({unneeded} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "0 []", done.stderr


def test_the_process_ends_with_all_that_was_printed(small, tmp_path):
    arguments = ["--config-path", str(small), "--output", str(tmp_path / "out"), "--json"]
    made = start(arguments)
    out, _ = made.communicate()
    assert (made.returncode, json.loads(out)["state"]) == (0, "complete")


@pytest.mark.parametrize(("code", "said"), [(0, "complaint\n"), (1, "complaint\n"), (130, "")])
def test_libraries_that_a_signal_has_cut_short_do_not_complain_at_the_end(code, said):
    script = (
        "import atexit, sys\n"
        "from ssms.cli import generate\n"
        "atexit.register(lambda: print('complaint', file=sys.stderr))\n"
        f"generate.main = lambda: {code}\n"
        "sys.exit(generate.command())\n"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (found.returncode, found.stderr) == (code, said)
