"""Arguments of a user's simulator function besides its parameters: boundary, drift and noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssms.curves.registry import registry_of
from ssms.processes.function import noise_vector as make_noise_vec

__all__ = ["make_boundary_dict", "make_drift_dict", "make_noise_vec"]


def make_boundary_dict(config: Mapping[str, Any], theta: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's boundary, and those parameters that it takes.

    Parameters
    ----------
    config : mapping
        A model configuration; the function and the names of its parameters come from
        ``boundary_name`` where it holds no others, and names from the function's arguments.
    theta : mapping
        Parameters by name.

    Returns
    -------
    dict
        ``boundary_fun``, called as ``f(t=times, **parameters_of_one_trial)``, and
        ``boundary_params``, its entries of `theta`; empty if the model has no boundary.

    Raises
    ------
    UnknownNameError
        No boundary of that name is registered.

    Examples
    --------
    >>> from ssms.config import model_config
    >>> make_boundary_dict(model_config["ddm"], {"v": 1.0, "a": 1.5})["boundary_params"]
    {'a': 1.5}
    """
    return _curve("boundary", "boundary", config, theta)


def make_drift_dict(config: Mapping[str, Any], theta: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's drift, and those parameters that it takes (see `make_boundary_dict`).

    Parameters
    ----------
    config, theta
        As in `make_boundary_dict`.

    Returns
    -------
    dict
        ``drift_fun`` and ``drift_params``; empty if the drift does not change within a trial.

    Examples
    --------
    >>> from ssms.config import model_config
    >>> theta = {"v": 0.0, "shape": 2.0, "scale": 0.5, "c": 1.5, "a": 1.0}
    >>> make_drift_dict(model_config["gamma_drift"], theta)["drift_params"]
    {'v': 0.0, 'shape': 2.0, 'scale': 0.5, 'c': 1.5}
    """
    return _curve("drift", "drift_fun", config, theta)


def _curve(
    kind: str, key: str, config: Mapping[str, Any], theta: Mapping[str, Any]
) -> dict[str, Any]:
    function, names = config.get(key), config.get(f"{kind}_params")
    name = config.get(f"{kind}_name")
    if function is None and name is not None and key not in config:
        registered = registry_of(kind).get(name)
        function, names = registered["fun"], names or registered["params"]
    if function is None:
        return {}
    if names is None:
        names = registry_of(kind).of_function(function).params_among(theta)
    return {
        f"{kind}_fun": function,
        f"{kind}_params": {name: theta[name] for name in names if name in theta},
    }
