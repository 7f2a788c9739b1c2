"""Every boundary and drift with every process: it changes the samples, or is refused by name."""

import numpy as np
import pytest

from ssms import Simulator
from ssms.curves import registry_of
from ssms.errors import ConfigError

# The family of a model, and which curves it takes.
ANY, LINEAR, NONE = "any", "linear", "none"
BOUNDARIES = {
    "ddm": ANY,
    "levy": ANY,
    "ornstein": ANY,
    "race_3": ANY,
    "lca_3": ANY,
    "racing_diffusion_3": ANY,
    "lba3": LINEAR,
    "dev_rlwm_lba_pw_v1": LINEAR,
    "poisson_race": NONE,
    "inv_temp_softmax_3": NONE,
    "ddm_par2": ANY,
    "ddm_seq2": ANY,
    "ddm_mic2_ornstein": ANY,
    "tradeoff_conflict_gamma_no_bias": ANY,
    "addm": ANY,
}
DRIFTS = {model: ANY if model in ("ddm", "levy", "ornstein") else NONE for model in BOUNDARIES}
HEIGHT = {"a": 1.3, "k": 0.8, "theta": 0.4, "alpha": 1.5, "beta": 1.1, "scale": 0.7}
SHAPE = HEIGHT | {"alphaGamma": 2.0, "scaleGamma": 0.3, "alphagamma": 2.0, "scalegamma": 0.3}


def own(t, a, k):
    return a / (1.0 + k * t)


pytestmark = pytest.mark.filterwarnings("ignore:.*read the same parameter")
EVERY = {kind: [*registry_of(kind).names(), own] for kind in ("boundary", "drift")}


def simulator_with(model, kind, curve):
    params = {f"{kind}_params": ["a", "k"]} if curve is own else {}
    return Simulator(model, **{kind: curve}, **params)


def theta_of(simulator):
    usual = simulator.defaults
    return {name: SHAPE.get(name, usual.get(name, 0.6)) for name in simulator.params}


def samples(simulator, theta):
    out = simulator.simulate(theta, n_samples=200, random_state=1)
    assert np.isfinite(out["rts"]).all()
    return out["rts"].ravel()


def is_linear(boundary):
    return boundary is not own and registry_of("boundary").definition(boundary).is_linear


@pytest.mark.parametrize("boundary", EVERY["boundary"], ids=str)
@pytest.mark.parametrize("model", BOUNDARIES)
def test_boundaries(model, boundary):
    taken = BOUNDARIES[model]
    if taken == NONE or (taken == LINEAR and not is_linear(boundary)):
        with pytest.raises(ConfigError, match=getattr(boundary, "__name__", boundary)):
            simulator_with(model, "boundary", boundary)
        return
    simulator = simulator_with(model, "boundary", boundary)
    theta = theta_of(simulator)
    first = samples(simulator, theta)
    for name in simulator.config["boundary_params"]:  # each of its parameters counts
        if name not in theta:
            continue
        moved = samples(simulator, theta | {name: theta[name] + 0.1})
        assert not np.array_equal(moved, first), name


@pytest.mark.parametrize("drift", EVERY["drift"], ids=str)
@pytest.mark.parametrize("model", DRIFTS)
def test_drifts(model, drift):
    two = drift == "conflict_stimflexrel1_dual_drift"
    if DRIFTS[model] == NONE or (two and model != "ddm"):
        with pytest.raises(ConfigError, match="two columns" if DRIFTS[model] == ANY else "drift"):
            simulator_with(model, "drift", drift)
        return
    simulator = simulator_with(model, "drift", drift)
    theta = theta_of(simulator)
    first = samples(simulator, theta)
    assert np.array_equal(samples(simulator, theta), first)
    for name in simulator.params:  # none is without effect
        if name in ("toffset", "doffset"):  # which may be after the last response
            continue
        moved = samples(simulator, theta | {name: theta[name] + 0.1})
        assert not np.array_equal(moved, first), name


@pytest.mark.parametrize("boundary", ["angle", own, "weibull_cdf"], ids=str)
def test_another_boundary_takes_the_place_of_renamed_parameters(boundary):
    simulator = simulator_with("tradeoff_conflict_gamma_no_bias", "boundary", boundary)
    assert not {"scale", "alphagamma", "scalegamma"} & set(simulator.params)
    again = Simulator("tradeoff_no_bias", boundary="conflict_gamma")
    assert {"alphaGamma", "scaleGamma"} <= set(again.params)
