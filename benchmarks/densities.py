"""``python -m benchmarks.densities``: accuracy and cost of densities, beside PyDDM if it is there.

Errors are density-weighted means of |log f - log f_ref| (nats); the reference is the integral
equation of tests/reference, extrapolated.  Times are of the calling thread: the median of 30 ms of
calls (three readings at least), the least of some turns; with ``--pyddm FOLDER`` (made by
``pip install --target FOLDER pyddm``) the two take turns.  "us an rt" is what a response time adds
to the solution of its set.

The second table is the cost of the log densities of 1,000 trials, with parameters of their own and
of one set, beside HSSM's own likelihood of ``ddm`` (if HSSM is there; compiled by PyTensor) and a
network of the size of HSSM's (three layers of 100 units, tanh, float32, by NumPy; one thread with
the environment variable OPENBLAS_NUM_THREADS=1).
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import ssms
from benchmarks import table
from reference import density_equation
from reference.curves import curves
from ssms import densities

TURNS = 7
A_WHILE = 0.03  # seconds of calls, at least three readings
A_READING = 0.001
MANY = 5000  # response times
N_TRIALS = 1000
TRIAL_HEADER = ["model", "own parameters, us", "shared", "HSSM's own", "a network"]
BOUNDARY = {"alpha": 3.0, "beta": 3.0}
CONFLICT = {"tinit": 2.0, "dinit": 2.0, "tslope": 2.0, "dslope": 2.0, "tfixedp": 3.0,
            "tcoh": 0.5, "dcoh": -0.5}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A model, its parameters, and the decision time up to which it is compared."""

    model: str
    theta: dict[str, float]
    end: float


CASES = [
    Case("weibull", {"v": 1.0, "a": 1.5, "z": 0.5, "alpha": 3.0, "beta": 1.5}, 1.4),
    Case("weibull", {"v": 0.8, "a": 1.0, "z": 0.4, "alpha": 2.5, "beta": 3.0}, 2.5),
    Case("gamma_drift", {"v": 0.5, "a": 1.5, "z": 0.5, "shape": 5.0, "scale": 0.3, "c": 1.3}, 5.0),
    Case("conflict_ds", {"v": 0.3, "a": 2.0, "z": 0.5} | CONFLICT, 5.0),
    Case("conflict_ds_angle", {"v": 0.3, "a": 2.0, "z": 0.5, "theta": 0.59} | CONFLICT, 2.2),
    Case("ornstein", {"v": 0.8, "a": 1.0, "z": 0.5, "g": 1.0}, 4.0),
    Case("ornstein", {"v": 0.8, "a": 1.0, "z": 0.5, "g": -1.0}, 2.5),
]


def truth(case, n=800):
    """Return times and densities at the upper and lower boundary, by the integral equation."""
    boundary, drift, jumps = curves(case.model, case.theta)
    h = 1e-6

    def slope(t):
        before = np.maximum(t - h, 0)
        return (boundary(t + h) - boundary(before)) / (t + h - before)

    start = case.theta["a"] * (2 * case.theta["z"] - 1)
    leak = case.theta.get("g", 0.0)
    args = drift, boundary, slope, start, case.end, n, leak, jumps
    return density_equation.extrapolated(*args)


def error(times, wanted, got):
    """Return the density-weighted mean error over both sides."""
    total = weight = 0.0
    for f, log_f in zip(wanted, got, strict=True):
        counts = f > 1e-3
        share = f[counts] * np.gradient(times)[counts]
        total += np.sum(np.abs(log_f[counts] - np.log(f[counts])) * share)
        weight += share.sum()
    return total / weight


def own(case, accuracy):
    """Return a function that solves once, and one of log densities at times, upper and lower."""
    theta = case.theta | {"t": 0.0}
    last = np.array([case.end])

    def solve():
        return densities.logpdf(case.model, theta, last, 1, accuracy=accuracy)

    def evaluate(times):
        return [
            densities.logpdf(case.model, theta, times, side, accuracy=accuracy) for side in (1, -1)
        ]

    return solve, evaluate


def pyddm(case, ddm):
    """Return the same of PyDDM at its defaults."""
    boundary, drift, _ = curves(case.model, case.theta)
    start, leak = case.theta["a"] * (2 * case.theta["z"] - 1), case.theta.get("g", 0.0)
    is_fixed = case.model in ("gamma_drift", "conflict_ds", "ornstein")
    model = ddm.gddm(
        drift=lambda t, x: float(drift(np.array([max(t, 1e-12)]))[0]) - leak * x,
        noise=1.0,
        bound=case.theta["a"] if is_fixed else lambda t: float(boundary(np.array([t]))[0]),
        starting_position=start / case.theta["a"],
        nondecision=0.0,
        T_dur=case.end,
    )

    def evaluate(times):
        solution = model.solve()
        pdfs = solution.pdf("correct"), solution.pdf("error")
        with np.errstate(divide="ignore"):
            return [np.log(np.interp(times, solution.t_domain, f)) for f in pdfs]

    return model.solve, evaluate


