"""How long simulation stands still because of tracking: with the store there, and with it away.

    python -m benchmarks.tracking_wait                  # SQLite; the store away for 20 s
    python -m benchmarks.tracking_wait --uri postgresql://...   # without an outage

Three runs of 100 files, one after the other: untracked, tracked, and tracked while another process
holds the SQLite file locked for ``--away`` seconds in the middle.  From the record of each run,
which says when each file was whole and how long it took: the time between files in which nothing
was simulated, as a share of the simulating time; and the longest such gap.  These are ratios within
one run, so a busy machine matters little.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CONFIG = """\
MODEL: ddm
PIPELINE: {{N_PARAMETER_SETS: {sets}, N_SUBRUNS: 1, N_CPUS: 1}}
SIMULATOR: {{N_SAMPLES: 2000, DELTA_T: 0.001}}
TRAINING: {{N_SAMPLES_PER_PARAM: 200}}
"""


def run(folder: Path, sets: int, files: int, uri: str, away: float) -> None:
    """Make a run and print what its record says."""
    folder.mkdir()
    (folder / "config.yaml").write_text(CONFIG.format(sets=sets))
    command = [sys.executable, "-m", "ssms.cli.generate", "--config-path", "config.yaml", "--json"]
    command += ["--output", "out", "-n", str(files), "--seed", "1", "--quiet"]
    if uri:
        command += ["--mlflow-tracking-uri", uri, "--mlflow-artifact-location", "art"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    if away:
        while len(list(folder.rglob("*.pickle"))) < files // 3:
            time.sleep(0.05)
        with sqlite3.connect(folder / "mlflow.db", timeout=60) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(away)
            connection.rollback()
        connection.close()
    printed, _ = process.communicate()
    summary = json.loads(printed)
    record = json.loads(next((folder / "out" / "runs").glob("*.json")).read_text())
    finished = [file["finished"] / 1000 for file in record["files"]]
    seconds = [file["seconds"] for file in record["files"]]
    steps = zip(finished, finished[1:], seconds[1:], strict=False)
    gaps = [after - before - took for before, after, took in steps]
    label = f"tracked, store away {away:g} s" if away else "tracked" if uri else "untracked"
    print(
        f"{label:28} simulating {sum(seconds):6.1f} s, idle between files "
        f"{100 * sum(gaps) / sum(seconds):5.2f} %, longest gap {max(gaps):5.2f} s, "
        f"all in all {summary['wall_seconds']:6.1f} s, exit {process.returncode}"
    )


def main() -> None:
    """Make the three runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--away", type=float, default=20.0)
    parser.add_argument("--uri", default="sqlite:///mlflow.db")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ssms-wait-") as name:
        folder = Path(name)
        run(folder / "untracked", options.sets, options.files, "", 0)
        run(folder / "tracked", options.sets, options.files, options.uri, 0)
        if options.uri.startswith("sqlite"):
            run(folder / "away", options.sets, options.files, options.uri, options.away)


if __name__ == "__main__":
    main()
