"""Sample paths of evidence between the boundaries that stop them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ssms.checks import check_count
from ssms.engine.results import OMISSION, Results
from ssms.errors import ConfigError
from ssms.plotting.responses import call_again, figure_axes, title_of, trial_index
from ssms.processes import Ballistic, Race

__all__ = ["plot_paths"]

MAX_PATHS, USUAL_PATHS = 1000, 10
LEVELS = ("high-level decision", "low-level decision 1", "low-level decision 2")


def plot_paths(
    results: Results, *, n_paths: int | None = None, trial: int = 0, ax: Any = None
) -> Any:
    """Draw paths of evidence from the start to the response.

    The paths are of new samples, simulated by the model, method and parameters of the results, with
    the seeds that follow the seed of the results.  They are shown on the grid of ``delta_t``, up to
    the end of `metadata["max_t"]`.

    Parameters
    ----------
    results : Results
        The simulation, by `ssms.Simulator` or one of the functions `simulate` and `simulator`.
    n_paths : int, optional
        Number of paths, up to 1,000.  None: 10, or 1 of a model with several accumulators, each of
        which is a line.
    trial : int
        The trial whose parameters the paths have.
    ax : matplotlib.axes.Axes, optional
        The axes to draw in; a new figure otherwise.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingPackageError
        matplotlib is not installed.
    ConfigError
        The model has no paths (choices only, counters, a simulator function), or the results have
        been pickled since they were made.
    ParameterError, ParameterTypeError
        An argument has a value or type that is not allowed.

    Examples
    --------
    >>> import ssms
    >>> from matplotlib.figure import Figure
    >>> theta = {"v": 0.5, "a": 1.2, "z": 0.5, "t": 0.3}
    >>> results = ssms.simulate("ddm", theta, seed=1)
    >>> plot_paths(results, n_paths=5, ax=Figure().subplots()).get_ylabel()
    'evidence'
    """
    if n_paths is not None:
        n_paths = check_count("n_paths", n_paths, MAX_PATHS)
    trial = trial_index(trial, results.n_trials)
    simulator, request, arguments = call_again(results, [trial])
    process = simulator.bound.process
    if not getattr(process, "has_path", False):
        raise ConfigError(f"Model {simulator.name!r} has no paths of evidence to draw")
    (axis,) = figure_axes(ax, 1)
    latest = 0.0
    for i in range(n_paths or USUAL_PATHS):
        made = simulator.simulate(
            **arguments,
            n_samples=1,
            delta_t=request.delta_t,
            method=request.method,
            random_state=(request.seed + i) % 2**64,
        )
        onset = float(made.metadata["t"][0])
        latest = max(latest, _draw_path(axis, made, onset, request.delta_t, simulator.choices))
        if n_paths is None and made.metadata["trajectory"].shape[1] > 1:
            break
    _draw_boundaries(axis, process, made.metadata["boundary"], onset, latest, request.delta_t)
    if onset > 0.0:
        axis.axvspan(0.0, onset, color="0.93", zorder=0, label="non-decision time")
    axis.set(xlabel="time (s)", ylabel="evidence", xlim=(0.0, latest))
    axis.set_title(title_of(results, [trial]), fontsize="small")
    labelled = sorted(dict(zip(*reversed(axis.get_legend_handles_labels()), strict=True)).items())
    axis.legend(
        [handle for _, handle in labelled], [name for name, _ in labelled], fontsize="small"
    )
    return axis


def _draw_path(
    axis: Any, made: Results, onset: float, delta_t: float, choices: Sequence[int]
) -> float:
    """Draw the path of one sample; return when it ends (seconds)."""
    path, latest = made.metadata["trajectory"], onset
    times = onset + delta_t * np.arange(len(path))
    omitted, choice = made.omitted.item(), made.choice.item()
    if path.shape[1] == 1:
        colors = ["0.6" if omitted else f"C{choices.index(choice)}"]
        names = ["omitted" if omitted else f"choice {choice}"]
    else:
        colors = [f"C{column}" for column in range(path.shape[1])]
        several = [f"accumulator of choice {choice}" for choice in choices]
        names = several if path.shape[1] == len(choices) else list(LEVELS)
    for evidence, color, name in zip(path.T, colors, names, strict=True):
        moves = evidence != OMISSION
        if moves.any():
            axis.plot(times[moves], evidence[moves], color=color, lw=0.8, alpha=0.7, label=name)
            latest = max(latest, times[moves][-1])
        if moves[0]:
            axis.plot([0.0, onset], evidence[[0, 0]], ":", color="0.4", lw=0.8)
    return latest


def _draw_boundaries(
    axis: Any, process: Any, boundary: Any, onset: float, latest: float, delta_t: float
) -> None:
    """Draw the upper boundary, and the lower one of processes between two."""
    times = onset + delta_t * np.arange(boundary.size)
    shown = times <= latest + 0.05 * (latest - onset)
    heights = np.maximum(boundary[shown], 0.0)  # boundaries that have met stay
    for side in (1.0,) if isinstance(process, Race | Ballistic) else (1.0, -1.0):
        axis.plot(times[shown], side * heights, color="black", lw=1.2, label="boundary")
