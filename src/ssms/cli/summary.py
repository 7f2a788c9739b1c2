"""What is told at the end of a run: what was made, where, how fast, and how to make it again."""

from __future__ import annotations

import argparse
import dataclasses
import shlex
from typing import Any

from ssms.cli.options import PROGRAM
from ssms.cli.progress import duration

__all__ = ["UNFINISHED", "Summary", "count_files", "repeat_command", "size"]

UNFINISHED = ("interrupted", "failed")  # states of a run that the same command goes on with


def size(n_bytes: float) -> str:
    """Return a number of bytes as people write it.

    Examples
    --------
    >>> size(812), size(1_234_567)
    ('812 B', '1.2 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if n_bytes < 1000:
            return f"{n_bytes:.0f} {unit}" if unit == "B" else f"{n_bytes:.1f} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.1f} TB"


@dataclasses.dataclass(frozen=True)
class Summary:
    """The outcome of a run.

    Attributes
    ----------
    state : str
        "complete", "nothing to do", "interrupted" or "failed".
    model : str
        The model's name.
    seed : int
        The run's.
    n_files, files_made, files_found : int
        Files of the run; made by this command; there already.
    parameter_sets, rows, bytes : int
        In the files made by this command.
    seconds : float
        That they took, from the first parameter set to the whole file.
    folder, record : str
        Where the files and the record of the run stand.
    repeat : str
        The command that makes the same data again, or goes on with a run that is unfinished.
    tracking : dict
        ``run_id``, ``url``, ``store`` and ``complete``; None where nothing is tracked.
    """

    state: str
    model: str
    seed: int
    n_files: int
    files_made: int
    files_found: int
    parameter_sets: int
    rows: int
    bytes: int
    seconds: float
    folder: str
    record: str
    repeat: str
    tracking: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as plain data, for ``--json``."""
        return dataclasses.asdict(self)

    def text(self) -> str:
        """Return the summary as lines for people."""
        lines = [self._headline()]
        if self.files_made:
            rate = self.parameter_sets / self.seconds if self.seconds else 0.0
            lines += [
                f"  {self.parameter_sets} parameter sets, {self.rows} rows, {size(self.bytes)} "
                f"in {duration(self.seconds)} ({rate:.4g} parameter sets/s)"
            ]
        lines += [f"  data:    {self.folder}", f"  record:  {self.record}"]
        lines += self._tracking_lines()
        verb = "go on:  " if self.state in UNFINISHED else "again:  "
        return "\n".join([*lines, f"  {verb} {self.repeat}"])

    def _headline(self) -> str:
        if self.state == "nothing to do":
            return (
                f"Nothing to do: the {count_files(self.n_files)} of this run (model {self.model}, "
                f"seed {self.seed}) are there; --new-run or another --seed makes a new run"
            )
        found = f", {self.files_found} there already" if self.files_found else ""
        done = f"Made {count_files(self.files_made)} of model {self.model}{found}"
        if self.state == "complete":
            return done
        return f"{done}; {self.state}, {self.n_files - self.files_made - self.files_found} missing"

    def _tracking_lines(self) -> list[str]:
        if not self.tracking.get("run_id"):
            return []
        where = self.tracking.get("url") or self.tracking.get("store") or ""
        lines = [f"  MLflow:  run {self.tracking['run_id']}  {where}".rstrip()]
        if where.startswith("sqlite"):  # no server shows it yet
            lines.append(f"           {shlex.join(['mlflow', 'ui', '--backend-store-uri', where])}")
        if self.tracking.get("complete") is False:
            lines.append("           incomplete: the same command sends the rest, and only that")
        return lines


def count_files(number: int) -> str:
    """Return "1 file", "2 files", ..."""
    return f"{number} file" if number == 1 else f"{number} files"


def repeat_command(options: argparse.Namespace, seed: int, go_on: bool = False) -> str:
    """Return the one line that makes the same data again.

    Parameters
    ----------
    options : argparse.Namespace
        From `ssms.cli.options.parse`.
    seed : int
        The run's.
    go_on : bool
        Whether it is to go on with this run; else it leaves out the id of an MLflow run.

    Returns
    -------
    str
        Quoted for a POSIX shell; passwords in it are masked.
    """
    from ssms.tracking import mask_uri

    words = [PROGRAM]
    for name in ("config_path", "model", "estimator_type", "output", "n_files", "n_cpus"):
        words += _words(name, getattr(options, name))
    words += _words("seed", seed)
    for name, value in vars(options).items():
        if name == "mlflow_tag":
            for key, item in dict(value).items():
                words += _words(name, f"{key}={item}")
        elif name.startswith("mlflow_") and (go_on or name != "mlflow_run_id"):
            words += _words(name, value)
    return shlex.join(mask_uri(word) for word in words)


def _words(name: str, value: Any) -> list[str]:
    option = "--" + name.replace("_", "-")
    if value is None or value is False or (name == "n_files" and value == 1):
        return []
    return [option] if value is True else [option, str(value)]
