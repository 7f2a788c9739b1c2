"""Kernel densities of response times, and helpers for parameter spaces."""

from ssms.support_utils import kde_class, utils

__all__ = ["kde_class", "utils"]
