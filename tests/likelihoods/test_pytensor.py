"""The likelihood in PyTensor and PyMC."""

import signal
import time

import numpy as np
import pytest

import ssms
from ssms import densities
from ssms.likelihoods import custom_dist, pytensor_op

pytensor = pytest.importorskip("pytensor")
pt = pytest.importorskip("pytensor.tensor")

from ssms.likelihoods._pytensor import LogLikelihood  # noqa: E402
from ssms.likelihoods.likelihood import Likelihood  # noqa: E402

THETA = {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3}


@pytest.fixture(scope="module")
def data():
    results = ssms.simulate("ddm", THETA, n_samples=200, seed=1)
    return np.column_stack([results.rt[:, 0], results.choice[:, 0]]).astype(float)


def compiled(op, data, variables, mode=None):
    cost = op(data, *variables).sum()
    return pytensor.function(variables, [cost, *pytensor.grad(cost, variables)], mode=mode)


@pytest.mark.parametrize("mode", [None, "FAST_COMPILE"])
def test_value_and_gradient_of_scalars(data, mode):
    variables = [pt.dscalar(name) for name in THETA]
    cost, *slopes = compiled(pytensor_op("ddm"), data, variables, mode)(*THETA.values())
    value, gradient = densities.logpdf_and_gradient("ddm", THETA, *data.T)
    assert cost == pytest.approx(value.sum(), rel=1e-12)
    np.testing.assert_allclose(slopes, gradient.sum(axis=0), rtol=1e-10)


def test_value_and_gradient_of_trials(data):
    rng = np.random.default_rng(2)
    rows = [np.full(len(data), x) + rng.normal(0, 0.01, len(data)) for x in THETA.values()]
    variables = [pt.dvector(name) for name in THETA]
    cost, *slopes = compiled(pytensor_op("ddm"), data, variables)(*rows)
    theta = dict(zip(THETA, rows, strict=True))
    value, gradient = densities.logpdf_and_gradient("ddm", theta, *data.T)
    assert cost == pytest.approx(value.sum(), rel=1e-12)
    np.testing.assert_allclose(slopes, gradient.T, rtol=1e-10)


def test_parameters_by_name(data):
    by_name = pytensor_op("ddm")(data, **dict(reversed(THETA.items())))
    by_position = pytensor_op("ddm")(data, *THETA.values())
    np.testing.assert_array_equal(by_name.eval(), by_position.eval())


def test_a_vector_of_one_entry_serves_all_trials(data):
    variable = pt.vector("v", shape=(1,), dtype="float64")
    cost = pytensor_op("ddm")(data, variable, 1.2, 0.5, 0.3).sum()
    function = pytensor.function([variable], [cost, pytensor.grad(cost, variable)])
    value, slope = function(np.array([0.8]))
    expected, gradient = densities.logpdf_and_gradient("ddm", THETA, *data.T)
    assert value == pytest.approx(expected.sum(), rel=1e-10)
    np.testing.assert_allclose(slope, [gradient[:, 0].sum()], rtol=1e-10)


def test_float32_callers_get_float32(data):
    variables = [pt.fscalar(name) for name in THETA]
    cost, *slopes = compiled(pytensor_op("ddm"), data.astype("float32"), variables)(
        *np.float32(list(THETA.values()))
    )
    assert {np.asarray(x).dtype for x in (cost, *slopes)} == {np.dtype("float32")}
    value = densities.logpdf("ddm", THETA, *np.float32(data).T)
    assert cost == pytest.approx(value.sum(), rel=1e-5)


def test_value_and_gradient_are_one_call_of_the_core(data):
    variables = [pt.dscalar(name) for name in THETA]
    function = compiled(pytensor_op("ddm"), data, variables)
    names = [type(node.op).__name__ for node in function.maker.fgraph.toposort()]
    assert names.count("LogLikelihoodAndGradient") == 1
    assert "LogLikelihood" not in names
    alone = pytensor.function(variables, pytensor_op("ddm")(data, *variables).sum())
    names = [type(node.op).__name__ for node in alone.maker.fgraph.toposort()]
    assert "LogLikelihoodAndGradient" not in names


