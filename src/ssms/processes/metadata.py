"""The entries of a simulation's metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ssms import _core
from ssms.curves.curve import values_at
from ssms.engine.results import NO_RESPONSE_TIME, OMISSION
from ssms.errors import ParameterError

if TYPE_CHECKING:
    import numpy.typing as npt

    from ssms.curves.curve import Curve
    from ssms.engine.request import Request
    from ssms.processes.process import Model

__all__ = ["grid_size", "run_metadata"]

MAX_POINTS = 2_000_001
"""Of the grid on which boundary, drift and trajectory are shown: a second or two of work."""


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
    process: Any, model: Model, problem: _core.Problem, method: str, request: Request
) -> dict[str, Any]:
    """Return how results were made.

    Parameters
    ----------
    process : Process
        The process.
    model : Model
        The model.
    problem : Problem
        The process with numbers, which can draw a path.
    method : str
        The method that was used.
    request : Request
        The request.

    Returns
    -------
    dict
    """
    n_trials = request.n_trials
    metadata: dict[str, Any] = {
        "model": model.name,
        "simulator": process.label,
        "method": method,
        "possible_choices": list(model.choices),
        "n_samples": request.n_samples,
        "n_trials": n_trials,
        "max_t": request.max_t,
        "limit": request.limit,
    }
    if model.boundary is not None:
        metadata["boundary_fun_type"] = model.boundary.name
    metadata["random_state"] = request.seed
    if not request.full:
        return metadata
    pairs = zip(request.names, request.theta, strict=True)
    parameters = {name: row.astype(np.float32) for name, row in pairs}
    metadata.update(parameters)
    if process.noise_names and not any(name in parameters for name in process.noise_names):
        metadata[process.noise_names[0]] = np.full(n_trials, request.noise, np.float32)
    if process.has_response_time:
        metadata.setdefault("t", np.zeros(n_trials, np.float32))
        metadata.setdefault("deadline", np.full(n_trials, np.inf, np.float32))
    else:
        metadata.update(placeholder_rt=NO_RESPONSE_TIME, n_choices=len(model.choices))
    metadata["delta_t"] = request.delta_t
    metadata["n_threads"] = request.n_threads
    if process.has_path:
        metadata.update(_on_grid(process, model, problem, method, request, parameters))
    return metadata


def _on_grid(
    process: Any,
    model: Model,
    problem: _core.Problem,
    method: str,
    request: Request,
    parameters: Mapping[str, npt.NDArray[np.float32]],
) -> dict[str, Any]:
    """Return boundary, drift and a path of trial 0 at the times of a grid."""
    n_grid = grid_size(request.delta_t, request.max_t)
    if n_grid > MAX_POINTS:
        raise ParameterError(
            f"metadata shows boundary and trajectory at {MAX_POINTS:,} times at most; "
            f"max_t = {request.max_t:g} and delta_t = {request.delta_t:g} make {n_grid:,}. "
            "Pass another delta_t, or return_option='minimal'"
        )
    times: Any = np.arange(n_grid) * request.delta_t
    shown: dict[str, Any] = {}
    if model.boundary is not None:
        shown["boundary"] = _curve_at(model.boundary, model.boundary_params, parameters, times)
    if model.drift is not None and not model.drift.is_linear:
        shown["drift_fun_type"] = model.drift.name
        shown["drift"] = _curve_at(model.drift, model.drift_params, parameters, times)
    if "boundary" in shown and "z" not in parameters:  # figures of HSSM read it
        shown["z"] = _mean_start(process, parameters, shown["boundary"][0], request.n_trials)
    trajectory = np.full((n_grid, problem.path_columns), OMISSION, np.float32)
    if request.n_trials:
        problem.path(_core.METHODS.index(method), trajectory)
        process.path_in_model_units(trajectory, parameters)
    shown["trajectory"] = trajectory
    shown["trajectory_is_cut"] = bool(
        request.limit > request.max_t and (trajectory[-1] != OMISSION).any()
    )
    return shown


def _curve_at(
    curve: Curve,
    passed: tuple[str, ...],
    parameters: Mapping[str, npt.NDArray[np.float32]],
    times: npt.NDArray[np.float64],
) -> npt.NDArray[np.float32]:
    """Return the boundary or drift of trial 0; NaN if there is no trial."""
    if not all(parameters[name].size for name in passed):
        return np.full(times.size, np.nan, np.float32)
    values = {name: float(parameters[name][0]) for name in passed}
    if curve.row is not None and curve.name == "constant":
        return np.full(times.size, values[passed[0]], np.float32)
    with np.errstate(all="ignore"):  # exp(-large) is 0, whatever the user's policy is
        shown = np.asarray(values_at(curve.function, times, values), dtype=np.float32)
    return np.array(shown if shown.ndim == 2 else np.broadcast_to(shown, times.size))


def _mean_start(
    process: Any, parameters: Mapping[str, npt.NDArray[np.float32]], height: float, n_trials: int
) -> npt.NDArray[np.float32]:
    """Return the mean start, relative to the boundary, of a model without a parameter z."""
    if not hasattr(process, "start_range"):  # midway between two boundaries
        return np.full(n_trials, 0.5, np.float32)
    if process.start_range is None:
        return np.zeros(n_trials, np.float32)
    with np.errstate(all="ignore"):
        return np.asarray(parameters[process.start_range] / (2.0 * height), np.float32)
