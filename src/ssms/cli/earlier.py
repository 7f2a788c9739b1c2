"""Functions that scripts of release 0.15 import from `ssms.cli.generate`.

New code calls `ssms.runs.generate`, which takes a configuration or a YAML file, makes the files,
and keeps the record of the run.
"""

from __future__ import annotations

import logging
import os
import pickle
from collections import namedtuple
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ssms.config import ModelConfigBuilder, get_default_generator_config
from ssms.config.config_utils import copy_config
from ssms.dataset_generators.settings import checked
from ssms.dataset_generators.writers import training_data_folder
from ssms.runs.settings import PACKAGED_CONFIG, resolve
from ssms.runs.yaml_file import read_yaml
from ssms.tracking.tags import RESERVED_TAGS, parse_tags

__all__ = [
    "RESERVED_MLFLOW_TAGS",
    "collect_data_generator_config",
    "create_estimator",
    "generate_data",
    "get_basic_config_from_yaml",
    "load_config",
    "make_data_generator_configs",
    "parse_dict_as_namedtuple",
    "parse_mlflow_tags",
    "parse_n_cpus",
]

RESERVED_MLFLOW_TAGS = RESERVED_TAGS
"""Tags of a run that the package sets itself."""


def parse_dict_as_namedtuple(d: Mapping[str, Any], to_lowercase: bool = True) -> Any:
    """Return a mapping, and the mappings in it, as named tuples.

    Parameters
    ----------
    d : mapping
        Keys are identifiers.
    to_lowercase : bool
        Whether fields have the keys in lower case.

    Returns
    -------
    namedtuple

    Examples
    --------
    >>> parse_dict_as_namedtuple({"MODEL": "ddm", "SIMULATOR": {"N_SAMPLES": 10}})
    Config(model='ddm', simulator=Config(n_samples=10))
    """
    fields = {
        key.lower() if to_lowercase else key: (
            parse_dict_as_namedtuple(value, to_lowercase) if isinstance(value, Mapping) else value
        )
        for key, value in d.items()
    }
    return namedtuple("Config", list(fields))(**fields)


def get_basic_config_from_yaml(
    yaml_config_path: Any, base_path: str | os.PathLike[str] | None = None
) -> tuple[Any, Path]:
    """Return the content of a YAML file, and the folder of its training files.

    Parameters
    ----------
    yaml_config_path : path or file
        The file, which may be open.
    base_path : path, optional
        The output folder of the run; default the current one.

    Returns
    -------
    config : namedtuple
        Its content, keys in lower case.
    folder : pathlib.Path
        Folder of the training files.

    Raises
    ------
    ConfigError
        If the file cannot be read, or a key or value in it is not allowed (a ValueError).

    Examples
    --------
    >>> get_basic_config_from_yaml(PACKAGED_CONFIG, "out")[0].model
    'ddm'
    """
    path = yaml_config_path.name if hasattr(yaml_config_path, "read") else yaml_config_path
    config = collect_data_generator_config(path, base_path)["data_config"]
    content, _ = read_yaml(Path(path))
    return parse_dict_as_namedtuple(content), Path(config["output"]["folder"])


def collect_data_generator_config(
    yaml_config_path: str | os.PathLike[str] | None = None,
    base_path: str | os.PathLike[str] | None = None,
    extra_configs: Mapping[str, Any] | None = None,
) -> dict[str, dict[str, Any]]:
    """Return the configurations of generator and model that a YAML file describes.

    Parameters
    ----------
    yaml_config_path : path, optional
        The file; default the packaged one (model ddm).
    base_path : path, optional
        The output folder of the run; default the current one.
    extra_configs : mapping, optional
        Values in place of the file's, in the shape of a generator configuration.

    Returns
    -------
    dict
        ``data_config`` and ``model_config``, the arguments of
        `ssms.dataset_generators.lan_mlp.TrainingDataGenerator`.

    Raises
    ------
    ConfigError
        If the file cannot be read, or a key or value is not allowed (a ValueError).

    Examples
    --------
    >>> configs = collect_data_generator_config(extra_configs={"model": "angle"})
    >>> configs["data_config"]["output"]["folder"]
    'data/training_data/lan/training_data_n_samples_2000_dt_0.001/angle'
    >>> configs["model_config"]["name"]
    'angle'
    """
    return _resolved(yaml_config_path or PACKAGED_CONFIG, base_path, extra_configs, {})[0]


