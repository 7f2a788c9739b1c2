"""The likelihood of a parameter set as a kernel density of simulated trials."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ssms.errors import GenerationError
from ssms.support_utils.kde_class import LogKDE

__all__ = ["KDELikelihoodEstimator"]


class KDELikelihoodEstimator:
    """Kernel density estimate of response time and choice (see `LogKDE`).

    Parameters
    ----------
    displace_t : bool, default False
        Estimate the density of decision times instead of response times.

    Examples
    --------
    >>> trials = {"rts": [0.5, 0.6, 0.9], "choices": [1, 1, -1],
    ...           "metadata": {"possible_choices": [-1, 1], "max_t": 20.0}}
    >>> estimator = KDELikelihoodEstimator()
    >>> estimator.fit(trials)
    >>> estimator.evaluate([0.55], [1]).shape
    (1,)
    """

    def __init__(self, displace_t: bool = False) -> None:
        self.displace_t = bool(displace_t)
        self._kde: LogKDE | None = None

    def fit(self, simulations: dict[str, Any]) -> None:
        """Learn from a result of `simulator` for one parameter set.

        Parameters
        ----------
        simulations : dict
            A result of `simulator`.
        """
        self._kde = LogKDE(simulations, displace_t=self.displace_t)

    def evaluate(self, rts: ArrayLike, choices: ArrayLike) -> NDArray[np.float64]:
        """Return the log density of each response.

        Parameters
        ----------
        rts : array_like, (n,)
            Response times in seconds.
        choices : array_like, (n,)
            Their choices.

        Returns
        -------
        ndarray of float64, (n,)

        Raises
        ------
        GenerationError
            Before `fit`.
        """
        # No row is an omission here: a value for each row that was asked for.
        data = {"rts": rts, "choices": choices}
        return np.atleast_1d(self._fitted().kde_eval(data, filter_rts=np.nan))

    def sample(
        self, n_samples: int, random_state: int | np.random.Generator | None = None
    ) -> dict[str, NDArray[np.float64]]:
        """Return ``rts`` (seconds) and ``choices`` of `n_samples` observed responses, (n,).

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
        drawn = self._fitted().kde_sample(n_samples, random_state=random_state)
        return {key: drawn[key].ravel() for key in ("rts", "choices")}

    def get_metadata(self) -> dict[str, Any]:
        """Return the metadata of the simulations."""
        return self._fitted().simulator_info

    def _fitted(self) -> LogKDE:
        if self._kde is None:
            raise GenerationError("the estimator has no data yet: call fit(simulations) first")
        return self._kde
