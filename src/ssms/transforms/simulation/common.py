"""The transforms of `ssms.transforms.simulation`, under the name that old files give them."""

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
    "RenameParameter",
    "SetDefaultValue",
    "SetZeroArray",
    "TileArray",
]
