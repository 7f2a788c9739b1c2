"""Kernel density of one sample on the line, cut to an interval: Gaussian kernel, fast.

The core makes the sum over all kernels once, on a grid, and reads values off by interpolation
(``csrc/kde``).  The error relative to the sum is below 1e-6 up to 6 bandwidths from the nearest
sample, and 5e-5 at most.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ssms import _kde
from ssms.engine.execution import simd_path
from ssms.errors import ParameterError, bad_value
from ssms.support_utils.portable_math import exp, log

__all__ = ["GaussianKDE", "bandwidth_silverman"]

Floats = NDArray[np.float64]


def bandwidth_silverman(
    sample: ArrayLike = (0, 0, 0),
    std_cutoff: float = 1e-3,
    std_proc: str = "restrict",
    std_n_1: float = 10.0,
) -> np.float64:
    """Return Silverman's bandwidth, (4 / (3n))^(1/5) times the standard deviation.

    Parameters
    ----------
    sample : array_like, (n,)
        The sample; log seconds where `LogKDE` calls it.
    std_cutoff : float, default 1e-3
        Smallest standard deviation to trust.
    std_proc : {"restrict", "kill"}, default "restrict"
        Treatment of a smaller one: it is raised to `std_cutoff`, or set to 0.
    std_n_1 : float, default 10.0
        Standard deviation to assume for a sample of one.

    Returns
    -------
    float64
        The bandwidth, in the unit of the sample.

    Raises
    ------
    ParameterError
        For an empty sample or an unknown `std_proc`.

    References
    ----------
    Silverman (1986), Density Estimation for Statistics and Data Analysis, eq. 3.28.

    Examples
    --------
    >>> round(float(bandwidth_silverman([1.0, 2.0, 3.0])), 4)
    0.6943
    """
    values = np.asarray(sample, dtype=np.float64).ravel()
    if values.size == 0:
        raise ParameterError("sample is empty: a bandwidth needs at least one value")
    if std_proc not in ("restrict", "kill"):
        raise bad_value("std_proc", std_proc, "'restrict' or 'kill'")
    if values.size == 1:
        std = float(std_n_1)
    else:
        std = float(np.std(values))
        if std < std_cutoff:
            std = float(std_cutoff) if std_proc == "restrict" else 0.0
    # The fifth root by exp and log: pow differs in its last bit between C libraries.
    return np.float64(exp(log(4.0 / (3.0 * values.size)) / 5.0) * std)


class GaussianKDE:
    """Gaussian kernel density estimate of a one-dimensional sample.

    Parameters
    ----------
    sample : array_like, (n,) or (n, 1)
        At least one finite number.
    bandwidth : float
        Standard deviation of the kernel; > 0.
    support : tuple of float, default (-inf, inf)
        Where the density is positive.  It is cut at these two numbers, and scaled so that it
        integrates to 1 between them.  No sample may lie outside.

    Attributes
    ----------
    sample_ : ndarray of float64, (n,)
    bandwidth : float
    support : tuple of float

    Raises
    ------
    ParameterError
        For an empty or non-finite sample, a bandwidth that is not a positive number, or a sample
        outside the support.

    Examples
    --------
    >>> GaussianKDE([0.0], bandwidth=1.0).score_samples([0.0]).round(4)
    array([-0.9189])
    >>> GaussianKDE([0.0], bandwidth=1.0, support=(0.0, np.inf)).score_samples([0.0, -0.1]).round(4)
    array([-0.2258,    -inf])
    """

    def __init__(
        self,
        sample: ArrayLike,
        bandwidth: float,
        support: tuple[float, float] = (-math.inf, math.inf),
    ) -> None:
        self.sample_: Floats = np.ascontiguousarray(sample, dtype=np.float64).reshape(-1)
        self.bandwidth = float(bandwidth)
        self.support = (float(support[0]), float(support[1]))
        if self.sample_.size == 0 or not np.isfinite(self.sample_).all():
            raise bad_value("sample", sample, "one or more finite numbers")
        if not (math.isfinite(self.bandwidth) and self.bandwidth > 0):
            raise bad_value("bandwidth", bandwidth, "a positive number")
        lowest, highest = float(self.sample_.min()), float(self.sample_.max())
        if not (self.support[0] <= lowest and highest <= self.support[1]):
            raise bad_value("support", support, f"an interval around [{lowest:g}, {highest:g}]")
        n_grid = _kde.grid_size(self.sample_.size, lowest, highest, self.bandwidth)
        total, work = np.empty(n_grid), np.empty(n_grid)
        beside = np.empty(n_grid, dtype=np.int32)
        self._density = _kde.Density(
            simd_path(), self.sample_, self.bandwidth, lowest, total, beside, work
        )
        self._log_mass = float(log(self._density.mass(*self.support)))

    def __repr__(self) -> str:
        return f"GaussianKDE(n={self.sample_.size}, bandwidth={self.bandwidth:.6g})"

    def __reduce__(self) -> tuple[Any, ...]:
        return GaussianKDE, (self.sample_, self.bandwidth, self.support)

    def score_samples(self, x: ArrayLike, floor: ArrayLike = -np.inf) -> Floats:
        """Return the log density at `x`.

        Parameters
        ----------
        x : array_like, (m,) or (m, 1)
            Where to evaluate; finite.
        floor : float or array_like, (m,)
            A value certain to lie below its floor is returned as -inf, and costs less.

        Returns
        -------
        ndarray of float64, (m,)
            -inf outside the support.
        """
        at = np.ascontiguousarray(x, dtype=np.float64).reshape(-1)
        inside = (at >= self.support[0]) & (at <= self.support[1])
        floors = np.where(inside, np.asarray(floor, dtype=np.float64) + self._log_mass, np.inf)
        value = np.empty(at.size)
        self._density.log_density(at, floors, value)
        value[~inside] = -np.inf
        value -= self._log_mass
        return value

    def sample(self, n: int, rng: np.random.Generator) -> Floats:
        """Return `n` draws from the estimate, (n,) float64, all of them within the support."""
        draws = self._uncut(n, rng)
        while (outside := (draws < self.support[0]) | (draws > self.support[1])).any():
            draws[outside] = self._uncut(int(outside.sum()), rng)
        return draws

    def _uncut(self, n: int, rng: np.random.Generator) -> Floats:
        chosen = self.sample_[rng.integers(self.sample_.size, size=n)]
        return chosen + self.bandwidth * rng.standard_normal(n)
