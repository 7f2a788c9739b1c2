"""Making the files of a run: each one that is not there yet, one after the other."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssms.cli.progress import Progress
from ssms.dataset_generators.writers import write_training_file

if TYPE_CHECKING:
    from ssms.dataset_generators.lan_mlp import TrainingDataGenerator

__all__ = ["FileReport", "make_files"]

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class FileReport:
    """What is known of one file of a run.

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
    uploaded : bool
        Whether the tracking store has the file itself.
    """

    index: int
    name: str
    bytes: int
    rows: int
    sets: int
    sha256: str
    seconds: float | None
    uploaded: bool = False


def make_files(
    generator: TrainingDataGenerator,
    paths: list[Path],
    known: dict[str, FileReport],
    progress: Progress,
    made: Callable[[FileReport, dict[str, Any]], None],
) -> Iterator[FileReport]:
    """Make what is missing of a run, and report on each of its files.

    Parameters
    ----------
    generator : TrainingDataGenerator
        Makes the content of a file from its index.
    paths : list of pathlib.Path
        Where file i of the run is to stand.
    known : dict of str to FileReport
        What an earlier process reported, by file name.
    progress : Progress
        Told of parameter sets and files.
    made : callable
        Called with the report and the content of each file that was made here.

    Yields
    ------
    FileReport
        In order of the index; a file that is there already is not made again, because its
        name says its content.
    """
    for index, path in enumerate(paths):
        if path.exists():
            yield known.get(path.name) or _found(generator, index, path)
            continue
        started = time.perf_counter()
        data = generator.generate_data_training(file_index=index, progress=progress.update)
        write_training_file(path, data, generator.generator_config["output"]["pickle_protocol"])
        report = _report(generator, index, path, time.perf_counter() - started)
        log.info("file %s is whole: %d bytes in %.2f s", path, report.bytes, report.seconds or 0)
        progress.file_done()
        made(report, data)
        yield report


def _found(generator: TrainingDataGenerator, index: int, path: Path) -> FileReport:
    log.info("file %s is there already", path)
    return _report(generator, index, path, None)


def _report(
    generator: TrainingDataGenerator, index: int, path: Path, seconds: float | None
) -> FileReport:
    config = generator.generator_config
    sets = config["pipeline"]["n_parameter_sets"]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileReport(
        index=index,
        name=path.name,
        bytes=path.stat().st_size,
        rows=sets if config["cpn_only"] else sets * config["training"]["n_samples_per_param"],
        sets=sets,
        sha256=digest,
        seconds=seconds,
    )
