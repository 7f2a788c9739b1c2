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
        """Return the law of `theta`; simulations are not read."""
        max_t = self.generator_config["simulator"]["max_t"]
        return ExactLikelihoodEstimator(self._simulator, theta, max_t)

    def labels(
        self, thetas: Sequence[Mapping[str, Any]], rts: NDArray[Any], choices: NDArray[Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return labels of several parameter sets at once; see `exact_labels_of`."""
        max_t = self.generator_config["simulator"]["max_t"]
        return exact_labels_of(self._simulator, thetas, max_t, rts, choices)
