"""``python -m benchmarks.released_models``: are our models those of the released package?

Both simulate every model at random parameter sets from its training bounds.  The release steps by
1 ms, and notices an exit at the end of the step in which it lies.  So we simulate each set twice:
as we do, which gives the size of the difference; and as the release does, by `method="euler"`
where the model has steps.  A model agrees if the shares of choices, and the shares of response
times below quantiles of ours, differ by chance only, or by what a shift of all times by one step
changes.  The difference of quantiles is release minus ours, a mean over the sets and the quantiles
at .1, .3 and .5.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)
EARLY = (0.1, 0.3, 0.5)  # whose mean difference is told: later ones are noisier
STEP = 1e-3
MAX_T = 20.0
LIMIT = 5.0  # standard errors: one of 115 x 20 x 9 comparisons is further off once in 80 runs
NO_RESPONSE = -999.0


def main(argv=None):
    out = argparse.ArgumentParser(prog="python -m benchmarks.released_models", description=__doc__)
    out.add_argument("--peer", metavar="PYTHON", help="interpreter that has the release")
    out.add_argument("--models", nargs="+", metavar="NAME", help="only these models")
    out.add_argument("--sets", type=int, default=20, help="parameter sets a model (default: 20)")
    out.add_argument("--samples", type=int, default=2000, help="samples a set (default: 2000)")
    out.add_argument("--seed", type=int, default=1)
    arguments = out.parse_args(argv)

    from benchmarks import peer
    from ssms.config import model_config

    python = peer.find(arguments.peer)
    print(
        "| model | scheme of the release as | largest difference of a choice's share | mean "
        "difference of quantiles (ms) | largest difference from the scheme (standard errors) | |"
    )
    print("|---|---|---|---|---|---|")
    for model in arguments.models or list(model_config):
        theta = parameter_sets(model, arguments.sets, arguments.seed)
        try:
            released = by_release(python, model, theta, arguments.samples, arguments.seed)
        except subprocess.CalledProcessError as error:
            last = error.stderr.strip().splitlines()[-1]
            print(f"| {model} | – | | | | the release fails: {last[:90]} |", flush=True)
            continue
        print("| " + " | ".join(row(model, theta, released, arguments)) + " |", flush=True)


def parameter_sets(model, n_sets, seed):
    """Return parameters from the training bounds, after the model's constraints."""
    from ssms.config import model_config
    from ssms.dataset_generators.parameter_samplers import UniformParameterSampler, parameter_space

    config = model_config[model]
    constraints = config["parameter_transforms"]["sampling"]
    sampler = UniformParameterSampler(parameter_space(config), constraints)
    theta = sampler.sample(n_sets, np.random.default_rng([seed, len(model), *model.encode()]))
    return np.stack([theta[name] for name in config["params"]], axis=1)


def by_release(python, model, theta, n_samples, seed):
    """Return (rt, choice) of the release, each (n_samples, n_sets)."""
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder, "theta.npy"), theta)
        command = [python, __file__, "released", model, folder, str(n_samples), str(seed)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        results = np.load(Path(folder, "results.npz"))
        return results["rt"], results["choice"]


def release_side(model, folder, n_samples, seed):
    """Simulate with the package that this interpreter has, set by set; its seeds are per set."""
    import ssms

    theta = np.load(Path(folder, "theta.npy"))
    simulator = ssms.Simulator(model)
    rts, choices = [], []
    for i, one in enumerate(theta):
        results = simulator.simulate(
            one[None], n_samples=int(n_samples), delta_t=STEP, max_t=MAX_T,
            random_state=int(seed) + i, return_option="minimal",
        )  # fmt: skip
        rts.append(np.ravel(results["rts"]))
        choices.append(np.ravel(results["choices"]))
    np.savez(Path(folder, "results.npz"), rt=np.stack(rts, 1), choice=np.stack(choices, 1))


def row(model, theta, released, arguments):
    """Return the cells of a model's row."""
    from ssms import Simulator

    simulator = Simulator(model)
    n = max(4 * arguments.samples, 2000)
    exact = simulator.simulate(theta, n_samples=n, max_t=MAX_T, random_state=arguments.seed)
    scheme, imitated = imitation(simulator, theta, n, arguments.seed + 1)
    choices = exact["metadata"]["possible_choices"]
    shares, quantiles = sizes(released, (exact.rt, exact.choice), choices)
    errors = worst_error(released, imitated, choices)
    verdict = "agrees" if errors < LIMIT else "differs: see docs/differences.md"
    return [model, scheme, f"{shares:.3f}", f"{1000 * quantiles:+.1f}", f"{errors:.1f}", verdict]


def imitation(simulator, theta, n_samples, seed):
    """Return what the release's scheme would give, and what that scheme is called."""
    settings = {"n_samples": n_samples, "max_t": MAX_T, "random_state": seed}
    steps = "euler" in simulator.methods
    if steps:
        settings.update(method="euler", delta_t=STEP)
    results = simulator.simulate(theta, **settings)
    return "steps of 1 ms" if steps else "no steps", (results.rt, results.choice)


def on_one_scale(rt):
    """Return response times; infinite where there is none by the limit."""
    rt = np.asarray(rt, float)
    return np.where((rt == NO_RESPONSE) | (rt >= MAX_T), np.inf, rt)


def sizes(released, ours, choices):
    """Return the largest difference of a choice's share, and the mean one of early quantiles."""
    times, own_times = (on_one_scale(results[0]) for results in (released, ours))
    shares, quantiles = 0.0, []
    for i in range(times.shape[1]):
        for choice in choices:
            found = [np.mean((r[1][:, i] == choice) & np.isfinite(t[:, i]))
                     for r, t in ((released, times), (ours, own_times))]  # fmt: skip
            shares = max(shares, abs(found[0] - found[1]))
        seen = [np.sort(t[:, i])[[int(q * len(t)) for q in EARLY]] for t in (times, own_times)]
        both = np.isfinite(seen[0]) & np.isfinite(seen[1])
        quantiles += list(seen[0][both] - seen[1][both])
    return shares, float(np.mean(quantiles)) if quantiles else 0.0


def worst_error(released, ours, choices):
    """Return the largest difference of shares, in standard errors."""
    times, own_times = (on_one_scale(results[0]) for results in (released, ours))
    n, own_n = len(times), len(own_times)
    worst = 0.0
    for i in range(times.shape[1]):
        pairs = [
            (np.mean((released[1][:, i] == c) & np.isfinite(times[:, i])),
             np.mean((ours[1][:, i] == c) & np.isfinite(own_times[:, i])), 0.0)
            for c in choices
        ]  # fmt: skip
        for at in np.sort(own_times[:, i])[[int(q * own_n) for q in QUANTILES]]:
            if np.isfinite(at):
                below = [np.mean(times[:, i] <= at + shift) for shift in (-STEP, 0.0, STEP)]
                own = np.mean(own_times[:, i] <= at)
                nearest = 0.0 if below[0] < own < below[2] else min(abs(b - own) for b in below)
                pairs.append((below[1], own, nearest))
        for j, (share, own, within_a_step) in enumerate(pairs):
            p = (share * n + own * own_n) / (n + own_n)
            error = np.sqrt(max(p * (1 - p), 1 / n) * (1 / n + 1 / own_n))
            difference = abs(share - own) if j < len(choices) else within_a_step
            worst = max(worst, difference / error)
    return worst


if __name__ == "__main__":
    if sys.argv[1:2] == ["released"]:
        release_side(*sys.argv[2:])
    else:
        main()
