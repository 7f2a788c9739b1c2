"""Which boundary and which drift a model has, as the core takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ssms import _core
from ssms.config.boundary_registry import get_boundary_registry
from ssms.config.drift_registry import get_drift_registry
from ssms.errors import ConfigError

__all__ = ["Curve", "curve_of", "registered_name"]


@dataclass(frozen=True)
class Curve:
    """A boundary or drift that the core knows.

    Attributes
    ----------
    kind : int
        Index in ``_core.BOUNDARY_KINDS`` or ``_core.DRIFT_KINDS``.
    name : str
        Its name there.
    parameters : tuple of str
        The curve's parameters, in the order of the core.
    given : frozenset of str
        Those that the model passes on; the others have their defaults.
    defaults : tuple of float
        Value of each parameter that is not given.
    """

    kind: int
    name: str
    parameters: tuple[str, ...]
    given: frozenset[str]
    defaults: tuple[float, ...]

    def columns(
        self, names: Sequence[str]
    ) -> tuple[int, tuple[int, ...], tuple[float, ...], _core.CurveTable | None]:
        """Return the curve as `_core.DiffusionCall` takes it.

        Parameters
        ----------
        names : sequence of str
            What the rows of theta are.

        Raises
        ------
        ConfigError
            If theta lacks a parameter that the model passes on.
        """
        missing = sorted(self.given.difference(names))
        if missing:
            raise ConfigError(f"theta lacks {missing[0]!r}, a parameter of {self.name}")
        rows = tuple(names.index(p) if p in self.given else -1 for p in self.parameters)
        return self.kind, rows, self.defaults, None


def registered_name(config: Mapping[str, Any], kind: str) -> str | None:
    """Return the name of a configuration's boundary or drift, None if it is not a registered one.

    It is the function that counts: a user's own may bear the name of a registered one.

    Parameters
    ----------
    config : mapping
        A model configuration.
    kind : str
        "boundary" or "drift".
    """
    registry: Any = get_boundary_registry() if kind == "boundary" else get_drift_registry()
    function = config.get("boundary" if kind == "boundary" else "drift_fun")
    name = config.get(f"{kind}_name") or "constant"
    if function is None or (
        registry.is_registered(name) and registry.definition(name).function is function
    ):
        return str(name)
    return None


def curve_of(config: Mapping[str, Any], kind: str, constant: str) -> Curve | None:
    """Return the boundary or drift of a model, None if the core does not know it.

    Parameters
    ----------
    config : mapping
        A model configuration.
    kind : str
        "boundary" or "drift".
    constant : str
        The parameter that is the curve where the configuration has no function.
    """
    known = _core.BOUNDARY_KINDS if kind == "boundary" else _core.DRIFT_KINDS
    name = registered_name(config, kind)
    if name not in known:
        return None
    if config.get("boundary" if kind == "boundary" else "drift_fun") is None:
        if name != "constant":
            return None
        return Curve(known.index(name), name, (constant,), frozenset((constant,)), (0.0,))
    registry: Any = get_boundary_registry() if kind == "boundary" else get_drift_registry()
    definition = registry.definition(name)
    parameters = (*definition.params, *definition.optional)
    given = config.get(f"{kind}_params")
    if given is None:
        given = definition.params_among(config["params"])
    defaults = (definition.defaults.get(p) for p in parameters)
    return Curve(
        kind=known.index(name),
        name=name,
        parameters=parameters,
        given=frozenset(given),
        # an offset that is not given never comes
        defaults=tuple(float("inf") if d is None else float(d) for d in defaults),
    )
