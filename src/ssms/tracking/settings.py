"""Where runs are recorded: each setting resolved once, to a frozen record with its source.

Names, checks, variables and defaults stand in the table of settings (`ssms.settings`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ssms.errors import unknown_name
from ssms.settings import NotAllowed, rows_of

from . import locations
from .exceptions import TrackingUsageError
from .masking import mask_uri, remember_secrets
from .tags import check_tag_key, parse_tags

__all__ = ["Setting", "TrackingSettings", "resolve_settings"]

_ROWS = rows_of("mlflow")
# Variables of MLflow and of other tools that are not followed, and advice.
_NOT_FOLLOWED = {
    "MLFLOW_RUN_ID": "give --mlflow-run-id (or run_id=) to resume that run",
    "MLFLOW_TAGS": "give --mlflow-tag KEY=VALUE (or tags=)",
}


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

    Examples
    --------
    >>> resolve_settings({"timeout": 5}, {}).timeout.source
    'command line'
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
        Seconds within which a store must answer when a run is opened, and take the rest at its end.
    log_data : Setting of bool
        Whether data files are uploaded as artifacts too.
    experiment_id : str or None
        From MLFLOW_EXPERIMENT_ID, where no name is given.
    enabled : bool
        Whether tracking was asked for.
    warnings : tuple of str
        Warnings about the chosen places and about variables.

    Examples
    --------
    >>> settings = resolve_settings({"experiment_name": "mine"}, {})
    >>> settings.experiment_name.value
    'mine'
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
    experiment_id: str | None = None
    enabled: bool = False
    warnings: tuple[str, ...] = ()

    def rows(self) -> list[tuple[str, str, str]]:
        """Return (name, value, source) of each setting, without secrets, for a table."""
        return [
            (field.name, self._shown(field.name), getattr(self, field.name).source)
            for field in fields(self)
            if isinstance(getattr(self, field.name), Setting)
        ]

    def as_dict(self) -> dict[str, dict[str, str]]:
        """Return ``{name: {"value": ..., "source": ...}}`` of plain strings without secrets."""
        return {name: {"value": value, "source": source} for name, value, source in self.rows()}

    def _shown(self, name: str) -> str:
        value = getattr(self, name).value
        if name == "artifact_location" and value is None:
            server = locations.is_http(self.tracking_uri.value)
            return "(chosen by the server)" if server else "./mlruns"
        if isinstance(value, Mapping):
            return mask_uri(" ".join(f"{key}={item}" for key, item in value.items())) or "-"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if name == "timeout":
            return f"{value:g} s"
        if name in ("run_name", "experiment_name"):
            return value or "-"
        return "-" if value is None else mask_uri(value)


def _checked(name: str, value: Any, source: str) -> Any:
    if name == "tags" and isinstance(value, (list, tuple)):
        option = "--mlflow-tag" if source == "command line" else f"tags ({source})"
        return parse_tags([str(item) for item in value], option)
    row = _ROWS[name]
    try:
        found = row.parse(value) if isinstance(value, str) else row.check(value)
    except NotAllowed as error:
        shown = mask_uri(repr(value))
        raise TrackingUsageError(f"{name} must be {error}, got {shown} ({source})") from None
    if name == "tags":
        found = {str(key): "" if item is None else str(item) for key, item in found.items()}
        for key in found:
            check_tag_key(key, f"tags ({source})")
    return found


def _yaml_values(section: Mapping[str, Any] | None) -> dict[str, Any]:
    known = [f"MLFLOW.{row.key}" for row in _ROWS.values() if row.yaml]
    values: dict[str, Any] = {}
    for key, value in (section or {}).items():
        name = str(key).lower()
        if f"MLFLOW.{name.upper()}" not in known:
            wrong = unknown_name("key of the config file", f"MLFLOW.{name.upper()}", known)
            raise TrackingUsageError(str(wrong))
        if value is not None:
            values[name] = value
    return values


def _variable(environ: Mapping[str, str], name: str) -> str:
    """Return a variable without the white space around it; quotes around it are refused."""
    value = environ.get(name, "").strip() if name else ""
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        raise TrackingUsageError(
            f"the value of {name} has quotes around it: {mask_uri(value)}; remove the quotes"
        )
    return value


def _resolve(
    name: str,
    cli: Mapping[str, Any],
    environ: Mapping[str, str],
    yaml: Mapping[str, Any],
    label: str,
) -> Setting:
    variable = _ROWS[name].variable
    if cli.get(name) is not None:
        given, source = cli[name], label
        if name == "tags" and name in yaml:
            # The command line wins tag by tag: a lab's tags stay in the file.
            theirs = _checked(name, yaml[name], "config file")
            given = {**theirs, **_checked(name, given, label)}
    elif _variable(environ, variable):
        given, source = _variable(environ, variable), f"environment {variable}"
    elif name in yaml:
        given, source = yaml[name], "config file"
    else:
        default = _ROWS[name].default
        return Setting(default, "default", default)
    return Setting(_checked(name, given, source), source, given)


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
    unknown = set(given) - set(_ROWS)
    if unknown:
        raise TrackingUsageError(str(unknown_name("setting of tracking", min(unknown), _ROWS)))
    yaml = _yaml_values(yaml_section)
    # Secrets must be known before the first message is worded.
    places = ("tracking_uri", "artifact_location")
    remember_secrets(*(str(values.get(key) or "") for values in (cli, yaml) for key in places))
    found = {name: _resolve(name, given, environ, yaml, cli_source) for name in _ROWS}
    found |= _places(found["tracking_uri"], found["artifact_location"])
    notes = _warnings(found["tracking_uri"], found["artifact_location"], environ)
    notes += [
        f"{variable} is set but not followed; {instead}"
        for variable, instead in _NOT_FOLLOWED.items()
        if environ.get(variable) and not (variable == "MLFLOW_RUN_ID" and found["run_id"].value)
    ]
    number = _variable(environ, "MLFLOW_EXPERIMENT_ID")
    named = found["experiment_name"].source != "default"
    return TrackingSettings(
        **found,
        experiment_id=None if named or not number else number,
        enabled=bool(given),
        warnings=tuple(notes),
    )


def _places(tracking: Setting, artifact: Setting) -> dict[str, Setting]:
    """Return both places in normal form."""
    uri = locations.normalise_tracking_uri(tracking.value, tracking.source)
    remember_secrets(uri)
    if artifact.source == "default":
        # An explicit ./mlruns would lose MLflow's folder level for each experiment, and a server
        # knows better than a client where its files go.
        given = None if locations.is_http(uri) else artifact.value
        location = None
    else:
        given = artifact.given
        location = locations.normalise_artifact_location(artifact.value, uri, artifact.source)
        remember_secrets(location)
    return {
        "tracking_uri": Setting(uri, tracking.source, tracking.given),
        "artifact_location": Setting(location, artifact.source, given),
    }


def _warnings(tracking: Setting, artifact: Setting, environ: Mapping[str, str]) -> list[str]:
    """Return warnings about these places."""
    found = []
    given = [place.given for place in (tracking, artifact) if place.given]
    relative = [mask_uri(place) for place in given if locations.is_relative(place)]
    if relative and environ.get("SLURM_JOB_ID"):
        many = len(relative) > 1
        found.append(
            f"Slurm job with the relative location{'s' if many else ''} {' and '.join(relative)}: "
            f"other nodes may not see {'them' if many else 'it'}. Give absolute paths on a shared "
            "file system"
        )
    location, uri = artifact.value, tracking.value
    if location and locations.is_http(uri) and locations.is_local_artifact(location):
        found.append(
            f"the artifact location {location} is a local path under the server {mask_uri(uri)}: "
            "files are written by this machine, and other nodes and the server may not see them. "
            "Leave it to the server, or give a URI such as s3://bucket/path"
        )
    return found
