"""`ParameterTransform` and its other name."""

from ssms.basic_simulators.parameter_adapters import ParameterAdaptation, ParameterTransform

__all__ = ["ParameterAdaptation", "ParameterTransform"]
