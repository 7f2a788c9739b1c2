"""Facts about models that kernel density estimates of response times need."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ssms.config.model_registry import get_model_registry

KDE_NO_DISPLACE_T: list[str]
"""Models whose non-decision time varies from trial to trial, so that response times cannot be
shifted back by it before a density is estimated."""

__all__ = ["KDE_NO_DISPLACE_T", "nondecision_varies", "response_time_support"]


def nondecision_varies(config: Mapping[str, Any]) -> bool:
    """Return whether the non-decision time of a model varies from trial to trial.

    Parameters
    ----------
    config : mapping
        A model's configuration: of a process of this package, or with ``ndt_edge_shift``.

    Examples
    --------
    >>> from ssms.config import model_config
    >>> nondecision_varies(model_config["ddm"]), nondecision_varies(model_config["ddm_st"])
    (False, True)
    """
    return bool(config.get("ndt_edge_shift")) or _distribution(config) != "constant"


def _distribution(config: Mapping[str, Any]) -> str:
    nondecision = getattr(config.get("simulator"), "nondecision", None)
    return str(getattr(nondecision, "distribution", "constant"))


def response_time_support(
    config: Mapping[str, Any], metadata: Mapping[str, Any]
) -> tuple[float, float]:
    """Return the interval in which response times of simulated trials can lie.

    Parameters
    ----------
    config : mapping
        The model's configuration; empty for a model that is not known.
    metadata : mapping
        Those of the trials: the parameters (scalars or arrays), and ``limit`` or else ``max_t``,
        the longest decision time.

    Returns
    -------
    tuple of float
        Seconds.  From the shortest non-decision time to the longest plus this limit, or to the
        latest deadline if that is earlier.  (0, inf) as far as the metadata do not tell, and
        where the non-decision time has no bounds.

    Examples
    --------
    >>> from ssms.config import model_config
    >>> response_time_support(model_config["ddm"], {"t": 0.5, "max_t": 20.0})
    (0.5, 20.5)
    >>> response_time_support(model_config["ddm_st"], {"t": 0.5, "st": 0.25, "max_t": 20.0})
    (0.25, 20.75)
    """
    low, high = 0.0, math.inf
    t, halfwidth = metadata.get("t"), _edge_shift(config, metadata)
    if t is not None and halfwidth is not None and np.size(t):
        t = np.asarray(t, dtype=np.float64)
        low = max(low, float(np.min(t - halfwidth)))
        limit = metadata.get("limit", metadata.get("max_t"))
        if limit is not None:
            high = float(np.max(t + halfwidth)) + float(limit)
    deadline = metadata.get("deadline")
    if deadline is not None and np.size(deadline):
        high = min(high, float(np.max(deadline)))
    # Response times are stored as float32, and so may be rounded past an edge.
    return min(low, float(np.float32(low))), max(high, float(np.float32(high)))


def _edge_shift(config: Mapping[str, Any], metadata: Mapping[str, Any]) -> Any:
    """Return by how much non-decision times differ from t at most; None if there is no limit."""
    shift = config.get("ndt_edge_shift")
    if shift:
        halfwidth = metadata.get(shift["param"])
        return None if halfwidth is None else shift["scale"] * np.asarray(halfwidth, np.float64)
    if _distribution(config) != "constant":
        return None
    unknown_spread = not config and np.any(np.asarray(metadata.get("st", 0.0)) != 0)
    return None if unknown_spread else 0.0


def __getattr__(name: str) -> Any:
    # Worked out when it is asked for: the catalogue takes a moment to read.
    if name != "KDE_NO_DISPLACE_T":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    registry = get_model_registry()
    return [model for model in registry.names() if nondecision_varies(registry.shared(model))]
