"""Boundaries and drifts: curves on the clock of the decision.

Models name their curves; the registries of `registry` hold the package's own and the user's.
"""

from ssms.curves.curve import Curve, own_curve
from ssms.curves.registry import registry_of

__all__ = ["Curve", "own_curve", "registry_of"]
