"""The likelihood of a parameter set from PyDDM's solution of the forward equation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ssms.config.constants import MIN_LOG_DENSITY

__all__ = ["PyDDMLikelihoodEstimator"]

_CHOICES = (-1, 1)
_BOUNDARIES = ("error", "correct")  # PyDDM's names of the lower and the upper one


class PyDDMLikelihoodEstimator:
    """The joint density of response time and choice that PyDDM has computed.

    Parameters
    ----------
    pyddm_solution : pyddm.Solution
        The result of ``model.solve()``.
    t_domain : ndarray of float64, shape (n,)
        Times (seconds) at which the solution has its densities.
    interpolation : str
        "cubic" or "linear": how densities between these times are found.
    metadata : mapping, optional
        The result of `get_metadata`, except ``possible_choices``.

    Attributes
    ----------
    choice_probabilities : ndarray of float64, shape (2,)
        Probability of a response with each choice.
    omission_probability : float
        Probability of no response by the end of ``t_domain``.

    Examples
    --------
    >>> from ssms.config import get_default_generator_config, model_config
    >>> from ssms.dataset_generators.estimator_builders import PyDDMEstimatorBuilder
    >>> config = get_default_generator_config("lan", "ddm")
    >>> builder = PyDDMEstimatorBuilder(config, model_config["ddm"])  # doctest: +SKIP
    >>> estimator = builder.build({"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3})  # doctest: +SKIP
    >>> estimator.evaluate(np.array([0.8]), np.array([1])).shape  # doctest: +SKIP
    (1,)
    """

    def __init__(
        self,
        pyddm_solution: Any,
        t_domain: ArrayLike,
        interpolation: str = "cubic",
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        from scipy.interpolate import interp1d

        self.interpolation = interpolation
        self._times = np.asarray(t_domain, np.float64)
        self._densities = [
            np.maximum(np.asarray(pyddm_solution.pdf(boundary), np.float64), 0.0)
            for boundary in _BOUNDARIES
        ]
        self._at = [
            interp1d(self._times, d, kind=interpolation, bounds_error=False, fill_value=0.0)
            for d in self._densities
        ]
        shares = [float(pyddm_solution.prob(boundary)) for boundary in _BOUNDARIES]
        self.choice_probabilities = np.array(shares)
        self.omission_probability = max(0.0, 1.0 - sum(shares))
        self._metadata = dict(metadata or {})

    def fit(self, simulations: dict[str, Any]) -> None:
        """Do nothing: the density is known, whatever was simulated.

        Parameters
        ----------
        simulations : dict
            A result of `simulator`.
        """

    def evaluate(self, rts: ArrayLike, choices: ArrayLike) -> NDArray[np.float64]:
        """Return the log density of each response, `MIN_LOG_DENSITY` where it is smaller.

        Parameters
        ----------
        rts : array_like, shape (n,)
            Response times in seconds.
        choices : array_like, shape (n,)
            -1 or 1.

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        rts, choices = np.ravel(np.asarray(rts, np.float64)), np.ravel(choices)
        density = np.zeros(rts.size)
        for choice, at in zip(_CHOICES, self._at, strict=True):
            chosen = choices == choice
            density[chosen] = at(rts[chosen])
        return np.log(np.maximum(density, np.exp(MIN_LOG_DENSITY)))

    def sample(
        self, n_samples: int, random_state: int | np.random.Generator | None = None
    ) -> dict[str, NDArray[Any]]:
        """Return ``rts`` (seconds) and ``choices`` of `n_samples` responses, shape (n,).

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
        shares = self.choice_probabilities / self.choice_probabilities.sum()
        choices = np.where(rng.random(n_samples) < shares[0], *_CHOICES).astype(np.int32)
        rts = np.empty(n_samples, np.float32)
        for choice, density in zip(_CHOICES, self._densities, strict=True):
            chosen = choices == choice
            mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2.0)])
            uniform = rng.random(int(chosen.sum()))
            rts[chosen] = np.interp(uniform * mass[-1], mass, self._times)
        return {"rts": rts, "choices": choices}

    def get_metadata(self) -> dict[str, Any]:
        """Return facts of the model and of the solution.

        Returns
        -------
        dict
            ``possible_choices`` and ``n_choices``; ``max_t`` and ``dt``, end and step of the
            solution (seconds); the parameters where they are known.
        """
        times = self._times
        solution = {"max_t": float(times[-1]), "dt": float(times[1] - times[0])}
        choices = {"possible_choices": list(_CHOICES), "n_choices": len(_CHOICES)}
        return {**solution, **self._metadata, **choices}
