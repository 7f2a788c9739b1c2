"""Kill a run at random moments, again and again, and compare what is left with a run in peace.

    python -m benchmarks.kill_rounds                     # 200 rounds of threads
    python -m benchmarks.kill_rounds --rounds 20 --dask  # workers of a Dask cluster are killed

A round starts ``ssms-generate`` (4 threads), kills it with SIGKILL after a random time, and starts
it again until it ends by itself.  After every kill each visible training file is read.  At the end
the folder must hold the same files with the same arrays as an undisturbed run.  With ``--dask`` the
command starts a cluster of processes, and random workers of it are killed instead.
"""

from __future__ import annotations

import argparse
import pickle
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

CONFIG = """\
MODEL: angle
PIPELINE: {N_PARAMETER_SETS: 12, N_CPUS: 4}
SIMULATOR: {N_SAMPLES: 400, DELTA_T: 0.001}
TRAINING: {N_SAMPLES_PER_PARAM: 50}
"""
CLUSTER = """\
class: LocalCluster
n_workers: 3
kwargs: {n_workers: 0, threads_per_worker: 1, dashboard_address: null}
"""
FILES = 12


def start(config: Path, output: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start the command."""
    command = [sys.executable, "-m", "ssms.cli.generate", "--config-path", str(config)]
    command += ["--output", str(output), "-n", str(FILES), "--seed", "5", "--quiet", *more]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL if more else None)


def arrays(folder: Path) -> dict[str, dict[str, bytes]]:
    """Read every visible training file: its arrays by its name; a broken one raises."""
    found = {}
    for path in sorted(folder.rglob("*.pickle")):
        data = pickle.loads(path.read_bytes())
        found[path.name] = {k: v.tobytes() for k, v in data.items() if isinstance(v, np.ndarray)}
    return found


def kill_command(config: Path, output: Path, longest: float, chance: random.Random) -> int:
    """Kill the command at random moments until it ends by itself; return how often."""
    kills = 0
    while True:
        process = start(config, output)
        # Later attempts get more time, so that a round ends.
        try:
            process.wait(timeout=chance.uniform(0.1, longest * (1 + kills / 4)))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
            arrays(output)
            continue
        assert process.returncode == 0, process.returncode
        return kills


def kill_workers(config: Path, output: Path, cluster: Path, chance: random.Random) -> int:
    """Kill workers of the command's Dask cluster while it works; return how often."""
    process = start(config, output, "--executor", "dask", "--dask-config", str(cluster))
    kills = 0
    while process.poll() is None:
        time.sleep(chance.uniform(0.2, 1.0))
        with_files = len(list(output.rglob("*.pickle")))
        if not 0 < with_files < FILES or kills == 3:
            continue
        workers = [
            child
            for child in psutil.Process(process.pid).children(recursive=True)
            if "spawn_main" in " ".join(child.cmdline())
        ]
        if workers:
            chance.choice(workers).kill()
            kills += 1
            arrays(output)
    assert process.returncode == 0, process.returncode
    return kills


def main() -> None:
    """Run the rounds and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--dask", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    kills = 0
    with tempfile.TemporaryDirectory(prefix="ssms-kill-") as name:
        folder = Path(name)
        config, cluster = folder / "config.yaml", folder / "cluster.yaml"
        config.write_text(CONFIG)
        cluster.write_text(CLUSTER)
        started = time.perf_counter()
        assert start(config, folder / "peace").wait() == 0
        longest = time.perf_counter() - started
        expected = arrays(folder / "peace")
        assert len(expected) == FILES
        for number in range(options.rounds):
            output = folder / f"round-{number}"
            if options.dask:
                kills += kill_workers(config, output, cluster, chance)
            else:
                kills += kill_command(config, output, longest, chance)
            assert arrays(output) == expected, f"round {number} differs"
            left = list(output.rglob("*.tmp"))
            assert not left, f"round {number} leaves {left}"
    print(f"{options.rounds} rounds, {kills} kills: no broken file, the same data each time")


if __name__ == "__main__":
    main()
