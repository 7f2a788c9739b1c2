"""Default configurations for generating training data."""

from ssms.config.generator_config.data_generator_config import (
    boundary_config_to_function_params,
    get_default_generator_config,
    get_defective_detector_config,
    get_kde_simulation_filters,
    get_lan_config,
    get_lan_kde_config,
    get_nested_generator_config,
    get_ratio_estimator_config,
    get_snpe_config,
)

__all__ = [
    "boundary_config_to_function_params",
    "get_default_generator_config",
    "get_defective_detector_config",
    "get_kde_simulation_filters",
    "get_lan_config",
    "get_lan_kde_config",
    "get_nested_generator_config",
    "get_ratio_estimator_config",
    "get_snpe_config",
]
