"""Time the likelihood and its gradient in PyTensor beside HSSM's own analytic one.

    python -m benchmarks.likelihoods

prints, for 1,000 trials of ``ddm`` with parameters of their own and with shared ones, compiled by
PyTensor's default mode and by JAX, the shortest times of 201 calls in turn: of our likelihood,
where the compiled program calls the core by itself; of the same through Python; and of HSSM's, with
its ratio to the first.  It needs HSSM and JAX.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

N_TRIALS, REPETITIONS = 1000, 201
PARAMS = {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3}


def compiled(
    loglik: Callable[..., object], data: np.ndarray, shared: bool, mode: str | None = None
) -> Callable[[], list[Any]]:
    """Return a call that computes the sum of log densities and its gradient."""
    import pytensor
    import pytensor.tensor as pt

    kind = pt.dscalar if shared else pt.dvector
    variables = [kind(name) for name in PARAMS]
    cost = loglik(data, *variables).sum()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function = pytensor.function(variables, [cost, *pytensor.grad(cost, variables)], mode=mode)
    rng = np.random.default_rng(1)
    spread = 0.0 if shared else 0.01
    values = [
        value if shared else value + spread * rng.standard_normal(N_TRIALS)
        for value in PARAMS.values()
    ]
    return lambda: list(function(*values))


def seconds(call: Callable[[], list[Any]]) -> float:
    """Return the time of one call."""
    started = time.perf_counter()
    for result in call():
        np.asarray(result)  # JAX returns before it has computed
    return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    from hssm.likelihoods.analytical import logp_ddm

    import ssms
    from ssms.likelihoods import pytensor_op

    results = ssms.simulate("ddm", PARAMS, n_samples=N_TRIALS, seed=1)
    data = np.column_stack([results.rt[:, 0], results.choice[:, 0]]).astype(float)
    ours, through_python = pytensor_op("ddm"), pytensor_op("ddm")
    through_python.likelihood.native = None
    print("| parameters | compiled by | ours | through Python | HSSM | ratio |")
    print("|---|---|---|---|---|---|")
    for label, shared in (("of each trial", False), ("shared", True)):
        for compiler, mode in (("default", None), ("JAX", "JAX")):
            calls = [compiled(f, data, shared, mode) for f in (ours, through_python, logp_ddm)]
            costs = [float(call()[0]) for call in calls]
            np.testing.assert_allclose(costs, costs[0], rtol=1e-3)
            rounds = [[seconds(call) for call in calls] for _ in range(REPETITIONS)]
            times = [1e6 * min(column) for column in zip(*rounds, strict=True)]
            cells = " | ".join(f"{time:.0f} µs" for time in times)
            print(f"| {label} | {compiler} | {cells} | {times[2] / times[0]:.1f} |", flush=True)


if __name__ == "__main__":
    main()
