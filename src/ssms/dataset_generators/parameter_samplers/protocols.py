"""Protocols of samplers and constraints, under the name by which earlier releases had them."""

from ssms.dataset_generators.protocols import (
    ParameterSamplerProtocol,
    ParameterSamplingConstraintProtocol,
)

__all__ = ["ParameterSamplerProtocol", "ParameterSamplingConstraintProtocol"]
