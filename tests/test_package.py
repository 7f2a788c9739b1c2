"""The package as a whole: what importing it costs, what it says of itself, what it holds."""

import importlib.metadata
import importlib.resources
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ssms

HEAVY = {
    *("pandas", "scipy", "sklearn", "matplotlib", "dask", "mlflow", "jax"),
    *("pytensor", "pymc", "hssm"),
}


@pytest.fixture
def distribution():
    """Return what pip installed; a source tree on the path has no metadata."""
    try:
        return importlib.metadata.distribution("ssm-simulators")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("ssm-simulators is not installed")


def run_python(*arguments, **environment):
    """Run this interpreter in a process of its own; return what it printed and its errors."""
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **environment},
        timeout=60,
    )
    return done.stdout, done.stderr


def imported_by(statement):
    """Return the top-level names that a statement imports, as -X importtime lists them."""
    _, log = run_python("-X", "importtime", "-c", statement)
    lines = [line for line in log.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[1].strip().split(".")[0] for line in lines}


def test_import_is_light():
    names = imported_by("import ssms")
    assert "ssms" in names
    assert not names & (HEAVY | {"numpy"})


@pytest.mark.parametrize(
    "statement",
    [
        "import ssms; ssms.Simulator",
        "import ssms.hssm_support; ssms.hssm_support.get_simulator_fun_internal('ddm')",
        "import ssms.rl; ssms.rl.preset.get('2AB_RW_DDM').validate()",
        "import ssms; ssms.config.model_config['ddm']",
        "from ssms.basic_simulators.simulator import simulator; "
        "simulator([0.5, 1.0, 0.5, 0.3], model='ddm', n_samples=2)",
    ],
)
def test_simulating_is_light_too(statement):
    assert not imported_by(statement) & HEAVY


def test_names_after_a_bare_import():
    out, _ = run_python(
        "-c",
        "import ssms\n"
        "print(ssms.config.model_config['ddm']['name'], ssms.OMISSION_SENTINEL)\n"
        "print(ssms.dataset_generators.lan_mlp.TrainingDataGenerator.__name__)\n"
        "print(ssms.support_utils.kde_class.LogKDE.__name__)\n"
        "print(ssms.basic_simulators.simulator.simulator.__name__)\n"
        "print(ssms.get_default_generator_config('lan')['model'])",
    )
    assert out.split() == ["ddm", "-999.0", "TrainingDataGenerator", "LogKDE", "simulator", "ddm"]


def test_everything_public_exists():
    for name in ssms.__all__:
        assert getattr(ssms, name) is not None
    assert set(ssms.__all__) <= set(dir(ssms))


def test_unknown_attribute():
    with pytest.raises(AttributeError, match="'ssms' has no attribute 'simulater'"):
        ssms.simulater  # noqa: B018


def test_version_is_that_of_the_distribution(distribution):
    assert distribution.version == ssms.__version__
    major, minor, patch = (int(part) for part in ssms.__version__.split("."))
    assert (major, minor, patch) >= (0, 15, 0)  # the clients' pins


def test_typed():
    assert importlib.resources.files("ssms").joinpath("py.typed").is_file()
    assert importlib.resources.files("ssms").joinpath("_core.pyi").is_file()


def test_console_scripts(distribution):
    scripts = {e.name: e.value for e in distribution.entry_points if e.group == "console_scripts"}
    assert scripts == dict.fromkeys(("ssms-generate", "generate"), "ssms.cli.generate:command")


def test_files_of_the_wheel(distribution):
    """Only the packages, whole: no sources of the core, no tests, no benchmarks."""
    files = [path for path in distribution.files if "__pycache__" not in path.parts]
    assert {path.parts[0] for path in files if ".." not in path.parts} == {
        "cssm",
        "ssms",
        f"ssm_simulators-{ssms.__version__}.dist-info",
    }
    suffixes = {path.suffix for path in files if path.parts[0] == "ssms"} - {""}
    assert suffixes <= {".py", ".pyi", ".so", ".pyd", ".typed", ".yaml", ".html", ".txt"}
    names = {path.name for path in files}
    assert {"py.typed", "_core.pyi", "config_data_generation.yaml", "LICENSE"} <= names
    assert sum(name.startswith("_core.") and name.endswith(".so") for name in names) == 1


def test_requirements_have_no_upper_bounds(distribution):
    requirements = [r for r in distribution.requires if "extra ==" not in r]
    needed = {r.split(">")[0] for r in requirements}
    assert needed == {"numpy", "scipy", "tqdm", "pyyaml", "psutil"}
    assert not any("<" in r or "==" in r for r in requirements)


def test_a_package_has_one_lower_bound(distribution):
    found = {}
    for requirement in distribution.requires:
        bare = requirement.split(";")[0].strip()
        assert found.setdefault(bare.split(">")[0], bare) == bare


def test_the_conda_recipe_says_the_same():
    root = Path(__file__).parent.parent
    metadata = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    recipe = (root / "recipe" / "meta.yaml").read_text(encoding="utf-8")
    lines = {line.strip().removeprefix("- ").replace(" ", "") for line in recipe.splitlines()}
    project = metadata["project"]
    scripts = [f"{name}={place}" for name, place in project["scripts"].items()]
    facts = [f"home:{project['urls']['Homepage']}", f"license:{project['license']}"]
    needed = project["dependencies"] + metadata["build-system"]["requires"]
    assert not {*needed, *scripts, *facts} - lines


def test_missing_core_is_explained(tmp_path):
    package = Path(ssms.__file__).parent
    for path in package.rglob("*.py"):
        copy = tmp_path / "ssms" / path.relative_to(package)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import ssms; ssms._core"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=60,
    )
    assert done.returncode != 0
    assert "the compiled core, ssms._core, is missing" in done.stderr
    assert "pip install ." in done.stderr
