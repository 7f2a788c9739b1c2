"""Calls with values from all over the accepted ranges, and what comes of each.

``python tests/basic_simulators/fuzzing.py 10000`` makes so many calls and prints the poor ones.
"""

from __future__ import annotations

import collections
import contextlib
import signal
import sys
import time
import warnings

import numpy as np
import scipy.stats  # noqa: F401  some calls use it first: its import is no part of them

from ssms import Simulator, models
from ssms.errors import SsmsError

LARGEST = 9
"""Powers of ten up to which parameters are accepted, and down to which those near 0 are."""

N_SAMPLES = 100
PATIENCE = 600.0
"""A call is given up after so many seconds."""


class TooLongError(Exception):
    """A call was given up."""


@contextlib.contextmanager
def patience(seconds):
    """Give up what takes longer; kernels hear this as they hear Ctrl-C."""

    def give_up(*_):
        raise TooLongError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def value(bounds, rng):
    """Return a value of a parameter: inside its bounds, beside them, or far beyond."""
    low, high = bounds
    if isinstance(low, str) or isinstance(high, str):
        low, high = 0.0, 1.0
    how = rng.random()
    if how < 0.5:
        return rng.uniform(low, high)
    size = 10.0 ** (rng.uniform(-4, 4) if how < 0.9 else rng.uniform(-LARGEST, LARGEST))
    return size * (1.0 if low >= 0.0 else rng.choice([-1.0, 1.0]))


def draw_call(rng):
    """Return a model, its parameters, and the arguments of a call."""
    name = str(rng.choice(models())) + str(rng.choice(["", "_deadline"], p=[0.8, 0.2]))
    if "softmax" in name:
        name = name.removesuffix("_deadline")
    simulator = Simulator(name)
    theta = {p: float(value(b, rng)) for p, b in simulator.bounds.items()}
    if rng.random() < 0.2 and simulator._process.noise_names:
        theta[simulator._process.noise_names[0]] = 10.0 ** rng.uniform(-LARGEST, LARGEST)
    arguments = {
        "method": str(rng.choice(["auto", *simulator.methods])),
        "max_t": [None, 20.0, 10.0 ** rng.uniform(-9, 9)][rng.integers(3)],
        "delta_t": 10.0 ** rng.uniform(-9, 3),
        "no_noise": bool(rng.random() < 0.1),
        "return_option": str(rng.choice(["full", "minimal"])),
    }
    if rng.random() < 0.7:
        arguments["delta_t"] = 10.0 ** rng.uniform(-4, 0)
    return simulator, theta, arguments


def expected(simulator, theta, arguments):
    """Return how many seconds a call may take: 1, and more where steps or points were asked for."""
    max_t, delta_t = arguments["max_t"], arguments["delta_t"]
    seconds = 1.0
    if arguments["method"] == "euler":
        steps = min((1000.0 if max_t is None else max_t) / delta_t, 1e7)
        seconds += 4e-7 * steps * N_SAMPLES
    if arguments["return_option"] == "full":
        seconds += 2e-6 * min((20.0 if max_t is None else max_t) / delta_t, 2e6)
    return seconds


def outcome(simulator, theta, arguments, seed=1):
    """Return what came of a call, in a word, and the seconds that it took."""
    begin = time.process_time()
    try:
        with patience(PATIENCE), warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", UserWarning)  # of parameters that are unusual
            out = simulator.simulate(theta, n_samples=N_SAMPLES, random_state=seed, **arguments)
            seconds = time.process_time() - begin
            begin = time.process_time()
            shown = out["metadata"].get("trajectory", np.zeros(1))
            seconds = max(seconds, time.process_time() - begin)
    except SsmsError as error:
        return f"refused: {error}", time.process_time() - begin
    except TooLongError:
        return "given up", PATIENCE
    except Exception as error:
        return f"raised {error!r}", time.process_time() - begin
    if np.isnan(shown).any():
        return "nan in the path", seconds
    rt = out.rt[~out.omitted]
    lowest = -np.inf if "normal_st" in simulator.name else 0.0  # times of a normal may be negative
    if not (np.isfinite(rt) & ((rt >= lowest) | (rt == -1.0))).all():
        return "bad response times", seconds
    if not np.isin(out.choice[~out.omitted], simulator.choices).all():
        return "bad choices", seconds
    return "answered", seconds


def run(n_calls, seed):
    """Yield each call's number, what came of it, its seconds, and the call."""
    for i in range(n_calls):
        call = draw_call(np.random.default_rng([seed, i]))
        yield i, *outcome(*call), call


def main(n_calls, seed=1, slow=1.0):
    """Print calls that were slow, or came to something else than an answer or a refusal."""
    counts = collections.Counter()
    for i, what, seconds, (simulator, theta, arguments) in run(n_calls, seed):
        kind = what.split(":")[0]
        counts[kind] += 1
        late = seconds > slow * expected(simulator, theta, arguments)
        if late or kind not in ("answered", "refused"):
            shown = {name: float(f"{v:.4g}") for name, v in theta.items()}
            print(f"{i}: {what}, {seconds:.2f} s: {simulator.name} {shown} {arguments}", flush=True)
    print(dict(counts))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
