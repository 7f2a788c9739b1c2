"""The joint law of response time and choice of the constant-boundary models, by quadrature.

The decision law averages the closed-form density over a uniform start (the normal drift is
already averaged in it); independent non-decision time is convolved; a deadline and max_t
turn late trials into omissions whose label is the sign of the position at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import log_ndtr, ndtr

from reference import wiener
from reference.piecewise import Piecewise, gauss_panels

SIDES = (-1, 1)


@dataclass(frozen=True)
class DecisionLaw:
    """Decision time and side: drift N(v, sv), start y0 + U(-half, half), boundaries -a and +a.

    A start outside the boundaries is a decision at time 0 for the side it lies on.
    """

    v: float
    a: float
    y0: float
    sv: float = 0.0
    start_halfwidth: float = 0.0
    s: float = 1.0

    @cached_property
    def starts(self):
        """Nodes and weights of the starts inside, in units of s; panels shrink to each boundary."""
        a, y0, half = self.a / self.s, self.y0 / self.s, self.start_halfwidth / self.s
        if half == 0:
            return np.array([y0]), np.array([1.0])
        low, high = max(y0 - half, -a), min(y0 + half, a)
        shrink = 2.0 ** -np.arange(1, 22)
        edges = np.concatenate([[low, high, 0.0], a - a * shrink, a * shrink - a])
        edges = np.unique(edges[(edges >= low) & (edges <= high)])
        nodes, weights = gauss_panels(edges)
        return nodes.ravel(), weights.ravel() / (2 * half)

    def atom(self, side):
        """Return the probability of a start beyond ``side``."""
        if self.start_halfwidth == 0:
            return 0.0
        beyond = side * self.y0 + self.start_halfwidth - self.a
        return max(beyond, 0.0) / (2 * self.start_halfwidth)

    @cached_property
    def edges(self):
        """Geometric panels from where nothing has left yet to where nothing is left."""
        a = self.a / self.s
        nearest = a - np.abs(self.starts[0]).max()
        # ratio 1.1: a tenth of the time is the narrowest that a density gets in these tests
        n = int(np.log(3240 * (a / nearest) ** 2) / 0.095)
        return np.geomspace(nearest**2 / 90, 36 * a**2, n)

    @cached_property
    def densities(self):
        """The density at each side as a piecewise polynomial."""

        def density(t, side):
            nodes, weights = self.starts
            args = side, self.v / self.s, self.a / self.s, nodes, self.sv / self.s
            parts = np.array_split(t, t.size * nodes.size // 200_000 + 1)  # to bound memory
            return np.concatenate([wiener.density(t[:, None], *args) @ weights for t in parts])

        return {s: Piecewise.fit(lambda t, side=s: density(t, side), self.edges) for s in SIDES}

    @cached_property
    def distributions(self):
        return {side: self.densities[side].integral() for side in SIDES}

    @cached_property
    def integrals(self):
        return {side: self.distributions[side].integral() for side in SIDES}

    def cdf(self, t, side):
        """Return P(decision time <= t, side)."""
        return self.distributions[side](t) + self.atom(side) * (np.asarray(t) >= 0)

    def cdf_integral(self, t, side):
        """Return the integral of `cdf` up to t."""
        return self.integrals[side](t) + self.atom(side) * np.maximum(t, 0)

    def probability(self, side):
        return float(self.distributions[side].right[0] + self.atom(side))

    def moment(self, power, sides=SIDES):
        nodes, weights = gauss_panels(self.edges)
        weights = weights * nodes**power
        return float(sum(np.sum(weights * self.densities[side](nodes)) for side in sides))

    def undecided(self, t, side):
        """Return P(not left by t, position on ``side``); before 0, the side of the start."""
        t = np.asarray(t, dtype=float)
        out = np.empty(t.shape)
        starts, weights = self.starts
        # a start exactly in the middle is a fair coin; one beyond a boundary lies on its side
        out[t <= 0] = (1 + side * np.sign(starts)) / 2 @ weights + self.atom(side)
        later = t[t > 0][:, None]
        args = self.v / self.s, self.a / self.s, np.tile(starts, (later.size, 1)).ravel()
        times = np.tile(later, (1, starts.size)).ravel()
        alive = wiener.undecided(times, side, *args, self.sv / self.s)
        out[t > 0] = alive.reshape(later.size, starts.size) @ weights
        return out


@dataclass(frozen=True)
class NonDecision:
    """Non-decision time: constant, uniform (half-width), normal, truncated_normal, rayleigh."""

    kind: str = "constant"
    location: float = 0.0
    scale: float = 0.0

    @property
    def support(self):
        reach = self.scale if self.kind == "uniform" else 9 * self.scale
        if self.kind == "rayleigh":
            return 0.0, reach
        low = self.location - reach
        return (max(low, 0.0) if self.kind == "truncated_normal" else low), self.location + reach

    def density(self, u):
        x = (u - self.location) / self.scale
        if self.kind == "uniform":
            return np.full_like(u, 1 / (2 * self.scale))
        if self.kind == "rayleigh":
            return u / self.scale**2 * np.exp(-((u / self.scale) ** 2) / 2)
        gauss = np.exp(-(x**2) / 2) / (self.scale * np.sqrt(2 * np.pi))
        kept = ndtr(self.location / self.scale) if self.kind == "truncated_normal" else 1.0
        return gauss / kept

    @property
    def mean_and_variance(self):
        if self.kind == "rayleigh":
            return self.scale * np.sqrt(np.pi / 2), (2 - np.pi / 2) * self.scale**2
        if self.kind == "truncated_normal":
            alpha = -self.location / self.scale
            hazard = np.exp(-(alpha**2) / 2 - log_ndtr(-alpha)) / np.sqrt(2 * np.pi)
            variance = self.scale**2 * (1 + alpha * hazard - hazard**2)
            return self.location + self.scale * hazard, variance
        factor = {"constant": 0, "uniform": 1 / 3, "normal": 1}[self.kind]
        return self.location, factor * self.scale**2

    def average(self, function, split):
        """Return E[function(N)] for each entry of ``split``, where the function has its kink."""
        low, high = self.support
        top = np.clip(split, low, high)
        # panels that shrink toward the kink from below; above it evenly spaced ones
        q = np.unique(np.concatenate([[0], 2.0 ** -np.arange(3, 24), np.linspace(0.125, 1, 8)]))
        nodes, weights = (x.ravel() for x in gauss_panels(q))
        total = 0.0
        for end in (low, high):
            u = top[:, None] + (end - top)[:, None] * nodes
            total += np.abs(end - top) * ((self.density(u) * function(u)) @ weights)
        return total


@dataclass(frozen=True)
class RTLaw:
    """Joint law of (rt, choice), with omissions at or after the deadline or max_t."""

    decision: DecisionLaw
    nondecision: NonDecision = NonDecision()
    deadline: float = np.inf
    max_t: float = np.inf

    def cdf(self, rt, side):
        """Return P(rt <= rt, responded, choice = side)."""
        law, ndt, limit = self.decision, self.nondecision, self.max_t
        end = min(self.deadline, ndt.support[1] + law.edges[-1])
        rt = np.minimum(np.atleast_1d(np.asarray(rt, dtype=float)), end)
        if ndt.kind == "constant" or ndt.scale == 0:
            return law.cdf(np.minimum(rt - ndt.location, limit), side)
        if ndt.kind == "uniform":

            def area(t):
                until = np.minimum(t, limit)
                flat = law.cdf(until, side) * np.maximum(t - until, 0)
                return law.cdf_integral(until, side) + flat

            ends = rt - ndt.location
            return (area(ends + ndt.scale) - area(ends - ndt.scale)) / (2 * ndt.scale)
        return ndt.average(lambda u: law.cdf(np.minimum(rt[:, None] - u, limit), side), rt)

    def probability(self, side):
        """Return P(responded, choice = side)."""
        return float(self.cdf(np.inf, side)[0])

    def omission(self, side):
        """Return P(omitted, label = side)."""
        law, ndt = self.decision, self.nondecision
        if np.isinf(self.deadline) and np.isinf(self.max_t):
            return 0.0

        def at(u):
            return law.undecided(np.minimum(self.deadline - u, self.max_t), side)

        if ndt.kind == "constant" or ndt.scale == 0:
            return float(at(np.array([ndt.location]))[0])
        if np.isinf(self.deadline):
            return float(law.undecided(np.array([self.max_t]), side)[0])
        return float(ndt.average(at, np.array([self.deadline]))[0])

    end = np.inf  # the law is known at all times

    @property
    def mean(self):
        return self.mean_and_variance[0]

    @property
    def mean_and_variance(self):
        """Mean and variance of rt where nothing is omitted."""
        mean, second = self.decision.moment(1), self.decision.moment(2)
        extra_mean, extra_variance = self.nondecision.mean_and_variance
        return mean + extra_mean, second - mean**2 + extra_variance
