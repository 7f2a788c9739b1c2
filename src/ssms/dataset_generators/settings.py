"""The generator configuration: its keys, what each may be, and what is assumed where one is absent.

Every key takes effect or is refused by its name.  The keys and their meaning:

==========================================  =====================================================
``model``                                   the model's name
``generator_approach``                      "lan"
``cpn_only``                                leave out ``lan_data`` and ``lan_labels``
``pipeline.n_parameter_sets``               parameter sets in a file
``pipeline.n_parameter_sets_rejected``      how often one set may be rejected by the filters
``pipeline.n_subruns``                      rounds in which a file's sets are made
``pipeline.n_cpus``                         threads, or "all" that this process may use
``pipeline.simulation_filters``             limits that simulations must keep (`filters`)
``pipeline.seed``                           seed of everything random
``pipeline.parameter_sampler_index_offset`` index of the first parameter set (see below)
``estimator.type``                          "kde"
``estimator.displace_t``                    estimate densities of decision times
``training.*``                              see `ResampleMixtureStrategy`
``simulator.*``                             n_samples, delta_t, max_t, smooth_unif, method of
                                            `simulator`; filters: more simulation filters
``output.folder``                           where files go
``output.nbins``                            one more histogram, ``binned_<nbins>``, if > 0
``output.pickle_protocol``                  protocol of the files
==========================================  =====================================================

With ``parameter_sampler_index_offset`` parameter set number i of file f is a function of the
index ``offset + f * n_parameter_sets + i`` alone, whatever the seed, as in releases before 0.16:
runs with disjoint ranges of indices never share a parameter set by design.
"""

from __future__ import annotations

import math
import os
import pickle
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any

from ssms.config import get_default_generator_config
from ssms.config.config_utils import copy_config, has_nested_structure
from ssms.dataset_generators.filters import FILTER_NAMES
from ssms.dataset_generators.streams import LARGEST_SEED
from ssms.errors import ConfigError, nearest

__all__ = [
    "KNOWN_ESTIMATORS",
    "available_cpus",
    "check_estimator_type",
    "known_keys",
    "resolve_generator_config",
    "resolve_n_cpus",
]

#: Estimator types by name, with what can be said of each.
KNOWN_ESTIMATORS = {"kde": "available", "pyddm": "not available in this version"}


