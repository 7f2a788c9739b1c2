"""Constants that users import."""

from ssms.engine.results import OMISSION as OMISSION_SENTINEL

__all__ = ["MIN_LOG_DENSITY", "OMISSION_SENTINEL"]

MIN_LOG_DENSITY = -66.774
"""Smallest log density (nats) among the labels of training data."""
