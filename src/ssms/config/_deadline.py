"""The variant of a model in which a response must come before a deadline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssms.config.config_utils import copy_config, has_response_time
from ssms.errors import ConfigError

__all__ = ["DEADLINE_SUFFIX", "with_deadline"]

DEADLINE_SUFFIX = "_deadline"
DEADLINE_BOUNDS = (0.001, 10.0)
DEADLINE_DEFAULT = 10.0


def with_deadline(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a model configuration that has a parameter ``deadline``.

    The deadline is the last parameter, counted in seconds on the scale of response times
    (non-decision time included).  A configuration that has one is returned as it is, copied.

    Raises
    ------
    ConfigError
        If the model has no response time.
    """
    if not has_response_time(config):
        raise ConfigError(
            f"Model {config.get('name', 'custom')!r} has no response time, and so no deadline"
        )
    new = copy_config(dict(config))
    if new.get("deadline") or "deadline" in new.get("params", ()):
        return new
    new["params"] = [*new.get("params", []), "deadline"]
    new["n_params"] = len(new["params"])
    if "name" in new and not str(new["name"]).endswith(DEADLINE_SUFFIX):
        new["name"] = f"{new['name']}{DEADLINE_SUFFIX}"
    bounds = new.get("param_bounds")
    if isinstance(bounds, dict):
        bounds["deadline"] = DEADLINE_BOUNDS
    elif bounds is not None:
        new["param_bounds"] = [
            [*row, limit] for row, limit in zip(bounds, DEADLINE_BOUNDS, strict=True)
        ]
    if new.get("param_bounds_dict") is not None:
        new["param_bounds_dict"]["deadline"] = DEADLINE_BOUNDS
    if new.get("default_params") is not None:
        new["default_params"] = [*new["default_params"], DEADLINE_DEFAULT]
    new["deadline"] = True
    return new
