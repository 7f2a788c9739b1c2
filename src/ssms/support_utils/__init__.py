"""Kernel densities of response times, and small numeric helpers."""

from ssms.support_utils import kde_class, utils
from ssms.support_utils.kde_class import LogKDE, bandwidth_silverman

__all__ = ["LogKDE", "bandwidth_silverman", "kde_class", "utils"]
