"""``python -m benchmarks.limits``: samples without a response, and the slowest parameter sets.

For every model, parameter sets are drawn uniformly from its training bounds, and each is simulated
with ``max_t=20`` and without a limit of time (``max_t=None``).  Printed are the models in which
some samples have no response even then, with their shares; and for every model the median time of a
set and the slowest set, as multiples of that median at ``max_t=20``.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from benchmarks import table
from ssms import Simulator, models
from ssms.config import model_config
from ssms.dataset_generators.parameter_samplers import UniformParameterSampler, parameter_space

GOAL = 20.0
"""No set may take longer than so many times its model's median at ``max_t=20``."""


def seconds_of(simulator, theta, n_samples, **options):
    """Return the shorter of two processor times that a call takes, and its results."""
    times = []
    for _ in range(2):
        begin = time.process_time()
        results = simulator.simulate(
            theta, n_samples=n_samples, random_state=1, return_option="minimal", **options
        )
        times.append(time.process_time() - begin)
    return min(times), results


def measure(name, n_sets, n_samples, seed):
    """Return what happens in the training bounds of a model."""
    simulator = Simulator(name)
    config = model_config[name]
    constraints = config["parameter_transforms"]["sampling"]
    sampler = UniformParameterSampler(parameter_space(config), constraints)
    sets = sampler.sample(n_sets, np.random.default_rng(seed))
    limited, unlimited, omitted, omitted_20 = [], [], [], []
    for row in range(n_sets):
        theta = {parameter: float(column[row]) for parameter, column in sets.items()}
        seconds, results = seconds_of(simulator, theta, n_samples, max_t=20.0)
        limited.append(seconds)
        omitted_20.append(results.omitted.mean())
        seconds, results = seconds_of(simulator, theta, n_samples)
        unlimited.append(seconds)
        omitted.append(results.omitted.mean())
    usual = float(np.median(limited))
    slowest = int(np.argmax(unlimited))
    return {
        "model": name,
        "median": usual,
        "at 20 s": max(limited) / usual,
        "no limit": max(unlimited) / usual,
        "slowest": {k: round(float(v[slowest]), 3) for k, v in sets.items()},
        "omitted at 20 s": float(np.mean(omitted_20)),
        "omitted": float(np.mean(omitted)),
        "sets with omissions": float(np.mean(np.array(omitted) > 0)),
    }


def percent(share):
    """Return a share in words; "0" only where there is none."""
    return "0" if share == 0.0 else f"{100 * share:.3g} %"


def main(arguments=None):
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.limits", description=__doc__)
    parser.add_argument("--models", nargs="+", default=models(), metavar="NAME")
    parser.add_argument("--sets", type=int, default=200, help="of each model (default: 200)")
    parser.add_argument("--samples", type=int, default=1000, help="of each set (default: 1000)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    rows = []
    for name in given.models:
        if "softmax" not in name:  # which has no response time
            rows.append(measure(name, given.sets, given.samples, given.seed))
    print("Samples without a response\n")
    header = ["model", "omitted, max_t=20", "omitted, max_t=None", "sets with any"]
    keys = ["omitted at 20 s", "omitted", "sets with omissions"]
    kept = [r for r in rows if r["omitted"] > 0.0]
    print(table.markdown(header, [[r["model"], *(percent(r[k]) for k in keys)] for r in kept]))
    print("\nTime of a set, in multiples of the model's median at max_t=20\n")
    header = ["model", "median", "slowest, max_t=20", "slowest, max_t=None", "which"]
    print(
        table.markdown(
            header,
            [
                [
                    r["model"],
                    f"{1e3 * r['median']:.3g} ms",
                    f"{r['at 20 s']:.1f}" + ("" if r["at 20 s"] <= GOAL else f" (> {GOAL:g})"),
                    f"{r['no limit']:.1f}",
                    ", ".join(f"{k} {v:g}" for k, v in r["slowest"].items()),
                ]
                for r in sorted(rows, key=lambda r: -r["no limit"])
            ],
        )
    )


if __name__ == "__main__":
    main()
