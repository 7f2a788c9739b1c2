"""Simulations by a user's own function, in the calling convention of model configurations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ssms.basic_simulators.custom_arguments import (
    make_boundary_dict,
    make_drift_dict,
    make_noise_vec,
)
from ssms.basic_simulators.samples import Samples, shape_of
from ssms.config.constants import OMISSION_SENTINEL
from ssms.errors import ConfigError, ParameterTypeError, bad_value, unknown_name

__all__ = ["check_numbers", "draw_custom"]


def draw_custom(
    config: Mapping[str, Any],
    adapt: Callable[[dict[str, Any], int], dict[str, Any]],
    names: tuple[str, ...],
    matrix: npt.NDArray[np.float64],
    *,
    method: str,
    arguments: Mapping[str, Any],
) -> Samples:
    """Call a user's function and check what it returns.

    Parameters
    ----------
    config : mapping
        The model's configuration; its simulator is the user's function.
    adapt : callable
        Applies the model's transforms to parameters by name, given the number of trials.
    names, matrix : tuple of str, ndarray of float64, shape (n_names, n_trials)
        Parameters.
    method : str
        Must be "auto": the function is the method.
    arguments : mapping
        n_samples, delta_t, max_t, noise, smooth_unif, random_state, return_option, n_threads,
        extra_fields.

    Returns
    -------
    Samples

    Raises
    ------
    ParameterTypeError
        If the function does not return a dict.
    ConfigError
        If results are missing or have the wrong shape.
    """
    if method != "auto":
        raise unknown_name("method of a custom simulator function", method, ["auto"])
    n_trials, n_samples = matrix.shape[1], arguments["n_samples"]
    check_numbers(names, matrix)
    theta: dict[str, Any] = {
        name: row.astype(np.float32) for name, row in zip(names, matrix, strict=True)
    }
    if "s" not in theta and "sd" not in theta:
        theta["s"] = make_noise_vec(arguments["noise"], n_trials, config.get("n_particles", 1))
    theta.setdefault("deadline", np.full(n_trials, 999.0, np.float32))
    theta = adapt(theta, n_trials)
    offered = {
        **theta,
        **make_boundary_dict(config, theta),
        **make_drift_dict(config, theta),
        "n_trials": n_trials,
        **{k: v for k, v in arguments.items() if k not in ("noise", "extra_fields")},
    }
    function = config["simulator"]
    result = function(**_accepted(function, offered), **arguments["extra_fields"])
    samples = _checked(result, config, n_samples, n_trials, arguments["max_t"])
    if "deadline" in names:
        _omit_late(samples, matrix[names.index("deadline")])
    return samples


def check_numbers(names: tuple[str, ...], matrix: npt.NDArray[np.float64]) -> None:
    """Raise if a parameter is NaN or infinite; a deadline may be infinite."""
    for name, row in zip(names, matrix, strict=True):
        wrong = np.isnan(row) if name == "deadline" else ~np.isfinite(row)
        if wrong.any():
            trial = int(wrong.argmax())
            label = name if row.size == 1 else f"{name} of trial {trial}"
            allowed = "a number" if name == "deadline" else "finite"
            raise bad_value(label, float(row[trial]), allowed)


def _omit_late(samples: Samples, deadline: npt.NDArray[np.float64]) -> None:
    """Make omissions of responses at or after the deadline, whether the function did or not."""
    rts = samples.rts.reshape(samples.n_samples, samples.n_trials)
    rts[rts >= deadline] = OMISSION_SENTINEL


def _accepted(function: Any, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return those arguments that a function takes."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return dict(offered)
    parameters = signature.parameters.values()
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters):
        return dict(offered)
    return {p.name: offered[p.name] for p in parameters if p.name in offered}


def _checked(
    result: Any, config: Mapping[str, Any], n_samples: int, n_trials: int, max_t: float
) -> Samples:
    name = getattr(config["simulator"], "__name__", "simulator function")
    if not isinstance(result, dict):
        raise ParameterTypeError(
            f"{name} must return a dict with rts and choices, got {type(result).__name__}"
        )
    squeezed = tuple(size for size in (n_samples, n_trials) if size != 1)
    for key in ("rts", "choices"):
        if key not in result:
            raise ConfigError(f"{name} must return a dict with rts and choices; it lacks {key}")
        if np.squeeze(result[key]).shape != squeezed:
            raise ConfigError(
                f"{name} must return {key} of shape ({n_samples}, {n_trials}, 1), "
                f"got {np.shape(result[key])}"
            )
    metadata = {"possible_choices": list(config["choices"]), "n_samples": n_samples}
    metadata.update(n_trials=n_trials, max_t=max_t, model=config.get("name", "custom"))
    metadata.update(result.get("metadata") or {})
    more = {k: v for k, v in result.items() if k not in ("rts", "choices", "metadata")}
    shape = shape_of(n_samples, n_trials)
    rts = np.array(result["rts"], dtype=np.float32).reshape(shape)
    choices = np.ascontiguousarray(result["choices"], dtype=np.int32).reshape(shape)
    return Samples(rts, choices, n_samples, n_trials, max_t, metadata, more)
