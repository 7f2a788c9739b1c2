"""From a configuration to the likelihood estimator of a parameter set."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

_HOMES = {"ExactEstimatorBuilder": "exact_builder", "PyDDMEstimatorBuilder": "pyddm_builder"}


def __getattr__(name: str) -> Any:
    # On first use: kernel densities do not need the laws.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
