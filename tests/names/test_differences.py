"""The page on differences from the release says what is so."""

import importlib
import re
from pathlib import Path

import pytest

from ssms.config import model_config

PAGE = (Path(__file__).parents[2] / "docs" / "differences.md").read_text(encoding="utf-8")
NAMES = [
    (module, name)
    for module, names in re.findall(
        r"^\| `([\w.]+)` \| (.+) \|$", PAGE.split("## Names that are the same")[1], re.MULTILINE
    )
    for name in re.findall(r"`(\w+)`", names)
]


def test_there_are_names():
    assert len(NAMES) > 250
    assert {"ssms", "ssms.rl", "ssms.hssm_support", "cssm"} <= {module for module, _ in NAMES}


@pytest.mark.filterwarnings("ignore:This training file holds lambdas")
@pytest.mark.parametrize("module", sorted({module for module, _ in NAMES}))
def test_a_name_of_the_release_is_there(module):
    found = importlib.import_module(module)
    for name in (name for home, name in NAMES if home == module):
        assert hasattr(found, name), name


def test_models_on_the_page_exist():
    table = PAGE.split("## Different on purpose")[0]
    for name in re.findall(
        r"`((?:ddm|lba|race|lca|levy|conflict|tradeoff|addm|poisson)\w*)`", table
    ):
        assert name in model_config, name
