"""The house has floors: a module imports from its own floor and those below, never from above."""

import ast
import graphlib
from pathlib import Path

import pytest

import ssms

PACKAGE = Path(ssms.__file__).parent
FLOORS = {
    "_version": 0,
    "errors": 0,
    "_lazy": 0,
    "_locks": 0,
    "checks": 0,
    "text": 0,
    "_core": 1,
    "_kde": 1,
    "_density": 1,
    "curves": 2,
    "engine": 2,
    "processes": 3,
    "transforms": 3,
    "settings": 4,
    "config": 4,
    "basic_simulators": 5,
    "densities": 5,
    "external_simulators": 5,
    "likelihoods": 6,
    "support_utils": 5,
    "dataset_generators": 6,
    "rl": 6,
    "shortcuts": 6,
    "plotting": 7,
    "tracking": 7,
    "runs": 8,
    "cli": 9,
    "hssm_support": 9,
}
DOORS_UP = {"engine/results.py": "ssms.plotting."}
"""Methods of what people hold, Results.plot and plot_paths, call figures: imported on use only."""

HEAVY = {"pandas", "scipy", "sklearn", "matplotlib", "dask", "mlflow", "jax", "pyddm"}
MODULES = sorted(PACKAGE.rglob("*.py"))


def leads_up(path, name):
    """Return whether an import is one of the doors to a floor above."""
    door = DOORS_UP.get(path.relative_to(PACKAGE).as_posix())
    return door is not None and name.startswith(door)


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

    def awake(body):
        return [n for n in body if not isinstance(n, quiet) and not for_type_checkers(n)]

    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body = awake(node.body)
    return ast.Module(body=awake(tree.body), type_ignores=[])


def test_every_part_has_a_floor():
    parts = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert parts - {"__init__"} <= set(FLOORS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports(path):
    part = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name in imports(tree, path):
        top, *rest = name.split(".")
        inside = top == "ssms" and rest and part != "__init__" and rest[0] in FLOORS
        if inside and not leads_up(path, name):
            assert FLOORS[rest[0]] <= FLOORS[part], f"{part} imports {name}"
        if top == "mlflow":
            assert part == "tracking", f"{part} imports {name}"
    if part == "likelihoods" and path.name.startswith("_") and path.name != "__init__.py":
        return  # one module for each library, imported when the library is asked for
    for name in imports(at_import(tree), path):  # changes the tree, hence last
        assert not leads_up(path, name), f"importing it imports {name}"
        assert name.split(".")[0] not in HEAVY, f"importing it imports {name}"


def modules_imported(path):
    """Return the files of the package that a file imports, whenever it does."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in [n for n in ast.walk(tree) if for_type_checkers(n)]:
        node.body = []
    for name in imports(tree, path):
        if leads_up(path, name):
            continue
        parts = name.split(".")[1:] if name.startswith("ssms") else []
        places = [PACKAGE.joinpath(*end) for end in (parts, parts[:-1]) if end]
        files = [f for p in places for f in (p.with_suffix(".py"), p / "__init__.py") if f.exists()]
        found.update(files[:1])  # `from ssms.a import b` names the file b, where there is one
    return found - {path}


def test_no_circle_of_files():
    graph = {path: modules_imported(path) for path in MODULES}
    try:
        list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        circle = [str(path.relative_to(PACKAGE)) for path in error.args[1]]
        pytest.fail(f"a circle of imports: {' -> '.join(circle)}")
