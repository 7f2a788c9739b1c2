"""Constants that users import."""

from ssms.engine.results import OMISSION as OMISSION_SENTINEL

__all__ = ["OMISSION_SENTINEL"]
