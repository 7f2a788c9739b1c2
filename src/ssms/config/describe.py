"""How a model is printed: its equation and a table of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ssms.config.spec import ModelSpec

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
    return str(replace(ModelSpec.from_config(config, name), description=description))
