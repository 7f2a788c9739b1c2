"""The bridge to the core: what memory it takes, and what it refuses."""

import subprocess
import sys

import numpy as np
import pytest

from ssms import _core

PROCESS = _core.PROCESSES["diffusion"]
ROWS = {"start": 2, "ndt_location": 3}
THETA = np.array([[0.5], [1.0], [0.4], [0.3]])


def layout():
    roles = tuple(
        (row.number, 0, ROWS.get(name, -1), row.value, name in ROWS)
        for name, row in PROCESS.roles.items()
    )
    return _core.Layout(PROCESS.number, 1, 0, roles, (0, (1,), (1.0,)), (0, (0,), (0.0,)), 4)


def call(theta=THETA):
    return _core.Problem(layout(), theta, 1.0, 8, 20.0, 1, 0.001, False)


def sample(problem, begin, end, rts, choices):
    problem.sample(0, _core.BEST_ISA, begin, end, rts, choices, (), _core.CancelFlag())


def results(n=8):
    return np.full(n, np.nan, np.float32), np.zeros(n, np.int32)


def read_only(array):
    array.flags.writeable = False
    return array


def test_results_are_written_to_the_range_asked_for():
    rts, choices = results()
    sample(call(), 2, 5, rts, choices)
    assert np.isfinite(rts).tolist() == [False] * 2 + [True] * 3 + [False] * 3
    assert (choices != 0).tolist() == np.isfinite(rts).tolist()


@pytest.mark.parametrize(
    ("rts", "choices"),
    [
        (np.zeros(8), np.zeros(8, np.int32)),
        (np.zeros(8, np.int32), np.zeros(8, np.int32)),
        (np.zeros(8, np.float32), np.zeros(8, np.float32)),
        (np.zeros(8, np.float32), np.zeros(8, np.uint32)),
        (np.zeros(8, ">f4"), np.zeros(8, np.int32)),
        (np.zeros(16, np.float32)[::2], np.zeros(8, np.int32)),
        (np.zeros(7, np.float32), np.zeros(8, np.int32)),
        (np.zeros(8, np.float32), np.zeros(7, np.int32)),
        (read_only(np.zeros(8, np.float32)), np.zeros(8, np.int32)),
    ],
)
def test_other_memory_is_refused(rts, choices):
    with pytest.raises(ValueError):
        sample(call(), 0, 8, rts, choices)


@pytest.mark.parametrize(
    "theta", [THETA.astype(np.float32), THETA[:, 0], np.zeros((4, 6))[:, ::2], np.zeros((3, 1))]
)
def test_other_parameters_are_refused(theta):
    with pytest.raises(ValueError):
        call(theta)


def test_parameters_live_as_long_as_the_call():
    made = call(THETA.copy())
    others = [np.full((4, 1), np.nan) for _ in range(100)]  # would take the memory of the copy
    drawn = []
    for one in (made, call()):
        rts, choices = results()
        sample(one, 0, 8, rts, choices)
        drawn.append(rts)
    assert len(others) == 100
    np.testing.assert_array_equal(*drawn)


def test_calls_need_less_than_2_mb_of_stack():
    """Threads have less than the main thread, on musl for instance: see ssm.h."""
    work = """
import threading
import ssms
from ssms import densities

def call(name, methods, density=True):
    spec = ssms.model(name)
    theta = dict(zip(spec.params, spec.defaults.values()))
    for method in methods:
        result = ssms.Simulator(name).simulate(theta, 2000, method=method, random_state=1)
    if density:
        rt, choice = result.rt[:2, 0], result.choice[:2, 0]
        densities.logpdf(name, theta, rt, choice)
        densities.cdf(name, theta, rt, choice)

threading.stack_size(2 << 20)
for arguments in [
    ("ddm", ["exact", "table", "bridge", "euler"]),
    ("levy", ["euler"]),
    ("weibull", ["bridge", "euler"]),
    ("lca_4", ["bridge", "euler"], False),
    ("race_4", ["bridge", "euler"]),
    ("ddm_par2", ["exact", "table", "euler"]),
    ("ddm_seq2_weibull_no_bias", ["bridge", "euler"]),
    ("ddm_mic2_adj", ["bridge", "euler"]),
    ("tradeoff_weibull_no_bias", ["bridge", "euler"]),
    ("addm", ["bridge", "euler"], False),
]:
    thread = threading.Thread(target=call, args=arguments)
    thread.start()
    thread.join()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", work], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
