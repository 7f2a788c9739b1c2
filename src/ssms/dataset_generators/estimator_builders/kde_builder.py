"""Builds the kernel density estimator of a parameter set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssms.dataset_generators.likelihood_estimators.kde_estimator import KDELikelihoodEstimator
from ssms.errors import GenerationError

__all__ = ["KDEEstimatorBuilder"]


class KDEEstimatorBuilder:
    """Builds a `KDELikelihoodEstimator` from simulated trials.

    Parameters
    ----------
    generator_config : mapping
        Its ``estimator.displace_t`` (default False) is used.

    Examples
    --------
    >>> from ssms.config import get_default_generator_config, model_config
    >>> config = get_default_generator_config("lan", "ddm")
    >>> import ssms
    >>> theta = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3}
    >>> simulations = ssms.simulate("ddm", theta, n_samples=1000, seed=1)
    >>> estimator = KDEEstimatorBuilder(config).build(theta, simulations)
    >>> estimator.sample(5, random_state=1)["rts"].shape
    (5,)
    """

    def __init__(self, generator_config: Mapping[str, Any]) -> None:
        self.generator_config = generator_config
        self.displace_t = bool(generator_config.get("estimator", {}).get("displace_t", False))

    def build(
        self, theta: dict[str, Any], simulations: dict[str, Any] | None = None
    ) -> KDELikelihoodEstimator:
        """Return the estimator fitted to `simulations`.

        Parameters
        ----------
        theta : dict
            The parameter set the simulations were made with.
        simulations : dict
            A result of `simulator`.

        Returns
        -------
        KDELikelihoodEstimator

        Raises
        ------
        GenerationError
            Without simulations.
        """
        if simulations is None:
            raise GenerationError(f"a kernel density needs simulations: none given for {theta}")
        estimator = KDELikelihoodEstimator(displace_t=self.displace_t)
        estimator.fit(simulations)
        return estimator
