"""What a simulation returns before it becomes a dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

__all__ = ["Samples"]


@dataclass(slots=True)
class Samples:
    """Response times and choices of one call.

    Attributes
    ----------
    rts, choices : ndarray, shape (n_samples * n_trials,)
        Sample-major: result i is sample i // n_trials of trial i % n_trials.
    n_samples, n_trials : int
        Numbers of samples and trials.
    max_t : float
        Longest decision time (seconds).
    metadata : dict
        How they were made.
    more : dict
        Further arrays, already in the shape in which they are returned.
    """

    rts: npt.NDArray[Any]
    choices: npt.NDArray[Any]
    n_samples: int
    n_trials: int
    max_t: float
    metadata: dict[str, Any]
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape in which arrays are returned: axes of length 1 are left out, but the last."""
        if self.n_trials == 1:
            return (self.n_samples, 1)
        if self.n_samples == 1 and self.n_trials > 1:
            return (self.n_trials, 1)
        return (self.n_samples, self.n_trials, 1)

    def as_dict(self) -> dict[str, Any]:
        """Return rts, choices, metadata and the further arrays."""
        shape = self.shape
        return {
            "rts": self.rts.reshape(shape),
            "choices": self.choices.reshape(shape),
            "metadata": self.metadata,
            **self.more,
        }
