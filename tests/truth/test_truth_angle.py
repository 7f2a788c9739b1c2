"""The angle model against its exact density, drawn one by one and from a table.

Over all comparisons here one false alarm in 10^4 runs is allowed; the seeds are fixed.
"""

import numpy as np
import pytest
from scipy import stats

from reference import angle
from ssms import Simulator
from ssms.config.catalogue import load

MAX_T = 20.0
BOUNDS = {"v": (-3, 3), "a": (0.3, 3), "z": (0.1, 0.9), "theta": (-0.1, 1.3)}
QUICK = [
    {"v": 0.5, "a": 1.2, "z": 0.4, "theta": 0.6},
    {"v": -1.5, "a": 0.7, "z": 0.8, "theta": 1.3},
    {"v": 0.02, "a": 1.0, "z": 0.5, "theta": -0.1},  # opens: part of the mass never exits
    {"v": 2.0, "a": 2.5, "z": 0.03, "theta": 0.2},
]
TESTS_PER_COMPARISON = 4
N_SETS = 50
THRESHOLD = 1e-4 / (2 * TESTS_PER_COMPARISON * (len(QUICK) + N_SETS) + 2)


@pytest.fixture(scope="module")
def simulator():
    return Simulator(load(("collapsing",))["angle"].config())


def distribution(theta, side):
    """Return a grid of times and the defective distribution function of exits at `side`."""
    k = np.tan(theta["theta"])
    last = min(MAX_T, theta["a"] / k) if k > 0 else MAX_T
    # dense at early times, where a start near the boundary leaves
    grid = last * np.linspace(0, 1, 200_001)[1:-1] ** 2
    start = theta["a"] * (2 * theta["z"] - 1)
    density = angle.density(grid, side, theta["v"], theta["a"], start, theta["theta"])
    steps = (density[1:] + density[:-1]) / 2 * np.diff(grid)
    return grid, np.concatenate([[0.0], np.cumsum(steps)])


def p_values(simulator, theta, method, n, seed):
    result = simulator.simulate({**theta, "t": 0.0}, n_samples=n, max_t=MAX_T, method=method,
                                random_state=seed, return_option="minimal")  # fmt: skip
    rts, choices = result["rts"][:, 0], result["choices"][:, 0]
    values = {}
    for side in (1, -1):
        grid, cumulative = distribution(theta, side)
        times = rts[(choices == side) & (rts > 0)]
        share = cumulative[-1]
        values[f"P({side})"] = stats.binomtest(times.size, n, min(share, 1.0)).pvalue
        if times.size > 1000:
            cdf = stats.kstest(times, lambda t, g=grid, c=cumulative: np.interp(t, g, c / c[-1]))
            values[f"KS({side})"] = cdf.pvalue
    return values


def assert_agrees(values):
    failed = {test: p for test, p in values.items() if p < THRESHOLD}
    assert not failed


@pytest.mark.parametrize("method", ["exact", "table"])
@pytest.mark.parametrize("theta", QUICK, ids=str)
def test_quick(simulator, theta, method):
    assert_agrees(p_values(simulator, theta, method, 200_000, seed=1))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["exact", "table"])
def test_training_bounds(simulator, method):
    rng = np.random.default_rng(7)
    pooled = []
    for seed in range(N_SETS):
        theta = {name: rng.uniform(*bounds) for name, bounds in BOUNDS.items()}
        values = p_values(simulator, theta, method, 1_000_000, seed)
        assert_agrees(values)
        pooled += [values["KS(1)"]] if "KS(1)" in values else []
    # what is too small to see in one set adds up over fifty
    assert stats.kstest(pooled, "uniform").pvalue > THRESHOLD


def test_a_law_too_narrow_for_a_table_is_drawn_one_by_one(simulator):
    theta = {"v": 10.0, "a": 4.0, "z": 0.5, "t": 0.0, "theta": 0.0}
    drawn = [
        simulator.simulate(theta, n_samples=3000, random_state=1, method=method)["rts"]
        for method in ("exact", "table")
    ]
    np.testing.assert_array_equal(*drawn)


def test_path_ends_on_the_boundary_at_the_response(simulator):
    for seed in range(20):
        theta = {"v": 0.3, "a": 1.0, "z": 0.5, "t": 0.2, "theta": 0.4}
        result = simulator.simulate(theta, n_samples=1, random_state=seed, delta_t=0.01)
        metadata = result["metadata"]
        path, boundary = metadata["trajectory"][:, 0], metadata["boundary"]
        end = int(np.argmax(path == -999.0)) - 1
        decision = float(result["rts"][0, 0]) - 0.2
        assert end == pytest.approx(decision / 0.01, abs=1)
        assert np.all(np.abs(path[:end]) <= boundary[:end] + 1e-6)
        height = 1.0 - np.tan(0.4) * decision
        assert path[end] == pytest.approx(result["choices"][0, 0] * height, abs=1e-4)
