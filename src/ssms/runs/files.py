"""The files of a run: making and inspecting them."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import logging
import pickle
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ssms._version import __version__
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
from ssms.dataset_generators.parallel import CancelFlag
from ssms.dataset_generators.writers import write_training_file
from ssms.errors import ConfigError

__all__ = ["FileReport", "Job", "find_faults", "found_file", "make_file", "read_file"]

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class FileReport:
    """The facts of one file of a run.

    Attributes
    ----------
    index : int
        Its number in the run, from 0.
    name : str
        Its name, without folder.
    bytes, rows, sets : int
        Its size, the rows of training data, the parameter sets.
    sha256 : str
        Of its bytes, in hexadecimal.
    seconds : float or None
        How long it took to make and write; None if that is not known.
    finished : int
        When it was whole, in milliseconds since 1970.
    facts : mapping of str to float
        Omission share, choice shares and mean response time (seconds) of its simulations.
    sent, uploaded : bool
        Whether the tracking store has these facts, and the file itself.

    Examples
    --------
    >>> from ssms.runs import Threads
    >>> for report in Threads().make(job, [0, 1], progress):  # doctest: +SKIP
    ...     print(report.name, report.rows)
    """

    index: int
    name: str
    bytes: int
    rows: int
    sets: int
    sha256: str
    seconds: float | None
    finished: int = 0
    facts: Mapping[str, float] = dataclasses.field(default_factory=dict)
    sent: bool = False
    uploaded: bool = False


@dataclasses.dataclass(frozen=True)
class Job:
    """The facts that a worker needs to make files of a run; they can be sent to another machine.

    They are the generator configuration with its output folder, as JSON, the run's seed, and the
    version of the package that planned the run.
    """

    config: str
    seed: int
    version: str = __version__

    @classmethod
    def of(cls, config: Mapping[str, Any], seed: int) -> Job:
        """Return the job of a configuration and a seed."""
        return cls(json.dumps(config), seed)

    @property
    def generator(self) -> TrainingDataGenerator:
        """Return the generator of its files; made once in a process."""
        return _generator(self)

    def alone(self) -> Job:
        """Return the same job for a worker that runs several at once: one thread each."""
        config = json.loads(self.config)
        config["pipeline"]["n_cpus"] = 1
        return dataclasses.replace(self, config=json.dumps(config))


@functools.lru_cache(maxsize=4)
def _generator(job: Job) -> TrainingDataGenerator:
    if job.version != __version__:
        raise ConfigError(
            f"this worker has ssm-simulators {__version__}, but the run was planned by "
            f"{job.version}; install one version everywhere"
        )
    return TrainingDataGenerator(json.loads(job.config), seed=job.seed)


def make_file(
    job: Job,
    index: int,
    progress: Callable[[int], object] | None = None,
    cancel: CancelFlag | None = None,
) -> FileReport:
    """Make one file of a run and write it whole.

    `progress` is called with the number of parameter sets that are done.
    """
    generator = job.generator
    output = generator.generator_config["output"]
    path = Path(output["folder"]) / generator.file_name(index)
    started = time.perf_counter()
    data = generator.generate_data_training(file_index=index, progress=progress, cancel=cancel)
    write_training_file(path, data, output["pickle_protocol"])
    report = _report(index, path, data, time.perf_counter() - started)
    log.info("file %s is whole: %d bytes in %.2f s", path, report.bytes, report.seconds or 0)
    return report


def found_file(index: int, path: Path) -> FileReport | None:
    """Return the facts of an existing file; None if it is damaged."""
    try:
        data = read_file(path)
        faults = _faults_of(data)
        if not faults:
            return _report(index, path, data, None)
    except Exception as error:  # a pickle of anything
        faults = [f"{type(error).__name__}: {error}"]
    log.debug("%s: %s", path, "; ".join(faults))
    return None


def read_file(path: Path) -> dict[str, Any]:
    """Return the content of a training file; `ConfigError` if it is not whole."""
    try:
        with path.open("rb") as stream:
            data = pickle.load(stream)
        return {**data, "theta": np.asarray(data["theta"])}
    except Exception as error:  # a damaged pickle raises anything
        reason = f"{type(error).__name__}: {error}"
        raise ConfigError(f"cannot be read as a training file ({reason})") from None


def _report(index: int, path: Path, data: Mapping[str, Any], seconds: float | None) -> FileReport:
    stat = path.stat()
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    sets = len(data["theta"])
    return FileReport(
        index=index,
        name=path.name,
        bytes=stat.st_size,
        rows=sets if data.get("lan_data") is None else len(data["lan_data"]),
        sets=sets,
        sha256=digest,
        seconds=seconds,
        finished=stat.st_mtime_ns // 1_000_000,
        facts=_facts(data),
    )


def _facts(data: Mapping[str, Any]) -> dict[str, float]:
    """Return facts by which files can be compared, from their labels and histograms."""
    facts = {}
    if data.get("opn_labels") is not None:
        facts["omission_share"] = float(np.mean(data["opn_labels"]))
    rejections = data["generator_config"].get("provenance", {}).get("rejections", {})
    for name, number in rejections.items():
        facts[f"rejected_by_{name}"] = float(number)
    counts = data.get("binned_256")
    if counts is None or not np.sum(counts):
        return facts
    counts = np.asarray(counts, dtype=np.float64)
    totals = counts.sum(axis=(0, 1))
    for choice, count in zip(data["model_config"]["choices"], totals, strict=True):
        facts[f"choice_share_{choice}"] = float(count / totals.sum())
    width = data["generator_config"]["simulator"]["max_t"] / counts.shape[1]
    bins = counts.sum(axis=(0, 2))
    facts["mean_rt"] = float(bins @ (np.arange(len(bins)) + 0.5) * width / bins.sum())
    return facts


def find_faults(path: Path, report: FileReport | None = None) -> list[str]:
    """Return everything that is wrong with a training file, given its facts in a record, if any.

    A whole file has size and SHA-256 as recorded, as many parameter sets and rows as its
    configuration says, and labels that are finite and of the shape of their data.
    """
    if report is not None:
        if path.stat().st_size != report.bytes:
            return [f"size is {path.stat().st_size} bytes, the record says {report.bytes}"]
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != report.sha256:
                return ["SHA-256 is not the one in the record"]
    try:
        data = read_file(path)
    except ConfigError as error:
        return [str(error)]
    try:
        return _faults_of(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [f"is no training file ({type(error).__name__}: {error})"]


def _faults_of(data: Mapping[str, Any]) -> list[str]:
    config = data["generator_config"]
    sets = config["pipeline"]["n_parameter_sets"]
    expected = {"theta": sets}
    if data.get("lan_data") is not None:
        expected["lan_data"] = sets * config["training"]["n_samples_per_param"]
    faults = [
        f"{key} has {len(data[key])} rows instead of {rows}"
        for key, rows in expected.items()
        if len(data[key]) != rows
    ]
    for key, labels in data.items():
        if not key.endswith("_labels"):
            continue
        if labels is None:
            faults.append(f"{key} are absent")
            continue
        if not np.all(np.isfinite(labels)):
            faults.append(f"{key} are not all finite")
        inputs = data.get(f"{key.removesuffix('_labels')}_data")
        if inputs is not None and len(inputs) != len(labels):
            faults.append(f"{key} has {len(labels)} rows, its data {len(inputs)}")
    return faults
