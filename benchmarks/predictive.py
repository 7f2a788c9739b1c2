"""``python -m benchmarks.predictive --peer PYTHON``: draws for HSSM, ours and released.

Rows of `rng_fn` and of `simulate_data` need the package alone.  With ``--hssm PYTHON`` and
``--hssm-peer PYTHON``, interpreters that have HSSM with ours and with the released package, whole
calls of ``sample_posterior_predictive`` are measured too.  Each measurement is a process of its own
that draws once, to warm up, and then measures processor time; both sides take turns, and each pair
gives a ratio.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from statistics import median

from benchmarks import peer, table

THETA = {"ddm": [0.5, 1.2, 0.5, 0.3], "angle": [0.5, 1.2, 0.5, 0.3, 0.2]}
DRAWS, TRIALS = 500, 1000
SIZES = [1, 100, 10_000, 200_000]
HEADER = ["call", "model", "ours", "released", "ratio (min - max)", "target"]

COMMON = """
import json, logging, sys, time, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import numpy as np
model, theta, n_draws, n_trials, turns, seed = json.loads(sys.argv[1])
rng = np.random.default_rng(seed)
def fastest(call):
    times = []
    for turn in range(turns):
        begin = time.process_time()
        call()
        times.append(time.process_time() - begin)
    print(json.dumps(min(times)))
"""
RNG_FN = (
    COMMON
    + """
from ssms.hssm_support import get_simulator_fun_internal, rng_fn
function = get_simulator_fun_internal(model)
arrays = [value + 0.02 * rng.normal(size=(n_draws, n_trials)) for value in theta]
rng_fn([array[:2, :2] for array in arrays], None, rng, function, 2)
fastest(lambda: rng_fn(arrays, None, rng, function, 2))
"""
)
# What hssm.simulate_data does, apart from its DataFrame.
SIMULATE_DATA = (
    COMMON
    + """
from ssms.basic_simulators.simulator import simulator
def call():
    drawn = simulator(theta, model=model, n_samples=n_trials, random_state=seed)
    return np.column_stack([np.squeeze(drawn[key]).reshape(-1) for key in ("rts", "choices")])
call()
fastest(call)
"""
)
PREDICTIVE = (
    COMMON
    + """
import hssm, xarray as xr
from ssms.config import model_config
names = model_config[model]["params"]
data = hssm.simulate_data(model, theta, size=n_trials, random_state=seed)
low, high = model_config[model]["param_bounds"]
options = {} if model == "ddm" else {
    "loglik": lambda data, *values: -np.abs(data[:, 0] - 1.0), "loglik_kind": "blackbox",
    "model_config": {"list_params": list(names), "choices": [-1, 1],
                     "bounds": dict(zip(names, zip(low, high)))}}
fitted = hssm.HSSM(data=data, model=model, p_outlier=0, lapse=None, **options)
def posterior(n):
    drawn = {name: (("chain", "draw"), value + 0.02 * rng.normal(size=(1, n)))
             for name, value in zip(names, theta)}
    drawn = xr.Dataset(drawn, coords={"chain": [0], "draw": np.arange(n)})
    return xr.DataTree.from_dict({"posterior": drawn})
fitted.sample_posterior_predictive(dt=posterior(2), safe_mode=False)
tree = posterior(n_draws)
fastest(lambda: fitted.sample_posterior_predictive(dt=tree, safe_mode=False))
"""
)


def seconds(python, code, *arguments):
    """Return the seconds of one measurement in an interpreter of its own."""
    environment = dict(os.environ)
    if python != sys.executable:
        # what this process found through PYTHONPATH must not shadow the peer's own package
        environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [python, "-W", "ignore", "-c", code, json.dumps(arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=environment,
    )
    return float(json.loads(done.stdout.splitlines()[-1]))


def row(label, model, code, sizes, pair, options, target):
    """Return a row of the table, and whether it reaches the target."""
    ours, released = pair
    n_draws, n_trials = sizes
    small = n_draws * n_trials <= 10_000
    pairs = [
        (seconds(ours, code, model, THETA[model], n_draws, n_trials, 30 if small else 3, seed),
         seconds(released, code, model, THETA[model], n_draws, n_trials, 30 if small else 1, seed))
        for seed in range(options.repetitions)
    ]  # fmt: skip
    ratios = [theirs / mine for mine, theirs in pairs]
    cells = [
        label,
        model,
        table.seconds(median(mine for mine, _ in pairs)),
        table.seconds(median(theirs for _, theirs in pairs)),
        f"{median(ratios):.3g} ({min(ratios):.3g} - {max(ratios):.3g})",
        f"{target:g}x",
    ]
    return cells, median(ratios) >= target


def rows(released, options):
    """Yield the rows of the table."""
    pair = sys.executable, released
    for model in THETA:
        label = f"rng_fn, {DRAWS} draws x {TRIALS:,} trials"
        yield row(label, model, RNG_FN, (DRAWS, TRIALS), pair, options, 300.0)
    for size in SIZES:
        yield row(f"simulate_data, {size:,}", "ddm", SIMULATE_DATA, (1, size), pair, options, 1.0)
    if options.hssm and options.hssm_peer:
        pair = options.hssm, options.hssm_peer
        for model in THETA:
            label = f"sample_posterior_predictive, {DRAWS} draws x {TRIALS:,} trials"
            yield row(label, model, PREDICTIVE, (DRAWS, TRIALS), pair, options, 20.0)


def main(argv=None):
    """Print the table; return 0 if every row reaches its target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", metavar="PYTHON", help=f"interpreter that has {peer.RELEASE}")
    parser.add_argument("--hssm", metavar="PYTHON", help="interpreter with HSSM and this package")
    parser.add_argument("--hssm-peer", metavar="PYTHON", help="with HSSM and the released package")
    parser.add_argument("--repetitions", type=int, default=3)
    options = parser.parse_args(argv)
    try:
        released = peer.find(options.peer)
    except peer.PeerError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 2
    measured = list(rows(released, options))
    print(table.markdown(HEADER, [cells for cells, _ in measured]))
    return 0 if all(reached for _, reached in measured) else 1


if __name__ == "__main__":
    raise SystemExit(main())
