"""``python -m benchmarks``: one table of ratios to the released package, and a JSON beside it."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median

from tqdm.auto import tqdm

from benchmarks import machine, measure, peer, table, workloads
from benchmarks.kept import Kept
from benchmarks.side import Side, SideError

HEADER = ["what", "workload", "through", "ours", "released", "ratio (min - max)"]
HEADER += ["target", "short by"]
THREADS_HEADER = ["what", "workload", "through", "2 threads", "1 thread", *HEADER[5:]]


def parser():
    """Return the parser of the command line."""
    out = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time this package against the released one, in turn, and print the ratios.",
    )
    out.add_argument(
        "--peer",
        metavar="PYTHON",
        help=f"interpreter that has {peer.RELEASE} (default: ${peer.VARIABLE}, "
        "else the environment that --setup-peer made)",
    )
    out.add_argument(
        "--setup-peer",
        action="store_true",
        help=f"make an environment with {peer.RELEASE} in {peer.default_folder()} and use it",
    )
    out.add_argument("--models", nargs="+", metavar="NAME", help="only these models")
    out.add_argument("--repetitions", type=int, default=7, help="pairs of a row (default: 7)")
    out.add_argument(
        "--seed", type=int, default=1, help="of parameter sets and trials (default: 1)"
    )
    out.add_argument(
        "--output",
        type=Path,
        default=Path(tempfile.gettempdir()) / "ssms-benchmarks.json",
        help="where the JSON goes, row by row (default: %(default)s)",
    )
    out.add_argument(
        "--resume", action="store_true", help="take the rows that --output has from there"
    )
    return out


def against_released(ours, released, narrow, models, bounds, repetitions, seed):
    """Return what measures each row of the first table, by the name of the row.

    Method euler is measured with vectors no wider than its goal says.
    """
    rows = {
        f"import {module}": partial(
            measure.imports, ours, released, module, workloads.IMPORT_GOAL, repetitions
        )
        for module in workloads.IMPORTS
    }
    for row in workloads.rows(models):
        rows[str(row)] = partial(
            measure.simulation, ours, released, row, bounds[row.model], repetitions, seed
        )
    if "ddm" in models:
        rows["method euler"] = partial(
            measure.euler, narrow, released, bounds["ddm"], workloads.EULER_GOAL, repetitions, seed
        )
    return rows


def against_one_thread(ours, models, bounds, repetitions, seed):
    """Return what measures each row of the second table, by the name of the row."""
    how = workloads.TWO_THREADS_SECONDS, workloads.TWO_THREADS_GOAL
    pairs = repetitions * workloads.TWO_THREADS_PAIRS
    return {
        f"{model}, two threads": partial(
            measure.two_threads, ours, model, bounds[model], *how, pairs, seed
        )
        for model in models
    }


def side_by_side(ours, other, repetitions, seed):
    """Return what two processes do in the time of one, as often as the rows of two threads."""
    model, n_samples = workloads.TWO_PROCESSES
    bounds, repetitions = ours.ask("bounds", model=model), repetitions * workloads.TWO_THREADS_PAIRS
    return measure.two_processes(ours, other, model, bounds, n_samples, repetitions, seed)


def cells(summary):
    """Return a row of the table as text."""
    target = f"{summary['target']:g}x"
    short = 1 - summary["ratio_median"] / summary["target"]
    per = summary["trials"]
    return [
        summary["label"],
        summary["detail"],
        summary["entry"],
        table.seconds(summary["ours_seconds"] / per) + ("/trial" if per > 1 else ""),
        table.seconds(summary["peer_seconds"] / per) + ("/trial" if per > 1 else ""),
        f"{summary['ratio_median']:.3g} ({summary['ratio_min']:.3g} - {summary['ratio_max']:.3g})",
        target,
        "" if summary["reached"] else f"{100 * short:.0f} %",
    ]


def summarized(rows, kept):
    """Return the summaries of rows, with a progress bar on standard error."""
    return [
        kept.get(name, lambda measured=measured: measured().summary())
        for name, measured in tqdm(rows.items(), unit="row")
    ]


def chosen_models(ours, released, asked):
    """Return the models that have goals and that both sides have; refuse unknown names."""
    known = workloads.all_models()
    unknown = sorted(set(asked or []) - set(known))
    if unknown:
        raise SideError(f"no goal is known for {', '.join(unknown)}; known: {', '.join(known)}")
    both = set(ours.about["models"]) & set(released.about["models"])
    return [model for model in asked or known if model in both]


def main(argv=None):
    """Run the benchmarks; return the exit code."""
    options = parser().parse_args(argv)
    if options.repetitions < 1:
        parser().error(f"--repetitions must be at least 1, got {options.repetitions}")
    about = machine.describe()
    try:
        python = peer.set_up() if options.setup_peer else peer.find(options.peer)
        with contextlib.ExitStack() as stack:
            ours = stack.enter_context(Side("ours", sys.executable))
            released = stack.enter_context(Side("released", python))
            models = chosen_models(ours, released, options.models)
            bounds = {model: ours.ask("bounds", model=model) for model in models}
            how = models, bounds, options.repetitions, options.seed
            asked = {"repetitions": options.repetitions, "seed": options.seed}
            kept = Kept(options.output, asked, options.resume)
            narrow = stack.enter_context(
                Side("ours by steps", sys.executable, SSMS_SIMD=workloads.EULER_SIMD)
            )
            summaries = summarized(against_released(ours, released, narrow, *how), kept)
            threads = summarized(against_one_thread(ours, *how), kept)
            other = stack.enter_context(Side("ours again", sys.executable))
            ceiling = side_by_side(ours, other, *how[2:])
    except (peer.PeerError, SideError, ValueError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    print(table.markdown(HEADER, [cells(summary) for summary in summaries]) + "\n")
    print(table.markdown(THREADS_HEADER, [cells(summary) for summary in threads]))
    print(
        "\nTwo processes side by side, of one thread each, do "
        f"{median(ceiling):.3g} ({min(ceiling):.3g} - {max(ceiling):.3g}) times the work of one "
        f"({workloads.TWO_PROCESSES[0]}): what two threads can reach at best"
    )
    mebibytes = {
        model: measure.memory_above_results(sys.executable, workloads.MEMORY_TRIALS, model)
        for model in workloads.MEMORY_MODELS
        if model in models
    }
    print(
        f"\nPeak memory of {workloads.MEMORY_TRIALS:,} trials, above the results: "
        + ", ".join(f"{model} {peak:.1f} MiB" for model, peak in mebibytes.items())
        + f" (target: under {workloads.MEMORY_GOAL})"
    )
    print("\n" + machine.sentence(about, ours.about, released.about))
    absent = [model for model in workloads.all_models() if model not in ours.about["models"]]
    if absent and not options.models:
        print(f"With a goal, not in this version: {', '.join(absent)}")
    kept.add(machine=about, ours=ours.about, released=released.about)
    kept.add(memory_mebibytes=mebibytes, two_processes=ceiling)
    print(f"Every measurement: {options.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
