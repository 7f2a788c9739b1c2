"""The protocol of a transform of parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

__all__ = ["ParameterTransform", "Theta", "n_trials_of"]

Theta = dict[str, Any]


class ParameterTransform(ABC):
    """A change to a dictionary of parameters.

    A subclass stores its settings as attributes named like the arguments of its constructor,
    which is all that printing and comparing it needs.

    Examples
    --------
    >>> class Twice(ParameterTransform):
    ...     def __init__(self, param_name):
    ...         self.param_name = param_name
    ...
    ...     def apply(self, theta, model_config=None, n_trials=None):
    ...         theta[self.param_name] = 2 * theta[self.param_name]
    ...         return theta
    ...
    >>> Twice("v").apply({"v": 1.5}), Twice("v")
    ({'v': 3.0}, Twice(param_name='v'))
    """

    @abstractmethod
    def apply(
        self,
        theta: Theta,
        model_config: dict[str, Any] | None = None,
        n_trials: int | None = None,
    ) -> Theta:
        """Change `theta` in place and return it.

        Parameters
        ----------
        theta : dict
            Parameter arrays (or scalars) by name.
        model_config : dict, optional
            Configuration of the model that `theta` belongs to.
        n_trials : int, optional
            Number of trials; inferred from `theta` if not given.

        Returns
        -------
        dict
            `theta`.
        """

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


def n_trials_of(theta: Theta, n_trials: int | None) -> int:
    """Return `n_trials` if given, else the longest first axis among the arrays in `theta`."""
    if n_trials is not None:
        return n_trials
    lengths = [len(value) for value in theta.values() if np.ndim(value) > 0]
    return max(lengths, default=1)
