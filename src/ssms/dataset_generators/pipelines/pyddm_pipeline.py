"""Training data of one parameter set from PyDDM's solution."""

from __future__ import annotations

from ssms.dataset_generators.pipelines.simulation_pipeline import SimulationPipeline

__all__ = ["PyDDMPipeline"]


class PyDDMPipeline(SimulationPipeline):
    """A pipeline whose likelihoods PyDDM computes.

    Parameters are as for `SimulationPipeline`; ``estimator_builder`` is a
    `PyDDMEstimatorBuilder`.  Histograms and filters, which need simulations, simulate.

    Examples
    --------
    >>> from ssms.config import get_default_generator_config, model_config
    >>> from ssms.dataset_generators.pipelines import create_data_generation_pipeline
    >>> config = get_default_generator_config("lan", "ddm")
    >>> config["estimator"]["type"] = "pyddm"
    >>> pipeline = create_data_generation_pipeline(  # doctest: +SKIP
    ...     config, model_config["ddm"]
    ... )
    """
