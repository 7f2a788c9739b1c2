"""Distributions of response times and choices, beside the exact law of the model."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ssms.checks import check_flag, whole_number
from ssms.engine.results import NO_RESPONSE_TIME, OMISSION, Results
from ssms.errors import ConfigError, ParameterError, bad_value, missing_package

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

__all__ = ["call_again", "figure_axes", "plot_responses", "title_of", "trial_index"]

MAX_AXES = 12
"""Trials with axes of their own; more than these are pooled."""

MAX_TRIALS_OF_DENSITY = 1000
"""Trials whose densities are averaged without being asked for."""

SHOWN = 0.995
"""Share of the responses that the axis of response times covers."""

MIN_BINS, MAX_BINS = 10, 200
N_TIMES, N_TIMES_POOLED = 400, 100
"""Points of a density, and of a mean of many."""


def plot_responses(
    results: Results,
    *,
    trial: int | Sequence[int] | None = None,
    density: bool | None = None,
    bins: int | Sequence[float] | None = None,
    ax: Any = None,
) -> Any:
    """Draw the distribution of response times for each choice.

    Histograms are defective densities: the areas of all choices and the share of omissions add up
    to 1.  Models without response times have bars instead, one for each choice.

    Parameters
    ----------
    results : Results
        The simulation.
    trial : int or sequence of int, optional
        The trials to draw, each in axes of its own.  None: each of up to 12 trials; more trials,
        and trials of one sample each, are pooled in the same axes.
    density : bool, optional
        Whether to draw the exact density.  None: where the model has a density, at most 1,000
        trials are pooled, and the results have not been pickled since they were made.
    bins : int or sequence of float, optional
        Number of bins up to the 99.5th percentile, with one more bin beyond it for the longest
        response times; or the edges of all bins (seconds).
    ax : matplotlib.axes.Axes or array of Axes, optional
        The axes to draw in, as many as there are trials; a new figure otherwise.

    Returns
    -------
    matplotlib.axes.Axes or ndarray of Axes, shape (n_axes,)
        An array if more than one is drawn.

    Raises
    ------
    MissingPackageError
        matplotlib is not installed.
    ConfigError, ParameterError
        With ``density=True``: why there is none.
    ParameterError, ParameterTypeError
        An argument has a value or type that is not allowed.

    Examples
    --------
    >>> import ssms
    >>> from matplotlib.figure import Figure
    >>> theta = {"v": [0.5, 1.0], "a": 1.2, "z": 0.5, "t": 0.3}
    >>> results = ssms.simulate("ddm", theta, seed=1)
    >>> plot_responses(results, ax=Figure().subplots(1, 2)).shape
    (2,)
    """
    if density is not None:
        density = check_flag("density", density)
    groups = _groups(results, trial)
    drawn = np.concatenate(groups)
    rt = results.rt[:, drawn]
    responses = rt[rt != OMISSION]
    labels = _labels(results)
    timed = not responses.size or bool((responses != NO_RESPONSE_TIME).any())
    edges = _edges(responses, bins, rt.size // len(groups)) if timed else np.zeros(1)
    end = edges[-1] if bins is not None and np.ndim(bins) else edges[-2] if timed else 0.0
    n_times = N_TIMES if drawn.size <= MAX_AXES else N_TIMES_POOLED
    times = np.linspace(edges[0], end, n_times) if timed else np.array([NO_RESPONSE_TIME])
    laws = _densities(results, groups, times, labels, density)
    axes = figure_axes(ax, len(groups))  # last: a call that is refused leaves no figure
    for i, (axis, trials) in enumerate(zip(axes, groups, strict=True)):
        rt, choice = results.rt[:, trials], results.choice[:, trials]
        law = None if laws is None else laws[i]
        if timed:
            _histograms(axis, rt, choice, labels, edges, times, law)
            axis.set_xlim(edges[0], end)
        else:
            _bars(axis, rt, choice, labels, law)
        axis.set_title(title_of(results, trials), fontsize="small")
        axis.legend(fontsize="small")
    return axes if len(axes) > 1 else axes[0]


def _histograms(
    axis: Any,
    rt: Any,
    choice: Any,
    labels: Sequence[int],
    edges: FloatArray,
    times: FloatArray,
    law: FloatArray | None,
) -> None:
    omitted, filled = rt == OMISSION, len(labels) <= 2
    for i, label in enumerate(labels):
        chosen = rt[(choice == label) & ~omitted]
        heights = np.histogram(chosen, edges)[0] / (np.diff(edges) * rt.size)
        name = f"choice {label}: {chosen.size / rt.size:.1%}"
        axis.stairs(heights, edges, fill=filled, alpha=0.4, color=f"C{i}", label=name)
        if law is not None:
            axis.plot(times, law[i], color=f"C{i}", lw=1.5)
    if omitted.any():
        axis.plot([], [], " ", label=f"omitted: {omitted.mean():.1%}")
    if law is not None:
        axis.plot([], [], color="0.3", lw=1.5, label="exact density")
    axis.set(xlabel="response time (s)", ylabel="density (1/s)")


def _bars(axis: Any, rt: Any, choice: Any, labels: Sequence[int], law: FloatArray | None) -> None:
    places, given = np.arange(len(labels)), rt != OMISSION
    shares = [((choice == label) & given).mean() for label in labels]
    axis.bar(places, shares, alpha=0.4, color=[f"C{i}" for i in places], label="share of samples")
    if law is not None:
        axis.plot(places, law[:, 0], "_", ms=20, color="0.3", label="exact probability")
    axis.set(xticks=places, xlabel="choice", ylabel="probability", ylim=(0.0, 1.0))
    axis.set_xticklabels([str(label) for label in labels])


def _groups(results: Results, trial: Any) -> list[npt.NDArray[np.int64]]:
    """Return the trials of each axes."""
    n_trials = results.n_trials
    trials = [trial] if np.ndim(trial) == 0 else list(trial)
    if not (n_trials and trials):
        raise ConfigError("There is no trial to draw")
    if trial is not None:
        return [np.array([trial_index(number, n_trials)]) for number in trials]
    if n_trials > MAX_AXES or (n_trials > 1 and results.n_samples == 1):
        return [np.arange(n_trials)]
    return [np.array([number]) for number in range(n_trials)]


def _edges(responses: Any, bins: Any, n_samples: int) -> FloatArray:
    """Return edges of bins that hold all responses: the last one those that are not shown."""
    if bins is not None and np.ndim(bins):
        edges = np.asarray(bins, dtype=np.float64)
        if edges.ndim != 1 or edges.size < 2 or not (np.diff(edges) > 0.0).all():
            raise bad_value("bins", bins, "a positive integer, or increasing edges (seconds)")
        return edges
    if not responses.size:
        responses = np.ones(1)
    low, high, end = np.quantile(responses, [0.25, 0.75, SHOWN])
    start, latest = min(0.0, float(responses.min())), responses.max()
    end = end if end > start else start + 1.0
    if bins is None:  # Freedman & Diaconis (1981), Z. Wahrscheinlichkeitstheorie 57:453-476
        width = max(2.0 * (high - low) / n_samples ** (1 / 3), (end - start) / MAX_BINS)
        bins = int(np.clip(np.ceil((end - start) / width), MIN_BINS, MAX_BINS))
    elif isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
        raise bad_value("bins", bins, "a positive integer, or increasing edges (seconds)")
    edges = np.linspace(start, end, bins + 1)
    return np.append(edges, max(latest, 2.0 * end - edges[-2]))  # as wide as the others, at least


def _labels(results: Results) -> list[int]:
    """Return the labels of the possible choices."""
    if results.source is not None:
        return list(results.source[0].choices)
    return list(results.metadata.get("possible_choices") or np.unique(results.choice).tolist())


def _densities(
    results: Results,
    groups: Sequence[npt.NDArray[np.int64]],
    times: FloatArray,
    labels: Sequence[int],
    asked: bool | None,
) -> FloatArray | None:
    """Return densities of each axes, shape (n_axes, n_choices, n_times); None to draw none."""
    from ssms.densities import logpdf

    drawn = np.concatenate(groups)
    if asked is False or (asked is None and drawn.size > MAX_TRIALS_OF_DENSITY):
        return None
    if results.source is None and not asked:
        return None
    rt, choice = np.tile(times, len(labels)), np.repeat(labels, times.size)
    try:
        model, _, arguments = call_again(results, drawn)
        values = logpdf(model, **arguments, rt=rt[None], choice=choice[None], on_invalid="-inf")
    except (ConfigError, ParameterError):
        if asked:
            raise
        return None
    law = np.exp(values).reshape(drawn.size, len(labels), times.size)
    return np.array([rows.mean(0) for rows in np.split(law, np.cumsum([*map(len, groups)])[:-1])])


def call_again(results: Results, trials: Any) -> tuple[Any, Any, dict[str, Any]]:
    """Return the Simulator that made results, its request, and arguments that describe some trials.

    Raises
    ------
    ConfigError
        If no Simulator made the results, or they have been pickled since.
    """
    if results.source is None:
        raise ConfigError(
            "The model of these results is not known: they were pickled, or made by no Simulator"
        )
    simulator, request = results.source
    names, n_trials = request.names, request.n_trials
    plain = len(names) == len(simulator.params)  # theta holds no noise
    fields = {
        key: np.asarray(value)[trials] if np.ndim(value) and len(value) == n_trials else value
        for key, value in request.extra_fields.items()
    }
    return (
        simulator,
        request,
        {
            "theta": dict(zip(names, request.theta[:, trials], strict=True)),
            "max_t": None if np.isinf(request.limit) else request.limit,
            "sigma_noise": request.noise if plain and simulator.bound.process.noise_names else None,
            "extra_fields": fields,
        },
    )


def title_of(results: Results, trials: Sequence[int] | npt.NDArray[np.int64]) -> str:
    """Return the parameters of a trial, or how many trials are pooled, in short lines."""
    if len(trials) > 1:
        return f"{len(trials):,} trials pooled"
    if results.source is None:
        return f"trial {trials[0]}"
    theta = call_again(results, trials)[-1]["theta"]
    return textwrap.fill(", ".join(f"{name}={value[0]:.4g}" for name, value in theta.items()), 48)


def trial_index(trial: Any, n_trials: int) -> int:
    """Return the number of a trial, checked.

    Raises
    ------
    ParameterError, ParameterTypeError
        If there is no such trial.
    """
    allowed = f"an integer from 0 to {n_trials - 1}"
    index = whole_number("trial", trial, allowed)
    if not 0 <= index < n_trials:
        raise bad_value("trial", trial, allowed)
    return index


def figure_axes(ax: Any, n_axes: int) -> npt.NDArray[Any]:
    """Return `n_axes` axes: those that are given, or new ones.

    Raises
    ------
    MissingPackageError
        matplotlib is not installed.
    ParameterError
        If another number of axes is given.
    """
    if ax is not None:
        axes = np.array(ax, dtype=object).ravel()
        if axes.size != n_axes:
            raise bad_value(
                "ax", f"{axes.size} axes", f"as many axes as trials are drawn, {n_axes}"
            )
        return axes
    try:
        from matplotlib import pyplot
    except ModuleNotFoundError as error:
        raise missing_package("matplotlib", "plot") from error
    n_columns = int(np.ceil(np.sqrt(n_axes)))
    n_rows = -(-n_axes // n_columns)
    size = (5.6, 3.8) if n_axes == 1 else (3.8 * n_columns, 3.0 * n_rows)
    figure, grid = pyplot.subplots(
        *(n_rows, n_columns), figsize=size, squeeze=False, sharex=True, sharey=True,
        layout="constrained",
    )  # fmt: skip
    for unused in grid.ravel()[n_axes:]:
        figure.delaxes(unused)
    drawn: npt.NDArray[Any] = grid.ravel()[:n_axes]
    return drawn