def seconds(work, readings=3):
    """Return the time of the calling thread that a call takes, the median of some readings.

    One reading is of as many calls as take a millisecond: to read that clock costs microseconds.
    """
    times, calls, spent = [], 1, 0.0
    while len(times) < readings or spent < A_WHILE:
        begin = time.thread_time()
        for _ in range(calls):
            work()
        reading = time.thread_time() - begin
        spent += reading
        if reading < A_READING and not times:
            calls *= 2
        else:
            times.append(reading / calls)
    return median(times)


def row(case, ddm):
    """Return a row of the table."""
    times, *wanted = truth(case)
    methods = [own(case, accuracy) for accuracy in ("default", "high")]
    if ddm is not None:
        methods.append(pyddm(case, ddm))
    fastest = [
        min(turn)
        for turn in zip(*[[seconds(m[0]) for m in methods] for _ in range(TURNS)], strict=True)
    ]
    errors = [error(times[1:], [f[1:] for f in wanted], m[1](times[1:])) for m in methods]
    many = np.linspace(0.01 * case.end, case.end, MANY)
    both_sides = min(seconds(lambda: methods[0][1](many)) for _ in range(TURNS))
    a_time = (0.5 * both_sides - fastest[0]) / MANY
    cells = [case.model, f"{a_time * 1e6:.2f}"]
    for e, s in zip(errors, fastest, strict=True):
        cells += [f"{e:.1e}", f"{s * 1e6:,.0f}"]
    if ddm is not None:
        cells.append(f"{fastest[2] / fastest[0]:,.0f} x")
    return cells


def likelihood_of_hssm(data, theta):
    """Return a function that computes HSSM's own log densities of ``ddm``, None without HSSM."""
    try:
        from hssm.likelihoods.analytical import logp_ddm
    except ImportError:
        return None
    import pytensor
    import pytensor.tensor as pt

    variables = [pt.dvector(name) for name in theta]
    compiled = pytensor.function(variables, logp_ddm(data, *variables))
    return lambda: compiled(*theta.values())


def network_of(columns):
    """Return a function that passes rows through a network of the size of HSSM's."""
    rows, rng = np.column_stack(columns).astype(np.float32), np.random.default_rng(2)
    sizes = [rows.shape[1], 100, 100, 100, 1]
    weights = [
        (rng.standard_normal(pair).astype(np.float32) / 10, np.zeros(pair[1], np.float32))
        for pair in pairwise(sizes)
    ]

    def evaluate():
        values = rows
        for matrix, shift in weights[:-1]:
            values = np.tanh(values @ matrix + shift)
        return values @ weights[-1][0] + weights[-1][1]

    return evaluate


def trial_rows():
    """Return rows of the second table: microseconds of ours, of HSSM's own and of a network."""
    for model, extra in (("ddm", {}), ("angle", {"theta": 0.3}), ("weibull", BOUNDARY)):
        means = {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3} | extra
        drawn = ssms.simulate(model, means, n_samples=N_TRIALS, seed=1)
        rt, choice = np.maximum(drawn.rt[:, 0], 0.4).astype(float), drawn.choice[:, 0]
        spread = 0.01 * np.random.default_rng(1).standard_normal((len(means), N_TRIALS))
        own = {name: mean + x for (name, mean), x in zip(means.items(), spread, strict=True)}
        calls = {
            "of each trial": partial(densities.logpdf, model, own, rt, choice),
            "shared": partial(densities.logpdf, model, means, rt, choice),
            "network": network_of([*own.values(), rt, choice]),
        }
        if model == "ddm":
            calls["hssm"] = likelihood_of_hssm(np.column_stack([rt, choice]), own)
        found = {
            name: f"{1e6 * min(seconds(call) for _ in range(TURNS)):,.0f}"
            for name, call in calls.items()
            if call is not None
        }
        yield [model, *(found.get(name, "") for name in (*list(calls)[:2], "hssm", "network"))]


def main(argv=None):
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.densities", description=__doc__)
    parser.add_argument("--pyddm", metavar="FOLDER", help="where PyDDM is installed")
    folder, ddm = parser.parse_args(argv).pyddm, None
    header = ["model", "us an rt", "default", "us a set", "high", "us a set"]
    if folder:
        sys.path.append(folder)
        import pyddm as ddm

        header += ["PyDDM", "us a set", "ratio"]
    print(table.markdown(header, [row(case, ddm) for case in CASES]), end="\n\n")
    print(table.markdown(TRIAL_HEADER, list(trial_rows())))


if __name__ == "__main__":
    main()