def load_config(
    config_path: str | os.PathLike[str] | None,
    output: str | os.PathLike[str],
    estimator_type: str | None,
    logger: logging.Logger,
    n_cpus: int | str | None = None,
) -> tuple[dict[str, dict[str, Any]], str]:
    """Return the configurations of generator and model as the command makes them.

    Parameters
    ----------
    config_path : path or None
        The YAML file; None for the packaged one, with a warning.
    output : path
        The output folder of the run.
    estimator_type : str or None
        How likelihoods are computed, in place of the file's.
    logger : logging.Logger
        Takes the warning.
    n_cpus : int or "all", optional
        Threads, in place of the file's.

    Returns
    -------
    configs : dict
        As `collect_data_generator_config` returns them.
    sha256 : str
        SHA-256 of the file in hexadecimal.

    Raises
    ------
    ConfigError
        As `collect_data_generator_config` does (a ValueError).

    Examples
    --------
    >>> configs, _ = load_config(PACKAGED_CONFIG, "out", "exact", logging.getLogger())
    >>> configs["data_config"]["estimator"]["type"]
    'exact'
    """
    if config_path is None:
        logger.warning("no configuration file is given: the packaged one is used")
    given = {"estimator_type": estimator_type, "n_cpus": n_cpus}
    return _resolved(config_path or PACKAGED_CONFIG, output, None, given)


