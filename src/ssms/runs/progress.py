"""The progress of a run over its files and the parameter sets of each."""

from __future__ import annotations

from typing import Any

__all__ = ["Bar", "Progress"]


class Progress:
    """Progress over the files of a run, each of so many sets; this one counts and shows nothing.

    Parameters
    ----------
    n_files, sets_per_file : int
        The work to be done.

    Examples
    --------
    >>> progress = Progress(2, 10)
    >>> progress.update(10)
    >>> progress.file_done()
    >>> progress.sets_done, progress.total
    (10, 20)
    """

    def __init__(self, n_files: int, sets_per_file: int) -> None:
        self.n_files = n_files
        self.sets_per_file = sets_per_file
        self.files_done = 0
        self.sets_of_file = 0

    @property
    def sets_done(self) -> int:
        """Parameter sets done so far, over all files."""
        return self.files_done * self.sets_per_file + self.sets_of_file

    @property
    def total(self) -> int:
        """Parameter sets of the whole run."""
        return self.n_files * self.sets_per_file

    def update(self, sets_of_file: int) -> None:
        """Say how many parameter sets of the current file are done.

        Parameters
        ----------
        sets_of_file : int
            Parameter sets of the file that are done.
        """
        self.sets_of_file = sets_of_file
        self.show()

    def file_done(self) -> None:
        """Say that the current file is whole."""
        self.files_done += 1
        self.sets_of_file = 0
        self.show()

    def note(self, text: str) -> None:
        """Say something once, e.g. where a dashboard is.

        Parameters
        ----------
        text : str
            The message.
        """

    def show(self) -> None:
        """Bring the display up to date."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Bar(Progress):
    """One bar over all parameter sets, which names the current file.

    Parameters
    ----------
    n_files, sets_per_file : int
        The work to be done.
    tqdm : type, optional
        Class of the bar; default ``tqdm.auto.tqdm``, which suits notebooks and terminals.
    **arguments
        More of its arguments.

    Examples
    --------
    >>> bar = Bar(2, 10)  # doctest: +SKIP
    >>> bar.update(10)  # doctest: +SKIP
    """

    def __init__(
        self, n_files: int, sets_per_file: int, tqdm: Any = None, **arguments: Any
    ) -> None:
        super().__init__(n_files, sets_per_file)
        self._bar: Any = (tqdm or _automatic())(
            desc=self._title, total=self.total, unit="set", leave=False, **arguments
        )

    @property
    def _title(self) -> str:
        return f"file {min(self.files_done + 1, self.n_files)} of {self.n_files}"

    def file_done(self) -> None:
        """Say that the current file is whole."""
        super().file_done()
        self._bar.set_description(self._title)

    def note(self, text: str) -> None:
        """Say something once."""
        self._bar.write(text)

    def show(self) -> None:
        """Bring the bar up to date."""
        self._bar.update(self.sets_done - self._bar.n)

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()


def _automatic() -> Any:
    """Return the bar that suits a notebook or a terminal."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about ipywidgets
        from tqdm.auto import tqdm
    return tqdm
