"""What is known exactly about each model with one accumulator: what samples are compared with.

A law has ``end`` (response times are looked at up to there), ``mean`` (of the smaller of response
time and end), ``probability(side)`` (of a response by then) and ``cdf(rt, side)``; where only side
and mean of the exit are known, ``cdf`` is None.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.interpolate import PchipInterpolator

from reference import angle, curves, exit_side, integral_equation, models
from reference.piecewise import Piecewise

STRAIGHT = ("angle", "angle_extended")
BENT = (
    "weibull",
    "weibull_cdf",
    "gamma_drift",
    "gamma_drift_angle",
    "conflict_ds",
    "conflict_ds_angle",
    "conflict_dsstimflex",
    "conflict_dsstimflex_angle",
    "conflict_stimflex",
    "conflict_stimflex_angle",
    "conflict_stimflexrel1",
    "conflict_stimflexrel1_angle",
    "conflict_stimflexrel1_leak",
    "conflict_stimflexrel1_leak2",
    "shrink_spot",
    "shrink_spot_extended",
    "shrink_spot_simple",
    "shrink_spot_simple_extended",
    "ornstein",
    "ornstein_angle",
)
JUMPING = ("levy", "levy_angle")
MODELS = (*models.MODELS, *STRAIGHT, *BENT, *JUMPING)

LONGEST = 60.0  # seconds; opening boundaries are never reached by some
NEARLY_ALL = 0.998


@dataclass(frozen=True)
class ExitLaw:
    """Distribution functions of decision times at both sides on a grid that begins at 0."""

    times: np.ndarray
    upper: np.ndarray
    lower: np.ndarray
    nondecision: float

    @cached_property
    def curves(self):
        # rounded, as slopes of a function that is almost 0 overflow
        sides = (1, self.upper), (-1, self.lower)
        return {side: PchipInterpolator(self.times, np.round(p, 14)) for side, p in sides}

    @property
    def end(self):
        return self.nondecision + self.times[-1]

    @property
    def mean(self):
        last = self.times[-1]
        return self.end - sum(float(curve.integrate(0, last)) for curve in self.curves.values())

    def cdf(self, rt, side):
        return self.curves[side](np.clip(rt - self.nondecision, 0, self.times[-1]))

    def probability(self, side):
        return float(self.curves[side](self.times[-1]))

    def until_nearly_all_have_left(self):
        """Return the same law with an earlier end, if there is one."""
        enough = int(np.searchsorted(self.upper + self.lower, NEARLY_ALL)) + 1
        first = slice(max(enough, 3))
        return replace(
            self, times=self.times[first], upper=self.upper[first], lower=self.lower[first]
        )


@dataclass(frozen=True)
class SideAndMean:
    """Where a process leaves, and when on average."""

    up: float
    mean: float
    end: float = np.inf
    cdf: None = None

    def probability(self, side):
        return self.up if side > 0 else 1 - self.up


def solvable(model, theta):
    """Return ``theta``, changed where the law of ``model`` is known for some parameters only."""
    if model in JUMPING:  # symmetric, between constant boundaries
        return theta | {"v": 0.0} | ({"theta": 0.0} if "theta" in theta else {})
    if model == "conflict_stimflexrel1_leak2":  # parts that leak alike are one process
        return theta | {"gd": theta["gt"]}
    return theta


def law(model, theta, s=1.0, mesh_size=1400):
    """Return what is known of ``model`` at ``theta``, which `solvable` leaves as it is.

    ``mesh_size`` is the number of steps of the integral equation, if it takes one.
    """
    if solvable(model, theta) != theta:
        raise ValueError(f"the law of {model} is not known at {theta}")
    start = theta["a"] * (2 * theta["z"] - 1) if "z" in theta else 0.0
    if model in STRAIGHT:
        return _straight(theta, start, s)
    if model in BENT:
        return _bent(model, theta, start, s, mesh_size)
    if model in JUMPING:
        mean = exit_side.levy_mean_time(theta["a"], start, theta["alpha"], s)
        up = exit_side.levy_probability_up(theta["a"], start, theta["alpha"])
        return SideAndMean(up, theta["t"] + mean)
    return models.law(model, theta, s)


def _straight(theta, start, s):
    a, slope = theta["a"] / s, np.tan(theta["theta"]) / s
    last = min(LONGEST, a / slope) if slope > 0 else LONGEST
    edges = np.geomspace((a - abs(start) / s) ** 2 / 90, last / 2, 150)
    edges = np.concatenate([[0], edges, np.linspace(last / 2, last, 60)[1:]])
    times = np.unique(edges[:-1, None] + np.diff(edges)[:, None] * np.linspace(0, 1, 9))

    def passed(side):
        args = theta["v"] / s, a, start / s, np.arctan(slope)
        return Piecewise.fit(lambda t: angle.density(t, side, *args), edges).integral()(times)

    return ExitLaw(times, passed(1), passed(-1), theta["t"]).until_nearly_all_have_left()


def _bent(model, theta, start, s, mesh_size):
    leak = theta.get("g", theta.get("gt", 0.0))
    # of two parts that leak alike, the sum is drawn to the start, and v is of no effect
    given = theta if "gt" not in theta else theta | {"v": leak * start}
    boundary, drift, jumps = curves.curves(model, given)
    return moving(boundary, drift, jumps, start, leak, s, theta["t"], mesh_size)


def moving(boundary, drift, jumps, start, leak=0.0, s=1.0, nondecision=0.0, mesh_size=1400):
    """Return the law between moving boundaries, of a drift that jumps at ``jumps``."""

    def solve(end, size, solver=integral_equation.extrapolated):
        breaks = tuple(jump for jump in jumps if jump < end)
        mesh = integral_equation.mesh(boundary, start, end, size, s, breaks=breaks)
        return ExitLaw(*solver(drift, boundary, start, mesh, leak, s), nondecision)

    # Without drift and leak a process is left with the probability exp(-pi^2/8 clock), about.
    grid = np.geomspace(1e-6, LONGEST, 100_000)
    clock = np.cumsum((s / np.maximum(boundary(grid), 1e-6)) ** 2 * np.diff(grid, prepend=0))
    latest = grid[min(np.searchsorted(clock, 8.0), grid.size - 1)]
    # A mesh should not lie where none is left.
    end = solve(latest, 300).until_nearly_all_have_left().times[-1]
    return solve(end, mesh_size)
