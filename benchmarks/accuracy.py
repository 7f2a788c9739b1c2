"""``python -m benchmarks.accuracy``: each method's error against exact laws, beside its cost.

Parameter sets are drawn from the training bounds; each is simulated by every method of this
package that applies to the model, and by the released package, and compared with what is known of
its law (tests/reference/laws.py).  No error can be seen below the noise of the sample, which the
table states.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

from benchmarks import machine, peer, table
from benchmarks.side import Side, SideError
from reference import agreement, laws
from reference.models import random_theta

METHODS = ("exact", "table", "bridge", "euler")
SMALL_STEPS = ("euler", "released")
MAX_T = 100.0  # hardly anything takes as long, but between boundaries that open
HEADER = ["model", "by", "mean rt: bias, ms", "P(choice): error", "KS distance", "cost per trial"]


def parser():
    """Return the parser of the command line."""
    out = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description="Compare simulations of this package and the released one with exact laws.",
    )
    out.add_argument("--peer", metavar="PYTHON", help=f"interpreter that has {peer.RELEASE}")
    out.add_argument(
        "--models", nargs="+", choices=laws.MODELS, default=list(laws.MODELS), metavar="NAME"
    )
    out.add_argument("--sets", type=int, default=8, help="parameter sets a model (default: 8)")
    out.add_argument(
        "--samples", type=int, default=1_000_000, help="trials a set (default: 1000000)"
    )
    out.add_argument(
        "--released-samples",
        type=int,
        default=100_000,
        help="the same for the slow ones, the released package and euler (default: 100000)",
    )
    out.add_argument("--seed", type=int, default=1)
    out.add_argument(
        "--output",
        type=Path,
        default=Path(tempfile.gettempdir()) / "ssms-accuracy.json",
        help="where the JSON goes (default: %(default)s)",
    )
    return out


def errors(side, model, theta, law, n, seed, folder, **arguments):
    """Return the errors of one sample of n trials, what noise alone would give, and the cost."""
    path = str(folder / "sample.npz")
    side.prepare(model, "simulator", theta, n, **arguments)
    seconds = side.ask("sample", seed=seed, path=path)["seconds"]
    with np.load(path) as sample:
        found = agreement.deviations(sample["rts"], sample["choices"], law)
    return {
        "theta": theta,
        "mean_rt": found.mean,
        "mean_rt_noise": found.mean_noise,
        "choice": abs(found.share[1]),
        "choice_noise": found.share_noise[1] * np.sqrt(2 / np.pi),
        "ks": found.ks,
        # mean of the Kolmogorov distribution; a little less for two choices taken jointly
        "ks_noise": 0.8687 / np.sqrt(n),
        "seconds": seconds / n,
    }


def available(ours, model, theta):
    """Return the methods that this package offers for the model."""
    methods = []
    for method in METHODS:
        with contextlib.suppress(SideError):
            ours.prepare(model, "simulator", theta, 10, method=method)
            ours.seconds(1, 0)
            methods.append(method)
    return methods


def compare(ours, released, model, options, folder):
    """Yield (by whom, list of errors over the parameter sets) for one model."""
    rng = np.random.default_rng([options.seed, zlib.crc32(model.encode())])
    bounds = ours.ask("bounds", model=model)
    sets = [laws.solvable(model, random_theta(bounds, rng)) for _ in range(options.sets)]
    known = [laws.law(model, theta) for theta in sets]
    runs = [(method, ours, {"method": method}) for method in available(ours, model, sets[0])]
    for by, side, arguments in [*runs, ("released", released, {})]:
        found = []
        for i, (theta, law) in enumerate(zip(sets, known, strict=True)):
            n, max_t = options.samples, MAX_T
            if by in SMALL_STEPS:
                # a little longer than needed: what is undecided then, the released package
                # returns as a response
                n, max_t = options.released_samples, min(law.end + 0.01, MAX_T)
            seed = options.seed + i
            found.append(errors(side, model, theta, law, n, seed, folder, max_t=max_t, **arguments))
        yield by, found


def cells(model, by, found):
    """Return a row of the table: averages over the parameter sets, noise in brackets."""

    def average(key):
        return float(np.mean([one[key] for one in found]))

    distance = "not known"
    if found[0]["ks"] is not None:
        distance = f"{average('ks'):.5f} (noise {average('ks_noise'):.5f})"
    bias_noise = np.sqrt(np.sum([one["mean_rt_noise"] ** 2 for one in found])) / len(found)
    return [
        model,
        by,
        f"{1e3 * average('mean_rt'):+.2f} ± {1e3 * bias_noise:.2f}",
        f"{average('choice'):.5f} (noise {average('choice_noise'):.5f})",
        distance,
        table.seconds(float(np.median([one["seconds"] for one in found]))),
    ]


def main(argv=None):
    """Print the table; return the exit code."""
    options = parser().parse_args(argv)
    lines, record, about = [], [], machine.describe()
    try:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            ours = stack.enter_context(Side("ours", sys.executable))
            released = stack.enter_context(Side("released", peer.find(options.peer)))
            for model in options.models:
                for by, found in compare(ours, released, model, options, folder):
                    lines.append(cells(model, by, found))
                    record.append({"model": model, "by": by, "sets": found})
                print(".", end="", file=sys.stderr, flush=True)
            print(file=sys.stderr)
            about = machine.sentence(about, ours.about, released.about)
    except (peer.PeerError, SideError) as error:
        print(f"accuracy: {error}", file=sys.stderr)
        return 2
    print(table.markdown(HEADER, lines))
    print("\n" + about)
    options.output.write_text(json.dumps({"about": about, "rows": record}, indent=1))
    print(f"Every error: {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
