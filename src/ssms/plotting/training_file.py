"""A figure of a training-data file: responses, choices, parameters and labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ssms.plotting.responses import SHOWN

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["training_data_figure"]


def training_data_figure(data: Mapping[str, Any]) -> Figure:
    """Draw one training-data file, as `TrainingDataGenerator.generate_data_training` returns it.

    Four panels: simulated response times by choice, choice and omission probabilities over the
    parameter sets, the parameters between their bounds, and the log-likelihood labels.
    """
    from matplotlib.figure import Figure

    model = data["model_config"]
    # A fixed layout and axes without mathematical text: half the time of the convenient ones.
    figure = Figure(figsize=(10, 7))
    axes = figure.subplots(2, 2, gridspec_kw={"hspace": 0.35, "wspace": 0.4, "left": 0.16})
    _response_times(axes[0, 0], data, model)
    _probabilities(axes[0, 1], data, model)
    _parameters(axes[1, 0], data, model)
    if "lan_labels" in data:
        _labels(axes[1, 1], data)
    else:  # cpn_only
        axes[1, 1].set_axis_off()
    figure.suptitle(f"{model['name']}: {len(data['theta'])} parameter sets of one file")
    return figure


def _response_times(axes: Any, data: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    """Histogram of the simulated responses, pooled over the parameter sets."""
    axes.set(title="simulated responses", xlabel="response time (s)", ylabel="share of responses")
    binned = data.get("binned_256")
    if binned is None:
        axes.text(0.5, 0.5, "no simulated responses", ha="center", transform=axes.transAxes)
        return
    counts = np.asarray(binned, dtype=np.float64).sum(axis=0)
    shares = counts / max(counts.sum(), 1.0)
    edges = np.linspace(0.0, data["generator_config"]["simulator"]["max_t"], len(counts) + 1)
    for column, choice in enumerate(model["choices"]):
        axes.stairs(shares[:, column], edges, label=f"choice {choice}")
    covered = np.cumsum(shares.sum(axis=1))
    last = min(int(np.searchsorted(covered, SHOWN)) + 1, len(counts))
    axes.set_xlim(0.0, edges[last])
    axes.legend()


def _probabilities(axes: Any, data: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    """Histograms over parameter sets of P(choice) and P(omission)."""
    axes.set(title="probabilities", xlabel="probability", ylabel="parameter sets")
    bins = np.linspace(0.0, 1.0, 26)
    choices = np.asarray(data["cpn_labels"])
    names = model["choices"][-1:] if choices.shape[1] == 1 else model["choices"]
    for column, choice in enumerate(names):
        axes.hist(choices[:, column], bins=bins, histtype="step", label=f"choice {choice}")
    if "opn_labels" in data:
        axes.hist(np.ravel(data["opn_labels"]), bins=bins, histtype="step", label="omission")
    axes.legend()


def _parameters(axes: Any, data: Mapping[str, Any], model: Mapping[str, Any]) -> None:
    """Every drawn parameter value, scaled to the range that was drawn."""
    theta = np.asarray(data["theta"], dtype=np.float64)
    low, high = theta.min(axis=0), theta.max(axis=0)
    scaled = (theta - low) / np.where(high > low, high - low, 1.0)
    rows = np.arange(theta.shape[1])
    axes.scatter(scaled, np.broadcast_to(rows, theta.shape), s=4, alpha=0.3)
    ticks = [f"{p}  [{a:.3g}, {b:.3g}]" for p, a, b in zip(model["params"], low, high, strict=True)]
    axes.set(title="parameter sets", xlabel="from lowest to highest drawn", yticks=rows)
    axes.set_yticklabels(ticks)
    axes.invert_yaxis()


def _labels(axes: Any, data: Mapping[str, Any]) -> None:
    axes.hist(np.asarray(data["lan_labels"]), bins=60)
    axes.set(title="labels", xlabel="log-likelihood", ylabel="rows")
