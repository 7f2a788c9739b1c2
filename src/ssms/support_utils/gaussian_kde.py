"""Kernel density of one sample on the line: Gaussian kernel, fast, and accurate in the tails too.

A sum over every sample for every point costs n·m exponentials.  For larger samples the kernel
sum is instead made once, on a grid of step h/16, and read off by interpolation:

* each sample is spread over eight grid points with Lagrange weights, which keeps its first seven
  moments (linear binning keeps one, and is off by u²/3,000 nats at u bandwidths from a sample);
* the grid is convolved with the kernel by plain additions: all terms count with full relative
  precision, so densities far below the maximum are as good as the maximum, which a Fourier
  transform, with an error relative to the maximum, cannot give;
* the density (not its logarithm, which has kinks) is interpolated, again with eight points.

The error relative to the sum is at most 0.002·(u/16)⁸ at u bandwidths from the nearest sample:
1e-6 at 6, 5e-5 at 10.  Beyond 10 bandwidths the sum itself is evaluated.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ssms.errors import bad_value
from ssms.support_utils.portable_math import exp, log

__all__ = ["GaussianKDE"]

Floats = NDArray[np.float64]

_CELLS_PER_BANDWIDTH = 16
_TRUSTED_REACH = 10.0  # bandwidths from the nearest sample within which the grid is used
# A sample beyond this counts at most exp(-(14² - 10²)/2), 1e-21, of the nearest one.
_KERNEL_REACH = 14
_NEGLIGIBLE = 45.0  # nats below the largest term, at which a term of the sum is left out
_LARGEST_DIRECT_SAMPLE = 64
_LARGEST_GRID = 1 << 20
_BLOCK = 8192  # samples at a time: their weights stay in the cache
_NODES = range(-3, 5)  # the eight grid points around a position between nodes 0 and 1
_SCALES = [1.0 / math.prod(i - j for j in _NODES if j != i) for i in _NODES]


def _lagrange_weights(position: Floats) -> list[Floats]:
    """Return the weights of `_NODES` in interpolation at `position`, in [0, 1)."""
    factors = [position - node for node in _NODES]
    before, after = [np.ones_like(position)], [np.ones_like(position)]
    for factor in factors[:-1]:
        before.append(before[-1] * factor)
    for factor in factors[:0:-1]:
        after.append(after[-1] * factor)
    return [
        low * high * scale for low, high, scale in zip(before, after[::-1], _SCALES, strict=True)
    ]


class GaussianKDE:
    """Gaussian kernel density estimate of a one-dimensional sample.

    Parameters
    ----------
    sample : array_like, (n,) or (n, 1)
        At least one finite number.
    bandwidth : float
        Standard deviation of the kernel; > 0.

    Attributes
    ----------
    sample_ : ndarray of float64, (n,)
    bandwidth : float

    Raises
    ------
    ParameterError
        For an empty or non-finite sample, or a bandwidth that is not a positive number.

    Examples
    --------
    >>> kde = GaussianKDE([0.0], bandwidth=1.0)
    >>> kde.score_samples([0.0]).round(4)
    array([-0.9189])
    """

    def __init__(self, sample: ArrayLike, bandwidth: float) -> None:
        self.sample_: Floats = np.asarray(sample, dtype=np.float64).ravel()
        self.bandwidth = float(bandwidth)
        if self.sample_.size == 0 or not np.isfinite(self.sample_).all():
            raise bad_value("sample", sample, "one or more finite numbers")
        if not (math.isfinite(self.bandwidth) and self.bandwidth > 0):
            raise bad_value("bandwidth", bandwidth, "a positive number")
        self._lowest, self._highest = float(np.min(self.sample_)), float(np.max(self.sample_))
        self._step = self.bandwidth / _CELLS_PER_BANDWIDTH
        self._margin = _CELLS_PER_BANDWIDTH * _KERNEL_REACH + len(_NODES)
        self._grid: tuple[Floats, NDArray[np.intp]] | None = None

    def __repr__(self) -> str:
        return f"GaussianKDE(n={self.sample_.size}, bandwidth={self.bandwidth:.6g})"

    def score_samples(self, x: ArrayLike, floor: ArrayLike = -np.inf) -> Floats:
        """Return the log density at `x`.

        Parameters
        ----------
        x : array_like, (m,) or (m, 1)
            Where to evaluate; finite.
        floor : float or array_like, (m,)
            A value certain to lie below its floor is returned as -inf and costs nothing.

        Returns
        -------
        ndarray of float64, (m,)
        """
        x = np.asarray(x, dtype=np.float64).ravel()
        if not self._uses_grid():
            return self._direct(x)
        density, occupied = self._density_on_grid()
        cell = self._cell(x)
        distance = self._distance_to_occupied(cell, occupied)
        near = distance <= _TRUSTED_REACH
        value = np.full(x.size, -np.inf)
        value[near] = log(self._interpolate(density, cell[near]))
        highest = -0.5 * np.square(np.maximum(distance - 2 / _CELLS_PER_BANDWIDTH, 0.0))
        far = ~near & (highest - self._log_norm(1) >= np.asarray(floor, dtype=np.float64))
        value[far] = self._direct(x[far])
        return value

    def sample(self, n: int, rng: np.random.Generator) -> Floats:
        """Return `n` draws from the estimate, (n,) float64."""
        chosen = self.sample_[rng.integers(self.sample_.size, size=n)]
        return chosen + self.bandwidth * rng.standard_normal(n)

    def _uses_grid(self) -> bool:
        # By the sample alone, so that a point's value does not depend on its company.
        if self.sample_.size <= _LARGEST_DIRECT_SAMPLE:
            return False
        return (self._highest - self._lowest) / self._step < _LARGEST_GRID

    def _log_norm(self, n: int) -> float:
        return float(log(n * self.bandwidth * math.sqrt(2.0 * math.pi)))

    def _direct(self, x: Floats) -> Floats:
        """Return the log of the kernel sum over all samples at `x`, (m,)."""
        value = np.empty(x.size)
        rows = max(1, _BLOCK // self.sample_.size)
        for start in range(0, x.size, rows):
            distance = (x[start : start + rows, None] - self.sample_) / self.bandwidth
            exponent = -0.5 * np.square(distance)
            largest = np.max(exponent, axis=1, keepdims=True)
            exponent -= largest
            terms, matters = np.zeros_like(exponent), exponent > -_NEGLIGIBLE
            terms[matters] = exp(exponent[matters])
            value[start : start + rows] = largest[:, 0] + log(terms.sum(axis=1))
        return value - self._log_norm(self.sample_.size)

    def _cell(self, x: Floats) -> Floats:
        """Return where `x` lies on the grid, in cells (not rounded)."""
        return (x - self._lowest) / self._step + self._margin

    def _density_on_grid(self) -> tuple[Floats, NDArray[np.intp]]:
        """Return the density at the grid's points, and the points next to a sample, sorted."""
        if self._grid is None:
            size = int(self._cell(np.array([self._highest]))[0]) + self._margin + 1
            mass, beside = np.zeros(size), np.zeros(size, dtype=np.intp)
            for start in range(0, self.sample_.size, _BLOCK):
                cell = self._cell(self.sample_[start : start + _BLOCK])
                base = cell.astype(np.intp)
                beside += np.bincount(base, minlength=size)
                for node, weight in zip(_NODES, _lagrange_weights(cell - base), strict=True):
                    mass += np.bincount(base + node, weights=weight, minlength=size)
            density = self._convolve(mass)
            density *= exp(-self._log_norm(self.sample_.size))
            self._grid = density, np.flatnonzero(beside)
        return self._grid

    @staticmethod
    def _convolve(mass: Floats) -> Floats:
        """Return the kernel sum on the grid; terms are added in one fixed order."""
        reach = _CELLS_PER_BANDWIDTH * _KERNEL_REACH
        kernel = exp(-0.5 * np.square(np.arange(reach + 1) / _CELLS_PER_BANDWIDTH))
        padded = np.pad(mass, reach)
        total: Floats = mass * kernel[0]
        both = np.empty_like(mass)
        for shift in range(1, reach + 1):
            left = padded[reach - shift : reach - shift + mass.size]
            right = padded[reach + shift : reach + shift + mass.size]
            np.add(left, right, out=both)
            both *= kernel[shift]
            total += both
        return total

    @staticmethod
    def _interpolate(density: Floats, cell: Floats) -> Floats:
        base = cell.astype(np.intp)
        value = np.zeros_like(cell)
        for node, weight in zip(_NODES, _lagrange_weights(cell - base), strict=True):
            value += weight * density[base + node]
        return value

    @staticmethod
    def _distance_to_occupied(cell: Floats, occupied: NDArray[np.intp]) -> Floats:
        """Return the distance to the nearest grid point next to a sample, in bandwidths."""
        after = np.searchsorted(occupied, cell)
        above = occupied[np.minimum(after, occupied.size - 1)]
        below = occupied[np.maximum(after - 1, 0)]
        cells: Floats = np.minimum(np.abs(cell - above), np.abs(cell - below))
        cells /= _CELLS_PER_BANDWIDTH
        return cells
