"""Fixtures of the tests of runs; those for MLflow are the tracking tests' own."""

import sys
from pathlib import Path

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
