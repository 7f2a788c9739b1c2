"""Builds the likelihood of a parameter set with PyDDM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssms.dataset_generators.likelihood_estimators.pyddm_estimator import PyDDMLikelihoodEstimator
from ssms.dataset_generators.parameter_samplers import UniformParameterSampler, parameter_space
from ssms.dataset_generators.parameter_samplers.training_box import check_corners
from ssms.errors import GenerationError
from ssms.external_simulators.pyddm_mapper import SSMSToPyDDMMapper, require_expressible

__all__ = ["PyDDMEstimatorBuilder", "require_solvable"]


def require_solvable(model_config: Mapping[str, Any]) -> None:
    """Raise if PyDDM is not installed, or cannot express a model within its training bounds.

    Raises
    ------
    MissingPackageError
        PyDDM is not installed.
    ConfigError
        PyDDM cannot express the model, or a boundary that its training bounds allow.
    """
    require_expressible(model_config)
    constraints = (model_config.get("parameter_transforms") or {}).get("sampling", [])
    check_corners(
        UniformParameterSampler(parameter_space(model_config), constraints),
        lambda theta: SSMSToPyDDMMapper.check_theta(model_config, theta),
        str(model_config.get("name")),
    )


class PyDDMEstimatorBuilder:
    """Builds a `PyDDMLikelihoodEstimator`.

    Parameters
    ----------
    generator_config : mapping
        Its ``simulator.delta_t``, ``simulator.max_t``, ``estimator.pdf_interpolation`` and
        ``estimator.max_undecided_prob`` are used.
    model_config : mapping
        The model.

    Attributes
    ----------
    needs_simulations : bool
        False.

    Raises
    ------
    MissingPackageError
        PyDDM is not installed.
    ConfigError
        PyDDM cannot express the model, or a boundary that its training bounds allow.

    Examples
    --------
    >>> from ssms.config import get_default_generator_config, model_config
    >>> config = get_default_generator_config("lan", "ddm")
    >>> builder = PyDDMEstimatorBuilder(config, model_config["ddm"])  # doctest: +SKIP
    >>> solution = builder.build({"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3})  # doctest: +SKIP
    """

    needs_simulations = False

    def __init__(
        self, generator_config: Mapping[str, Any], model_config: Mapping[str, Any]
    ) -> None:
        require_solvable(model_config)
        self.generator_config, self.model_config = generator_config, dict(model_config)

    def build(
        self, theta: dict[str, Any], simulations: dict[str, Any] | None = None
    ) -> PyDDMLikelihoodEstimator:
        """Return PyDDM's solution for `theta`; simulations are not read.

        Parameters
        ----------
        theta : dict
            The parameter set.
        simulations : dict, optional
            A result of `simulator`; not read.

        Returns
        -------
        PyDDMLikelihoodEstimator

        Raises
        ------
        GenerationError
            The probability of no response by ``max_t`` is above ``max_undecided_prob``.
        """
        model = SSMSToPyDDMMapper.build_pyddm_model(self.model_config, theta, self.generator_config)
        solution = model.solve()
        settings = self.generator_config.get("estimator", {})
        largest = settings.get("max_undecided_prob", 0.5)
        undecided = float(solution.prob_undecided())
        if undecided > largest:
            raise GenerationError(
                f"P(no response by max_t) is {undecided:.3g}, above "
                f"estimator.max_undecided_prob, {largest:g}"
            )
        metadata = {**theta, "max_t": self.generator_config["simulator"]["max_t"]}
        return PyDDMLikelihoodEstimator(
            solution, model.t_domain(), settings.get("pdf_interpolation", "cubic"), metadata
        )
