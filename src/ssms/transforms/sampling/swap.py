"""`SwapIfLessConstraint`, under the name that old files give it."""

from ssms.transforms.sampling import SwapIfLessConstraint

__all__ = ["SwapIfLessConstraint"]
