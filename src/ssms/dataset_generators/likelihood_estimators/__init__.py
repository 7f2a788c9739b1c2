"""Estimates of the likelihood of one parameter set."""

from ssms.dataset_generators.likelihood_estimators.kde_estimator import KDELikelihoodEstimator

__all__ = ["KDELikelihoodEstimator"]