def test_invalid_parameters_have_a_finite_gradient(data):
    variables = [pt.dscalar(name) for name in THETA]
    cost, *slopes = compiled(pytensor_op("ddm"), data, variables)(0.8, -1.0, 0.5, 0.3)
    assert cost == -np.inf
    assert not np.any(slopes)


def test_numba_calls_the_core_by_its_address(data, monkeypatch):
    """Python is not asked for values, in any mixture of shapes and types."""
    pytest.importorskip("numba")
    likelihood = LogLikelihood("ddm", params=["z", "v", "a", "t"])
    variables = [pt.fscalar("z"), pt.dvector("v"), pt.lscalar("a"), pt.vector("t", shape=(1,))]
    function = compiled(likelihood, data, variables, "NUMBA")
    monkeypatch.setattr(Likelihood, "value_and_gradient", None)
    drift = np.linspace(0.5, 1.0, len(data))
    cost, *slopes = function(0.5, drift, 1, [0.3])
    theta = {"v": drift, "a": 1.0, "z": 0.5, "t": 0.3}
    value, gradient = densities.logpdf_and_gradient("ddm", theta, *data.T)
    assert cost == pytest.approx(value.sum(), rel=1e-12)
    np.testing.assert_allclose(slopes[1], gradient[:, 0], rtol=1e-12, atol=1e-14)
    assert slopes[0] == pytest.approx(gradient[:, 2].sum(), rel=1e-6)
    assert slopes[3] == pytest.approx(gradient[:, 3].sum(), rel=1e-10)


def test_numba_solves_without_python(data, monkeypatch):
    pytest.importorskip("numba")
    theta = dict(ssms.Simulator("weibull").defaults)
    variables = [pt.dscalar(name) for name in theta]
    function = compiled(pytensor_op("weibull"), data, variables, "NUMBA")
    monkeypatch.setattr(Likelihood, "value_and_gradient", None)
    cost, *slopes = function(*theta.values())
    value, gradient = densities.logpdf_and_gradient("weibull", theta, *data.T)
    assert cost == pytest.approx(value.sum(), rel=1e-10)
    np.testing.assert_allclose(slopes, gradient.sum(axis=0), rtol=1e-7)


def test_an_interrupt_stops_numba():
    """Of 200,000 solutions, which take some 3 s; Python raises what a handler has raised."""
    pytest.importorskip("numba")
    n, defaults = 200_000, ssms.Simulator("weibull").defaults
    rows = [value * np.random.default_rng(8).uniform(0.9, 1.1, n) for value in defaults.values()]
    variables, times = [pt.dvector(name) for name in defaults], pt.dmatrix("data")
    value = pytensor_op("weibull")(times, *variables)
    function = pytensor.function([times, *variables], value, mode="NUMBA")
    function(np.ones((2, 2)), *(row[:2] for row in rows))  # compiles

    def stop(*_):
        raise TimeoutError("enough")

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        started = time.process_time()
        with pytest.raises(TimeoutError, match="enough"):
            function(np.tile([1.5, 1.0], (n, 1)), *rows)
        assert time.process_time() - started < 1.3
    finally:
        signal.signal(signal.SIGALRM, before)


def test_errors_are_those_of_python():
    rows, drift = pt.dmatrix("rows"), pt.dvector("v")
    function = pytensor.function([rows, drift], pytensor_op("ddm")(rows, drift, 1.2, 0.5, 0.3))
    good, one = [0.7, 1.0], np.array([0.8])
    for row, message in (
        ([0.7, 2.0], r"choice\[1\] must be one of"),
        ([np.nan, 1.0], r"rt\[1\] must be a num"),
    ):
        with pytest.raises(ValueError, match=message):
            function(np.array([good, row]), one)
    with pytest.raises(ValueError, match="broadcast"):
        function(np.array([good, good]), np.array([0.8, 0.9, 1.0]))
    assert np.isfinite(function(np.array([good, good]), one)).all()


