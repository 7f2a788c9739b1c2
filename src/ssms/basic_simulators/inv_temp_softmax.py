"""Choices by softmax as a function, in the calling convention of a configuration's simulator."""

from __future__ import annotations

from typing import Any

import numpy as np

from ssms.checks import seed_from
from ssms.engine.results import NO_RESPONSE_TIME, Results
from ssms.processes import Choice

__all__ = ["PLACEHOLDER_RT", "inv_temp_softmax"]

PLACEHOLDER_RT = NO_RESPONSE_TIME
"""The response time (seconds) of a model that has none."""


def inv_temp_softmax(
    *,
    beta: Any,
    q0: Any,
    q1: Any,
    q2: Any = None,
    q3: Any = None,
    n_samples: int = 1000,
    n_trials: int = 1,
    max_t: float = 20.0,
    random_state: int | np.random.Generator | np.random.SeedSequence | None = None,
    **unused: Any,
) -> Results:
    """Draw choices among two to four values, P(i) = exp(beta q_i) / sum of exp(beta q_j).

    Parameters
    ----------
    beta : array_like
        Inverse temperature, at least 0: a number, or one for each trial.
    q0, q1, q2, q3 : array_like
        Values; with q2 or q3 None, there are so many fewer choices.
    n_samples, n_trials : int
        Samples of each trial; trials.
    max_t : float
        Recorded in the metadata.
    random_state : int, numpy.random.Generator, numpy.random.SeedSequence or None
        Seed, or what a seed is drawn from; None: another one at each call.
    **unused
        Other arguments of simulators (``delta_t``, ``s``, ...), which do not change choices.

    Returns
    -------
    Results
        ``rts`` (-1, float32) and ``choices`` (int64), both (n_samples, n_trials, 1), and
        ``metadata``.

    Raises
    ------
    ParameterError
        If a parameter is not allowed.

    Examples
    --------
    >>> out = inv_temp_softmax(
    ...     beta=2.0, q0=0.1, q1=0.9, n_samples=5, n_trials=2, max_t=20.0, random_state=1
    ... )
    >>> out["choices"].shape, float(out["rts"].max())
    ((5, 2, 1), -1.0)
    """
    given = {"q0": q0, "q1": q1, "q2": q2, "q3": q3}
    values = {name: value for name, value in given.items() if value is not None}
    results = Choice(value=tuple(values))(
        beta=beta,
        **values,
        n_samples=n_samples,
        n_trials=n_trials,
        max_t=max_t,
        random_state=seed_from(random_state),
        n_threads=unused.get("n_threads", 1),
    )
    results["choices"] = results["choices"].astype(np.int64)
    return results


inv_temp_softmax.has_response_time = False  # type: ignore[attr-defined]
