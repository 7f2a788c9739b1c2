"""Training data for likelihood networks: from a configuration to labelled arrays and files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssms.dataset_generators import lan_mlp, pipelines, protocols, settings, writers

__all__ = ["lan_mlp", "pipelines", "protocols", "settings", "writers"]


def __getattr__(name: str) -> Any:
    # On first use, so that whoever needs only `settings` or `writers` pays for no more.
    if name == "data_generator":
        return getattr(import_module("ssms.dataset_generators.lan_mlp"), name)
    if name not in __all__:
        raise AttributeError(f"module 'ssms.dataset_generators' has no attribute {name!r}")
    return import_module(f"ssms.dataset_generators.{name}")
