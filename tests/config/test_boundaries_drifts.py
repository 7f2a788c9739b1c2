"""Boundaries and drifts: values, shapes, limits, and the parameters they are passed."""

import math

import numpy as np
import pytest
from released_facts import FACTS

from ssms.basic_simulators import boundary_functions, drift_functions
from ssms.config import get_boundary_registry, get_drift_registry
from ssms.curves import boundaries, drifts

TIMES = np.array([0.0, 0.1, 0.5, 1.5])

# Computed by the release (single precision) at TIMES.
BOUNDARY_VALUES = {
    "angle": ({"a": 1.2, "theta": 0.4}, [1.2, 1.157721, 0.988603, 0.56581]),
    "weibull_cdf": (
        {"a": 1.2, "alpha": 2.5, "beta": 0.9},
        [1.2, 1.195072, 0.953394, 0.033248],
    ),
    "conflict_gamma": (
        {"a": 1.2, "theta": 0.3, "scale": 0.5, "alphaGamma": 2.0, "scaleGamma": 0.25},
        [1.2, 1.705322, 1.586673, 0.765741],
    ),
    "generalized_logistic": (
        {"a": 1.2, "B": 2.0, "M": 1.0, "v": 0.5},
        [2.185791, 2.179878, 2.127671, 1.665553],
    ),
    "addm_collapse": ({"a": 1.2, "b": 0.4}, [1.2, 1.16, 1.0, 0.6]),
    "constant": ({"a": 1.2}, [1.2, 1.2, 1.2, 1.2]),
}

RELAXATION = {
    "v": 0.1,
    "tinit": 0.5,
    "dinit": 2.0,
    "tslope": 1.5,
    "dslope": 3.0,
    "tfixedp": 2.5,
    "tcoh": 0.8,
    "dcoh": -0.6,
}
STIMULI = {"v": 0.1, "vt": 2.0, "vd": 3.0, "tcoh": 0.8, "dcoh": -0.6}
SPOTLIGHT = {"v": 0.2, "ptarget": 3.0, "pouter": -2.0, "r": 0.5, "sda": 1.8}
DRIFT_VALUES = {
    "constant": ({"v": 0.3}, [0.3, 0.3, 0.3, 0.3]),
    "gamma_drift": (
        {"v": 0.5, "shape": 3.0, "scale": 0.2, "c": 1.3},
        [0.5, 0.864137, 1.732015, 0.574711],
    ),
    "conflict_ds_drift": (RELAXATION, [-0.7, -0.166115, 1.076457, 1.91803]),
    "conflict_dsstimflex_drift": (
        RELAXATION | {"tonset": 0.3, "donset": 0.1},
        [-1.1, -0.788982, 1.076457, 1.91803],
    ),
    "conflict_stimflex_drift": (
        STIMULI | {"tonset": 0.3, "donset": 0.1, "toffset": 1.0, "doffset": 0.4},
        [0.1, -1.7, 1.7, 0.1],
    ),
    "conflict_stimflexrel1_drift": (
        STIMULI | {"tonset": 0.5, "donset": 0.1, "toffset": 1.0, "doffset": 0.45},
        [-1.7, -1.7, 1.7, 0.1],
    ),
    "attend_drift": (SPOTLIGHT | {"pinner": -1.0}, [-0.329389, -0.291754, -0.121225, 0.511118]),
    "attend_drift_simple": (SPOTLIGHT, [-0.705915, -0.675485, -0.535064, 0.030307]),
}


@pytest.mark.parametrize("name", BOUNDARY_VALUES)
def test_boundary_values(name):
    parameters, expected = BOUNDARY_VALUES[name]
    function = get_boundary_registry().get(name)["fun"]
    np.testing.assert_allclose(function(t=TIMES, **parameters), expected, atol=1.5e-6)


@pytest.mark.parametrize("name", DRIFT_VALUES)
def test_drift_values(name):
    parameters, expected = DRIFT_VALUES[name]
    function = get_drift_registry().get(name)["fun"]
    np.testing.assert_allclose(function(t=TIMES, **parameters), expected, atol=1.5e-6)


def test_dual_drift_is_the_two_parts_of_the_summed_one():
    parameters = STIMULI | {"tonset": 0.5, "donset": 0.1, "toffset": 1.0, "doffset": 0.45}
    base = parameters.pop("v")
    dual = drifts.conflict_stimflexrel1_dual_drift(t=TIMES, **parameters)
    assert dual.shape == (4, 2)
    total = drifts.conflict_stimflexrel1_drift(t=TIMES, v=base, **parameters)
    np.testing.assert_allclose(dual.sum(axis=1) + base, total)


