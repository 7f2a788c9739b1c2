"""From a configuration to the likelihood estimator of a parameter set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssms._lazy import names_on_demand
from ssms.dataset_generators.estimator_builders.builder_factory import (
    create_estimator_builder,
    settle_estimator_type,
)
from ssms.dataset_generators.estimator_builders.kde_builder import KDEEstimatorBuilder

if TYPE_CHECKING:
    from ssms.dataset_generators.estimator_builders.exact_builder import ExactEstimatorBuilder
    from ssms.dataset_generators.estimator_builders.pyddm_builder import PyDDMEstimatorBuilder

__all__ = [
    "ExactEstimatorBuilder",
    "KDEEstimatorBuilder",
    "PyDDMEstimatorBuilder",
    "create_estimator_builder",
    "settle_estimator_type",
]

# Kernel densities do not need the laws.
_HOMES = {"ExactEstimatorBuilder": ".exact_builder", "PyDDMEstimatorBuilder": ".pyddm_builder"}
__getattr__, _ = names_on_demand(__name__, _HOMES)
