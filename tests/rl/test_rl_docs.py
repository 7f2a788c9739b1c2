"""docs/rl.md: its examples run from top to bottom, and its tables are complete."""

import re
from pathlib import Path

import pytest

from ssms.rl import learning, preset, validation

PAGE = (Path(__file__).parents[2] / "docs" / "rl.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_examples_run(capsys):
    names = {}
    for number, code in enumerate(BLOCKS):
        if "import jax" in code:
            break
        exec(compile(code, f"block {number}", "exec"), names)
    printed = capsys.readouterr().out
    assert "['rl_alpha', 'scaler', 'a', 'z', 't', 'deadline']" in printed
    assert "[ERROR] non_positive_rt" in printed


def test_all_examples_run_with_jax():
    pytest.importorskip("jax")
    names = {}
    for number, code in enumerate(BLOCKS):
        exec(compile(code, f"block {number}", "exec"), names)
    assert names["gradient"].shape == (3, 4)


def test_tables_are_complete():
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert set(preset.list()) <= named
    documented = set(validation.validate_rlssm_data.__doc__.split("``")[1::2])
    assert documented <= named
    for rule in learning.__all__:
        assert rule in PAGE or rule == "LearningState"
