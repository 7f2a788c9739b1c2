"""Draw the pictures of the documentation: ``python docs/make_figures.py`` (needs matplotlib)."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from ssms import Simulator

IMAGES = Path(__file__).parent / "images"
THETA = {"v": 0.5, "a": 1.0, "z": 0.45, "t": 0.3}
UPPER, LOWER = "#1b6ca8", "#c8553d"


def draw_paths(axes, n_paths=10):
    """Draw single paths from start to exit, in the color of the side they exit at."""
    ddm = Simulator("ddm")
    for seed in range(n_paths):
        result = ddm.simulate(THETA, n_samples=1, max_t=10.0, delta_t=0.002, random_state=seed)
        path = result["metadata"]["trajectory"].ravel()
        path = path[path > -999]
        time = THETA["t"] + 0.002 * np.arange(path.size)
        color = UPPER if result["choices"].item() > 0 else LOWER
        axes.plot(time, path, color=color, lw=0.6, alpha=0.7)
    for side in (1, -1):
        axes.axhline(side * THETA["a"], color="black", lw=1.2)
    axes.plot([0, THETA["t"]], [THETA["a"] * (2 * THETA["z"] - 1)] * 2, color="grey", ls=":", lw=1)
    axes.set_ylabel("evidence")


def draw_histograms(above, below):
    """Draw the joint distribution of response time and choice, up and down."""
    result = Simulator("ddm").simulate(THETA, n_samples=200_000, random_state=1)
    rts, choices = result["rts"].ravel(), result["choices"].ravel()
    edges = np.linspace(0, 4, 101)
    weight = 1 / (rts.size * (edges[1] - edges[0]))
    for axes, choice, color in ((above, 1, UPPER), (below, -1, LOWER)):
        counts, _ = np.histogram(rts[choices == choice], edges)
        axes.stairs(counts * weight, edges, fill=True, color=color, alpha=0.8)
        axes.set_ylim(0, 0.8)
        axes.set_ylabel("density")
    below.invert_yaxis()


def draw_results():
    """Return the two figures of docs/simulators.md, side by side."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    theta = {"v": 0.5, "a": 1.2, "z": 0.5, "t": 0.3}
    results = Simulator("ddm").simulate(theta, n_samples=5000, random_state=1)
    results.plot(ax=left)
    results.plot_paths(n_paths=5, ax=right)
    return figure


def draw_model():
    """Return the figure of the README: paths, and response times at each boundary."""
    figure, (above, middle, below) = plt.subplots(
        3, 1, figsize=(6, 4.4), sharex=True, height_ratios=(1, 1.6, 1), layout="constrained"
    )
    draw_histograms(above, below)
    draw_paths(middle)
    below.xaxis.set_ticks_position("top")
    below.tick_params(labeltop=False, labelbottom=True)
    below.set_xlabel("response time (s)")
    below.set_xlim(0, 4)
    for axes in (above, middle, below):
        axes.spines[["bottom" if axes is below else "top", "right"]].set_visible(False)
    return figure


def main():
    """Write the pictures to docs/images."""
    IMAGES.mkdir(exist_ok=True)
    for name, figure in (("ddm", draw_model()), ("results", draw_results())):
        # Without metadata a file changes only when the picture does.
        figure.savefig(IMAGES / f"{name}.png", dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    main()
