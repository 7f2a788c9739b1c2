"""The tags of a run: the user's own, and tags that say where the run came from."""

from __future__ import annotations

import logging
import os
import platform
import sys
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path

from .exceptions import TrackingUsageError
from .limits import clean_key

__all__ = ["RESERVED_TAGS", "SCHEMA_VERSION", "context_tags", "parse_tags", "slurm_tags"]

log = logging.getLogger("ssms.tracking")

SCHEMA_VERSION = "1"
RESERVED_TAGS = frozenset({"schema_version", "phase", "ssms_run", "ssms_run_token", "ssms_array"})

_SLURM = ("SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID")


def check_tag_key(key: str, shown: str) -> None:
    """Raise if MLflow or this program could not use `key` as the key of a user's tag."""
    if key in RESERVED_TAGS:
        raise TrackingUsageError(
            f"{shown}: the tag {key!r} is set by the program itself; use another key"
        )
    if key == "mlflow.runName":
        raise TrackingUsageError(f"{shown}: the run's name is given by --mlflow-run-name")
    if clean_key(key) != key:
        raise TrackingUsageError(
            f"{shown}: a tag's key must have 1 to 250 letters, digits, '_', '-', '.', ':', ' ' or "
            f"single '/', got {key!r}"
        )


def parse_tags(items: Iterable[str], option: str = "--mlflow-tag") -> dict[str, str]:
    """Return the tags given as ``KEY=VALUE``.

    Parameters
    ----------
    items : iterable of str
        One for each time the option was given.  The value may be empty and may hold "=".
    option : str
        Name of the option, for messages.

    Returns
    -------
    dict
        Values by key, in the order given.

    Raises
    ------
    TrackingUsageError
        Without "=", without a key, for a reserved key (`RESERVED_TAGS`), a key given twice with
        different values, or characters that MLflow refuses in a key.

    Examples
    --------
    >>> parse_tags(["lab=north", "note="])
    {'lab': 'north', 'note': ''}
    """
    tags: dict[str, str] = {}
    for item in items:
        key, equals, value = item.partition("=")
        key, shown = key.strip(), f"{option} {item!r}" if len(item) < 200 else option
        if not equals or not key:
            raise TrackingUsageError(f"{shown}: must be KEY=VALUE, e.g. lab=north")
        check_tag_key(key, shown)
        if tags.get(key, value) != value:
            raise TrackingUsageError(
                f"{shown}: the key was given before, with the value {tags[key]!r}"
            )
        tags[key] = value
    return tags


def slurm_tags(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return Slurm's ids as tags (``slurm_job_id``, ...), where they are set.

    A run that a node failure left RUNNING is found again by them.
    """
    environ = os.environ if environ is None else environ
    return {name.lower(): environ[name] for name in _SLURM if environ.get(name)}


def context_tags() -> dict[str, str]:
    """Return the tags that MLflow's own runs have (user, program, git commit), and the host.

    They come from MLflow's context providers, so that ``MLFLOW_RUN_CONTEXT`` and plugins work.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from mlflow.tracking.context.registry import resolve_tags

            found = dict(resolve_tags())
    except Exception as error:  # a user without an entry in the password file, or a bad plugin
        log.debug("no tags from MLflow's context: %s", error)
        found = {"mlflow.source.type": "LOCAL"}
    program = sys.argv[0] if sys.argv and sys.argv[0] else "python"
    if not found.get("mlflow.source.name"):
        found["mlflow.source.name"] = Path(program).name
    return {**{str(k): str(v) for k, v in found.items()}, "hostname": platform.node()}
