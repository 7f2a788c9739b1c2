"""Attention: evidence for an item grows faster while gaze is on it.

Krajbich, Armel & Rangel (2010), Nature Neuroscience 13:1292-1298.
"""

from __future__ import annotations

from ssms.config.spec import ModelSpec, parameters_from
from ssms.curves import registry_of
from ssms.processes import Attention

__all__ = ["MODELS"]

addm = ModelSpec(
    name="addm",
    description="Attentional drift diffusion between linearly collapsing boundaries",
    process=Attention(),
    parameters=parameters_from(
        {
            "eta": (0.0, 1.0, 0.5),
            "kappa": (0.0, 5.0, 0.5),
            "a": (0.1, 3.0, 2.0),
            "b": (0.0, 3.0, 0.2),
            "x0": (-1.0, 1.0, 0.0),
            "t": (0.0, 2.0, 0.1),
        }
    ),
    boundary=registry_of("boundary").definition("addm_collapse"),
)

MODELS = (addm,)
