"""Models in the words of other packages, which are imported on use."""

from ssms.external_simulators.pyddm_mapper import SSMSToPyDDMMapper

__all__ = ["SSMSToPyDDMMapper"]
