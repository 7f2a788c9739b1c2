"""How entries for one diffusing particle between two boundaries are written."""

from __future__ import annotations

from ssms.config.spec import ModelSpec, parameters_from
from ssms.curves import registry_of
from ssms.processes import Diffusion

__all__ = ["diffusion"]

_PLAIN = Diffusion()


def diffusion(
    name: str,
    description: str,
    *,
    process: Diffusion = _PLAIN,
    boundary: str = "constant",
    drift: str | None = None,
    same_as: str | None = None,
    **parameters: tuple[float | str, float | str, float],
) -> ModelSpec:
    """Return a model of one particle between two boundaries, with choices -1 and 1.

    Parameters
    ----------
    name, description : str
        Its name, and one line of description.
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
    return ModelSpec(
        name=name,
        description=description,
        process=process,
        parameters=parameters_from(parameters),
        boundary=registry_of("boundary").definition(boundary),
        drift=None if drift is None else registry_of("drift").definition(drift),
        same_as=same_as,
    )
