"""What tracking is told about a run: parameters, metrics, tags and artifacts.

The names are part of the interface: consumers search runs by ``data_*`` parameters and read
``generated_files_inventory.json``.
"""

from __future__ import annotations

import hashlib
import logging
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ssms._version import __version__
from ssms.cli.record import RunRecord
from ssms.cli.run import FileReport
from ssms.cli.settings import RunSettings, leaves
from ssms.tracking import Run

__all__ = ["inventory", "log_end", "log_figure", "log_file", "log_start", "versions"]

log = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
FOLDER_PARAMETER = "data_output_folder"


def versions() -> dict[str, str]:
    """Return the versions of all that decides the data."""
    from importlib.metadata import version

    return {
        "ssm_simulators": __version__,
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "platform": platform.platform(),
    }


def log_start(run: Run, settings: RunSettings, record: RunRecord, facts: Mapping[str, Any]) -> None:
    """Send what is known before the first simulation.

    Parameters
    ----------
    run : Run
        From `ssms.tracking.run`.
    settings : RunSettings
        What is made.
    record : RunRecord
        The run's record.
    facts : mapping
        ``estimator_type``, ``method``, ``n_cpus`` as resolved, and the configurations as plain
        data, ``data_config`` and ``model_config``.
    """
    content, config = record.content, facts["data_config"]
    parameters: dict[str, Any] = {
        "model": settings.model,
        "generator_approach": settings.config["generator_approach"],
        "n_files": content["n_files"],
        "config_sha256": settings.config_sha256,
        "ssm_simulators_version": __version__,
        "estimator_type": facts["estimator_type"],
        "method": facts["method"],
        "n_cpus": facts["n_cpus"],
        "seed": content["seed"],
        "seed_source": content["seed_source"],
    }
    parameters |= {f"{name}_version": value for name, value in versions().items()}
    parameters |= {f"data_{section}": str(value) for section, value in config.items()}
    for name, value in leaves(config):
        parameters.setdefault(name, value)
    run.log_params({name: str(value) for name, value in parameters.items()})
    run.log_dict(config, "data_config.json")
    run.log_dict(facts["model_config"], "model_config.json")
    run.log_text(content["repeat"] + "\n", "command.txt")


def log_file(run: Run, report: FileReport) -> None:
    """Send what is known of one file as it appears."""
    metrics = {"file_rows": float(report.rows), "file_bytes": float(report.bytes)}
    if report.seconds is not None:
        metrics["file_seconds"] = report.seconds
        if report.seconds > 0:
            metrics["file_sets_per_second"] = report.sets / report.seconds
    run.log_metrics(metrics, step=report.index)


def log_figure(run: Run, data: Mapping[str, Any]) -> None:
    """Send a figure of one file's content, if matplotlib is there to draw it."""
    if run.run_id is None:
        return
    from ssms.cli.report_figure import training_data_figure

    try:
        figure = training_data_figure(data)
    except ImportError:
        log.warning("no figure is sent to MLflow: matplotlib is not installed")
        return
    except Exception as error:  # a picture must not cost the data
        log.warning("no figure is sent to MLflow: %s: %s", type(error).__name__, error)
        return
    run.log_figure(figure, "training_data.png")


def log_end(
    run: Run, record: RunRecord, folder: Path, output: Path, reports: Iterable[FileReport]
) -> None:
    """Send what is known when all files are whole."""
    listed = inventory(reports, folder, output)
    total = sum(report["size_mb"] for report in listed["files"])
    run.log_params({FOLDER_PARAMETER: str(folder.absolute())})
    run.log_metrics(
        {"num_files_generated": float(listed["num_files"]), "total_data_size_mb": total}
    )
    run.log_dict(listed, "generated_files_inventory.json")
    run.log_dataset(folder, f"{record.content['model']} training data", _digest(listed["files"]))
    # Whether everything was sent is not known yet, to those who read this.
    tracked = {key: item for key, item in record.content["tracking"].items() if key != "complete"}
    run.log_dict({**record.content, "tracking": tracked}, "run_record.json")


def inventory(reports: Iterable[FileReport], folder: Path, output: Path) -> dict[str, Any]:
    """Return the list of a run's files, as LANfactory reads it from the run's artifacts."""
    files = [
        {
            "filename": report.name,
            "relative_path": str((folder / report.name).relative_to(output)),
            "size_bytes": report.bytes,
            "size_mb": round(report.bytes / MEGABYTE, 2),
            "sha256": report.sha256,
        }
        for report in reports
    ]
    total = round(sum(file["size_bytes"] for file in files) / MEGABYTE, 2)  # type: ignore[misc]
    return {"num_files": len(files), "total_size_mb": total, "files": files}


def _digest(files: Iterable[Mapping[str, Any]]) -> str:
    """Return a digest of the content of all files, short enough for MLflow (36 characters)."""
    lines = sorted(f"{file['filename']} {file['sha256']}\n" for file in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:32]
