"""The entries of a simulation's metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ssms.config.constants import OMISSION_SENTINEL
from ssms.errors import ParameterError

__all__ = ["grid_size", "run_metadata"]

MOST_POINTS = 100_000_000
"""Of the grid on which boundary, drift and trajectory are shown: 400 MB each."""


def grid_size(delta_t: float, max_t: float) -> int:
    """Return the number of grid times 0, delta_t, ... up to max_t (seconds).

    Examples
    --------
    >>> grid_size(0.1, 0.3)
    4
    """
    # Without the margin, 0.3 / 0.1 rounds down to 2.
    return int(max_t / delta_t * (1.0 + 1e-12)) + 1


def run_metadata(
    config: Mapping[str, Any],
    model: str,
    call: Any,
    names: tuple[str, ...],
    theta: npt.NDArray[np.float64],
    noise: float,
    n_samples: int,
    n_threads: int,
    delta_t: float,
    max_t: float,
    seed: int,
    full: bool,
) -> dict[str, Any]:
    """Return how results were made.

    Parameters
    ----------
    config : mapping
        The model's configuration.
    model : str
        The model's name.
    call : Call
        The kernel's call, which knows its method and can draw a path.
    names, theta : tuple of str, ndarray of float64, shape (n_names, n_trials)
        Parameters.
    noise : float
        Noise of trials whose theta holds none.
    n_samples, n_threads : int
        Samples of each trial; threads.
    delta_t, max_t : float
        Step and end of the time grid (seconds).
    seed : int
        The seed that was used.
    full : bool
        Whether parameters, boundary and trajectory are wanted.

    Returns
    -------
    dict
    """
    n_trials = theta.shape[1]
    metadata: dict[str, Any] = {
        "model": model,
        "simulator": type(config["simulator"]).__name__.lower(),
        "method": call.method,
        "possible_choices": list(config["choices"]),
        "n_samples": n_samples,
        "n_trials": n_trials,
        "boundary_fun_type": config.get("boundary_name", "constant"),
        "random_state": seed,
    }
    if not full:
        return metadata
    parameters = {name: row.astype(np.float32) for name, row in zip(names, theta, strict=True)}
    metadata.update(parameters)
    noise_name = next((name for name in ("s", "sd") if name in parameters), None)
    if noise_name is None:
        metadata["s"] = np.full(n_trials, noise, np.float32)
    metadata.setdefault("t", np.zeros(n_trials, np.float32))
    metadata.setdefault("deadline", np.full(n_trials, np.inf, np.float32))
    metadata["delta_t"] = delta_t
    metadata["max_t"] = max_t
    metadata["n_threads"] = n_threads
    n_grid = grid_size(delta_t, max_t)
    if n_grid > MOST_POINTS:
        raise ParameterError(
            f"metadata shows boundary and trajectory at {MOST_POINTS:,} times at most; "
            f"max_t = {max_t:g} and delta_t = {delta_t:g} make {n_grid:,}. Give another delta_t, "
            "or return_option='minimal'"
        )
    metadata["boundary"] = _on_grid("boundary", config, parameters, delta_t, n_grid)
    if config.get("drift_fun") is not None:
        metadata["drift_fun_type"] = config.get("drift_name", "custom")
        metadata["drift"] = _on_grid("drift", config, parameters, delta_t, n_grid)
    trajectory = np.full((n_grid, 1), OMISSION_SENTINEL, np.float32)
    if n_trials:
        call.path(delta_t, trajectory)
        if getattr(config["simulator"], "separation", "half") == "full":
            # The kernels' band is centered at 0, that of the model begins there.
            height = parameters[config["simulator"].boundary_height][0]
            trajectory[trajectory != OMISSION_SENTINEL] += 0.5 * height
    metadata["trajectory"] = trajectory
    return metadata


def _on_grid(
    kind: str,
    config: Mapping[str, Any],
    parameters: Mapping[str, npt.NDArray[np.float32]],
    delta_t: float,
    n_grid: int,
) -> npt.NDArray[np.float32]:
    """Return the boundary or drift of trial 0 at the times of a grid; NaN if there is no trial."""
    function = config.get("boundary" if kind == "boundary" else "drift_fun")
    names = list(config.get(f"{kind}_params") or ())
    if function is None:  # a process that was given no boundary
        names = [config["simulator"].boundary_height]
    if not all(parameters[name].size for name in names):
        return np.full(n_grid, np.nan, np.float32)
    values = {name: float(parameters[name][0]) for name in names}
    if function is None:
        return np.full(n_grid, values[names[0]], np.float32)
    curve = np.asarray(function(t=np.arange(n_grid) * delta_t, **values), dtype=np.float32)
    return np.array(curve if curve.ndim == 2 else np.broadcast_to(curve, n_grid))
