"""Run by the slow tests: one process that opens a run when told to, records, and ends.

Arguments: tracking URI (or "-": from the environment), artifact location (or "-"), experiment,
file to wait for (or "-"), name of the run.  Prints the run id and whether the run is complete.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import ssms.tracking
from ssms.tracking.store import import_mlflow


def main() -> None:
    uri, location, experiment, start, name = sys.argv[1:6]
    assert import_mlflow() is None
    Path(f"{name}.ready").touch()
    while start != "-" and not Path(start).exists():
        time.sleep(0.01)
    with ssms.tracking.run(
        name=name,
        tracking_uri=None if uri == "-" else uri,
        artifact_location=None if location == "-" else location,
        experiment_name=experiment,
        # Not about timeouts: many processes import and migrate on few cores.
        timeout=300,
    ) as run:
        run.log_params({f"p{number}": number for number in range(10)})
        run.log_metrics({"a": 1.0, "b": 2.0})
        run.log_text(name, "name.txt")
    print(run.run_id, run.complete)


if __name__ == "__main__":
    main()
