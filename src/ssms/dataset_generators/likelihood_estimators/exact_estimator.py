"""The likelihood of a parameter set from the law of its model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ssms.basic_simulators.simulator_class import Simulator
from ssms.config.constants import MIN_LOG_DENSITY
from ssms.config.kde_constants import response_time_support
from ssms.densities.law import Law

__all__ = ["ExactLikelihoodEstimator"]

MIN_RESPONSES = 0.01
"""Probability of a response below which rows are spread over the support instead of drawn."""


class ExactLikelihoodEstimator:
    """The joint law of response time and choice of one parameter set; nothing is estimated.

    Parameters
    ----------
    simulator : Simulator
        The model.
    theta : mapping
        One value for each parameter.
    max_t : float
        Longest decision time (seconds).

    Attributes
    ----------
    choice_probabilities : ndarray of float64, shape (C,)
        Probability of a response with each choice.
    omission_probability : float

    Raises
    ------
    ConfigError
        If `ssms.densities` has no law of the model.

    Examples
    --------
    >>> estimator = ExactLikelihoodEstimator(
    ...     Simulator("ddm"), {"v": 1.0, "a": 1.5, "z": 0.5, "t": 0.3}, max_t=20.0
    ... )
    >>> estimator.evaluate([0.9], [1]).round(6).tolist()
    [-0.422236]
    """

    def __init__(self, simulator: Simulator, theta: Mapping[str, Any], max_t: float) -> None:
        self._simulator, self._theta, self._max_t = simulator, dict(theta), float(max_t)
        self._law = Law(simulator, self._theta, self._max_t)
        choices = np.asarray(simulator.choices)
        self.choice_probabilities, self.omission_probability = self._law.shares(choices)

    def fit(self, simulations: dict[str, Any]) -> None:
        """Do nothing: the law is known, whatever was simulated."""

    def evaluate(self, rts: ArrayLike, choices: ArrayLike) -> NDArray[np.float64]:
        """Return the log density of each response, `MIN_LOG_DENSITY` where it is smaller.

        Parameters
        ----------
        rts : array_like, shape (n,)
            Response times in seconds.
        choices : array_like of int, shape (n,)
            Their choices.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        seen = self._law.observations(rts, choices)
        return np.maximum(self._law.log_density(seen)[0], MIN_LOG_DENSITY)

    def sample(
        self, n_samples: int, random_state: int | np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """Return ``rts`` (seconds) and ``choices`` of `n_samples` responses, shape (n,).

        They are draws of the model without its omissions.  Where fewer than one trial in a hundred
        has a response, they are spread evenly over the times at which there can be one.
        """
        rng = np.random.default_rng(random_state)
        rts, choices = np.empty(0, np.float32), np.empty(0, np.int32)
        p = 1.0 - self.omission_probability
        while rts.size < n_samples and p >= MIN_RESPONSES:
            drawn = self._draw(math.ceil((n_samples - rts.size) / p), rng)
            rts, choices = np.append(rts, drawn[0]), np.append(choices, drawn[1])
        if rts.size < n_samples:
            low, high = self._support()
            rts = rng.uniform(low, high, n_samples).astype(np.float32)
            choices = rng.choice(self._simulator.choices, n_samples).astype(np.int32)
        return {"rts": rts[:n_samples], "choices": choices[:n_samples]}

    def get_metadata(self) -> dict[str, Any]:
        """Return the parameters, ``possible_choices`` and ``max_t``."""
        choices = self._simulator.choices
        return {**self._theta, "possible_choices": choices, "max_t": self._max_t}

    def _draw(self, n: int, rng: np.random.Generator) -> tuple[NDArray[Any], NDArray[Any]]:
        results = self._simulator.simulate(
            self._theta,
            n_samples=n,
            max_t=self._max_t,
            random_state=rng,
            return_option="minimal",
            n_threads=1,
        )
        observed = ~results.omitted
        return results.rt[observed], results.choice[observed]

    def _support(self) -> tuple[float, float]:
        low, high = response_time_support(self._simulator.config, self.get_metadata())
        return low, max(high if math.isfinite(high) else low + self._max_t, low)
