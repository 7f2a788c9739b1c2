"""Simulators and densities in a thread with a small stack, as musl and macOS give to threads."""

import subprocess
import sys

import pytest

SCRIPT = """\
import sys, threading
import numpy as np
from ssms import Simulator
from ssms.densities import cdf, logpdf
from ssms.errors import ConfigError

def middle(simulated):
    bounds = simulated.config["param_bounds_dict"].items()
    values = {}
    for name, (low, high) in bounds:
        high = values[high] if isinstance(high, str) else high
        values[name] = 0.5 * (low + high)
    return values

# One trial of a task with fixations: the density of the attention model is given them.
LOOKING = {"r1": 3.0, "r2": 1.0, "flag": 0, "sacc_array": np.array([[0.0, 0.4]]), "d": 2}

def work():
    for name in sys.argv[3:]:
        simulated = Simulator(name)
        theta, choice = middle(simulated), simulated.config["choices"][0]
        for method in ("auto", *sys.argv[2].split(",")):
            try:
                simulated.simulate(theta, n_samples=300, method=method, max_t=2.0, delta_t=0.01)
            except ConfigError:
                pass  # the model cannot be simulated by this method
        simulated.simulate(theta, n_samples=1, max_t=2.0, delta_t=0.01, random_state=1)
        more = {"max_t": 2.0, "extra_fields": LOOKING if name == "addm" else None}
        for rt in (1.0, -999.0):
            logpdf(name, theta, rt, choice, **more)
        logpdf(name, theta, 1.0, choice, accuracy="high", n_threads=2, **more)
        cdf(name, theta, 1.0, choice, **more)
    print("done")

threading.stack_size(int(sys.argv[1]))
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""
MODELS = (
    "ddm",  # closed form
    "full_ddm",  # quadrature; steps of the bridge
    "weibull",  # forward equation
    "conflict_ds",  # a drift that jumps
    "levy",
    "lba3",
    "race_no_bias_angle_4",  # reflected accumulators
    "ddm_par2_weibull_no_bias",  # levels of a cascade
    "ddm_seq2_weibull_no_bias",
    "ddm_mic2_adj",  # two-dimensional laws
    "tradeoff_no_bias",
    "conflict_stimflexrel1_leak2",  # evidence in two parts
    "addm",
)
METHODS = "exact,table,bridge,euler"
STACK = 256 * 1024


@pytest.mark.skipif(sys.platform == "win32", reason="the size of a thread's stack is a lower limit")
def test_a_thread_with_a_small_stack_simulates_and_solves():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(STACK), METHODS, *MODELS],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
