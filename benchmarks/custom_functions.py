"""``python -m benchmarks.custom_functions``: boundary and drifts in Python, as in a notebook.

Each has a twin that is built in.  Printed are the time of 20,000 samples with either, and how far
apart their distributions are, beside how far two samples of one distribution are.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import numpy as np

from benchmarks import table
from ssms import Simulator

TARGET = 2.0  # at most so many times the time of the twin
SAMPLES = 20_000
MANY = 1_000_000  # samples for the distance
HEADER = ["function", "twin", "own", "built in", "ratio (min - max)", "target", "distance (noise)"]


def weibull_boundary(t, a, alpha, beta):
    """Survivor function of a Weibull distribution, times a."""
    return a * np.exp(-((t / beta) ** alpha))


def gamma_drift(t, v, shape, scale, c):
    """Drift with a bump of the form of a gamma density, whose peak is c."""
    peak = (shape - 1) * scale
    return v + c * (t / peak) ** (shape - 1) * np.exp(shape - 1 - t / scale)


def relaxing_drift(t, v, tinit, dinit, tslope, dslope, tfixedp, tcoh, dcoh):
    """Drift that follows a target and a distractor as attention relaxes."""
    target = tfixedp + (tinit - tfixedp) * np.exp(-tslope * t)
    return v + tcoh * target + dcoh * dinit * np.exp(-dslope * t)


def stimulus_drift(t, v, vt, vd, tcoh, dcoh, tonset, donset):
    """Drift of two stimuli that appear."""
    return v + vt * tcoh * (t >= tonset) + vd * dcoh * (t >= donset)


def pairs():
    """Yield (name, model, own simulator, its twin, parameters)."""
    start = {"v": 0.3, "a": 1.2, "z": 0.4, "t": 0.2}
    shown = {"vt": 3.0, "vd": 4.0, "tcoh": 0.8, "dcoh": -0.9, "tonset": 0.25, "donset": 0.1}
    cases = [
        ("boundary", weibull_boundary, "weibull", {"alpha": 0.7, "beta": 1.0}),
        ("drift", gamma_drift, "gamma_drift", {"shape": 3.0, "scale": 0.2, "c": 2.0}),
        (
            "drift",
            relaxing_drift,
            "conflict_ds",
            {"tinit": 1.0, "dinit": 3.0, "tslope": 3.0, "dslope": 4.0, "tfixedp": 3.0}
            | {"tcoh": 0.7, "dcoh": -0.8},
        ),
        ("drift", stimulus_drift, "conflict_stimflex", shown),
    ]
    for kind, function, model, more in cases:
        names = function.__code__.co_varnames[1 : function.__code__.co_argcount]
        own = Simulator(model, **{kind: function, f"{kind}_params": list(names)})
        yield function.__name__, model, own, Simulator(model), start | more


def seconds(simulator, theta, seed):
    """Return the seconds of CPU that 20,000 samples take."""
    started = time.thread_time()
    simulator.simulate(theta, n_samples=SAMPLES, random_state=seed)
    return time.thread_time() - started


def distance(simulators, theta):
    """Return the largest distance of the joint distribution functions of time and choice."""
    signed = [
        np.sort(np.where(out["rts"] > 0, out["rts"] * out["choices"], 0.0).ravel())
        for out in (
            simulator.simulate(theta, n_samples=MANY, random_state=seed)
            for seed, simulator in enumerate(simulators)
        )
    ]
    points = np.concatenate(signed)
    shares = [np.searchsorted(one, points, side="right") / one.size for one in signed]
    return np.abs(shares[0] - shares[1]).max()


def main(argv=None):
    """Print the table; return 0 if all reach the target."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--repetitions", type=int, default=25)
    repetitions = options.parse_args(argv).repetitions
    lines, reached = [], True
    for name, model, own, twin, theta in pairs():
        seconds(own, theta, 0), seconds(twin, theta, 0)
        times = [
            (seconds(own, theta, seed), seconds(twin, theta, seed)) for seed in range(repetitions)
        ]
        ratios = [ours / built_in for ours, built_in in times]
        lines.append(
            [
                name,
                model,
                table.seconds(median(ours for ours, _ in times)),
                table.seconds(median(built_in for _, built_in in times)),
                f"{median(ratios):.2f} ({min(ratios):.2f} - {max(ratios):.2f})",
                f"{TARGET:g}",
                # mean of the Kolmogorov distribution
                f"{distance((own, twin), theta):.5f} ({0.8687 * np.sqrt(2 / MANY):.5f})",
            ]
        )
        reached &= median(ratios) <= TARGET
    print(table.markdown(HEADER, lines))
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