def _resolved(path: Any, base: Any, extra: Any, given: Any) -> tuple[dict[str, Any], str]:
    if extra:
        settings = resolve(given, config=_merged(read_yaml(Path(path))[0], extra))
    else:
        settings = resolve({**given, "config_path": path})
    config = copy_config(dict(settings.config))
    if settings.seed is not None:
        config["pipeline"]["seed"] = settings.seed
    config["output"]["folder"] = str(training_data_folder(base or "", config))
    configs = {"data_config": config, "model_config": ModelConfigBuilder.from_model(settings.model)}
    return configs, settings.config_sha256


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return one mapping laid over another, section by section."""
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            value = {**old, **value}
        merged[key] = value
    return merged


def make_data_generator_configs(
    model: str = "ddm",
    generator_approach: str = "lan",
    data_generator_nested_dict: Mapping[str, Any] | None = None,
    model_config_arg_dict: Mapping[str, Any] | None = None,
    save_name: str | None = None,
    save_folder: str | os.PathLike[str] = "",
) -> dict[str, dict[str, Any]]:
    """Return the default configurations of generator and model, with values of one's own.

    Parameters
    ----------
    model : str
        Name of the model.
    generator_approach : str
        As in `ssms.config.get_default_generator_config`.
    data_generator_nested_dict : mapping, optional
        Values in place of the defaults, by section.
    model_config_arg_dict : mapping, optional
        Entries in place of the model's.
    save_name : str, optional
        Name of a file to pickle the result to.
    save_folder : path
        Its folder, which is made if absent.

    Returns
    -------
    dict
        ``data_config`` and ``model_config``.

    Raises
    ------
    UnknownNameError
        If there is no such model or approach (a ValueError and a KeyError).

    Examples
    --------
    >>> configs = make_data_generator_configs(
    ...     "angle", data_generator_nested_dict={"pipeline": {"n_parameter_sets": 10}}
    ... )
    >>> configs["data_config"]["pipeline"]["n_parameter_sets"], configs["model_config"]["name"]
    (10, 'angle')
    """
    defaults = get_default_generator_config(generator_approach, model)
    configs = {
        "model_config": {**ModelConfigBuilder.from_model(model), **(model_config_arg_dict or {})},
        "data_config": _merged(defaults, data_generator_nested_dict or {}),
    }
    if save_name is not None:
        path = Path(save_folder, save_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(configs))
    return configs


def create_estimator(config_dict: Mapping[str, Any], logger: logging.Logger) -> Any:
    """Return the builder of likelihood estimators of configurations.

    Parameters
    ----------
    config_dict : mapping
        As `load_config` returns it.
    logger : logging.Logger
        Takes the name of the builder.

    Returns
    -------
    object
        See `ssms.dataset_generators.estimator_builders.create_estimator_builder`.

    Raises
    ------
    ConfigError
        If there is no such estimator, or it cannot be used for the model (a ValueError).

    Examples
    --------
    >>> log = logging.getLogger()
    >>> configs, _ = load_config(PACKAGED_CONFIG, "out", "kde", log)
    >>> type(create_estimator(configs, log)).__name__
    'KDEEstimatorBuilder'
    """
    from ssms.dataset_generators.estimator_builders import create_estimator_builder

    builder = create_estimator_builder(config_dict["data_config"], config_dict["model_config"])
    logger.info("estimator: %s", type(builder).__name__)
    return builder


def generate_data(
    config_dict: Mapping[str, Any], n_files: int, dry_run: bool, logger: logging.Logger
) -> tuple[list[Path], Path]:
    """Make training files.

    Parameters
    ----------
    config_dict : mapping
        As `load_config` returns it.
    n_files : int
        Number of files.
    dry_run : bool
        Whether to make the data of one file and write nothing.
    logger : logging.Logger
        Takes the path of each file.

    Returns
    -------
    files : list of pathlib.Path
        The new files.
    folder : pathlib.Path
        Their folder.

    Raises
    ------
    ConfigError, GenerationError
        As `ssms.dataset_generators.lan_mlp.TrainingDataGenerator` (ValueErrors).

    Examples
    --------
    >>> log = logging.getLogger()
    >>> configs, _ = load_config(PACKAGED_CONFIG, "out", None, log)
    >>> files, folder = generate_data(configs, 2, False, log)  # doctest: +SKIP
    """
    from ssms.dataset_generators.lan_mlp import TrainingDataGenerator

    generator = TrainingDataGenerator(config_dict["data_config"], config_dict["model_config"])
    folder = Path(config_dict["data_config"]["output"]["folder"])
    earlier = set(folder.glob("*.pickle"))
    for _ in range(1 if dry_run else n_files):
        generator.generate_data_training(save=not dry_run)
    files = sorted(set(folder.glob("*.pickle")) - earlier)
    for path in files:
        logger.info("wrote %s", path)
    return files, folder


def parse_n_cpus(value: int | str | None, source: str = "--n-cpus") -> int | str | None:
    """Return a number of threads, "all", or None for none given.

    Parameters
    ----------
    value : int, str or None
        A positive whole number, as a number or as text, or "all".
    source : str
        Its name in messages.

    Returns
    -------
    int, str or None

    Raises
    ------
    ConfigError
        If it is anything else (a ValueError).

    Examples
    --------
    >>> parse_n_cpus("2"), parse_n_cpus("all"), parse_n_cpus(None)
    (2, 'all', None)
    """
    return None if value is None else checked("pipeline.n_cpus", value, source)


def parse_mlflow_tags(raw_tags: Iterable[str] | None) -> dict[str, str]:
    """Return tags ``KEY=VALUE`` as a dictionary.

    Parameters
    ----------
    raw_tags : iterable of str or None
        The tags.

    Returns
    -------
    dict
        Values by key.

    Raises
    ------
    TrackingUsageError
        If one has no key or no ``=``, or a key that the package sets itself (a ValueError).

    Examples
    --------
    >>> parse_mlflow_tags(["lab=north", "empty="])
    {'lab': 'north', 'empty': ''}
    """
    return parse_tags(raw_tags or ())
