"""The equation of a model in words a reader of its paper would use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ssms.config.processes.diffusion import Diffusion, NonDecisionTime

__all__ = ["equation"]

_VARYING_TIME = {
    "uniform": "{t} ~ Uniform({location} − {scale}, {location} + {scale})",
    "normal": "{t} ~ Normal({location}, {scale})",
    "truncated_normal": "{t} ~ Normal({location}, {scale}) truncated to [0, ∞)",
    "rayleigh": "{t} ~ Rayleigh({scale})",
}


def equation(config: Mapping[str, Any]) -> list[str]:
    """Return the lines that say what a model computes.

    Parameters
    ----------
    config : mapping
        A model configuration.

    Returns
    -------
    list of str
        One line each for the motion, the stopping rule, the response time, and for what varies
        from trial to trial; a single line for a simulator that is not a process.
    """
    process = config.get("simulator")
    if isinstance(process, Diffusion):
        return _diffusion(process, config)
    return [f"simulated by {getattr(process, '__name__', type(process).__name__)}"]


def _diffusion(process: Diffusion, config: Mapping[str, Any]) -> list[str]:
    drift = _formula("drift", config.get("drift_name"), config.get("drift_fun"))
    boundary = _formula("boundary", config.get("boundary_name"), config.get("boundary")) or "a"
    moving = "τ" in boundary
    edge = "b(τ)" if moving else boundary
    full = process.separation == "full"
    half = "b(0)" if moving else boundary
    start = f"{process.start}·{half}" if full else f"{half}(2{process.start} − 1)"
    lines = _motion(process, f"x(0) = {start}", moving_drift=drift is not None)
    lines.append(f"stops when x ≥ {edge} or x ≤ 0" if full else f"stops when |x| ≥ {edge}")
    if moving:
        lines.append(f"b(τ) = {boundary}")
    if drift is not None:
        lines.append(f"v(τ) = {drift}")
    symbol = _time_symbol(process.nondecision)
    lines.append(f"rt = τ + {symbol}")
    return lines + _varying(process, symbol)


def _motion(process: Diffusion, start: str, moving_drift: bool) -> list[str]:
    """Return the stochastic differential equation and where it starts."""
    noise = "s dW" if process.stability is None else f"s dL_{process.stability}"
    if isinstance(process.leak, tuple):
        return [f"x = x(0) + x_1 + x_2,  {start},  x_1(0) = x_2(0) = 0"] + [
            f"dx_{i} = (v_{i}(τ) − {leak}·x_{i}) dτ + (s/2) dW, the same dW in both"
            for i, leak in enumerate(process.leak, 1)
        ]
    rate = "v(τ)" if moving_drift else process.drift
    if process.leak is not None:
        rate = f"({rate} − {process.leak}·x)"
    return [f"dx = {rate} dτ + {noise},  {start}"]


def _varying(process: Diffusion, symbol: str) -> list[str]:
    """Return a line for each quantity that is drawn anew in each trial."""
    lines = []
    if process.drift_sd is not None:
        lines.append(f"{process.drift} ~ Normal({process.drift}, {process.drift_sd})")
    if process.start_halfwidth is not None:
        width, start = process.start_halfwidth, process.start
        if process.start_halfwidth_unit == "relative":
            lines.append(f"{start} ~ Uniform({start} − {width}, {start} + {width})")
        else:
            lines.append(f"x(0) moves by Uniform(−{width}, {width})")
    time = process.nondecision
    if time.distribution in _VARYING_TIME:
        template = _VARYING_TIME[time.distribution]
        lines.append(template.format(t=symbol, location=time.location, scale=time.scale))
    return [f"each trial: {line}" for line in lines]


def _time_symbol(time: NonDecisionTime) -> str:
    """Return the name of a trial's non-decision time."""
    if time.distribution == "constant":
        return str(time.location)
    return "t" if time.location in ("t", None) else "ndt"


def _formula(kind: str, name: Any, function: Any) -> str | None:
    """Return the formula of a boundary or drift, its name if it has none, None if absent."""
    from ssms.config.boundary_registry import get_boundary_registry
    from ssms.config.drift_registry import get_drift_registry

    if function is None:
        return None
    registry = get_boundary_registry() if kind == "boundary" else get_drift_registry()
    if isinstance(name, str) and registry.is_registered(name):
        entry = registry.definition(name)
        if entry.function is function and entry.formula:
            return entry.formula
    return f"{name or getattr(function, '__name__', kind)}(τ)"
