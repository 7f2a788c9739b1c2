"""Reading a YAML configuration: every way in which the file can be wrong has its own message."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from ssms.errors import ConfigError

__all__ = ["lowered", "read_yaml"]

MAX_SHOWN = 60  # characters of a value in a message
# Below these keys, names are data: tags of MLflow, arguments and variables of a Dask cluster.
VERBATIM = ("tags", "kwargs", "adapt")
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")


class _Loader(yaml.SafeLoader):
    """Plain data only; refuses a key given twice; numbers follow YAML 1.2.

    In YAML 1.1, which PyYAML reads, 010 is eight, 1:30 is ninety, and 1e-3 is text.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a dict, refusing keys that differ at most in case, and digits as a key."""
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = str(getattr(key_node, "value", "")).lower()
            line = key_node.start_mark.line + 1
            if key in seen:
                raise ConfigError(f"key {key_node.value} is given twice (line {line})")
            if key.isdigit() and getattr(value_node, "value", None) == "":
                raise ConfigError(
                    f"'{key}' stands where a key should be (line {line}): a comma separates "
                    "entries, so write numbers without it (2000, not 2,000)"
                )
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Build a value; refuse a malformed date, or a malformed number of a tag."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, AttributeError) as error:  # PyYAML's of a value; ConfigError is ours
            if isinstance(error, ConfigError):
                raise
            line, value = node.start_mark.line + 1, str(node.value)
            shown = value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}..."
            raise ConfigError(f"the value {shown} cannot be read (line {line})") from None


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] not in _NUMBERS]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node)
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


def _float(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    return float(
        loader.construct_scalar(node).lower().replace(".inf", "inf").replace(".nan", "nan")
    )


_Loader.add_implicit_resolver(
    _NUMBERS[0], re.compile(r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    _NUMBERS[1],
    re.compile(
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
    list("-+.0123456789"),
)
_Loader.add_constructor(_NUMBERS[0], _integer)
_Loader.add_constructor(_NUMBERS[1], _float)


def read_yaml(path: Path) -> tuple[dict[str, Any], str]:
    """Return the content of a file, and the SHA-256 of its bytes in hexadecimal.

    All keys are in lower case, except below `VERBATIM`.  It raises `ConfigError` if the file is
    missing, cannot be read, is empty, no YAML, no mapping, or holds a key that is not text or
    stands there twice.
    """
    content = _bytes(path)
    try:
        loaded = yaml.load(content, Loader=_Loader)  # a SafeLoader
        if loaded is None:
            raise ConfigError("the file is empty")
        return lowered(loaded), hashlib.sha256(content).hexdigest()
    except RecursionError:
        raise ConfigError(f"{path} is nested too deeply, or holds itself") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {_one_line(error)}") from error
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


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


def lowered(mapping: Any, verbatim: bool = False) -> dict[str, Any]:
    """Return a mapping with keys in lower case, except below `VERBATIM`.

    It raises `ConfigError` if it is no mapping, or a key is not text.
    """
    if not isinstance(mapping, Mapping):
        kind = type(mapping).__name__
        raise ConfigError(f"a configuration must be a mapping (KEY: value), got {kind}")
    found = {}
    for key, value in mapping.items():
        if not isinstance(key, str):
            raise ConfigError(f"keys must be text, got {key!r} ({type(key).__name__})")
        name = key if verbatim else key.lower()
        if isinstance(value, Mapping):
            value = lowered(value, verbatim or name in VERBATIM)
        found[name] = value
    return found
