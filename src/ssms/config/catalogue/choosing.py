"""Choices among values, without a response time."""

from __future__ import annotations

from ssms.config.spec import ModelSpec, parameters_from
from ssms.processes import Choice

__all__ = ["MODELS", "softmax"]


def softmax(n: int) -> ModelSpec:
    """Return a choice among n values ``q0``, ... with inverse temperature ``beta``.

    Examples
    --------
    >>> softmax(5).params
    ['beta', 'q0', 'q1', 'q2', 'q3', 'q4']
    """
    values = tuple(f"q{i}" for i in range(n))
    process = Choice(value=values)
    return ModelSpec(
        name=f"inv_temp_softmax_{n}",
        description=f"Choice among {n} values by softmax, without a response time",
        process=process,
        parameters=parameters_from(
            {"beta": (0.0, 10.0, 1.0), **dict.fromkeys(values, (0.0, 1.0, 0.5))}
        ),
        choices=process.choices,
        tags=("choice_only_rl",),
    )


MODELS = tuple(softmax(n) for n in (2, 3, 4))
