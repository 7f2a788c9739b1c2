"""Likelihoods of one parameter set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssms._lazy import names_on_demand

if TYPE_CHECKING:
    from ssms.dataset_generators.likelihood_estimators.exact_estimator import (
        ExactLikelihoodEstimator,
    )
    from ssms.dataset_generators.likelihood_estimators.kde_estimator import KDELikelihoodEstimator
    from ssms.dataset_generators.likelihood_estimators.pyddm_estimator import (
        PyDDMLikelihoodEstimator,
    )

__all__ = ["ExactLikelihoodEstimator", "KDELikelihoodEstimator", "PyDDMLikelihoodEstimator"]

# A run needs one of them.
_HOMES = {
    "ExactLikelihoodEstimator": ".exact_estimator",
    "KDELikelihoodEstimator": ".kde_estimator",
    "PyDDMLikelihoodEstimator": ".pyddm_estimator",
}
__getattr__, __dir__ = names_on_demand(__name__, _HOMES)
