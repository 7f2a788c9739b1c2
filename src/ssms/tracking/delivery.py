"""Handing entries to MLflow, many at once; every delivery may be repeated without harm."""

from __future__ import annotations

import base64
import json
import posixpath
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .calls import bounded_call
from .failures import Refused
from .journal import Entry
from .limits import DATASET_DIGEST_LENGTH
from .store import Store

__all__ = ["VALUES", "batch_of", "deliver"]

# An upload is given up when it is slower than this (bytes a second) on top of the timeout.
_MIN_UPLOAD_SPEED = 200_000.0
VALUES = ("params", "metrics", "tags")
# MLflow's limits on one call.
_LIMITS = {"params": 100, "metrics": 800, "tags": 100}


def batch_of(entries: Sequence[Entry]) -> int:
    """Return how many of the first entries go in one call: values only, within MLflow's limits."""
    counts = dict.fromkeys(VALUES, 0)
    params: dict[str, str] = {}
    for number, entry in enumerate(entries):
        if entry.kind not in VALUES:
            return max(number, 1)
        values = entry.data["values"]
        counts[entry.kind] += len(values)
        clash = entry.kind == "params" and any(
            params.get(key, value) != value for key, value in values.items()
        )
        if clash or counts[entry.kind] > _LIMITS[entry.kind]:
            return max(number, 1)
        if entry.kind == "params":
            params |= values
    return len(entries)


def deliver(
    store: Store, run_id: str, entries: Sequence[Entry], longest: float | None = None
) -> list[tuple[Entry, Refused]]:
    """Send entries that go in one call (`batch_of`); raise `Unavailable` if none is taken now.

    The call is given up after `longest` seconds, however long it might usually take.  The result
    lists the records that the store refused for good, reduced to the keys at fault.
    """
    try:
        seconds = _seconds(store, entries[0])
        seconds = seconds if longest is None else min(seconds, longest)
        bounded_call(lambda: _send(store.client, run_id, entries), seconds)
        return []
    except Refused as error:
        refusal = error
    parts = list(entries) if len(entries) > 1 else _single_keys(entries[0])
    if len(parts) < 2:
        return [(entries[0], refusal)]
    # One bad key spoils a batch: send the others.
    return [found for part in parts for found in deliver(store, run_id, [part], longest)]


def _single_keys(entry: Entry) -> list[Entry]:
    values = entry.data.get("values", {})
    return [Entry(entry.kind, {**entry.data, "values": {key: values[key]}}) for key in values]


def _seconds(store: Store, entry: Entry) -> float:
    """Return how long to wait for the delivery of an entry."""
    if entry.kind == "file":
        path = Path(entry.data["path"])
        size = path.stat().st_size if path.is_file() else 0
        return max(store.timeout, store.attempt) + size / _MIN_UPLOAD_SPEED
    return max(store.timeout, store.attempt) if entry.kind in ("text", "bytes") else store.attempt


def _send(client: Any, run_id: str, entries: Sequence[Entry]) -> None:
    entry = entries[0]
    data = entry.data
    if entry.kind in VALUES:
        _send_values(client, run_id, entries)
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


def _send_values(client: Any, run_id: str, entries: Sequence[Entry]) -> None:
    from mlflow.entities import Metric, Param, RunTag

    found: dict[str, dict[str, str]] = {"params": {}, "tags": {}}
    metrics = []
    for entry in entries:
        values = entry.data["values"]
        if entry.kind == "metrics":
            time, step = entry.data["time"], entry.data["step"]
            metrics += [Metric(key, value, time, step) for key, value in values.items()]
        else:
            found[entry.kind] |= values  # a later value wins
    client.log_batch(
        run_id,
        metrics=metrics,
        params=[Param(key, value) for key, value in found["params"].items()],
        tags=[RunTag(key, value) for key, value in found["tags"].items()],
    )


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
