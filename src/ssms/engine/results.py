"""The results of a simulation: response times, choices, and metadata."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from ssms import _core
from ssms.checks import check_choice
from ssms.errors import missing_package, unknown_name

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

__all__ = ["NO_RESPONSE_TIME", "OMISSION", "Results", "result_shape"]

NO_RESPONSE_TIME = _core.NO_RESPONSE_TIME
"""In place of a response time where a process has none."""

OMISSION = _core.OMISSION
"""Response time of a sample without a response in time."""


def result_shape(n_samples: int, n_trials: int) -> tuple[int, ...]:
    """Return the shape of arrays of results: axes of length 1 are dropped, except the last.

    Parameters
    ----------
    n_samples, n_trials : int
        Samples of each trial; trials.

    Returns
    -------
    tuple of int

    Examples
    --------
    >>> result_shape(100, 1), result_shape(100, 3), result_shape(1, 3)
    ((100, 1), (100, 3, 1), (3, 1))
    """
    if n_trials == 1:
        return (n_samples, 1)
    if n_samples == 1 and n_trials > 1:
        return (n_trials, 1)
    return (n_samples, n_trials, 1)


class Results(dict[str, Any]):
    """Response times and choices of a simulation: a dict that prints and becomes a table.

    Attributes
    ----------
    n_samples, n_trials : int
        Numbers of samples of each trial, and of trials.
    n_invalid : int
        Number of trials that count as omissions because their parameters are not allowed
        (``on_invalid="omit"``).
    source : tuple of (Simulator, Request) or None
        The simulator and its request, for figures; None of results that were pickled, and of
        simulations by no `ssms.Simulator`.

    Notes
    -----
    The keys are ``rts`` (float32, seconds, -999 for omissions; -1 where the process has no response
    time), ``choices`` (int32) and ``metadata`` (dict); processes may add arrays, and
    `ssms.simulator` adds summaries.  Entries of ``metadata`` that take longer than the simulation
    of a trial are made when they are first looked at.

    Examples
    --------
    >>> from ssms import Simulator
    >>> theta = {"v": [0.5, 1.0], "a": 1.2, "z": 0.5, "t": 0.3}
    >>> out = Simulator("ddm").simulate(theta, n_samples=100, random_state=1)
    >>> out.rt.shape, out["rts"].shape
    ((100, 2), (100, 2, 1))
    """

    __slots__ = ("_arguments", "_make_metadata", "n_invalid", "n_samples", "n_trials", "source")

    def __init__(
        self,
        rts: npt.NDArray[np.float32],
        choices: npt.NDArray[np.int32],
        n_samples: int,
        n_trials: int,
        make_metadata: Callable[..., dict[str, Any]],
        *arguments: Any,
    ) -> None:
        self["rts"] = rts
        self["choices"] = choices
        self.n_samples = n_samples
        self.n_trials = n_trials
        self.n_invalid = 0
        self.source: tuple[Any, Any] | None = None
        self._make_metadata: Callable[..., dict[str, Any]] | None = make_metadata
        self._arguments = arguments

    def _fill(self) -> None:
        """Make the metadata, if that has not been done yet."""
        make, arguments = self._make_metadata, self._arguments
        if make is None:
            return
        if not dict.__contains__(self, "metadata"):
            dict.__setitem__(self, "metadata", make(*arguments))
        # not before: where Ctrl-C stops the call, the next access makes them
        self._make_metadata, self._arguments = None, ()

    def __missing__(self, key: str) -> Any:
        self._fill()
        if dict.__contains__(self, key):
            return dict.__getitem__(self, key)
        raise unknown_name("result", key, list(dict.keys(self)))

    @property
    def rt(self) -> npt.NDArray[np.float32]:
        """Response times (seconds), shape (n_samples, n_trials); -999 for omissions."""
        rts: npt.NDArray[np.float32] = self["rts"].reshape(self.n_samples, self.n_trials)
        return rts

    @property
    def choice(self) -> npt.NDArray[np.int32]:
        """Labels of the choices, shape (n_samples, n_trials)."""
        choices: npt.NDArray[np.int32] = self["choices"].reshape(self.n_samples, self.n_trials)
        return choices

    @property
    def omitted(self) -> npt.NDArray[np.bool_]:
        """Whether there was no response in time, shape (n_samples, n_trials)."""
        omitted: npt.NDArray[np.bool_] = self.rt == OMISSION
        return omitted

    @property
    def metadata(self) -> dict[str, Any]:
        """How the results were made."""
        metadata: dict[str, Any] = self["metadata"]
        return metadata

    def to_frame(self, omissions: str = "sentinel") -> pd.DataFrame:
        """Return a table with a row for each sample, trial by trial.

        Parameters
        ----------
        omissions : str
            "sentinel": omitted samples have rt -999, as HSSM expects; "nan": they have NaN.

        Returns
        -------
        pandas.DataFrame
            Columns ``trial`` and ``sample`` (from 0), ``rt`` (seconds), ``response``, and the
            process's further outputs.

        Raises
        ------
        UnknownNameError
            If `omissions` is neither.
        MissingPackageError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ModuleNotFoundError as error:
            raise missing_package("pandas", "rl") from error
        check_choice("omissions", omissions, ("sentinel", "nan"))
        shape = (self.n_samples, self.n_trials)
        trial, sample = np.meshgrid(range(shape[1]), range(shape[0]), indexing="xy")
        columns = {"trial": trial, "sample": sample, "rt": self.rt, "response": self.choice}
        for key, value in self.items():
            if key.startswith("rts_") and np.size(value) == shape[0] * shape[1]:
                columns[key.replace("rts_", "rt_")] = np.reshape(value, shape)
        frame = pd.DataFrame({name: np.asarray(c).T.ravel() for name, c in columns.items()})
        if omissions == "nan":
            frame["rt"] = frame["rt"].where(frame["rt"] != OMISSION)
        return frame

    def plot(
        self,
        *,
        trial: int | Sequence[int] | None = None,
        density: bool | None = None,
        bins: int | Sequence[float] | None = None,
        ax: Any = None,
    ) -> Any:
        """Draw the distribution of response times for each choice; needs matplotlib.

        Takes the parameters of `ssms.plotting.plot_responses`, and returns its axes.
        """
        from ssms.plotting.responses import plot_responses

        return plot_responses(self, trial=trial, density=density, bins=bins, ax=ax)

    def plot_paths(self, *, n_paths: int | None = None, trial: int = 0, ax: Any = None) -> Any:
        """Draw paths of evidence between the boundaries; needs matplotlib.

        Takes the parameters of `ssms.plotting.plot_paths`, and returns its axes.
        """
        from ssms.plotting.paths import plot_paths

        return plot_paths(self, n_paths=n_paths, trial=trial, ax=ax)

    # ---- printing --------------------------------------------------------------------------------

    def _summary(self) -> tuple[str, list[tuple[str, ...]]]:
        """Return a headline and the rows of a table of choices."""
        metadata = self.metadata
        model, method = metadata.get("model", "custom"), metadata.get("method")
        sizes = f"{_count(self.n_samples, 'sample')} of {_count(self.n_trials, 'trial')}"
        headline = f"{model}: {sizes}" + (f", method {method}" if method else "")
        labels: Sequence[int] = metadata.get("possible_choices") or np.unique(self.choice).tolist()
        total, omitted = max(self.rt.size, 1), self.omitted
        rows: list[tuple[str, ...]] = [("choice", "share", "mean rt", "median rt")]
        for label in labels:
            rt = self.rt[(self.choice == label) & ~omitted]
            timed = rt.size and (rt != NO_RESPONSE_TIME).any()
            times = (f"{rt.mean():.3f} s", f"{np.median(rt):.3f} s") if timed else ("-", "-")
            rows.append((str(label), f"{rt.size / total:.3f}", *times))
        if omitted.any():
            rows.append(("omitted", f"{omitted.sum() / total:.3f}", "-", "-"))
        return headline, rows

    def __repr__(self) -> str:
        from ssms.text import table

        headline, rows = self._summary()
        return "\n".join([headline, *table(rows)])

    def _repr_html_(self) -> str:
        from ssms.text import html_table

        headline, rows = self._summary()
        return html_table(headline, rows)

    # ---- copies ----------------------------------------------------------------------------------

    def copy(self) -> Results:
        """Return a shallow copy."""
        copied = _restored(dict(self.items()), self.n_samples, self.n_trials, self.n_invalid)
        copied.source = self.source
        return copied

    __copy__ = copy

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        sizes = (self.n_samples, self.n_trials, self.n_invalid)
        return _restored, (dict(self.items()), *sizes)


def _restored(
    entries: dict[str, Any], n_samples: int, n_trials: int, n_invalid: int = 0
) -> Results:
    """Return results that have been pickled or copied."""
    results = Results(entries["rts"], entries["choices"], n_samples, n_trials, dict)
    results.update(entries)
    results.n_invalid = n_invalid
    return results


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def _filled_first(name: str) -> Callable[..., Any]:
    """Return a method of dict that sees the metadata too."""
    method = getattr(dict, name)

    @wraps(method)
    def call(self: Results, *args: Any, **kwargs: Any) -> Any:
        self._fill()
        return method(self, *args, **kwargs)

    return call


for _name in (
    *("__contains__", "__eq__", "__iter__", "__len__", "__ne__", "__or__", "__reversed__"),
    *("__ror__", "get", "items", "keys", "pop", "popitem", "setdefault", "values"),
):
    setattr(Results, _name, _filled_first(_name))
