"""`NormalizeToSumConstraint`, under the name that old files give it."""

from ssms.transforms.sampling import NormalizeToSumConstraint

__all__ = ["NormalizeToSumConstraint"]
