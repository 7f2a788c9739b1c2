"""From a configuration to the likelihood estimator of a parameter set."""

from ssms.dataset_generators.estimator_builders.builder_factory import create_estimator_builder
from ssms.dataset_generators.estimator_builders.kde_builder import KDEEstimatorBuilder

__all__ = ["KDEEstimatorBuilder", "create_estimator_builder"]
