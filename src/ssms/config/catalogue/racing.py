"""Races of independent accumulators, and of leaky accumulators that inhibit each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ssms.config.spec import ModelSpec, parameters_from
from ssms.curves import registry_of
from ssms.processes import Race

__all__ = ["MODELS", "lca", "race"]

_DRIFT, _HEIGHT, _START = (0.0, 2.5, 0.0), (1.0, 3.0, 2.0), (0.0, 0.9, 0.5)
_TIME, _RATE = (0.0, 2.0, 0.001), (-1.0, 1.0, 0.0)

#: The starts of accumulators, by the word for them in a model's name.
STARTS: dict[str, str] = {
    "": "each with a start of its own",
    "no_bias": "with one start",
    "no_z": "from 0",
}


def _names(stem: str, n: int) -> tuple[str, ...]:
    return tuple(f"{stem}{i}" for i in range(n))


def _race(
    family: str,
    n: int,
    start: str,
    boundary: str,
    description: str,
    coupling: Sequence[str] = (),
    theta: tuple[float, float, float] = (-0.1, 1.45, 0.0),
) -> ModelSpec:
    """Return a model whose accumulators are reflected at 0."""
    drifts = _names("v", n)
    own: Any = {"": _names("z", n), "no_bias": "z", "no_z": None}[start]
    starts = own if isinstance(own, tuple) else (own,) if own else ()
    table: dict[str, tuple[float, float, float]] = dict.fromkeys(drifts, _DRIFT)
    table["a"] = _HEIGHT
    table.update(dict.fromkeys(starts, _START))
    table.update(dict.fromkeys(coupling, _RATE))
    table["t"] = _TIME
    if boundary == "angle":
        table["theta"] = theta
    words = (family, start, "" if boundary == "constant" else boundary, str(n))
    collapsing = ", toward a linearly collapsing boundary" if boundary == "angle" else ""
    leak, inhibition = coupling or (None, None)
    return ModelSpec(
        name="_".join(word for word in words if word),
        description=f"{description}, {STARTS[start]}{collapsing}",
        process=Race(drift=drifts, start=own, leak=leak, inhibition=inhibition),
        parameters=parameters_from(table),
        choices=tuple(range(n)),
        n_particles=n,
        boundary=registry_of("boundary").definition(boundary),
    )


def race(n: int, start: str = "", boundary: str = "constant") -> ModelSpec:
    """Return a race of independent accumulators.

    Parameters
    ----------
    n : int
        Number of accumulators.
    start : str
        "": ``z0``, ``z1``, ...; "no_bias": ``z`` of all; "no_z": they start at 0.
    boundary : str
        "constant" or "angle".

    Examples
    --------
    >>> race(5, "no_z").params
    ['v0', 'v1', 'v2', 'v3', 'v4', 'a', 't']
    """
    return _race("race", n, start, boundary, f"Race of {n} independent accumulators")


def lca(
    n: int,
    start: str = "",
    boundary: str = "constant",
    theta: tuple[float, float, float] = (-0.1, 1.45, 0.0),
) -> ModelSpec:
    """Return leaky, competing accumulators.

    Parameters
    ----------
    n, start, boundary
        As of `race`.
    theta : (low, high, default)
        Training bounds and default of the angle of a collapsing boundary.

    Examples
    --------
    >>> lca(2, "no_bias").params
    ['v0', 'v1', 'a', 'z', 'g', 'b', 't']
    """
    description = f"{n} leaky, competing accumulators"
    return _race("lca", n, start, boundary, description, ("g", "b"), theta)


racing_diffusion_3 = ModelSpec(
    name="racing_diffusion_3",
    description="Racing diffusion: 3 independent accumulators without a floor, uniform starts",
    process=Race(drift=_names("v", 3), start_range="A", floor=False, boundary_height="b"),
    parameters=parameters_from(
        {
            **dict.fromkeys(_names("v", 3), (0.0, 2.5, 1.0)),
            "A": (0.0, 1.0, 0.5),
            "b": (0.5, 3.0, 1.5),
            "t": _TIME,
        }
    ),
    choices=(0, 1, 2),
    n_particles=3,
)

_KINDS: tuple[tuple[str, str], ...] = (
    ("", "constant"),
    ("no_bias", "constant"),
    ("no_z", "constant"),
    ("no_bias", "angle"),
    ("no_z", "angle"),
)
_LCA_ANGLES = {3: (-1.0, 1.45, 0.0), 4: (-0.1, 1.45, 0.0)}

MODELS = (
    *(race(n, *kind) for n in (2, 3, 4) for kind in _KINDS),
    *(lca(n, *kind, theta) for n, theta in _LCA_ANGLES.items() for kind in _KINDS),
    racing_diffusion_3,
)
