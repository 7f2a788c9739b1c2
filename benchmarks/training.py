"""Training data against the released package: parameter sets a second, and the whole command.

    python -m benchmarks.training --peer PYTHON              # ddm: minutes
    python -m benchmarks.training --models ddm weibull --rounds 5

Both packages make the default training data of a likelihood network (1,000 rows a set) on one
thread, in turn, ours first in every other round.  Printed are milliseconds a parameter set and the
ratio of the two, the median of the rounds with the least and the largest.  The last row is the
command `ssms-generate` with its packaged configuration, start of Python included.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from statistics import median

from benchmarks import peer

GOALS = {1_000: 20, 20_000: 60}
COMMAND_GOAL = 40
SETS = {"ours": {1_000: 300, 20_000: 100}, "released": {1_000: 10, 20_000: 3}}

# Runs in both packages; the released one has no argument `seed`.
MAKE = """
import sys, tempfile, time, warnings
warnings.simplefilter("ignore")
from ssms.config import get_default_generator_config, model_config
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
model, n_samples, n_sets = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with tempfile.TemporaryDirectory() as folder:
    def seconds(n_sets):
        config = get_default_generator_config("lan")
        config["model"] = model
        config["pipeline"].update(n_parameter_sets=n_sets, n_subruns=1, n_cpus=1)
        config["simulator"]["n_samples"] = n_samples
        config["output"]["folder"] = folder
        generator = TrainingDataGenerator(config, model_config[model])
        start = time.perf_counter()
        generator.generate_data_training(save=False)
        return time.perf_counter() - start
    seconds(1)  # what is compiled or tabulated at the first set
    print(seconds(n_sets) / n_sets)
"""


def seconds_a_set(python: str, who: str, model: str, n_samples: int) -> float:
    """Return how long a package takes for a parameter set."""
    arguments = [model, str(n_samples), str(SETS[who][n_samples])]
    command = [python, "-c", MAKE, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def seconds_of_command(python: str, who: str) -> float:
    """Return how long `ssms-generate` takes with its packaged configuration, on one CPU."""
    name = "ssms-generate" if who == "ours" else "generate"
    command = os.path.join(os.path.dirname(python), name)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run(
            [command, "--output", folder],
            check=True,
            capture_output=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            preexec_fn=_one_cpu,
        )
        return time.perf_counter() - start


def _one_cpu() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def compare(label, goal, measure, pythons, rounds):
    """Measure both packages in turn, and print a row."""
    found = {"ours": [], "released": []}
    for number in range(rounds):
        for who in ("ours", "released") if number % 2 == 0 else ("released", "ours"):
            found[who].append(measure(pythons[who], who))
    ratios = [theirs / ours for ours, theirs in zip(*found.values(), strict=True)]
    ours, theirs = (1e3 * median(values) for values in found.values())
    print(
        f"{label:<32}{ours:>10.2f}{theirs:>12.1f}{median(ratios):>9.0f}"
        f"  ({min(ratios):.0f} - {max(ratios):.0f}){goal:>8}",
        flush=True,
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", metavar="PYTHON", help=f"interpreter that has {peer.RELEASE}")
    parser.add_argument("--models", nargs="+", default=["ddm"])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    pythons = {"ours": sys.executable, "released": peer.find(options.peer)}
    print(f"{'':<32}{'ours, ms':>10}{'release, ms':>12}{'ratio':>9}{'goal':>18}")
    for model in options.models:
        for n_samples, goal in GOALS.items():
            compare(
                f"{model}, {n_samples:,} simulations a set",
                goal,
                lambda python, who, m=model, n=n_samples: seconds_a_set(python, who, m, n),
                pythons,
                options.rounds,
            )
    compare("ssms-generate, 100 sets", COMMAND_GOAL, seconds_of_command, pythons, options.rounds)


if __name__ == "__main__":
    main()
