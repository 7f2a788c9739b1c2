"""Constraints on sampled parameters, under the name by which earlier releases had them."""

from ssms.transforms.sampling import NormalizeToSumConstraint, SwapIfLessConstraint

__all__ = ["NormalizeToSumConstraint", "SwapIfLessConstraint"]
