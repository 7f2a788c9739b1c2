"""Which backend computes a learning rule, Python or JAX, and whether it gives gradients."""

from __future__ import annotations

import importlib.util
from typing import Any

from ssms.errors import ConfigError, bad_value

__all__ = ["BACKENDS", "GRADIENTS", "backends_of", "resolve_backend", "resolve_gradient"]

BACKENDS = ("python", "jax")
GRADIENTS = ("auto", "available", "unavailable")

_TWINS = {
    "init_state": "init_jax_state",
    "compute_python": "compute_jax",
    "update_python": "update_jax",
}


def jax_available() -> bool:
    """Return whether JAX is installed; it is not imported."""
    return importlib.util.find_spec("jax") is not None


def backends_of(process: Any) -> tuple[str, ...]:
    """Return the backends that a learning rule says it has."""
    return tuple(getattr(process, "available_backends", ("python",)))


def _stale(process: Any) -> str | None:
    """Return a method that a subclass overrides without its twin for JAX, which it inherits.

    JAX would compute the rule of the base class.  A subclass that says so itself, in
    `available_backends`, is believed.
    """
    for mine, twin in _TWINS.items():
        for cls in type(process).__mro__:
            if twin in vars(cls) or "available_backends" in vars(cls):
                break
            if mine in vars(cls):
                return mine
    return None


def resolve_backend(process: Any, asked: str, name: str) -> str:
    """Return the backend that is used.

    Parameters
    ----------
    process : LearningProcess
        The learning rule.
    asked : str
        "auto" (JAX where it is installed and the rule has it), "python" or "jax".
    name : str
        Name of the argument, for messages.

    Raises
    ------
    ParameterError
        If there is no backend of that name.
    ConfigError
        If the rule does not have the backend, or JAX is not installed.
    """
    if asked not in ("auto", *BACKENDS):
        raise bad_value(name, asked, "'auto', 'python' or 'jax'")
    rule, available = type(process).__name__, backends_of(process)
    known = [backend for backend in available if backend in BACKENDS]
    if not known:
        raise ConfigError(
            f"{rule}.available_backends must name 'python' or 'jax', got {available!r}"
        )
    stale = _stale(process) if "jax" in known else None
    missing = [m for m in _TWINS.values() if "jax" in known and not hasattr(process, m)]
    if asked == "auto":
        usable = jax_available() and not stale and not missing
        asked = "jax" if "jax" in known and (usable or known == ["jax"]) else "python"
    if asked not in known:
        raise ConfigError(
            f"{name} is {asked!r}, but {rule} has only {', '.join(known)} (available_backends)"
        )
    if asked == "python":
        return asked
    if not jax_available():
        raise ConfigError(
            f"{rule} is to be computed by JAX ({name}), which is not installed; install it with "
            f'pip install "ssm-simulators[jax]", or choose {name}="python"'
        )
    if missing:
        raise ConfigError(f"{rule} names the backend 'jax', but has no {', '.join(missing)}")
    if stale:
        raise ConfigError(
            f"{rule} overrides {stale}, but inherits {_TWINS[stale]}, which computes the rule of "
            f"its base class; override it too, or choose {name}='python'"
        )
    return asked


def resolve_gradient(process: Any, backend: str, asked: str) -> str:
    """Return "available" or "unavailable".

    Raises
    ------
    ParameterError
        If `asked` is neither these nor "auto".
    ConfigError
        If gradients are asked for, but the backend or the rule does not have them.
    """
    if asked not in GRADIENTS:
        raise bad_value("gradient", asked, "'auto', 'available' or 'unavailable'")
    possible = backend == "jax" and bool(getattr(process, "supports_gradient", False))
    if asked == "available" and not possible:
        raise ConfigError(
            "gradient is 'available', but only a learning process that supports gradients and is "
            f"computed by JAX has them; {type(process).__name__} is computed by {backend!r}"
        )
    if asked == "auto":
        return "available" if possible else "unavailable"
    return asked
