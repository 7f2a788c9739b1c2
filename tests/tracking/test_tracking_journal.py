"""The journal: what an outage keeps, in which order it is sent, and by whom."""

from __future__ import annotations

import base64
import json
import threading

import pytest

import ssms.tracking
from ssms.tracking import TrackingUsageError, delivery, resolve_settings, send_journal
from ssms.tracking.journal import Entry, append, read_entries, read_header


class Outage:
    """A store that can be switched off: every delivery fails as on a lost connection."""

    def __init__(self, monkeypatch):
        self.down = False
        self.calls = []
        send = delivery._send

        def deliver(client, run_id, entries):
            self.calls.append([entry.kind for entry in entries])
            if self.down:
                raise ConnectionError("Connection refused")
            send(client, run_id, entries)

        monkeypatch.setattr(delivery, "_send", deliver)


def sent(run):
    """Wait until the store has everything so far."""
    done = threading.Event()
    run.when_sent(done.set)
    assert done.wait(60)


@pytest.fixture
def outage(monkeypatch):
    return Outage(monkeypatch)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out" / "tracking.jsonl"


def test_an_outage_costs_nothing_and_another_process_sends_the_rest(
    outage, path, places, client, tmp_path, caplog
):
    big = tmp_path / "big.bin"
    big.write_bytes(b"x" * 1_200_000)
    with ssms.tracking.run(**places, timeout=0.5, journal=path) as run:
        run.log_params({"a": 1})
        sent(run)
        outage.down = True
        run.log_params({"b": 2})
        run.log_metrics({"m": 1}, step=0)
        run.log_metrics({"m": 2}, step=1)
        run.set_tags({"t": "first"})
        run.set_tags({"t": "last"})
        run.log_text("text", "a.txt")
        run.log_artifact(big)
        run.log_dataset(tmp_path, "d", "0123")
    assert not run.complete
    stored = client.get_run(run.run_id)
    assert (stored.info.status, stored.data.params) == ("RUNNING", {"a": "1"})
    assert "is away" in caplog.text
    assert str(path) in caplog.text
    header = read_header(path)
    assert header["run_id"] == run.run_id

    settings = resolve_settings({**places, "timeout": 0.5}, {})
    assert send_journal(path, settings) is False
    assert path.exists()
    outage.down = False
    assert send_journal(path, resolve_settings({**places, "timeout": 30}, {})) is True
    assert not path.exists()
    stored = client.get_run(run.run_id)
    assert stored.info.status == "FINISHED"
    assert stored.info.end_time is not None
    assert stored.data.params == {"a": "1", "b": "2"}
    assert stored.data.tags["t"] == "last"
    steps = [(metric.step, metric.value) for metric in client.get_metric_history(run.run_id, "m")]
    assert steps == [(0, 1), (1, 2)]
    assert {item.path for item in client.list_artifacts(run.run_id)} == {"a.txt", "big.bin"}
    assert len(stored.inputs.dataset_inputs) == 1
    assert send_journal(path, settings) is True


def test_an_outage_is_waited_for_by_the_sender_and_leaves_no_journal(
    outage, path, places, client, caplog
):
    with ssms.tracking.run(**places, timeout=30, journal=path) as run:
        outage.down = True
        run.log_params({"a": 1})
        while not path.exists():  # so that a kill would lose nothing
            threading.Event().wait(0.01)
        assert [entry.kind for entry in read_entries(path)] == ["params"]
        outage.down = False
    assert run.complete
    assert not path.exists()
    assert client.get_run(run.run_id).data.params == {"a": "1"}
    assert "is back" in caplog.text


def test_nobody_waits_for_a_store(outage, path, places, client, monkeypatch):
    """Calls return while a delivery is under way; what has gathered is sent in a few batches."""
    release = threading.Event()
    send = delivery._send

    def held(*arguments):
        assert release.wait(60)
        send(*arguments)

    with ssms.tracking.run(**places, journal=path) as run:
        monkeypatch.setattr(delivery, "_send", held)
        for step in range(500):
            run.log_metrics({"m": step, "n": -step}, step=step)
        run.log_params({"a": 1})
        run.set_tags({"t": "x"})
        outage.calls.clear()
        release.set()
    assert run.complete
    assert len(client.get_metric_history(run.run_id, "m")) == 500
    assert len(outage.calls) < 10


def test_files_that_fail_do_not_hold_back_values(outage, path, places, client, monkeypatch, caplog):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(delivery, "_send_bytes", full)
    with ssms.tracking.run(**places, timeout=3, journal=path) as run:
        run.log_text("text", "a.txt")
        run.log_metric("m", 1)
    assert not run.complete
    assert "the artifact store is away: the disk is full" in caplog.text
    assert "tracking store" not in caplog.records[0].getMessage()
    stored = client.get_run(run.run_id)
    assert (stored.data.metrics, stored.info.status) == ({"m": 1.0}, "FINISHED")
    monkeypatch.undo()
    assert send_journal(path, resolve_settings(places, {}))
    assert [item.path for item in client.list_artifacts(run.run_id)] == ["a.txt"]


def test_a_store_that_comes_back_gets_everything_before_the_end(outage, path, places, client):
    with ssms.tracking.run(**places, timeout=30, journal=path) as run:
        outage.down = True
        run.log_params({"a": 1})
        outage.down = False
    assert run.complete
    assert not path.exists()
    stored = client.get_run(run.run_id)
    assert (stored.info.status, stored.data.params) == ("FINISHED", {"a": "1"})


