"""``python -m benchmarks.several_densities``: densities of races, levels, gaze and Levy noise.

Errors are means over the law of |log f - log f_high| (nats), and the largest differences of the
distribution functions, of random parameter sets of the training box: the median, the 90 % quantile
and the worst.  They are those of numerical solutions; closed forms have none.  Times are of the
calling thread, the fastest of some turns: of the law of one more set with one response time, of one
more response time, and of value and gradient of one set.  addm has six fixations of 0.3 s.
"""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks import table
from benchmarks.densities import seconds
from ssms import densities
from ssms.config import model_config

TURNS = 7
MODELS = [
    "race_3",
    *(f"race_no_bias_angle_{n}" for n in (2, 3, 4)),
    *(
        f"ddm_{order}{word}"
        for order in ("par2", "seq2")
        for word in ("", "_angle_no_bias", "_weibull_no_bias", "_conflict_gamma_no_bias")
    ),
    "tradeoff_no_bias",
    "ddm_mic2_ornstein_weibull_no_bias",
    "conflict_stimflexrel1_leak2",
    "addm",
    "levy",
]
ONSETS = 0.3 * np.arange(6)  # seconds


def sets(model, n, seed=2):
    """Return parameters of n random sets of the training box, without non-decision time."""
    rng = np.random.default_rng(seed)
    bounds = model_config[model]["param_bounds_dict"]
    theta = {name: rng.uniform(low, high, n) for name, (low, high) in bounds.items()}
    return theta | {"t": np.zeros(n)}


def given(model, n=1):
    """Return the arguments that a model takes beside parameters, for n sets."""
    if model != "addm":
        return {}
    columns = {"r1": 4.0, "r2": 1.0, "flag": 0, "d": ONSETS.size}
    fields = {name: np.full(n, value) for name, value in columns.items()}
    return {"extra_fields": fields | {"sacc_array": np.tile(ONSETS, (n, 1))}}


def errors(model, n):
    """Return quantiles of the errors of n sets: of log densities, and of probabilities."""
    found, theta, more = [], sets(model, n), given(model)
    share = np.linspace(0.005, 0.995, 20)
    for i in range(n):
        one = {name: float(values[i]) for name, values in theta.items()}
        sides = densities.choice_probability(model, one, model_config[model]["choices"], **more)
        error = largest = 0.0
        for choice, p in zip(model_config[model]["choices"], sides, strict=True):
            if p < 1e-3:
                continue
            rt = densities.quantile(model, one, share, choice, **more)
            logs, shares = (
                [
                    function(model, one, rt, choice, accuracy=accuracy, **more)
                    for accuracy in ("default", "high")
                ]
                for function in (densities.logpdf, densities.cdf)
            )
            error += p * np.abs(logs[1] - logs[0]).mean()
            largest = max(largest, np.abs(shares[1] - shares[0]).max())
        found.append([error / sides.sum(), largest])
    return np.quantile(found, [0.5, 0.9, 1.0], axis=0).T.flat


def fastest(work):
    """Return microseconds."""
    return 1e6 * min(seconds(work) for _ in range(TURNS))


def row(model, n):
    """Return a row of the table."""
    theta, size = sets(model, 100), 2000
    one = {name: float(values[0]) for name, values in theta.items()}
    more = given(model)
    rt = densities.quantile(model, one, np.linspace(0.01, 0.99, 50), **more)
    many = np.tile(rt, size // rt.size)
    middle = densities.quantile(model, one, [0.5], **more)
    a_set = fastest(lambda: densities.logpdf(model, theta, middle[0], 1, **given(model, 100))) / 100
    few = fastest(lambda: densities.logpdf(model, one, rt, 1, **more))
    whole = fastest(lambda: densities.logpdf(model, one, many, 1, **more))
    a_time = (whole - few) / (many.size - rt.size)
    is_coarse = any(word in model for word in ("tradeoff", "mic2", "leak2"))  # no gradient
    gradient = densities.logpdf if is_coarse else densities.logpdf_and_gradient
    both = fastest(lambda: gradient(model, one, middle, 1, **more))
    is_solved = (
        is_coarse
        or model in ("addm", "levy")
        or any(word in model for word in ("weibull", "gamma", "race_no_"))
    )
    found = [f"{e:.0e}" for e in errors(model, n)] if is_solved else ["-"] * 6
    return [model, *found, f"{a_set:,.1f}", f"{a_time:.2f}", "-" if is_coarse else f"{both:,.0f}"]


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.several_densities", description=__doc__
    )
    parser.add_argument("--sets", type=int, default=30, help="for the errors (default: 30)")
    parser.add_argument("--models", nargs="+", default=MODELS, metavar="MODEL")
    options = parser.parse_args(argv)
    quantiles = ["90 %", "worst"]
    header = ["model", "nats: median", *quantiles, "probability: median", *quantiles]
    header += ["us a set", "us an rt", "us with gradient"]
    print(table.markdown(header, [row(model, options.sets) for model in options.models]))


if __name__ == "__main__":
    main()
