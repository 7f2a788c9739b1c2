"""The drifts of the package, under the name by which earlier releases had them."""

from ssms.curves.drifts import (
    attend_drift,
    attend_drift_simple,
    conflict_ds_drift,
    conflict_dsstimflex_drift,
    conflict_stimflex_drift,
    conflict_stimflexrel1_drift,
    conflict_stimflexrel1_dual_drift,
    constant,
    gamma_drift,
)
from ssms.curves.stimuli import ds_support_analytic, stimflex_support

#: The name by which releases 0.9 to 0.11 had it.
ds_conflict_drift = conflict_ds_drift

__all__ = [
    "attend_drift",
    "attend_drift_simple",
    "conflict_ds_drift",
    "conflict_dsstimflex_drift",
    "conflict_stimflex_drift",
    "conflict_stimflexrel1_drift",
    "conflict_stimflexrel1_dual_drift",
    "constant",
    "ds_conflict_drift",
    "ds_support_analytic",
    "gamma_drift",
    "stimflex_support",
]
