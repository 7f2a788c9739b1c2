"""Seeds and generators that are made many at once, against NumPy's own."""

import numpy as np
import pytest

from ssms.dataset_generators import streams
from ssms.dataset_generators.seed_sequences import generators

SEEDS = [0, 1, 2**32 - 1, 2**32, 2**32 + 7, 2**63 - 1, *range(10**12, 10**12 + 40)]


def test_generators_are_those_of_default_rng():
    for seed, made in zip(SEEDS, generators(SEEDS), strict=True):
        usual = np.random.default_rng(seed)
        assert made.bit_generator.state == usual.bit_generator.state
        for _ in range(2):
            assert made.spawn(1)[0].random() == usual.spawn(1)[0].random()


def test_a_prepared_sequence_makes_other_generators_too():
    (made,) = generators([5])
    sequence = made.bit_generator.seed_seq
    usual = np.random.Philox(np.random.SeedSequence(5))
    assert np.random.Generator(np.random.Philox(sequence)).random() == (
        np.random.Generator(usual).random()
    )


@pytest.mark.parametrize("seed", SEEDS[:7])
@pytest.mark.parametrize("file_index", [0, 3, 2**32 + 1])
def test_seeds_of_sets_are_words_of_spawned_sequences(seed, file_index):
    found = streams.seeds_of_sets(seed, "ddm", file_index, 5)
    for i, one in enumerate(found):
        key = (file_index, i, streams._number_of("ddm"))
        words = np.random.SeedSequence(seed, spawn_key=key).generate_state(2, np.uint64)
        assert (one.parameters, one.simulations) == tuple((words >> np.uint64(1)).tolist())
    numbered = streams.seeds_of_sets(seed, "ddm", file_index, 5, first_sampler_index=7)
    assert [one.parameters for one in numbered] == [7, 8, 9, 10, 11]
    assert [one.simulations for one in numbered] == [one.simulations for one in found]


def test_seeds_that_are_long_or_missing_have_generators_too():
    made = streams.first_draws([2**90, None, 3])
    assert made[0].random() == np.random.default_rng(2**90).random()
    assert made[2].random() == np.random.default_rng(3).random()
