"""Interleaved measurement of two sides: A B A B, a ratio for each pair, and their spread.

On a machine that is shared the same work takes half as long again at times, for seconds: in each
pair both sides are timed a few times, in turn, and the fastest of each counts.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from benchmarks.workloads import FIXATIONS, ONE_SET
from reference.models import random_sets

ENOUGH = 0.03  # seconds that a measurement should last, so that the clock does not matter
TURNS = 3  # of each side in a pair

# ru_maxrss is in KiB on Linux, in bytes on macOS
MEMORY_CODE = """
import psutil, resource, sys
from ssms import Simulator
simulator = Simulator(sys.argv[2])
theta = simulator.defaults
simulator.simulate(theta, n_samples=10_000, random_state=1)
unit = 1 if sys.platform == "darwin" else 1024
before = psutil.Process().memory_info().rss
result = simulator.simulate(theta, n_samples=int(sys.argv[1]), random_state=1)
arrays = sum(value.nbytes for key, value in result.items() if key != "metadata")
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
print((peak - before - arrays) / 2**20)
"""


@dataclass
class Measurement:
    """Times of both sides and the ratios of the pairs."""

    label: str
    detail: str
    entry: str
    target: float
    trials: int = 1
    ours: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def ratios(self):
        return [peer / ours for ours, peer in zip(self.ours, self.peer, strict=True)]

    def summary(self):
        """Return what the table and the JSON hold: medians, and the ratios' spread."""
        return {
            "label": self.label,
            "detail": self.detail,
            "entry": self.entry,
            "ours_seconds": median(self.ours),
            "peer_seconds": median(self.peer),
            "trials": self.trials,
            "ratio_min": min(self.ratios),
            "ratio_median": median(self.ratios),
            "ratio_max": max(self.ratios),
            "target": self.target,
            "reached": median(self.ratios) >= self.target,
            "ours_all": self.ours,
            "peer_all": self.peer,
        }


def parameter_sets(bounds, n_sets, rng):
    """Draw parameter sets as theta takes them: vectors, or numbers where there is one set."""
    sets = random_sets(bounds, n_sets, rng)
    return {name: x.tolist() if n_sets > 1 else float(x[0]) for name, x in sets.items()}


def fixations(n_trials, rng, most=8):
    """Return items and schedules of trials: up to 8 fixations, 0.6 s each on average."""
    onsets = np.cumsum(rng.gamma(6.0, 0.1, (n_trials, most - 1)), axis=1)
    return {
        "r1": rng.integers(1, 6, n_trials).tolist(),
        "r2": rng.integers(1, 6, n_trials).tolist(),
        "flag": rng.integers(0, 2, n_trials).tolist(),
        "sacc_array": np.concatenate([np.zeros((n_trials, 1)), onsets], axis=1).tolist(),
        "d": rng.integers(2, most + 1, n_trials).tolist(),
    }


def simulation(ours, peer, row, bounds, repetitions, seed):
    """Time one row; every repetition has parameter sets of its own, the same for both sides."""
    rng = np.random.default_rng([seed, row.n_sets, row.n_samples])
    trials = row.n_sets * row.n_samples
    label = f"{row.model}, {row.fields}" if row.fields else row.model
    result = Measurement(label, row.layout, row.entry, row.target, trials)
    for repetition in range(repetitions):
        theta = parameter_sets(bounds, row.n_sets, rng)
        more = {"extra_fields": fixations(row.n_sets, rng)} if row.fields == FIXATIONS else {}
        for side in (ours, peer):
            side.prepare(row.model, row.entry, theta, row.n_samples, **more)
        _add_pair(result, ours, peer, seed + 1000 * repetition)
    return result


def _add_pair(result, ours, peer, seed):
    """Time what both sides have prepared."""
    turns = [(_settled(ours, seed), _settled(peer, seed)) for _ in range(TURNS)]
    result.ours.append(min(mine for mine, _ in turns))
    result.peer.append(min(theirs for _, theirs in turns))


