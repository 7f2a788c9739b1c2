"""``--dry-run``: checks that everything would work, and estimates time and size."""

from __future__ import annotations

import dataclasses
import logging
import pickle
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ssms import tracking
from ssms.cli.console import Console
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
from ssms.runs.plan import Plan
from ssms.runs.resume import refuse_other_settings
from ssms.runs.settings import COMMAND_LINE, DEFAULT, RunSettings
from ssms.runs.summary import aligned, count_files, duration, size
from ssms.tracking.store import import_mlflow

__all__ = ["Estimate", "dry_run", "estimate"]

log = logging.getLogger(__name__)

SAMPLE_SECONDS = 0.5


def dry_run(plan: Plan, console: Console) -> int:
    """Check the stores, show every setting with its source, estimate; write nothing.

    It returns the exit code, and raises the errors that end a run before it begins.
    """
    stores = _probe(plan.tracking) if plan.tracking.enabled else ""
    if plan.tracking.run_id.value:
        refuse_other_settings(plan, plan.tracking.run_id.value)
    settings, n_files = plan.settings, plan.n_files
    found = estimate(settings, n_files)
    _compare_with_disk(found.bytes, plan.output)
    rows = [("output", str(plan.output), COMMAND_LINE), ("data", str(plan.folder), "derived")]
    rows += [("n_files", str(n_files), COMMAND_LINE if plan.given.get("n_files") else DEFAULT)]
    if settings.seed is None:
        rows += [("seed", "drawn for each run", "default")]
    else:
        rows += [("seed", str(settings.seed), settings.seed_source)]
    rows += [("likelihoods", plan.estimator, "derived"), ("responses", plan.method, "derived")]
    rows += settings.rows()
    text = [aligned([("setting", "value", "source"), *rows])]
    if plan.tracking.enabled:
        text += ["", "MLflow tracking:", aligned(plan.tracking.rows()), stores]
    text += ["", f"{count_files(n_files)}: {found.text()}", "Nothing was written (--dry-run)."]
    data = {
        "state": "dry run",
        "settings": {name: {"value": value, "source": source} for name, value, source in rows},
        "tracking": plan.tracking.as_dict() if plan.tracking.enabled else {},
        "stores": stores,
        "estimate": dataclasses.asdict(found),
    }
    console.conclude("\n".join(text), data)
    return 0


def _compare_with_disk(n_bytes: int, output: Path) -> None:
    """Warn if the files would take more room than the disk of the output folder has."""
    output = output.absolute()
    there = next(folder for folder in (output, *output.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if n_bytes > free:
        log.warning(
            "the files would take about %s; %s has %s free", size(n_bytes), there, size(free)
        )


def _probe(settings: tracking.TrackingSettings) -> str:
    """Check the stores and report; a missing MLflow is no error unless required."""
    problem = import_mlflow()
    if problem is None or settings.required.value:
        return tracking.probe(settings)
    log.warning("%s. The run would go on without tracking", problem)
    return "MLflow is not installed: nothing would be recorded"


@dataclasses.dataclass(frozen=True)
class Estimate:
    """How long a run would take, in seconds, and how many bytes it would write.

    Both were estimated from a sample of `sample_sets` parameter sets.
    """

    seconds: float
    bytes: int
    sample_sets: int

    def text(self) -> str:
        """Return the estimate as a line for people."""
        return (
            f"about {duration(self.seconds)} and {size(self.bytes)} "
            f"(from a sample of {self.sample_sets} parameter sets)"
        )


def estimate(settings: RunSettings, n_files: int) -> Estimate:
    """Estimate time and size of a run from small files made in memory.

    Samples double until one takes half a second or is as large as a file, so the estimate
    includes the threads that the run would use.
    """
    wanted = settings.config["pipeline"]["n_parameter_sets"]
    _sample(settings, 1)  # the time of imports and tables, which only the first set takes
    sets = 1
    seconds, n_bytes = small_seconds, small_bytes = _sample(settings, sets)
    while sets < wanted and (sets == 1 or seconds < SAMPLE_SECONDS):
        sets = min(wanted, 2 * sets)
        seconds, n_bytes = _sample(settings, sets)
    # Both grow with the sets from the cost of an empty file.
    per_set = max(seconds - small_seconds, 0.0) / max(sets - 1, 1)
    bytes_per_set = (n_bytes - small_bytes) / max(sets - 1, 1)
    return Estimate(
        seconds=(seconds + per_set * (wanted - sets)) * n_files,
        bytes=round(n_bytes + bytes_per_set * (wanted - sets)) * n_files,
        sample_sets=sets,
    )


def _sample(settings: RunSettings, sets: int) -> tuple[float, int]:
    """Return seconds and bytes of a file of so many parameter sets."""
    pipeline = settings.config["pipeline"]
    subruns = min(sets, pipeline["n_subruns"])
    small: Mapping[str, Any] = {
        **settings.config,
        "pipeline": {**pipeline, "n_parameter_sets": sets, "n_subruns": subruns},
    }
    started = time.perf_counter()
    data = TrainingDataGenerator(dict(small), seed=0).generate_data_training()
    content = pickle.dumps(data, protocol=settings.config["output"]["pickle_protocol"])
    return time.perf_counter() - started, len(content)
