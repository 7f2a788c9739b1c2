"""What a run makes: one frozen record, resolved once from command line, YAML and defaults.

The rules of the generator configuration itself (which keys there are, what values they take) have
their home in `ssms.dataset_generators`; here is only where each value comes from.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ssms.cli.yaml_file import read_yaml
from ssms.config import model_config
from ssms.config.config_utils import SECTIONS
from ssms.dataset_generators.settings import known_keys, resolve_generator_config
from ssms.errors import ConfigError, nearest, unknown_name
from ssms.tracking import TrackingSettings, TrackingUsageError, resolve_settings
from ssms.tracking.locations import home_expanded

__all__ = [
    "PACKAGED_CONFIG",
    "RunSettings",
    "leaves",
    "resolve",
    "tracking_options",
    "tracking_settings",
]

PACKAGED_CONFIG = Path(__file__).with_name("config_data_generation.yaml")

NAMES = ("model", "generator_approach")
TOP_LEVEL = (*NAMES, "cpn_only", *SECTIONS, "mlflow")

COMMAND_LINE = "command line"
CONFIG_FILE = "config file"
PACKAGED = "packaged config"
DEFAULT = "default"

# Where an option stands in the configuration.
OPTIONS = {
    "--model": "model",
    "--estimator-type": "estimator.type",
    "--n-cpus": "pipeline.n_cpus",
    "--seed": "pipeline.seed",
}
# A second spelling of a key, which the resolved configuration no longer has.
SYNONYMS = {
    "estimator.kde_displace_t": "estimator.displace_t",
    "simulator.filters": "pipeline.simulation_filters",
}


@dataclasses.dataclass(frozen=True)
class RunSettings:
    """The settings of a run, but for those of tracking.

    Attributes
    ----------
    config : mapping
        The generator configuration, complete and valid, but without seed and output folder.
    sources : mapping of str to str
        Where each leaf of `config` comes from: "command line", "config file", "packaged config"
        (the one used without ``--config-path``) or "default".
    seed : int or None
        The seed that was asked for.
    seed_source : str
        Where it comes from; "drawn" without one.
    config_path : pathlib.Path
        The YAML file that was read.
    config_sha256 : str
        Of its bytes.
    mlflow_section : mapping
        Its ``MLFLOW`` section; for `ssms.tracking.resolve_settings`.
    """

    config: Mapping[str, Any]
    sources: Mapping[str, str]
    seed: int | None
    seed_source: str
    config_path: Path
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


def resolve(options: argparse.Namespace) -> RunSettings:
    """Resolve what the command line, the YAML and the defaults say, and check all of it.

    Parameters
    ----------
    options : argparse.Namespace
        From `ssms.cli.options.parse`.

    Returns
    -------
    RunSettings

    Raises
    ------
    ConfigError, UnknownNameError
        Naming the key, its value, what is allowed, and the nearest known name.
    """
    path = PACKAGED_CONFIG
    if options.config_path:
        path = home_expanded(options.config_path, "--config-path")
    given, digest = read_yaml(path)
    overrides = _overrides(options)
    try:
        _check_layout(given)
        config = resolve_generator_config(_generator_part(given))
        if not ("model" in given or "model" in overrides):
            raise ConfigError("MODEL is missing; add it, or give --model NAME")
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    config = _override(config, overrides)
    if config["model"] not in model_config:
        raise unknown_name("model", config["model"], model_config)
    config.setdefault("generator_approach", "lan")
    config.setdefault("cpn_only", False)
    config["output"].pop("folder", None)
    seed = config["pipeline"].pop("seed", None)
    file_source = CONFIG_FILE if options.config_path else PACKAGED
    sources = {_canonical(name): file_source for name, _ in leaves(given)}
    sources |= {name: COMMAND_LINE for name, _ in leaves(overrides)}
    return RunSettings(
        config=config,
        sources=sources,
        seed=seed,
        seed_source=sources.get("pipeline.seed", "drawn"),
        config_path=path,
        config_sha256=digest,
        mlflow_section=given.get("mlflow") or {},
    )


def tracking_options(options: argparse.Namespace) -> dict[str, Any]:
    """Return the ``--mlflow-*`` options that were given, by the names of `resolve_settings`."""
    names = {
        name: name.removeprefix("mlflow_") for name in vars(options) if name.startswith("mlflow_")
    }
    names["mlflow_tag"] = "tags"
    values = {name: getattr(options, option) for option, name in names.items()}
    return {name: value for name, value in values.items() if value not in (None, [], {})}


def tracking_settings(
    options: argparse.Namespace, mlflow_section: Mapping[str, Any]
) -> TrackingSettings:
    """Resolve how a run is tracked, if it is.

    Parameters
    ----------
    options : argparse.Namespace
        From `ssms.cli.options.parse`.
    mlflow_section : mapping
        The YAML's section ``MLFLOW``.

    Returns
    -------
    TrackingSettings

    Raises
    ------
    TrackingUsageError
        For an option or a key that is not allowed, and for an environment variable if the run is
        tracked: one that was set for other programs stops no run that is not.
    """
    given = tracking_options(options)
    try:
        return resolve_settings(given, yaml_section=mlflow_section)
    except TrackingUsageError:
        if given:
            raise
    return resolve_settings(given, {}, mlflow_section)


def _overrides(options: argparse.Namespace) -> dict[str, Any]:
    """Return what the command line says about the configuration, in its shape."""
    overrides: dict[str, Any] = {}
    for option, name in OPTIONS.items():
        value = getattr(options, option.removeprefix("--").replace("-", "_"))
        if value is not None:
            *section, key = name.split(".")
            (overrides.setdefault(section[0], {}) if section else overrides)[key] = value
    return overrides


def _override(config: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the command line over the configuration; messages name the option."""
    for key, value in overrides.items():
        config[key] = {**config[key], **value} if isinstance(value, Mapping) else value
    try:
        return resolve_generator_config(config)
    except ConfigError as error:
        message = str(error)
        for option, name in OPTIONS.items():
            message = message.replace(name, option)
        raise ConfigError(message) from error


def _canonical(name: str) -> str:
    """Return the name under which a leaf of the YAML stands in the resolved configuration."""
    for spelling, canonical in SYNONYMS.items():
        if name == spelling or name.startswith(f"{spelling}."):
            return canonical + name.removeprefix(spelling)
    return name


def _generator_part(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the YAML without what is no part of the generator configuration; all sections."""
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
            raise ConfigError(f"{key.upper()} must hold a mapping (KEY: value), got a {kind}")
    if "folder" in (given.get("output") or {}):
        raise ConfigError("OUTPUT.FOLDER is given on the command line, as --output")


def _misplaced(key: str) -> str:
    """Word the refusal of an unknown top-level key: the nearest one, or the section it is of."""
    known = [name.upper() for name in TOP_LEVEL]
    for name in known_keys():
        section, _, leaf = name.partition(".")
        if leaf == key:
            return f"Unknown key {key.upper()}. Did you mean {leaf.upper()} in {section.upper()}?"
    close = nearest(key, known)
    hint = f" Did you mean {close}?" if close else ""
    return f"Unknown key {key.upper()}.{hint} Known: {', '.join(known)}"
