"""The mixture of responses, with a likelihood that is known."""

import numpy as np
import pytest
from scipy.stats import kstest

from ssms.dataset_generators.protocols import (
    LikelihoodEstimatorProtocol,
    TrainingDataStrategyProtocol,
)
from ssms.dataset_generators.settings import resolve_generator_config
from ssms.dataset_generators.strategies import MixtureTrainingStrategy, ResampleMixtureStrategy

THETA = {"v": np.float32([0.5]), "a": np.float32([1.25])}
MODEL = {"params": ["a", "v"], "choices": [0, 1, 2]}
NEGATIVE = -66.77497


class KnownLikelihood:
    """Times uniform on (2, 3) for choice 2; the log likelihood tells what it was asked."""

    def fit(self, simulations):
        raise NotImplementedError

    def evaluate(self, rts, choices):
        # a label must belong to the time that is stored
        np.testing.assert_array_equal(np.asarray(rts, dtype=np.float32), rts)
        return np.asarray(rts) + 10.0 * np.asarray(choices)

    def sample(self, n_samples, random_state=None):
        rng = np.random.default_rng(random_state)
        return {"rts": rng.uniform(2, 3, n_samples), "choices": np.full(n_samples, 2.0)}

    def get_metadata(self):
        return {"possible_choices": [0, 1, 2]}


def rows(n=1000, shares=(0.8, 0.1, 0.1), separate=False, max_t=20.0, seed=1):
    config = resolve_generator_config(
        {
            "training": {
                "n_samples_per_param": n,
                "mixture_probabilities": list(shares),
                "separate_response_channels": separate,
            },
            "simulator": {"max_t": max_t},
        }
    )
    return ResampleMixtureStrategy(config, MODEL).generate(THETA, KnownLikelihood(), seed)


def test_protocols_and_alias():
    assert MixtureTrainingStrategy is ResampleMixtureStrategy
    assert isinstance(KnownLikelihood(), LikelihoodEstimatorProtocol)
    assert isinstance(ResampleMixtureStrategy({}, {}), TrainingDataStrategyProtocol)


def test_columns_counts_and_labels():
    data = rows()
    assert data.shape == (1000, 5)
    assert data.dtype == np.float32
    np.testing.assert_array_equal(data[:, :2], np.tile(np.float32([1.25, 0.5]), (1000, 1)))
    rt, choice, label = data[:, 2], data[:, 3], data[:, 4]
    impossible = rt < 1e-4
    likely = (rt > 2) & (rt < 3) & (choice == 2)
    assert impossible.sum() == 100
    assert likely.sum() >= 800
    np.testing.assert_array_equal(label[impossible], np.float32(NEGATIVE))
    np.testing.assert_allclose(label[~impossible], (rt + 10 * choice)[~impossible], rtol=1e-6)


def test_uniform_parts_are_uniform():
    data = rows(n=30_000, shares=(0.0, 0.5, 0.5), max_t=12.0)
    rt, choice = data[:, 2], data[:, 3]
    possible = rt > 1e-4
    assert kstest(rt[possible] / 12.0, "uniform").pvalue > 1e-4
    assert kstest(rt[~possible] + 1.0, "uniform").pvalue > 1e-4
    for part in (possible, ~possible):
        shares = [np.mean(choice[part] == c) for c in (0, 1, 2)]
        assert shares == pytest.approx([1 / 3] * 3, abs=0.02)


def test_what_rounding_leaves_over_is_drawn_from_the_estimate():
    data = rows(n=7, shares=(0.5, 0.25, 0.25))
    assert np.sum(data[:, 2] < 1e-4) == 1
    assert len(data) == 7


@pytest.mark.parametrize("shares", [[0.5, 0.2, 0.2], [1.2, -0.1, -0.1], [1.0], [np.nan, 0.5, 0.5]])
def test_shares_that_do_not_sum_to_one_are_refused(shares):
    with pytest.raises(ValueError, match="mixture_probabilities must be"):
        rows(shares=shares)
    training = {"n_samples_per_param": 10, "mixture_probabilities": shares}
    training["separate_response_channels"] = False
    config = {"training": training, "simulator": {"max_t": 20.0}}
    with pytest.raises(ValueError, match="mixture_probabilities must be three numbers"):
        ResampleMixtureStrategy(config, MODEL).generate(THETA, KnownLikelihood(), 1)


def test_uniform_times_end_at_a_hundred_seconds():
    assert rows(n=5000, shares=(0.0, 1.0, 0.0), max_t=500.0)[:, 2].max() <= 100.0


def test_separate_response_channels():
    together, separate = rows(), rows(separate=True)
    assert separate.shape == (1000, 7)
    np.testing.assert_array_equal(separate[:, :3], together[:, :3])
    np.testing.assert_array_equal(separate[:, -1], together[:, -1])
    one_hot = together[:, 3][:, None] == np.array([0, 1, 2])
    np.testing.assert_array_equal(separate[:, 3:6], one_hot.astype(np.float32))


def test_rows_are_shuffled_and_depend_on_the_seed_alone():
    np.testing.assert_array_equal(rows(seed=4), rows(seed=4))
    assert not np.array_equal(rows(seed=4), rows(seed=5))
    assert 0 < np.sum(rows(seed=4)[:100, 2] < 1e-4) < 40
