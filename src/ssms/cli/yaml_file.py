"""Reading a YAML configuration: every way in which the file can be wrong has its own message."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ssms.errors import ConfigError

__all__ = ["read_yaml"]


class _Loader(yaml.SafeLoader):
    """Plain data only; refuses a key given twice, and reads 1e-3 as a number, as YAML 1.2 does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a dict, refusing keys that differ at most in case."""
        seen: set[str] = set()
        for key_node, _ in node.value:
            key = str(getattr(key_node, "value", "")).lower()
            if key in seen:
                line = key_node.start_mark.line + 1
                raise ConfigError(f"key {key_node.value} is given twice (line {line})")
            seen.add(key)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)


def read_yaml(path: Path) -> tuple[dict[str, Any], str]:
    """Read a configuration file.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    dict
        Its content, with all keys in lower case, but for tags.
    str
        The SHA-256 of the file's bytes, in hexadecimal.

    Raises
    ------
    ConfigError
        If the file is missing, cannot be read, is empty, no YAML, no mapping, or holds a key that
        is no text or stands there twice.
    """
    content = _bytes(path)
    try:
        loaded = yaml.load(content, Loader=_Loader)  # a SafeLoader
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {_one_line(error)}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    if loaded is None:
        raise ConfigError(f"{path} is empty; `ssms-generate --init-config ddm` prints a whole one")
    if not isinstance(loaded, Mapping):
        kind = type(loaded).__name__
        raise ConfigError(f"{path} must hold a mapping (KEY: value), got a {kind}")
    return _lowered(path, loaded), hashlib.sha256(content).hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"configuration file {path} does not exist") from None
    except IsADirectoryError:
        raise ConfigError(f"configuration file {path} is a folder") from None
    except OSError as error:
        raise ConfigError(
            f"configuration file {path} cannot be read: {error.strerror or error}"
        ) from error


def _one_line(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    mark = getattr(error, "problem_mark", None)
    return f"{problem} (line {mark.line + 1}, column {mark.column + 1})" if mark else str(problem)


def _lowered(path: Path, mapping: Mapping[Any, Any], tags: bool = False) -> dict[str, Any]:
    """Return the mapping with keys in lower case, but for the user's own tags for MLflow."""
    lowered = {}
    for key, value in mapping.items():
        if not isinstance(key, str):
            raise ConfigError(f"{path}: keys must be text, got {key!r} ({type(key).__name__})")
        name = key if tags else key.lower()
        if isinstance(value, Mapping):
            value = _lowered(path, value, tags or name == "tags")
        lowered[name] = value
    return lowered
