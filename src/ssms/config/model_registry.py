"""The registry of models: the catalogue and the user's models."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from ssms.config._deadline import DEADLINE_SUFFIX, with_deadline
from ssms.config._validation import config_errors
from ssms.config.config_utils import copy_config, has_response_time
from ssms.config.spec import ModelSpec
from ssms.errors import (
    ConfigError,
    ParameterError,
    UnknownNameError,
    bad_type,
    bad_value,
    unknown_name,
)

__all__ = [
    "ModelConfigRegistry",
    "get_model_registry",
    "register_model_config",
    "register_model_config_factory",
    "unregister_model",
]

Config = dict[str, Any]

# A model's name becomes the name of the folder that holds its training data.
_MODEL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


class ModelConfigRegistry:
    """Model configurations by name; safe to use from several threads.

    ``<name>_deadline`` is known for every model that has a response time: it with a deadline.

    Parameters
    ----------
    builtin : callable, optional
        Returns a mapping from name to catalogue entry; called when first needed.

    Examples
    --------
    >>> registry = ModelConfigRegistry()
    >>> registry.register_config("mine", get_model_registry().get("ddm"))
    >>> registry.list_models(), registry.get("mine")["params"]
    (['mine'], ['v', 'a', 'z', 't'])
    """

    def __init__(self, builtin: Callable[[], Mapping[str, Any]] | None = None) -> None:
        self._lock = threading.RLock()
        self._load_builtin = builtin
        self._builtin: dict[str, Config] | None = None
        self._registered: dict[str, Config | Callable[[], Config]] = {}
        self._with_deadline: dict[str, Config] = {}

    def register_config(
        self, name: str, config: Mapping[str, Any] | ModelSpec, overwrite: bool = False
    ) -> None:
        """Add a model under a name.

        Registering the same configuration again, as a notebook cell that is run twice does,
        changes nothing.

        Parameters
        ----------
        name : str
            Letters, digits and ``_ . + -``.
        config : mapping
            A model configuration, for instance from `ModelConfigBuilder`, or a `ModelSpec`; it is
            copied.
        overwrite : bool
            Whether another model of a user's own may be replaced.

        Raises
        ------
        ParameterError
            If another model is registered under that name.
        ConfigError
            If fields of the configuration contradict one another.
        """
        if isinstance(config, ModelSpec):
            config.check_roles()
            config = {**config.config(), "name": name}
        if not isinstance(config, Mapping):
            raise bad_type(f"config of model {name!r}", config, "a mapping or a ModelSpec")
        errors = config_errors(config)
        if errors:
            raise ConfigError(f"Model {name!r} cannot be registered: " + "; ".join(errors))
        self._add(name, copy_config(dict(config)), overwrite)

    def register_factory(
        self, name: str, factory: Callable[[], Config], overwrite: bool = False
    ) -> None:
        """Add a model whose configuration a function makes whenever it is asked for.

        Parameters
        ----------
        name : str
            Letters, digits and ``_ . + -``.
        factory : callable
            Called without arguments; returns a model configuration.
        overwrite : bool
            Whether another model of a user's own may be replaced.

        Raises
        ------
        ParameterError
            If the name is taken.
        ParameterTypeError
            If `factory` is not callable.
        """
        if not callable(factory):
            raise bad_type(f"factory of model {name!r}", factory, "callable without arguments")
        self._add(name, factory, overwrite)

    def unregister(self, name: str) -> None:
        """Remove a model that a user registered.

        Parameters
        ----------
        name : str
            Name of the model.

        Raises
        ------
        ParameterError
            If the name is one of the package's own.
        UnknownNameError
            If there is no such model.
        """
        with self._lock:
            if name not in self._registered:
                if self.has_model(name):
                    raise bad_value("model name", name, "one that a user registered")
                raise unknown_name("model", name, self.list_models())
            del self._registered[name]
            self._with_deadline.clear()

    def get(self, name: str) -> Config:
        """Return a copy of the configuration of `name`.

        Parameters
        ----------
        name : str
            Name of the model.

        Returns
        -------
        dict

        Raises
        ------
        UnknownNameError
            If there is no such model (also a KeyError and a ValueError).
        """
        return copy_config(self.shared(name))

    def shared(self, name: str) -> Config:
        """Return the registry's own configuration of `name`, not to be changed by anyone.

        For readers inside the package that look something up in every call.

        Parameters
        ----------
        name : str
            Name of the model.

        Returns
        -------
        dict

        Raises
        ------
        UnknownNameError
            If there is no such model.
        """
        config = self._own(name)
        if config is not None:
            return config
        if isinstance(name, str) and name.endswith(DEADLINE_SUFFIX):
            return self._deadline_variant(name)
        raise unknown_name("model", name, self.list_models())

    def spec(self, name: str) -> ModelSpec:
        """Return a model as a `ModelSpec`, which prints.

        Parameters
        ----------
        name : str
            Name of the model.

        Returns
        -------
        ModelSpec

        Raises
        ------
        UnknownNameError
            If there is no such model.
        """
        entry = self._own_specs().get(name)
        return entry if entry is not None else ModelSpec.from_config(self.shared(name), name)

    def has_model(self, name: object) -> bool:
        """Return whether `name` is a model, or a model's name with ``_deadline``.

        Parameters
        ----------
        name : object
            Name of a model.

        Returns
        -------
        bool
        """
        if not isinstance(name, str):
            return False
        if name in self._builtins() or name in self._registered:
            return True
        base = self._own(name.removesuffix(DEADLINE_SUFFIX))
        return base is not None and has_response_time(base)

    def list_models(self) -> list[str]:
        """Return every name, sorted; without the ``_deadline`` variants."""
        return sorted(self.names())

    def names(self) -> list[str]:
        """Return every name, the catalogue's first; without the ``_deadline`` variants."""
        return [*self._builtins(), *tuple(self._registered)]

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_lock": None}  # a copy has a lock of its own

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.RLock())

    def _add(
        self, name: str, entry: Config | Callable[[], Config], overwrite: bool = False
    ) -> None:
        if not isinstance(name, str):
            raise bad_type("model name", name, "a string")
        if not _MODEL_NAME.fullmatch(name):
            raise bad_value("model name", name, "made of letters, digits and _ . + -")
        with self._lock:
            taken = self._registered.get(name)
            if name in self._builtins():
                raise ParameterError(
                    f"model {name!r} is already registered; choose another name for a model of "
                    "your own"
                )
            if taken is not None and not (overwrite or _same(taken, entry)):
                raise ParameterError(
                    f"model {name!r} is already registered; unregister it first, or pass "
                    "overwrite=True"
                )
            self._registered[name] = entry
            self._with_deadline.clear()

    def _own_specs(self) -> Mapping[str, ModelSpec]:
        return self._load_builtin() if self._load_builtin else {}

    def _builtins(self) -> dict[str, Config]:
        if self._builtin is None:
            with self._lock:
                if self._builtin is None:
                    specs = self._own_specs()
                    self._builtin = {name: spec.config() for name, spec in specs.items()}
        return self._builtin

    def _own(self, name: Any) -> Config | None:
        """Return the entry of exactly this name."""
        if not isinstance(name, str):
            return None
        builtin = self._builtins().get(name)
        if builtin is not None:
            return builtin
        entry = self._registered.get(name)
        return entry if entry is None or isinstance(entry, dict) else _made(name, entry)

    def _deadline_variant(self, name: str) -> Config:
        cached = self._with_deadline.get(name)
        if cached is not None:
            return cached
        base_name = name.removesuffix(DEADLINE_SUFFIX)
        base = self._own(base_name)
        if base is None:
            raise unknown_name("model", base_name, self.list_models())
        if not has_response_time(base):
            raise UnknownNameError(
                f"Unknown model {name!r}: {base_name} has no response time, and so no deadline"
            )
        config = with_deadline(base)
        with self._lock:
            # Not if it comes from a factory, or its model was replaced meanwhile.
            if base is self._builtins().get(base_name, self._registered.get(base_name)):
                self._with_deadline[name] = config
        return config


