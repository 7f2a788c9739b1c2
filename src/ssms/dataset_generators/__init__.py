"""Training data for likelihood networks: from a configuration to labelled arrays and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssms._lazy import names_on_demand

if TYPE_CHECKING:
    from ssms.dataset_generators import lan_mlp, pipelines, protocols, settings, writers

__all__ = ["lan_mlp", "pipelines", "protocols", "settings", "writers"]


# Code that needs only `settings` or `writers` imports no more than them.
_HOMES = {"data_generator": ".lan_mlp", **dict.fromkeys(__all__, "")}
__getattr__, _ = names_on_demand(__name__, _HOMES)
