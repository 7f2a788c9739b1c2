"""Puts together the pipeline that a configuration asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssms.dataset_generators.estimator_builders import create_estimator_builder
from ssms.dataset_generators.pipelines.pyddm_pipeline import PyDDMPipeline
from ssms.dataset_generators.pipelines.simulation_pipeline import SimulationPipeline
from ssms.dataset_generators.settings import resolve_generator_config
from ssms.dataset_generators.strategies import ResampleMixtureStrategy

__all__ = ["create_data_generation_pipeline"]


def create_data_generation_pipeline(
    generator_config: Mapping[str, Any], model_config: Mapping[str, Any]
) -> SimulationPipeline:
    """Return the pipeline for ``estimator.type``.

    Parameters
    ----------
    generator_config : mapping
        A generator configuration (`resolve_generator_config`).
    model_config : mapping
        A model configuration.

    Returns
    -------
    SimulationPipeline or PyDDMPipeline

    Raises
    ------
    ConfigError
        A configuration that is not allowed, an estimator that is not available.

    Examples
    --------
    >>> from ssms.config import get_default_generator_config, model_config
    >>> config = get_default_generator_config("lan", "ddm")
    >>> pipeline = create_data_generation_pipeline(config, model_config["ddm"])
    >>> type(pipeline).__name__
    'SimulationPipeline'
    """
    resolved = resolve_generator_config(generator_config)
    builder = create_estimator_builder(resolved, model_config)
    if resolved["estimator"]["type"] == "pyddm":
        return PyDDMPipeline(resolved, model_config, builder, ResampleMixtureStrategy)
    return SimulationPipeline(resolved, model_config, builder, ResampleMixtureStrategy)
