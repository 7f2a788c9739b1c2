"""Common parts of samplers of parameter sets: references between bounds, and constraints."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms.dataset_generators.protocols import ParameterSamplingConstraintProtocol
from ssms.errors import bad_type
from ssms.support_utils.utils import build_dependency_graph, draw_in_order, topological_sort

__all__ = ["AbstractParameterSampler"]


class AbstractParameterSampler(ABC):
    """Draws parameter sets; a subclass says how one parameter is drawn between its bounds.

    Parameters
    ----------
    param_space : mapping
        ``{name: (low, high)}``; a bound is a number or another parameter's name.
    constraints : sequence, optional
        Applied to the drawn parameters, in order; each has ``apply(theta) -> theta``.

    Raises
    ------
    ParameterError
        Unknown or circular references between bounds.
    ParameterTypeError
        A constraint without an ``apply`` method.

    Examples
    --------
    >>> class Middle(AbstractParameterSampler):
    ...     def _sample_parameter(self, param, lower, upper, n_samples, rng):
    ...         return np.full(n_samples, (lower + upper) / 2)
    >>> Middle({"v": (-3.0, 3.0), "a": (0.5, 2.5)}).sample(2)["a"]
    array([1.5, 1.5], dtype=float32)
    """

    def __init__(
        self,
        param_space: Mapping[str, tuple[Any, Any]],
        constraints: Sequence[ParameterSamplingConstraintProtocol] | None = None,
    ) -> None:
        self.param_space = dict(param_space)
        self.constraints = list(constraints or [])
        self._order = topological_sort(build_dependency_graph(self.param_space))
        for constraint in self.constraints:
            if not callable(getattr(constraint, "apply", None)):
                raise bad_type("constraints", constraint, "objects with an apply(theta) method")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.param_space}, constraints={self.constraints})"

    @abstractmethod
    def _sample_parameter(
        self, param: str, lower: Any, upper: Any, n_samples: int, rng: np.random.Generator
    ) -> NDArray[Any]:
        """Return (n_samples,) values of a parameter.

        `lower` and `upper` are numbers, or arrays (n_samples,) of the parameter to which a bound
        refers.
        """

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
        generator = np.random.default_rng(rng)
        return self.constrained(
            draw_in_order(
                self.param_space,
                lambda name, low, high: self._sample_parameter(
                    name, low, high, n_samples, generator
                ),
                self._order,
            )
        )

    def constrained(self, theta: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
        """Return parameter sets after the constraints, (n,) float32 each, in declared order.

        Parameters
        ----------
        theta : dict
            Drawn parameters, float32 (n_samples,) each.

        Returns
        -------
        dict
        """
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
