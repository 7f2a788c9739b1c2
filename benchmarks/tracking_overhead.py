"""What MLflow tracking adds to a run: the same command with and without it, time and CPU.

    python -m benchmarks.tracking_overhead                    # 100 files, about a minute each way
    python -m benchmarks.tracking_overhead --files 20 --rounds 3

Each round runs `ssms-generate` twice with one seed, first untracked, then tracked into a cold
SQLite file (the next round the other way round).  The first runs, in which Python compiles what it
imports, are not counted, and the files are sized by trials so that an untracked run takes about
``--seconds``.  Printed are wall time and CPU time (user and system, of the
process and its children), and the ratios tracked / untracked.  On a busy machine the simulation
itself varies by more than tracking costs; so the same is measured with files of one parameter set
as well, where almost all of the time is tracking's.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

TARGET = 1.10  # of the issue: tracking adds less than a tenth
TRIAL_SETS = 100
OFF_SIZE = 0.15  # a run that is farther from the length asked for is said to be

CONFIG = """\
MODEL: ddm
PIPELINE: {{N_PARAMETER_SETS: {sets}, N_SUBRUNS: 1, N_CPUS: {cpus}}}
SIMULATOR: {{N_SAMPLES: 2000, DELTA_T: 0.001}}
TRAINING: {{N_SAMPLES_PER_PARAM: 200}}
"""


@dataclass
class Cost:
    """What a command took, in seconds."""

    wall: float
    user: float
    system: float

    @property
    def cpu(self) -> float:
        return self.user + self.system


def measure(argv: list[str], folder: Path) -> Cost:
    """Run the command in a folder, and return what it took."""
    environ = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    command = [sys.executable, "-m", "ssms.cli.generate", *argv, "--quiet"]
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, check=True, cwd=folder, env=environ)
    wall, after = time.perf_counter() - started, os.times()
    return Cost(
        wall,
        after.children_user - before.children_user,
        after.children_system - before.children_system,
    )


def run(sets: int, files: int, tracked: bool, cpus: str = "1") -> tuple[Cost, str]:
    """Make the files in a new folder; return the cost, and a digest of all that was made."""
    with tempfile.TemporaryDirectory(prefix="ssms-overhead-") as name:
        folder = Path(name)
        (folder / "config.yaml").write_text(CONFIG.format(sets=sets, cpus=cpus))
        argv = ["--config-path", "config.yaml", "--output", "out", "--seed", "1"]
        argv += ["--n-files", str(files)]
        if tracked:
            argv += ["--mlflow-run-name", "overhead"]
        cost = measure(argv, folder)
        made = sorted((folder / "out" / "data").rglob("*.pickle"))
        assert len(made) == files
        content = "".join(hashlib.sha256(path.read_bytes()).hexdigest() for path in made)
        return cost, hashlib.sha256(content.encode()).hexdigest()


def sets_for(seconds: float, files: int, cpus: str) -> int:
    """Return the parameter sets of a file with which a run takes about so long.

    The second trial is of files as large as the first one found, so that what a set costs is
    measured where it is used.
    """
    trial_files = max(4, files // 5)
    start, sets = run(1, trial_files, False, cpus)[0].wall, TRIAL_SETS
    for _ in range(2):
        wall = run(sets, trial_files, False, cpus)[0].wall
        per_set = max(wall - start, 1e-3) / (trial_files * max(sets - 1, 1))
        sets = max(2, round((seconds - start) / files / per_set))
    return sets


def warm_up(cpus: str) -> None:
    """Let Python compile all that both kinds of run import."""
    for tracked in (False, True):
        run(1, 1, tracked, cpus)


def show(results: dict[bool, tuple[Cost, str]]) -> None:
    for tracked, (cost, _) in sorted(results.items()):
        print(
            f"{'tracked' if tracked else 'untracked':>10}: {cost.wall:7.2f} s wall, "
            f"{cost.user:7.2f} s user, {cost.system:6.2f} s system"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60.0, help="of an untracked run")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cpus", default="1", help="threads of the simulation")
    options = parser.parse_args()
    warm_up(options.cpus)
    sets = sets_for(options.seconds, options.files, options.cpus)
    tiny = {tracked: run(1, options.files, tracked, options.cpus) for tracked in (False, True)}
    print(f"{options.files} files of 1 parameter set")
    show(tiny)
    alone = tiny[True][0].cpu - tiny[False][0].cpu
    share = alone / options.seconds
    print(f"     tracking alone: {alone:.2f} s CPU, {share:.1%} of {options.seconds:g} s")
    print(f"{options.files} files of {sets} parameter sets, {options.cpus} thread(s)")
    ratios = []
    for number in range(options.rounds):
        order = (False, True) if number % 2 == 0 else (True, False)
        results = {tracked: run(sets, options.files, tracked, options.cpus) for tracked in order}
        (plain, one), (tracked, other) = results[False], results[True]
        assert one == other, "tracking changed the data"
        show(results)
        if abs(plain.wall / options.seconds - 1) > OFF_SIZE:
            print(f"     (not the {options.seconds:g} s asked for: the machine is busy, try again)")
        ratios.append((tracked.wall / plain.wall, tracked.cpu / plain.cpu))
        print(f"     ratio: {ratios[-1][0]:.3f} wall, {ratios[-1][1]:.3f} CPU")
    wall, cpu = (median(column) for column in zip(*ratios, strict=True))
    print(f"median ratio: {wall:.3f} wall, {cpu:.3f} CPU; target below {TARGET:.2f}")
    return 0 if wall < TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
