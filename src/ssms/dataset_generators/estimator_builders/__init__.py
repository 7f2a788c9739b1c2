"""From a configuration to the likelihood estimator of a parameter set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ssms.dataset_generators.estimator_builders.builder_factory import (
    create_estimator_builder,
    settle_estimator_type,
)
from ssms.dataset_generators.estimator_builders.kde_builder import KDEEstimatorBuilder

if TYPE_CHECKING:
    from ssms.dataset_generators.estimator_builders.exact_builder import ExactEstimatorBuilder

__all__ = [
    "ExactEstimatorBuilder",
    "KDEEstimatorBuilder",
    "create_estimator_builder",
    "settle_estimator_type",
]


def __getattr__(name: str) -> Any:
    # On first use: kernel densities do not need the laws.
    if name != "ExactEstimatorBuilder":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ssms.dataset_generators.estimator_builders.exact_builder import ExactEstimatorBuilder

    return ExactEstimatorBuilder
