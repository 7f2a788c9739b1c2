"""Diffusion with leak: gathered evidence decays at rate g (g < 0: it grows).

Busemeyer & Townsend (1993), Psychological Review 100:432-459; for unbounded motion this is the
process of Uhlenbeck & Ornstein (1930), Physical Review 36:823-841.
"""

from __future__ import annotations

from typing import Any

from ssms.config.catalogue._diffusion import diffusion
from ssms.config.catalogue.drifting import CONFLICT_START, STIMULI
from ssms.processes import Diffusion

__all__ = ["MODELS"]

_ORNSTEIN: dict[str, Any] = {
    "v": (-2.0, 2.0, 0.0),
    "a": (0.3, 3.0, 1.0),
    "z": (0.1, 0.9, 0.5),
    "g": (-1.0, 1.0, 0.0),
    "t": (0.001, 2.0, 0.001),
}

ornstein = diffusion(
    "ornstein",
    "Leaky diffusion (Ornstein-Uhlenbeck) between constant boundaries",
    **_ORNSTEIN,
    process=Diffusion(leak="g"),
)

ornstein_angle = diffusion(
    "ornstein_angle",
    "ornstein between linearly collapsing boundaries",
    **_ORNSTEIN,
    theta=(-0.1, 1.3, 0.1),
    process=Diffusion(leak="g"),
    boundary="angle",
)

OFFSETS: dict[str, Any] = {"toffset": (0.0, 1.0, 0.2), "doffset": (0.0, 1.0, 0.2)}

# The offsets take effect here (earlier releases left the stimuli on).
conflict_stimflexrel1_leak = diffusion(
    "conflict_stimflexrel1_leak",
    "conflict_stimflexrel1 with offsets of the stimuli, and leak",
    **CONFLICT_START,
    **STIMULI,
    **OFFSETS,
    g=(0.0, 1.0, 0.0),
    process=Diffusion(leak="g"),
    drift="conflict_stimflexrel1_drift",
)

# v is a parameter by name only: the two drifts hold all of the evidence.
conflict_stimflexrel1_leak2 = diffusion(
    "conflict_stimflexrel1_leak2",
    "Target and distractor with offsets, each with a leak of its own",
    **CONFLICT_START,
    **STIMULI,
    **OFFSETS,
    gt=(0.0, 1.0, 0.0),
    gd=(0.0, 1.0, 0.0),
    process=Diffusion(leak=("gt", "gd")),
    drift="conflict_stimflexrel1_dual_drift",
)

MODELS = (ornstein, ornstein_angle, conflict_stimflexrel1_leak, conflict_stimflexrel1_leak2)