def _same(first: Any, second: Any) -> bool:
    """Return whether two entries are one, as far as comparing them tells."""
    try:
        return first is second or bool(first == second)
    except ValueError:  # arrays do not compare to one answer
        return False


def _made(name: str, factory: Callable[[], Config]) -> Config:
    """Return the configuration that a factory makes, checked."""
    config = factory()
    if not isinstance(config, dict):
        raise bad_type(f"result of the factory of model {name!r}", config, "a dict")
    errors = config_errors(config)
    if errors:
        raise ConfigError(f"The factory of model {name!r} made: " + "; ".join(errors))
    return config


def _catalogue() -> Mapping[str, Any]:
    from ssms.config.catalogue import models

    return models()


_REGISTRY = ModelConfigRegistry(_catalogue)


def get_model_registry() -> ModelConfigRegistry:
    """Return the registry that the whole package uses.

    Returns
    -------
    ModelConfigRegistry

    Examples
    --------
    >>> get_model_registry().has_model("ddm_deadline")
    True
    """
    return _REGISTRY


def register_model_config(
    name: str, config: Mapping[str, Any] | ModelSpec, overwrite: bool = False
) -> None:
    """Add a model under a name (see `ModelConfigRegistry.register_config`).

    Parameters
    ----------
    name : str
        Letters, digits and ``_ . + -``.
    config : mapping or ModelSpec
        A model configuration, for instance from `ModelConfigBuilder`; it is copied.
    overwrite : bool
        Whether another model of a user's own may be replaced.

    Raises
    ------
    ParameterError
        If another model is registered under that name.
    ConfigError
        If fields of the configuration contradict one another.

    Examples
    --------
    >>> from ssms.config import ModelConfigBuilder, model_config
    >>> config = ModelConfigBuilder.from_model("ddm", param_bounds={"v": (-1, 1)})
    >>> register_model_config("slow_ddm", config)
    >>> "slow_ddm" in model_config
    True
    >>> unregister_model("slow_ddm")
    """
    _REGISTRY.register_config(name, config, overwrite)


def register_model_config_factory(
    name: str, factory: Callable[[], Config], overwrite: bool = False
) -> None:
    """Add a model made on demand (see `ModelConfigRegistry.register_factory`).

    Parameters
    ----------
    name : str
        Letters, digits and ``_ . + -``.
    factory : callable
        Called without arguments; returns a model configuration.
    overwrite : bool
        Whether another model of a user's own may be replaced.

    Raises
    ------
    ParameterError
        If the name is taken.
    ParameterTypeError
        If `factory` is not callable.

    Examples
    --------
    >>> ddm = get_model_registry().get("ddm")
    >>> register_model_config_factory("mine", lambda: {**ddm, "name": "mine"})
    >>> get_model_registry().get("mine")["name"]
    'mine'
    >>> unregister_model("mine")
    """
    _REGISTRY.register_factory(name, factory, overwrite)


def unregister_model(name: str) -> None:
    """Remove a model that a user registered (see `ModelConfigRegistry.unregister`).

    Parameters
    ----------
    name : str
        Name of the model.

    Raises
    ------
    ParameterError
        If the name is one of the package's own.
    UnknownNameError
        If there is no such model.

    Examples
    --------
    >>> register_model_config("mine", get_model_registry().get("ddm"))
    >>> unregister_model("mine")
    >>> get_model_registry().has_model("mine")
    False
    """
    _REGISTRY.unregister(name)
