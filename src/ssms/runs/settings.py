"""The settings of a run: one frozen record, resolved once from arguments, YAML and defaults.

`ssms.settings` defines the settings and their allowed values; this module decides where each
value comes from.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ssms.config import model_config
from ssms.config.config_utils import SECTIONS
from ssms.dataset_generators.settings import checked, known_keys, resolve_generator_config
from ssms.errors import ConfigError, unknown_name
from ssms.runs.yaml_file import lowered, read_yaml
from ssms.settings import ROWS
from ssms.tracking.locations import home_expanded

__all__ = ["COMMAND_LINE", "PACKAGED_CONFIG", "RunSettings", "label", "leaves", "resolve"]

PACKAGED_CONFIG = Path(__file__).with_name("config_data_generation.yaml")

NAMES = ("model", "generator_approach")
TOP_LEVEL = (*NAMES, "cpn_only", "provenance", *SECTIONS, "mlflow")

COMMAND_LINE = "command line"
ARGUMENT = "argument"
CONFIG_FILE = "config file"
PACKAGED = "packaged config"
DEFAULT = "default"

# The settings of the generator that arguments may override.
_OVERRIDES = tuple(
    row for row in ROWS.values() if row.option and row.yaml and not row.name.startswith("mlflow")
)
# A second spelling of a key, which the resolved configuration no longer has.
SYNONYMS = {
    "estimator.kde_displace_t": "estimator.displace_t",
    "simulator.filters": "pipeline.simulation_filters",
}


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """The settings of a run, without the settings of tracking.

    Attributes
    ----------
    config : mapping
        The generator configuration, complete and valid, but without seed and output folder.
    sources : mapping of str to str
        Where each leaf of `config` comes from: "command line" or "argument", "config file",
        "packaged config" (used without a configuration file) or "default".
    seed : int or None
        The seed that was asked for.
    seed_source : str
        Where it comes from; "drawn" without one.
    config_path : pathlib.Path or None
        The YAML file that was read; None for a mapping.
    config_sha256 : str
        Of its bytes.
    mlflow_section : mapping
        Its ``MLFLOW`` section; for `ssms.tracking.resolve_settings`.
    """

    config: Mapping[str, Any]
    sources: Mapping[str, str]
    seed: int | None
    seed_source: str
    config_path: Path | None
    config_sha256: str
    mlflow_section: Mapping[str, Any]

    @property
    def model(self) -> str:
        """Name of the model."""
        return str(self.config["model"])

    def rows(self) -> list[tuple[str, str, str]]:
        """Return (name, value, source) of every leaf of the configuration, for a table."""
        return [
            (name, str(value), self.sources.get(name, DEFAULT))
            for name, value in leaves(self.config)
        ]


def leaves(config: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted name, value) of every entry that is no mapping.

    Examples
    --------
    >>> list(leaves({"model": "ddm", "simulator": {"n_samples": 10}}))
    [('model', 'ddm'), ('simulator.n_samples', 10)]
    """
    for key, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def label(name: str, source: str) -> str:
    """Return the name of a setting at its source: an option, or a keyword."""
    row = ROWS[name]
    return row.option if source == COMMAND_LINE else row.dest


