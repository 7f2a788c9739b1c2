"""Time the likelihood and its gradient in PyTensor beside HSSM's own analytic one.

    python -m benchmarks.likelihoods

prints, for 1,000 trials of ``ddm`` with parameters of their own and with shared ones, the shortest
times of 201 calls in turn (compiled by PyTensor's default mode) and their ratio.  It needs HSSM.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

import numpy as np

N_TRIALS, REPETITIONS = 1000, 201
PARAMS = {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3}


def compiled(loglik: Callable[..., object], data: np.ndarray, shared: bool) -> Callable[[], object]:
    """Return a call that computes the sum of log densities and its gradient."""
    import pytensor
    import pytensor.tensor as pt

    kind = pt.dscalar if shared else pt.dvector
    variables = [kind(name) for name in PARAMS]
    cost = loglik(data, *variables).sum()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function = pytensor.function(variables, [cost, *pytensor.grad(cost, variables)])
    rng = np.random.default_rng(1)
    spread = 0.0 if shared else 0.01
    values = [
        value if shared else value + spread * rng.standard_normal(N_TRIALS)
        for value in PARAMS.values()
    ]
    return lambda: function(*values)


def seconds(call: Callable[[], object]) -> float:
    """Return the time of one call."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    from hssm.likelihoods.analytical import logp_ddm

    import ssms
    from ssms.likelihoods import pytensor_op

    results = ssms.simulate("ddm", PARAMS, n_samples=N_TRIALS, seed=1)
    data = np.column_stack([results.rt[:, 0], results.choice[:, 0]]).astype(float)
    print("| parameters | ours | HSSM | ratio |\n|---|---|---|---|")
    for label, shared in (("of each trial", False), ("shared", True)):
        ours = compiled(pytensor_op("ddm"), data, shared)
        theirs = compiled(logp_ddm, data, shared)
        a, b = ours(), theirs()
        np.testing.assert_allclose(float(a[0]), float(b[0]), rtol=1e-3)
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(REPETITIONS)]
        ours_s, theirs_s = (1e6 * min(side) for side in zip(*pairs, strict=True))
        print(f"| {label} | {ours_s:.0f} µs | {theirs_s:.0f} µs | {theirs_s / ours_s:.1f} |")


if __name__ == "__main__":
    main()
