"""A generator configuration as YAML text that ``--config-path`` reads back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from ssms.config.config_utils import SECTIONS

__all__ = ["NOTES", "config_yaml"]

NOTES = {
    "model": "see ssms-generate --list-models; NAME_deadline adds a deadline parameter",
    "generator_approach": "what the data are for: lan, likelihood approximation networks",
    "cpn_only": "leave out the rows for likelihood networks (lan_data, lan_labels)",
    "mlflow": "where runs are recorded, if they are; see ssms-generate --help",
    "pipeline": "how much is made, and by how many threads",
    "pipeline.n_parameter_sets": "parameter sets in each file",
    "pipeline.n_parameter_sets_rejected": "how often one set may be drawn again (see the filters)",
    "pipeline.n_subruns": "parts in which a file is made; never changes the data",
    "pipeline.n_cpus": "threads: a number, or all; never changes the data",
    "pipeline.simulation_filters": "a parameter set is drawn again if, for any choice,",
    "pipeline.simulation_filters.mode": "the most frequent response time is above this (s)",
    "pipeline.simulation_filters.choice_cnt": "there are fewer responses than this",
    "pipeline.simulation_filters.mean_rt": "the mean response time is above this (s)",
    "pipeline.simulation_filters.std": "response times vary less than this (s)",
    "pipeline.simulation_filters.mode_cnt_rel": "more than this share of them is the same time",
    "estimator": "how the likelihood of a response is computed",
    "estimator.type": "kde: kernel density of simulated log response times",
    "estimator.displace_t": "shift response times by -t before the density is estimated",
    "estimator.pdf_interpolation": "how a density is interpolated (only for pyddm)",
    "estimator.max_undecided_prob": "largest P(no response by max_t) (only for pyddm)",
    "training": "the rows that a network is trained on",
    "training.n_samples_per_param": "rows for each parameter set",
    "training.mixture_probabilities": "shares: from the estimate, uniform, with rt below 0",
    "training.separate_response_channels": "one column for each choice",
    "training.negative_rt_log_likelihood": "label of response times below 0",
    "simulator": "the simulated responses",
    "simulator.n_samples": "responses for each parameter set",
    "simulator.delta_t": "time step (s)",
    "simulator.max_t": "a response after this is an omission (s)",
    "simulator.smooth_unif": "spread response times within their time step",
    "output": "the files; their folder is given as --output",
    "output.nbins": "one more histogram of response times, of so many bins, if above 0",
    "output.pickle_protocol": "version of Python's pickle format",
}


def config_yaml(config: Mapping[str, Any], heading: str = "", notes: bool = True) -> str:
    """Return a configuration as YAML.

    Parameters
    ----------
    config : mapping
        A generator configuration with sections.
    heading : str
        Comment for the top of the file.
    notes : bool
        Say at each key what it means.

    Returns
    -------
    str
        Keys in capitals.  The output folder is left out: it belongs to the command line.

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
    note = f"  # {NOTES[name]}" if notes and name in NOTES else ""
    if isinstance(value, Mapping) and value:
        lines = [f"{indent}{key}:{note}"]
        for inner, item in value.items():
            shown = inner if name == "mlflow.tags" else inner.upper()
            lines += _entry(shown, item, f"{name}.{inner}", depth + 1, notes)
        return lines
    scalar = yaml.safe_dump(value, default_flow_style=True, width=10**6).strip()
    return [f"{indent}{key}: {scalar.removesuffix('...').strip()}{note}"]