def resolve(
    given: Mapping[str, Any],
    *,
    source: str = COMMAND_LINE,
    config: Mapping[str, Any] | None = None,
) -> RunSettings:
    """Resolve the settings from arguments, the YAML and the defaults, and check them.

    `given` holds values by the names of options; None is not given.  `source` is their name in
    messages: "command line" or "argument".  `config` is the content of a configuration file; else
    ``given["config_path"]`` is read.  Errors name the key, its value, the allowed values, and the
    nearest known name.
    """
    path: Path | None = None
    if config is not None:
        content = lowered(config)
        # The output folder of the library's defaults, or of a file's own configuration.
        content["output"] = dict(content.get("output") or {})
        content["output"].pop("folder", None)
        digest = hashlib.sha256(
            json.dumps(content, sort_keys=True, default=str).encode()
        ).hexdigest()
        file_source, prefix = ARGUMENT, "config"
    else:
        path = PACKAGED_CONFIG
        if given.get("config_path") is not None:
            name = label("config_path", source)
            path = home_expanded(checked("config_path", given["config_path"], name), name)
        content, digest = read_yaml(path)
        file_source = PACKAGED if path == PACKAGED_CONFIG else CONFIG_FILE
        prefix = str(path)
    overrides = _overrides(given, source)
    try:
        _check_layout(content)
        resolved = resolve_generator_config(_generator_part(content))
        if not ("model" in content or "model" in overrides):
            raise ConfigError(f"MODEL is missing; add it, or give {label('model', source)} NAME")
    except ConfigError as error:
        raise ConfigError(f"{prefix}: {error}") from error
    resolved = _override(resolved, overrides)
    if resolved["model"] not in model_config:
        raise unknown_name("model", resolved["model"], model_config)
    resolved.setdefault("generator_approach", "lan")
    resolved.setdefault("cpn_only", False)
    resolved["output"].pop("folder", None)
    seed = resolved["pipeline"].pop("seed", None)
    content.pop("provenance", None)  # of the files of an earlier run
    sources = {_canonical(name): file_source for name, _ in leaves(content)}
    sources |= {name: source for name, _ in leaves(overrides)}
    return RunSettings(
        config=resolved,
        sources=sources,
        seed=seed,
        seed_source=sources.get("pipeline.seed", "drawn"),
        config_path=path,
        config_sha256=digest,
        mlflow_section=content.get("mlflow") or {},
    )


def _overrides(given: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return the arguments that belong to the configuration, checked, in its shape."""
    overrides: dict[str, Any] = {}
    for row in _OVERRIDES:
        value = given.get(row.dest)
        if value is not None:
            section, _, key = row.name.rpartition(".")
            place = overrides.setdefault(section, {}) if section else overrides
            place[key] = checked(row.name, value, label(row.name, source))
    return overrides


def _override(config: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the arguments over the configuration."""
    for key, value in overrides.items():
        config[key] = {**config[key], **value} if isinstance(value, Mapping) else value
    return resolve_generator_config(config)


def _canonical(name: str) -> str:
    """Return the name under which a leaf of the YAML stands in the resolved configuration."""
    for spelling, canonical in SYNONYMS.items():
        if name == spelling or name.startswith(f"{spelling}."):
            return canonical + name.removeprefix(spelling)
    return name


def _generator_part(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the generator configuration that a YAML file holds, with every section."""
    part: dict[str, Any] = {section: given.get(section) or {} for section in SECTIONS}
    return part | {key: given[key] for key in (*NAMES, "cpn_only") if key in given}


def _check_layout(given: Mapping[str, Any]) -> None:
    """Refuse unknown top-level keys, sections that are no mappings, and names that are no text."""
    for key, value in given.items():
        if key not in TOP_LEVEL:
            raise ConfigError(_misplaced(key))
        if key in NAMES:
            if not isinstance(value, str) or not value.strip():
                raise ConfigError(f"{key.upper()} must be a name, got {value!r}")
        elif key != "cpn_only" and not isinstance(value, Mapping | None):
            kind = type(value).__name__
            raise ConfigError(f"{key.upper()} must hold a mapping (KEY: value), got {kind}")
    if "folder" in (given.get("output") or {}):
        raise ConfigError("OUTPUT.FOLDER is given on the command line, as --output")


def _misplaced(key: str) -> str:
    """Word the refusal of an unknown top-level key: the nearest one, or the section it is of."""
    for name in known_keys():
        section, _, leaf = name.partition(".")
        if leaf == key:
            return f"Unknown key {key.upper()}. Did you mean {leaf.upper()} in {section.upper()}?"
    return str(unknown_name("key", key.upper(), [name.upper() for name in TOP_LEVEL]))
