"""The catalogue: which models there are, and the equation of each.

One file holds one family; a file's models are the `Model` instances in its tuple ``MODELS``.
Adding a family: write its file, and name it in `FAMILIES`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssms.config.spec import ModelSpec

__all__ = ["FAMILIES", "models"]

#: Modules of this package whose models exist, in the order in which they are listed.
FAMILIES: tuple[str, ...] = (
    "variability",
    "collapsing",
    "drifting",
    "leaky",
    "levy",
    "ballistic",
    "counting",
    "choosing",
    "racing",
    "cascading",
    "attending",
)


def load(families: tuple[str, ...]) -> dict[str, ModelSpec]:
    """Return the models of `families` by name.

    Raises
    ------
    ValueError
        If two models have one name.
    """
    found: dict[str, ModelSpec] = {}
    for family in families:
        for model in import_module(f"{__name__}.{family}").MODELS:
            if model.name in found:
                raise ValueError(f"two models are called {model.name!r}")
            found[model.name] = model
    return found


@cache
def models() -> Mapping[str, ModelSpec]:
    """Return every model of the package by name (read-only).

    Examples
    --------
    >>> models()["ddm"].params
    ['v', 'a', 'z', 't']
    """
    return MappingProxyType(load(FAMILIES))
