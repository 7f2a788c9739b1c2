"""Run by test_tracking_status: one forked child for each way in which a process can end.

MLflow is imported once; each child opens a run, says so, and ends in its way.  Prints one JSON
object: the run id and the wait status of each child.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import ssms.tracking
from ssms.tracking.store import import_mlflow

SIGNALS = {"sigint": "SIGINT", "sigterm": "SIGTERM", "sighup": "SIGHUP", "sigkill": "SIGKILL"}


def end(how: str) -> None:
    if how == "exception":
        raise RuntimeError("a worker failed")
    if how == "exit0":
        sys.exit(0)
    if how == "exit3":
        sys.exit(3)
    if how in SIGNALS:
        time.sleep(60)


def child(how: str, folder: Path) -> None:
    with ssms.tracking.run(
        name=how,
        tracking_uri=f"sqlite:///{folder / 'tracking.db'}",
        artifact_location=str(folder / "artifacts"),
    ) as run:
        run.log_params({"how": how})
        (folder / f"{how}.tmp").write_text(str(run.run_id))
        (folder / f"{how}.tmp").rename(folder / f"{how}.id")
        end(how)


def start(how: str, folder: Path) -> int:
    """Fork the child of one case and return its pid."""
    pid = os.fork()
    if pid:
        return pid
    code: object = 1
    try:
        child(how, folder)
        code = 0
    except SystemExit as error:
        code = error.code or 0
    except KeyboardInterrupt:
        code = 130
    finally:
        os._exit(int(code))  # type: ignore[call-overload]


def main() -> None:
    folder, cases = Path(sys.argv[1]), sys.argv[2:]
    assert import_mlflow() is None
    children = {how: start(how, folder) for how in cases}
    found = {}
    for how, pid in children.items():
        mark = folder / f"{how}.id"
        while not mark.exists():
            time.sleep(0.02)
        if how in SIGNALS:
            os.kill(pid, getattr(signal, SIGNALS[how]))
        _, status = os.waitpid(pid, 0)
        found[how] = [mark.read_text(), os.waitstatus_to_exitcode(status)]
    print(json.dumps(found))


if __name__ == "__main__":
    main()
