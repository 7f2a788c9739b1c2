"""Where runs are recorded: each setting resolved once, to a frozen record with its source."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, NoReturn

from ssms.errors import nearest

from . import locations
from .exceptions import TrackingUsageError
from .masking import mask_uri, remember_secrets
from .tags import check_tag_key, parse_tags

__all__ = ["Setting", "TrackingSettings", "resolve_settings"]

DEFAULTS: dict[str, Any] = {
    "tracking_uri": "sqlite:///mlflow.db",
    "artifact_location": "./mlruns",
    "experiment_name": "ssm-simulators",
    "run_name": None,
    "run_id": None,
    "description": None,
    "tags": {},
    "required": False,
    "timeout": 60.0,
    "log_data": False,
}
ENVIRONMENT = {
    "tracking_uri": "MLFLOW_TRACKING_URI",
    "artifact_location": "MLFLOW_ARTIFACT_LOCATION",
    "experiment_name": "MLFLOW_EXPERIMENT_NAME",
}
# A run id names one run; a file that is used again must not hold it.
_YAML_KEYS = frozenset(DEFAULTS) - {"run_id"}


@dataclass(frozen=True)
class Setting:
    """One resolved setting.

    Attributes
    ----------
    value : Any
        In normal form: paths absolute, numbers as numbers.
    source : str
        "command line", "environment NAME", "config file", "default", or "argument" for a
        keyword of `ssms.tracking.run`.
    given : Any
        As it was spelt at its source.
    """

    value: Any
    source: str
    given: Any = None


@dataclass(frozen=True)
class TrackingSettings:
    """Every setting of tracking, with its source.

    Attributes
    ----------
    tracking_uri : Setting of str
        The store of runs, parameters and metrics.
    artifact_location : Setting of str or None
        The store of files.  None: the MLflow server decides, or MLflow's own default
        (``./mlruns/EXPERIMENT_ID``) beside a database.
    experiment_name, run_name, run_id, description : Setting of str or None
    tags : Setting of dict
    required : Setting of bool
        Whether a missing MLflow is an error.
    timeout : Setting of float
        Seconds within which a store must answer, and for which a failing call is retried.
    log_data : Setting of bool
        Whether data files are uploaded as artifacts too.
    enabled : bool
        Whether tracking was asked for.
    warnings : tuple of str
        What the user should know about the chosen places.
    """

    tracking_uri: Setting
    artifact_location: Setting
    experiment_name: Setting
    run_name: Setting
    run_id: Setting
    description: Setting
    tags: Setting
    required: Setting
    timeout: Setting
    log_data: Setting
    enabled: bool = False
    warnings: tuple[str, ...] = ()

    def table(self) -> str:
        """Return the settings as aligned text, one a line, with sources and without secrets."""
        rows = [
            (field.name, self._shown(field.name), getattr(self, field.name).source)
            for field in fields(self)
            if isinstance(getattr(self, field.name), Setting)
        ]
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        return "\n".join(
            f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}" for name, value, source in rows
        )

    def as_dict(self) -> dict[str, dict[str, str]]:
        """Return ``{name: {"value": ..., "source": ...}}`` of plain strings without secrets."""
        return {
            field.name: {
                "value": self._shown(field.name),
                "source": getattr(self, field.name).source,
            }
            for field in fields(self)
            if isinstance(getattr(self, field.name), Setting)
        }

    def _shown(self, name: str) -> str:
        setting: Setting = getattr(self, name)
        value = setting.value
        if name == "artifact_location" and value is None:
            return (
                "(chosen by the server)"
                if locations.is_http(self.tracking_uri.value)
                else "./mlruns"
            )
        if isinstance(value, Mapping):
            return mask_uri(" ".join(f"{key}={item}" for key, item in value.items())) or "-"
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "-" if value is None else mask_uri(f"{value:g} s" if name == "timeout" else value)


def _refuse(name: str, value: Any, source: str, allowed: str) -> NoReturn:
    raise TrackingUsageError(f"{name} must be {allowed}, got {mask_uri(repr(value))} ({source})")


def _text(limit: int) -> Callable[[str, Any, str], str]:
    def check(name: str, value: Any, source: str) -> str:
        if not isinstance(value, str) or not value.strip():
            number = not isinstance(value, str) and source == "config file"
            hint = " (in quotes, lest YAML take it for another type)" if number else ""
            _refuse(name, value, source, f"a text that is not empty{hint}")
        if len(value) > limit or (limit <= 500 and re.search(r"[\r\n]", value)):
            _refuse(name, value, source, f"one line of at most {limit} characters")
        return value

    return check


def _boolean(name: str, value: Any, source: str) -> bool:
    if not isinstance(value, bool):
        _refuse(name, value, source, "true or false")
    return value


def _seconds(name: str, value: Any, source: str) -> float:
    try:
        seconds = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        seconds = float("nan")
    if not 0 < seconds < float("inf"):
        _refuse(name, value, source, "a positive number of seconds")
    return seconds


def _tags(name: str, value: Any, source: str) -> dict[str, str]:
    if isinstance(value, (list, tuple)):
        return parse_tags([str(item) for item in value])
    if not isinstance(value, Mapping):
        _refuse(name, value, source, "a mapping of keys to values")
    tags = {str(key): "" if item is None else str(item) for key, item in value.items()}
    for key in tags:
        check_tag_key(key, f"tags ({source})")
    return tags


_CHECKS: dict[str, Callable[[str, Any, str], Any]] = {
    "tracking_uri": _text(8000),
    "artifact_location": _text(8000),
    "experiment_name": _text(256),
    "run_name": _text(250),
    "run_id": _text(250),
    "description": _text(8000),
    "tags": _tags,
    "required": _boolean,
    "timeout": _seconds,
    "log_data": _boolean,
}


def _yaml_values(section: Mapping[str, Any] | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in (section or {}).items():
        name = str(key).lower()
        if name not in _YAML_KEYS:
            close = nearest(name, _YAML_KEYS)
            hint = f" Did you mean '{close.upper()}'?" if close else ""
            known = ", ".join(sorted(known.upper() for known in _YAML_KEYS))
            raise TrackingUsageError(
                f"Unknown key MLFLOW.{name.upper()} in the config file.{hint} Known: {known}"
            )
        if value is not None:
            values[name] = value
    return values


def _resolve(
    name: str,
    cli: Mapping[str, Any],
    environ: Mapping[str, str],
    yaml: Mapping[str, Any],
    label: str,
) -> Setting:
    variable = ENVIRONMENT.get(name, "")
    if cli.get(name) is not None:
        given, source = cli[name], label
        if name == "tags" and name in yaml:
            # The command line wins tag by tag: a lab's tags stay in the file.
            given = {**_tags(name, yaml[name], "config file"), **_tags(name, given, label)}
    elif variable and environ.get(variable, "").strip():
        given, source = environ[variable], f"environment {variable}"
    elif name in yaml:
        given, source = yaml[name], "config file"
    else:
        return Setting(DEFAULTS[name], "default", DEFAULTS[name])
    return Setting(_CHECKS[name](name, given, source), source, given)


def resolve_settings(
    cli: Mapping[str, Any],
    environ: Mapping[str, str] | None = None,
    yaml_section: Mapping[str, Any] | None = None,
    *,
    cli_source: str = "command line",
) -> TrackingSettings:
    """Resolve every tracking setting: command line, else environment, else YAML, else default.

    Parameters
    ----------
    cli : mapping
        Values from the command line by the names of `TrackingSettings`; None (or, for ``tags``,
        empty; for ``required`` and ``log_data``, False) means that the option was not given.
    environ : mapping, optional
        The environment; default ``os.environ``.  An empty variable counts as unset.
    yaml_section : mapping, optional
        The ``MLFLOW`` section of the config file; keys in any case.
    cli_source : str
        How values of `cli` are labelled.

    Returns
    -------
    TrackingSettings
        Enabled if any value came from `cli`.

    Raises
    ------
    TrackingUsageError
        For a value or key that is not allowed; it names setting, value and source.

    Examples
    --------
    >>> settings = resolve_settings({"tracking_uri": "http://mlflow.example"}, environ={})
    >>> settings.tracking_uri
    Setting(value='http://mlflow.example', source='command line', given='http://mlflow.example')
    >>> settings.artifact_location.source, settings.enabled
    ('default', True)
    """
    environ = os.environ if environ is None else environ
    given = {
        name: value
        for name, value in cli.items()
        if value is not None and value not in ({}, [], ())
    }
    for switch in ("required", "log_data"):
        if given.get(switch) is False:
            del given[switch]
    unknown = set(given) - set(DEFAULTS)
    if unknown:
        raise TypeError(f"unknown tracking settings: {', '.join(sorted(unknown))}")
    # Secrets must be known before the first message is worded.
    remember_secrets(*(str(cli.get(key) or "") for key in ("tracking_uri", "artifact_location")))
    yaml = _yaml_values(yaml_section)
    remember_secrets(*(str(yaml.get(key) or "") for key in ("tracking_uri", "artifact_location")))
    found = {name: _resolve(name, given, environ, yaml, cli_source) for name in DEFAULTS}
    found |= _places(found["tracking_uri"], found["artifact_location"])
    notes = locations.location_warnings(
        found["tracking_uri"].given,
        found["tracking_uri"].value,
        found["artifact_location"].given,
        found["artifact_location"].value,
        environ,
    )
    return TrackingSettings(**found, enabled=bool(given), warnings=tuple(notes))


def _places(tracking: Setting, artifact: Setting) -> dict[str, Setting]:
    """Return both places in normal form."""
    uri = locations.normalise_tracking_uri(tracking.value, tracking.source)
    remember_secrets(uri)
    if artifact.source == "default":
        # An explicit ./mlruns would lose MLflow's folder level for each experiment, and a server
        # knows better than a client where its files go.
        given = None if locations.is_http(uri) else DEFAULTS["artifact_location"]
        location = None
    else:
        given = artifact.given
        location = locations.normalise_artifact_location(artifact.value, uri, artifact.source)
        remember_secrets(location)
    return {
        "tracking_uri": Setting(uri, tracking.source, tracking.given),
        "artifact_location": Setting(location, artifact.source, given),
    }
