"""What the options that make nothing print: models and configurations."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Mapping
from typing import Any

from ssms._version import __version__
from ssms.cli.config_text import config_yaml
from ssms.cli.console import Console
from ssms.cli.settings import (
    PACKAGED_CONFIG,
    RunSettings,
    resolve,
    tracking_options,
    tracking_settings,
)
from ssms.cli.yaml_file import read_yaml
from ssms.config import model_config
from ssms.dataset_generators.settings import resolve_generator_config
from ssms.errors import unknown_name
from ssms.tracking.masking import mask_values

__all__ = ["initial_config", "matching_models", "models", "resolved_config"]

ONLY_FOR_PYDDM = ("pdf_interpolation", "max_undecided_prob")


def models(pattern: str, console: Console) -> None:
    """Print the models whose name matches, as a table or as JSON.

    Parameters
    ----------
    pattern : str
        See `matching_models`.
    console : Console
        Where to.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    found = matching_models(pattern)
    console.answer(_table(found), found)


def matching_models(pattern: str) -> dict[str, dict[str, Any]]:
    """Return what is shown of each model whose name matches.

    Parameters
    ----------
    pattern : str
        With wildcards (``*``, ``?``, ``[...]``), or a part of the name.

    Returns
    -------
    dict of str to dict
        ``params``, ``choices`` and ``boundary`` by name, in alphabetic order.

    Raises
    ------
    UnknownNameError
        If there is none.

    Examples
    --------
    >>> matching_models("ddm_sd?")
    {'ddm_sdv': {'params': ['v', 'a', 'z', 't', 'sv'], 'choices': [-1, 1], 'boundary': 'constant'}}
    """
    wild = (pattern if any(sign in pattern for sign in "*?[") else f"*{pattern}*").lower()
    names = set(model_config)
    if "deadline" in wild:
        names |= {late for name in model_config if (late := f"{name}_deadline") in model_config}
    found = sorted(name for name in names if fnmatch.fnmatchcase(name.lower(), wild))
    if not found:
        raise unknown_name("model", pattern, model_config)
    return {name: _facts(model_config[name]) for name in found}


def _facts(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "params": list(config["params"]),
        "choices": [int(choice) for choice in config["choices"]],
        "boundary": config.get("boundary_name", "constant"),
    }


def _table(models: Mapping[str, Mapping[str, Any]]) -> str:
    """Return models as a table, one a line."""
    rows = [("model", "parameters", "choices", "boundary")]
    for name, facts in models.items():
        choices = " ".join(str(choice) for choice in facts["choices"])
        rows.append((name, " ".join(facts["params"]), choices, facts["boundary"]))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.append("\nEach with a response time has a variant NAME_deadline, with the parameter deadline.")
    return "\n".join(lines)


def initial_config(model: str, console: Console) -> None:
    """Print a commented configuration for a model: the packaged one, and every other key.

    Raises
    ------
    UnknownNameError
        If there is no such model.
    """
    if model not in model_config:
        raise unknown_name("model", model, model_config)
    packaged, _ = read_yaml(PACKAGED_CONFIG)
    config = resolve_generator_config({**packaged, "model": model})
    config["pipeline"]["n_cpus"] = "all"
    for key in ONLY_FOR_PYDDM:
        config["estimator"].pop(key, None)
    heading = (
        f"Training data of model {model}, for ssms-generate {__version__}:\n"
        "  ssms-generate --config-path THIS_FILE --output data --n-files 10\n"
        "Every key may be left out, but for MODEL; then it has the default of\n"
        "ssms.config.get_default_generator_config('lan')."
    )
    console.answer(config_yaml(config, heading).rstrip(), config)


def _tracking_section(options: argparse.Namespace, settings: RunSettings) -> dict[str, Any]:
    """Return the section MLFLOW with what the command line says laid over it."""
    options_given = {
        name: value
        for name, value in tracking_options(options).items()
        if name != "run_id"  # which names one run only
    }
    section = dict(settings.mlflow_section) | options_given
    checked = tracking_settings(options, settings.mlflow_section)
    if "tags" in section:
        section["tags"] = dict(checked.tags.value)
    return section


def resolved_config(options: argparse.Namespace, console: Console) -> None:
    """Print the configuration that the options give, as YAML that ``--config-path`` reads.

    Parameters
    ----------
    options : argparse.Namespace
        From `ssms.cli.options.parse`.
    console : Console
        Where to.

    Raises
    ------
    SsmsError
        If the configuration is not valid.
    """
    settings = resolve(options)
    config = dict(settings.config)
    if settings.seed is not None:
        config["pipeline"] = {**config["pipeline"], "seed": settings.seed}
    tracked = _tracking_section(options, settings)
    if tracked:
        config["mlflow"] = mask_values(tracked)
    heading = f"resolved by ssms-generate {__version__}"
    console.answer(config_yaml(config, heading, notes=False).rstrip(), config)
