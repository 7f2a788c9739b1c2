"""Which law belongs to which model: the equations of the catalogue, written a second time."""

from __future__ import annotations

import numpy as np

from reference.rt_law import DecisionLaw, NonDecision, RTLaw

NONDECISION = {
    "ddm_st": "uniform",
    "full_ddm": "uniform",
    "full_ddm2": "uniform",
    "full_ddm_rv": "uniform",
    "ddm_normal_st": "normal",
    "ddm_truncnormt": "truncated_normal",
    "ddm_rayleight": "rayleigh",
}
MODELS = ("ddm", "ddm_legacy", "ddm_sdv", *NONDECISION)


def law(model, theta, s=1.0, max_t=np.inf):
    """Return the RTLaw of ``model`` (with or without ``_deadline``) at ``theta``."""
    base = model.removesuffix("_deadline")
    a = theta["a"] / (2 if base == "ddm_legacy" else 1)
    # sz is an absolute half-width in full_ddm, one of the relative start in full_ddm_rv
    halfwidth = theta.get("sz", 0.0) * (2 * a if base == "full_ddm_rv" else 1)
    decision = DecisionLaw(
        theta["v"], a, a * (2 * theta["z"] - 1), theta.get("sv", 0.0), halfwidth, s
    )
    location = theta.get("mt", theta.get("t", 0.0))
    ndt = NonDecision(NONDECISION.get(base, "constant"), location, theta.get("st", 0.0))
    return RTLaw(decision, ndt, theta.get("deadline", np.inf), max_t)


def random_theta(bounds, rng):
    """Draw one parameter set, in single precision, so that a sampler gets the same numbers."""
    sets = random_sets(bounds, 1, rng)
    return {name: float(np.float32(values[0])) for name, values in sets.items()}


def random_sets(bounds, n_sets, rng):
    """Draw parameter sets uniformly from bounds, of which one may name another parameter."""
    sets = {}
    for name in sorted(bounds, key=lambda name: any(isinstance(b, str) for b in bounds[name])):
        low, high = (sets[b] if isinstance(b, str) else b for b in bounds[name])
        sets[name] = rng.uniform(low, high, n_sets)
    return {name: sets[name] for name in bounds}
