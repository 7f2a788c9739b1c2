"""`numpy.random.SeedSequence` for many seeds at once, to the bit.

A SeedSequence and its generator take 8 µs, and a parameter set of a closed form needs three of
them: a tenth of its time.  The algorithm is O'Neill's (2015, "Developing a seed_seq alternative"),
which NumPy guarantees not to change.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISpawnableSeedSequence
from numpy.typing import NDArray

__all__ = ["POOL", "generators", "states", "words_of"]

POOL = 4  # words of 32 bits in which the entropy is mixed; shorter entropy ends with zeros
_STATE = 4  # words of 64 bits from which PCG64 begins
_MASK = 2**32 - 1
_ENTROPY, _OUTPUT = (0x43B0D7E5, 0x931E8875), (0x8B51F9DD, 0x58F38DED)  # constants, their factors
_LEFT, _RIGHT, _SHIFT = np.uint32(0xCA01F9DD), np.uint32(0x4973F715), np.uint32(16)

Words = NDArray[np.uint32]


def words_of(number: int) -> list[int]:
    """Return a number >= 0 in words of 32 bits, the lowest first."""
    words = [number & _MASK]
    while number := number >> 32:
        words.append(number & _MASK)
    return words


def states(entropy: Words, n: int) -> NDArray[np.uint64]:
    """Return ``SeedSequence.generate_state(n, numpy.uint64)`` of T sequences.

    Parameters
    ----------
    entropy : ndarray of uint32, shape (W, T)
        Their assembled entropy: words of the seed, at least four where a spawn key follows, and of
        each number of the spawn key; W >= 4.
    n : int
        Numbers of each.

    Returns
    -------
    ndarray of uint64, shape (T, n)
    """
    constants = _powers(*_ENTROPY, POOL * len(entropy) + 1)
    pool, used = _hashed(entropy[:POOL], constants[: POOL + 1]), POOL
    for source in range(len(entropy)):
        to = [i for i in range(POOL) if i != source]
        word = pool[source] if source < POOL else entropy[source]
        hashed = _hashed(word, constants[used : used + len(to) + 1])
        mixed = _LEFT * pool[to] - _RIGHT * hashed
        pool[to] = mixed ^ (mixed >> _SHIFT)
        used += len(to)
    found = _hashed(pool[np.arange(2 * n) % POOL], _powers(*_OUTPUT, 2 * n + 1)).astype(np.uint64)
    return np.ascontiguousarray((found[0::2] | found[1::2] << np.uint64(32)).T)


def _hashed(words: Words, constants: Words) -> Words:
    hashed = (words ^ constants[:-1]) * constants[1:]
    return hashed ^ (hashed >> _SHIFT)


@cache
def _powers(first: int, factor: int, n: int) -> Words:
    """Return a column of n constants, each the one before times a factor."""
    numbers = [first * pow(factor, k, 2**32) & _MASK for k in range(n)]
    return np.array(numbers, np.uint32)[:, None]


class _Prepared(ISpawnableSeedSequence):
    """The sequence of a seed, from which PCG64 begins with numbers that are known."""

    def __init__(self, seed: int, state: NDArray[np.uint64]) -> None:
        self._seed, self._state = seed, state

    @cached_property
    def _usual(self) -> np.random.SeedSequence:
        return np.random.SeedSequence(self._seed)

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
        if n_words == _STATE and dtype is np.uint64:
            return self._state
        return self._usual.generate_state(n_words, dtype)

    def spawn(self, n_children: int) -> Any:
        return self._usual.spawn(n_children)


def generators(seeds: Sequence[int]) -> list[np.random.Generator]:
    """Return ``numpy.random.default_rng(seed)`` of each seed, from 0 to 2**64 - 1."""
    numbers = np.array(seeds, np.uint64)
    entropy = np.zeros((POOL, len(seeds)), np.uint32)
    entropy[0], entropy[1] = numbers & np.uint64(_MASK), numbers >> np.uint64(32)
    made = zip(seeds, states(entropy, _STATE), strict=True)
    sequences: list[Any] = [_Prepared(*one) for one in made]
    return [np.random.Generator(np.random.PCG64(sequence)) for sequence in sequences]
