"""A high-level decision and, for each of its outcomes, a low-level one: four choices in all.

Choice 2h + l: h is the choice of the high level, l the choice of the low level that belongs to it.
A family is one process between each of four boundaries.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ssms.config.spec import ModelSpec, Parameter, parameters_from
from ssms.curves import registry_of
from ssms.processes import Cascade
from ssms.transforms import RenameParameter

__all__ = ["MODELS"]

STARTS = ("zh", "zl1", "zl2")
_STARTS: dict[str, Any] = dict.fromkeys(STARTS, (0.2, 0.8, 0.5))
_DRIFTS: dict[str, Any] = dict.fromkeys(("vh", "vl1", "vl2"), (-4.0, 4.0, 0.0))
_HEIGHT: dict[str, Any] = {"a": (0.3, 2.5, 1.0)}
_TIME: dict[str, Any] = {"t": (0.0, 2.0, 1.0)}

BOUNDARIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "": ("constant", "constant boundaries", {}),
    "angle_": ("angle", "linearly collapsing boundaries", {"theta": (-0.1, 1.0, 0.0)}),
    "weibull_": (
        "weibull_cdf",
        "boundaries that collapse as a Weibull survivor function",
        {"alpha": (0.31, 4.99, 2.5), "beta": (0.31, 6.99, 3.5)},
    ),
    "conflict_gamma_": (
        "conflict_gamma",
        "boundaries with the bump of a gamma density, which collapse linearly",
        {
            "theta": (0.0, 0.5, 0.5),
            "scale": (0.0, 5.0, 1.0),
            "alphaGamma": (1.1, 5.0, 2.0),
            "scaleGamma": (0.5, 5.0, 2.0),
        },
    ),
}
"""By the word for it in names of models: the boundary, in words, its parameters beside ``a``."""


def unbiased(
    family: str, description: str, process: Cascade, word: str, **between: Any
) -> ModelSpec:
    """Return the model of a family whose levels start in the middle between one of `BOUNDARIES`.

    Parameters
    ----------
    family, description : str
        Its name without the boundary; one line on it.
    process : Cascade
        The process, without starts.
    word : str
        A key of `BOUNDARIES`.
    **between : (low, high, default)
        Parameters of the process beside drifts and non-decision time.
    """
    boundary, words, shape = BOUNDARIES[word]
    last = word == "conflict_gamma_"  # its parameters follow on the others, with the height
    table = (
        {**_DRIFTS, **between, **_TIME, **_HEIGHT, **shape}
        if last
        else {**_DRIFTS, **_HEIGHT, **between, **_TIME, **shape}
    )
    return ModelSpec(
        name=f"{family}_{word}no_bias",
        description=f"{description}, between {words}, from the middle",
        process=process,
        parameters=parameters_from(table),
        choices=process.choices,
        boundary=registry_of("boundary").definition(boundary),
    )


def biased(
    family: str, description: str, process: Cascade, t: float = 1.0, **between: Any
) -> ModelSpec:
    """Return the model of a family with starts of its own, between constant boundaries."""
    time = {"t": (0.0, 2.0, t)}
    return ModelSpec(
        name=family,
        description=f"{description}, between constant boundaries",
        process=replace(process, starts=STARTS),
        parameters=parameters_from({**_DRIFTS, **_HEIGHT, **_STARTS, **between, **time}),
        choices=process.choices,
    )


_D: dict[str, Any] = {"d": (0.0, 1.0, 0.5)}
_G: dict[str, Any] = {"g": (0.0, 3.0, 1.5)}
_ADJ = Cascade("modulated", withheld="d")

_FAMILIES: tuple[tuple[str, str, Cascade, dict[str, Any]], ...] = (
    ("ddm_par2", "Two levels side by side", Cascade("parallel"), {}),
    ("ddm_seq2", "Two levels, one after the other", Cascade("sequential"), {}),
    ("ddm_mic2_adj", "The high level's belief drives the low level", _ADJ, _D),
    (
        "ddm_mic2_ornstein",
        "The high level's belief drives the low level, which leaks until it is certain",
        replace(_ADJ, leak="g"),
        {**_D, **_G},
    ),
    (
        "ddm_mic2_leak",
        "The high level's belief drives the low level, which leaks at rate 2 until it is certain",
        replace(_ADJ, leak=2.0),
        _D,
    ),
    (
        "ddm_mic2_multinoise",
        "The high level's belief drives the low level, noise included",
        Cascade("multinoise", withheld="d"),
        _D,
    ),
    ("tradeoff", "Two levels share resources", Cascade("tradeoff", withheld="d"), _D),
)


def _family(family: str, description: str, process: Cascade, between: Any) -> list[ModelSpec]:
    """Return a family's models: with starts, if it has such a model, and from the middle."""
    found = []
    if family not in ("ddm_mic2_multinoise", "tradeoff"):
        t = 0.5 if process.withheld else 1.0
        found.append(biased(family, description, process, t, **between))
    for word in BOUNDARIES:
        model = unbiased(family, description, process, word, **between)
        found.append(_as_released(model) if model.name in _RELEASED else model)
        if process.leak is not None:
            found.append(_without_low_noise(found[-1]))
    return found


def _without_low_noise(model: ModelSpec) -> ModelSpec:
    """Return a model without noise of the low level while the high level is undecided."""
    return replace(
        model,
        name=f"{model.name}_no_lowdim_noise",
        description=f"{model.description}; no noise of the low level before",
        process=replace(model.process, early_noise=0.0),  # type: ignore[type-var]
        same_as=model.name,
    )


# Bounds, defaults and spellings of single models that users know.
_RELEASED = {
    "ddm_par2_weibull_no_bias": {"beta": Parameter("beta", 0.31, 6.99, 3.0)},
    "tradeoff_conflict_gamma_no_bias": {
        "alphaGamma": Parameter("alphagamma", 1.1, 5.0, 2.0),
        "scaleGamma": Parameter("scalegamma", 0.5, 5.0, 2.0),
    },
}


def _as_released(model: ModelSpec) -> ModelSpec:
    known = _RELEASED[model.name]
    parameters = tuple(known.get(p.name, p) for p in model.parameters)
    renames = tuple(RenameParameter(p.name, old) for old, p in known.items() if p.name != old)
    return replace(model, parameters=parameters, simulation_transforms=renames)


MODELS = tuple(model for family in _FAMILIES for model in _family(*family))
