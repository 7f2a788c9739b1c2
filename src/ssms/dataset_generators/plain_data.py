"""A model's configuration as plain data: a file can hold it and any Python can load it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssms.config.config_utils import to_plain
from ssms.dataset_generators.parameter_samplers.uniform_sampler import (
    numeric_bound,
    parameter_space,
)

__all__ = ["plain_model_config"]


def plain_model_config(model_config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's configuration as plain data.

    ``param_bounds`` is given as [lows, highs] in the order of ``params``, all of them numbers:
    a bound that is another parameter's name becomes that parameter's own bound
    (``param_bounds_dict`` keeps the name).

    Examples
    --------
    >>> config = {"params": ["t", "st"], "param_bounds_dict": {"t": (0.25, 2.25), "st": (0, "t")}}
    >>> plain_model_config(config)["param_bounds"]
    [[0.25, 0.0], [2.25, 2.25]]
    """
    plain: dict[str, Any] = to_plain(model_config)
    space = parameter_space(model_config)
    plain["param_bounds_dict"] = to_plain(space)
    plain["param_bounds"] = [
        [numeric_bound(space, name, side) for name in space] for side in (0, 1)
    ]
    return plain
