"""Parameter sets drawn uniformly from a model's bounds, subject to its sampling constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms.dataset_generators.protocols import ParameterSamplingConstraintProtocol
from ssms.errors import ConfigError, bad_type
from ssms.support_utils.utils import (
    build_dependency_graph,
    sample_parameters_from_constraints,
    topological_sort,
)

__all__ = ["UniformParameterSampler", "parameter_space"]


def parameter_space(model_config: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the bounds of each parameter of a model, in the order of ``params``.

    Parameters
    ----------
    model_config : mapping
        With ``params``, and ``param_bounds_dict`` or ``param_bounds`` ([lows, highs]).

    Raises
    ------
    ConfigError
        A parameter has no bounds.

    Examples
    --------
    >>> parameter_space({"params": ["v", "a"], "param_bounds": [[-3, 0.3], [3, 2.5]]})
    {'v': (-3, 3), 'a': (0.3, 2.5)}
    """
    params = list(model_config["params"])
    bounds = model_config.get("param_bounds_dict") or model_config.get("param_bounds")
    if bounds is None:
        raise ConfigError(
            f"model '{model_config.get('name')}' has no param_bounds: training data need them"
        )
    if not isinstance(bounds, Mapping):
        lows, highs = bounds
        if not len(lows) == len(highs) == len(params):
            raise ConfigError(f"param_bounds must hold {len(params)} lower and upper bounds")
        bounds = {p: (low, high) for p, low, high in zip(params, lows, highs, strict=True)}
    missing = [p for p in params if p not in bounds]
    if missing:
        raise ConfigError(f"param_bounds lacks parameter(s) {', '.join(missing)}")
    return {p: (bounds[p][0], bounds[p][1]) for p in params}


class UniformParameterSampler:
    """Draws each parameter uniformly between its bounds.

    Parameters
    ----------
    param_space : mapping
        ``{name: (low, high)}``; a bound is a number or another parameter's name.
    constraints : sequence, optional
        Applied to what was drawn, in order; each has ``apply(theta) -> theta``.

    Raises
    ------
    ParameterError
        Unknown or circular references between bounds.
    ParameterTypeError
        A constraint without an ``apply`` method.

    Examples
    --------
    >>> sampler = UniformParameterSampler({"v": (-3.0, 3.0), "a": (0.3, 2.5)})
    >>> theta = sampler.sample(2, rng=np.random.default_rng(1))
    >>> theta["v"].shape, theta["v"].dtype
    ((2,), dtype('float32'))
    """

    def __init__(
        self,
        param_space: Mapping[str, tuple[Any, Any]],
        constraints: Sequence[ParameterSamplingConstraintProtocol] | None = None,
    ) -> None:
        self.param_space = dict(param_space)
        self.constraints = list(constraints or [])
        topological_sort(build_dependency_graph(self.param_space))
        for constraint in self.constraints:
            if not callable(getattr(constraint, "apply", None)):
                raise bad_type("constraints", constraint, "objects with an apply(theta) method")

    def __repr__(self) -> str:
        return f"UniformParameterSampler({self.param_space}, constraints={self.constraints})"

    def sample(
        self, n_samples: int = 1, rng: np.random.Generator | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """Return `n_samples` parameter sets.

        Parameters
        ----------
        n_samples : int, default 1
            Number of sets.
        rng : numpy.random.Generator, optional
            The generator to advance; a fresh one if absent.

        Returns
        -------
        dict
            float32 (n_samples,) for each parameter, in declared order.
        """
        theta: dict[str, Any] = dict(
            sample_parameters_from_constraints(self.param_space, n_samples, rng)
        )
        for constraint in self.constraints:
            theta = constraint.apply(theta)
        return {
            name: np.asarray(theta[name], dtype=np.float32).reshape(n_samples)
            for name in self.param_space
        }

    def get_param_space(self) -> dict[str, tuple[Any, Any]]:
        """Return the bounds of each parameter (a copy)."""
        return dict(self.param_space)
