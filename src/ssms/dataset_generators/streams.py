"""Which seed makes which parameter set of which file.

The content of a file is a function of (seed, configuration, file index): parameter set i of
file f has two seeds of its own, one for its parameters and one for its simulations, that no
number of threads and no order of completion can change.  The model's name is part of their key, so
that files of two models that have the same seed share no numbers.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ssms.checks import whole_number
from ssms.errors import bad_value

__all__ = ["LARGEST_SEED", "SetSeeds", "check_seed", "fresh_seed", "redraw", "seeds_of_set"]

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


def seeds_of_set(
    seed: int, model: str, file_index: int, set_index: int, sampler_index: int | None = None
) -> SetSeeds:
    """Return the seeds of parameter set `set_index` of file `file_index`.

    Parameters
    ----------
    seed : int
        The run's seed.
    model : str
        The model's name.
    file_index, set_index : int
        Which file of the run, and which set of the file.
    sampler_index : int, optional
        Seed of the parameters to use instead of one derived from the run's
        (``pipeline.parameter_sampler_index_offset``).
    """
    sequence = np.random.SeedSequence(seed, spawn_key=(file_index, set_index, _number_of(model)))
    parameters, simulations = (word >> 1 for word in sequence.generate_state(2, np.uint64).tolist())
    return SetSeeds(parameters if sampler_index is None else sampler_index, simulations)


@cache
def _number_of(model: str) -> int:
    """Return the number that stands for a model's name."""
    return int.from_bytes(hashlib.blake2b(model.encode(), digest_size=8).digest(), "little")


def redraw(seed: int | None, attempt: int) -> np.random.Generator:
    """Return the generator of an attempt: 0 is the first, later ones follow a rejection.

    The first attempt uses ``numpy.random.default_rng(seed)``.
    """
    key = (attempt,) if attempt else ()
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
