"""Linear ballistic accumulators, also of two systems (reinforcement learning and working memory).

Brown & Heathcote (2008), Cognitive Psychology 57:153-178.
"""

from __future__ import annotations

from typing import Any

from ssms.config.spec import ModelSpec, parameters_from
from ssms.curves import registry_of
from ssms.processes import Ballistic
from ssms.transforms import NormalizeToSumConstraint, SwapIfLessConstraint

__all__ = ["MODELS", "lba"]

Bounds = tuple[float, float, float]

_DRIFT: Bounds = (0.0, 1.0, 0.25)


def _names(stem: str, n: int = 3) -> tuple[str, ...]:
    return tuple(f"{stem}{i}" for i in range(n))


def _model(
    name: str,
    description: str,
    process: Ballistic,
    parameters: dict[str, Bounds],
    boundary: str | None = None,
    constraints: tuple[Any, ...] = (),
) -> ModelSpec:
    return ModelSpec(
        name=name,
        description=description,
        process=process,
        parameters=parameters_from(parameters),
        choices=process.choices,
        n_particles=process.n_particles,
        boundary=registry_of("boundary").definition(boundary) if boundary else None,
        sampling_transforms=constraints,
    )


def lba(n: int, drifts: tuple[Bounds, ...] | None = None) -> ModelSpec:
    """Return a linear ballistic accumulator model with starts up to ``A`` and a boundary ``b``.

    Parameters
    ----------
    n : int
        Number of accumulators.
    drifts : tuple of (low, high, default), optional
        Training bounds and default of the drift of each.

    Examples
    --------
    >>> lba(6).params
    ['A', 'b', 'v0', 'v1', 'v2', 'v3', 'v4', 'v5']
    """
    names = _names("v", n)
    return _model(
        f"lba{n}",
        f"Linear ballistic accumulator, {n} choices",
        Ballistic(drift=names),
        {
            "A": (0.0, 1.0, 0.3),
            "b": (0.0, 1.0, 0.5),
            **dict(zip(names, drifts or (_DRIFT,) * n, strict=True)),
        },
        constraints=(SwapIfLessConstraint("b", "A"),),
    )


# Networks have been trained on these bounds.
_LBA = {
    2: ((0.0, 1.0, 0.5), (0.1, 1.1, 0.5)),
    3: ((0.0, 1.0, 0.25), (0.1, 1.1, 0.5), (0.1, 0.5, 0.25)),
    4: ((0.0, 1.0, 0.25), (0.1, 1.1, 0.25), (0.1, 0.5, 0.25), (0.1, 0.5, 0.25)),
}


def _sum_to_1(*systems: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the transforms that make sampled drifts of each system sum to 1."""
    return tuple(NormalizeToSumConstraint(list(drifts)) for drifts in systems)


def _threshold(high: float = 1.1, low: float = 0.1) -> Bounds:
    return (low, high, 0.5)


def _start(high: float = 0.5, low: float = 0.0) -> Bounds:
    return (low, high, 0.2)


def _drifts(stem: str, high: float = 1.0) -> dict[str, Bounds]:
    """Return bounds and defaults of the drifts of three accumulators."""
    return {f"{stem}{i}": (0.0, high, default) for i, default in enumerate((0.5, 0.3, 0.2))}


_AZ: dict[str, Any] = {"start_range": "z", "boundary_height": "a"}
_SWAP = (SwapIfLessConstraint("a", "z"),)
_THETA: Bounds = (0.0, 1.3, 0.0)


def _lba_3(name: str, words: str, sums: bool, low_z: float, **table: Any) -> ModelSpec:
    """Return a model of three accumulators with starts up to ``z`` and a boundary ``a``."""
    angle: dict[str, Bounds] = {"theta": _THETA} if table["boundary"] == "angle" else {}
    return _model(
        name,
        f"Linear ballistic accumulator, 3 choices{words}",
        Ballistic(drift=_names("v"), drifts_sum_to_1=sums, **_AZ),
        {**_drifts("v", table["drift"]), "a": _threshold(), "z": _start(low=low_z), **angle},
        table["boundary"],
        (*(_sum_to_1(_names("v")) if sums else ()), *_SWAP),
    )


_SUM = ", drifts that sum to 1"
_COLLAPSING = ", linearly collapsing boundary"

lba_3_vs_constraint = _lba_3("lba_3_vs_constraint", _SUM, True, 0.1, boundary="constant", drift=1.0)
lba_angle_3_vs_constraint = _lba_3(
    "lba_angle_3_vs_constraint", _COLLAPSING + _SUM, True, 0.0, boundary="angle", drift=1.0
)
lba_angle_3 = _lba_3("lba_angle_3", _COLLAPSING, False, 0.0, boundary="angle", drift=6.0)


def _two_systems(
    version: str, words: str, *, drift: float, a: float, z: float, more: Any = (), **roles: Any
) -> ModelSpec:
    """Return a model of reinforcement learning and working memory."""
    rl, wm = _names("vRL"), _names("vWM")
    sums = _sum_to_1(rl, wm) if roles.get("drifts_sum_to_1") else ()
    return _model(
        f"dev_rlwm_lba_{version}",
        f"Reinforcement learning and working memory, {words}",
        Ballistic(drift=rl, drift_2=wm, **roles, **_AZ),
        {
            **_drifts("vRL", drift),
            **_drifts("vWM", drift),
            "a": _threshold(a, 0.05),
            "z": _start(z),
            **dict(more),
        },
        constraints=(*sums, *_SWAP),
    )


_RACING = "ballistic accumulators that race"

MODELS = (
    *(lba(n, drifts) for n, drifts in _LBA.items()),
    lba_3_vs_constraint,
    lba_angle_3_vs_constraint,
    lba_angle_3,
    _two_systems(
        "race_v1", f"{_RACING}, drifts that sum to 1", drift=1.0, a=1.1, z=0.5, drifts_sum_to_1=True
    ),
    _two_systems("race_v2", _RACING, drift=2.0, a=3.0, z=2.0),
    _two_systems(
        "pw_v1",
        "ballistic accumulators whose drifts add up once working memory begins",
        drift=1.0, a=1.1, z=0.5, more={"tWM": (0.01, 0.5, 0.1)}, combined="sum", onset_2="tWM",
    ),
)  # fmt: skip
