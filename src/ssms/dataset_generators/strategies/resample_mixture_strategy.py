"""Responses from a mixture: likely ones, uniform ones, and impossible ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ssms.dataset_generators.protocols import LikelihoodEstimatorProtocol
from ssms.errors import ConfigError

__all__ = ["MixtureTrainingStrategy", "ResampleMixtureStrategy"]

_EARLIEST_RT = 1e-4  # seconds: where uniform times begin, and impossible ones end
_LATEST_RT = 100.0  # seconds: uniform times reach to max_t, but not beyond this
_IMPOSSIBLE_FROM = -1.0  # seconds


class Responses(NamedTuple):
    """Responses of one parameter set, the `n_possible` that may have a density first.

    Attributes
    ----------
    rts : ndarray of float32, shape (n,)
    choices : ndarray, shape (n,)
    possible_choices : ndarray, shape (C,)
    n_possible : int
    order : ndarray of int, shape (n,)
        In which they become rows.
    """

    rts: NDArray[np.float32]
    choices: NDArray[Any]
    possible_choices: NDArray[Any]
    n_possible: int
    order: NDArray[np.int64]


class ResampleMixtureStrategy:
    """Draws the responses of one parameter set from a mixture of three.

    With n = ``training.n_samples_per_param`` and p = ``training.mixture_probabilities``:

    1. n·p[0] (and what rounding leaves over) drawn from the likelihood estimate,
    2. n·p[1] with times uniform in [0.0001, min(max_t, 100)] s and choices uniform,
    3. n·p[2] with times uniform in [-1, 0.0001] s and choices uniform, whose label is
       ``training.negative_rt_log_likelihood``.

    Parameters
    ----------
    generator_config : mapping
        Its sections ``training`` and ``simulator`` are used.
    model_config : mapping
        Its ``params`` are used.
    """

    def __init__(
        self, generator_config: Mapping[str, Any], model_config: Mapping[str, Any]
    ) -> None:
        self.generator_config = generator_config
        self.model_config = model_config

    def generate(
        self,
        theta: dict[str, Any],
        likelihood_estimator: LikelihoodEstimatorProtocol,
        random_state: int | np.random.Generator | None = None,
    ) -> NDArray[np.float32]:
        """Return the labelled responses of one parameter set.

        Parameters
        ----------
        theta : dict
            One value for each parameter.
        likelihood_estimator : LikelihoodEstimatorProtocol
            Fitted to this parameter set.
        random_state : int, numpy.random.Generator or None
            Seed, or the generator to advance.

        Returns
        -------
        ndarray of float32, (n, P + 3) or (n, P + 2 + C)
            Columns: the P parameters, rt, choice, log likelihood; with
            ``training.separate_response_channels`` one column of 0 and 1 for each of the C
            choices in place of the choice.  Rows in random order.

        Raises
        ------
        ConfigError
            Mixture probabilities that are negative, or do not sum to 1.
        """
        drawn = self.draw(likelihood_estimator, random_state)
        possible = slice(0, drawn.n_possible)
        labels = np.empty(0)
        if drawn.n_possible:
            labels = likelihood_estimator.evaluate(drawn.rts[possible], drawn.choices[possible])
        return self.rows(theta, drawn, labels)

    def draw(
        self,
        likelihood_estimator: LikelihoodEstimatorProtocol,
        random_state: int | np.random.Generator | None = None,
    ) -> Responses:
        """Return the responses of one parameter set, not labelled yet."""
        rng = np.random.default_rng(random_state)
        labels = np.asarray(likelihood_estimator.get_metadata()["possible_choices"])
        n_likely, n_uniform, n_impossible = self._counts()
        latest = min(float(self.generator_config["simulator"]["max_t"]), _LATEST_RT)

        none: dict[str, NDArray[Any]] = {"rts": np.empty(0), "choices": np.empty(0)}
        likely = likelihood_estimator.sample(n_likely, rng) if n_likely else none
        rts = np.concatenate(
            [
                likely["rts"],
                rng.uniform(_EARLIEST_RT, latest, size=n_uniform),
                rng.uniform(_IMPOSSIBLE_FROM, _EARLIEST_RT, size=n_impossible),
            ]
        ).astype(np.float32)  # before they are labelled: the label belongs to the stored time
        choices = np.concatenate(
            [likely["choices"], labels[rng.integers(labels.size, size=n_uniform + n_impossible)]]
        )
        return Responses(rts, choices, labels, n_likely + n_uniform, rng.permutation(rts.size))

    def rows(
        self, theta: Mapping[str, Any], drawn: Responses, log_densities: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """Return the rows of `generate` from the log densities of the possible responses."""
        training = self.generator_config["training"]
        labels = np.full(drawn.rts.size, float(training["negative_rt_log_likelihood"]))
        labels[: drawn.n_possible] = log_densities
        chosen = drawn.choices[drawn.order]
        if training["separate_response_channels"]:
            responses = (chosen[:, None] == drawn.possible_choices[None, :]).astype(np.float32)
        else:
            responses = chosen[:, None].astype(np.float32)
        parameters = [np.float32(np.squeeze(theta[name])) for name in self.model_config["params"]]
        n = len(parameters)
        rows = np.empty((drawn.rts.size, n + responses.shape[1] + 2), dtype=np.float32)
        rows[:, :n] = parameters
        rows[:, n] = drawn.rts[drawn.order]
        rows[:, n + 1 : -1] = responses
        rows[:, -1] = labels[drawn.order]
        return rows

    def _counts(self) -> tuple[int, int, int]:
        n = int(self.generator_config["training"]["n_samples_per_param"])
        given = self.generator_config["training"]["mixture_probabilities"]
        shares = [float(share) for share in given] if np.ndim(given) == 1 else []
        if len(shares) != 3 or not (min(shares) >= 0 and abs(sum(shares) - 1.0) < 1e-6):
            raise ConfigError(
                "training.mixture_probabilities must be three numbers >= 0 that sum to 1, "
                f"got {given!r}"
            )
        n_uniform, n_impossible = (int(n * (share / sum(shares))) for share in shares[1:])
        return n - n_uniform - n_impossible, n_uniform, n_impossible


MixtureTrainingStrategy = ResampleMixtureStrategy
