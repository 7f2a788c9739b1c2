"""Where the parameter sets of training data come from."""

from ssms.dataset_generators.parameter_samplers.base_sampler import AbstractParameterSampler
from ssms.dataset_generators.parameter_samplers.uniform_sampler import (
    UniformParameterSampler,
    parameter_space,
)
from ssms.dataset_generators.protocols import (
    ParameterSamplerProtocol,
    ParameterSamplingConstraintProtocol,
)

__all__ = [
    "AbstractParameterSampler",
    "ParameterSamplerProtocol",
    "ParameterSamplingConstraintProtocol",
    "UniformParameterSampler",
    "parameter_space",
]
