"""Fixtures of the command line's tests; those for MLflow are the tracking tests' own."""

from pathlib import Path

import pytest
from store_fixtures import *  # noqa: F403

SMALL = """\
MODEL: ddm
PIPELINE: {N_PARAMETER_SETS: 2, N_CPUS: 1}
SIMULATOR: {N_SAMPLES: 50, DELTA_T: 0.001}
TRAINING: {N_SAMPLES_PER_PARAM: 10}
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A configuration whose files take milliseconds."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def arguments(small: Path, output: Path) -> list[str]:
    """The command that makes one small file."""
    return ["--config-path", str(small), "--output", str(output)]


@pytest.fixture
def tracked(arguments, places):
    """The command that makes two small files and tracks that."""
    return [
        *arguments,
        *("--n-files", "2", "--seed", "11", "--mlflow-run-name", "first"),
        *("--mlflow-tracking-uri", places["tracking_uri"]),
        *("--mlflow-artifact-location", places["artifact_location"]),
    ]
