"""The registry of transforms by model, under another name."""

from ssms.basic_simulators.parameter_adapters import (
    ParameterAdaptation,
    ParameterAdapterRegistry,
    get_adapter_registry,
    register_adapter_to_model,
    register_adapter_to_model_family,
)

__all__ = [
    "ParameterAdaptation",
    "ParameterAdapterRegistry",
    "get_adapter_registry",
    "register_adapter_to_model",
    "register_adapter_to_model_family",
]
