"""Diffusion whose drift changes within a trial.

gamma_drift
    A gamma-shaped pulse on top of a constant drift; compare the conflict model of Ulrich,
    Schröter, Leuthold & Birngruber (2015), Cognitive Psychology 78:148-174.
conflict_*
    A target and a distractor whose weights or times of presentation differ.
shrink_spot*
    Attention narrows onto the target of a flanker display: White, Ratcliff & Starns (2011),
    Cognitive Psychology 63:210-238.
"""

from __future__ import annotations

from typing import Any

from ssms.config.catalogue._diffusion import diffusion
from ssms.config.spec import ModelSpec

__all__ = ["MODELS"]

Table = dict[str, Any]

_GAMMA: Table = {
    "shape": (2.0, 10.0, 5.0),
    "scale": (0.01, 1.0, 0.5),
    "c": (-3.0, 3.0, 1.0),
}
_GAMMA_START: Table = {
    "v": (-3.0, 3.0, 0.0),
    "a": (0.3, 3.0, 1.0),
    "z": (0.1, 0.9, 0.5),
    "t": (0.001, 2.0, 0.25),
}

gamma_drift = diffusion(
    "gamma_drift",
    "Diffusion with a gamma-shaped pulse of drift",
    **_GAMMA_START,
    **_GAMMA,
    drift="gamma_drift",
)

gamma_drift_angle = diffusion(
    "gamma_drift_angle",
    "gamma_drift between linearly collapsing boundaries",
    **_GAMMA_START,
    theta=(-0.1, 1.3, 0.0),
    **_GAMMA,
    drift="gamma_drift",
    boundary="angle",
)

CONFLICT_START: Table = {
    "v": (-3.0, 3.0, 0.0),
    "a": (0.3, 3.0, 2.0),
    "z": (0.1, 0.9, 0.5),
    "t": (0.001, 2.0, 1.0),
}
_COHERENCES: Table = {"tcoh": (-1.0, 1.0, 0.5), "dcoh": (-1.0, 1.0, -0.5)}
_ONSETS: Table = {"tonset": (0.0, 1.0, 0.0), "donset": (0.0, 1.0, 0.0)}
_RELAXATION: Table = {
    "tinit": (0.0, 5.0, 2.0),
    "dinit": (0.0, 5.0, 2.0),
    "tslope": (0.01, 5.0, 2.0),
    "dslope": (0.01, 5.0, 2.0),
    "tfixedp": (0.0, 5.0, 3.0),
    **_COHERENCES,
}
STIMULI: Table = {"vt": (0.0, 5.0, 2.0), "vd": (0.0, 5.0, 2.0), **_COHERENCES, **_ONSETS}


def _conflict(name: str, description: str, drift: str, table: Table) -> tuple[ModelSpec, ModelSpec]:
    """Return a conflict model between constant, and one between collapsing boundaries."""
    constant = diffusion(name, description, **CONFLICT_START, **table, drift=drift)
    collapsing = diffusion(
        f"{name}_angle",
        f"{name} between linearly collapsing boundaries",
        **CONFLICT_START,
        **table,
        theta=(0.0, 1.3, 0.0),
        drift=drift,
        boundary="angle",
    )
    return constant, collapsing


_CONFLICT = (
    *_conflict(
        "conflict_ds",
        "Attention relaxes from its start toward the target, away from the distractor",
        "conflict_ds_drift",
        _RELAXATION,
    ),
    *_conflict(
        "conflict_dsstimflex",
        "conflict_ds, with an onset for target and distractor each",
        "conflict_dsstimflex_drift",
        _RELAXATION | _ONSETS,
    ),
    *_conflict(
        "conflict_stimflex",
        "Target and distractor drive from their onsets on",
        "conflict_stimflex_drift",
        STIMULI,
    ),
    *_conflict(
        "conflict_stimflexrel1",
        "conflict_stimflex, onsets counted from the earlier one",
        "conflict_stimflexrel1_drift",
        STIMULI,
    ),
)

_SPOTLIGHT_START: Table = {
    "v": (-3.0, 3.0, 0.0),
    "a": (0.3, 3.0, 0.7),
    "z": (0.1, 0.9, 0.5),
    "t": (0.001, 2.0, 0.25),
    "ptarget": (2.0, 5.5, 2.0),
    "pouter": (-5.5, 5.5, -2.0),
}
_INNER: Table = {"pinner": (-5.5, 5.5, -2.0)}
_SLOW: Table = {"r": (0.01, 0.05, 0.01), "sda": (1.0, 3.0, 1.0)}
_FAST: Table = {"r": (0.01, 1.0, 0.01), "sda": (1.0, 3.0, 1.0)}

shrink_spot = diffusion(
    "shrink_spot",
    "Shrinking spotlight over a target, inner and outer flankers",
    **_SPOTLIGHT_START,
    **_INNER,
    **_SLOW,
    drift="attend_drift",
)

shrink_spot_extended = diffusion(
    "shrink_spot_extended",
    "shrink_spot, for spotlights that shrink up to 1 item a second",
    **_SPOTLIGHT_START,
    **_INNER,
    **_FAST,
    drift="attend_drift",
    same_as="shrink_spot",
)

shrink_spot_simple = diffusion(
    "shrink_spot_simple",
    "Shrinking spotlight over a target and one flanker on each side",
    **_SPOTLIGHT_START,
    **_SLOW,
    drift="attend_drift_simple",
)

shrink_spot_simple_extended = diffusion(
    "shrink_spot_simple_extended",
    "shrink_spot_simple, for spotlights that shrink up to 1 item a second",
    **_SPOTLIGHT_START,
    **_FAST,
    drift="attend_drift_simple",
)

MODELS = (
    gamma_drift,
    gamma_drift_angle,
    *_CONFLICT,
    shrink_spot,
    shrink_spot_extended,
    shrink_spot_simple,
    shrink_spot_simple_extended,
)
