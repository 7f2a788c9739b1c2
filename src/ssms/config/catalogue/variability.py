"""Drift diffusion between constant boundaries, with and without variability across trials.

Everywhere `a` is half the separation and `z` the relative start: x(0) = a·(2z - 1).  What
varies is drawn again in each trial, each quantity independently.

Ratcliff (1978), Psychological Review 85:59-108; Ratcliff & Tuerlinckx (2002), Psychonomic
Bulletin & Review 9:438-481.
"""

from __future__ import annotations

from typing import Any

from ssms.config.catalogue._diffusion import diffusion
from ssms.processes import Diffusion, NonDecisionTime

__all__ = ["MODELS"]

UNIFORM_T = NonDecisionTime("uniform", location="t", scale="st")

ddm = diffusion(
    "ddm",
    "Drift diffusion between constant boundaries",
    v=(-3.0, 3.0, 0.0),
    a=(0.3, 2.5, 1.0),
    z=(0.1, 0.9, 0.5),
    t=(0.0, 2.0, 0.001),
)

ddm_sdv = diffusion(
    "ddm_sdv",
    "Drift diffusion; the drift varies normally (sv: standard deviation)",
    v=(-3.0, 3.0, 0.0),
    a=(0.3, 2.5, 1.0),
    z=(0.1, 0.9, 0.5),
    t=(0.001, 2.0, 0.001),
    sv=(0.001, 2.5, 0.001),
    process=Diffusion(drift_sd="sv"),
)

ddm_st = diffusion(
    "ddm_st",
    "Drift diffusion; non-decision time varies uniformly (st: half-width)",
    v=(-3.0, 3.0, 0.0),
    a=(0.3, 2.5, 1.0),
    z=(0.3, 0.7, 0.5),
    t=(0.25, 2.25, 0.25),
    st=(0.001, 0.25, 0.001),
    process=Diffusion(nondecision=UNIFORM_T),
)

# Not truncated: response times of 0 or less occur, and are legitimate.
ddm_normal_st = diffusion(
    "ddm_normal_st",
    "Drift diffusion; non-decision time varies normally (st: standard deviation)",
    v=(-3.0, 3.0, 0.0),
    a=(0.3, 2.5, 1.0),
    z=(0.3, 0.7, 0.5),
    t=(0.25, 2.25, 0.25),
    st=(0.001, 0.25, 0.001),
    process=Diffusion(nondecision=NonDecisionTime("normal", location="t", scale="st")),
)

# mt and st belong to the normal before truncation: mt is not the mean.
ddm_truncnormt = diffusion(
    "ddm_truncnormt",
    "Drift diffusion; non-decision time is a normal (mt, st) truncated to [0, ∞)",
    v=(-3.0, 3.0, 0.0),
    a=(0.3, 2.5, 1.0),
    z=(0.3, 0.7, 0.5),
    mt=(0.05, 2.25, 0.25),
    st=(0.001, 0.5, 0.001),
    process=Diffusion(nondecision=NonDecisionTime("truncated_normal", location="mt", scale="st")),
)

ddm_rayleight = diffusion(
    "ddm_rayleight",
    "Drift diffusion; non-decision time is Rayleigh (st: scale)",
    v=(-3.0, 3.0, 0.0),
    a=(0.3, 2.5, 1.0),
    z=(0.3, 0.7, 0.5),
    st=(0.001, 1.0, 0.2),
    process=Diffusion(nondecision=NonDecisionTime("rayleigh", location=None, scale="st")),
)

_FULL: dict[str, Any] = {
    "v": (-3.0, 3.0, 0.0),
    "a": (0.3, 2.5, 1.0),
    "z": (0.3, 0.7, 0.5),
    "t": (0.25, 2.25, 0.25),
    "sz": (0.001, 0.2, 0.001),
    "sv": (0.001, 2.0, 0.001),
}
_ABSOLUTE_START = Diffusion(drift_sd="sv", start_halfwidth="sz", nondecision=UNIFORM_T)

full_ddm = diffusion(
    "full_ddm",
    "Drift, start (sz: half-width in evidence units) and non-decision time vary",
    **_FULL,
    st=(0.001, 0.25, 0.001),
    process=_ABSOLUTE_START,
)

full_ddm2 = diffusion(
    "full_ddm2",
    "Another name of full_ddm",
    **_FULL,
    st=(0.001, 0.25, 0.001),
    process=_ABSOLUTE_START,
    same_as="full_ddm",
)

full_ddm_rv = diffusion(
    "full_ddm_rv",
    "Drift, start (sz: half-width of the relative start) and non-decision time vary",
    **_FULL,
    st=(0.001, "t", 0.001),
    process=Diffusion(
        drift_sd="sv",
        start_halfwidth="sz",
        start_halfwidth_unit="relative",
        nondecision=UNIFORM_T,
    ),
)

MODELS = (
    ddm,
    ddm_st,
    ddm_normal_st,
    ddm_truncnormt,
    ddm_rayleight,
    ddm_sdv,
    full_ddm,
    full_ddm2,
    full_ddm_rv,
)
