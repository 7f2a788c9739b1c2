"""``python -m benchmarks.accuracy``: each method's error against exact laws, beside its cost.

Parameter sets are drawn from the training bounds; each is simulated by every method of this
package that applies to the model, and by the released package, and compared with what is known of
its law (tests/reference/laws.py).  No error can be seen below the noise of the sample, which the
table states.

With ``--aimed``, the sets lie where stepped models are hard (tests/reference/aimed.py), and the
table shows how likely such distances are by chance; with ``--wide``, they lie far outside the
training bounds.  Each model is written to ``--output`` when it is done, and ``--resume`` goes on
from there.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import zlib
from functools import partial
from pathlib import Path

import numpy as np
from scipy import stats
from tqdm.auto import tqdm

from benchmarks import machine, peer, table
from benchmarks.kept import Kept
from benchmarks.side import Side, SideError
from reference import agreement, aimed, laws
from reference.agreement import OMITTED
from reference.models import random_theta

METHODS = ("exact", "table", "bridge", "euler")
SMALL_STEPS = ("euler", "released")
ASKED = ("aimed", "wide", "sets", "samples", "released_samples", "seed")  # results depend on them
MAX_T = 100.0  # hardly anything takes as long, but between boundaries that open
MESHES, MESH_ERROR = (1400, 700), 1e-4
REPEATED = 10  # sets with the least p-values, which are simulated again
FEW, SLOW = 50, 1.0  # a set whose 50th part takes so many seconds is left at that
AIMED_HEADER = ["model", "sets", "least p", "largest distance", "cost per trial: median", "most"]
HEADER = ["model", "by", "mean rt: bias, ms", "P(choice): error", "KS distance", "cost per trial"]


def parser():
    """Return the parser of the command line."""
    out = argparse.ArgumentParser(
        prog="python -m benchmarks.accuracy",
        description="Compare simulations of this package and the released one with exact laws.",
    )
    known = list(dict.fromkeys((*laws.MODELS, *aimed.STEPPED)))
    out.add_argument("--peer", metavar="PYTHON", help=f"interpreter that has {peer.RELEASE}")
    out.add_argument(
        "--models", nargs="+", choices=known, default=known, metavar="NAME", help="default: all"
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
        "--aimed",
        action="store_true",
        help="hard sets of the stepped models by method bridge alone, and their p-values",
    )
    out.add_argument(
        "--wide",
        action="store_true",
        help="the same for sets and noises far outside the training bounds, of diffusions",
    )
    out.add_argument(
        "--plot", type=Path, help="where a figure of the p-values of --aimed or --wide goes"
    )
    out.add_argument(
        "--output",
        type=Path,
        default=Path(tempfile.gettempdir()) / "ssms-accuracy.json",
        help="where the JSON goes (default: %(default)s)",
    )
    out.add_argument(
        "--resume", action="store_true", help="take the models that --output has from there"
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
    """Return the errors at the parameter sets of one model, by method, ours and the released."""
    rng = np.random.default_rng([options.seed, zlib.crc32(model.encode())])
    bounds = ours.ask("bounds", model=model)
    sets = [laws.solvable(model, random_theta(bounds, rng)) for _ in range(options.sets)]
    known = [laws.law(model, theta) for theta in sets]
    runs = [(method, ours, {"method": method}) for method in available(ours, model, sets[0])]
    errors_by = {}
    for by, side, arguments in [*runs, ("released", released, {})]:
        found = errors_by[by] = []
        for i, (theta, law) in enumerate(zip(sets, known, strict=True)):
            n, max_t = options.samples, MAX_T
            if by in SMALL_STEPS:
                # a little longer than needed: what is undecided then, the released package
                # returns as a response
                n, max_t = options.released_samples, min(law.end + 0.01, MAX_T)
            seed = options.seed + i
            found.append(errors(side, model, theta, law, n, seed, folder, max_t=max_t, **arguments))
    return errors_by


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


def law_of_two_meshes(model, theta, noise):
    """Return a law; far outside the bounds, a mesh may be too coarse for the integral equation."""
    law, coarse = (laws.law(model, theta, noise, mesh_size=size) for size in MESHES)
    at = law.times[:: law.times.size // 100]
    errors_at = [np.abs(law.cdf(at, side) - coarse.cdf(at, side)) for side in agreement.SIDES]
    if np.max(errors_at) > MESH_ERROR:
        raise np.linalg.LinAlgError("two meshes differ")
    return law


def aim(ours, model, theta, n, seed, folder, noise=None):
    """Return distance, p-value and cost of n samples of one set; of fewer, if they are slow."""
    path = str(folder / "sample.npz")
    more = {"extra_fields": aimed.FIXATIONS} if model == "addm" else {}
    if noise is not None:
        more["sigma_noise"] = noise
    law = aimed.law(model, theta) if noise is None else law_of_two_meshes(model, theta, noise)

    def sample(size):
        ours.prepare(model, "simulator", theta, size, method="bridge", max_t=MAX_T, **more)
        return ours.ask("sample", seed=seed, path=path)["seconds"]

    slow = noise is not None and sample(n // FEW) > SLOW
    n = n // FEW if slow else n
    seconds = sample(n)
    with np.load(path) as arrays:
        rts, choices = arrays["rts"], arrays["choices"]
        distance = aimed.distance(rts, choices, law, np.unique(choices[rts != OMITTED]))
    p = aimed.p_value(distance, n)
    found = {"theta": theta, "distance": distance, "p": p, "seconds": seconds / n, "samples": n}
    return found if noise is None else found | {"noise": noise}


def aim_at_many(ours, model, options, folder):
    """Return parameter sets, distances, p-values and costs of one model's hard sets."""
    # models that share seeds share uniform numbers, and so deviations
    own = zlib.crc32(model.encode()) % 2**31 + 1000 * options.seed
    rng = np.random.default_rng([options.seed, zlib.crc32(model.encode())])
    bounds = ours.ask("bounds", model=model)
    found = []
    for i in range(options.sets):
        theta, noise = aimed.wide_set(bounds, rng) if options.wide else (None, None)
        theta = aimed.solvable(model, theta or aimed.aimed_set(bounds, rng))
        try:
            found.append(aim(ours, model, theta, options.samples, own + i, folder, noise))
        except np.linalg.LinAlgError:  # far outside the bounds the integral equation may fail
            print(f"\naccuracy: no law of {model} at {theta}, left out", file=sys.stderr)
    return found


