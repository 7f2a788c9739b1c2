"""The house has floors: a module imports from its own floor and those below, never from above."""

import ast
from pathlib import Path

import pytest

import ssms

PACKAGE = Path(ssms.__file__).parent
FLOORS = {
    "_version": 0,
    "errors": 0,
    "_core": 1,
    "config": 2,
    "transforms": 2,
    "basic_simulators": 3,
    "support_utils": 3,
    "dataset_generators": 4,
    "tracking": 4,
    "cli": 5,
}
HEAVY = {"pandas", "scipy", "sklearn", "matplotlib", "dask", "mlflow"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(tree, path):
    """Yield the dotted names of what nodes of a tree import."""
    package = ("ssms", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package[: len(package) + 1 - node.level] if node.level else ()
            module = [*parents, *([node.module] if node.module else [])]
            yield from (".".join([*module, alias.name]) for alias in node.names)


def for_type_checkers(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def at_import(tree):
    """Return the statements of a module that run when it is imported."""
    quiet = (ast.FunctionDef, ast.AsyncFunctionDef)
    body = [n for n in tree.body if not isinstance(n, quiet) and not for_type_checkers(n)]
    return ast.Module(body=body, type_ignores=[])


def test_every_part_has_a_floor():
    parts = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert parts - {"__init__"} <= set(FLOORS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports(path):
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name in imports(tree, path):
        top, *rest = name.split(".")
        if top == "ssms" and rest and part != "__init__" and rest[0] in FLOORS:
            assert FLOORS[rest[0]] <= FLOORS[part], f"{part} imports {name}"
        if top == "mlflow":
            assert part == "tracking", f"{part} imports {name}"
    for name in imports(at_import(tree), path):
        assert name.split(".")[0] not in HEAVY, f"importing it imports {name}"
