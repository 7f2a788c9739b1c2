"""Protocols between the parts of a training-data pipeline.

Any object with these methods can take the place of a part that comes with the package.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "DataGenerationPipelineProtocol",
    "EstimatorBuilderProtocol",
    "LikelihoodEstimatorProtocol",
    "ParameterSamplerProtocol",
    "ParameterSamplingConstraintProtocol",
    "TrainingDataStrategyProtocol",
]


@runtime_checkable
class ParameterSamplerProtocol(Protocol):
    """Draws parameter sets.

    Examples
    --------
    >>> from ssms.dataset_generators.parameter_samplers import UniformParameterSampler
    >>> isinstance(UniformParameterSampler({"v": (-1, 1)}), ParameterSamplerProtocol)
    True
    """

    def sample(
        self, n_samples: int = 1, rng: np.random.Generator | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """Return float32 (n_samples,) for each parameter.

        Parameters
        ----------
        n_samples : int
            Number of parameter sets.
        rng : numpy.random.Generator or None
            Source of randomness.

        Returns
        -------
        dict
            float32 (n_samples,) by parameter.
        """

    def get_param_space(self) -> dict[str, tuple[Any, Any]]:
        """Return the bounds of each parameter."""


@runtime_checkable
class ParameterSamplingConstraintProtocol(Protocol):
    """Changes drawn parameter sets so that they satisfy a constraint.

    Examples
    --------
    >>> from ssms.transforms import SwapIfLessConstraint
    >>> isinstance(SwapIfLessConstraint("a", "z"), ParameterSamplingConstraintProtocol)
    True
    """

    def apply(
        self,
        theta: dict[str, Any],
        model_config: dict[str, Any] | None = None,
        n_trials: int | None = None,
    ) -> dict[str, Any]:
        """Return the parameter sets, changed.

        Parameters
        ----------
        theta : dict
            Drawn parameters by name.
        model_config : dict, optional
            The model.
        n_trials : int, optional
            Number of parameter sets.

        Returns
        -------
        dict
        """


@runtime_checkable
class LikelihoodEstimatorProtocol(Protocol):
    """Estimates the joint density of response time and choice for one parameter set.

    Examples
    --------
    >>> from ssms.dataset_generators.likelihood_estimators import KDELikelihoodEstimator
    >>> isinstance(KDELikelihoodEstimator(), LikelihoodEstimatorProtocol)
    True
    """

    def fit(self, simulations: dict[str, Any]) -> None:
        """Learn from simulated trials.

        Parameters
        ----------
        simulations : dict
            A result of `simulator`.
        """

    def evaluate(self, rts: NDArray[Any], choices: NDArray[Any]) -> NDArray[Any]:
        """Return the log density of each response, (n,).

        Parameters
        ----------
        rts : ndarray, shape (n,)
            Response times (seconds).
        choices : ndarray, shape (n,)
            Choice labels.

        Returns
        -------
        ndarray, shape (n,)
            Log densities (of 1/second).
        """

    def sample(
        self, n_samples: int, random_state: int | np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """Return ``rts`` and ``choices``, (n_samples,) each.

        Parameters
        ----------
        n_samples : int
            Number of responses.
        random_state : int, numpy.random.Generator or None
            Seed, or the generator to advance.

        Returns
        -------
        dict
            ``rts`` and ``choices``, (n_samples,) each.
        """

    def get_metadata(self) -> dict[str, Any]:
        """Return facts of the model: ``possible_choices``, ``max_t``, ..."""


@runtime_checkable
class EstimatorBuilderProtocol(Protocol):
    """Makes the likelihood estimator of a parameter set.

    Examples
    --------
    >>> from ssms.dataset_generators.estimator_builders import KDEEstimatorBuilder
    >>> isinstance(KDEEstimatorBuilder({}), EstimatorBuilderProtocol)
    True
    """

    def build(
        self, theta: dict[str, Any], simulations: dict[str, Any] | None = None
    ) -> LikelihoodEstimatorProtocol:
        """Return an estimator that is ready to evaluate.

        Parameters
        ----------
        theta : dict
            Parameters by name.
        simulations : dict, optional
            A result of `simulator`, where the estimator needs one.

        Returns
        -------
        LikelihoodEstimatorProtocol
        """


@runtime_checkable
class TrainingDataStrategyProtocol(Protocol):
    """Chooses the responses at which a network is shown the likelihood.

    Examples
    --------
    >>> from ssms.config import get_default_generator_config, model_config
    >>> from ssms.dataset_generators.strategies import ResampleMixtureStrategy
    >>> strategy = ResampleMixtureStrategy(get_default_generator_config("lan"), model_config["ddm"])
    >>> isinstance(strategy, TrainingDataStrategyProtocol)
    True
    """

    def generate(
        self,
        theta: dict[str, Any],
        likelihood_estimator: LikelihoodEstimatorProtocol,
        random_state: int | np.random.Generator | None = None,
    ) -> NDArray[np.float32]:
        """Return rows of parameters, response and log likelihood.

        Parameters
        ----------
        theta : dict
            Parameters by name.
        likelihood_estimator : LikelihoodEstimatorProtocol
            Of these parameters.
        random_state : int, numpy.random.Generator or None
            Seed, or the generator to advance.

        Returns
        -------
        ndarray of float32, shape (n_samples_per_param, n_params + 3)
            A column for each parameter, response time (seconds), choice, log likelihood.
        """


@runtime_checkable
class DataGenerationPipelineProtocol(Protocol):
    """Makes the training data of one parameter set.

    Examples
    --------
    >>> from ssms.config import get_default_generator_config, model_config
    >>> from ssms.dataset_generators.pipelines import create_data_generation_pipeline
    >>> config = get_default_generator_config("lan")
    >>> pipeline = create_data_generation_pipeline(config, model_config["ddm"])
    >>> isinstance(pipeline, DataGenerationPipelineProtocol)
    True
    """

    generator_config: dict[str, Any]
    model_config: dict[str, Any]

    def generate_for_parameter_set(
        self,
        parameter_sampling_seed: int | None = None,
        simulator_seed: int | None = None,
    ) -> dict[str, Any]:
        """Return ``data``, ``theta``, ``success`` and, without success, ``error``.

        Parameters
        ----------
        parameter_sampling_seed, simulator_seed : int or None
            Seeds of the parameters, and of simulations; both are passed by position.

        Returns
        -------
        dict
            ``data`` (a dict of arrays, or None), ``theta``, ``success`` and, without success,
            ``error``.
        """

    def get_param_space(self) -> dict[str, tuple[Any, Any]]:
        """Return the bounds of each parameter."""
