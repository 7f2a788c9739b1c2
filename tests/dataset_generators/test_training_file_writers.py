"""Files appear whole or not at all, and hold plain data."""

import os
import pickle
import stat
import subprocess
import sys

import numpy as np
import pytest

from ssms.config.config_utils import require_plain, to_plain
from ssms.dataset_generators import writers
from ssms.dataset_generators.writers import (
    training_data_folder,
    training_file_name,
    write_training_file,
)

DATA = {
    "lan_data": np.ones((2, 3), np.float32),
    "generator_config": {"model": "ddm", "n": [1, 2.5]},
}
CONFIG = {
    "model": "ddm",
    "pipeline": {"n_cpus": 2, "n_subruns": 3, "seed": 1, "n_parameter_sets": 5},
    "simulator": {"n_samples": 2000, "delta_t": 0.001},
    "output": {"folder": "x", "pickle_protocol": 4},
}


def test_a_file_is_written_and_its_folder_made(tmp_path):
    path = write_training_file(tmp_path / "a" / "b" / "f.pickle", DATA)
    assert [p.name for p in path.parent.iterdir()] == ["f.pickle"]
    with open(path, "rb") as stream:
        loaded = pickle.load(stream)
    np.testing.assert_array_equal(loaded["lan_data"], DATA["lan_data"])
    assert loaded["lan_data"].flags.writeable


def test_the_protocol_is_the_one_asked_for(tmp_path):
    for protocol in (2, 4, 5):
        content = write_training_file(tmp_path / "f.pickle", DATA, protocol).read_bytes()
        assert content[1] == protocol
    with pytest.raises(ValueError, match="pickle_protocol"):
        write_training_file(tmp_path / "g.pickle", DATA, 77)


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, error):
    path = write_training_file(tmp_path / "f.pickle", DATA)
    before = path.read_bytes()

    def fail(*_):
        raise error

    monkeypatch.setattr(writers.os, "fsync", fail)
    with pytest.raises(type(error)):
        write_training_file(path, {"lan_data": np.zeros(9)})
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["f.pickle"]


def test_the_temporary_file_is_no_training_file_and_is_synced_before_the_rename(
    tmp_path, monkeypatch
):
    events = []
    replace, fsync = os.replace, os.fsync

    def recorded_replace(source, target):
        events.append(("replace", os.path.basename(source), os.path.basename(target)))
        replace(source, target)

    def recorded_fsync(descriptor):
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        events.append(("fsync", kind))
        fsync(descriptor)

    monkeypatch.setattr(writers.os, "replace", recorded_replace)
    monkeypatch.setattr(writers.os, "fsync", recorded_fsync)
    write_training_file(tmp_path / "f.pickle", DATA)
    (_, (_, temporary, name), _) = events
    assert events == [("fsync", "file"), ("replace", temporary, "f.pickle"), ("fsync", "folder")]
    assert temporary.startswith(f".{name}.")
    assert temporary.endswith(".tmp")


def test_writers_of_one_name_do_not_meet(tmp_path, monkeypatch):
    # Two nodes that share a folder, with the same process number.
    path, dump = tmp_path / "f.pickle", pickle.dump

    def dump_while_another_writes(*arguments, **options):
        monkeypatch.setattr(pickle, "dump", dump)
        write_training_file(path, DATA)
        dump(*arguments, **options)

    monkeypatch.setattr(pickle, "dump", dump_while_another_writes)
    write_training_file(path, DATA)
    with open(path, "rb") as stream:
        assert set(pickle.load(stream)) == set(DATA)
    assert list(tmp_path.iterdir()) == [path]


def test_only_plain_data_are_written(tmp_path):
    for place, bad in (
        ("data\\['f'\\]", {"f": len}),
        ("data\\['c'\\]\\['b'\\]", {"c": {"b": object()}}),
        ("data\\['l'\\]\\[1\\]", {"l": [1, np.float32(2)]}),
        ("data\\['o'\\]", {"o": np.array([object()])}),
    ):
        with pytest.raises(TypeError, match=place):
            write_training_file(tmp_path / "f.pickle", bad)
    assert list(tmp_path.iterdir()) == []


def test_to_plain_makes_anything_plain():
    def collapse(t):
        return t

    class Shift:
        def __init__(self):
            self.by = np.float64(2)

    value = {"b": collapse, "n": np.int64(3), "a": np.eye(2), "s": {"y", "x"}, "o": [Shift()]}
    plain = to_plain(value)
    require_plain(plain)
    assert plain == {
        "b": "collapse",
        "n": 3,
        "a": [[1.0, 0.0], [0.0, 1.0]],
        "s": ["x", "y"],
        "o": [{"type": "Shift", "by": 2.0}],
    }


def test_the_folder_is_the_one_lanfactory_reads():
    folder = training_data_folder("out", CONFIG)
    run = "training_data_n_samples_2000_dt_0.001"
    assert folder.as_posix() == f"out/data/training_data/lan/{run}/ddm"


def test_the_name_is_a_function_of_what_determines_the_content():
    name = training_file_name(1, CONFIG, {"params": ["v"]}, 0)
    stem, suffix = name.split(".")
    assert suffix == "pickle"
    assert stem.startswith("training_data_")
    assert len(stem) == len("training_data_") + 32
    int(stem[-32:], 16)

    how = {
        **CONFIG,
        "pipeline": {**CONFIG["pipeline"], "n_cpus": 7, "n_subruns": 1},
        "output": {"folder": "y", "pickle_protocol": 5},
        "provenance": {"version": "0"},
    }
    assert training_file_name(1, how, {"params": ["v"]}, 0) == name
    what = {**CONFIG, "simulator": {"n_samples": 2001, "delta_t": 0.001}}
    more = {**CONFIG, "pipeline": {**CONFIG["pipeline"], "n_parameter_sets": 6}}
    others = [
        training_file_name(1, more, {"params": ["v"]}, 0),
        training_file_name(2, CONFIG, {"params": ["v"]}, 0),
        training_file_name(1, CONFIG, {"params": ["v"]}, 1),
        training_file_name(1, CONFIG, {"params": ["a"]}, 0),
        training_file_name(1, what, {"params": ["v"]}, 0),
    ]
    assert len({name, *others}) == 6


def test_names_are_the_same_in_every_process():
    code = (
        "from ssms.dataset_generators.writers import training_file_name as n;"
        "print(n(1, {'model': 'ddm', 's': {'b', 'a', 'c'}}, {'params': ['v']}, 0))"
    )
    names = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(names) == 1
