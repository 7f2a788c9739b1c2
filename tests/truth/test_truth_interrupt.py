"""Ctrl-C stops whatever is computed at once, with any number of threads; Python stays usable."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

CHILD = """
import signal, sys, time
import numpy as np
from ssms import Simulator
from ssms.basic_simulators.simulator import simulator

# where pytest was started in the background it is ignored
signal.signal(signal.SIGINT, signal.default_int_handler)
ddm = {"v": 0.0, "a": 2.0, "z": 0.45, "t": 0.3}

def draw(model, theta, **options):
    source = Simulator(model)
    options = {"random_state": 1, "return_option": "minimal", **options}
    return source.simulate({**source.defaults, **theta}, **options)

def exact(): draw("ddm", ddm, n_samples=10**9, method="exact")
def threads(): draw("ddm", ddm, n_samples=10**9, n_threads=2)
def table(): draw("ddm", ddm, n_samples=10**9, method="table")
def euler(): draw("ddm", ddm, n_samples=10**6, method="euler", delta_t=1e-4)
def euler_race(): draw("lca_4", {}, n_samples=10**6, method="euler", delta_t=1e-4)
def bridge(): draw("weibull", {}, n_samples=10**9)
def few_long_samples():  # of the most steps that are allowed
    draw("ddm", {**ddm, "a": 1e4}, n_samples=200, method="euler", delta_t=1e-3, max_t=9999.0)
def levels(): draw("tradeoff_no_bias", {}, n_samples=10**8)
def gaze(): draw("addm", {}, n_samples=10**8)
def ballistic(): draw("lba3", {}, n_samples=10**9)
def metadata_of_a_race(): show("lca_4", {"a": 1e4}, delta_t=1e-4, max_t=199.0)
def metadata_of_levels():
    show("ddm_mic2_ornstein_weibull_no_bias", {"a": 1e3, "alpha": 1.5, "beta": 1e3}, delta_t=1e-5,
         max_t=19.0)
def show(model, theta, **options):  # a path is drawn with the metadata
    results = draw(model, theta, n_samples=1, method="euler", return_option="full", **options)
    print("ready", flush=True)
    results.metadata
def densities():
    from ssms import densities
    theta = np.random.default_rng(1).uniform([-1, 0.5, 0.3, 0.3, 1, 1], [1, 2, 0.7, 0.4, 3, 3],
                                             (10**5, 6))
    print("ready", flush=True)
    densities.logpdf("weibull", theta, rt=np.full(10**5, 1.5), choice=np.ones(10**5, int))
def likelihood():
    from ssms.likelihoods.likelihood import Likelihood
    op, data = Likelihood("weibull"), np.tile([1.5, 1.0], (10**5, 1))
    theta = np.random.default_rng(1).uniform([-1, 0.5, 0.3, 0.3, 1, 1], [1, 2, 0.7, 0.4, 3, 3],
                                             (10**5, 6))
    print("ready", flush=True)
    op.value_and_gradient(data, *theta.T)
def kernel_density():
    from ssms.support_utils.kde_class import LogKDE
    kde = LogKDE(draw("ddm", ddm, n_samples=60, return_option="full"))  # too few for a grid
    times = np.full(2 * 10**7, 1.5)
    print("ready", flush=True)
    kde.kde_eval({"rts": times, "choices": np.ones(times.size, int)})

name = sys.argv[1]
try:
    if name not in ("densities", "likelihood", "kernel_density", "metadata_of_a_race",
                    "metadata_of_levels"):
        print("ready", flush=True)
    globals()[name]()
except KeyboardInterrupt:
    print("stopped", flush=True)
    again = simulator([0.5, 1.0, 0.5, 0.3], model="ddm", n_samples=10, random_state=1)
    print("usable", again["rts"].shape, flush=True)
"""

CALLS = ["exact", "threads", "table", "euler", "euler_race", "bridge", "few_long_samples", "levels"]
CALLS += ["gaze", "ballistic", "densities", "likelihood", "kernel_density"]
CALLS += ["metadata_of_a_race", "metadata_of_levels"]


def processor_time(pid):
    return sum(psutil.Process(pid).cpu_times()[:2])


def seconds_to_stop(call):
    """Start a call, interrupt it, check that Python goes on.

    Returns how long it took, in time of the processors and by the clock; the first depends little
    on the other work of the machine.
    """
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, call],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout.readline() == "ready\n", child.stderr.read()
        time.sleep(0.7)  # well into the work
        assert child.poll() is None, child.stderr.read()
        sent, used = time.monotonic(), processor_time(child.pid)
        child.send_signal(signal.SIGINT)
        line = child.stdout.readline()
        elapsed, used = time.monotonic() - sent, processor_time(child.pid) - used
        assert line == "stopped\n", child.stderr.read()
        assert child.stdout.readline() == "usable (10, 1)\n"
    finally:
        child.kill()
        child.communicate()
    return used, elapsed


@pytest.mark.parametrize("call", CALLS)
def test_interrupt_returns_within_a_second(call):
    used, elapsed = seconds_to_stop(call)
    assert used < 1.0
    assert elapsed < 30.0