def test_data_are_checked_when_they_are_given(data):
    pm, op = pytest.importorskip("pymc"), pytensor_op("ddm")
    missing, labels, milliseconds = data.copy(), data.copy(), data.copy()
    missing[3, 0], labels[:, 1], milliseconds[:, 0] = np.nan, data[:, 1] > 0, 1000 * data[:, 0]
    for rows, words in ((missing, r"rt\[3\] must be a number"), (labels, "recode yours")):
        with pytest.raises(ValueError, match=words):
            op(rows, *THETA.values())
        with pm.Model(), pytest.raises(ValueError, match=words):
            custom_dist("data", "ddm", observed=rows, **THETA)
    with pm.Model(), pytest.raises(TypeError, match="data must be made of numbers, got 'x'"):
        custom_dist("data", "ddm", observed=[[0.7, "x"]], **THETA)
    with pytest.warns(UserWarning, match="rt must be in seconds"):
        op(milliseconds, *THETA.values())


def test_there_is_no_derivative_by_the_data():
    rows = pt.dmatrix("rows")
    cost = pytensor_op("ddm")(rows, *THETA.values()).sum()
    with pytest.raises((TypeError, NotImplementedError, pytensor.gradient.NullTypeGradError)):
        pytensor.function([rows], pytensor.grad(cost, rows))


@pytest.mark.filterwarnings("ignore:Numba will use object mode")
def test_pymc_draws_are_simulations(data):
    pm = pytest.importorskip("pymc")
    with pm.Model() as model:
        v = pm.Normal("v", 0.8, 1e-6)
        custom_dist("data", "ddm", observed=data, v=v, a=1.2, z=0.5, t=0.3)
    point = model.initial_point()
    logp = float(model.compile_logp()({"v": 0.8} | {k: x for k, x in point.items() if k != "v"}))
    prior = float(pm.logp(pm.Normal.dist(0.8, 1e-6), 0.8).eval())
    expected = densities.logpdf("ddm", THETA, *data.T).sum()
    assert logp - prior == pytest.approx(expected, rel=1e-9)
    with model:
        drawn = pm.draw(model["data"], draws=20, random_seed=3)
    assert drawn.shape == (20, 200, 2)
    assert set(np.unique(drawn[..., 1])) == {-1.0, 1.0}
    times = drawn[..., 0]
    mean = densities.mean_rt("ddm", THETA)
    assert abs(times.mean() - mean) < 4 * times.std() / np.sqrt(times.size)


def test_parameters_of_the_distribution_are_checked(data):
    pm = pytest.importorskip("pymc")
    with pm.Model():
        with pytest.raises(ValueError, match="missing: \\['t'\\]"):
            custom_dist("data", "ddm", observed=data, v=1.0, a=1.2, z=0.5)
        with pytest.raises(ValueError, match="Did you mean"):
            custom_dist("data", "angle", observed=data, v=1.0, a=1.2, z=0.5, t=0.1, thet=0.2)
        with pytest.raises(ValueError, match="has no response times"):
            custom_dist("data", "inv_temp_softmax_3", observed=data, v0=1.0)


@pytest.mark.filterwarnings("ignore:Numba will use object mode")
def test_fixations_as_extra_fields():
    theta = {"eta": 0.3, "kappa": 0.6, "a": 1.2, "b": 0.3, "x0": -0.2, "t": 0.1}
    n = 5
    fields = {
        "r1": np.full(n, 4.0),
        "r2": np.arange(1.0, n + 1),
        "flag": np.arange(n) % 2,
        "sacc_array": np.tile([0.0, 0.3, 0.7], (n, 1)),
        "d": np.array([1, 2, 3, 3, 3]),
    }
    data = np.column_stack([np.linspace(0.4, 1.5, n), [1, -1, 1, 1, -1]])
    variables = [pt.dscalar(name) for name in theta]
    op = pytensor_op("addm", extra_fields=fields)
    cost, *slopes = compiled(op, data, variables)(*theta.values())
    value, gradient = densities.logpdf_and_gradient("addm", theta, *data.T, extra_fields=fields)
    assert cost == pytest.approx(value.sum(), rel=1e-12)
    np.testing.assert_allclose(slopes, gradient.sum(axis=0), rtol=1e-10)
    rows = [np.full(n, x) for x in theta.values()]
    variables = [pt.dvector(name) for name in theta]
    assert compiled(op, data, variables)(*rows)[0] == pytest.approx(cost, rel=1e-12)
    pm = pytest.importorskip("pymc")
    with pm.Model():
        drawn = custom_dist("data", "addm", observed=data, extra_fields=fields, **theta)
    assert pm.draw(drawn, random_seed=1).shape == (n, 2)