def test_a_stimulus_is_shown_at_its_onset_and_at_its_offset():
    times = np.array([0.249, 0.25, 0.5, 0.75, 0.751])
    drift = drifts.conflict_stimflex_drift(
        t=times, vt=2.0, tcoh=1.0, tonset=0.25, toffset=0.75, vd=0.0
    )
    np.testing.assert_array_equal(drift, [0.0, 2.0, 2.0, 2.0, 0.0])


EVERY_FUNCTION = [
    *(entry for entry in boundaries.BUILTIN_BOUNDARIES),
    *(entry for entry in drifts.BUILTIN_DRIFTS),
]


@pytest.mark.parametrize("entry", EVERY_FUNCTION, ids=lambda entry: entry.name)
def test_scalars_and_any_shape_of_times(entry):
    extra = (2,) if entry.name.endswith("dual_drift") else ()
    parameters = {name: value for name, value in entry.defaults.items() if value is not None}
    on_grid = entry(TIMES.reshape(2, 2).astype(np.float32), **parameters)
    assert on_grid.shape == (2, 2, *extra)
    assert on_grid.dtype == np.float64
    assert np.shape(entry(0.1, **parameters)) == extra
    np.testing.assert_allclose(entry(0.1, **parameters), on_grid[0, 1], rtol=1e-6)


@pytest.mark.parametrize(
    ("registry", "kind"),
    [(get_boundary_registry(), "boundaries"), (get_drift_registry(), "drifts")],
)
def test_parameters_and_defaults_are_the_released_ones(registry, kind):
    names = registry.list_boundaries() if kind == "boundaries" else registry.list_drifts()
    assert set(FACTS[kind]) <= set(names)
    for name, fact in FACTS[kind].items():
        entry = registry.definition(name)
        assert list(entry.params) == fact["params"]
        for param in entry.params:
            released = fact["defaults"][param]  # None: the stimulus never goes
            assert entry.defaults[param] == (math.inf if released is None else released), name
        # What the record says about defaults is what the function does.
        given = dict(entry.defaults)
        np.testing.assert_array_equal(entry(TIMES), entry(TIMES, **given))


def test_gamma_pulse_peaks_at_its_height_and_survives_late_times():
    peak = (7.0 - 1.0) * 0.3
    assert drifts.gamma_drift(t=peak, v=0.0, shape=7.0, scale=0.3, c=-1.7) == pytest.approx(-1.7)
    late = drifts.gamma_drift(t=np.array([5.0, 2000.0]), shape=10.0, scale=0.01, c=1.0)
    np.testing.assert_allclose(late, 0.0, atol=1e-100)


def test_shape_one_is_the_limit_of_the_gamma_pulse():
    near = drifts.gamma_drift(t=0.4, shape=1.0 + 1e-9, scale=0.2, c=1.0)
    assert drifts.gamma_drift(t=0.4, shape=1.0, scale=0.2, c=1.0) == pytest.approx(near, rel=1e-6)


def test_gamma_density_of_the_conflict_boundary_at_zero():
    at_zero = {
        shape: boundaries.conflict_gamma(t=0.0, a=1.0, theta=0.0, scale=1.0, alphaGamma=shape)
        for shape in (0.5, 1.0, 2.0)
    }
    assert at_zero[0.5] == math.inf
    assert at_zero[1.0] == pytest.approx(1.0 + 1.0 / 0.3)
    assert at_zero[2.0] == 1.0


def test_logistic_boundary_does_not_overflow():
    far = boundaries.generalized_logistic(t=0.0, a=1.0, B=100.0, M=50.0, v=0.5)
    assert far == pytest.approx(2.0)


def test_spotlight_stops_shrinking():
    narrow = drifts.attend_drift(t=100.0, v=0.0, ptarget=3.0, pouter=-2.0, pinner=-1.0, r=1.0)
    assert narrow == pytest.approx(3.0)


def test_names_of_earlier_releases_are_the_same_functions():
    for name in FACTS["boundaries"]:
        assert getattr(boundary_functions, name) is get_boundary_registry().get(name)["fun"]
    for name in FACTS["drifts"]:
        assert getattr(drift_functions, name) is get_drift_registry().get(name)["fun"]
