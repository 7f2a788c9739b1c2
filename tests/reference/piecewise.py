"""A function on adjacent panels, as Legendre polynomials that can be integrated exactly."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import legendre

ORDER = 16
NODES, WEIGHTS = legendre.leggauss(ORDER)
# values at the Gauss nodes -> Legendre coefficients (discrete orthogonality)
_PROJECTION = legendre.legvander(NODES, ORDER - 1) * WEIGHTS[:, None] * (np.arange(ORDER) + 0.5)


def gauss_panels(edges):
    """Return nodes and weights of composite Gauss-Legendre quadrature over ``edges``."""
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    return middle[:, None] + half[:, None] * NODES, half[:, None] * WEIGHTS


class Piecewise:
    """Zero left of the first edge, polynomial on each panel, a straight line after the last."""

    def __init__(self, edges, coefficients, right=(0.0, 0.0)):
        self.edges, self.coefficients, self.right = edges, coefficients, right

    @classmethod
    def fit(cls, function, edges):
        """Interpolate ``function`` (vectorised) at the Gauss nodes of every panel."""
        nodes, _ = gauss_panels(edges)
        return cls(edges, function(nodes.ravel()).reshape(nodes.shape) @ _PROJECTION)

    def integral(self):
        """Return the integral from the first edge."""
        half = np.diff(self.edges) / 2
        coefficients = legendre.legint(self.coefficients, axis=1, lbnd=-1) * half[:, None]
        ends = np.cumsum(coefficients.sum(axis=1))  # every Legendre polynomial is 1 at 1
        coefficients[1:, 0] += ends[:-1]
        return Piecewise(self.edges, coefficients, right=(ends[-1], self.right[0]))

    def __call__(self, t):
        t = np.asarray(t, dtype=float)
        out = np.empty(t.shape)
        for chunk in np.array_split(np.arange(t.size), t.size // 200_000 + 1):
            out.flat[chunk] = self._evaluate(t.flat[chunk])
        return out

    def _evaluate(self, t):
        panel = np.clip(np.searchsorted(self.edges, t, side="right") - 1, 0, len(self.edges) - 2)
        low, high = self.edges[panel], self.edges[panel + 1]
        x = np.clip((2 * t - low - high) / (high - low), -1, 1)
        value = legendre.legval(x, self.coefficients[panel].T, tensor=False)
        after = self.right[0] + self.right[1] * (t - self.edges[-1])
        return np.where(t < self.edges[0], 0.0, np.where(t > self.edges[-1], after, value))
