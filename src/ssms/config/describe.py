"""How a model is printed: its equation and a table of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["describe"]


def describe(config: Mapping[str, Any], *, name: str | None = None, description: str = "") -> str:
    """Return a text that shows a model: equation, parameters, training bounds, choices.

    Parameters
    ----------
    config : mapping
        A model configuration, as in ``model_config["ddm"]``.
    name : str, optional
        The name to print, if not the configuration's own.
    description : str, optional
        One line to stand beside the name.

    Returns
    -------
    str

    Examples
    --------
    >>> from ssms.config import model_config
    >>> print(describe(model_config["ddm"]))
    ddm
      dx = v dτ + s dW,  x(0) = a(2z − 1)
      stops when |x| ≥ a
      rt = τ + t
      choices: -1, 1
    <BLANKLINE>
      parameter  low  high  default
      v           -3     3        0
      a          0.3   2.5        1
      z          0.1   0.9      0.5
      t            0     2    0.001
    """
    header = str(name or config.get("name", "custom model"))
    if description:
        header += f": {description}"
    lines = [header]
    lines += [f"  {line}" for line in _equation(config)]
    choices = config.get("choices")
    if choices is not None:
        lines.append("  choices: " + ", ".join(str(choice) for choice in choices))
    lines += ["", *(f"  {line}" for line in _table(config))]
    return "\n".join(lines)


def _equation(config: Mapping[str, Any]) -> list[str]:
    """Return the lines of the process' equation, or its name if it has none."""
    from ssms.config.processes.equations import equation

    return equation(config)


def _table(config: Mapping[str, Any]) -> list[str]:
    """Return an aligned table of parameters, bounds and defaults."""
    bounds = config.get("param_bounds_dict") or {}
    params = config.get("params", [])
    defaults = config.get("default_params") or [None] * len(params)
    rows = [("parameter", "low", "high", "default")]
    for param, default in zip(params, defaults, strict=False):
        low, high = bounds.get(param, (None, None))
        rows.append((str(param), _number(low), _number(high), _number(default)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _number(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
