"""Samples and files of an earlier commit, in `tests/frozen`, against the present program.

Formats stay readable for ever. Numbers stay equal, bit for bit, until a commit whose CHANGELOG.md
line names model, method and reason freezes them again with ``python -m tests.frozen.make``. These
tests say that nothing changed unnoticed; `tests/truth` says that the samples are right.
"""

import hashlib
import json
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest

from frozen import make
from ssms.runs.record import records

HOW = "If that is intended, name model, method and reason in CHANGELOG.md, and run "
WITHOUT_SSMS = """\
import pickle, sys
sys.modules["ssms"] = None  # import ssms fails
with open(sys.argv[1], "rb") as stream:
    print(*sorted(pickle.load(stream)))
"""
# K parameter sets, S rows for each, P parameters, C choices (docs/training-data.md)
K, S, P, C = 2, 10, 7, 2
TRAINING_SHAPES = {
    "lan_data": (K * S, P + 2),
    "lan_labels": (K * S,),
    "theta": (K, P),
    "cpn_data": (K, P),
    "cpn_no_omission_data": (K, P),
    "opn_data": (K, P),
    "gonogo_data": (K, P),
    "cpn_labels": (K, 1),
    "cpn_no_omission_labels": (K, 1),
    "opn_labels": (K, 1),
    "gonogo_labels": (K, 1),
    "binned_128": (K, 128, C),
    "binned_256": (K, 256, C),
}


@pytest.fixture(scope="module")
def frozen():
    return make.read_frozen()


def difference(now, before):
    """Return in a few words how the parts of a case differ from the frozen ones; None if equal."""
    for part in sorted({*now, *before}):
        if part not in now or part not in before:
            return f"{part} is {'gone' if part in before else 'new'}"
        new, old = now[part], before[part]
        if (new.dtype, new.shape) != (old.dtype, old.shape):
            return f"{part} was {old.dtype} {old.shape}, is {new.dtype} {new.shape}"
        if not make.same(new, old):
            return f"{np.count_nonzero(new != old)} of {old.size} values of {part} differ"
    return None


def test_samples_equal_the_frozen_ones(frozen):
    found = {}
    for (case, method), before in frozen.items():
        try:
            found[f"{case}/{method}"] = difference(make.parts_of(case, method, before), before)
        except (KeyError, TypeError, ValueError) as error:
            found[f"{case}/{method}"] = f"refused: {error}"
    lines = [f"  {name}: {text}" for name, text in found.items() if text]
    assert not lines, "\n".join(
        [
            f"{len(lines)} of {len(found)} frozen cases changed:",
            *lines,
            f"{HOW}python -m tests.frozen.make --model ... --method ...",
        ]
    )


def test_every_model_and_method_is_frozen(frozen):
    missing = [f"{case}/{method}" for case, method in make.cases() if (case, method) not in frozen]
    assert not missing, f"not frozen yet: {missing}; run python -m tests.frozen.make"


def test_frozen_samples_hold_responses_and_omissions(frozen):
    for (case, method), parts in frozen.items():
        if "deadlines" in parts:
            rts = parts["before_deadline"]["rts"]
            assert {"rts", "choices"} <= set(parts["samples"].dtype.names), (case, method)
            assert (rts == -999).any(), (case, method)
            assert (rts > 0).any(), (case, method)


def test_training_file_loads_without_ssms():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_SSMS, str(make.TRAINING_FILE)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert {*TRAINING_SHAPES, "generator_config", "model_config"} == set(done.stdout.split())


def load(path):
    with path.open("rb") as stream:
        return pickle.load(stream)


def test_training_file_holds_what_is_documented():
    content = load(make.TRAINING_FILE)
    assert set(content) == {*TRAINING_SHAPES, "generator_config", "model_config"}
    for key, shape in TRAINING_SHAPES.items():
        assert content[key].shape == shape, key
        assert content[key].dtype == np.float32, key
    assert content["model_config"]["name"] == "full_ddm"
    assert content["generator_config"]["model"] == "full_ddm"


def test_training_data_equal_the_frozen_ones(tmp_path):
    now, before = load(make.generate_training(tmp_path)), load(make.TRAINING_FILE)
    changed = [key for key in TRAINING_SHAPES if not make.same(now[key], before[key])]
    how = f"{HOW}python -m tests.frozen.make --training"
    assert not changed, f"training data changed: {changed}. {how}"


@pytest.fixture
def old_record(tmp_path):
    """Return the frozen record, in the place where a run has it."""
    path = tmp_path / "runs" / "old.json"
    path.parent.mkdir()
    shutil.copyfile(make.RUN_RECORD, path)
    return path


def test_run_record_is_readable(tmp_path, old_record):
    (record,) = records(tmp_path)
    assert (record.path, record.complete) == (old_record, True)
    assert record.content["seed"] == make.TRAINING_SEED
    assert record.content["config"]["model"] == record.content["model"] == "full_ddm"
    (file,) = record.content["files"]
    digest = hashlib.sha256(make.TRAINING_FILE.read_bytes()).hexdigest()
    assert (file["rows"], file["sha256"]) == (K * S, digest)


@pytest.mark.parametrize("state", ["complete", "running"])
def test_a_run_works_in_a_folder_that_holds_the_run_record(tmp_path, old_record, state):
    content = json.loads(old_record.read_text())
    old_record.write_text(json.dumps({**content, "state": state}))
    data = load(make.generate_training(tmp_path))
    assert set(TRAINING_SHAPES) <= set(data)
    found = list(records(tmp_path))
    assert old_record in {record.path for record in found}
    assert any(record.complete for record in found)
