"""Processes as the functions that configurations of models hold as their simulator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from ssms.curves.curve import Curve
from ssms.curves.registry import registry_of
from ssms.engine.request import Request
from ssms.engine.results import Results
from ssms.errors import unknown_name

__all__ = ["CallableProcess", "as_read_by", "constant_curve", "has_no_boundary"]


class CallableProcess:
    """A process that can be called like a simulator function of a user's own."""

    @property
    def __name__(self) -> str:  # functions have one, and users print it
        return str(cast(Any, self).label)

    def __call__(
        self,
        *,
        n_samples: int,
        max_t: float,
        random_state: int,
        n_threads: int = 1,
        delta_t: float = 0.001,
        boundary_fun: Any = None,
        boundary_params: Mapping[str, Any] | None = None,
        drift_fun: Any = None,
        drift_params: Mapping[str, Any] | None = None,
        n_trials: int | None = None,
        smooth_unif: bool = False,
        return_option: str = "full",
        **theta: Any,
    ) -> Results:
        """Simulate, in the calling convention of a model configuration's simulator.

        Parameters
        ----------
        n_samples : int
            Samples of each trial.
        max_t, delta_t : float
            Longest decision time; step of time grids (seconds).
        random_state : int
            Seed.
        n_threads : int
            Threads that work.
        boundary_fun, drift_fun : callable, optional
            Functions of time, in place of a constant boundary and drift.
        boundary_params, drift_params : mapping, optional
            Their parameters; where they are not given, `theta` holds those that a function of
            your own takes.
        n_trials : int, optional
            Number of trials; else as many as `theta` has entries.
        smooth_unif, return_option
            As in `ssms.Simulator.simulate`.
        **theta : array_like, shape (n_trials,)
            The parameters.

        Returns
        -------
        Results
            ``rts`` float32 and ``choices`` int32, both (n_samples, n_trials, 1), and
            ``metadata``.

        Raises
        ------
        UnknownNameError
            If a parameter belongs to neither this process nor its boundary or drift.
        ConfigError, ParameterError
            As `ssms.Simulator.simulate` does.
        """
        process = cast(Any, self)
        boundary = curve_called("boundary", boundary_fun, boundary_params, process)
        drift = curve_called("drift", drift_fun, drift_params, process)
        theta = {**theta, **(boundary_params or {}), **(drift_params or {})}
        known = {*process.fixed_parameters, *process.noise_names, "deadline"}
        known.update(*(curve.params for curve in (boundary, drift) if curve is not None))
        for name in theta:
            if name not in known:
                raise unknown_name("parameter of this process", name, sorted(known))
        columns = [np.asarray(value, np.float64).ravel() for value in theta.values()]
        shape = np.broadcast_shapes(*(c.shape for c in columns), (n_trials or 1,))
        matrix = np.ascontiguousarray([np.broadcast_to(c, shape) for c in columns])
        model = _Called(process, list(theta), boundary, drift)
        request = Request(
            tuple(theta), matrix, n_samples, delta_t, max_t, max_t, process.default_noise,
            smooth_unif, n_threads, "auto", return_option == "full", {}, "raise", random_state,
        )  # fmt: skip
        results: Results = process.bind(model).simulate(request, None)
        for key in ("rts", "choices"):
            results[key] = results[key].reshape(n_samples, matrix.shape[1], 1)
        return results


class _Called:
    """The model that the arguments of a call describe."""

    def __init__(
        self, process: Any, params: list[str], boundary: Curve | None, drift: Curve | None
    ) -> None:
        self.name = process.label
        self.params = params
        self.defaults: dict[str, float] = {}
        self.choices = process.choices
        self.n_particles = getattr(process, "n_particles", 1)
        self.boundary, self.drift = boundary, drift
        self.boundary_params = boundary.params if boundary else ()
        self.drift_params = drift.params if drift else ()


def curve_called(
    kind: str, function: Any, params: Mapping[str, Any] | None, process: Any
) -> Curve | None:
    """Return the curve that a call names, with the parameters it is given."""
    if function is None:
        return constant_curve(
            kind, process.boundary_height if kind == "boundary" else process.base_drift
        )
    registry = registry_of(kind)
    registered, passed = registry.find(function), tuple(params or ())
    if registered is not None:
        return replace(registered, params=passed, optional=())
    if params is None:
        return as_read_by(registry.of_function(function), process)
    own = Curve(kind, getattr(function, "__name__", "custom"), function, passed)
    return as_read_by(own, process)


def has_no_boundary(process: Any) -> bool:
    """Return whether a process is one of the core's without a boundary."""
    row = getattr(process, "row", None)
    return row is not None and not row.has_boundary


def as_read_by(curve: Curve, process: Any) -> Curve:
    """Return a curve as a process reads it.

    A constant boundary takes the parameter that is the process's height.  A drift of the user's own
    has a column for each part of the evidence that leaks on its own.
    """
    height = getattr(process, "boundary_height", None)
    if curve.kind == "boundary" and curve.row is not None and curve.name == "constant":
        return constant_curve("boundary", height) or curve
    if curve.kind == "drift" and curve.row is None:
        return replace(curve, n_columns=2 if isinstance(getattr(process, "leak", 0), tuple) else 1)
    return curve


def constant_curve(kind: str, parameter: str | None) -> Curve | None:
    """Return the curve that is constant, and equal to a parameter; None without one."""
    if parameter is None:
        return None
    constant = registry_of(kind).definition("constant")
    assert constant.row is not None  # it is the package's
    row = constant.row._replace(parameters=(constant.row.parameters[0]._replace(name=parameter),))
    return replace(constant, params=(parameter,), row=row, formula=parameter)
