"""Without a limit of time (``max_t=None``, the default), samples are drawn until they respond."""

import numpy as np
import pytest
from scipy import stats

from ssms import Simulator
from ssms.basic_simulators.simulator import simulator
from ssms.config.kde_constants import response_time_support
from ssms.errors import ParameterError

DDM = {"v": 0.0, "a": 3.0, "z": 0.5, "t": 0.3}
SLOW = {
    "ddm": DDM,
    "full_ddm": {**DDM, "sz": 0.1, "sv": 0.1, "st": 0.1},
    "angle": {**DDM, "theta": 0.01},
    "weibull": {**DDM, "alpha": 2.0, "beta": 25.0},
    "ornstein": {**DDM, "g": 0.1},
    "levy": {**DDM, "alpha": 1.9},
    "gamma_drift": {**DDM, "shape": 2.0, "scale": 1.0, "c": 0.0},
    "conflict_stimflexrel1_leak": {**DDM, "vt": 0.1, "vd": 0.1, "tcoh": 0.0, "dcoh": 0.0,
                                   "tonset": 0.0, "donset": 0.0, "toffset": 1.0, "doffset": 1.0,
                                   "g": 0.05},
    "race_no_bias_2": {"v0": 0.0, "v1": 0.0, "a": 6.0, "z": 0.1, "t": 0.3},
    "racing_diffusion_3": {"v0": 0.1, "v1": 0.1, "v2": 0.1, "A": 0.1, "b": 9.0, "t": 0.3},
    "lca_no_bias_3": {"v0": 0.5, "v1": 0.5, "v2": 0.5, "a": 2.5, "z": 0.1, "g": 0.5, "b": 0.1,
                      "t": 0.3},
    "lba2": {"v0": 0.2, "v1": 0.2, "A": 0.1, "b": 3.0},
    "poisson_race": {"r1": 0.3, "r2": 0.3, "k1": 6.0, "k2": 6.0, "t": 0.3},
    "ddm_par2_no_bias": {"vh": 0.0, "vl1": 0.0, "vl2": 0.0, "a": 2.5, "t": 0.3},
    "ddm_seq2_no_bias": {"vh": 0.0, "vl1": 0.0, "vl2": 0.0, "a": 2.5, "t": 0.3},
    "ddm_mic2_adj_no_bias": {"vh": 0.0, "vl1": 0.0, "vl2": 0.0, "a": 2.5, "d": 0.5, "t": 0.3},
    "addm": {"eta": 0.5, "kappa": 0.01, "a": 2.5, "b": 0.0, "x0": 0.0, "t": 0.3},
}  # fmt: skip


@pytest.mark.parametrize("model", SLOW)
def test_earlier_samples_are_those_of_20_seconds(model):
    simulated = Simulator(model)
    theta = {name: SLOW[model][name] for name in simulated.params if name in SLOW[model]}
    theta = {**simulated.defaults, **theta}
    for method in simulated.methods:
        call = {"n_samples": 400, "random_state": 3, "method": method, "return_option": "minimal"}
        if method == "euler":
            call |= {"delta_t": 0.02, "n_samples": 100}
        limited = simulated.simulate(theta, max_t=20, **call)
        unlimited = simulated.simulate(theta, **call)
        early = ~limited.omitted
        assert 0.0 < limited.omitted.mean() < 0.9, method
        assert not unlimited.omitted.any(), method
        if method == "table" and simulated.methods[0] == "bridge":
            continue  # a table of a solved law: another table where the limit is another
        np.testing.assert_array_equal(unlimited.rt[early], limited.rt[early])
        np.testing.assert_array_equal(unlimited.choice[early], limited.choice[early])
        assert (unlimited.rt[~early] > 19.9).all(), method


def test_deadlines_and_limits_that_are_set_make_omissions():
    simulated = Simulator("ddm_deadline")
    out = simulated.simulate({**DDM, "deadline": 3.0}, n_samples=500, random_state=1)
    assert out.omitted.mean() > 0.5
    assert out.rt.max() < 3.0
    one = Simulator("ddm").simulate(DDM, n_samples=500, max_t=3.0, random_state=1)
    assert one.omitted.mean() > 0.5
    assert one.metadata["limit"] == one.metadata["max_t"] == 3.0


@pytest.mark.parametrize("max_t", [None, float("inf"), np.inf])
def test_metadata_are_on_a_grid_of_20_seconds(max_t):
    out = simulator(DDM, "ddm", n_samples=50, max_t=max_t, random_state=2, delta_t=0.01)
    metadata = out["metadata"]
    assert metadata["max_t"] == 20.0
    assert metadata["limit"] == np.inf
    assert len(metadata["trajectory"]) == len(metadata["boundary"]) == 2001
    assert out["binned_128"].sum() == 50
    assert response_time_support({}, metadata)[1] == np.inf


