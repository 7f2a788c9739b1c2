"""The interface of a run, which is also a run that is not tracked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["Run"]


class Run:
    """The recording methods of a run; this one records nothing.

    No method waits for the store, and none raises because of it.

    Attributes
    ----------
    run_id : str or None
        MLflow's id; None if nothing is tracked.
    experiment_id, experiment_name : str or None
        MLflow's id and name of the experiment.
    name : str or None
        Name of the run.
    url : str or None
        Page of the run, if the store is a server.
    complete : bool
        False if something has not been sent.

    Examples
    --------
    >>> run = Run()
    >>> run.log_metric("loss", 0.5)
    >>> run.complete
    True
    """

    run_id: str | None = None
    experiment_id: str | None = None
    experiment_name: str | None = None
    name: str | None = None
    url: str | None = None

    @property
    def complete(self) -> bool:
        """Whether everything has been sent."""
        return True

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Record parameters; a value too long for MLflow goes to an artifact it then names.

        Parameters
        ----------
        params : mapping
            Values by name.
        """

    def log_metrics(
        self,
        metrics: Mapping[str, float],
        step: int | None = None,
        timestamp: int | None = None,
    ) -> None:
        """Record numbers, at a step (e.g. the index of a file) and a time (ms since 1970).

        Parameters
        ----------
        metrics : mapping
            Numbers by name.
        step : int, optional
            For example the index of a file.
        timestamp : int, optional
            Milliseconds since 1970; default now.
        """

    def set_tags(self, tags: Mapping[str, Any]) -> None:
        """Set tags; a tag that exists is replaced.

        Parameters
        ----------
        tags : mapping
            Values by name.
        """

    def log_param(self, key: str, value: Any) -> None:
        """Record one parameter.

        Parameters
        ----------
        key : str
            Its name.
        value : Any
            Its value.
        """
        self.log_params({key: value})

    def log_metric(
        self, key: str, value: float, step: int | None = None, timestamp: int | None = None
    ) -> None:
        """Record one number.

        Parameters
        ----------
        key : str
            Its name.
        value : float
            The number.
        step, timestamp
            As in `log_metrics`.
        """
        self.log_metrics({key: value}, step, timestamp)

    def set_tag(self, key: str, value: Any) -> None:
        """Set one tag.

        Parameters
        ----------
        key : str
            Its name.
        value : Any
            Its value.
        """
        self.set_tags({key: value})

    def log_artifact(self, path: str | Path, artifact_path: str | None = None) -> None:
        """Store a file, in the folder `artifact_path` of the run's artifacts if given.

        Parameters
        ----------
        path : path
            The file.
        artifact_path : str, optional
            Folder among the artifacts.
        """

    def log_dict(self, obj: Any, artifact_file: str) -> None:
        """Store plain data as JSON (or YAML, if `artifact_file` ends so).

        Parameters
        ----------
        obj : Any
            Plain data.
        artifact_file : str
            Name among the artifacts.
        """

    def log_text(self, text: str, artifact_file: str) -> None:
        """Store a text.

        Parameters
        ----------
        text : str
            The text.
        artifact_file : str
            Name among the artifacts.
        """

    def log_figure(self, fig: Any, artifact_file: str) -> None:
        """Store a figure, or a function that draws one; the file name gives the format.

        Parameters
        ----------
        fig : Any
            A figure of matplotlib, or a function without arguments that returns one.
        artifact_file : str
            Name among the artifacts.
        """

    def log_dataset(
        self, folder: str | Path, name: str, digest: str, context: str = "generated"
    ) -> None:
        """Link a folder of data, by name and digest, as a dataset of the run.

        Parameters
        ----------
        folder : path
            The folder.
        name, digest : str
            Name and digest of the data.
        context : str
            Role of the data in the run.
        """

    def when_sent(self, callback: Callable[[], object]) -> None:
        """Call a function once everything recorded so far has been sent.

        Parameters
        ----------
        callback : callable
            Called without arguments.
        """

    def finish(self, status: str = "FINISHED") -> None:
        """End a run that `ssms.tracking.start` opened.

        Parameters
        ----------
        status : {"FINISHED", "FAILED", "KILLED"}
            How it ended.
        """

    def __repr__(self) -> str:
        state = "complete" if self.complete else "incomplete"
        return f"<{type(self).__name__} {self.name or '-'} id={self.run_id or '-'} {state}>"
