"""Lévy flights: diffusion with α-stable noise, whose jumps are larger the smaller α is.

The noise over a time τ has the characteristic function exp(-τ·|s·k|^α); at α = 2 that is Brownian
motion with variance 2·s² per second, twice the variance of `ddm`.

Voss, Lerche, Mertens & Voss (2019), Psychonomic Bulletin & Review 26:813-832.
"""

from __future__ import annotations

from typing import Any

from ssms.config.catalogue._diffusion import diffusion
from ssms.processes import Diffusion

__all__ = ["MODELS"]

_LEVY: dict[str, Any] = {
    "v": (-3.0, 3.0, 0.0),
    "a": (0.3, 3.0, 1.0),
    "z": (0.1, 0.9, 0.5),
    "alpha": (1.0, 2.0, 1.5),
    "t": (0.001, 2.0, 0.1),
}

levy = diffusion(
    "levy",
    "Lévy flight between constant boundaries",
    **_LEVY,
    process=Diffusion(stability="alpha"),
)

levy_angle = diffusion(
    "levy_angle",
    "Lévy flight between linearly collapsing boundaries",
    **_LEVY,
    theta=(-0.1, 1.3, 0.01),
    process=Diffusion(stability="alpha"),
    boundary="angle",
)

MODELS = (levy, levy_angle)
