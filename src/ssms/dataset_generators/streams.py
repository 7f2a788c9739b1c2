"""Which seed makes which parameter set of which file.

The content of a file is a function of (seed, configuration, file index): parameter set i of
file f has two seeds of its own, one for its parameters and one for its simulations, that no
number of threads and no order of completion can change.  The model's name is part of their key, so
that files of two models that have the same seed share no numbers.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ssms.checks import whole_number
from ssms.dataset_generators.seed_sequences import POOL, generators, states, words_of
from ssms.errors import bad_value

__all__ = [
    "LARGEST_SEED", "SetSeeds", "check_seed", "first_draws", "fresh_seed", "redraw",
    "seeds_of_sets",
]  # fmt: skip

LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class SetSeeds:
    """The seeds of one parameter set: of its parameters, and of its simulations.

    None is a seed from the operating system's entropy.
    """

    parameters: int | None
    simulations: int | None


def fresh_seed() -> int:
    """Return a seed from the operating system's entropy, short enough to type again."""
    return secrets.randbits(48)


def check_seed(seed: Any) -> int:
    """Return the seed as an int, or raise if it is not a whole number from 0 to 2**63 - 1."""
    number = whole_number("seed", seed, "a whole number")
    if not 0 <= number <= LARGEST_SEED:
        raise bad_value("seed", seed, f"from 0 to {LARGEST_SEED}")
    return number


def seeds_of_sets(
    seed: int, model: str, file_index: int, n_sets: int, first_sampler_index: int | None = None
) -> list[SetSeeds]:
    """Return the seeds of the parameter sets of file `file_index`.

    Parameters
    ----------
    seed : int
        The run's seed.
    model : str
        The model's name.
    file_index, n_sets : int
        Which file of the run, and how many sets it has.
    first_sampler_index : int, optional
        Seed of the parameters of the first set, one more of each further set, to use instead of
        seeds derived from the run's (``pipeline.parameter_sampler_index_offset``).
    """
    start = words_of(seed)
    start += [0] * (POOL - len(start)) + words_of(file_index)
    entropy = np.empty((len(start) + 1, n_sets), np.uint32)
    entropy[:-1], entropy[-1] = np.array(start, np.uint32)[:, None], np.arange(n_sets)
    number = np.array(words_of(_number_of(model)), np.uint32)[:, None]
    entropy = np.concatenate([entropy, np.broadcast_to(number, (len(number), n_sets))])
    found = (states(entropy, 2) >> np.uint64(1)).tolist()
    if first_sampler_index is None:
        return [SetSeeds(*pair) for pair in found]
    return [SetSeeds(first_sampler_index + i, pair[1]) for i, pair in enumerate(found)]


@cache
def _number_of(model: str) -> int:
    """Return the number that stands for a model's name."""
    return int.from_bytes(hashlib.blake2b(model.encode(), digest_size=8).digest(), "little")


def first_draws(seeds: Sequence[int | None]) -> list[np.random.Generator]:
    """Return the generators of the first attempts, which are cheaper together."""
    if all(isinstance(seed, int) and 0 <= seed <= LARGEST_SEED for seed in seeds):
        return generators(seeds)  # type: ignore[arg-type]
    return [redraw(seed, 0) for seed in seeds]


def redraw(seed: int | None, attempt: int) -> np.random.Generator:
    """Return the generator of an attempt: 0 is the first, later ones follow a rejection.

    The first attempt uses ``numpy.random.default_rng(seed)``; see `first_draws`.
    """
    key = (attempt,) if attempt else ()
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
