"""Picks the estimator builder that a configuration asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssms.dataset_generators.estimator_builders.kde_builder import KDEEstimatorBuilder
from ssms.dataset_generators.protocols import EstimatorBuilderProtocol
from ssms.dataset_generators.settings import check_estimator_type

__all__ = ["create_estimator_builder"]


def create_estimator_builder(
    generator_config: Mapping[str, Any], model_config: Mapping[str, Any]
) -> EstimatorBuilderProtocol:
    """Return the builder for ``estimator.type``.

    Parameters
    ----------
    generator_config, model_config : mapping
        The generator's configuration and the model's.

    Raises
    ------
    ConfigError
        An estimator type that is unknown or not available.
    """
    check_estimator_type("estimator.type", generator_config["estimator"]["type"])
    return KDEEstimatorBuilder(generator_config)
