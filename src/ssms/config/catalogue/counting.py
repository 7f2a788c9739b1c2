"""Races of Poisson counters."""

from __future__ import annotations

from ssms.config.spec import ModelSpec, parameters_from
from ssms.processes import Counting

__all__ = ["MODELS", "poisson_race"]


def poisson_race(n: int) -> ModelSpec:
    """Return a race of Poisson counters with rates ``r1``, ... and counts ``k1``, ...

    Examples
    --------
    >>> poisson_race(3).params
    ['r1', 'r2', 'r3', 'k1', 'k2', 'k3', 't']
    """
    rates, counts = (tuple(f"{stem}{i}" for i in range(1, n + 1)) for stem in "rk")
    process = Counting(rate=rates, count=counts)
    return ModelSpec(
        name="poisson_race" if n == 2 else f"poisson_race_{n}",
        description=f"Race of {n} Poisson counters",
        process=process,
        parameters=parameters_from(
            {
                **dict.fromkeys(rates, (0.001, 20.0, 1.0)),
                **dict.fromkeys(counts, (1.0, 20.0, 2.0)),
                "t": (0.0, 2.0, 0.001),
            }
        ),
        choices=process.choices,
        n_particles=n,
    )


MODELS = (poisson_race(2),)
