"""The likelihood of parameter sets from the law of their model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ssms.basic_simulators.simulator_class import Simulator
from ssms.config.constants import MIN_LOG_DENSITY, OMISSION_SENTINEL
from ssms.config.kde_constants import response_time_support
from ssms.densities.law import Law

__all__ = ["ExactLikelihoodEstimator", "exact_labels_of"]

Floats = NDArray[np.float64]

MAX_DRAWS = 100
"""For each response that is wanted; if that is too few, they are spread over the support."""


def exact_labels_of(
    simulator: Simulator,
    thetas: Sequence[Mapping[str, Any]],
    max_t: float,
    rts: NDArray[Any],
    choices: NDArray[Any],
) -> tuple[Floats, Floats, Floats]:
    """Return labels of several parameter sets, each the same as alone.

    Parameters
    ----------
    simulator : Simulator
        The model.
    thetas : sequence of mapping
        One value for each parameter, T of them.
    max_t : float
        Longest decision time (seconds).
    rts, choices : ndarray, shape (T, m)
        Responses of each set; m may be 0.

    Returns
    -------
    labels : ndarray of float64, shape (T, m)
        Log densities, `MIN_LOG_DENSITY` where they are smaller.
    choice_probabilities : ndarray of float64, shape (T, C)
        Of a response with each choice.
    omission_probabilities : ndarray of float64, shape (T,)

    Raises
    ------
    ConfigError
        If `ssms.densities` has no law of the model.
    """
    columns = {
        name: np.array([theta[name] for theta in thetas], np.float64).reshape(len(thetas))
        for name in thetas[0]
    }
    labels, shares, omissions = Law(simulator, columns, max_t).labels(rts, choices)
    return np.maximum(labels, MIN_LOG_DENSITY), shares, omissions


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

    @property
    def choice_probabilities(self) -> Floats:
        """Probability of a response with each choice, shape (C,)."""
        return self._shares[0]

    @property
    def omission_probability(self) -> float:
        """Probability of an omission."""
        return self._shares[1]

    @cached_property
    def _shares(self) -> tuple[Floats, float]:
        none = np.empty((1, 0))
        _, shares, omissions = self._labels(none, none.astype(np.int32))
        return shares[0], float(omissions[0])

    def _labels(self, rts: NDArray[Any], choices: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
        return exact_labels_of(self._simulator, [self._theta], self._max_t, rts, choices)

    def fit(self, simulations: dict[str, Any]) -> None:
        """Do nothing: the law is known, whatever was simulated.

        Parameters
        ----------
        simulations : dict
            A result of `simulator`.
        """

    def evaluate(self, rts: ArrayLike, choices: ArrayLike) -> Floats:
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

        Raises
        ------
        ConfigError
            If `ssms.densities` has no law of the model.
        """
        labels, _, _ = self._labels(np.atleast_2d(rts), np.atleast_2d(choices))
        return labels.reshape(-1)

    def sample(
        self, n_samples: int, random_state: int | np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """Return ``rts`` (seconds) and ``choices`` of `n_samples` responses, shape (n,).

        They are draws of the model without its omissions.  Where hardly any trial has a response
        (100 draws for each that is wanted are too few), they are spread evenly over the times at
        which there can be one.

        Parameters
        ----------
        n_samples : int
            Number of responses.
        random_state : int, numpy.random.Generator or None
            Seed, or the generator to advance.

        Returns
        -------
        dict
            ``rts`` and ``choices``, (n_samples,) each.
        """
        rng = np.random.default_rng(random_state)
        rts, choices = self._draw(n_samples, rng)
        drawn = n_samples
        while rts.size < n_samples and drawn < MAX_DRAWS * n_samples:
            share = max(rts.size / drawn, 1.0 / MAX_DRAWS)
            more = math.ceil((n_samples - rts.size) / share)
            pairs = zip((rts, choices), self._draw(more, rng), strict=True)
            rts, choices = (np.append(old, new) for old, new in pairs)
            drawn += more
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
            {name: np.asarray(value).item() for name, value in self._theta.items()},
            n_samples=n,
            max_t=self._max_t,
            random_state=rng,
            return_option="minimal",
            n_threads=1,
        )
        rts, choices = results.rt[:, 0], results.choice[:, 0]
        observed = rts != OMISSION_SENTINEL
        return (rts, choices) if observed.all() else (rts[observed], choices[observed])

    def _support(self) -> tuple[float, float]:
        low, high = response_time_support(self._simulator.config, self.get_metadata())
        return low, max(high if math.isfinite(high) else low + self._max_t, low)
