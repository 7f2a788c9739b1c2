"""Models of one diffusion between two boundaries as models of PyDDM (extra ``pyddm``).

Shinn, Lam & Murray (2020), eLife 9:e56938.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms.basic_simulators.simulator_class import Simulator
from ssms.config.spec import ModelSpec
from ssms.errors import ConfigError, ParameterError, bad_value, missing_package
from ssms.processes import Diffusion

__all__ = ["SSMSToPyDDMMapper", "require_expressible"]

MAX_DX = 0.005
"""Width of a cell of PyDDM's grid of evidence is at most this."""

MIN_CELLS = 200
"""Cells from the middle to a boundary, at least: a coarser grid misplaces choices by 1e-3."""

_SETTINGS = {"delta_t": 0.001, "max_t": 20.0}


class SSMSToPyDDMMapper:
    """Turns a model configuration and parameters into a model of PyDDM.

    PyDDM has one diffusion with normal noise between two boundaries that close, or stay.  A model
    that is not of this kind is refused, by the name of the part that PyDDM cannot express.

    Examples
    --------
    >>> from ssms.config import model_config
    >>> SSMSToPyDDMMapper.is_compatible(model_config["angle"])
    (True, 'Compatible')
    >>> SSMSToPyDDMMapper.is_compatible(model_config["race_3"])
    (False, 'a race is no single diffusion between two boundaries')
    """

    @classmethod
    def is_compatible(cls, model_config: Mapping[str, Any]) -> tuple[bool, str]:
        """Return whether PyDDM can express a model, and if not, why.

        Parameters
        ----------
        model_config : mapping
            A model configuration.

        Returns
        -------
        compatible : bool
        reason : str
            Why not, or "Compatible".
        """
        spec = ModelSpec.from_config(model_config)
        reason = _why_not(spec)
        return reason is None, reason or "Compatible"

    @classmethod
    def create_drift_function(cls, model_config: Mapping[str, Any]) -> Callable[..., Any]:
        """Return the drift in `model_config` as ``f(t, x, **theta)``, leak included (evidence/s).

        Raises
        ------
        ConfigError
            PyDDM cannot express the model.
        """
        spec, process = _expressible(model_config)
        drift, names, leak = spec.drift, spec.drift_params, process.leak
        assert drift is not None  # a diffusion has one
        assert not isinstance(leak, tuple)

        def drift_at(t: Any, x: Any, /, **theta: Any) -> Any:
            value = drift.function(t, **{name: theta[name] for name in names})
            return value - theta[leak] * x if leak is not None else value

        if not drift.builtin or drift.name != "constant":
            return drift_at
        (base,) = names  # of a constant drift, under the model's name for it

        def constant_at(t: Any, x: Any, /, **theta: Any) -> Any:
            return theta[base] - theta[leak] * x if leak is not None else theta[base]

        return constant_at

    @classmethod
    def create_boundary_function(cls, model_config: Mapping[str, Any]) -> Callable[..., Any]:
        """Return the boundary in `model_config`, from the middle, as ``f(t, **theta)``.

        Raises
        ------
        ConfigError
            PyDDM cannot express the model.
        """
        spec, process = _expressible(model_config)
        boundary, names = spec.boundary, spec.boundary_params
        assert boundary is not None
        half = 0.5 if process.separation == "full" else 1.0
        height = names[0] if boundary.builtin and boundary.name == "constant" else None

        def boundary_at(t: Any, /, **theta: Any) -> Any:
            if height is not None:
                return half * theta[height] + 0.0 * np.asarray(t, float)
            return half * boundary.function(t, **{name: theta[name] for name in names})

        return boundary_at

    @classmethod
    def transform_z_to_x0(cls, z: float, bound_at_t0: float, safety_margin: float = 0.99) -> float:
        """Return the evidence at which a relative start lies.

        Parameters
        ----------
        z : float
            Relative start, from 0 (lower boundary) to 1.
        bound_at_t0 : float
            Distance of a boundary from the middle at time 0.
        safety_margin : float
            Starts are at most this share of the way from the middle to a boundary.

        Examples
        --------
        >>> SSMSToPyDDMMapper.transform_z_to_x0(0.75, 2.0)
        1.0
        """
        furthest = safety_margin * bound_at_t0
        return float(np.clip(bound_at_t0 * (2.0 * z - 1.0), -furthest, furthest))

    @classmethod
    def check_theta(cls, model_config: Mapping[str, Any], theta: Any) -> None:
        """Raise if PyDDM cannot express the boundary that parameters give.

        Parameters
        ----------
        model_config : mapping
            The model.
        theta : mapping
            Numbers, or vectors with an entry a trial.

        Raises
        ------
        ParameterError
            A boundary opens, or a value is not allowed.
        """
        Simulator(dict(model_config)).validate_params(theta)
        n = max(np.size(value) for value in theta.values())
        columns = {name: np.broadcast_to(np.ravel(v), n) for name, v in theta.items()}
        for trial in range(n):
            one = {name: float(column[trial]) for name, column in columns.items()}
            _heights(model_config, one, np.linspace(0.0, _SETTINGS["max_t"], 2001))

    @classmethod
    def build_pyddm_model(
        cls,
        model_config: Mapping[str, Any],
        theta: Mapping[str, Any],
        generator_config: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the model of PyDDM for one parameter set.

        Parameters
        ----------
        model_config : mapping
            The model.
        theta : mapping
            One value for each parameter; the noise ``s`` may be among them.
        generator_config : mapping, optional
            Its ``simulator.delta_t`` and ``simulator.max_t`` are the step and the longest decision
            time (seconds); by default 0.001 and 20.

        Returns
        -------
        pyddm.Model
            Without lapses; ``choice_names`` are PyDDM's: "correct" is the upper boundary.

        Raises
        ------
        MissingPackageError
            PyDDM is not installed.
        ConfigError, ParameterError
            PyDDM cannot express the model, or the boundary that the parameters give.
        """
        pyddm = _pyddm()
        values = {name: float(np.ravel(value)[0]) for name, value in theta.items()}
        _, process = _expressible(model_config)
        Simulator(dict(model_config)).validate_params(values)
        settings = {**_SETTINGS, **(generator_config or {}).get("simulator", {})}
        dt = float(settings["delta_t"])
        t = values[str(process.nondecision.location)]
        duration = float(settings["max_t"] or _SETTINGS["max_t"]) + t
        times = np.arange(math.ceil(duration / dt) + 2, dtype=np.float64) * dt
        heights = _heights(model_config, values, times)
        dx = float(heights[0]) / max(MIN_CELLS, math.ceil(heights[0] / MAX_DX))
        margin = 1.0 - 2.0 * dx / heights[0]
        x0 = cls.transform_z_to_x0(values[process.start], heights[0], margin)
        return pyddm.gddm(
            drift=_drift_on(cls.create_drift_function(model_config), values, times, process),
            noise=values.get("s", values.get("sd", 1.0)),
            bound=_bound_on(heights, times, 2.0 * dx),
            starting_position=_start_at(x0),
            nondecision=t,
            mixture_coef=0,
            dt=dt,
            dx=dx,
            T_dur=duration,
            name=str(model_config.get("name", "")),
        )


def require_expressible(model_config: Mapping[str, Any]) -> None:
    """Raise if PyDDM is not installed, or cannot express a model or its training bounds.

    Raises
    ------
    MissingPackageError
        PyDDM is not installed.
    ConfigError
        PyDDM cannot express the model.
    """
    _pyddm()
    _expressible(model_config)


def _pyddm() -> Any:
    try:
        import pyddm
    except ModuleNotFoundError as error:
        raise missing_package("PyDDM", "pyddm") from error
    return pyddm


def _why_not(spec: ModelSpec) -> str | None:
    process = spec.process
    if not isinstance(process, Diffusion):
        return f"a {process.label} is no single diffusion between two boundaries"
    varying = {
        "drift varies from trial to trial": process.drift_sd,
        "start varies from trial to trial": process.start_halfwidth,
        "non-decision time varies from trial to trial": process.nondecision.scale,
        "noise is not normal": process.stability,
    }
    for words, parameter in varying.items():
        if parameter is not None:
            return f"its {words} ({parameter!r})"
    if isinstance(process.leak, tuple):
        return f"its evidence is a sum of two parts with a leak each ({', '.join(process.leak)})"
    if "deadline" in spec.params:
        return "PyDDM has no deadline"
    if spec.simulation_transforms:
        return f"its parameters are changed before simulation ({spec.simulation_transforms[0]!r})"
    return None


def _expressible(model_config: Mapping[str, Any]) -> tuple[ModelSpec, Diffusion]:
    """Return the model and its process; raise if PyDDM cannot express it."""
    spec = ModelSpec.from_config(model_config)
    reason = _why_not(spec)
    if reason is not None:
        raise ConfigError(f"PyDDM cannot express model {spec.name!r}: {reason}")
    assert isinstance(spec.process, Diffusion)
    return spec, spec.process


def _heights(
    model_config: Mapping[str, Any], theta: Mapping[str, float], times: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the boundary at times; raise if it opens."""
    boundary = SSMSToPyDDMMapper.create_boundary_function(model_config)
    heights = np.asarray(boundary(times, **theta), np.float64)
    if heights[0] <= 0.0:
        raise bad_value("the boundary at time 0", float(heights[0]), "above 0 for PyDDM")
    if np.any(np.diff(heights) > 1e-12 * heights[0]):
        values = ", ".join(f"{name}={value:g}" for name, value in theta.items())
        raise ParameterError(f"PyDDM cannot solve a boundary that opens, as it does for {values}")
    return heights


def _bound_on(heights: NDArray[np.float64], times: NDArray[np.float64], floor: float) -> Any:
    """Return a boundary for PyDDM: a number, or a function of time that stays above a floor."""
    if np.all(heights == heights[0]):
        return float(heights[0])
    heights = np.maximum(heights, floor)  # when it closes, all responses have been made
    return lambda t: float(np.interp(t, times, heights))


def _drift_on(
    drift: Callable[..., Any], theta: Mapping[str, float], times: NDArray[np.float64], process: Any
) -> Any:
    """Return a drift for PyDDM: a number, or a function of time, or of time and evidence."""
    values = np.broadcast_to(np.asarray(drift(times, 0.0, **theta), np.float64), times.shape)
    constant = bool(np.all(values == values[0]))
    leak = 0.0 if process.leak is None else theta[process.leak]
    if leak == 0.0:
        return float(values[0]) if constant else lambda t: float(np.interp(t, times, values))
    return lambda t, x: float(np.interp(t, times, values)) - leak * x


def _start_at(x0: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return a start for PyDDM, shared by the two cells beside it: it need not lie on the grid."""

    def start(x: NDArray[np.float64]) -> NDArray[np.float64]:
        place = (x0 - x[0]) / (x[1] - x[0])
        cell = int(np.clip(np.floor(place), 0, len(x) - 2))
        shares = np.zeros(len(x))
        shares[cell : cell + 2] = cell + 1 - place, place - cell
        return shares

    return start
