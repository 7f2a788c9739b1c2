"""Fixtures of the command line's tests; those for MLflow are the tracking tests' own."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tracking"))

from isolation import (
    client,
    isolated_mlflow,
    mlflow,
    places,
    signals_of_a_terminal,
    warm_database,
)
from services import azurite, mariadb, mlflow_server, moto_s3, postgresql

__all__ = [
    "azurite",
    "client",
    "isolated_mlflow",
    "mariadb",
    "mlflow",
    "mlflow_server",
    "moto_s3",
    "places",
    "postgresql",
    "signals_of_a_terminal",
    "warm_database",
]

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
