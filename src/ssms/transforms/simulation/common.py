"""The transforms of `ssms.transforms.simulation`, under the name that old files give them."""

from __future__ import annotations

import importlib.util
import warnings
from typing import TYPE_CHECKING, Any

from ssms.transforms import simulation
from ssms.transforms.simulation import (
    ColumnStackParameters,
    ConditionalAdaptation,
    DeleteParameters,
    ExpandDimension,
    RenameParameter,
    SetDefaultValue,
    SetZeroArray,
    TileArray,
)

if TYPE_CHECKING:
    from ssms.transforms.simulation import ApplyMapping, LambdaAdaptation

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


def warn_of_lambdas() -> None:
    """Warn if cloudpickle is absent, which files with lambdas need to load."""
    if importlib.util.find_spec("cloudpickle") is None:
        warnings.warn(
            "This training file holds lambdas; it needs cloudpickle to load: pip install "
            "cloudpickle",
            UserWarning,
            stacklevel=3,
        )


def __getattr__(name: str) -> Any:
    if name in ("ApplyMapping", "LambdaAdaptation"):  # classes that hold lambdas
        warn_of_lambdas()
        return getattr(simulation, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
