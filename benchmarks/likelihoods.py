"""Time likelihoods and their gradients in PyTensor, beside HSSM's own analytic one.

    python -m benchmarks.likelihoods

prints, for 1,000 trials of ``ddm`` and ``weibull`` with parameters of their own, with a drift of
their own in four conditions that differ in the boundary, and with shared parameters, compiled by
Numba and by JAX, the shortest times of calls in turn: of our likelihood, where the compiled program
calls the core by itself; of the same through Python; and of HSSM's, with its ratio to the first.
HSSM has no analytic likelihood of ``weibull``.  It needs HSSM and JAX.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

N_TRIALS = 1000
SECONDS_OF_ROW, MAX_REPETITIONS = 6.0, 201
PARAMS = {
    "ddm": {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3},
    "weibull": {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3, "alpha": 3.0, "beta": 3.0},
}
VARYING = {
    "of each trial": ["v", "a", "z", "t", "alpha", "beta"],
    "4 conditions": ["v"],
    "shared": [],
}
"""Which parameters have an entry for each trial."""


def compiled(
    loglik: Callable[..., object],
    data: np.ndarray,
    values: dict[str, Any],
    mode: str | None = None,
) -> Callable[[], list[Any]]:
    """Return a call that computes the sum of log densities and its gradient."""
    import pytensor
    import pytensor.tensor as pt

    variables = [
        pt.tensor(name, dtype="float64", shape=np.shape(value)) for name, value in values.items()
    ]
    cost = loglik(data, *variables).sum()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function = pytensor.function(variables, [cost, *pytensor.grad(cost, variables)], mode=mode)
    return lambda: list(function(*values.values()))


def values_of(params: dict[str, float], label: str) -> dict[str, Any]:
    """Return the parameters, with entries for each trial where they vary."""
    rng, varying = np.random.default_rng(1), VARYING[label]
    values: dict[str, Any] = {
        name: value + 0.01 * rng.standard_normal(N_TRIALS) if name in varying else value
        for name, value in params.items()
    }
    if label == "4 conditions":
        values["a"] = values["a"] + 0.02 * rng.integers(4, size=N_TRIALS)
    return values


def seconds(call: Callable[[], list[Any]]) -> float:
    """Return the time of one call."""
    started = time.perf_counter()
    for result in call():
        np.asarray(result)  # JAX returns before it has computed
    return time.perf_counter() - started


def shortest(calls: Sequence[Callable[[], list[Any]]]) -> list[float]:
    """Return the shortest time of each call, of as many rounds as the row has time for."""
    costs = [float(call()[0]) for call in calls]
    np.testing.assert_allclose(costs, costs[0], rtol=1e-3)
    ended = time.perf_counter() + SECONDS_OF_ROW
    rounds = [[seconds(call) for call in calls]]
    while len(rounds) < MAX_REPETITIONS and time.perf_counter() < ended:
        rounds.append([seconds(call) for call in calls])
    return [min(column) for column in zip(*rounds, strict=True)]


def main() -> None:
    """Print the table."""
    from hssm.likelihoods.analytical import logp_ddm

    import ssms
    from ssms.likelihoods import pytensor_op

    print("| model | parameters | compiled by | ours | through Python | HSSM | ratio |")
    print("|---|---|---|---|---|---|---|")
    for model, params in PARAMS.items():
        results = ssms.simulate(model, params, n_samples=N_TRIALS, seed=1)
        data = np.column_stack([results.rt[:, 0], results.choice[:, 0]]).astype(float)
        ours, through_python = pytensor_op(model), pytensor_op(model)
        through_python.likelihood.native = None
        functions = [ours, through_python, *([logp_ddm] if model == "ddm" else [])]
        for label in VARYING:
            values = values_of(params, label)
            for compiler, mode in (("Numba", "NUMBA"), ("JAX", "JAX")):
                times = shortest([compiled(f, data, values, mode) for f in functions])
                cells = [f"{1e6 * time:.0f} µs" for time in times]
                cells += ["-", "-"] if len(times) < 3 else [f"{times[2] / times[0]:.1f}"]
                print("|", " | ".join([model, label, compiler, *cells]), "|", flush=True)


if __name__ == "__main__":
    main()
