"""Densities in closed form: against mpmath, by identities, and their derivatives."""

import json
from pathlib import Path

import numpy as np
import pytest

from densities.differences import check_gradient
from ssms import Simulator, densities

TABLE = json.loads((Path(__file__).parent / "density_table.json").read_text())
LINEAR = Simulator("ddm_sdv", boundary="angle")
NAMES = ("v", "a", "z", "sv", "theta")


def columns(rows):
    return {
        name: np.array([row[name] for row in rows]) for name in (*NAMES, "rt", "side", "logpdf")
    }


def test_closed_form_against_mpmath():
    table = columns(TABLE)
    theta = {name: table[name] for name in NAMES} | {"t": 0.0}
    got = densities.logpdf(LINEAR, theta, table["rt"], table["side"].astype(int))
    wanted = table["logpdf"]
    allowed = np.where(wanted > -700, 1e-11, 1e-13 * np.abs(wanted))
    assert (np.abs(got - wanted) <= allowed).all()


@pytest.mark.parametrize("model", ["ddm", "angle", "ddm_sdv", "ddm_legacy", "angle_extended"])
def test_named_models_are_the_same_law(model):
    table = columns([r for r in TABLE if r["rt"] < 3][:60])
    theta = {name: table[name] for name in NAMES} | {"t": 0.25}
    for name, absent in (("sv", 0.0), ("theta", 0.0)):
        if name not in Simulator(model).config["params"]:
            theta[name] = np.full_like(theta[name], absent)
    rt = table["rt"] + 0.25
    wanted = densities.logpdf(LINEAR, theta, rt, table["side"].astype(int))
    own = {k: v for k, v in theta.items() if k in Simulator(model).config["params"]}
    if model == "ddm_legacy":
        own["a"] = 2 * own["a"]
    got = densities.logpdf(model, own, rt, table["side"].astype(int))
    np.testing.assert_allclose(got, wanted, rtol=1e-13, atol=1e-13)


def test_mirror_and_scale():
    theta = {"v": 0.8, "a": 1.3, "z": 0.3, "t": 0.2, "theta": 0.4}
    rt = np.linspace(0.21, 2.5, 40)
    up = densities.logpdf("angle", theta, rt, 1)
    mirrored = theta | {"v": -0.8, "z": 0.7}
    np.testing.assert_allclose(densities.logpdf("angle", mirrored, rt, -1), up, rtol=1e-12)
    scaled = theta | {"v": 2.4, "a": 3.9, "theta": np.arctan(3 * np.tan(0.4))}
    np.testing.assert_allclose(
        densities.logpdf("angle", scaled, rt, 1, sigma_noise=3.0), up, rtol=1e-12
    )
    np.testing.assert_allclose(
        densities.logpdf("angle", scaled | {"s": 3.0}, rt, 1), up, rtol=1e-12
    )


def test_support():
    theta = {"v": 0.8, "a": 1.0, "z": 0.3, "t": 0.2, "theta": 0.7}
    meets = 0.2 + 1.0 / np.tan(0.7)
    rt = [-1.0, 0.0, 0.2, meets + 1e-9, meets + 1, np.inf, -np.inf]
    assert (densities.logpdf("angle", theta, rt, 1) == -np.inf).all()
    _, gradient = densities.logpdf_and_gradient("angle", theta, rt, 1)
    assert (gradient == 0).all()
    assert np.isfinite(densities.logpdf("angle", theta, [0.2001, meets - 1e-9], 1)).all()


@pytest.mark.parametrize("model", ["ddm", "angle", "ddm_sdv", "ddm_legacy"])
def test_gradient(model):
    rng = np.random.default_rng(3)
    box = {"v": (-3, 3), "a": (0.5, 2.5), "z": (0.2, 0.8), "sv": (0.1, 2), "theta": (-0.1, 0.6),
           "s": (0.5, 2.0)}  # fmt: skip
    params = [*Simulator(model).config["params"], "s"]
    n = 60
    theta = {p: rng.uniform(*box.get(p, (0.2, 0.3)), n) for p in params}
    rt = 0.32 + rng.gamma(2, 0.15, n)
    check_gradient(model, theta, rt, rng.choice([-1, 1], n), relative=1e-7)


def test_omission_is_a_probability():
    theta = {"v": 0.7, "a": 1.2, "z": 0.4, "t": 0.3, "deadline": 1.1}
    log_p = densities.logpdf("ddm_deadline", theta, -999.0, 1)
    assert log_p == densities.logpdf("ddm_deadline", theta, -999.0, -1)
    without = {k: v for k, v in theta.items() if k != "deadline"}
    assert np.exp(log_p) == pytest.approx(densities.sf("ddm", without, 1.1), rel=1e-12)
    assert densities.logpdf("ddm", without, -999.0, 1) == -np.inf
    assert densities.logpdf("ddm", without, -999.0, 1, max_t=0.8) == pytest.approx(log_p, rel=1e-12)
    assert densities.logpdf("ddm_deadline", theta, 1.2, 1) == -np.inf
    assert densities.logpdf("ddm", without, 1.2, 1, max_t=0.8) == -np.inf
    check_gradient("ddm_deadline", theta, np.array([-999.0]), np.array([1]), relative=1e-6,
                   without=("deadline",))  # fmt: skip


def test_results_do_not_depend_on_threads():
    rng = np.random.default_rng(0)
    n = 50_000
    theta = {"v": rng.normal(size=n), "a": 1.2, "z": 0.4, "t": 0.3}
    rt, choice = 0.4 + rng.gamma(2, 0.2, n), rng.choice([-1, 1], n)
    one, gradient = densities.logpdf_and_gradient("ddm", theta, rt, choice)
    two, gradient_2 = densities.logpdf_and_gradient("ddm", theta, rt, choice, n_threads=2)
    assert (one == two).all()
    assert (gradient == gradient_2).all()
    assert (one == densities.logpdf("ddm", theta, rt, choice)).all()


def test_shapes():
    one = {"v": 0.5, "a": 1.2, "z": 0.4, "t": 0.3}
    assert densities.logpdf("ddm", one, np.full((2, 3), 0.9), 1).shape == (2, 3)
    assert densities.logpdf("ddm", one, 0.9, 1).shape == ()
    three = one | {"v": [0.1, 0.2, 0.3]}
    assert densities.logpdf("ddm", three, 0.9, 1).shape == (3,)
    both = densities.logpdf("ddm", three, [[0.8, 0.9]], [[1, -1]])
    assert both.shape == (3, 2)
    each = [densities.logpdf("ddm", one | {"v": v}, [0.8, 0.9], [1, -1]) for v in three["v"]]
    np.testing.assert_array_equal(both, each)
    _, gradient = densities.logpdf_and_gradient("ddm", three, [[0.8, 0.9]], [[1, -1]])
    assert gradient.shape == (3, 2, 4)
    estimate = densities.logpdf("ddm", one, 0.9, 1, return_error=True)[1]
    assert 0 < estimate < 1e-8
