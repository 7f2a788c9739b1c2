"""``python -m benchmarks.density_sweep``: densities at random parameter sets, in the box and out.

For each model with a density, ``--sets`` sets are drawn from its training box, and as many from a
box that is twice as wide to each side, where ``on_invalid`` leaves invalid ones out.  Log densities
are taken at 12 response times of each set, from before the non-decision time to 60 s after it, at
0, at infinity, and at an omission by 20 s.  Counted are NaN and +inf, and sets that are refused.
Of models whose levels interact a third as many sets are drawn.

For models that are solved numerically, ``--truths`` sets of the box are compared with the integral
equation of tests/reference, an independent method; so are the part of the box of weibull in which
boundaries begin steepest, and ddm between the boundaries of conflict_gamma.  Errors and the
estimates of ``return_error`` are averaged over the law, as in ``benchmarks.densities``.  An
estimate covers the error if it is at least the error less twice the difference of two solutions of
the equation, which is how well the reference itself is known.

``--gradients`` prints another table instead: of as many sets of these models, and of levels and
accumulators that are solved, differences of the derivatives from those at accuracy "high", averaged
over 1,000 responses, by the mean size of the derivative (and by 1 + that); of each set the
parameter with the largest one.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from benchmarks import table
from benchmarks.densities import Case, truth
from reference.models import random_sets
from ssms import Simulator, densities
from ssms.config import model_config
from ssms.dataset_generators.parameter_samplers import UniformParameterSampler, parameter_space
from ssms.errors import ConfigError

COMPARED = (
    "weibull",
    "gamma_drift",
    "gamma_drift_angle",
    "conflict_ds",
    "conflict_ds_angle",
    "conflict_dsstimflex",
    "conflict_stimflex",
    "conflict_stimflex_angle",
    "conflict_stimflexrel1_leak",
    "shrink_spot",
    "shrink_spot_extended",
    "shrink_spot_simple_extended",
    "ornstein",
    "ornstein_angle",
)
SLOW = "ddm_mic2", "tradeoff"  # whose levels interact
LEVELS = (
    "ddm_par2_weibull_no_bias",
    "ddm_par2_conflict_gamma_no_bias",
    "ddm_seq2_weibull_no_bias",
    "ddm_seq2_conflict_gamma_no_bias",
    "race_no_bias_angle_2",
    "race_no_z_angle_3",
)
STEEP, GAMMA = "weibull, alpha and beta < 0.5", "conflict_gamma (a boundary)"
AFTER = np.array([-0.5, -1e-3, 1e-3, 0.02, 0.1, 0.3, 0.8, 1.5, 3.0, 8.0, 20.0, 60.0])
LEAST = 1e-3  # density above which an error counts


def model_of(name):
    """Return the model of a row."""
    return Simulator("ddm", boundary="conflict_gamma") if name == GAMMA else name.split(",")[0]


def in_the_box(name, n, rng):
    """Return parameter sets of the training box, or of a part of it."""
    if name == GAMMA:
        boundary = model_config["ddm_par2_conflict_gamma_no_bias"]["param_bounds_dict"]
        bounds = model_config["ddm"]["param_bounds_dict"] | boundary
        return random_sets({key: bounds[key] for key in model_of(name).params}, n, rng)
    if name == STEEP:
        part = {"a": (1.5, 2.5), "alpha": (0.31, 0.5), "beta": (0.31, 0.5)}
        return random_sets(model_config["weibull"]["param_bounds_dict"] | part, n, rng)
    config = model_config[name]
    constraints = config["parameter_transforms"]["sampling"]
    sampler = UniformParameterSampler(parameter_space(config), constraints)
    return {key: value.astype(float) for key, value in sampler.sample(n, rng).items()}


def beyond(name, n, rng):
    """Return parameter sets of a box that is twice as wide to each side."""
    bounds = model_config[name]["param_bounds_dict"]
    inner = random_sets(bounds, n, rng)
    return {
        key: value + rng.uniform(-1.0, 1.0, n) * (value.max() - value.min())
        for key, value in inner.items()
    }


def counts(name, theta, rng):
    """Return the numbers of values, of NaN and of +inf among them, and of sets that are refused."""
    n = len(next(iter(theta.values())))
    start = theta.get("t", np.zeros(n))[:, None]
    rt = np.hstack([start + AFTER, np.tile([0.0, np.inf, -999.0], (n, 1))])
    choice = rng.choice(Simulator(name).choices, rt.shape)
    found, todo = np.zeros(4, int), [np.arange(n)]
    while todo:  # halves of those among which one is refused
        some = todo.pop()
        part = {key: value[some] for key, value in theta.items()}
        try:
            values = densities.logpdf(
                name, part, rt[some], choice[some], max_t=20.0, on_invalid="-inf"
            )
        except ConfigError:
            todo += np.array_split(some, 2) if some.size > 1 else []
            found[3] += some.size == 1
        else:
            found[:3] += values.size, np.isnan(values).sum(), np.isposinf(values).sum()
    return found


def averaged(case, n=250):
    """Return averages over the law: error, estimate and error of the reference, or None."""
    model = model_of(case.model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        times, *fine = truth(case, 2 * n)
        _, *rough = truth(case, n)
    times = times[::2]  # of the rough one
    total, weight = np.zeros(3), 0.0
    for f, g, side in zip(fine, rough, (1, -1), strict=True):
        theta, f = case.theta | {"t": 0.0}, f[::2]
        value, estimate = densities.logpdf(model, theta, times, side, return_error=True)
        with np.errstate(all="ignore"):
            found = np.abs(value - np.log(f)), estimate, np.abs(np.log(g / f))
        counted = (f > LEAST) & (g > LEAST) & (times > 0.0)
        share = (f * np.gradient(times))[counted]
        total += [np.sum(part[counted] * share) for part in found]
        weight += share.sum()
    return total / weight if weight > 0.05 else None


def compared(name, n, rng):
    """Return the errors of sets whose reference is better than the density, or good to 1e-4."""
    found = []
    drawn = in_the_box(name, n, rng)
    for i in range(n):
        theta = {key: float(value[i]) for key, value in drawn.items()}
        end = densities.quantile(model_of(name), theta | {"t": 0.0}, 0.99)
        some = averaged(Case(name, theta, float(min(end, 10.0))))
        if some is not None and some[2] < max(1e-4, 0.5 * some[0]):
            found.append(some)
    return np.array(found)


def row(name, n_sets, n_truths):
    """Return a row of the table; None for a model without a density."""
    rng = np.random.default_rng(hash_of(name))
    begin = time.perf_counter()
    cells = [name, "", "", "", ""]
    if name in model_config:
        found = np.zeros(4, int)
        n_drawn = n_sets // 3 if name.startswith(SLOW) else n_sets
        for draw in (in_the_box, beyond):
            found += counts(name, draw(name, n_drawn, rng), rng)
        if not found[:3].any():
            return None
        cells = [name, *(f"{number:,}" for number in found)]
    if name in (*COMPARED, STEEP, GAMMA) and n_truths:
        error, estimate, of_reference = compared(name, n_truths, rng).T
        covered = estimate >= error - 2.0 * of_reference
        cells += [f"{error.size}", f"{np.median(error):.1e}", f"{np.quantile(error, 0.9):.1e}",
                  f"{error.max():.1e}", f"{100 * covered.mean():.0f} %"]  # fmt: skip
    else:
        cells += [""] * 5
    print(f"{name}: {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
    return cells


def gradient_row(name, n_sets):
    """Return a row of the table of gradients."""
    found, drawn = [], in_the_box(name, n_sets, np.random.default_rng(hash_of(name)))
    for i in range(n_sets):
        theta = {key: float(value[i]) for key, value in drawn.items()}
        responses = Simulator(name).simulate(theta, 1000, random_state=i, max_t=20.0)
        seen = ~responses.omitted[:, 0]
        rt, choice = responses.rt[seen, 0].astype(float), responses.choice[seen, 0]
        if not seen.any():
            continue
        default, high = (
            densities.logpdf_and_gradient(name, theta, rt, choice, accuracy=accuracy)[1]
            for accuracy in ("default", "high")
        )
        error, size = np.abs(default - high).mean(axis=0), np.abs(high).mean(axis=0)
        found.append([(error / np.maximum(size, 1e-9)).max(), (error / (1.0 + size)).max()])
    quantiles = np.quantile(found, [0.5, 0.9, 1.0], axis=0)
    return [name, *(f"{value:.1e}" for value in quantiles.T.flat)]


def hash_of(name):
    """Return a seed for a model, the same in every process."""
    return int.from_bytes(name.encode(), "little") % 2**32


def main(argv=None):
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.density_sweep", description=__doc__)
    parser.add_argument("--sets", type=int, default=1000)
    parser.add_argument("--truths", type=int, default=100)
    parser.add_argument("--models", nargs="+", default=[*model_config, STEEP, GAMMA])
    parser.add_argument("--gradients", action="store_true")
    options = parser.parse_args(argv)
    if options.gradients:
        header = [
            "model",
            "by size: median",
            "90 %",
            "worst",
            "by 1 + size: median",
            "90 %",
            "worst",
        ]
        models = [name for name in options.models if name in (*COMPARED, *LEVELS)]
        print(table.markdown(header, [gradient_row(name, options.truths) for name in models]))
        return
    header = [
        "model",
        "values",
        "NaN",
        "+inf",
        "refused",
        "compared",
        "median",
        "90 %",
        "worst",
        "covered",
    ]
    rows = [row(name, options.sets, options.truths) for name in options.models]
    print(table.markdown(header, [cells for cells in rows if cells is not None]))
    without = [name for name, cells in zip(options.models, rows, strict=True) if cells is None]
    if without:
        print("\nNo density, or none without extra fields: " + ", ".join(without))


if __name__ == "__main__":
    main()
