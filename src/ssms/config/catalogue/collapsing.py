"""Diffusion between boundaries that collapse (or open) as time passes, and the oldest spelling.

Hawkins, Forstmann, Wagenmakers, Ratcliff & Brown (2015), Journal of Neuroscience 35:2476-2484.
"""

from __future__ import annotations

from typing import Any

from ssms.config.catalogue._diffusion import diffusion
from ssms.processes import Diffusion

__all__ = ["MODELS"]

angle = diffusion(
    "angle",
    "Drift diffusion between linearly collapsing boundaries",
    v=(-3.0, 3.0, 0.0),
    a=(0.3, 3.0, 1.0),
    z=(0.1, 0.9, 0.5),
    t=(0.001, 2.0, 0.001),
    theta=(-0.1, 1.3, 0.0),
    boundary="angle",
)

angle_extended = diffusion(
    "angle_extended",
    "angle, for drifts twice as large",
    v=(-6.0, 6.0, 0.0),
    a=(0.3, 3.0, 1.0),
    z=(0.1, 0.9, 0.5),
    t=(0.001, 2.0, 0.001),
    theta=(-0.1, 1.3, 0.0),
    boundary="angle",
)

_WEIBULL: dict[str, Any] = {
    "v": (-2.5, 2.5, 0.0),
    "a": (0.3, 2.5, 1.0),
    "z": (0.2, 0.8, 0.5),
    "t": (0.001, 2.0, 0.001),
    "alpha": (0.31, 4.99, 3.0),
    "beta": (0.31, 6.99, 3.0),
}

weibull = diffusion(
    "weibull",
    "Drift diffusion between boundaries that collapse as a Weibull survivor function",
    **_WEIBULL,
    boundary="weibull_cdf",
)

weibull_cdf = diffusion(
    "weibull_cdf",
    "Another name of weibull",
    **_WEIBULL,
    boundary="weibull_cdf",
    same_as="weibull",
)

ddm_legacy = diffusion(
    "ddm_legacy",
    "Drift diffusion between 0 and a: a is the whole separation",
    v=(-3.0, 3.0, 0.0),
    a=(0.3, 2.5, 1.0),
    z=(0.1, 0.9, 0.5),
    t=(0.0, 2.0, 0.001),
    process=Diffusion(separation="full"),
)

MODELS = (angle, angle_extended, weibull, weibull_cdf, ddm_legacy)
