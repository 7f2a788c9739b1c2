"""What a simulation returns before it becomes a dictionary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

__all__ = ["Samples", "shape_of"]


def shape_of(n_samples: int, n_trials: int) -> tuple[int, ...]:
    """Return the shape of arrays of results: axes of length 1 are left out, but the last."""
    if n_trials == 1:
        return (n_samples, 1)
    if n_samples == 1 and n_trials > 1:
        return (n_trials, 1)
    return (n_samples, n_trials, 1)


@dataclass(slots=True)
class Samples:
    """Response times and choices of one call.

    Attributes
    ----------
    rts, choices : ndarray, of the shape that `shape_of` gives
        Sample-major: result i is sample i // n_trials of trial i % n_trials.
    n_samples, n_trials : int
        Numbers of samples and trials.
    max_t : float
        Longest decision time (seconds).
    metadata : dict
        How they were made.
    more : dict, optional
        Further arrays.
    """

    rts: npt.NDArray[Any]
    choices: npt.NDArray[Any]
    n_samples: int
    n_trials: int
    max_t: float
    metadata: dict[str, Any]
    more: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return rts, choices, metadata and the further arrays."""
        known = {"rts": self.rts, "choices": self.choices, "metadata": self.metadata}
        return {**known, **self.more} if self.more else known
