"""Parameter sets drawn uniformly from a model's bounds, subject to its sampling constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms.config._bounds import bound_errors, bounds_by_name
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
    """Return a lower (0) or upper (1) bound; that of another parameter where it refers to one."""
    bound = space[name][side]
    for _ in space:  # a chain of references is no longer than the space
        if not isinstance(bound, str):
            break
        bound = space[bound][side]
    return float(bound)


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
        return self.constrained(
            sample_parameters_from_constraints(self.param_space, n_samples, rng)
        )

    def constrained(self, theta: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
        """Return parameter sets after the constraints, (n,) float32 each, in declared order."""
        n_sets = np.size(next(iter(theta.values())))
        theta = dict(theta)
        for constraint in self.constraints:
            theta = constraint.apply(theta)
        return {
            name: np.asarray(theta[name], dtype=np.float32).reshape(n_sets)
            for name in self.param_space
        }

    def get_param_space(self) -> dict[str, tuple[Any, Any]]:
        """Return the bounds of each parameter (a copy)."""
        return dict(self.param_space)
