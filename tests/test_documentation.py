"""What the documentation says is so: examples run, links lead somewhere, lists are complete."""

import doctest
import importlib
import itertools
import pkgutil
import re
import runpy
import shlex
from pathlib import Path

import numpy as np
import pytest

import ssms
from ssms.cli.options import parse
from ssms.rl import env, preset

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
MODULES = sorted(
    name
    for _, name, _ in pkgutil.walk_packages(ssms.__path__, "ssms.")
    if not name.endswith(("._core", "._density"))
    and not name.startswith("ssms.likelihoods._")  # which need PyTensor, PyMC or JAX
)


@pytest.mark.parametrize("name", ["ssms", *MODULES])
def test_examples_in_docstrings(name, monkeypatch):
    for owner, registry in ((preset, "_PRESETS"), (preset, "_METADATA"), (env, "_TASKS")):
        monkeypatch.setattr(owner, registry, dict(getattr(owner, registry)))
    module = importlib.import_module(name)
    failures, _ = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failures == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_page_is_in_the_index():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    missing = [
        page.name
        for page in PAGES
        if page.parent.name == "docs" and page.name != "index.md" and f"({page.name})" not in index
    ]
    assert not missing


def test_the_list_of_models_is_current():
    """If this fails: python docs/make_models.py."""
    page = runpy.run_path(str(ROOT / "docs" / "make_models.py"))["page"]()
    assert page == (ROOT / "docs" / "models.md").read_text(encoding="utf-8")


EXAMPLES = re.compile(r"```python\n(.*?)```", re.DOTALL)
OWN_TESTS = ("adding-a-model.md", "rl.md")  # here and in tests/rl


@pytest.mark.parametrize(
    "page",
    [
        page
        for page in PAGES
        if page.name not in OWN_TESTS and EXAMPLES.search(page.read_text("utf-8"))
    ],
    ids=lambda page: page.name,
)
def test_python_examples_run_as_they_stand(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for code in EXAMPLES.findall(page.read_text(encoding="utf-8")):
        try:
            exec(code, names)
        except ModuleNotFoundError as missing:
            pytest.skip(f"the rest needs {missing.name}")


COMMANDS = re.compile(r"^    .*?ssms-generate( -(?:.*\\\n)*.*)$", re.MULTILINE)


@pytest.mark.parametrize(
    "page", [p for p in PAGES if COMMANDS.search(p.read_text("utf-8"))], ids=lambda page: page.name
)
def test_commands_have_options_that_there_are(page):
    for command in COMMANDS.findall(page.read_text(encoding="utf-8")):
        words = shlex.split(command.replace("\\\n", " ").replace("$i", "1"), comments=True)
        parse(list(itertools.takewhile(lambda word: word not in ("|", "&", ">", ")"), words)))


def test_a_reader_adds_models_by_one_entry_each():
    """The page on adding a model, followed to the letter."""
    page = (ROOT / "docs" / "adding-a-model.md").read_text(encoding="utf-8")
    names = {}
    try:
        for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
            exec(code, names)
        assert {"my_lba", "race_5", "my_ddm"} <= set(ssms.models())
        assert set(np.unique(names["results"].choice)) == {0, 1}
        theta = ssms.model("my_ddm").defaults
        assert ssms.simulate("my_ddm", theta, 10, seed=1).rt.shape == (10, 1)
        wins = ssms.simulate("race_5", ssms.model("race_5").defaults, 2000, seed=1).choice
        assert np.bincount(wins.ravel(), minlength=5).min() > 300  # 400 each, six sigma
    finally:
        for name in ("my_lba", "race_5", "my_ddm"):
            if name in ssms.models():
                ssms.config.unregister_model(name)
        if ssms.config.get_boundary_registry().is_registered("hyperbolic"):
            ssms.config.unregister_boundary("hyperbolic")
