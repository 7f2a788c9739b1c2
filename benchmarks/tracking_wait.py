"""How long simulation stands still because of tracking: with the store there, and with it away.

    python -m benchmarks.tracking_wait                              # SQLite
    python -m benchmarks.tracking_wait --uri postgresql://...       # or MySQL, or an MLflow server

Three runs of 100 files, one after the other: untracked, tracked, and tracked with the store away
for ``--away`` seconds in the middle: another process holds the SQLite file locked, or a proxy
before the server closes every connection and refuses new ones.  Printed are, from the record of
each run, which says when each file was whole and how long it took: the time between files in which
nothing was simulated, as a share of the simulating time; the longest such gap; and the processor
time of the simulating thread from the first file to the last.  These are ratios within one run,
or processor time, so a busy machine matters little.  At the end the metrics in the store are
counted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

CONFIG = """\
MODEL: ddm
PIPELINE: {{N_PARAMETER_SETS: {sets}, N_SUBRUNS: 1, N_CPUS: 1}}
SIMULATOR: {{N_SAMPLES: 2000, DELTA_T: 0.001}}
TRAINING: {{N_SAMPLES_PER_PARAM: 200}}
"""


class Proxy:
    """Passes connections on to a server, or refuses them."""

    def __init__(self, host: str, port: int) -> None:
        self.server = (host, port)
        self.open: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(self.server)
                self.open += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._copy, args=pair, daemon=True).start()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(65536):
                target.sendall(content)
            target.shutdown(socket.SHUT_WR)

    def away(self, seconds: float) -> None:
        """Refuse everything for so long."""
        for each in (self.listener, *self.open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        time.sleep(seconds)
        self.open, self.listener = [], socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()


def main_thread_seconds(pid: int) -> float:
    """Return the processor time of a process's main thread."""
    fields = Path(f"/proc/{pid}/task/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def in_background(function, *arguments) -> Iterator[None]:
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    yield
    thread.join()


def lock(path: Path, seconds: float) -> None:
    """Hold an SQLite file."""
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        time.sleep(seconds)
        connection.rollback()


def run(folder: Path, sets: int, files: int, uri: str, away: float) -> None:
    """Make a run and print what its record says."""
    folder.mkdir()
    (folder / "config.yaml").write_text(CONFIG.format(sets=sets))
    command = [sys.executable, "-m", "ssms.cli.generate", "--config-path", "config.yaml", "--json"]
    command += ["--output", "out", "-n", str(files), "--seed", "1", "--quiet"]
    proxy = None
    if uri:
        from sqlalchemy.engine import make_url

        url = make_url(uri)
        if url.host:
            proxy = Proxy(url.host, url.port or 5432)
            url = url.set(host="127.0.0.1", port=proxy.port)
        command += ["--mlflow-tracking-uri", url.render_as_string(hide_password=False)]
        command += ["--mlflow-experiment-name", folder.parent.name]
        command += ["--mlflow-artifact-location", str(folder.parent / "art")]
    environ = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, env=environ)

    def wait_for(count: int) -> float:
        seconds = 0.0
        while process.poll() is None and len(list(folder.rglob("*.pickle"))) < count:
            seconds = main_thread_seconds(process.pid)
            time.sleep(0.02)
        return seconds

    first = wait_for(1)
    with contextlib.ExitStack() as stack:
        if away:
            wait_for(files // 3)
            leave = in_background(proxy.away, away) if proxy else None
            stack.enter_context(leave or in_background(lock, folder / "mlflow.db", away))
        last = wait_for(files)
    printed, _ = process.communicate()
    summary = json.loads(printed)
    record = json.loads(next((folder / "out" / "runs").glob("*.json")).read_text())
    finished = [file["finished"] / 1000 for file in record["files"]]
    seconds = [file["seconds"] for file in record["files"]]
    steps = zip(finished, finished[1:], seconds[1:], strict=False)
    gaps = [after - before - took for before, after, took in steps]
    label = f"tracked, store away {away:g} s" if away else "tracked" if uri else "untracked"
    print(
        f"{label:28} first to last file {finished[-1] - finished[0]:6.1f} s (processor time of the "
        f"simulating thread {last - first:6.2f} s), idle between files "
        f"{100 * sum(gaps) / sum(seconds):5.2f} %, longest gap {max(gaps):5.2f} s, "
        f"all in all {summary['wall_seconds']:6.1f} s, exit {process.returncode}"
    )
    if uri:
        from mlflow import MlflowClient

        kept = uri if proxy else f"sqlite:///{folder}/mlflow.db"
        run_id = summary["tracking"]["run_id"]
        found = MlflowClient(tracking_uri=kept).get_metric_history(run_id, "file_bytes")
        print(f"{'':28} {len({metric.step for metric in found})} files in the store")


def main() -> None:
    """Make the three runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--away", type=float, default=20.0)
    parser.add_argument("--uri", default="sqlite:///mlflow.db")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ssms-wait-") as name:
        for label, uri, away in (
            ("untracked", "", 0.0),
            ("tracked", options.uri, 0.0),
            ("away", options.uri, options.away),
        ):
            run(Path(name, label), options.sets, options.files, uri, away)


if __name__ == "__main__":
    main()
