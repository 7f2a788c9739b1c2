"""The records that tracking gets of a run: a function of its record and its files.

So sending the rest is the same code as sending.  The names are part of the interface: consumers
search runs by ``data_*`` parameters and read ``generated_files_inventory.json``.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ssms._version import __version__
from ssms.runs.files import FileReport, read_file
from ssms.runs.record import RunRecord
from ssms.runs.settings import leaves
from ssms.tracking import Run

__all__ = ["FOLDER_PARAMETER", "inventory", "log_end", "log_figure", "log_file", "log_start"]

log = logging.getLogger(__name__)

MEGABYTE = 1_000_000
FOLDER_PARAMETER = "data_output_folder"


def log_start(run: Run, record: RunRecord, facts: Mapping[str, Any]) -> None:
    """Send the facts that are known before the first simulation.

    Beside the record's, these are ``estimator_type``, ``method`` and ``n_cpus`` as resolved, and
    the configurations as plain data, ``data_config`` and ``model_config``.
    """
    content, config = record.content, facts["data_config"]
    parameters: dict[str, Any] = {
        "model": content["model"],
        "generator_approach": config["generator_approach"],
        "n_files": content["n_files"],
        "config_sha256": content["config_sha256"],
        "ssm_simulators_version": __version__,
        "estimator_type": facts["estimator_type"],
        "method": facts["method"],
        "n_cpus": facts["n_cpus"],
        "seed": content["seed"],
        "seed_source": content["seed_source"],
    }
    parameters |= {f"{name}_version": value for name, value in content["versions"].items()}
    parameters |= {f"data_{section}": str(value) for section, value in config.items()}
    for name, value in leaves(config):
        parameters.setdefault(name, value)
    run.log_params({name: str(value) for name, value in parameters.items()})
    run.log_dict(config, "data_config.json")
    run.log_dict(facts["model_config"], "model_config.json")
    run.log_text(content["repeat"] + "\n", "command.txt")


def log_file(run: Run, report: FileReport) -> None:
    """Send the facts of one file; sent again they are the same, time included."""
    metrics = {"file_rows": float(report.rows), "file_bytes": float(report.bytes)}
    metrics |= {f"file_{name}": value for name, value in report.facts.items()}
    if report.seconds is not None:
        metrics["file_seconds"] = report.seconds
        if report.seconds > 0:
            metrics["file_sets_per_second"] = report.sets / report.seconds
    run.log_metrics(metrics, step=report.index, timestamp=report.finished or None)


def log_figure(run: Run, path: Path) -> None:
    """Send a figure of one file's content, if matplotlib is there to draw it."""
    if run.run_id is None:
        return

    def draw() -> Any:
        from ssms.plotting.training_file import training_data_figure

        try:
            return training_data_figure(read_file(path))
        except ImportError:
            log.warning("no figure is sent to MLflow: matplotlib is not installed")
        except Exception as error:  # a picture must not cost the data
            log.warning("no figure is sent to MLflow: %s: %s", type(error).__name__, error)
        return None

    run.log_figure(draw, "training_data.png")


def log_end(
    run: Run, record: RunRecord, folder: Path, output: Path, reports: Iterable[FileReport]
) -> None:
    """Send the facts that are known when all files are whole."""
    listed = inventory(reports, folder, output)
    run.log_params({FOLDER_PARAMETER: str(folder.absolute())})
    run.log_metrics(
        {
            "num_files_generated": float(listed["num_files"]),
            "total_data_size_mb": listed["total_size_mb"],
        }
    )
    run.log_dict(listed, "generated_files_inventory.json")
    run.log_dataset(folder, f"{record.content['model']} training data", _digest(listed["files"]))
    # Whether everything was sent is not known yet.
    tracked = {key: item for key, item in record.content["tracking"].items() if key != "complete"}
    run.log_dict({**record.content, "tracking": tracked}, "run_record.json")


def inventory(reports: Iterable[FileReport], folder: Path, output: Path) -> dict[str, Any]:
    """Return the list of a run's files, as LANfactory reads it from the run's artifacts.

    Sizes are given in bytes and in MB (10⁶ bytes).
    """
    files: list[dict[str, Any]] = [
        {
            "filename": report.name,
            "relative_path": str((folder / report.name).relative_to(output)),
            "size_bytes": report.bytes,
            "size_mb": round(report.bytes / MEGABYTE, 3),
            "sha256": report.sha256,
        }
        for report in reports
    ]
    total = round(sum(file["size_bytes"] for file in files) / MEGABYTE, 3)
    return {"num_files": len(files), "total_size_mb": total, "files": files}


def _digest(files: Iterable[Mapping[str, Any]]) -> str:
    """Return a digest of the content of all files, short enough for MLflow (36 characters)."""
    lines = sorted(f"{file['filename']} {file['sha256']}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:32]
