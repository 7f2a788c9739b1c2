"""Models assembled from a configuration or from the name of a preset."""

from __future__ import annotations

from ssms.errors import bad_type
from ssms.rl import preset
from ssms.rl._assembly import (
    AssembledFunctionOutput,
    AssembledModel,
    LearningBackendRequest,
    ResolvedLearningBackend,
)
from ssms.rl.config import ModelConfig

__all__ = [
    "AssembledFunctionOutput",
    "AssembledModel",
    "LearningBackendRequest",
    "ResolvedLearningBackend",
    "resolve_model",
]


def resolve_model(model: str | ModelConfig) -> ModelConfig:
    """Return the model of a name, or the one that is given.

    Parameters
    ----------
    model : str or ModelConfig
        A name in `ssms.rl.preset.list`, or a model.

    Raises
    ------
    UnknownNameError
        If there is no preset of that name.
    ParameterTypeError
        If it is neither a string nor a `ModelConfig`.

    Examples
    --------
    >>> resolve_model("2AB_RW_DDM").decision_process
    'ddm'
    """
    if isinstance(model, ModelConfig):
        return model
    if not isinstance(model, str):
        raise bad_type("model", model, "the name of a preset or a ModelConfig")
    return preset.get(model)
