"""Runs: files of training data, their record, and the executors that make them.

>>> from ssms.runs import generate
>>> summary = generate(model="ddm", output="data", n_files=2)  # doctest: +SKIP
>>> print(summary)  # doctest: +SKIP
Made 2 files of model ddm
...

`generate` makes or finishes a run, `status` lists a folder, `check` reads every file.
``ssms-generate`` is the same from the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssms._lazy import names_on_demand

if TYPE_CHECKING:
    from ssms.runs.executors import Dask, DaskCluster, Executor, Threads
    from ssms.runs.files import FileReport
    from ssms.runs.folder import FolderStatus, RunStatus, check, finish, status
    from ssms.runs.from_python import generate
    from ssms.runs.plan import Plan, UsageError, make_plan
    from ssms.runs.progress import Bar, Progress
    from ssms.runs.summary import RunSummary
    from ssms.runs.work import Display

__all__ = [
    "Bar",
    "Dask",
    "DaskCluster",
    "Display",
    "Executor",
    "FileReport",
    "FolderStatus",
    "Plan",
    "Progress",
    "RunStatus",
    "RunSummary",
    "Threads",
    "UsageError",
    "check",
    "finish",
    "generate",
    "make_plan",
    "status",
]

# The command needs few of them.
_NAMES = {
    ".progress": "Bar Progress",
    ".executors": "Dask DaskCluster Executor Threads",
    ".work": "Display",
    ".files": "FileReport",
    ".folder": "FolderStatus RunStatus check finish status",
    ".plan": "Plan UsageError make_plan",
    ".summary": "RunSummary",
    ".from_python": "generate",
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}
__getattr__, __dir__ = names_on_demand(__name__, _HOMES)
