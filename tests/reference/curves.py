"""Boundary and drift of the moving models as functions of time, written a second time."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.special import ndtr


def angle(p):
    return lambda t: p["a"] - t * np.tan(p.get("theta", 0.0))


def weibull(p):
    return lambda t: p["a"] * np.exp(-((t / p["beta"]) ** p["alpha"]))


def conflict_gamma(p):
    law = stats.gamma(p["alphaGamma"], scale=p["scaleGamma"])
    return lambda t: p["a"] + p["scale"] * law.pdf(t) - t * np.tan(p["theta"])


def constant_drift(p):
    return lambda t: np.full_like(t, p["v"], dtype=float)


def gamma(p):
    peak = (p["shape"] - 1) * p["scale"]

    def drift(t):
        bump = (t / peak) ** (p["shape"] - 1) * np.exp(p["shape"] - 1 - t / p["scale"])
        return p["v"] + p["c"] * bump

    return drift


def relaxations(p):
    first = min(p.get("tonset", 0.0), p.get("donset", 0.0))

    def drift(t):
        target = p["tfixedp"] + (p["tinit"] - p["tfixedp"]) * np.exp(-p["tslope"] * t)
        distractor = p["dinit"] * np.exp(-p["dslope"] * t)
        return (
            p["v"]
            + p["tcoh"] * target * (t >= p.get("tonset", 0.0) - first)
            + p["dcoh"] * distractor * (t >= p.get("donset", 0.0) - first)
        )

    return drift


def stimuli(p, *, relative):
    first = min(p["tonset"], p["donset"]) if relative else 0.0

    def drift(t):
        target = (t >= p["tonset"] - first) & (t <= p.get("toffset", np.inf))
        distractor = (t >= p["donset"] - first) & (t <= p.get("doffset", np.inf))
        return p["v"] + p["vt"] * p["tcoh"] * target + p["vd"] * p["dcoh"] * distractor

    return drift


def spotlight(p):
    inside = p.get("pinner", p["pouter"])  # the simple display has one flanker on each side

    def drift(t):
        width = np.maximum(p["sda"] - p["r"] * t, 0.001)
        outer = 1 - ndtr(1.5 / width)
        inner = ndtr(1.5 / width) - ndtr(0.5 / width)
        centre = 2 * ndtr(0.5 / width) - 1
        return p["v"] + 2 * p["pouter"] * outer + 2 * inside * inner + p["ptarget"] * centre

    return drift


def curves(model, p):
    """Return boundary, drift, and the moments at which the drift jumps."""
    boundary = weibull(p) if model.startswith("weibull") else angle(p)
    if model.startswith("conflict_gamma"):
        return conflict_gamma(p), constant_drift(p), ()
    if model.startswith("gamma"):
        return boundary, gamma(p), ()
    if model.startswith("conflict_ds"):
        jumps = abs(p.get("tonset", 0.0) - p.get("donset", 0.0))
        return boundary, relaxations(p), (jumps,) if jumps else ()
    if model.startswith("conflict_stim"):
        relative = "rel1" in model
        first = min(p["tonset"], p["donset"]) if relative else 0.0
        moments = [p["tonset"] - first, p["donset"] - first, p.get("toffset"), p.get("doffset")]
        jumps = tuple(sorted({m for m in moments if m}))
        return boundary, stimuli(p, relative=relative), jumps
    if model.startswith("shrink"):
        # it does not jump there, but changes fast: a mesh that is coarse by then misses 0.0015
        return boundary, spotlight(p), (p["sda"] / p["r"],)
    return boundary, constant_drift(p), ()
