"""Responses from a mixture: likely ones, uniform ones, and impossible ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

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

    1. n·p[0] (and the rest that rounding leaves) drawn from the likelihood estimate,
    2. n·p[1] with times uniform in [0.0001, min(max_t, 100)] s and choices uniform,
    3. n·p[2] with times uniform in [-1, 0.0001] s and choices uniform, whose label is
       ``training.negative_rt_log_likelihood``.

    Parameters
    ----------
    generator_config : mapping
        Its sections ``training`` and ``simulator`` are used.
    model_config : mapping
        Its ``params`` are used.

    Examples
    --------
    >>> from ssms.config import get_default_generator_config, model_config
    >>> config = get_default_generator_config("lan", "ddm")
    >>> import ssms
    >>> from ssms.dataset_generators.estimator_builders import KDEEstimatorBuilder
    >>> theta = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3}
    >>> simulations = ssms.simulate("ddm", theta, n_samples=1000, seed=1)
    >>> estimator = KDEEstimatorBuilder(config).build(theta, simulations)
    >>> strategy = ResampleMixtureStrategy(config, model_config["ddm"])
    >>> strategy.generate(theta, estimator, random_state=1).shape
    (1000, 7)
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
        inputs, targets = self.rows([theta], [drawn], [labels])
        return np.concatenate([inputs[0], targets[0, :, None]], axis=1)

    def draw(
        self,
        likelihood_estimator: LikelihoodEstimatorProtocol,
        random_state: int | np.random.Generator | None = None,
    ) -> Responses:
        """Return the responses of one parameter set, not labelled yet.

        Parameters
        ----------
        likelihood_estimator : LikelihoodEstimatorProtocol
            Of the parameter set.
        random_state : int, numpy.random.Generator or None
            Seed, or the generator to advance.

        Returns
        -------
        Responses
        """
        rng = np.random.default_rng(random_state)
        labels = np.asarray(likelihood_estimator.get_metadata()["possible_choices"])
        n_likely, n_uniform, n_impossible = self._counts
        latest = min(float(self.generator_config["simulator"]["max_t"]), _LATEST_RT)

        n_possible, n = n_likely + n_uniform, n_likely + n_uniform + n_impossible
        none: dict[str, NDArray[Any]] = {"rts": np.empty(0), "choices": np.empty(0)}
        likely = likelihood_estimator.sample(n_likely, rng) if n_likely else none
        rts = np.empty(n, np.float32)  # the label belongs to the stored time
        rts[:n_likely] = likely["rts"]
        rts[n_likely:n_possible] = rng.uniform(_EARLIEST_RT, latest, size=n_uniform)
        rts[n_possible:] = rng.uniform(_IMPOSSIBLE_FROM, _EARLIEST_RT, size=n_impossible)
        choices = np.concatenate(
            [likely["choices"], labels[rng.integers(labels.size, size=n - n_likely)]]
        )
        return Responses(rts, choices, labels, n_possible, rng.permutation(n))

    def rows(
        self,
        thetas: Sequence[Mapping[str, Any]],
        drawn: Sequence[Responses],
        log_densities: ArrayLike,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the rows of several parameter sets, in the order of `Responses.order`.

        Parameters
        ----------
        thetas : sequence of mapping
            T parameter sets, one value for each parameter.
        drawn : sequence of Responses
            The responses of each.
        log_densities : array_like, shape (T, n_possible)
            The log densities of the responses that may have one.

        Returns
        -------
        inputs : ndarray of float32, shape (T, n, P + 2) or (T, n, P + 1 + C)
            All columns of `generate` but the last.
        labels : ndarray of float32, shape (T, n)
            The last column.
        """
        training = self.generator_config["training"]
        responses = np.array([one.choices for one in drawn])[:, :, None]
        if training["separate_response_channels"]:
            responses = responses == drawn[0].possible_choices
        shape = responses.shape[:2]
        names = self.model_config["params"]
        parameters = np.array(
            [[np.asarray(theta[name]).item() for name in names] for theta in thetas]
        )
        n = len(names)
        inputs = np.empty((*shape, n + 1 + responses.shape[2]), np.float32)
        for column in range(n):  # a column at a time: rows are too short for NumPy
            inputs[:, :, column] = parameters[:, column, None]
        labels = np.full(shape, training["negative_rt_log_likelihood"], np.float32)
        labels[:, : drawn[0].n_possible] = log_densities
        for i, one in enumerate(drawn):
            inputs[i, :, n] = one.rts[one.order]
            inputs[i, :, n + 1 :] = responses[i, one.order]
            labels[i] = labels[i, one.order]
        return inputs, labels

    @cached_property
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
