"""Times that come before, or long after, most responses, and changes at such times."""

import itertools

import numpy as np
import pytest

from ssms import Simulator, densities
from ssms.config import model_config

DRIFT = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.0}
STIMULI = {"vt": 2.0, "vd": 1.0, "tcoh": 0.8, "dcoh": -0.5, "tonset": 0.0}
WAITING = {
    **{"v": -0.22, "a": 2.7, "z": 0.7, "t": 0.0, "vt": 2.6, "vd": 0.4, "tcoh": -0.6, "dcoh": -1.0},
    **{"tonset": 0.3, "donset": 0.0, "toffset": 1.0, "doffset": 0.0, "g": 0.67},
}
NARROW = {"v0": 6.0, "v1": 6.0, "v2": 6.0, "a": 0.46, "z": 0.048, "theta": 1.3}
TWO_SYSTEMS = {
    **{"vRL0": 1.0, "vRL1": 0.0, "vRL2": 0.3, "vWM0": 0.04, "vWM1": 0.7, "vWM2": 0.0},
    **{"a": 0.97, "z": 0.5, "tWM": 0.5},
}


def total(model, theta, **options):
    shares = densities.choice_probability(model, theta, Simulator(model).choices, **options)
    return shares.sum() + densities.omission_probability(model, theta, **options)


@pytest.mark.parametrize("model", ["conflict_stimflex_angle", "conflict_dsstimflex_angle"])
def test_stimuli_after_the_boundaries_have_met_change_nothing(model):
    theta = {**DRIFT, **STIMULI, "theta": 1.2}  # the boundaries meet at 0.39 s
    if "dsstimflex" in model:
        theta = {**theta, "tinit": 0.5, "dinit": 0.5, "tslope": 2.0, "dslope": 2.0, "tfixedp": 1.0}
        del theta["vt"], theta["vd"]
    rt, choice = [0.05, 0.2, 0.35] * 2, [1] * 3 + [-1] * 3
    soon, late = ({**theta, "donset": onset} for onset in (0.3885, 2.0))
    soon, late = (densities.logpdf(model, each, rt, choice) for each in (soon, late))
    assert np.allclose(soon, late, atol=1e-3)
    assert total(model, {**theta, "donset": 2.0}) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("z", [0.5, 0.67, 0.97])
def test_a_jump_of_drift_just_after_the_first_arrivals(z):
    theta = {**DRIFT, **STIMULI, "a": 3.0, "z": z}
    first = (6.0 * min(z, 1.0 - z)) ** 2 / 76.0
    for share in (0.99, 1.005, 1.03, 1.1):
        assert total("conflict_stimflex", {**theta, "donset": share * first}) == pytest.approx(
            1.0, abs=1e-4
        )
    values = [
        densities.logpdf("conflict_stimflex", {**theta, "donset": share * first}, [1.0, 2.0], 1)
        for share in (0.999, 1.001)
    ]
    assert np.allclose(*values, atol=1e-3)


@pytest.mark.parametrize("accuracy", ["default", "high"])
def test_evidence_that_leak_keeps_from_the_boundaries(accuracy):
    model, options = "conflict_stimflexrel1_leak", {"accuracy": accuracy}
    assert total(model, WAITING, **options) == pytest.approx(1.0, abs=2e-4)
    assert densities.omission_probability(model, WAITING, **options) == 0.0
    late = float(densities.sf(model, WAITING, 300.0, **options))
    rt = np.geomspace(300.0, 5000.0, 4001)
    density = sum(np.exp(densities.logpdf(model, WAITING, rt, c, **options)) for c in (-1, 1))
    assert late == pytest.approx(np.trapezoid(density, rt), rel=1e-3)
    assert 0.001 < late < 0.01


def test_draws_of_evidence_that_leak_keeps_from_the_boundaries():
    simulator = Simulator("conflict_stimflexrel1_leak")
    times = [
        simulator.simulate(WAITING, n_samples=20_000, random_state=1, method=method)["rts"].mean()
        for method in ("table", "bridge")
    ]
    # standard deviation of a mean: 0.4 s each
    assert times[0] == pytest.approx(times[1], abs=4 * 0.57)
    assert times[0] == pytest.approx(densities.mean_rt(simulator, WAITING), abs=4 * 0.4)


