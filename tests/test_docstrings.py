"""Public names say in numpydoc what they take, return and raise, and have an example."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
import textwrap
import warnings
from pathlib import Path

import pytest

import ssms

RELEASED = Path(__file__).parent / "names" / "released_names.txt"
ELSEWHERE = re.compile(r"(As|as|See|see|like|Takes|Calls|Return)\b[^.]*`\w+(\.\w+)*`")
"""The docstring names another one, which says more."""


HOMES = ("ssms", "ssms.checks", "ssms.engine.results", "ssms.errors", "ssms.hssm_support")
"""Public names stand in packages and in these."""

NOTHING = (inspect.Signature.empty, None, "None", "Iterator[None]")


def exported():
    """Yield (module, name): what packages export, and the names of release 0.15."""
    packages = [name for _, name, is_package in pkgutil.walk_packages(ssms.__path__, "ssms.")
                if is_package and "._" not in name]  # fmt: skip
    for module in (*HOMES, *packages):
        for name in getattr(importlib.import_module(module), "__all__", ()):
            yield module, name
    module = ""
    for line in RELEASED.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            module = line.strip("[]")
        elif line and not line.startswith("#"):
            yield module, re.match(r"\w+", line)[0]


def public():
    """Return public functions and classes by their full name."""
    found = {}
    for module, name in exported():
        value = getattr(importlib.import_module(module), name)
        ours = getattr(value, "__module__", "").startswith("ssms")
        if ours and (inspect.isclass(value) or inspect.isfunction(value)):
            found[f"{value.__module__}.{value.__qualname__}"] = value
    return found


with warnings.catch_warnings():
    # Names that files with lambdas hold warn where cloudpickle is absent.
    warnings.simplefilter("ignore", UserWarning)
    PUBLIC = public()


def own_doc(value):
    return inspect.cleandoc(value.__doc__ or "")


def inherits(owner, name):
    """Return whether a base class documents a method."""
    return any(own_doc(vars(base)[name]) for base in owner.__mro__[1:] if name in vars(base)
               and base.__module__.startswith("ssms"))  # fmt: skip


def faults_of(function, is_property=False):
    doc, signature = own_doc(function), inspect.signature(function)
    if not doc:
        return ["no docstring"]
    if ELSEWHERE.search(doc):
        return []
    faults = []
    if not is_property:
        for name, parameter in signature.parameters.items():
            variable = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
            listed = re.search(rf"^[\w, *]*\b{name}\b[\w, *]*( :|$)|`{name}`", doc, re.MULTILINE)
            if name not in ("self", "cls") and not variable and not listed:
                faults.append(f"{name} is not described")
        says = re.search(r"^(Returns|Yields)$", doc, re.MULTILINE) or doc.startswith("Return ")
        if signature.return_annotation not in NOTHING and not says:
            faults.append("the result is not described")
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    raises = any(isinstance(node, ast.Raise) and node.exc for node in ast.walk(tree))
    if raises and not re.search("[Rr]aise", doc):
        faults.append("errors are not described")
    return faults


def faults_of_class(owner):
    doc = own_doc(owner)
    fields = dataclasses.fields(owner) if dataclasses.is_dataclass(owner) else ()
    names = [field.name for field in fields if not field.name.startswith("_")]
    faults = [f"{n} is not described" for n in names if not re.search(rf"\b{n}\b", doc)]
    for base in owner.__mro__:
        for name, value in vars(base).items() if base.__module__.startswith("ssms") else ():
            method = getattr(value, "__func__", getattr(value, "fget", value))
            if (
                name.startswith("_")
                or not inspect.isfunction(inspect.unwrap(method))
                or inherits(base, name)
            ):
                continue
            found = faults_of(method, isinstance(value, property))
            faults += [f"{base.__name__}.{name}: {fault}" for fault in found]
    return faults


def test_there_are_names():
    assert len(PUBLIC) > 200


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_the_docstring_is_whole(name):
    value = PUBLIC[name]
    doc = own_doc(value)
    faults = faults_of_class(value) if inspect.isclass(value) else faults_of(value)
    if not re.search(r">>>|^Examples$", doc, re.MULTILINE):
        faults.append("there is no example")
    assert not faults
