"""docs/hssm.md, from top to bottom."""

import os
import re
from pathlib import Path

import pytest

pytest.importorskip("hssm")

PAGE = Path(__file__).parents[2] / "docs" / "hssm.md"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    # The warnings of other people's packages are theirs.
    pytest.mark.filterwarnings("default"),
]


def test_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(code, names)
    assert os.listdir() == ["cartoon.png"]
    assert names["predicted"].shape == (2, 100, 500, 2)
    assert names["draws"].shape == (200, 50, 2)
