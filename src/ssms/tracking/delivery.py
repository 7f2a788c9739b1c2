"""Handing one journal entry to MLflow; every delivery may be repeated without harm."""

from __future__ import annotations

import base64
import json
import math
import posixpath
import tempfile
from pathlib import Path
from typing import Any

from .calls import bounded_call
from .failures import Refused
from .journal import Entry
from .limits import DATASET_DIGEST_LENGTH
from .store import Store

__all__ = ["deliver"]

# An upload is given up when it is slower than this (bytes a second) on top of the timeout.
_SLOWEST_UPLOAD = 200_000.0
_SPLITTABLE = ("params", "metrics", "tags")


def deliver(
    store: Store, run_id: str, entry: Entry, longest: float = math.inf
) -> list[tuple[Entry, Refused]]:
    """Send one entry.

    Parameters
    ----------
    store : Store
    run_id : str
    entry : Entry
    longest : float
        Seconds after which a call is given up, however long it might usually take.

    Returns
    -------
    list of (Entry, Refused)
        What the store refused for good, reduced to the keys that are to blame.

    Raises
    ------
    Unavailable
        If the store does not take anything now.
    """
    try:
        seconds = min(_seconds(store, entry), longest)
        bounded_call(lambda: _send(store.client, run_id, entry), seconds)
        return []
    except Refused as error:
        refusal = error
    values = entry.data.get("values", {})
    if entry.kind not in _SPLITTABLE or len(values) < 2:
        return [(entry, refusal)]
    # One bad key spoils a batch: send the others.
    refused = []
    for key, value in values.items():
        single = Entry(entry.kind, {**entry.data, "values": {key: value}}, entry.number)
        refused += deliver(store, run_id, single, longest)
    return refused


def _seconds(store: Store, entry: Entry) -> float:
    if entry.kind == "file":
        path = Path(entry.data["path"])
        size = path.stat().st_size if path.is_file() else 0
        return max(store.timeout, store.attempt) + size / _SLOWEST_UPLOAD
    if entry.kind in ("text", "bytes"):
        return max(store.timeout, store.attempt)
    return store.attempt


def _send(client: Any, run_id: str, entry: Entry) -> None:
    data = entry.data
    if entry.kind in _SPLITTABLE:
        _send_values(client, run_id, entry)
    elif entry.kind == "text":
        _send_bytes(client, run_id, data["text"].encode(), data["artifact"])
    elif entry.kind == "bytes":
        _send_bytes(client, run_id, base64.b64decode(data["base64"]), data["artifact"])
    elif entry.kind == "file":
        client.log_artifact(run_id, data["path"], data["folder"])
    elif entry.kind == "dataset":
        _send_dataset(client, run_id, data)
    elif entry.kind == "end":
        client.set_terminated(run_id, data["status"], data["time"])
    else:
        raise ValueError(f"unknown journal entry {entry.kind!r}")


def _send_values(client: Any, run_id: str, entry: Entry) -> None:
    from mlflow.entities import Metric, Param, RunTag

    values = entry.data["values"]
    if entry.kind == "params":
        client.log_batch(run_id, params=[Param(key, value) for key, value in values.items()])
    elif entry.kind == "tags":
        client.log_batch(run_id, tags=[RunTag(key, value) for key, value in values.items()])
    else:
        time, step = entry.data["time"], entry.data["step"]
        metrics = [Metric(key, value, time, step) for key, value in values.items()]
        client.log_batch(run_id, metrics=metrics)


def _send_bytes(client: Any, run_id: str, content: bytes, artifact: str) -> None:
    folder, name = posixpath.split(artifact)
    with tempfile.TemporaryDirectory(prefix="ssms-") as temporary:
        path = Path(temporary, name)
        path.write_bytes(content)
        client.log_artifact(run_id, str(path), folder or None)


def _send_dataset(client: Any, run_id: str, data: dict[str, Any]) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    dataset = Dataset(
        name=data["name"][:500],
        digest=data["digest"][:DATASET_DIGEST_LENGTH],
        source_type="local",
        source=json.dumps({"uri": data["folder"]}),
        # The whole digest, and the whole name: MLflow's fields are short.
        profile=json.dumps({"name": data["name"], "digest": data["digest"]}),
    )
    client.log_inputs(
        run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", data["context"])])]
    )
