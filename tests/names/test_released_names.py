"""Every public name of release 0.15 is there, and takes the arguments that it took.

``released_names.txt`` lists what `inspect.signature` says of the release: facts of its interface.
"""

import importlib
import inspect
import re
from pathlib import Path

import pytest

LINES = Path(__file__).with_name("released_names.txt").read_text(encoding="utf-8").splitlines()


def released():
    """Yield (module, name, arguments or None)."""
    module = ""
    for line in LINES:
        if line.startswith("["):
            module = line.strip("[]")
        elif line and not line.startswith("#"):
            name, arguments = re.fullmatch(r"([\w.]+)(?:\((.*)\))?", line).groups()
            yield module, name, None if arguments is None else arguments.split(", ")


NAMES = list(released())


def faults(function, arguments):
    """Yield where a call that the release takes would fail."""
    here = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
    named = {p.name: p for p in here}
    kinds = {p.kind for p in here}
    places = [p.name for p in here if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    words = [word for word in arguments if word and not word.startswith("*")]
    by_place = [*arguments, "*"].index("*")  # before keyword-only arguments
    for place, word in enumerate(words):
        name = word.rstrip("=")
        if name not in named:
            if inspect.Parameter.VAR_KEYWORD not in kinds:
                yield f"does not take {name}"
        elif word.endswith("=") and named[name].default is inspect.Parameter.empty:
            yield f"{name} has no default"
        elif place < by_place and places[place : place + 1] != [name]:
            yield f"{name} is not argument {place}"
    given = {word.rstrip("=") for word in words}
    for parameter in here:
        variable = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if parameter.default is parameter.empty and parameter.name not in given and not variable:
            yield f"{parameter.name} is new, and has no default"


def test_the_list_is_whole():
    assert len(NAMES) > 400
    assert len({module for module, _, _ in NAMES}) > 40


@pytest.mark.filterwarnings("ignore:This training file holds lambdas")
@pytest.mark.parametrize("module", sorted({module for module, _, _ in NAMES}))
def test_names_take_their_arguments(module):
    found = importlib.import_module(module)
    problems = []
    for name, arguments in ((n, a) for home, n, a in NAMES if home == module):
        value, fields = found, set()
        for part in name.split("."):
            fields = {a for c in getattr(value, "__mro__", ()) for a in inspect.get_annotations(c)}
            value = getattr(value, part, None)
        if value is None:
            if part not in fields:
                problems.append(f"{name} is missing")
        elif arguments is not None:
            problems += [f"{name}: {fault}" for fault in faults(value, arguments)]
    assert not problems
