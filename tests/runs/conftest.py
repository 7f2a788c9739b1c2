"""Fixtures of the tests of runs; those for MLflow are the tracking tests' own."""

from store_fixtures import *  # noqa: F403
