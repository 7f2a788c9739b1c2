"""Models: the catalogue, the registries, and configurations for generating data.

Examples
--------
>>> from ssms.config import model_config
>>> model_config["ddm"]["params"]
['v', 'a', 'z', 't']
"""

from typing import Any

from ssms.config._modelconfig import model_config
from ssms.config.boundary_registry import (
    get_boundary_registry,
    register_boundary,
    unregister_boundary,
)
from ssms.config.config_utils import get_nested_config, has_nested_structure
from ssms.config.describe import describe
from ssms.config.drift_registry import get_drift_registry, register_drift, unregister_drift
from ssms.config.generator_config import (
    boundary_config_to_function_params,
    get_default_generator_config,
    get_defective_detector_config,
    get_kde_simulation_filters,
    get_lan_config,
    get_lan_kde_config,
    get_ratio_estimator_config,
)
from ssms.config.model_config_builder import ModelConfigBuilder
from ssms.config.model_registry import (
    get_model_registry,
    register_model_config,
    register_model_config_factory,
    unregister_model,
)
from ssms.config.spec import ModelSpec, parameters_from

__all__ = [
    "KDE_NO_DISPLACE_T",
    "ModelConfigBuilder",
    "ModelSpec",
    "boundary_config_to_function_params",
    "describe",
    "get_boundary_registry",
    "get_default_generator_config",
    "get_defective_detector_config",
    "get_drift_registry",
    "get_kde_simulation_filters",
    "get_lan_config",
    "get_lan_kde_config",
    "get_model_registry",
    "get_nested_config",
    "get_ratio_estimator_config",
    "has_nested_structure",
    "model_config",
    "parameters_from",
    "register_boundary",
    "register_drift",
    "register_model_config",
    "register_model_config_factory",
    "unregister_boundary",
    "unregister_drift",
    "unregister_model",
]


def __getattr__(name: str) -> Any:
    if name == "KDE_NO_DISPLACE_T":  # read from the catalogue
        from ssms.config import kde_constants

        return kde_constants.KDE_NO_DISPLACE_T
    if name == "data_generator_config":
        from ssms.errors import removed_name

        raise removed_name(
            "ssms.config.data_generator_config",
            "ssms.config.get_default_generator_config('lan', model=...)",
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