def repeat_worst(ours, rows, options, folder):
    """Return (model, new result) of the sets of the least p-values, with other seeds."""
    found = [(model, one) for model, sets in rows.items() for one in sets]
    worst = sorted(found, key=lambda pair: pair[1]["p"])[:REPEATED]
    n, seed = 4 * options.samples, 1000 * options.seed
    return [
        (model, aim(ours, model, one["theta"], n, seed + i, folder, one.get("noise")))
        for i, (model, one) in enumerate(worst)
    ]


def aimed_cells(model, found):
    """Return a row of the table of hard sets."""
    costs = [one["seconds"] for one in found]
    return [
        model,
        str(len(found)),
        f"{min(one['p'] for one in found):.1e}",
        f"{max(one['distance'] for one in found):.5f}",
        table.seconds(float(np.median(costs))),
        table.seconds(max(costs)),
    ]


def plot_p_values(p, path):
    """Write a figure of the sorted p-values against what they would be by chance."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot(xscale="log", yscale="log")
    expected = (np.arange(len(p)) + 0.5) / len(p)
    axes.plot(expected, expected, color="0.7")
    axes.plot(expected, np.sort(p), ".")
    axes.set(xlabel="p-value by chance", ylabel="p-value", title=f"{len(p)} parameter sets")
    figure.savefig(path)


def aimed_sweep(options, kept):
    """Print the table of hard sets; return the exit code."""
    known = aimed.DIFFUSIONS if options.wide else aimed.STEPPED
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = stack.enter_context(Side("ours", sys.executable))
        rows = {
            model: kept.get(model, partial(aim_at_many, ours, model, options, folder))
            for model in tqdm([name for name in options.models if name in known], unit="model")
        }
        again = repeat_worst(ours, rows, options, folder)
    p = np.array([one["p"] for found in rows.values() for one in found])
    print(table.markdown(AIMED_HEADER, [aimed_cells(*row) for row in rows.items()]))
    uniform = stats.kstest(p, "uniform").pvalue
    print(f"\n{p.size} sets, {options.samples} samples each; least p {p.min():.1e}; p-values are")
    print(f"uniform with p = {uniform:.2g}. The {len(again)} worst again, with other seeds")
    print("and four times the samples: p", ", ".join(f"{one['p']:.2g}" for _, one in again))
    print(f"Every set: {options.output}")
    kept.add(about=machine.describe(), again=again)
    if options.plot:
        plot_p_values(p, options.plot)
    return 0


def main(argv=None):
    """Print the table; return the exit code."""
    options = parser().parse_args(argv)
    asked = {name: getattr(options, name) for name in ASKED}
    try:
        kept = Kept(options.output, asked, options.resume)
    except ValueError as error:
        parser().error(str(error))
    if options.aimed or options.wide:
        return aimed_sweep(options, kept)
    lines, about = [], machine.describe()
    try:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            ours = stack.enter_context(Side("ours", sys.executable))
            released = stack.enter_context(Side("released", peer.find(options.peer)))
            for model in tqdm([name for name in options.models if name in laws.MODELS]):
                found = kept.get(model, partial(compare, ours, released, model, options, folder))
                lines += [cells(model, by, sets) for by, sets in found.items()]
            about = machine.sentence(about, ours.about, released.about)
    except (peer.PeerError, SideError) as error:
        print(f"accuracy: {error}", file=sys.stderr)
        return 2
    print(table.markdown(HEADER, lines))
    print("\n" + about)
    kept.add(about=about)
    print(f"Every error: {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
