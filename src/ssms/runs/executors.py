"""Where the files of a run are made: threads of this process, or the workers of a Dask cluster.

An executor is given a job and the indices of files, and yields a report for each file as it is
whole.  The data are the same bit for bit, because file i is a function of (seed, config, i).
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ssms.dataset_generators.settings import checked
from ssms.errors import ConfigError, SsmsError, unknown_name
from ssms.runs.files import FileReport, Job, make_file
from ssms.runs.progress import Progress
from ssms.runs.yaml_file import read_yaml

__all__ = ["Dask", "DaskCluster", "Executor", "Threads", "make_executor", "read_dask_config"]

log = logging.getLogger(__name__)

INSTALL = "pip install 'ssm-simulators[dask]'"
DASK_KEYS = ("class", "kwargs", "n_workers", "adapt")
# Classes that need no package's name before them.
DASK_CLASSES = {
    "LocalCluster": "distributed",
    "SSHCluster": "distributed",
    "SLURMCluster": "dask_jobqueue",
    "PBSCluster": "dask_jobqueue",
    "SGECluster": "dask_jobqueue",
    "LSFCluster": "dask_jobqueue",
    "HTCondorCluster": "dask_jobqueue",
    "OARCluster": "dask_jobqueue",
    "KubeCluster": "dask_kubernetes.operator",
}


class Executor(Protocol):
    """Makes files.

    Examples
    --------
    >>> from ssms.runs import Threads, generate
    >>> summary = generate(output="data", executor=Threads())  # doctest: +SKIP
    """

    def make(self, job: Job, indices: Sequence[int], progress: Progress) -> Iterator[FileReport]:
        """Yield a report for each file as it is whole, in any order.

        Parameters
        ----------
        job : Job
            The run: its configuration, folder and seed.
        indices : sequence of int
            Indices of the files to make.
        progress : Progress
            Told of each finished parameter set.

        Yields
        ------
        FileReport
            Of each file, in any order.
        """

    def describe(self, n_cpus: int) -> str:
        """Return a description of the workers, for the first line of a run.

        Parameters
        ----------
        n_cpus : int
            Threads that the configuration allows.

        Returns
        -------
        str
        """


@dataclasses.dataclass(frozen=True)
class Threads:
    """Makes one file after the other, each with the threads that its configuration says.

    Examples
    --------
    >>> Threads().describe(4)
    '4 threads'
    """

    def make(self, job: Job, indices: Sequence[int], progress: Progress) -> Iterator[FileReport]:
        """Yield a report for each file, in the order of the indices.

        Parameters
        ----------
        job, indices, progress
            As in `Executor.make`.

        Yields
        ------
        FileReport
        """
        for index in indices:
            report = make_file(job, index, progress=progress.update)
            progress.file_done()
            yield report

    def describe(self, n_cpus: int) -> str:
        """Return the number of threads.

        Parameters
        ----------
        n_cpus : int
            Threads that the configuration allows.

        Returns
        -------
        str
        """
        return f"{n_cpus} {'thread' if n_cpus == 1 else 'threads'}"


@dataclasses.dataclass(frozen=True)
class DaskCluster:
    """How a Dask cluster is made.

    Attributes
    ----------
    name : str
        Dotted name of the class.
    kwargs : mapping
        Its arguments.
    n_workers : int or None
        Workers to ask for.
    adapt : mapping or None
        Arguments of ``cluster.adapt``, in place of `n_workers`.

    Examples
    --------
    >>> DaskCluster("dask.distributed.LocalCluster", {"processes": False}, n_workers=2).n_workers
    2
    """

    name: str
    kwargs: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    n_workers: int | None = None
    adapt: Mapping[str, Any] | None = None

    def start(self) -> Any:
        """Return the cluster, started."""
        module, _, name = self.name.rpartition(".")
        quiet = {"silence_logs": logging.ERROR} if name == "LocalCluster" else {}
        made = getattr(importlib.import_module(module), name)(**quiet | dict(self.kwargs))
        if self.adapt is not None:
            made.adapt(**self.adapt)
        elif self.n_workers is not None:
            made.scale(self.n_workers)
        return made


def _make_or_fail(job: Job, index: int) -> FileReport | SsmsError | OSError:
    """Return a report, or the error that the run ends with: Dask would print one that is raised."""
    try:
        return make_file(job, index)
    except (SsmsError, OSError) as error:
        return error.with_traceback(None)


@dataclasses.dataclass(frozen=True)
class Dask:
    """Makes files on the workers of a Dask cluster, each with one thread.

    Workers write whole files to the folder, which they must share with this process; only reports
    come back.  Dask makes the file of a lost worker again elsewhere.

    Attributes
    ----------
    where : str or DaskCluster or distributed.Client
        The address of a scheduler, a cluster to start, or a client.
    timeout : float
        Seconds to wait for the scheduler, and for its first worker.

    Examples
    --------
    >>> from ssms.runs import generate
    >>> workers = Dask(DaskCluster("dask_jobqueue.SLURMCluster", {"cores": 1}, n_workers=50))
    >>> summary = generate(output="data", n_files=50, executor=workers)  # doctest: +SKIP
    """

    where: Any
    timeout: float = 300.0

    def describe(self, n_cpus: int) -> str:
        """Return the scheduler or the class of the cluster.

        Parameters
        ----------
        n_cpus : int
            Not used: each worker has one thread.

        Returns
        -------
        str
        """
        return f"Dask: {self.where.name if isinstance(self.where, DaskCluster) else self.where}"

    def make(self, job: Job, indices: Sequence[int], progress: Progress) -> Iterator[FileReport]:
        """Yield a report for each file as it is whole.

        Parameters
        ----------
        job, indices, progress
            As in `Executor.make`.

        Yields
        ------
        FileReport
        """
        distributed: Any = importlib.import_module("distributed")
        with self._client() as client:
            progress.note(f"Dask dashboard: {client.dashboard_link}")
            alone = job.alone()
            futures = [client.submit(_make_or_fail, alone, index, pure=False) for index in indices]
            try:
                self._wait_for_a_worker(client)
                for future in distributed.as_completed(futures):
                    report = self._result(future)
                    progress.file_done()
                    yield report
            finally:
                with contextlib.suppress(Exception):
                    client.cancel(futures, force=True)

    def _result(self, future: Any) -> FileReport:
        distributed: Any = importlib.import_module("distributed")
        try:
            report: FileReport | SsmsError | OSError = future.result()
        except distributed.KilledWorker as error:
            raise ConfigError(
                f"Dask gave up a file because the workers that tried it died: {error}. Check their "
                "memory limit and the scheduler's log"
            ) from None
        if isinstance(report, Exception):
            raise report
        return report

    @contextlib.contextmanager
    def _client(self) -> Iterator[Any]:
        """Yield a client with at least one worker."""
        distributed: Any = importlib.import_module("distributed")
        if isinstance(self.where, distributed.Client):
            yield self.where
            return
        with contextlib.ExitStack() as stack:
            place: Any = self.where
            try:
                if isinstance(place, DaskCluster):
                    place = stack.enter_context(place.start())
                client = stack.enter_context(
                    distributed.Client(place, timeout=f"{min(self.timeout, 30.0)}s")
                )
            except SsmsError:
                raise
            except Exception as error:
                reason = (
                    f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
                )
                raise ConfigError(f"{self.describe(0)} cannot be used: {reason}") from error
            yield client

    def _wait_for_a_worker(self, client: Any) -> None:
        """Raise if no worker comes; a cluster that adapts asks for some only when there is work."""
        try:
            client.wait_for_workers(1, timeout=self.timeout)
        except TimeoutError:
            raise ConfigError(
                f"{self.describe(0)}: no worker came within {self.timeout:g} s; check the queue of "
                "the cluster, or wait longer (--dask-timeout)"
            ) from None


def make_executor(given: Mapping[str, Any], label: Callable[[str], str]) -> Executor:
    """Return the executor that arguments ask for, checked.

    `given` holds ``executor`` (a name, or an `Executor`), ``dask_scheduler``, ``dask_config`` and
    ``dask_timeout``; `label` returns their names in messages.  It raises `ConfigError` for settings
    that do not go together, a package that is missing, an unknown class or key.
    """
    asked = given.get("executor")
    names = ("dask_scheduler", "dask_config", "dask_timeout")
    dask = {name: given[name] for name in names if given.get(name) is not None}
    if asked is not None and not isinstance(asked, str):
        if dask:
            raise ConfigError(f"{label(next(iter(dask)))} cannot be given beside an executor")
        if isinstance(asked, type) or not callable(getattr(asked, "make", None)):
            raise ConfigError(f"executor must be 'threads', 'dask' or an Executor, got {asked!r}")
        return asked  # type: ignore[no-any-return]
    name = checked("executor", asked or "threads", label("executor"))
    for key, value in dask.items():
        if name != "dask":
            raise ConfigError(f"{label(key)} needs {label('executor')} dask")
        dask[key] = checked(key, value, label(key))
    if name == "threads":
        return Threads()
    if ("dask_scheduler" in dask) == ("dask_config" in dask):
        raise ConfigError(
            f"{label('executor')} dask needs either {label('dask_scheduler')} or "
            f"{label('dask_config')}"
        )
    try:
        importlib.import_module("distributed")
    except ImportError:
        raise ConfigError(f"Dask is not installed; install it with {INSTALL}") from None
    where = dask.get("dask_scheduler") or read_dask_config(Path(dask["dask_config"]))
    return Dask(where, dask.get("dask_timeout", 300.0))


def read_dask_config(path: Path) -> DaskCluster:
    """Return the cluster that a YAML file describes.

    Its keys are ``class``, ``kwargs``, and ``n_workers`` or ``adapt``; `ConfigError` names the key,
    the value and the allowed values.
    """
    content, _ = read_yaml(path)
    for key in content:
        if key not in DASK_KEYS:
            raise ConfigError(f"{path}: {unknown_name('key', key, DASK_KEYS)}")
    for key in ("kwargs", "adapt"):
        if not isinstance(content.get(key, {}), Mapping):
            raise ConfigError(f"{path}: {key} must be a mapping, got {content[key]!r}")
    workers = content.get("n_workers")
    if workers is not None and (
        isinstance(workers, bool) or not isinstance(workers, int) or workers < 1
    ):
        raise ConfigError(f"{path}: n_workers must be a positive whole number, got {workers!r}")
    if workers is not None and "adapt" in content:
        raise ConfigError(f"{path}: give n_workers or adapt, not both")
    name = _class_name(path, content.get("class"))
    return DaskCluster(name, content.get("kwargs", {}), workers, content.get("adapt"))


def _class_name(path: Path, given: Any) -> str:
    """Return the dotted name of a class that can be imported."""
    example = "class: dask_jobqueue.SLURMCluster"
    if given is None:
        raise ConfigError(f"{path}: class is missing, e.g. {example}")
    if not isinstance(given, str):
        raise ConfigError(f"{path}: class must be a name, e.g. {example}, got {given!r}")
    module, _, name = given.rpartition(".")
    module = module or DASK_CLASSES.get(name, "")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, ValueError, AttributeError, TypeError):
        known = ", ".join(DASK_CLASSES)
        package = module.split(".")[0].replace("_", "-") or "its package"
        raise ConfigError(
            f"{path}: class {given!r} cannot be imported; install {package}, or give the dotted "
            f"name of a cluster class. Known without one: {known}"
        ) from None
    # SSHCluster is a function.
    if not callable(getattr(found, "scale", name.endswith("Cluster") and found)):
        raise ConfigError(f"{path}: class must name a class of Dask clusters, got {given!r}")
    return f"{module}.{name}"
