"""Constraints on parameters drawn for training data.

They are applied to the drawn parameter sets in the order in which a model lists them; each is
without effect where one of its parameters is absent.  Works on scalars and arrays alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ssms.transforms.base import ParameterTransform, Theta

__all__ = ["NormalizeToSumConstraint", "SwapIfLessConstraint"]


class SwapIfLessConstraint(ParameterTransform):
    """Exchange two parameters wherever the first is not the larger one.

    Parameters
    ----------
    param_a : str
        The parameter that is to be the larger one.
    param_b : str
        The other.

    Examples
    --------
    >>> theta = {"b": np.array([1.0, 3.0]), "A": np.array([2.0, 1.0])}
    >>> SwapIfLessConstraint("b", "A").apply(theta)
    {'b': array([2., 3.]), 'A': array([1., 1.])}
    """

    def __init__(self, param_a: str, param_b: str) -> None:
        self.param_a = param_a
        self.param_b = param_b

    def apply(
        self,
        theta: Theta,
        model_config: dict[str, Any] | None = None,
        n_trials: int | None = None,
    ) -> Theta:
        """Exchange the two values where ``param_a <= param_b``."""
        if self.param_a not in theta or self.param_b not in theta:
            return theta
        a, b = theta[self.param_a], theta[self.param_b]
        larger, smaller = np.where(np.less_equal(a, b), (b, a), (a, b))
        theta[self.param_a], theta[self.param_b] = larger, smaller
        return theta


class NormalizeToSumConstraint(ParameterTransform):
    """Divide parameters by their sum, so that they add up to 1.

    Parameters
    ----------
    param_names : iterable of str
        The parameters.

    Examples
    --------
    >>> NormalizeToSumConstraint(["p", "q"]).apply({"p": np.array([1.0]), "q": np.array([3.0])})
    {'p': array([0.25]), 'q': array([0.75])}
    """

    def __init__(self, param_names: Iterable[str]) -> None:
        self.param_names = list(param_names)

    def apply(
        self,
        theta: Theta,
        model_config: dict[str, Any] | None = None,
        n_trials: int | None = None,
        epsilon: float = 1e-20,
    ) -> Theta:
        """Divide by the sum; `epsilon`, added to each, makes equal shares of all zeros."""
        if not all(name in theta for name in self.param_names):
            return theta
        raised = [np.asarray(theta[name]) + epsilon for name in self.param_names]
        total = sum(raised)
        for name, value in zip(self.param_names, raised, strict=True):
            theta[name] = (value / total)[()]
        return theta
