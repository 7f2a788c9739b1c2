"""Builds the exact likelihood of a parameter set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms.basic_simulators.simulator_class import Simulator
from ssms.dataset_generators.likelihood_estimators.exact_estimator import (
    ExactLikelihoodEstimator,
    exact_labels_of,
)

__all__ = ["ExactEstimatorBuilder"]


class ExactEstimatorBuilder:
    """Builds an `ExactLikelihoodEstimator`.

    Parameters
    ----------
    generator_config : mapping
        Its ``simulator.max_t`` is used.
    model_config : mapping
        The model.

    Attributes
    ----------
    needs_simulations : bool
        False.

    Examples
    --------
    >>> from ssms.config import get_default_generator_config, model_config
    >>> config = get_default_generator_config("lan", "ddm")
    >>> builder = ExactEstimatorBuilder(config, model_config["ddm"])
    >>> law = builder.build({"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3})
    >>> law.evaluate(np.array([0.8]), np.array([1])).round(3).tolist()
    [-0.443]
    """

    needs_simulations = False

    def __init__(
        self, generator_config: Mapping[str, Any], model_config: Mapping[str, Any]
    ) -> None:
        self.generator_config = generator_config
        self._simulator = Simulator(dict(model_config))

    def build(
        self, theta: dict[str, Any], simulations: dict[str, Any] | None = None
    ) -> ExactLikelihoodEstimator:
        """Return the law of `theta`; simulations are not read.

        Parameters
        ----------
        theta : dict
            The parameter set.
        simulations : dict, optional
            A result of `simulator`; not read.

        Returns
        -------
        ExactLikelihoodEstimator
        """
        max_t = self.generator_config["simulator"]["max_t"]
        return ExactLikelihoodEstimator(self._simulator, theta, max_t)

    def labels(
        self, thetas: Sequence[Mapping[str, Any]], rts: NDArray[Any], choices: NDArray[Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return labels of several parameter sets at once; see `exact_labels_of`."""
        max_t = self.generator_config["simulator"]["max_t"]
        return exact_labels_of(self._simulator, thetas, max_t, rts, choices)
