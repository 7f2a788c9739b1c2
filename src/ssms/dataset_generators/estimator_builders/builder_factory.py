"""Picks the estimator builder that a configuration asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ssms.basic_simulators.simulator_class import Simulator
from ssms.dataset_generators.estimator_builders.kde_builder import KDEEstimatorBuilder
from ssms.dataset_generators.parameter_samplers import UniformParameterSampler, parameter_space
from ssms.dataset_generators.protocols import EstimatorBuilderProtocol
from ssms.dataset_generators.settings import check_estimator_type
from ssms.errors import ConfigError

__all__ = ["create_estimator_builder", "settle_estimator_type"]


def create_estimator_builder(
    generator_config: Mapping[str, Any], model_config: Mapping[str, Any]
) -> EstimatorBuilderProtocol:
    """Return the builder for ``estimator.type``.

    Parameters
    ----------
    generator_config, model_config : mapping
        The generator's configuration and the model's.

    Returns
    -------
    EstimatorBuilderProtocol
        A `KDEEstimatorBuilder`, `ExactEstimatorBuilder` or `PyDDMEstimatorBuilder`.

    Raises
    ------
    ConfigError
        An estimator type that is unknown or not possible for this model.
    MissingPackageError
        "pyddm" where PyDDM is not installed.

    Examples
    --------
    >>> from ssms.config import get_default_generator_config, model_config
    >>> config = get_default_generator_config("lan", "ddm")
    >>> type(create_estimator_builder(config, model_config["ddm"])).__name__
    'KDEEstimatorBuilder'
    """
    kind = settle_estimator_type(generator_config["estimator"], model_config)
    if kind == "kde":
        return KDEEstimatorBuilder(generator_config)
    if kind == "pyddm":
        from ssms.dataset_generators.estimator_builders.pyddm_builder import PyDDMEstimatorBuilder

        return PyDDMEstimatorBuilder(generator_config, model_config)
    from ssms.dataset_generators.estimator_builders.exact_builder import ExactEstimatorBuilder

    return ExactEstimatorBuilder(generator_config, model_config)


def settle_estimator_type(estimator: Mapping[str, Any], model_config: Mapping[str, Any]) -> str:
    """Return "kde", "exact" or "pyddm": which "auto" is, and whether the type is possible.

    Parameters
    ----------
    estimator : mapping
        The section ``estimator`` of a generator configuration.
    model_config : mapping
        The model.

    Returns
    -------
    str

    Raises
    ------
    ConfigError
        An estimator type that is unknown; "exact" for a model without a law; "pyddm" for one that
        PyDDM cannot express; a setting that belongs to another type.
    MissingPackageError
        "pyddm" where PyDDM is not installed.

    Examples
    --------
    >>> from ssms.config import model_config
    >>> settle_estimator_type({"type": "auto"}, model_config["ddm"])
    'exact'
    """
    kind = check_estimator_type("estimator.type", estimator["type"])
    _check_settings(kind, estimator)
    if kind == "pyddm":
        from ssms.dataset_generators.estimator_builders.pyddm_builder import require_solvable

        require_solvable(model_config)
    if kind in ("kde", "pyddm"):
        return kind
    reason = _why_not_exact(model_config)
    if reason is None and estimator.get("displace_t", False):
        reason = "estimator.displace_t is a setting of kernel densities"
    if reason is None:
        return "exact"
    if kind == "auto":
        return "kde"
    raise ConfigError(f"estimator.type 'exact' is not possible: {reason}. Use 'kde', or 'auto'")


def _check_settings(kind: str, estimator: Mapping[str, Any]) -> None:
    """Raise if a setting has no effect on this type of estimator."""
    if kind == "pyddm":
        if estimator.get("displace_t", False):
            raise ConfigError("estimator.displace_t is a setting of kernel densities, not of pyddm")
        return
    for name, usual in (("pdf_interpolation", "cubic"), ("max_undecided_prob", 0.5)):
        if estimator.get(name, usual) != usual:
            raise ConfigError(
                f"estimator.{name} is a setting of estimator.type 'pyddm', and has no effect on "
                f"{kind!r}; got {estimator[name]!r}"
            )


def _why_not_exact(model_config: Mapping[str, Any]) -> str | None:
    """Return why a model has no law that can be computed, or None."""
    from ssms.densities.law import Law

    transforms = model_config.get("parameter_transforms", {}).get("sampling", [])
    try:
        sampler = UniformParameterSampler(parameter_space(model_config), transforms)
        Law(Simulator(dict(model_config)), sampler.sample(1, np.random.default_rng(0))).check()
    except ConfigError as error:
        return str(error).removesuffix(".")
    return None