def test_the_error_is_the_users_even_if_the_store_is_gone(outage, path, places, client):
    with (  # noqa: PT012
        pytest.raises(ZeroDivisionError),
        ssms.tracking.run(**places, timeout=0.5, journal=path) as run,
    ):
        outage.down = True
        _ = 1 / 0
    outage.down = False
    assert send_journal(path, resolve_settings(places, {}))
    stored = client.get_run(run.run_id)
    assert stored.info.status == "FAILED"
    assert "ZeroDivisionError" in stored.data.tags["error"]


def test_a_journal_holds_no_secret_of_the_program(outage, path, places, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "tok-5512-abc")
    with (  # noqa: PT012
        pytest.raises(RuntimeError),
        ssms.tracking.run(**places, timeout=0.5, journal=path) as run,
    ):
        outage.down = True
        run.set_tags({"a": "http://u:secret-7f3a@h"})
        raise RuntimeError("http://u:secret-7f3a@h refused tok-5512-abc")
    text = path.read_text()
    assert "secret-7f3a" not in text
    assert "tok-5512" not in text


def test_the_wrong_store_is_said_and_the_journal_stays(outage, path, places, caplog, tmp_path):
    with ssms.tracking.run(**places, timeout=0.5, journal=path) as run:
        outage.down = True
        run.log_params({"a": 1})
    outage.down = False
    assert send_journal(path, tracking_uri=f"sqlite:///{tmp_path}/other.db") is False
    assert f"there is no run {run.run_id}" in caplog.text
    assert not (tmp_path / "other.db").exists()
    assert path.exists()


def test_a_run_resumed_sends_its_journal(outage, path, places, client):
    with ssms.tracking.run(**places, timeout=0.5, journal=path) as first:
        outage.down = True
        first.log_params({"a": 1})
    outage.down = False
    with ssms.tracking.run(**places, run_id=first.run_id, journal=path) as second:
        second.log_params({"b": 2})
    stored = client.get_run(first.run_id)
    assert stored.data.params == {"a": "1", "b": "2"}
    assert stored.info.status == "FINISHED"
    assert second.complete
    assert not path.exists()


def test_two_runs_with_one_journal_path_do_not_mix(outage, path, places):
    with ssms.tracking.run(**places, timeout=0.5, journal=path) as first:
        outage.down = True
        first.log_params({"a": 1})
    outage.down = False
    with ssms.tracking.run(**places, timeout=0.5, journal=path) as second:
        outage.down = True
        second.log_params({"a": 2})
    assert read_header(path)["run_id"] == first.run_id
    other = path.with_name(f"{path.stem}-{second.run_id}.jsonl")
    assert read_header(other)["run_id"] == second.run_id


def test_a_line_torn_by_a_kill_is_left_out(tmp_path):
    path = tmp_path / "j.jsonl"
    entries = [Entry("text", {"text": text, "artifact": text}) for text in "abc"]
    assert append(path, {"run_id": "r"}, entries[:2])
    with open(path, "a") as file:
        file.write('{"kind": "te')
    assert append(path, {"run_id": "r"}, entries[2:])
    assert read_entries(path) == entries
    assert read_header(path) == {"run_id": "r"}


def test_a_journal_that_cannot_be_written_is_said(tmp_path, caplog):
    (tmp_path / "file").touch()
    assert not append(tmp_path / "file" / "j.jsonl", {"run_id": "r"}, [])
    assert "cannot be written" in caplog.text


def test_lines_are_json_with_bytes_in_base64(outage, path, places, tmp_path):
    (tmp_path / "f.bin").write_bytes(bytes(range(256)))
    with ssms.tracking.run(**places, timeout=0.5, journal=path) as run:
        outage.down = True
        run.log_artifact(tmp_path / "f.bin", "sub")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    (data,) = [record["data"] for record in records if record.get("kind") == "bytes"]
    assert base64.b64decode(data["base64"]) == bytes(range(256))
    assert data["artifact"] == "sub/f.bin"


def test_a_later_value_wins_though_the_store_came_back_in_between(outage, path, places, client):
    with ssms.tracking.run(**places, timeout=30, journal=path) as run:
        outage.down = True
        run.set_tags({"t": "old"})
        outage.down = False
        run.set_tags({"t": "new"})
    assert run.complete
    assert client.get_run(run.run_id).data.tags["t"] == "new"


def test_what_is_no_journal_is_refused_and_a_damaged_one_sends_what_it_holds(
    tmp_path, places, client, caplog
):
    for given in (5, None, "s3://bucket/x.jsonl"):
        with pytest.raises(TrackingUsageError, match="journal must be a path"):
            send_journal(given)
    for text in ("", "MODEL: ddm\n", '{"run": 5}\n'):
        (tmp_path / "x.jsonl").write_text(text)
        with pytest.raises(TrackingUsageError, match="is no journal"):
            send_journal(tmp_path / "x.jsonl")
    assert send_journal(tmp_path / "typo.jsonl") is True
    assert "there is no journal" in caplog.text
    with ssms.tracking.run(**places) as run:
        pass
    entries = [
        {"run": {"run_id": run.run_id}},
        {"kind": "metrics"},
        {"kind": "metrics", "data": {"values": {"lost": 1.0}}},
        {"kind": "metrics", "data": {"values": {"kept": 1.0}, "time": 5, "step": 0}},
        {"kind": "nonsense", "data": {}},
    ]
    journal = tmp_path / "j.jsonl"
    journal.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    assert send_journal(journal, resolve_settings(places, {})) is True
    assert client.get_run(run.run_id).data.metrics == {"kept": 1.0}
