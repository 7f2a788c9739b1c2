"""The summary at the end of a run: files, folders, speed, and the command that makes them again."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterable, Iterator, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from ssms.settings import ROWS, Row
from ssms.text import table
from ssms.tracking import mask_uri

if TYPE_CHECKING:
    from ssms.runs.plan import Plan

__all__ = [
    "UNFINISHED",
    "RunSummary",
    "aligned",
    "count_files",
    "duration",
    "rate",
    "repeat_command",
    "size",
]

UNFINISHED = ("interrupted", "failed")  # states of a run that the same command goes on with
PROGRAM = "ssms-generate"
UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def size(n_bytes: float) -> str:
    """Return a number of bytes as people write it.

    Examples
    --------
    >>> size(812), size(1_234_567)
    ('812 B', '1.23 MB')
    """
    unit = 0
    while n_bytes >= 999.5 and unit < len(UNITS) - 1:
        n_bytes, unit = n_bytes / 1000, unit + 1
    digits = 0 if unit == 0 or n_bytes >= 99.95 else 1 if n_bytes >= 9.995 else 2
    return f"{n_bytes:.{digits}f} {UNITS[unit]}"


def rate(count: int, seconds: float) -> str:
    """Return a number in a second as people write it, with three digits.

    Examples
    --------
    >>> rate(20, 4.25), rate(5000, 2.0)
    ('4.71', '2500')
    """
    value = count / seconds
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def duration(seconds: float) -> str:
    """Return a span of time as people write it.

    Examples
    --------
    >>> duration(4.21), duration(3723)
    ('4.2 s', '1:02:03')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes:02}:{left:02}"


def aligned(rows: Iterable[Sequence[object]]) -> str:
    """Return rows of cells as a table of aligned words."""
    return "\n".join(table([[str(cell) for cell in row] for row in rows], numbers=False))


def count_files(number: int) -> str:
    """Return "1 file", "2 files", ..."""
    return f"{number} file" if number == 1 else f"{number} files"


@dataclasses.dataclass(frozen=True)
class RunSummary:
    """The outcome of a run; it prints.

    Attributes
    ----------
    state : str
        "complete", "nothing to do", "interrupted" or "failed".
    run : str
        Name of the run.
    model : str
        The model's name.
    seed : int
        The run's.
    n_files, files_made, files_found : int
        Files of the run (of this task's part, if it is shared); made now; there already.
    parameter_sets, rows, bytes : int
        In the files made now.
    seconds, wall_seconds : float
        Spent on simulating and writing files, summed over files; from beginning to end.
    folder, record : str
        Where the files and the record of the run stand.
    repeat : str
        The command that makes the same data again, or goes on with a run that is unfinished.
    tracking : dict
        ``run_id``, ``experiment``, ``run_name``, ``url``, ``store`` and ``complete``; None where
        nothing is tracked.
    files : tuple of str
        Paths of the files that are there.

    Examples
    --------
    >>> from ssms.runs import generate
    >>> summary = generate(output="data", n_files=2)  # doctest: +SKIP
    >>> summary.files_made, summary.complete  # doctest: +SKIP
    (2, True)
    """

    state: str
    run: str
    model: str
    seed: int
    n_files: int
    files_made: int
    files_found: int
    parameter_sets: int
    rows: int
    bytes: int
    seconds: float
    wall_seconds: float
    folder: str
    record: str
    repeat: str
    tracking: dict[str, Any]
    files: tuple[str, ...] = dataclasses.field(default=(), repr=False)

    @property
    def complete(self) -> bool:
        """Whether every file is there and all of the tracking was sent."""
        return self.state not in UNFINISHED and self.tracking.get("complete") is not False

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as plain data, for ``--json``."""
        data = dataclasses.asdict(self)
        del data["files"]
        return data

    def __str__(self) -> str:
        lines = [self._headline()]
        if self.files_made:
            work = f"{duration(self.seconds)} of it simulating"
            if self.seconds:
                work += f": {rate(self.parameter_sets, self.seconds)} parameter sets/s"
            lines += [
                f"  {self.parameter_sets} parameter sets, {self.rows} rows, {size(self.bytes)} "
                f"in {duration(self.wall_seconds)} ({work})"
            ]
        lines += [f"  data:    {self.folder}", f"  record:  {self.record}"]
        lines += self._tracking_lines()
        verb = "go on:  " if self.state in UNFINISHED else "again:  "
        return "\n".join([*lines, f"  {verb} {self.repeat}"])

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"

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
        tracked = self.tracking
        if not tracked.get("run_id"):
            return []
        where = tracked.get("url") or tracked.get("store") or ""
        name = tracked.get("run_name") or tracked["run_id"]
        of = f" of experiment {tracked['experiment']!r}" if tracked.get("experiment") else ""
        lines = [f"  MLflow:  run {name!r}{of} in {tracked.get('store')}"]
        if where.startswith("http"):
            lines.append(f"           {where}")
        elif where and tracked.get("experiment_id"):  # a database, which no server shows yet
            page = f"experiments/{tracked['experiment_id']}/runs/{tracked['run_id']}"
            lines += [
                f"           {shlex.join(['mlflow', 'ui', '--backend-store-uri', where])}",
                f"           http://127.0.0.1:5000/#/{page}?workflowType=machine_learning",
            ]
        if tracked.get("complete") is False:
            lines.append("           incomplete: the same command sends the rest, and only that")
        return lines


def repeat_command(plan: Plan, seed: int, go_on: bool = False) -> str:
    """Return the one line that makes the same data again.

    To `go_on` with this run it also holds the id of an MLflow run, and the tasks that share it.  It
    is quoted for a POSIX shell, or a call in Python if the configuration was a mapping, with what
    came from the environment; passwords are masked.
    """
    told = list(_told(plan, seed, go_on))
    if plan.settings.config_path is not None:
        return shlex.join([PROGRAM, *(word for row, value in told for word in _words(row, value))])
    tracked = {row.name.partition(".")[2]: value for row, value in told if row.group == "mlflow"}
    words = [f"{row.dest}={value!r}" for row, value in told if row.group != "mlflow"]
    if plan.tracking.enabled:
        words.append(f"tracking={tracked or True!r}")
    return f"ssms.runs.generate({', '.join(['config', *words])})"


def _told(plan: Plan, seed: int, go_on: bool) -> Iterator[tuple[Row, Any]]:
    """Yield the settings of a plan that are not the default, with their values, masked."""
    for row in ROWS.values():
        if not row.option or row.group in ("messages", "show"):
            continue
        value: Any = plan.given.get(row.dest)
        if row.name == "executor" and not isinstance(value, str):
            value = None
        if row.name == "pipeline.seed":
            value = None if go_on and plan.share is not None else seed
        elif row.group == "many" and not go_on and row.dest in ("array", "task", "of"):
            value = None
        elif row.name.startswith("mlflow.") and plan.tracking.enabled:
            setting = getattr(plan.tracking, row.name.partition(".")[2])
            told = setting.source == plan.source or setting.source.startswith("environment")
            value = setting.given if told and (go_on or row.name != "mlflow.run_id") else None
        if value is not None and value is not False and value not in ([], {}, row.default):
            yield row, _masked(value)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: mask_uri(item) for key, item in value.items()}
    return mask_uri(value) if isinstance(value, str | PathLike) else value


def _words(row: Row, value: Any) -> list[str]:
    if isinstance(value, dict):
        return [word for key, item in value.items() for word in (row.option, f"{key}={item}")]
    return [row.option] if value is True else [row.option, str(value)]
