"""MLflow's limits on keys and values: longer values go to an artifact and are never cut."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Container, Mapping

__all__ = ["clean_key", "distinct_key", "fit"]

PARAM_LENGTH = 6000
TAG_LENGTH = 8000
KEY_LENGTH = 250
DATASET_DIGEST_LENGTH = 36
_REFUSED = re.compile(r"[^\w.\-: /]")


def clean_key(key: str) -> str:
    """Return a key that MLflow accepts: other characters as "_", a long one with a digest.

    Examples
    --------
    >>> clean_key("v[0]")
    'v_0_'
    >>> clean_key("simulator.n_samples")
    'simulator.n_samples'
    """
    cleaned = _REFUSED.sub("_", str(key))
    unusual = cleaned.startswith(("/", "..")) or posixpath.normpath(cleaned) != cleaned
    if unusual or cleaned in ("", "."):
        cleaned = re.sub(r"/+", "_", cleaned).replace("..", "_").strip("./ ") or "_"
    if len(cleaned) > KEY_LENGTH:
        digest = hashlib.sha256(str(key).encode()).hexdigest()[:12]
        cleaned = f"{cleaned[: KEY_LENGTH - 13]}-{digest}"
    return cleaned


def distinct_key(key: str, taken: Container[str]) -> str:
    """Return `clean_key`, with a digest if another key has become the same.

    Examples
    --------
    >>> distinct_key("v[0]", {"v_0_"})
    'v_0_-eb33c590'
    """
    name = clean_key(key)
    if name in taken:
        name = f"{name[: KEY_LENGTH - 9]}-{hashlib.sha256(str(key).encode()).hexdigest()[:8]}"
    return name


def fit(values: Mapping[str, str], kind: str, limit: int) -> tuple[dict[str, str], dict[str, str]]:
    """Split values into entries that MLflow takes and entries that need a file of their own.

    Returns
    -------
    taken : dict
        Every key, cleaned (two keys that become one get a digest); a value longer than `limit` is
        replaced by a sentence that names its file.
    files : dict
        Artifact path, below the folder `kind`, to full text.

    Examples
    --------
    >>> taken, files = fit({"a": "x" * 9}, "params", 8)
    >>> list(files)
    ['long_values/params/a.txt']
    """
    taken: dict[str, str] = {}
    files: dict[str, str] = {}
    for key, value in values.items():
        name = distinct_key(key, taken)
        if len(value) > limit:
            path = f"long_values/{kind}/{re.sub(r'[^A-Za-z0-9_.-]', '_', name)}.txt"
            files[path] = value
            value = f"{len(value)} characters, in the artifact {path}"
        taken[name] = value
    return taken, files
