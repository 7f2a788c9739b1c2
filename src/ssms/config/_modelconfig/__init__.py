"""`model_config`: the registered models as a mapping that hands out copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ssms.config.model_registry import get_model_registry
from ssms.errors import ParameterTypeError

__all__ = ["ModelConfigMapping", "get_model_config", "model_config"]


class ModelConfigMapping(Mapping[str, dict[str, Any]]):
    """Model configurations by name, read from the model registry.

    Whatever way a configuration is taken out of it, it is a copy.  A name followed by
    ``_deadline`` is in it, and can be had, but is not listed.

    Examples
    --------
    >>> from ssms.config import model_config
    >>> model_config["ddm"]["params"]
    ['v', 'a', 'z', 't']
    >>> model_config["ddm_deadline"]["params"]
    ['v', 'a', 'z', 't', 'deadline']
    """

    def __getitem__(self, name: str) -> dict[str, Any]:
        return get_model_registry().get(name)

    def __setitem__(self, name: str, config: Mapping[str, Any]) -> None:
        raise ParameterTypeError(
            f"model_config cannot be changed; register_model_config({name!r}, config) adds a model"
        )

    def copy(self) -> dict[str, dict[str, Any]]:
        """Return the configurations of all registered models, as a new dictionary."""
        return dict(self)

    def __contains__(self, name: object) -> bool:
        return get_model_registry().has_model(name)

    def __iter__(self) -> Iterator[str]:
        return iter(get_model_registry().names())

    def __len__(self) -> int:
        return len(get_model_registry().names())

    def __repr__(self) -> str:
        return f"model_config with {len(self)} models: {', '.join(self)}"


model_config = ModelConfigMapping()


def get_model_config() -> dict[str, dict[str, Any]]:
    """Return the configurations of all registered models, as a new dictionary.

    Returns
    -------
    dict
        Copies of the configurations by name.

    Examples
    --------
    >>> get_model_config()["ddm"]["params"]
    ['v', 'a', 'z', 't']
    """
    return model_config.copy()


def __getattr__(name: str) -> Callable[[], dict[str, Any]]:
    # Earlier releases have a function for each family: get_ddm_config() and so on.
    model = name.removeprefix("get_").removesuffix("_config")
    if name == f"get_{model}_config" and model in model_config:
        return lambda: model_config[model]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