def euler(ours, peer, bounds, target, repetitions, seed):
    """Time ddm by steps of the same length on both sides, one set x 20,000."""
    rng = np.random.default_rng([seed, 3])
    label, n_sets, n_samples = ONE_SET
    result = Measurement("ddm, method euler", label, "Simulator.simulate", target, n_samples)
    for repetition in range(repetitions):
        theta = parameter_sets(bounds, n_sets, rng)
        ours.prepare("ddm", result.entry, theta, n_samples, method="euler")
        peer.prepare("ddm", result.entry, theta, n_samples)
        _add_pair(result, ours, peer, seed + 1000 * repetition)
    return result


def memory_above_results(python, n_trials, model):
    """Return the peak MiB of one call of a model above what was used before and the results."""
    done = subprocess.run(
        [python, "-c", MEMORY_CODE, str(n_trials), model],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def imports(ours, peer, module, target, repetitions):
    """Time an import in fresh interpreters, after one each to fill the disk cache."""
    ours.import_seconds(module), peer.import_seconds(module)
    result = Measurement(f"import {module}", "fresh interpreter", "", target)
    for _ in range(repetitions):
        result.ours.append(ours.import_seconds(module))
        result.peer.append(peer.import_seconds(module))
    return result


def two_threads(ours, model, bounds, least_seconds, target, repetitions, seed):
    """Time one thread (as the peer) against two of ours, on calls that one works on for a while."""
    rng = np.random.default_rng([seed, 2])
    sets = [parameter_sets(bounds, 1, rng) for _ in range(repetitions)]
    n_samples = _samples_that_last(ours, model, sets, least_seconds, seed)
    detail = f"1 set x {n_samples:,}"
    result = Measurement(model, detail, "Simulator.simulate", target, n_samples)
    for repetition, theta in enumerate(sets):
        times = {2: [], 1: []}
        for n_threads in (2, 1) * TURNS:
            ours.prepare(model, "Simulator.simulate", theta, n_samples, n_threads=n_threads)
            times[n_threads].append(_settled(ours, seed + repetition))
        result.ours.append(min(times[2]))
        result.peer.append(min(times[1]))
    return result


def _samples_that_last(ours, model, sets, least_seconds, seed):
    """Return how many samples, in millions, take one thread so long for each of the sets."""
    trial = 200_000
    shortest = np.inf
    for theta in sets:
        ours.prepare(model, "Simulator.simulate", theta, trial)
        shortest = min(shortest, ours.seconds(1, seed), ours.seconds(1, seed + 1))
    return int(np.ceil(least_seconds / shortest * trial / 1e6)) * 1_000_000


def two_processes(ours, other, model, bounds, n_samples, repetitions, seed):
    """Return how much more two processes side by side do in the same time than one, each time.

    No number of threads can do better than that: it is below 2 where the processors share units
    of computing, memory or a host with others.
    """
    theta = parameter_sets(bounds, 1, np.random.default_rng([seed, 4]))
    for side in (ours, other):
        side.prepare(model, "Simulator.simulate", theta, n_samples)
        side.seconds(1, seed)
    ratios = []
    for repetition in range(repetitions):
        alone, together = [], []
        for _ in range(TURNS):
            alone.append(ours.seconds(1, seed + repetition))
            for side in (ours, other):
                side.send("time", calls=1, seed=seed + repetition)
            together.append(max(side.answer()["seconds"] for side in (ours, other)))
        ratios.append(2 * min(alone) / min(together))
    return ratios


def _settled(side, seed):
    first = side.seconds(1, seed)
    if first >= ENOUGH:
        # a long call is its own average; the first one of a process is not worth more
        return first
    usual = side.seconds(max(1, min(100, int(ENOUGH / first))), seed + 1)
    return side.seconds(max(1, min(5000, int(ENOUGH / usual))), seed + 200)
