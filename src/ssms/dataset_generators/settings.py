"""The generator configuration: complete, checked, and with the processors that may be used.

`ssms.settings` defines the keys and their allowed values, the defaults in
`ssms.config.get_default_generator_config`.  Every key takes effect or is refused by its name.

With ``pipeline.parameter_sampler_index_offset`` parameter set number i of file f is a function of
the index ``offset + f * n_parameter_sets + i`` alone, whatever the seed, as in releases before
0.16: runs with disjoint ranges of indices never share a parameter set by design.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ssms.config import get_default_generator_config
from ssms.config.config_utils import SECTIONS, copy_config, has_nested_structure
from ssms.errors import ConfigError, bad_value, nearest
from ssms.settings import ESTIMATORS as KNOWN_ESTIMATORS
from ssms.settings import ROWS, NotAllowed, rows_of

__all__ = [
    "KNOWN_ESTIMATORS",
    "available_cpus",
    "check_estimator_type",
    "known_keys",
    "resolve_generator_config",
    "resolve_n_cpus",
]

_TOP_LEVEL = ("model", "generator_approach", "cpn_only", "provenance")
# Variables in which schedulers say how many processors a task may use.
_SCHEDULERS = ("SLURM_CPUS_PER_TASK", "PBS_NCPUS", "NCPUS", "NSLOTS", "LSB_DJOB_NUMPROC")


def available_cpus(environ: Mapping[str, str] | None = None, root: str = "/sys/fs/cgroup") -> int:
    """Return the number of processors that this process may use.

    Parameters
    ----------
    environ : mapping of str to str, optional
        The environment; default ``os.environ``.
    root : str
        Where control groups are mounted.

    Returns
    -------
    int
        The least of affinity, the quota of the control group, and the scheduler's variables
        (``SLURM_CPUS_PER_TASK``, ``PBS_NCPUS``, ``NCPUS``, ``NSLOTS``, ``LSB_DJOB_NUMPROC``);
        at least 1.
    """
    environ = os.environ if environ is None else environ
    affinity = getattr(os, "sched_getaffinity", None)
    limits: list[float] = [len(affinity(0)) if affinity else os.cpu_count() or 1]
    limits += _quotas(Path(root))
    words = (environ.get(name, "").strip() for name in _SCHEDULERS)
    limits += [int(word) for word in words if word.isdecimal() and int(word) > 0]
    return max(1, math.ceil(min(limits)))


def _quotas(root: Path) -> Iterator[float]:
    """Yield the quotas of this process's control group and of those above it, in processors."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        quota, period = (root / "cpu/cpu.cfs_quota_us", root / "cpu/cpu.cfs_period_us")
        allowed, of = (int(path.read_text(encoding="ascii")) for path in (quota, period))
        if allowed > 0:  # version 1
            yield allowed / of
    groups = [root]
    with contextlib.suppress(OSError):
        text = Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="surrogateescape")
        for line in text.splitlines():
            if line.startswith("0::"):
                group = root / line[3:].lstrip("/")
                groups += [group, *(p for p in group.parents if root in p.parents)]
    for group in dict.fromkeys(groups):
        with contextlib.suppress(OSError, ValueError):
            quota_text, period_text = (group / "cpu.max").read_text(encoding="ascii").split()
            if quota_text != "max":
                yield int(quota_text) / int(period_text)


def resolve_n_cpus(value: Any, name: str = "pipeline.n_cpus") -> int:
    """Return a number of threads.

    Parameters
    ----------
    value : int or str
        A positive whole number (also as a string), or "all" for all this process may use.
    name : str
        Its name in messages.

    Raises
    ------
    ConfigError
        Anything else.

    Examples
    --------
    >>> resolve_n_cpus("2")
    2
    """
    threads = checked("pipeline.n_cpus", value, name)
    return available_cpus() if threads == "all" else int(threads)


def check_estimator_type(name: str, value: Any) -> str:
    """Return the estimator type, or raise ConfigError if there is no such estimator."""
    return str(checked("estimator.type", value, name))


def checked(row: str, value: Any, name: str = "") -> Any:
    """Return a value as its row of the table of settings has it.

    Parameters
    ----------
    row : str
        Name of the row.
    value : Any
        The given value.
    name : str, optional
        Its name in messages; by default the row's name.

    Raises
    ------
    ConfigError
        If it is not allowed.
    """
    name = name or row
    try:
        return ROWS[row].check(value)
    except NotAllowed as error:
        raise ConfigError(str(bad_value(name, value, str(error)))) from None


def known_keys() -> list[str]:
    """Return every key of a generator configuration, as ``section.key`` or ``key``.

    Examples
    --------
    >>> "simulator.delta_t" in known_keys()
    True
    """
    return [
        *_TOP_LEVEL,
        *(name for name in ROWS if name.partition(".")[0] in SECTIONS and "." in name),
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
            f"({', '.join(SECTIONS)}); take one from get_default_generator_config('lan')"
        )
    resolved = _defaults()
    for name, value in config.items():
        if name in SECTIONS:
            resolved[name].update(_checked_section(name, value))
        elif name in _TOP_LEVEL:
            resolved[name] = checked(name, copy_config(value))
        else:
            raise _unknown_key(str(name))
    _merge_synonyms(resolved)
    resolved["pipeline"]["n_cpus"] = resolve_n_cpus(resolved["pipeline"]["n_cpus"])
    return resolved


def _defaults() -> dict[str, Any]:
    default = get_default_generator_config("lan")
    return {
        name: _checked_section(name, value) if name in SECTIONS else value
        for name, value in default.items()
    }


def _checked_section(section: str, values: Any) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise ConfigError(f"{section} must be a mapping of keys to values, got {values!r}")
    known = rows_of(section)
    found = {}
    for key, value in values.items():
        if key not in known:
            raise _unknown_key(f"{section}.{key}")
        found[key] = checked(f"{section}.{key}", value)
    return found


def _unknown_key(name: str) -> ConfigError:
    known = known_keys()
    # A key may be right but stand in the wrong section.
    close = next((key for key in known if key.split(".")[-1] == name.split(".")[-1].lower()), None)
    close = close or nearest(name, known)
    return ConfigError(f"Unknown key {name}" + (f". Did you mean '{close}'?" if close else ""))


def _merge_synonyms(resolved: dict[str, Any]) -> None:
    """Keep one spelling of each setting that has two."""
    estimator, simulator = resolved["estimator"], resolved["simulator"]
    displace = estimator.pop("kde_displace_t", False)
    estimator["displace_t"] = estimator.get("displace_t", False) or displace
    resolved["pipeline"]["simulation_filters"].update(simulator.pop("filters", {}))
