"""Recording runs with MLflow, from `ssms-generate`, a script or a notebook.

>>> import ssms.tracking
>>> with ssms.tracking.run(name="first", experiment_name="demo") as run:  # doctest: +SKIP
...     run.log_params({"model": "ddm"})
...     run.log_metrics({"accuracy": 0.9})

MLflow is an optional package (``pip install 'ssm-simulators[mlflow]'``); it is imported when a run
is opened, not when this package is.  A run never costs data: a journal keeps records that a store
does not take, and they are sent later (`send_journal`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssms._lazy import names_on_demand

if TYPE_CHECKING:
    from .context import (
        RunContext,
        probe,
        readable_run_name,
        recorded_params,
        run,
        send_journal,
        start,
    )
    from .exceptions import Terminated, TrackingError, TrackingUsageError
    from .masking import mask_message, mask_uri, masked_logging
    from .opening import end_run, find_or_create_run
    from .runs import MlflowRun
    from .settings import Setting, TrackingSettings, resolve_settings
    from .tags import RESERVED_TAGS, SCHEMA_VERSION, parse_tags
    from .untracked import Run

__all__ = [
    "RESERVED_TAGS",
    "SCHEMA_VERSION",
    "MlflowRun",
    "Run",
    "RunContext",
    "Setting",
    "Terminated",
    "TrackingError",
    "TrackingSettings",
    "TrackingUsageError",
    "end_run",
    "find_or_create_run",
    "mask_message",
    "mask_uri",
    "masked_logging",
    "parse_tags",
    "probe",
    "readable_run_name",
    "recorded_params",
    "resolve_settings",
    "run",
    "send_journal",
    "start",
]

# A run that is not tracked needs few of them.
_NAMES = {
    ".context": "RunContext probe readable_run_name recorded_params run send_journal start",
    ".exceptions": "Terminated TrackingError TrackingUsageError",
    ".masking": "mask_message mask_uri masked_logging",
    ".opening": "end_run find_or_create_run",
    ".runs": "MlflowRun",
    ".settings": "Setting TrackingSettings resolve_settings",
    ".tags": "RESERVED_TAGS SCHEMA_VERSION parse_tags",
    ".untracked": "Run",
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}
__getattr__, __dir__ = names_on_demand(__name__, _HOMES)
