"""Parameter sets drawn uniformly from a model's bounds, subject to its sampling constraints."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms.config._bounds import bound_errors, bounds_by_name
from ssms.dataset_generators.parameter_samplers.base_sampler import AbstractParameterSampler
from ssms.errors import ConfigError
from ssms.support_utils.utils import build_dependency_graph, topological_sort

__all__ = ["UniformParameterSampler", "parameter_space"]


def parameter_space(model_config: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the bounds of each parameter of a model, in the order of ``params``.

    Parameters
    ----------
    model_config : mapping
        With ``params``, and ``param_bounds_dict``, ``param_bounds`` ([lows, highs] or a mapping),
        or both, if they agree.

    Raises
    ------
    ConfigError
        A parameter has no bounds, or two that differ; a lower bound is above the upper one.

    Examples
    --------
    >>> parameter_space({"params": ["v", "a"], "param_bounds": [[-3, 0.3], [3, 2.5]]})
    {'v': (-3, 3), 'a': (0.3, 2.5)}
    """
    params, name = list(model_config["params"]), model_config.get("name")
    spaces = [
        _space(params, model_config[key])
        for key in ("param_bounds_dict", "param_bounds")
        if model_config.get(key) is not None
    ]
    if not spaces:
        raise ConfigError(f"model {name!r} has no param_bounds: training data need them")
    for space in spaces:
        if errors := bound_errors(params, space):
            raise ConfigError(f"model {name!r}: " + "; ".join(errors))
    topological_sort(build_dependency_graph(spaces[0]))
    for p in params:
        # A table of numbers has the bounds of t where the mapping has the name "t".
        differ = spaces[0][p] != spaces[-1][p] and any(
            numeric_bound(spaces[0], p, side) != numeric_bound(spaces[-1], p, side)
            for side in (0, 1)
        )
        if differ:
            raise ConfigError(
                f"param_bounds_dict and param_bounds of model {name!r} disagree on {p!r}: "
                f"{spaces[0][p]} and {spaces[-1][p]}; change both, or remove one of them"
            )
    return spaces[0]


def _space(params: list[str], bounds: Any) -> dict[str, tuple[Any, Any]]:
    if isinstance(bounds, Mapping):
        bounds = {p: bounds[p] for p in params if p in bounds}
    return bounds_by_name(params, bounds)


def numeric_bound(space: Mapping[str, tuple[Any, Any]], name: str, side: int) -> float:
    """Return a lower (0) or upper (1) bound; the value of another parameter if it names one."""
    bound = space[name][side]
    for _ in space:  # a chain of references is no longer than the space
        if not isinstance(bound, str):
            break
        bound = space[bound][side]
    return float(bound)


class UniformParameterSampler(AbstractParameterSampler):
    """Draws each parameter uniformly between its bounds.

    Parameters
    ----------
    param_space, constraints
        See `AbstractParameterSampler`.

    Examples
    --------
    >>> sampler = UniformParameterSampler({"v": (-3.0, 3.0), "a": (0.3, 2.5)})
    >>> theta = sampler.sample(2, rng=np.random.default_rng(1))
    >>> theta["v"].shape, theta["v"].dtype
    ((2,), dtype('float32'))
    """

    def sample(
        self, n_samples: int = 1, rng: np.random.Generator | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """Return `n_samples` parameter sets; see `AbstractParameterSampler.sample`."""
        if self._box is None:
            return super().sample(n_samples, rng)
        low, width = self._box  # the numbers of rng.uniform(), parameter by parameter
        drawn = np.random.default_rng(rng).random((len(low), n_samples))
        theta = dict(zip(self.param_space, (low + width * drawn).astype(np.float32), strict=True))
        return self.constrained(theta) if self.constraints else theta

    @cached_property
    def _box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Lower bounds and widths of a space in which no bound refers to a parameter."""
        own = type(self)._sample_parameter is UniformParameterSampler._sample_parameter
        bounds = list(self.param_space.values())
        if not own or any(type(bound) not in (float, int) for pair in bounds for bound in pair):
            return None
        low, high = np.array(bounds, np.float64).T[:, :, None]
        return (low, high - low) if np.isfinite(high - low).all() and (low <= high).all() else None

    def _sample_parameter(
        self, param: str, lower: Any, upper: Any, n_samples: int, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        return rng.uniform(lower, upper, size=n_samples)