def available_cpus() -> int:
    """Return the number of CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def resolve_n_cpus(value: Any, name: str = "pipeline.n_cpus") -> int:
    """Return a number of threads.

    Parameters
    ----------
    value : int or str
        A positive whole number (also as a string), or "all" for all this process may use.
    name : str
        What to call it in a message.

    Raises
    ------
    ConfigError
        Anything else.

    Examples
    --------
    >>> resolve_n_cpus("2")
    2
    """
    if isinstance(value, str):
        if value.strip().lower() == "all":
            return available_cpus()
        if value.strip().isdecimal():
            value = int(value)
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise _refused(name, value, "a positive whole number or 'all'")
    return int(value)


def check_estimator_type(name: str, value: Any) -> str:
    """Return the estimator type, or raise ConfigError if there is no such estimator."""
    kind = value.lower() if isinstance(value, str) else value
    if kind not in KNOWN_ESTIMATORS:
        raise ConfigError(
            f"Unknown estimator_type: {name} is {value!r}. Known: {_estimator_list()}"
            f"{_hint(value, KNOWN_ESTIMATORS)}"
        )
    if KNOWN_ESTIMATORS[kind] != "available":
        raise ConfigError(
            f"{name} '{kind}' is {KNOWN_ESTIMATORS[kind]} of ssms. Known: {_estimator_list()}"
        )
    return str(kind)


def _estimator_list() -> str:
    return ", ".join(f"{name} ({state})" for name, state in KNOWN_ESTIMATORS.items())


def _refused(name: str, value: Any, allowed: str) -> ConfigError:
    return ConfigError(f"{name} must be {allowed}, got {value!r}")


def _hint(key: Any, known: Any) -> str:
    close = nearest(str(key), known)
    return f". Did you mean '{close}'?" if close else ""


def _whole(minimum: int, maximum: float = math.inf) -> Callable[[str, Any], int]:
    allowed = "a positive whole number" if minimum == 1 else f"a whole number >= {minimum}"
    if maximum < math.inf:
        allowed = f"a whole number from {minimum} to {int(maximum)}"

    def check(name: str, value: Any) -> int:
        number = int(value) if isinstance(value, Integral) else minimum - 1
        if isinstance(value, bool) or not minimum <= number <= maximum:
            raise _refused(name, value, allowed)
        return number

    return check


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise _refused(name, value, "a finite number")
    return float(value)


def _positive(name: str, value: Any) -> float:
    number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else math.nan
    if not (math.isfinite(number) and number > 0):
        raise _refused(name, value, "a positive number")
    return number


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refused(name, value, "true or false")
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _refused(name, value, "a name")
    return value


def _folder(name: str, value: Any) -> str:
    if not isinstance(value, str | os.PathLike) or not os.fspath(value):
        raise _refused(name, value, "a folder")
    return str(value)


def _shares(name: str, value: Any) -> list[float]:
    allowed = "three numbers >= 0 that sum to 1 (estimate, uniform, impossible)"
    if isinstance(value, str | Mapping) or not hasattr(value, "__len__") or len(value) != 3:
        raise _refused(name, value, allowed)
    shares = [_number(name, share) for share in value]
    if min(shares) < 0 or abs(sum(shares) - 1.0) > 1e-6:
        raise _refused(name, value, allowed)
    return shares


def _filters(name: str, value: Any) -> dict[str, float]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _refused(name, value, "a mapping of filters to limits")
    for key in value:
        if key not in FILTER_NAMES:
            raise ConfigError(
                f"Unknown filter {name}.{key}. Known: {', '.join(FILTER_NAMES)}"
                f"{_hint(key, FILTER_NAMES)}"
            )
    return {key: _number(f"{name}.{key}", limit) for key, limit in value.items()}


def _only(allowed: Any, instead: str) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> Any:
        if value != allowed:
            raise ConfigError(f"{name} can only be {allowed!r} ({instead}), got {value!r}")
        return allowed

    return check


def _record(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _refused(name, value, "the record of an earlier run")
    return dict(value)


Checks = dict[str, Callable[[str, Any], Any]]

_PYDDM_ONLY = "it belongs to estimator.type 'pyddm', which is not available in this version"

_SECTIONS: dict[str, Checks] = {
    "pipeline": {
        "n_parameter_sets": _whole(1),
        "n_parameter_sets_rejected": _whole(0),
        "n_subruns": _whole(1),
        "n_cpus": lambda name, value: resolve_n_cpus(value, name),
        "simulation_filters": _filters,
        "seed": _whole(0, LARGEST_SEED),
        "parameter_sampler_index_offset": _whole(0),
    },
    "estimator": {
        "type": check_estimator_type,
        "displace_t": _flag,
        "kde_displace_t": _flag,
        "pdf_interpolation": _only("cubic", _PYDDM_ONLY),
        "max_undecided_prob": _only(0.5, _PYDDM_ONLY),
    },
    "training": {
        "n_samples_per_param": _whole(1),
        "mixture_probabilities": _shares,
        "separate_response_channels": _flag,
        "negative_rt_log_likelihood": _number,
    },
    "simulator": {
        "n_samples": _whole(1),
        "delta_t": _positive,
        "max_t": _positive,
        "smooth_unif": _flag,
        "method": _text,
        "filters": _filters,
    },
    "output": {
        "folder": _folder,
        "nbins": _whole(0),
        "pickle_protocol": _whole(0, pickle.HIGHEST_PROTOCOL),
        "bin_pointwise": _only(False, "times are stored, not bins; use output.nbins"),
    },
}

_TOP_LEVEL: Checks = {
    "model": _text,
    "generator_approach": _only("lan", "the approach that makes files"),
    "cpn_only": _flag,
    # What an earlier run wrote into its file: no option, and replaced by this run's.
    "provenance": _record,
}


def known_keys() -> list[str]:
    """Return every key of a generator configuration, as ``section.key`` or ``key``.

    Examples
    --------
    >>> "simulator.delta_t" in known_keys()
    True
    """
    return [
        *_TOP_LEVEL,
        *(f"{section}.{key}" for section in _SECTIONS for key in _SECTIONS[section]),
    ]


def resolve_generator_config(config: Any) -> dict[str, Any]:
    """Return a complete and checked copy of a generator configuration.

    Parameters
    ----------
    config : mapping
        With any of the sections pipeline, estimator, training, simulator and output.

    Returns
    -------
    dict
        Plain data.  Absent keys have the value of `get_default_generator_config`;
        ``pipeline.n_cpus`` is a number, ``pipeline.simulation_filters`` holds all filters and
        ``estimator.displace_t`` the decision.

    Raises
    ------
    ConfigError
        For a key that is unknown (the nearest known one is named), or a value that is not
        allowed; the message names ``section.key``.

    Examples
    --------
    >>> resolved = resolve_generator_config({"pipeline": {"n_parameter_sets": 10}})
    >>> resolved["pipeline"]["n_parameter_sets"], resolved["simulator"]["n_samples"]
    (10, 1000)
    >>> resolve_generator_config({"simulator": {"n_sample": 10}})
    Traceback (most recent call last):
    ssms.errors.ConfigError: Unknown key simulator.n_sample. Did you mean 'simulator.n_samples'?
    """
    if config is None:
        raise ConfigError("No config specified: pass one from get_default_generator_config('lan')")
    if not isinstance(config, Mapping):
        raise ConfigError(f"config must be a mapping, got {type(config).__name__}")
    if not has_nested_structure(config):
        raise ConfigError(
            "Flat generator_config structure is not supported: the config needs sections "
            f"({', '.join(_SECTIONS)}); take one from get_default_generator_config('lan')"
        )
    resolved = _defaults()
    for name, value in config.items():
        if name in _SECTIONS:
            resolved[name].update(_checked_section(name, value))
        elif name in _TOP_LEVEL:
            resolved[name] = _TOP_LEVEL[name](name, copy_config(value))
        else:
            raise _unknown_key(str(name))
    _merge_synonyms(resolved)
    return resolved


def _defaults() -> dict[str, Any]:
    default = get_default_generator_config("lan")
    return {
        name: _checked_section(name, value) if name in _SECTIONS else value
        for name, value in default.items()
    }


def _checked_section(section: str, values: Any) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise _refused(section, values, "a mapping of keys to values")
    checked = {}
    for key, value in values.items():
        name = f"{section}.{key}"
        if key not in _SECTIONS[section]:
            raise _unknown_key(name)
        checked[key] = _SECTIONS[section][key](name, value)
    return checked


def _unknown_key(name: str) -> ConfigError:
    hint = _hint(name, known_keys())
    # A key may be right but stand in the wrong section.
    same_leaf = [key for key in known_keys() if key.split(".")[-1] == name.split(".")[-1].lower()]
    if same_leaf:
        hint = f". Did you mean '{same_leaf[0]}'?"
    return ConfigError(f"Unknown key {name}{hint}")


def _merge_synonyms(resolved: dict[str, Any]) -> None:
    """Leave one spelling of what can be said in two ways."""
    estimator, simulator = resolved["estimator"], resolved["simulator"]
    displace = estimator.pop("kde_displace_t", False)
    estimator["displace_t"] = estimator.get("displace_t", False) or displace
    resolved["pipeline"]["simulation_filters"].update(simulator.pop("filters", {}))
