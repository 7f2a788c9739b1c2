"""The settings of a run: one table, from which parser, help, YAML, checks and docs are made."""

from __future__ import annotations

from ssms.settings.checks import MAX_SEED, NotAllowed, UsageError
from ssms.settings.table import ESTIMATORS, FILTERS, ROWS, Row, markdown, rows_of

__all__ = [
    "ESTIMATORS",
    "FILTERS",
    "MAX_SEED",
    "ROWS",
    "NotAllowed",
    "Row",
    "UsageError",
    "markdown",
    "rows_of",
]
