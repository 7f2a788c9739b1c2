"""Which boundary and which drift a model has, as the core takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ssms import _core
from ssms.config.boundary_registry import get_boundary_registry
from ssms.config.drift_registry import get_drift_registry
from ssms.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    # kind, rows of theta, values where there is no row, table
    Columns = tuple[int, tuple[int, ...], tuple[float, ...], _core.CurveTable | None]

__all__ = ["Curve", "CustomCurve", "curve_of", "registered_name"]


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
        self, names: Sequence[str], theta: FloatArray, max_t: float
    ) -> tuple[Columns, FloatArray]:
        """Return the curve as `_core.DiffusionCall` takes it, and theta.

        Parameters
        ----------
        names : sequence of str
            What the rows of theta are.
        theta : ndarray of float64, shape (n_names, n_trials)
            Parameters.
        max_t : float
            Longest decision time (seconds).

        Raises
        ------
        ConfigError
            If theta lacks a parameter that the model passes on.
        """
        _check_given(self.name, self.given, names)
        rows = tuple(names.index(p) if p in self.given else -1 for p in self.parameters)
        return (self.kind, rows, self.defaults, None), theta


@dataclass(frozen=True)
class CustomCurve:
    """A boundary or drift of a user's own.

    Attributes
    ----------
    of : str
        "boundary" or "drift".
    name : str
        Its name, for messages.
    function : callable
        Called as ``function(t=times, **parameters)``.
    parameters : tuple of str
        Names of its parameters.
    n_columns : int
        Columns of what it returns: one, or one for each part of evidence that leaks on its own.
    """

    of: str
    name: str
    function: Callable[..., Any]
    parameters: tuple[str, ...]
    n_columns: int = 1

    def columns(
        self, names: Sequence[str], theta: FloatArray, max_t: float
    ) -> tuple[Columns, FloatArray]:
        """Return the curve as `_core.DiffusionCall` takes it, and theta with the rows it reads.

        The function is tabulated; trials of different parameters read different rows of the
        table, whose numbers become a row of theta.  Parameters as of `Curve.columns`.
        """
        import numpy as np

        from ssms.config.processes.tabulation import tabulate

        label = f"{self.of} {self.name!r}"
        _check_given(label, self.parameters, names)
        values = theta[[names.index(p) for p in self.parameters]]
        distinct, rows = np.unique(values, axis=1, return_inverse=True)
        sets: list[Mapping[str, float]] = [
            dict(zip(self.parameters, column, strict=True)) for column in distinct.T.tolist()
        ]
        if not self.parameters:
            sets, rows = [{}], np.zeros(theta.shape[1], int)
        boundary = self.of == "boundary"
        table = tabulate(self.function, label, sets, max_t, self.n_columns, positive=boundary)
        known = _core.BOUNDARY_KINDS if boundary else _core.DRIFT_KINDS
        kind = known.index("table" if self.n_columns == 1 else "table_dual")
        if len(sets) == 1:
            return (kind, (-1,), (0.0,), table), theta
        return (kind, (len(theta),), (0.0,), table), np.vstack([theta, rows.reshape(1, -1)])


def _check_given(label: str, parameters: Iterable[str], names: Sequence[str]) -> None:
    missing = sorted(set(parameters).difference(names))
    if missing:
        raise ConfigError(f"theta lacks {missing[0]!r}, a parameter of {label}")


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


def curve_of(
    config: Mapping[str, Any], kind: str, constant: str, n_columns: int = 1
) -> Curve | CustomCurve:
    """Return the boundary or drift of a model.

    Parameters
    ----------
    config : mapping
        A model configuration.
    kind : str
        "boundary" or "drift".
    constant : str
        The parameter that is the curve where the configuration has no function.
    n_columns : int
        Columns of what a function of a user's own returns.

    Raises
    ------
    ConfigError
        If the configuration names a function and does not hold it.
    """
    known = _core.BOUNDARY_KINDS if kind == "boundary" else _core.DRIFT_KINDS
    name = registered_name(config, kind)
    function = config.get("boundary" if kind == "boundary" else "drift_fun")
    given = config.get(f"{kind}_params")
    if function is None:
        if name != "constant":
            raise ConfigError(f"The configuration names the {kind} {name!r} and does not hold it")
        return Curve(known.index(name), name, (constant,), frozenset((constant,)), (0.0,))
    registry: Any = get_boundary_registry() if kind == "boundary" else get_drift_registry()
    if name not in known or not registry.definition(name).builtin:
        own_name = str(config.get(f"{kind}_name") or getattr(function, "__name__", "custom"))
        if given is None and name is not None:
            given = registry.definition(name).params_among(config["params"])
        return CustomCurve(kind, own_name, function, tuple(given or ()), n_columns)
    definition = registry.definition(name)
    if given is None:
        given = definition.params_among(config["params"])
    parameters = (*definition.params, *definition.optional)
    defaults = (definition.defaults.get(p) for p in parameters)
    return Curve(
        kind=known.index(name),
        name=name,
        parameters=parameters,
        given=frozenset(given),
        # an offset that is not given never comes
        defaults=tuple(float("inf") if d is None else float(d) for d in defaults),
    )
