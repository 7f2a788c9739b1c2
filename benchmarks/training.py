"""Training data against the released package: parameter sets a second, and the whole command.

    python -m benchmarks.training --peer PYTHON                     # ddm: minutes
    python -m benchmarks.training --models ddm weibull --rounds 5

Both packages make training data of a likelihood network (1,000 rows a set) on one thread, in turn,
ours first in every other round.  The released package makes those of its default, a kernel density.
Ours makes the same (kde), and exact labels with and without filters and histograms.  Printed are
milliseconds a parameter set, the median ratio of the rounds with the least and the largest, and the
goal.  Times are those of the processor, so that other programs disturb them little.  The last row
is the command `ssms-generate` with its packaged configuration, start of Python included.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from functools import partial
from statistics import median

from benchmarks import peer

#: What ours makes, by name: type of label, and whether filters and histograms are on.
KINDS = {"kde": ("kde", 1), "exact": ("exact", 0), "exact, filters": ("exact", 1)}
#: Ratios to reach by kind and number of simulations; closed forms have higher ones.
GOALS = {"kde": (20, 60), "exact": (60, 200), "exact, filters": (0, 0)}
CLOSED_GOALS = {"kde": (20, 60), "exact": (150, 600), "exact, filters": (60, 150)}
CLOSED = ("ddm", "angle")
WITHOUT_LAW_GOALS = {"kde": (60, 100)}
COMMAND_GOAL = 40
N_SAMPLES = (1_000, 20_000)
SETS = {"ours": {1_000: 200, 20_000: 50}, "released": {1_000: 10, 20_000: 3}}

# Runs in both packages; the released one has no argument `seed`.
MAKE = """
import sys, tempfile, time, warnings
warnings.simplefilter("ignore")
from ssms.config import get_default_generator_config, model_config
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
model, n_samples, n_sets = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
kind, with_filters = sys.argv[4], int(sys.argv[5])
with tempfile.TemporaryDirectory() as folder:
    def seconds(n_sets):
        config = get_default_generator_config("lan")
        config["model"] = model
        config["pipeline"].update(n_parameter_sets=n_sets, n_subruns=1, n_cpus=1)
        config["simulator"]["n_samples"] = n_samples
        config["output"]["folder"] = folder
        config["estimator"]["type"] = kind
        if not with_filters:
            config["pipeline"]["simulation_filters"] = {}
            config["output"]["binned"] = []
        generator = TrainingDataGenerator(config, model_config[model])
        start = time.process_time()
        generator.generate_data_training(save=False)
        return time.process_time() - start
    seconds(1)  # what is compiled or tabulated at the first set
    print(seconds(n_sets) / n_sets)
"""


def seconds_a_set(python: str, who: str, model: str, n_samples: int, kind: str) -> float:
    """Return how long a package takes for a parameter set."""
    label, with_filters = KINDS[kind]
    arguments = [model, str(n_samples), str(SETS[who][n_samples]), label, str(with_filters)]
    done = subprocess.run(
        [python, "-c", MAKE, *arguments], check=True, capture_output=True, text=True
    )
    return float(done.stdout.split()[-1])


def seconds_of_command(python: str, who: str) -> float:
    """Return how long `ssms-generate` takes with its packaged configuration, on one CPU."""
    name = "ssms-generate" if who == "ours" else "generate"
    command = os.path.join(os.path.dirname(python), name)
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [command, "--output", folder],
            check=True,
            capture_output=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            preexec_fn=_one_cpu,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _one_cpu() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def measured(ours, released, rounds):
    """Return seconds of ours by kind and of the released package, one of each for each round."""
    found = {name: [] for name in (*ours, "released")}
    for number in range(rounds):
        turns = {**ours, "released": released}
        for name in turns if number % 2 == 0 else reversed(turns):
            found[name].append(turns[name]())
    return found


def show(label, goal, ours, released):
    """Print a row."""
    ratios = [theirs / own for own, theirs in zip(ours, released, strict=True)]
    print(
        f"{label:<44}{1e3 * median(ours):>9.2f}{1e3 * median(released):>12.1f}"
        f"{median(ratios):>8.0f}  ({min(ratios):.0f} - {max(ratios):.0f}){goal or '':>8}",
        flush=True,
    )


def has_law(model: str) -> bool:
    """Return whether exact labels of a model are possible."""
    from ssms.config import model_config
    from ssms.dataset_generators.estimator_builders import settle_estimator_type

    return settle_estimator_type({"type": "auto"}, model_config[model]) == "exact"


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", metavar="PYTHON", help=f"interpreter that has {peer.RELEASE}")
    parser.add_argument("--models", nargs="+", default=["ddm"])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    pythons = {"ours": sys.executable, "released": peer.find(options.peer)}
    print(f"{'':<44}{'ours, ms':>9}{'release, ms':>12}{'ratio':>8}{'goal':>18}")
    for model in options.models:
        goals = CLOSED_GOALS if model in CLOSED else GOALS if has_law(model) else WITHOUT_LAW_GOALS
        for which, n_samples in enumerate(N_SAMPLES):
            kinds = [kind for kind in KINDS if kind == "kde" or has_law(model)]
            ours = {
                kind: partial(seconds_a_set, pythons["ours"], "ours", model, n_samples, kind)
                for kind in kinds
            }
            released = partial(
                seconds_a_set, pythons["released"], "released", model, n_samples, "kde"
            )
            found = measured(ours, released, options.rounds)
            for kind in kinds:
                label = f"{model}, {n_samples:,} simulations a set, {kind}"
                show(label, goals[kind][which], found[kind], found["released"])
    ours = {"command": partial(seconds_of_command, pythons["ours"], "ours")}
    released = partial(seconds_of_command, pythons["released"], "released")
    found = measured(ours, released, options.rounds)
    show("ssms-generate, 100 sets", COMMAND_GOAL, found["command"], found["released"])


if __name__ == "__main__":
    main()
