"""Folders, names and atomic writing of training files."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pickle
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from ssms.config.config_utils import require_plain, to_plain
from ssms.errors import bad_value

__all__ = ["training_data_folder", "training_file_name", "write_training_file", "write_whole"]

# Keys of a configuration that do not change the data.
_NOT_CONTENT = {
    "pipeline": ("n_cpus", "n_subruns", "seed"),
    "output": ("folder", "pickle_protocol"),
}


def training_data_folder(base: str | os.PathLike[str], config: Mapping[str, Any]) -> Path:
    """Return the folder for training files of a configuration.

    Parameters
    ----------
    base : path
        The output folder of the run.
    config : mapping
        A generator configuration with ``model`` and ``simulator``; ``generator_approach`` is
        "lan" where absent.

    Returns
    -------
    Path
        ``<base>/data/training_data/<approach>/training_data_n_samples_<n>_dt_<dt>/<model>``.

    Examples
    --------
    >>> config = {"model": "ddm", "simulator": {"n_samples": 2000, "delta_t": 0.001}}
    >>> training_data_folder("out", config).as_posix()
    'out/data/training_data/lan/training_data_n_samples_2000_dt_0.001/ddm'
    """
    simulator = config["simulator"]
    run = f"training_data_n_samples_{simulator['n_samples']}_dt_{simulator['delta_t']}"
    approach = config.get("generator_approach", "lan")
    return Path(base) / "data" / "training_data" / str(approach) / run / str(config["model"])


def training_file_name(
    seed: int,
    generator_config: Mapping[str, Any],
    model_config: Mapping[str, Any],
    file_index: int,
) -> str:
    """Return the name of a training file: a function of all that determines its content.

    Parameters
    ----------
    seed : int
        The run's seed.
    generator_config, model_config : mapping
        The resolved configurations.  Settings that do not change the content (threads, subruns,
        output folder, pickle protocol, provenance) do not change the name.
    file_index : int
        Number of the file in the run.

    Returns
    -------
    str
        ``training_data_<32 hexadecimal digits>.pickle``.
    """
    config = to_plain(generator_config)
    config.pop("provenance", None)
    for section, keys in _NOT_CONTENT.items():
        for key in keys:
            config.get(section, {}).pop(key, None)
    content = [int(seed), config, to_plain(model_config), int(file_index)]
    text = json.dumps(content, sort_keys=True, ensure_ascii=True)
    return f"training_data_{hashlib.sha256(text.encode()).hexdigest()[:32]}.pickle"


def write_training_file(
    path: str | os.PathLike[str], data: dict[str, Any], pickle_protocol: int = 4
) -> Path:
    """Write a training file that appears whole or not at all.

    The data go to a temporary file ``.<name>.<random>.tmp`` in the same folder, to the disk, and
    then take their name at once.  The remains of a killed process do not look like a
    training file and do not stand in the way.

    Parameters
    ----------
    path : path
        The file; its folder is made if need be, an older file of that name is replaced.
    data : dict
        Plain data (`require_plain`).
    pickle_protocol : int, default 4
        Protocol of the pickle.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ParameterError
        A protocol that this Python does not know.
    ParameterTypeError
        Data that are not plain; nothing is written.
    OSError
        The folder cannot be made or written; nothing is left behind.
    """
    path = Path(path)
    if not 0 <= pickle_protocol <= pickle.HIGHEST_PROTOCOL:
        allowed = f"from 0 to {pickle.HIGHEST_PROTOCOL}"
        raise bad_value("pickle_protocol", pickle_protocol, allowed)
    require_plain(data)
    return write_whole(path, lambda stream: pickle.dump(data, stream, protocol=pickle_protocol))


def write_whole(path: str | os.PathLike[str], write: Callable[[BinaryIO], object]) -> Path:
    """Write a file that appears whole or not at all.

    Parameters
    ----------
    path : path
        The file; its folder is made if need be, an older file of that name is replaced.
    write : callable
        Called with a binary stream, writes the content.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OSError
        The folder cannot be made or written; nothing is left behind.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Processes on several nodes, or in containers, may have the same number.
    temporary = path.parent / f".{path.name}.{secrets.token_hex(8)}.tmp"
    try:
        with open(temporary, "wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException as error:  # Ctrl-C included
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk does not say which file it has no room for
        raise
    _sync_folder(path.parent)
    return path


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a crash, where the file system can."""
    with contextlib.suppress(OSError):  # not every file system lets a folder be synced
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