@pytest.mark.parametrize(
    ("model", "theta"), [("lba_angle_3", NARROW), ("dev_rlwm_lba_pw_v1", TWO_SYSTEMS)]
)
def test_races_whose_density_is_narrow_or_jumps(model, theta):
    assert total(model, theta) == pytest.approx(1.0, abs=1e-6)
    mass = 0.0
    jump = [0.5 + 1e-9, 0.5001, 0.501, 0.51]
    ends = [*np.linspace(1e-3, 0.06, 40), 0.1, 0.3, 0.5, *jump, 0.6, 1.0, 1.5, 3.0, 20.0]
    nodes, weights = np.polynomial.legendre.leggauss(40)
    for low, high in itertools.pairwise(ends):
        rt = low + (high - low) * 0.5 * (nodes + 1.0)
        values = sum(np.exp(densities.logpdf(model, theta, rt, c)) for c in (0, 1, 2))
        mass += 0.5 * (high - low) * (values * weights).sum()
    assert mass == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("function", [densities.cdf, densities.sf])
@pytest.mark.parametrize(
    ("model", "more"),
    [
        ("ddm", {}),
        ("angle", {"theta": 0.2}),
        ("ddm_sdv", {"sv": 0.5}),
        ("ddm_st", {"st": 0.1}),
        ("ddm_normal_st", {"st": 0.1}),
        ("full_ddm", {"sz": 0.1, "sv": 0.5, "st": 0.1}),
    ],
)
def test_late_times_take_no_longer(model, more, function):
    """That took a time in proportion to rt, and never ended at 1e300."""
    theta, options = {**DRIFT, "t": 0.3, **more}, [{}, {"max_t": 0.5}, {"max_t": 1e9}]
    for option in options:
        ends = [function(model, theta, rt, **option) for rt in (1e3, 1e6, 1e9, 1e15, 1e300)]
        assert np.allclose(ends, ends[0], atol=1e-9)


@pytest.mark.parametrize("model", ["ddm", "angle", "ddm_sdv", "race_2", "lba3", "ornstein"])
def test_the_earliest_times(model):
    simulator = Simulator(model)
    theta = {**simulator.defaults, **({"t": 0.0} if "t" in simulator.params else {})}
    rt = np.array([5e-324, 1e-310, 1e-300, 1e-200, 1e-120])
    values = densities.logpdf(model, theta, rt, simulator.choices[-1])
    assert not np.isnan(values).any()
    assert (values < -1e10).all()
    before = [-np.inf, -1e300, -1.0, *rt]
    assert np.allclose(densities.sf(model, theta, before), 1.0, atol=1e-5)
    assert (densities.cdf(model, theta, before, simulator.choices[-1]) == 0.0).all()
    if model != "lba3":
        _, gradient = densities.logpdf_and_gradient(model, theta, rt, simulator.choices[-1])
        assert np.isfinite(gradient).all()


def test_a_start_beyond_the_boundary_of_addm():
    fields = {"r1": [4.0], "r2": [2.0], "flag": [0], "sacc_array": [[0.0, 0.25]], "d": [2]}
    theta = {"eta": 0.0, "kappa": 5.0, "a": 0.9, "b": 0.0, "x0": -0.95, "t": 0.0}
    rt = [-np.inf, -1.0, 0.0, 0.1, 1.0]
    below, above = (densities.cdf("addm", theta, rt, c, extra_fields=fields) for c in (-1, 1))
    assert below.tolist() == [0.0, 0.0, 1.0, 1.0, 1.0]
    assert above.tolist() == [0.0] * 5


@pytest.mark.parametrize("model", ["ddm", "weibull", "conflict_ds", "race_2", "lba2", "levy"])
@pytest.mark.parametrize("n_sets", [0, 1, 3])
def test_no_observations(model, n_sets):
    simulator = Simulator(model)
    theta = np.tile(list(simulator.defaults.values()), (n_sets, 1))
    values = densities.logpdf(model, theta, np.zeros((n_sets, 0)), np.zeros((n_sets, 0), int))
    assert values.shape == (n_sets, 0)
    rt = np.zeros((n_sets, 0))
    _, gradient = densities.logpdf_and_gradient(model, theta, rt, np.zeros(rt.shape, int))
    assert gradient.shape == (n_sets, 0, len(simulator.params))
    assert densities.cdf(model, theta, rt).shape == (n_sets, 0)


