"""Fixtures of tests that track: stores, and surroundings of their own."""

from isolation import (
    client,
    isolated_mlflow,
    mlflow,
    places,
    signals_of_a_terminal,
    test_mlflow_dir,
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
    "test_mlflow_dir",
    "warm_database",
]
