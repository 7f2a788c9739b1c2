"""Run by the slow tests: processes that open a run at one instant, record, and end.

Arguments: number of processes, tracking URI, artifact location (or "-"), experiment.  MLflow is
imported once and the processes are forked from here, so that what races is the opening of the
store and not the importing of modules; nothing of a store exists before the fork.  Each process
writes its outcome to a file NAME.out in the current folder.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

import ssms.tracking
from ssms.tracking.store import import_mlflow


def record(uri: str, location: str, experiment: str, name: str) -> str:
    with ssms.tracking.run(
        name=name,
        tracking_uri=uri,
        artifact_location=None if location == "-" else location,
        experiment_name=experiment,
        # Not about timeouts: many processes on few cores.
        timeout=300,
    ) as run:
        run.log_params({f"p{number}": number for number in range(10)})
        run.log_metrics({"a": 1.0, "b": 2.0})
        run.log_text(name, "name.txt")
    return "complete" if run.complete else "incomplete"


def main() -> None:
    count, uri, location, experiment = sys.argv[1:5]
    assert import_mlflow() is None
    import mlflow.store.db.utils  # so that no process spends the instant importing it

    assert mlflow
    instant = time.monotonic() + 1.0
    children = []
    for number in range(int(count)):
        pid = os.fork()
        if pid:
            children.append(pid)
            continue
        try:
            time.sleep(max(0.0, instant - time.monotonic()))
            outcome = record(uri, location, experiment, f"w{number}")
        except BaseException:
            outcome = traceback.format_exc()
        finally:
            Path(f"w{number}.out").write_text(outcome)
            os._exit(0)
    for pid in children:
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
