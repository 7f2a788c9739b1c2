"""At which responses a network is shown the likelihood."""

from ssms.dataset_generators.strategies.resample_mixture_strategy import (
    MixtureTrainingStrategy,
    ResampleMixtureStrategy,
)

__all__ = ["MixtureTrainingStrategy", "ResampleMixtureStrategy"]
