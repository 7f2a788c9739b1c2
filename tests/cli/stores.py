"""``ssms-generate`` as a process, and what MLflow knows of its runs; for the tests with stores."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "ssms.cli.generate"]

# Files that take about a tenth of a second, so that a run of 40 can be met in its middle.
STEADY = """\
MODEL: ddm
PIPELINE: {N_PARAMETER_SETS: 20, N_CPUS: 1}
SIMULATOR: {N_SAMPLES: 1000, DELTA_T: 0.001}
TRAINING: {N_SAMPLES_PER_PARAM: 100}
"""

# The command, held up for as long as a file named HOLD exists, after its last data file and
# before what it tells MLflow at the end.
HELD = """
import sys, time
from pathlib import Path
from ssms.cli import generate
from ssms.runs import work
original, hold = work.log_end, Path(sys.argv.pop(1))
def held(*args):
    while hold.exists():
        time.sleep(0.02)
    return original(*args)
work.log_end = held
sys.exit(generate.main())
"""


def start(argv: list[str], command: list[str] = COMMAND, **environ: str) -> subprocess.Popen[str]:
    """Start the command, its output and errors as text to be read."""
    return subprocess.Popen(
        [*command, *map(str, argv)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environ},
    )


def generate(argv: list[str], expected: int = 0, **environ: str) -> tuple[str, str]:
    """Run the command to its end, check its exit code, and return what it printed."""
    process = start(argv, **environ)
    printed, errors = process.communicate(timeout=300)
    assert process.returncode == expected, (process.returncode, printed, errors)
    return printed, errors


def runs(client: Any, experiment: str = "ssm-simulators") -> list[Any]:
    """Return every run of an experiment; none if there is no such experiment."""
    found = client.get_experiment_by_name(experiment)
    return client.search_runs([found.experiment_id], max_results=1000) if found else []


def files(output: Path) -> list[Path]:
    """Return the data files below an output folder."""
    return sorted((output / "data").rglob("*.pickle")) if (output / "data").exists() else []


def wait_for_files(process: subprocess.Popen[str], output: Path, number: int) -> None:
    """Wait until the command has made so many files; fail if it ends before."""
    end = time.monotonic() + 120
    while len(files(output)) < number:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.02)


def downloaded(client: Any, run_id: str, folder: Path) -> dict[str, bytes]:
    """Download every artifact of a run, and return its content by its path."""
    folder.mkdir(parents=True)
    client.download_artifacts(run_id, "", str(folder))
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
