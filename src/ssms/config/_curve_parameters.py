"""The parameters of a model whose boundary or drift has been replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ssms.curves.curve import Curve

__all__ = ["parameters_with_curves", "usual_bounds", "usual_defaults"]

Curves = Mapping[str, Curve]


def parameters_with_curves(config: Mapping[str, Any], curves: Curves) -> list[str] | None:
    """Return the parameters that a model reads with another boundary or drift.

    Parameters
    ----------
    config : mapping
        The model as it was.
    curves : mapping
        The new functions by kind, "boundary" or "drift".

    Returns
    -------
    list of str or None
        The model's parameters that process, boundary or drift still read, in their order, then the
        other parameters of the new functions, and last the deadline.  None where it is not known
        which are read: for a simulator of the user's own, and behind transforms that do more than
        rename parameters.
    """
    process = config["simulator"]
    names = _names_in_process(config)
    fixed = getattr(process, "fixed_parameters", None)
    if fixed is None or names is None:
        return None
    read = {*fixed, *process.noise_names}
    new: list[str] = []
    for kind, key, role in (
        ("boundary", "boundary", process.boundary_height),
        ("drift", "drift_fun", process.base_drift),
    ):
        if kind in curves:
            read |= {*curves[kind].params, *curves[kind].optional}
            new += curves[kind].params
        elif config.get(key) is not None:
            read |= set(config.get(f"{kind}_params") or ())
        else:
            read.add(role)
    kept = [name for name in config["params"] if names.get(name, name) in read]
    known = {names.get(name, name) for name in kept}
    last = ["deadline"] if "deadline" in config["params"] else []
    return [*kept, *dict.fromkeys(name for name in new if name not in known), *last]


def _names_in_process(config: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the names of renamed parameters in the process; None if transforms do more."""
    from ssms.transforms import RenameParameter

    transforms = (config.get("parameter_transforms") or {}).get("simulation") or ()
    renames = [t for t in transforms if isinstance(t, RenameParameter) and not t.transform_fn]
    if len(renames) < len(transforms):
        return None
    return {transform.old_name: transform.new_name for transform in renames}


def usual_bounds(names: Iterable[str], curves: Curves) -> dict[str, tuple[Any, Any]]:
    """Return the training bounds that built-in models with these functions give parameters."""
    return {name: (p.low, p.high) for name, p in _usual(names, curves).items()}


def usual_defaults(names: Iterable[str], curves: Curves) -> dict[str, float]:
    """Return the defaults that built-in models with these functions give parameters."""
    return {name: p.default for name, p in _usual(names, curves).items()}


def _usual(names: Iterable[str], curves: Curves) -> dict[str, Any]:
    from ssms.config.catalogue import models

    found: dict[str, Any] = {}
    for model in models().values():
        for kind, curve in curves.items():
            own = getattr(model, kind)
            if curve.builtin and own is not None and own.name == curve.name:
                for parameter in model.parameters:
                    if parameter.name in names and parameter.name in curve.params:
                        found.setdefault(parameter.name, parameter)
    return found
