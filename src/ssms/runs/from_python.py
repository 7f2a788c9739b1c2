"""`generate`: a run from a script or a notebook."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ssms.errors import bad_value
from ssms.runs.executors import Executor
from ssms.runs.plan import UsageError, make_plan
from ssms.runs.progress import Bar, Progress
from ssms.runs.settings import ARGUMENT
from ssms.runs.summary import RunSummary
from ssms.runs.work import Display, working

__all__ = ["generate"]


def generate(
    config: Mapping[str, Any] | str | Path | None = None,
    *,
    output: str | Path,
    model: str | None = None,
    n_files: int = 1,
    seed: int | None = None,
    n_cpus: int | str | None = None,
    estimator_type: str | None = None,
    new_run: bool = False,
    executor: str | Executor = "threads",
    dask_scheduler: str | None = None,
    dask_config: str | Path | None = None,
    dask_timeout: float | None = None,
    array: bool = False,
    task: int | None = None,
    of: int | None = None,
    tracking: Mapping[str, Any] | bool = False,
    progress: bool = True,
) -> RunSummary:
    """Make a run of training files, or finish one that the same call left unfinished.

    Parameters
    ----------
    config : mapping or path, optional
        A generator configuration, or a YAML file; default the packaged one (model ddm).  A mapping
        may have the section ``MLFLOW``; `output` takes the place of its output folder.
    output : path
        Folder for the data; made if absent.
    model : str, optional
        Name of the model, in place of the configuration's.
    n_files : int, default 1
        Number of files.
    seed : int, optional
        Whole number from which all randomness derives; drawn, and recorded, if it is not given.
    n_cpus : int or "all", optional
        Threads; it never changes the data.
    estimator_type : str, optional
        How likelihoods are computed.
    new_run : bool
        Whether to begin a new run even where one could be continued.
    executor : {"threads", "dask"} or Executor
        Where files are made.
    dask_scheduler, dask_config, dask_timeout
        See ``ssms-generate --help``.
    array : bool
        Whether this is a task of a scheduler's job array that shares one run.
    task, of : int, optional
        Make share `task` (from 1) of `of`.
    tracking : bool or mapping
        True, or settings of `ssms.tracking` by name (``tracking_uri``, ``experiment_name``,
        ``run_name``, ``tags``, ...), records the run in MLflow.
    progress : bool
        Show a bar of ``tqdm.auto``.

    Returns
    -------
    RunSummary
        It prints.  After Ctrl-C its state is "interrupted", and the same call goes on.

    Raises
    ------
    UsageError
        If an argument is not allowed; nothing has been begun then.
    SsmsError
        If the run failed; files that are whole stay, and the same call goes on.

    Examples
    --------
    >>> summary = generate({"model": "angle", "pipeline": {"n_parameter_sets": 50}},
    ...                    output="data", n_files=3, seed=1)  # doctest: +SKIP
    >>> summary.files_made  # doctest: +SKIP
    3
    """
    given: dict[str, Any] = {
        "output": output, "model": model, "n_files": n_files, "seed": seed, "n_cpus": n_cpus,
        "estimator_type": estimator_type, "new_run": new_run, "executor": executor,
        "dask_scheduler": dask_scheduler, "dask_config": dask_config, "dask_timeout": dask_timeout,
        "array": array, "task": task, "of": of, "tracking": tracking,
    }  # fmt: skip
    mapping: Mapping[str, Any] | None = None
    if isinstance(config, Mapping):
        mapping = config
    elif isinstance(config, str | Path | None):
        given["config_path"] = config
    else:
        raise UsageError(str(bad_value("config", config, "a mapping or the path of a YAML file")))
    plan = make_plan(given, source=ARGUMENT, config=mapping)
    with working(plan, _Notebook() if progress else None) as work:
        try:
            return work.do()
        except KeyboardInterrupt:
            if not work.opened:
                raise
            return work.summary("interrupted")


class _Notebook(Display):
    """Shows a bar where Python shows one."""

    def progress(self, n_files: int, sets_per_file: int) -> Progress:
        return Bar(n_files, sets_per_file) if sys.stderr else Progress(n_files, sets_per_file)