def test_gradients_at_both_ends_of_what_is_allowed():
    theta = {"A": [0.5, 0.2, 0.0], "b": 0.5, "v0": 0.7, "v1": 0.5}
    _, gradient = densities.logpdf_and_gradient("lba2", theta, [0.7, 0.7, 0.7], 0)
    step = 1e-5
    lower = {**theta, "A": [0.5 - step, 0.2 - step, 0.0]}
    upper = {**theta, "A": [0.5, 0.2 + step, step]}
    ends = [densities.logpdf("lba2", each, [0.7, 0.7, 0.7], 0) for each in (lower, upper)]
    slopes = (ends[1] - ends[0]) / [step, 2 * step, step]
    assert np.allclose(gradient[:, 0], slopes, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("step", [-1.3, 1.5, 0.01])
def test_a_step_of_ones_own_drift_is_a_stimulus(step):
    own = Simulator(
        "angle", drift=lambda t, v, k: np.where(t < 0.4, v, v + k), drift_params=["v", "k"]
    )
    shared = {"v": 1.2, "a": 1.1, "z": 0.46, "t": 0.1, "theta": 0.6}
    stimulus = {"vt": step, "vd": 0.0, "tcoh": 1.0, "dcoh": 0.0, "tonset": 0.4, "donset": 0.0}
    rt = np.array([0.2, 0.4, 0.499, 0.501, 0.6, 0.9])
    found = own.logpdf({**shared, "k": step}, rt, 1)
    wanted = densities.logpdf("conflict_stimflex_angle", {**shared, **stimulus}, rt, 1)
    assert np.allclose(found, wanted, atol=1e-3)
    shares = own.choice_probability({**shared, "k": step}, [-1, 1])
    wanted = densities.choice_probability(
        "conflict_stimflex_angle", {**shared, **stimulus}, [-1, 1]
    )
    assert np.allclose(shares, wanted, atol=1e-4)


def test_late_times_between_boundaries_that_open_under_negative_leak():
    theta = {"v": 0.7, "a": 0.7, "z": 0.9, "g": -1.0, "t": 0.3, "theta": -0.1}
    values = densities.logpdf("ornstein_angle", theta, [200.0, 400.0, 1e4, 1e100, 1e300], 1)
    assert (values < -50.0).all()


def test_strong_leak_keeps_evidence_for_longer_than_is_solved():
    """Steps are short under strong leak: the nodes end long before the last response."""
    theta = {
        **{"v": -7.7, "a": 3.04, "z": 0.26, "t": 0.0, "vt": 2.27, "vd": 5.14, "tcoh": -0.74},
        **{
            "dcoh": 0.78,
            "tonset": 0.22,
            "donset": 0.11,
            "toffset": 0.14,
            "doffset": 0.42,
            "g": 4.12,
        },
    }
    model, n, times = "conflict_stimflexrel1_leak", 20_000, np.array([2.0, 8.0, 20.0, 60.0, 99.0])
    out = Simulator(model).simulate(theta, n_samples=n, max_t=100.0, random_state=4)
    rts = out["rts"].ravel()
    left = densities.sf(model, theta, times)
    share = np.mean((rts[:, None] > times) | (rts[:, None] < 0), axis=0)
    np.testing.assert_array_less(np.abs(share - left), 4.5 * np.sqrt(left * (1 - left) / n))
    # from then on evidence forgets: the hazard is constant
    hazard = np.exp(densities.logpdf(model, theta, times, -1)) / left
    np.testing.assert_allclose(hazard[1:], hazard[1], rtol=1e-3)


@pytest.mark.parametrize("model", ["gamma_drift", "shrink_spot", "ornstein", "ddm_par2"])
@pytest.mark.parametrize("z", [1e-12, 1e-9, 1e-7, 2e-6, 1.1e-5, 1e-4])
def test_starts_next_to_a_boundary_lose_and_add_nothing(model, z):
    """A solution does not tell the nearest ones from starts on the boundary; closed forms do."""
    config = model_config[model]
    theta = dict(zip(config["params"], config["default_params"], strict=True))
    for near in (z, 1.0 - z):
        theta |= {name: near for name in theta if name in ("z", "zh")}
        assert abs(total(model, theta) - 1.0) < 1e-3
