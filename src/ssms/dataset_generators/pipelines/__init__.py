"""From a seed to the training data of one parameter set."""

from ssms.dataset_generators.pipelines.pipeline_factory import create_data_generation_pipeline
from ssms.dataset_generators.pipelines.pyddm_pipeline import PyDDMPipeline
from ssms.dataset_generators.pipelines.simulation_pipeline import SimulationPipeline

__all__ = ["PyDDMPipeline", "SimulationPipeline", "create_data_generation_pipeline"]
