"""Transforms that a user adds to models or to families of models, by name.

The registry is global; its entries for a model are applied after the transforms of the model's
own configuration (see `ModularParameterSimulatorAdapter`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

from ssms.errors import bad_type
from ssms.transforms import (
    ApplyMapping,
    ColumnStackParameters,
    ConditionalAdaptation,
    DeleteParameters,
    ExpandDimension,
    LambdaAdaptation,
    ParameterTransform,
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
    "ParameterAdaptation",
    "ParameterAdapterRegistry",
    "ParameterTransform",
    "RenameParameter",
    "SetDefaultValue",
    "SetZeroArray",
    "TileArray",
    "get_adapter_registry",
    "register_adapter_to_model",
    "register_adapter_to_model_family",
]

#: Another name of `ssms.transforms.ParameterTransform`.
ParameterAdaptation = ParameterTransform


class ParameterAdapterRegistry:
    """Transforms by model name and by family; safe to use from several threads.

    A family is a name and a function that says which models belong to it.  An exact model name
    wins over families, and families are tried in the order of registration.

    Examples
    --------
    >>> registry = ParameterAdapterRegistry()
    >>> registry.register_model("mine", [SetDefaultValue("s", 2.0)])
    >>> registry.register_family(
    ...     "slow", lambda name: name.startswith("slow_"), [DeleteParameters(["b"])]
    ... )
    >>> registry.get_processor("mine")[0].param_name, registry.has_processor("slow_ddm")
    ('s', True)
    >>> print(registry.describe("slow_ddm"))
    Model: slow_ddm (family match)
    Adaptations (1):
      1. DeleteParameters(param_names=['b'])
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models: dict[str, list[ParameterTransform]] = {}
        self._families: dict[str, tuple[Callable[[str], bool], list[ParameterTransform]]] = {}

    def register_model(self, model_name: str, adaptations: Iterable[ParameterTransform]) -> None:
        """Set the transforms of one model; replaces earlier ones.

        Parameters
        ----------
        model_name : str
            Name of the model.
        adaptations : iterable of ParameterTransform
            The transforms, in the order in which they are applied.

        Raises
        ------
        ParameterTypeError
            If an adaptation is no `ParameterTransform`.
        """
        checked = _checked(adaptations)
        with self._lock:
            self._models[model_name] = checked

    def register_family(
        self,
        family_name: str,
        matcher: Callable[[str], bool],
        adaptations: Iterable[ParameterTransform],
    ) -> None:
        """Set the transforms of all models for whose name ``matcher(name)`` is true.

        Parameters
        ----------
        family_name : str
            Name of the family.
        matcher : callable
            ``matcher(model_name)`` returns whether a model belongs to it.
        adaptations : iterable of ParameterTransform
            The transforms, in the order in which they are applied.

        Raises
        ------
        ParameterTypeError
            If `matcher` is not callable, or an adaptation is no `ParameterTransform`.
        """
        if not callable(matcher):
            raise bad_type("matcher", matcher, "callable as matcher(model_name)")
        checked = _checked(adaptations)
        with self._lock:
            self._families[family_name] = (matcher, checked)

    def unregister(self, name: str) -> None:
        """Remove the entry for a model or family of that name, if there is one.

        Parameters
        ----------
        name : str
            Name of the model or family.
        """
        with self._lock:
            self._models.pop(name, None)
            self._families.pop(name, None)

    def get_processor(self, model_name: str) -> list[ParameterTransform]:
        """Return the transforms registered for a model; an empty list if none are.

        Parameters
        ----------
        model_name : str
            Name of the model.

        Returns
        -------
        list of ParameterTransform
            In the order in which they are applied.
        """
        if not self._models and not self._families:
            return []
        with self._lock:
            if model_name in self._models:
                return list(self._models[model_name])
            families = list(self._families.values())
        for matcher, adaptations in families:
            if matcher(model_name):
                return list(adaptations)
        return []

    def has_processor(self, model_name: str) -> bool:
        """Return whether transforms, or none on purpose, are registered for a model.

        Parameters
        ----------
        model_name : str
            Name of the model.

        Returns
        -------
        bool
        """
        if not self._models and not self._families:
            return False
        return model_name in self._models or bool(self.get_processor(model_name))

    def list_registered_models(self) -> list[str]:
        """Return the registered model names, sorted."""
        return sorted(self._models)

    def list_registered_families(self) -> list[str]:
        """Return the registered family names, in the order in which they are tried."""
        return list(self._families)

    def describe(self, model_name: str) -> str:
        """Return a text that lists the transforms registered for a model.

        Parameters
        ----------
        model_name : str
            Name of the model.

        Returns
        -------
        str
            A line for each transform.
        """
        adaptations = self.get_processor(model_name)
        if not adaptations:
            return f"Model: {model_name}\nNo adaptations registered"
        how = "exact" if model_name in self._models else "family"
        lines = [f"Model: {model_name} ({how} match)", f"Adaptations ({len(adaptations)}):"]
        return "\n".join(lines + [f"  {i}. {step!r}" for i, step in enumerate(adaptations, 1)])

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_lock": None}  # a copy has a lock of its own

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    def __repr__(self) -> str:
        return (
            f"ParameterAdapterRegistry({len(self._models)} models, {len(self._families)} families)"
        )


def _checked(adaptations: Iterable[ParameterTransform]) -> list[ParameterTransform]:
    steps = list(adaptations)
    for step in steps:
        if not isinstance(step, ParameterTransform):
            raise bad_type("adaptations", step, "a list of ParameterTransform")
    return steps


_REGISTRY = ParameterAdapterRegistry()


def get_adapter_registry() -> ParameterAdapterRegistry:
    """Return the registry that the whole package uses.

    Returns
    -------
    ParameterAdapterRegistry

    Examples
    --------
    >>> get_adapter_registry().has_processor("ddm")
    False
    """
    return _REGISTRY


def register_adapter_to_model(model_name: str, adaptations: Iterable[ParameterTransform]) -> None:
    """Set the transforms of one model (see `ParameterAdapterRegistry.register_model`).

    Parameters
    ----------
    model_name : str
        Name of the model.
    adaptations : iterable of ParameterTransform
        The transforms, in the order in which they are applied.

    Raises
    ------
    ParameterTypeError
        If an adaptation is no `ParameterTransform`.

    Examples
    --------
    >>> register_adapter_to_model("mine", [SetDefaultValue("s", 2.0)])
    >>> get_adapter_registry().has_processor("mine")
    True
    >>> get_adapter_registry().unregister("mine")
    """
    _REGISTRY.register_model(model_name, adaptations)


def register_adapter_to_model_family(
    family_name: str,
    matcher: Callable[[str], bool],
    adaptations: Iterable[ParameterTransform],
) -> None:
    """Set the transforms of a family (see `ParameterAdapterRegistry.register_family`).

    Parameters
    ----------
    family_name : str
        Name of the family.
    matcher : callable
        ``matcher(model_name)`` returns whether a model belongs to it.
    adaptations : iterable of ParameterTransform
        The transforms, in the order in which they are applied.

    Raises
    ------
    ParameterTypeError
        If `matcher` is not callable, or an adaptation is no `ParameterTransform`.

    Examples
    --------
    >>> register_adapter_to_model_family(
    ...     "slow", lambda name: name.startswith("slow_"), [SetDefaultValue("s", 0.5)]
    ... )
    >>> get_adapter_registry().has_processor("slow_ddm")
    True
    >>> get_adapter_registry().unregister("slow")
    """
    _REGISTRY.register_family(family_name, matcher, adaptations)
