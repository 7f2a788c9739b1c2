"""Simulators of sequential sampling models, and training data for likelihood networks.

>>> import ssms
>>> theta = {"v": [0.5, 1.0], "a": 1.5, "z": 0.5, "t": 0.3}  # two trials
>>> results = ssms.simulate("ddm", theta, n_samples=1000, seed=1)
>>> results.rt.shape, results["rts"].shape
((1000, 2), (1000, 2, 1))
>>> frame = results.to_frame()  # columns trial, sample, rt, response

``ssms.models()`` lists the models, and ``print(ssms.model("angle"))`` shows one: equation,
parameters, training bounds.  ``ssms-generate --help`` explains how files of training data are made.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ssms._lazy import names_on_demand
from ssms._version import __version__

if TYPE_CHECKING:
    from ssms import (
        basic_simulators,
        config,
        dataset_generators,
        densities,
        hssm_support,
        likelihoods,
        plotting,
        rl,
        runs,
        support_utils,
        tracking,
        transforms,
    )
    from ssms.basic_simulators.simulator_class import Simulator
    from ssms.config.constants import OMISSION_SENTINEL
    from ssms.config.generator_config import get_default_generator_config
    from ssms.shortcuts import model, models, simulate

__all__ = [
    "OMISSION_SENTINEL",
    "Simulator",
    "__version__",
    "basic_simulators",
    "config",
    "dataset_generators",
    "densities",
    "get_default_generator_config",
    "hssm_support",
    "likelihoods",
    "model",
    "models",
    "plotting",
    "rl",
    "runs",
    "simulate",
    "support_utils",
    "tracking",
    "transforms",
]

# Imported when they are first asked for, so that `import ssms` costs next to nothing.
_SUBMODULES = (
    "basic_simulators",
    "cli",
    "config",
    "dataset_generators",
    "densities",
    "external_simulators",
    "hssm_support",
    "likelihoods",
    "plotting",
    "rl",
    "runs",
    "support_utils",
    "tracking",
    "transforms",
)
_HOMES = dict.fromkeys(_SUBMODULES, "") | {
    "Simulator": ".basic_simulators.simulator_class",
    "simulate": ".shortcuts",
    "models": ".shortcuts",
    "model": ".shortcuts",
    "OMISSION_SENTINEL": ".config.constants",
    "get_default_generator_config": ".config.generator_config",
}
_named, _ = names_on_demand(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    return _compiled_core() if name == "_core" else _named(name)


def _compiled_core() -> Any:
    try:
        return import_module("ssms._core")
    except ModuleNotFoundError as error:
        if error.name != "ssms._core":
            raise
        raise ImportError(
            "the compiled core, ssms._core, is missing; build it with `pip install .` in the "
            f"source tree, and import the installed package rather than {__path__[0]}"
        ) from error


def __dir__() -> list[str]:
    return sorted(__all__)
