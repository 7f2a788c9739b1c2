"""Why a model has no density, or none at its parameters, in words."""

from ssms._density import LEVY_DRIFT_GROWTH, LEVY_DRIFT_MAX, LEVY_DRIFT_SCALE
from ssms.errors import ConfigError
from ssms.processes.bound import too_steep

__all__ = ["INSTEAD", "refusal"]

_REASONS = {
    "no noise": "it has no density where the noise is 0",
    "coupled": "accumulators that leak or inhibit each other have no density that is known",
    "other process": "the density of its process is not implemented",
    "coarse": "levels that interact, and evidence in two parts, have a density in "
    "ssms.densities.logpdf, but no gradient; its error of up to 0.005 nats and its cost do not "
    "suit labels and likelihoods",
    "reflected": "the density of accumulators that are reflected at 0 is not implemented for "
    "starts with a range",
    "curved race": "the density of a race toward a boundary that is not linear is not implemented",
    "ndt of race": "the density of several accumulators or levels, or of evidence in two parts, is "
    "not implemented for a non-decision time that varies",
    "Levy noise": "the density under Levy noise is implemented for a constant boundary and drift, "
    "where nothing varies from trial to trial",
    "strong drift": "the density under Levy noise is implemented for drifts, in units of "
    f"s**alpha / a**(alpha - 1), up to {LEVY_DRIFT_SCALE:g} exp({LEVY_DRIFT_GROWTH:g} (alpha - 1)) "
    f"and {LEVY_DRIFT_MAX:g}",
    "growing part": "the density of evidence in two parts is implemented for leaks that are not "
    "negative",
    "many steps": "its drift or boundary changes so often that its density can be solved for early "
    "response times only",
    "moving start": "the density is not implemented for a start that varies from trial to trial "
    "between boundaries or under drifts that change within a trial",
    "leak and drift sd": "the density is not implemented for a drift that varies from trial to "
    "trial together with leak",
    "no gaze": "its density is that of observed fixations: give r1, r2, flag, sacc_array and d in "
    "extra_fields",
    "drawn gaze": "there is no density where fixations are drawn: use continuation_mode "
    "'prolong_last_fixation', or estimate it from simulations, with ssms.support_utils.LogKDE for "
    "instance",
    "curved gaze": "the density under a drift that follows gaze is not implemented for boundaries "
    "that are not linear",
    "steep boundary": f"the density is not implemented for {too_steep()}",
}

_SAY_ALL = ("no noise", "no gaze", "drawn gaze")
"""Reasons that say by themselves how to go on."""

INSTEAD = "estimate it from simulations, with ssms.support_utils.LogKDE for instance"


def refusal(model: str, reason: str) -> ConfigError:
    """Return the error for a model and a reason: a defect that the core found, or one of ours."""
    instead = "" if reason in _SAY_ALL else f"; {INSTEAD}"
    return ConfigError(f"Model {model!r}: {_REASONS[reason]}{instead}")
