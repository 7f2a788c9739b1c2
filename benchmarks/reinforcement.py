"""``python -m benchmarks.reinforcement --peer PYTHON``: participants who learn, ours and released.

Each measurement is a process of its own that simulates once, to warm up, and then several times;
the fastest counts.  Both sides take turns, and each pair gives a ratio.  A second table has the
times of our assembled functions, in Python and, where it is installed, in JAX.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from statistics import median

import numpy as np

from benchmarks import peer, table

PRESET = "2AB_RW_Angle"
TARGET = 50.0
TURNS = 2
CASES = [(200, 20, "generative"), (200, 20, "ppc")]
HEADER = ["trials x participants", "mode", "ours", "released", "ratio (min - max)", "target"]
FUNCTIONS_HEADER = ["function of one participant, 200 trials", "first call", "next calls"]

CODE = """
import json, sys, time
from ssms.rl import Simulator, preset
name, n_trials, n_participants, mode, turns, seed = json.loads(sys.argv[1])
model = preset.get(name)
simulator = Simulator(model)
theta = dict(zip(model.list_params, model.params_default))
arguments = {"n_trials": n_trials, "n_participants": n_participants}
observed = simulator.simulate(theta, random_state=seed, **arguments)
if mode == "ppc":
    arguments = {"mode": "ppc", "observed_data": observed}
times = []
for turn in range(turns):
    begin = time.perf_counter()
    simulator.simulate(theta, random_state=seed + turn, **arguments)
    times.append(time.perf_counter() - begin)
print(json.dumps(min(times)))
"""


def seconds(python, case, seed):
    """Return the seconds of one simulation in an interpreter of its own."""
    arguments = json.dumps([PRESET, *case, TURNS, seed])
    environment = dict(os.environ)
    if python != sys.executable:
        # what this process found through PYTHONPATH must not shadow the peer's own package
        environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [python, "-W", "ignore", "-c", CODE, arguments],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment,
    )
    return float(json.loads(done.stdout.splitlines()[-1]))


def simulations(released, repetitions):
    """Yield a row of the table, and whether it reaches the target, for each case."""
    for case in CASES:
        pairs = [
            (seconds(sys.executable, case, seed), seconds(released, case, seed))
            for seed in range(repetitions)
        ]
        ratios = [theirs / ours for ours, theirs in pairs]
        n_trials, n_participants, mode = case
        row = [
            f"{n_trials} x {n_participants}",
            mode,
            table.seconds(median(ours for ours, _ in pairs)),
            table.seconds(median(theirs for _, theirs in pairs)),
            f"{median(ratios):.3g} ({min(ratios):.3g} - {max(ratios):.3g})",
            f"{TARGET:g}x",
        ]
        yield row, median(ratios) >= TARGET


def functions():
    """Yield a row for each backend: the first call, which JAX compiles, and the next ones."""
    from ssms.rl import preset

    rng = np.random.default_rng(1)
    trials = np.column_stack(
        [np.full(200, 0.2), np.full(200, 2.0), rng.choice([-1, 1], 200), rng.random(200)]
    )
    for backend in ("python", "jax"):
        try:
            function = preset.get(PRESET).assemble(backend).assemble_participant_fn()
        except ValueError as error:
            print(f"no {backend}: {error}", file=sys.stderr)
            continue
        times = []
        for _ in range(20):
            begin = time.perf_counter()
            np.asarray(function(trials))
            times.append(time.perf_counter() - begin)
        yield [backend, table.seconds(times[0]), table.seconds(median(times[1:]))]


def main(argv=None):
    """Print the tables; return 0 if every simulation reaches the target."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--peer", metavar="PYTHON", help=f"interpreter that has {peer.RELEASE}")
    options.add_argument("--repetitions", type=int, default=3)
    arguments = options.parse_args(argv)
    try:
        released = peer.find(arguments.peer)
    except peer.PeerError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    rows = list(simulations(released, arguments.repetitions))
    print(table.markdown(HEADER, [row for row, _ in rows]) + "\n")
    print(table.markdown(FUNCTIONS_HEADER, list(functions())))
    return 0 if all(reached for _, reached in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main())
