"""Checks that a model can be simulated at the corners of its training bounds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms.dataset_generators.parameter_samplers.uniform_sampler import (
    UniformParameterSampler,
    numeric_bound,
)
from ssms.errors import ConfigError

__all__ = ["check_corners"]

_MAX_PARAMETERS = 8  # of a box whose corners are all checked: 256
WITHIN = 1e-5  # of the bounds' distance: how far inside a corner combinations must be allowed

Theta = dict[str, NDArray[np.float32]]


def check_corners(
    sampler: UniformParameterSampler, validate: Callable[[Any], object], model: str
) -> None:
    """Raise if the corners of the training bounds are not allowed.

    Parameters
    ----------
    sampler : UniformParameterSampler
        Its bounds and its constraints are used.
    validate : callable
        Raises ValueError for a mapping of parameters that cannot be simulated
        (`Simulator.validate_params`).
    model : str
        The model's name, for messages.

    Raises
    ------
    ConfigError
        Names the bound, or the combination of bounds.  A combination that is allowed just inside
        the box passes.

    Notes
    -----
    With more than 8 parameters, which have too many corners, those are checked in which at most
    one bound differs in kind from all others: all lower or all upper ones, and one exchanged.
    """
    sides = _corners(len(sampler.param_space))
    theta = _theta_at(sampler, sides)
    try:
        validate(theta)
    except ValueError:
        pass
    else:
        return
    errors = [_error_at(theta, corner, validate) for corner in range(len(sides))]
    found = [corner for corner, error in enumerate(errors) if error]
    if not found:  # it was not one of the corners, but their number or their company
        validate(theta)
        return
    first, refused = found[0], np.array([bool(error) for error in errors])
    for column, name in enumerate(sampler.param_space):
        for side, word in enumerate(("lower", "upper")):
            here = sides[:, column] == side
            if refused[here].all() and not refused[~here].any():
                raise ConfigError(
                    f"the {word} bound of '{name}' of model '{model}', "
                    f"{numeric_bound(sampler.param_space, name, side):g}, cannot be simulated: "
                    f"{errors[first]}"
                )
    within = _theta_at(sampler, sides, WITHIN)
    if not any(_error_at(within, corner, validate) for corner in found):
        return  # no volume of the box is refused
    values = ", ".join(f"{name}={float(value[first]):g}" for name, value in theta.items())
    raise ConfigError(
        f"a corner of the training bounds of model '{model}' cannot be simulated ({values}): "
        f"{errors[first]}"
    )


def _corners(n: int) -> NDArray[np.int64]:
    """Return which bound (0 lower, 1 upper) each corner has of each parameter, (corners, n)."""
    if n <= _MAX_PARAMETERS:
        return np.array(list(product((0, 1), repeat=n)))
    exchanged = np.vstack([np.zeros((1, n)), np.eye(n)]).astype(np.int64)
    return np.vstack([exchanged, 1 - exchanged])


def _theta_at(
    sampler: UniformParameterSampler, sides: NDArray[np.int64], within: float = 0.0
) -> Theta:
    """Return the parameters at corners, after the constraints: float32 (corners,) each.

    `within` moves them inside, by this share of the box.
    """
    space = sampler.param_space
    columns = {name: sides[:, i] for i, name in enumerate(space)}

    def value(name: str) -> NDArray[np.float64]:
        ends = [
            value(bound) if isinstance(bound, str) else np.full(len(sides), float(bound))
            for bound in space[name]
        ]
        share = np.where(columns[name] == 0, within, 1.0 - within)
        return ends[0] * (1.0 - share) + ends[1] * share

    return sampler.constrained({name: value(name).astype(np.float32) for name in space})


def _error_at(theta: Theta, corner: int, validate: Callable[[Any], object]) -> str:
    """Return why a corner is not allowed; an empty string if it is."""
    try:
        validate({name: float(value[corner]) for name, value in theta.items()})
    except ValueError as error:
        return str(error)
    return ""