@pytest.mark.parametrize("method", ["exact", "table", "bridge", "euler"])
def test_a_path_longer_than_the_grid_is_cut(method):
    cut, lasted = [], []
    for seed in range(30):
        out = Simulator("ddm").simulate(
            DDM, n_samples=1, random_state=seed, method=method, delta_t=0.05
        )
        path = out.metadata["trajectory"]
        assert np.isfinite(path).all()
        assert method == "euler" or (np.abs(path[path != -999.0]) <= 3.01).all()
        cut.append(out.metadata["trajectory_is_cut"])
        lasted.append(path[-1, 0] != -999.0)
        assert out.rt[0, 0] > 20.2 if cut[-1] else out.rt[0, 0] < 20.4
    assert cut == lasted
    short = Simulator("ddm").simulate({**DDM, "a": 0.5}, n_samples=1, random_state=1)
    assert not short.metadata["trajectory_is_cut"]


@pytest.mark.parametrize(
    ("model", "theta"),
    [
        ("angle", {**DDM, "theta": -0.5}),
        ("ornstein", {**DDM, "a": 20.0, "g": 1.0}),
        ("ornstein_angle", {**DDM, "g": 0.8, "theta": -0.1}),
        ("lca_no_bias_angle_3", {"v0": 1.0, "v1": 1.0, "v2": 0.5, "a": 2.5, "z": 0.1, "g": 0.9,
                                 "b": -0.1, "t": 0.3, "theta": -0.9}),
    ],
)  # fmt: skip
def test_what_never_responds_is_an_omission(model, theta):
    out = Simulator(model).simulate(theta, n_samples=200, random_state=1, return_option="minimal")
    assert out.omitted.mean() > 0.02
    many = Simulator(model).simulate(
        {name: np.full(3, value) for name, value in theta.items()},
        n_samples=200, random_state=1, return_option="minimal", n_threads=2,
    )  # fmt: skip
    np.testing.assert_array_equal(many.rt[:, 0], out.rt[:, 0])
    np.testing.assert_array_equal(many.choice[:, 0], out.choice[:, 0])


REFUSED = [
    ("ornstein", {**DDM, "g": 1e9}, {}, "g must be such that a sample takes at most 200,000"),
    ("ornstein", {**DDM, "g": 20.0}, {"max_t": 1e6}, "g must be such that"),
    ("ornstein", {**DDM, "g": 1.0, "s": 1e-8}, {}, "g must be such that"),
    ("lca_no_bias_3", {"v0": 1.0, "v1": 1.0, "v2": 1.0, "a": 2.0, "z": 0.1, "g": 1.0, "b": 1e4,
                       "t": 0.3}, {}, "b must be such that"),
    ("race_no_bias_2", {"v0": -1e6, "v1": -1e6, "a": 1.0, "z": 0.1, "t": 0.3}, {}, "v0 must be"),
    ("ddm", DDM, {"method": "euler", "delta_t": 1e-8}, "delta_t must be at least 2e-06"),
    ("ddm", DDM, {"delta_t": 5e-324}, "delta_t must be from 1e-09 to 1e[+]09 seconds"),
    ("ddm", DDM, {"max_t": 1e-250, "method": "table"}, "max_t must be from 1e-09"),
    ("ddm_normal_st", {**DDM, "st": 1e300}, {}, "st must be"),
    ("conflict_stimflex", {**DDM, "vt": 1e200, "vd": 0.0, "tcoh": 1e200, "dcoh": 0.0,
                           "tonset": 0.0, "donset": 0.0}, {}, "vt must be finite"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "theta", "options", "words"), REFUSED)
def test_what_would_not_end_is_refused(model, theta, options, words):
    with pytest.raises(ParameterError, match=words):
        Simulator(model).simulate(theta, n_samples=10**6, random_state=1, **options)


def test_without_noise_what_stays_inside_is_known_to():
    leaky = Simulator("conflict_stimflexrel1_leak2")
    theta = {**leaky.defaults, "v": 0.0, "gt": 0.31, "gd": 0.21, "toffset": 0.1, "doffset": 0.1}
    for z, side in (0.55, 1), (0.45, -1):
        for max_t in (20.0, None):
            call = {"n_samples": 3, "no_noise": True, "random_state": 1, "max_t": max_t}
            out = leaky.simulate({**theta, "a": 5.0, "z": z}, **call)
            assert out.omitted.all()
            assert (out.choice == side).all()


def test_steep_shapes_have_few_steps_and_the_right_height():
    # a peak of conflict_gamma that is narrower than a millisecond, where gamma(alpha) overflows
    peaked = Simulator("ddm", boundary="conflict_gamma")
    theta = {"v": 1.0, "a": 1.9, "z": 0.5, "t": 0.0, "theta": 0.0, "scale": 1.0}
    for alpha in (50.0, 200.0, 1e6):
        shape = {"alphaGamma": alpha, "scaleGamma": 2.0 / alpha}
        out = peaked.simulate({**theta, **shape}, n_samples=1, no_noise=True, random_state=1)
        times = np.linspace(1.5, 3.0, 200_001)
        reached = 1.9 + stats.gamma.pdf(times, alpha, scale=2.0 / alpha) <= times
        np.testing.assert_allclose(out.rt, times[np.argmax(reached)], atol=2e-5)


def test_what_leaks_much_is_simulated_up_to_a_limit():
    ornstein = Simulator("ornstein")
    out = ornstein.simulate({**DDM, "g": 50.0}, n_samples=10, max_t=20, random_state=1)
    assert out.omitted.all()
    assert not ornstein.simulate({**DDM, "g": -50.0}, n_samples=50, random_state=1).omitted.any()
