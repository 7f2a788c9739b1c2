"""Likelihoods of one parameter set."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssms.dataset_generators.likelihood_estimators.exact_estimator import (
        ExactLikelihoodEstimator,
    )
    from ssms.dataset_generators.likelihood_estimators.kde_estimator import KDELikelihoodEstimator
    from ssms.dataset_generators.likelihood_estimators.pyddm_estimator import (
        PyDDMLikelihoodEstimator,
    )

__all__ = ["ExactLikelihoodEstimator", "KDELikelihoodEstimator", "PyDDMLikelihoodEstimator"]

_HOMES = {
    "ExactLikelihoodEstimator": "exact_estimator",
    "KDELikelihoodEstimator": "kde_estimator",
    "PyDDMLikelihoodEstimator": "pyddm_estimator",
}


def __getattr__(name: str) -> Any:
    # On first use: a run needs one of them.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
