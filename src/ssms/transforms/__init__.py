"""Transforms of parameters: constraints on sampled parameters, changes before simulation."""

from ssms.transforms.base import ParameterTransform
from ssms.transforms.sampling import NormalizeToSumConstraint, SwapIfLessConstraint
from ssms.transforms.simulation import (
    ApplyMapping,
    ColumnStackParameters,
    ConditionalAdaptation,
    DeleteParameters,
    ExpandDimension,
    LambdaAdaptation,
    RenameParameter,
    SetDefaultValue,
    SetZeroArray,
    TileArray,
)

__all__ = [
    "ApplyMapping",
    "ColumnStackParameters",
    "ConditionalAdaptation",
    "DeleteParameters",
    "ExpandDimension",
    "LambdaAdaptation",
    "NormalizeToSumConstraint",
    "ParameterTransform",
    "RenameParameter",
    "SetDefaultValue",
    "SetZeroArray",
    "SwapIfLessConstraint",
    "TileArray",
]
