"""How entries for one diffusing particle between two boundaries are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ssms.config.catalogue._model import Model, parameters_from
from ssms.config.processes.diffusion import Diffusion

__all__ = ["diffusion"]

_PLAIN = Diffusion()


def diffusion(
    name: str,
    description: str,
    *,
    process: Callable[..., dict[str, Any]] = _PLAIN,
    boundary: str = "constant",
    drift: str | None = None,
    same_as: str | None = None,
    **parameters: tuple[float | str, float | str, float],
) -> Model:
    """Return a model of one particle between two boundaries, with choices -1 and 1.

    Parameters
    ----------
    name, description : str
        What it is called, and one line on what it is.
    process : Diffusion
        Which parameter plays which role.
    boundary, drift : str, str or None
        Names in the registries; no drift: it is constant within a trial.
    same_as : str, optional
        The model of which this is another name or variant; its configuration's name.
    **parameters : (low, high, default)
        Training bounds and default of each parameter, in the order of the columns of theta.

    Returns
    -------
    Model
    """
    return Model(
        name=name,
        description=description,
        process=process,
        parameters=parameters_from(parameters),
        boundary=boundary,
        drift=drift,
        nondecision_edge_shift=_edge_shift(process),
        same_as=same_as,
    )


def _edge_shift(process: Callable[..., dict[str, Any]]) -> str | None:
    """Return the half-width by which uniform non-decision times reach below their mean."""
    if isinstance(process, Diffusion) and process.nondecision.distribution == "uniform":
        return process.nondecision.scale
    return None
