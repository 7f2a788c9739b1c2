"""Options that only print: models, configurations, and the content of a folder."""

from __future__ import annotations

import argparse
import fnmatch
from collections.abc import Mapping
from typing import Any

import yaml

from ssms._version import __version__
from ssms.cli.console import Console
from ssms.config import model_config
from ssms.config.config_utils import SECTIONS
from ssms.dataset_generators.settings import resolve_generator_config
from ssms.errors import unknown_name
from ssms.runs.plan import tracking_options, tracking_settings
from ssms.runs.settings import PACKAGED_CONFIG, RunSettings, resolve
from ssms.runs.summary import aligned
from ssms.runs.yaml_file import read_yaml
from ssms.settings import FILTERS, ROWS
from ssms.tracking import mask_uri

__all__ = [
    "check",
    "config_yaml",
    "initial_config",
    "matching_models",
    "models",
    "resolved_config",
    "status",
]

ONLY_FOR_PYDDM = ("pdf_interpolation", "max_undecided_prob")


def models(pattern: str, console: Console) -> None:
    """Print the models whose name matches (see `matching_models`), as a table or as JSON."""
    found = matching_models(pattern)
    rows = [("model", "parameters", "choices", "boundary")]
    for name, facts in found.items():
        choices = " ".join(str(choice) for choice in facts["choices"])
        rows.append((name, " ".join(facts["params"]), choices, facts["boundary"]))
    hint = "\n\nEach has a variant NAME_deadline, with the parameter deadline."
    console.answer(aligned(rows) + hint, found)


def matching_models(pattern: str) -> dict[str, dict[str, Any]]:
    """Return ``params``, ``choices`` and ``boundary`` of each model whose name matches, by name.

    The pattern has wildcards (``*``, ``?``, ``[...]``), or is a part of the name.  It raises
    `UnknownNameError` if there is no such model.

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


def status(folder: str, finish: bool, console: Console) -> bool:
    """Print the runs of an output folder; return whether all are complete."""
    from ssms import runs

    if finish:
        for parent in runs.finish(folder):
            console.say(f"ended the MLflow run {parent}")
    found = runs.status(folder)
    console.answer(str(found), found.as_dict())
    return found.complete


def check(folder: str, console: Console) -> bool:
    """Read every training file of a folder and print faults; return whether there are none."""
    from ssms import runs

    found = runs.check(folder)
    console.answer(str(found), found.as_dict())
    return found.sound


def initial_config(model: str, console: Console) -> None:
    """Print a commented configuration for a model: the packaged one, and every other key."""
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
        "Every key except MODEL may be omitted; then it has the default of\n"
        "ssms.config.get_default_generator_config('lan')."
    )
    console.answer(config_yaml(config, heading).rstrip(), config)


def resolved_config(options: argparse.Namespace, console: Console) -> None:
    """Print the configuration that the options give, as YAML that ``--config-path`` reads."""
    settings = resolve(vars(options))
    config = dict(settings.config)
    if settings.seed is not None:
        config["pipeline"] = {**config["pipeline"], "seed": settings.seed}
    tracked = _tracking_section(vars(options), settings)
    if tracked:
        config["mlflow"] = tracked
    heading = f"resolved by ssms-generate {__version__}"
    console.answer(config_yaml(config, heading, notes=False).rstrip(), config)


def _tracking_section(given: Mapping[str, Any], settings: RunSettings) -> dict[str, Any]:
    """Return the section MLFLOW with the arguments laid over it, passwords masked."""
    options = {k: v for k, v in tracking_options(given).items() if k != "run_id"}  # of one run
    section = dict(settings.mlflow_section) | options
    checked = tracking_settings(given, settings.mlflow_section)
    if "tags" in section:
        section["tags"] = {key: mask_uri(tag) for key, tag in checked.tags.value.items()}
    return {key: mask_uri(v) if isinstance(v, str) else v for key, v in section.items()}


_NOTES = {  # of sections, then of keys
    "mlflow": "where runs are recorded, if they are; see ssms-generate --help",
    "pipeline": "how much is made, and by how many threads",
    "estimator": "how the likelihood of a response is computed",
    "training": "the rows that a network is trained on",
    "simulator": "the simulated responses",
    "output": "the files; their folder is given as --output",
    **{name: row.note for name, row in ROWS.items() if name not in SECTIONS},
    **{f"pipeline.simulation_filters.{name}": note for name, note in FILTERS.items()},
}


def config_yaml(config: Mapping[str, Any], heading: str = "", notes: bool = True) -> str:
    """Return a configuration as YAML, below a heading, and with a note behind each key.

    The output folder is omitted: it belongs to the command line.

    Examples
    --------
    >>> print(config_yaml({"model": "ddm", "simulator": {"n_samples": 10}}, notes=False), end="")
    MODEL: ddm
    GENERATOR_APPROACH: lan
    <BLANKLINE>
    SIMULATOR:
      N_SAMPLES: 10
    """
    lines = [f"# {line}".rstrip() for line in heading.splitlines()]
    top = {"model": config["model"], "generator_approach": "lan"}
    top |= {key: config[key] for key in ("generator_approach", "cpn_only") if key in config}
    for key, value in top.items():
        lines += _entry(key.upper(), value, key, 0, notes)
    for section in (*SECTIONS, "mlflow"):
        entries = {key: value for key, value in config.get(section, {}).items() if key != "folder"}
        if entries:
            lines += ["", *_entry(section.upper(), entries, section, 0, notes)]
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, name: str, depth: int, notes: bool) -> list[str]:
    """Return the lines of one key, with its note behind it."""
    indent = "  " * depth
    note = f"  # {_NOTES[name]}" if notes and name in _NOTES else ""
    if isinstance(value, Mapping) and value:
        lines = [f"{indent}{key}:{note}"]
        for inner, item in value.items():
            shown = inner if name == "mlflow.tags" else inner.upper()
            lines += _entry(shown, item, f"{name}.{inner}", depth + 1, notes)
        return lines
    scalar = yaml.safe_dump(value, default_flow_style=True, width=10**6).strip()
    return [f"{indent}{key}: {scalar.removesuffix('...').strip()}{note}"]
