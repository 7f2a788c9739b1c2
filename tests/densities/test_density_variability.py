"""Densities with variability from trial to trial: against dense quadrature; derivatives."""

import numpy as np
import pytest

from densities.differences import check_gradient
from reference import wiener
from reference.piecewise import gauss_panels
from reference.rt_law import DecisionLaw, NonDecision
from ssms import Simulator, densities
from ssms.config import model_config

BOX = {"v": (-3, 3), "a": (0.3, 2.5), "z": (0.3, 0.7), "t": (0.25, 2.25), "sz": (0.001, 0.2),
       "sv": (0.001, 2.0), "st": (0.01, 0.25), "mt": (0.05, 2.25)}  # fmt: skip
NDT = {"ddm_st": "uniform", "full_ddm": "uniform", "full_ddm_rv": "uniform",
       "ddm_normal_st": "normal", "ddm_truncnormt": "truncated_normal",
       "ddm_rayleight": "rayleigh"}  # fmt: skip


def reference(model, p, rt, side):
    """Return the log density by Gauss panels over starts and decision times."""
    half = p.get("sz", 0.0) * (2 * p["a"] if model == "full_ddm_rv" else 1.0)
    law = DecisionLaw(p["v"], p["a"], p["a"] * (2 * p["z"] - 1), p.get("sv", 0.0), half)
    ndt = NonDecision(NDT[model], p.get("t", p.get("mt", 0.0)), p["st"])
    reach = {"uniform": 1, "rayleigh": 12}.get(ndt.kind, 12) * ndt.scale
    low, high = max(rt - ndt.location - reach, 0.0), rt - ndt.location + reach
    if ndt.kind in ("truncated_normal", "rayleigh"):
        high = min(high, rt)
    edges = np.concatenate([[low, high], np.geomspace(max(low, 1e-5), max(high, 2e-5), 60)])
    t, weights = gauss_panels(np.unique(edges[(edges >= low) & (edges <= high)]))
    t, weights = t.ravel(), weights.ravel()
    starts, shares = law.starts
    f = wiener.density(t[:, None], side, p["v"], p["a"], starts[None], law.sv) @ shares
    atom = law.atom(side) * ndt.density(np.array([rt]))[0] if abs(rt - ndt.location) <= reach else 0
    with np.errstate(divide="ignore"):
        return np.log(np.sum(weights * f * ndt.density(rt - t)) + atom)


@pytest.mark.parametrize("model", NDT)
def test_against_quadrature(model):
    rng = np.random.default_rng(5)
    params = Simulator(model).config["params"]
    errors = []
    for _ in range(60):
        p = {name: rng.uniform(*BOX[name]) for name in params}
        location = p.get("t", p.get("mt", 0.0))
        rt, side = (
            rng.uniform(max(location - p["st"], 0.0) + 0.01, location + 3),
            rng.choice([-1, 1]),
        )
        wanted = reference(model, p, rt, side)
        if wanted > -300:
            errors.append(densities.logpdf(model, p, rt, side) - wanted)
    assert len(errors) > 50
    assert np.max(np.abs(errors)) < 3e-9


@pytest.mark.parametrize("model", NDT)
def test_gradient(model):
    rng = np.random.default_rng(6)
    box = BOX | {"st": (0.05, 0.2), "a": (0.8, 2.5), "sz": (0.05, 0.15), "t": (0.3, 0.5)}
    params = Simulator(model).config["params"]
    theta = {name: rng.uniform(*box[name], 25) for name in params}
    rt = theta.get("t", theta.get("mt", 0.2)) + 0.25 + rng.gamma(2, 0.2, 25)
    check_gradient(model, theta, rt, rng.choice([-1, 1], 25), relative=2e-6)


def test_nothing_varies_in_the_limit():
    theta = {"v": 0.7, "a": 1.2, "z": 0.45, "t": 0.3, "sv": 0.0, "sz": 0.0, "st": 0.0}
    plain = {name: theta[name] for name in ("v", "a", "z", "t")}
    rt = np.linspace(0.35, 3, 30)
    wanted = densities.logpdf("ddm", plain, rt, 1)
    np.testing.assert_allclose(densities.logpdf("full_ddm", theta, rt, 1), wanted, rtol=1e-13)
    tiny = theta | {"sv": 1e-6, "sz": 1e-6, "st": 1e-6}
    np.testing.assert_allclose(densities.logpdf("full_ddm", tiny, rt, 1), wanted, atol=1e-6)


def test_start_beyond_the_boundary_is_an_atom():
    """Such a trial ends at once: its response time is the non-decision time."""
    theta = {"v": 0.5, "a": 0.3, "z": 0.7, "t": 0.5, "sv": 0.5, "sz": 0.3, "st": 0.1}
    p = {-1: None, 1: None}
    for side in p:
        rt, weights = gauss_panels(np.concatenate([[0.4, 0.6], np.geomspace(0.6001, 5, 60)]))
        f = np.exp(densities.logpdf("full_ddm", theta, rt, side))
        p[side] = np.sum(weights * f)
        assert p[side] == pytest.approx(
            densities.choice_probability("full_ddm", theta, side), abs=2e-4
        )
    assert sum(p.values()) == pytest.approx(1.0, abs=2e-4)


@pytest.mark.parametrize("model", ["ddm_st", "full_ddm", "ddm_normal_st"])
@pytest.mark.parametrize("st", [3e-7, 1e-8, 1e-10, 1e-12, 1e-17, 0.0])
def test_non_decision_times_that_hardly_vary(model, st):
    plain, rt, choice = (
        {"v": 0.7, "a": 1.1, "z": 0.45, "t": 0.3},
        [0.35, 0.6, 1.0, 4.0],
        [1, -1, 1, -1],
    )
    theta = plain | {"st": st} | ({"sv": 0.0, "sz": 0.0} if model == "full_ddm" else {})
    value, gradient = densities.logpdf_and_gradient(model, theta, rt, choice)
    expected, by_plain = densities.logpdf_and_gradient("ddm", plain, rt, choice)
    assert value == pytest.approx(expected, abs=1e-7)
    names = list(Simulator(model).params)
    columns = [names.index(name) for name in plain]
    assert gradient[:, columns] == pytest.approx(by_plain, rel=1e-3, abs=1e-3)
    assert np.abs(gradient[:, names.index("st")]).max() < 0.1


@pytest.mark.parametrize("width", [1e-8, 1e-10, 1e-13, 1e-15, 1e-18, 1e-300])
@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("full_ddm", "sz"),
        ("full_ddm_rv", "sz"),
        ("lba3", "A"),
        ("lba_angle_3", "z"),
        ("racing_diffusion_3", "A"),
    ],
)
def test_starts_that_hardly_vary(model, name, width):
    config = model_config[model]
    theta = dict(zip(config["params"], config["default_params"], strict=True))
    rt = theta.get("t", 0.0) + np.array([0.5, 0.8, 1.5])
    choices = config["choices"]
    value, gradient = densities.logpdf_and_gradient(model, theta | {name: width}, rt, choices[0])
    wider, by_wider = densities.logpdf_and_gradient(model, theta | {name: 1e-6}, rt, choices[0])
    assert value == pytest.approx(wider, abs=1e-3)
    others = [i for i, each in enumerate(config["params"]) if each != name]
    assert gradient[:, others] == pytest.approx(by_wider[:, others], rel=1e-2, abs=1e-2)
    shares = densities.choice_probability(model, theta | {name: width}, choices)
    assert shares.sum() == pytest.approx(1.0, abs=1e-5)
