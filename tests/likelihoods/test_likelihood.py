"""The likelihood as a function of data and parameters: shapes, order, invalid values."""

import copy
import ctypes
import pickle
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ssms import Simulator, _density, densities
from ssms.errors import ConfigError
from ssms.likelihoods import custom_dist, jax_op, pytensor_op
from ssms.likelihoods.likelihood import Likelihood

DATA = np.array([[0.7, 1], [0.9, -1], [1.4, 1], [0.2, 1], [-999.0, 1]])
THETA = {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3}


def test_values_and_gradients_are_those_of_densities():
    found = Likelihood("ddm", max_t=20.0).value_and_gradient(DATA, *THETA.values())
    value, gradient = densities.logpdf_and_gradient("ddm", THETA, *DATA.T, max_t=20.0)
    np.testing.assert_array_equal(found[0], value)
    np.testing.assert_array_equal(found[1], gradient.T)
    assert found[0][3] == -np.inf
    assert not found[1][:, 3].any()


@pytest.mark.parametrize("restore", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
@pytest.mark.parametrize("model", ["ddm", "angle", "race_3"])
def test_copies_for_other_processes(model, restore):
    """PyMC sends likelihoods to the processes that it spawns."""
    likelihood = Likelihood(model, max_t=2.0, params=Simulator(model).params[::-1])
    other, data = restore(likelihood), np.array([[0.9, 1.0], [1.5, 1.0]])
    values = [np.array([likelihood.simulator.defaults[name]]) for name in likelihood.params]
    assert (other.params, other.native is None) == (likelihood.params, likelihood.native is None)
    np.testing.assert_array_equal(other.value(data, *values), likelihood.value(data, *values))


def test_parameters_may_come_in_another_order():
    likelihood = Likelihood("ddm", params=["t", "z", "a", "v"])
    value, gradient = likelihood.value_and_gradient(DATA[:3], 0.3, 0.5, 1.2, 0.8)
    expected = Likelihood("ddm").value_and_gradient(DATA[:3], *THETA.values())
    np.testing.assert_array_equal(value, expected[0])
    np.testing.assert_array_equal(gradient[::-1], expected[1])


@pytest.mark.parametrize("shape", [(), (1,), (3,), (4, 1), (4, 3)])
def test_parameters_broadcast_against_the_trials(shape):
    drift = np.linspace(0.5, 1.0, int(np.prod(shape))).reshape(shape)
    value, gradient = Likelihood("ddm").value_and_gradient(DATA[:3], drift, 1.2, 0.5, 0.3)
    expected = np.broadcast_shapes(shape, (3,))
    assert (value.shape, gradient.shape) == (expected, (4, *expected))
    for place in np.ndindex(expected):
        v = np.broadcast_to(drift, expected)[place]
        one = densities.logpdf("ddm", {**THETA, "v": v}, *DATA[place[-1]])
        assert value[place] == pytest.approx(float(one), abs=1e-12)


@pytest.mark.parametrize(
    "model",
    ["ddm", "weibull", "lba3", "full_ddm", "race_no_bias_angle_2", "ddm_seq2_weibull_no_bias"],
)
def test_trials_with_invalid_parameters_are_impossible(model):
    defaults = dict(Simulator(model).defaults)
    rows = {name: np.full(3, float(value)) for name, value in defaults.items()}
    first = next(iter(set(rows) & {"a", "A"}))
    rows[first][1] = -1.0
    rows[next(iter(rows))][2] = np.nan
    data = np.array([[1.1, Simulator(model).choices[0]]] * 3)
    value, gradient = Likelihood(model).value_and_gradient(data, *rows.values())
    assert np.isfinite(value[0])
    assert list(value[1:]) == [-np.inf, -np.inf]
    assert not gradient[:, 1:].any()
    alone, slopes = Likelihood(model).value_and_gradient(data, *(row[2] for row in rows.values()))
    assert (alone == -np.inf).all()
    assert not slopes.any()


CLOSED = ["ddm", "ddm_sdv", "angle", "ddm_st", "full_ddm", "full_ddm_rv", "ddm_deadline"]


SOLVED = ["weibull", "ornstein", "gamma_drift", "conflict_ds_angle", "shrink_spot"]
SOLVED += [
    Simulator("ddm_sdv", boundary="conflict_gamma"),
    Simulator("ddm_normal_st", boundary="weibull_cdf"),
]


@pytest.mark.parametrize("model", CLOSED + SOLVED, ids=lambda model: getattr(model, "name", model))
@pytest.mark.parametrize("shared", [False, True])
def test_the_core_alone_agrees_with_densities(model, shared):
    """For several batches of trials, with omissions and trials that are not possible among them."""
    rng = np.random.default_rng(3)
    defaults = (Simulator(model) if isinstance(model, str) else model).defaults
    n = 700 if model in CLOSED and not model.startswith("full") else 300
    data = np.column_stack([rng.uniform(0.05, 2.5, n), rng.choice([-1, 1], n)])
    data[::50, 0] = -999.0
    rows = [x if shared else x * rng.uniform(0.9, 1.1, n) for x in defaults.values()]
    if not shared:
        rows[list(defaults).index("a")][[0, 255, 256, n - 1]] = -1.0, np.nan, 0.0, np.inf
    likelihood = Likelihood(model, max_t=20.0)
    assert not likelihood.value_and_gradient(data[:0], *defaults.values())[1].size
    assert likelihood.native is not None
    found = likelihood.value(data, *rows), *likelihood.value_and_gradient(data, *rows)
    likelihood.native = None
    value, gradient = likelihood.value_and_gradient(data, *rows)
    for one in found[:2]:
        np.testing.assert_allclose(one, value, rtol=1e-12)
    np.testing.assert_allclose(found[2], gradient, rtol=1e-9, atol=1e-9)
    if not shared:
        assert (value[[0, 255, 256, n - 1]] == -np.inf).all()


def test_the_core_alone_takes_numbers_as_they_lie():
    likelihood, n = Likelihood("ddm", params=["t", "v", "a", "z"]), 600
    rng = np.random.default_rng(4)
    rt, choice = rng.uniform(0.4, 2.0, n), rng.choice([-1, 1], n)
    drift = np.repeat(rng.normal(size=n), 2).reshape(n, 2)
    value, gradient = densities.logpdf_and_gradient("ddm", {**THETA, "v": drift[:, 1]}, rt, choice)
    rows = [np.float64(0.3), drift[:, 1], np.array([1.2]), np.float64(0.5)]
    for data in (
        np.column_stack([rt, choice]),
        np.asfortranarray(np.column_stack([rt, choice])),
        np.column_stack([choice, rt])[::-1, ::-1][::-1],
    ):
        found = likelihood.value_and_gradient(data, *rows)
        np.testing.assert_allclose(found[0], value, rtol=1e-14)
        np.testing.assert_allclose(found[1], gradient.T[[3, 0, 1, 2]], rtol=1e-12, atol=1e-14)
    assert likelihood.native is not None
    single = np.float32([rt, choice])
    outputs = np.empty((5, n), np.float32)
    assert likelihood.native.log_density(n, [*single, *rows], [*outputs])
    value = densities.logpdf("ddm", {**THETA, "v": drift[:, 1]}, single[0], choice)
    np.testing.assert_array_equal(outputs[0], np.float32(value))
    solved, defaults = Likelihood("weibull"), Simulator("weibull").defaults
    sets = [np.full(2 * n, x)[::2] for x in defaults.values()]
    sets[1::2] = np.float32(sets[1::2])
    slopes = np.empty((7, n), np.float32)
    assert solved.native.log_density(n, [*single, *sets], [*slopes])
    theta = dict(zip(defaults, map(np.float64, sets), strict=True))
    value, gradient = densities.logpdf_and_gradient("weibull", theta, single[0], choice)
    np.testing.assert_allclose(slopes[0], value, rtol=1e-6)
    np.testing.assert_allclose(slopes[1:], gradient.T, rtol=1e-6, atol=1e-6)
    with pytest.raises(ValueError, match="not as long"):
        likelihood.native.log_density(n, [*single, rows[0], drift[1:, 1], *rows[2:]], [*outputs])
    with pytest.raises(ValueError, match="not made of floats"):
        likelihood.native.log_density(n, [*single, *rows[:3], np.int64(1)], [*outputs])


@pytest.mark.parametrize("model", ["weibull", "ornstein"])
@pytest.mark.parametrize("max_t", [None, 1.5])
def test_trials_that_share_solutions_come_in_any_order(model, max_t):
    """Conditions, responses that never end and some after all limits; drift, start or time vary."""
    rng, simulator = np.random.default_rng(7), Simulator(model)
    n, defaults = 400, dict(simulator.defaults)
    data = np.column_stack([rng.uniform(0.3, 2.5, n), rng.choice([-1, 1], n)])
    data[::80, 0], data[5, 0], data[6, 0] = -999.0, np.inf, 0.0
    likelihood = Likelihood(model, max_t=max_t)
    assert likelihood.native is not None
    for varying in (["v"], ["t", "v"], ["a"], ["a", "t", "v"], ["z", "a"]):
        levels = {name: defaults[name] * rng.choice([0.9, 1.0, 1.1], n) for name in varying}
        theta = {**defaults, **levels}
        value, gradient = densities.logpdf_and_gradient(simulator, theta, *data.T, max_t=max_t)
        found = likelihood.value_and_gradient(data, *theta.values())
        np.testing.assert_allclose(found[0], value, rtol=1e-9)
        np.testing.assert_allclose(found[1], gradient.T, rtol=1e-7, atol=1e-7)


OWN = {"boundary": lambda t, a, k: a * np.exp(-k * t), "boundary_params": ["a", "k"]}
WITH_DEFAULTS = Simulator("ddm", **OWN, default_params=[0.8, 1.2, 0.5, 0.3, 0.4])


@pytest.mark.parametrize(
    "model", ["lba3", "levy", "ddm_legacy", "race_no_bias_angle_2", WITH_DEFAULTS]
)
def test_the_core_alone_does_not_compute_what_python_must_prepare(model):
    assert Likelihood(model).native is None


@pytest.fixture
def interrupt():
    """Ctrl-C in 0.3 s, which raises also where pytest was started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    target = threading.main_thread().ident
    timer = threading.Timer(0.3, signal.pthread_kill, (target, signal.SIGINT))
    timer.start()
    yield
    timer.join()
    signal.signal(signal.SIGINT, before)


def many_sets(n):
    """Return response times, choices and parameters of trials that take n solutions."""
    rng, defaults = np.random.default_rng(8), Simulator("weibull").defaults
    rows = [value * rng.uniform(0.9, 1.1, n) for value in defaults.values()]
    return [np.full(n, 1.5), np.ones(n), *rows]


def test_an_interrupt_stops_solutions(interrupt):
    likelihood, arrays = Likelihood("weibull"), many_sets(50_000)
    outputs = list(np.full((7, 50_000), np.nan))  # in some 5 s
    with pytest.raises(KeyboardInterrupt):
        likelihood.native.log_density(50_000, arrays, outputs)
    assert np.isnan(outputs).all()


def test_an_interrupt_of_machine_code_is_raised_by_the_next_call_of_python(interrupt):
    likelihood, arrays = Likelihood("weibull"), many_sets(50_000)
    outputs = np.full((7, 50_000), np.nan)
    assert call_by_address(likelihood, 50_000, [*arrays, *outputs]) == 1  # cancelled
    assert np.isnan(outputs).all()
    with ThreadPoolExecutor(1) as pool:  # not by that of another thread
        pool.submit(likelihood.value, DATA, *Simulator("weibull").defaults.values()).result()
    with pytest.raises(KeyboardInterrupt):
        likelihood.value(DATA, *Simulator("weibull").defaults.values())
    likelihood.value(DATA, *Simulator("weibull").defaults.values())


def test_memory_that_there_is_not_is_told():
    likelihood, arrays = Likelihood("weibull"), many_sets(1)
    assert call_by_address(likelihood, 2**58, [*arrays, np.empty(1)]) == 8


def call_by_address(likelihood, n, arrays):
    """Call the function that Numba calls, while this thread holds the interpreter's lock."""
    table = np.array([[x.ctypes.data, x.ndim, 0] for x in arrays])
    types = ctypes.c_int32, ctypes.c_ssize_t, ctypes.c_int64, ctypes.c_ssize_t, ctypes.c_int64
    with_gradient = len(arrays) > 3 + len(likelihood.params)
    call = ctypes.PYFUNCTYPE(*types)(_density.CALL_LIKELIHOOD)
    return call(likelihood.native.address, n, table.ctypes.data, with_gradient)


def test_calls_of_several_threads():
    likelihood, rng = Likelihood("ddm"), np.random.default_rng(5)
    data = np.column_stack([rng.uniform(0.4, 2.0, 2000), rng.choice([-1, 1], 2000)])
    sets = [[x * rng.uniform(0.9, 1.1, 2000) for x in THETA.values()] for _ in range(8)]
    alone = [likelihood.value_and_gradient(data, *one)[1] for one in sets]
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(
            lambda one: [likelihood.value_and_gradient(data, *one)[1] for _ in range(20)][-1], sets
        )
        np.testing.assert_array_equal(list(found), alone)


def test_machine_code_that_holds_the_interpreter_lets_it_go_on():
    """The function that Numba calls by its address, called while this thread holds the lock."""
    likelihood, n = Likelihood("ddm"), 2_000_000
    arrays = [np.full(n, 0.7), np.ones(n), *map(np.array, THETA.values()), np.empty(n)]
    ticks, done = 0, threading.Event()

    def tick():
        nonlocal ticks
        while not done.wait(0.001):
            ticks += 1

    clock = threading.Thread(target=tick)
    clock.start()
    before = ticks
    assert call_by_address(likelihood, n, arrays) == 0
    during = ticks - before
    done.set()
    clock.join()
    assert during > 2  # it takes more than 20 ms
    assert arrays[-1][-1] == pytest.approx(float(densities.logpdf("ddm", THETA, 0.7, 1)))


def test_models_without_response_times_take_the_choices():
    likelihood = Likelihood("inv_temp_softmax_3")
    theta = list(Simulator("inv_temp_softmax_3").defaults.values())
    choices = np.array([0, 2, 1])
    expected = densities.choice_probability("inv_temp_softmax_3", theta, choices)
    for data in (choices, choices[:, None]):
        np.testing.assert_allclose(np.exp(likelihood.value(data, *theta)), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Likelihood("lca_3"), "no density"),
        (
            lambda: Likelihood(Simulator("ddm", **OWN)),
            "v, a, z, t, k have none: give default_params",
        ),
        (lambda: Likelihood("ddm", params=["v", "a", "z", "tt"]), "tt"),
        (lambda: Likelihood("ddm", params=["v", "a", "z"]), "params must be an order of"),
        (lambda: Likelihood("ddm", params=["v", "a", "z", "t", "t"]), "params must be an order of"),
        (lambda: Likelihood("ddm", accuracy="perfect"), "accuracy"),
        (lambda: Likelihood("ddm").value(DATA, 1.0), r"4 parameters \(v, a, z, t\), got 1"),
        (lambda: Likelihood("ddm").value(DATA[:, 0], *THETA.values()), r"of shape \(n, 2\)"),
        (lambda: Likelihood("ddm").value(DATA[:, [0, 0]], *THETA.values()), r"choice\[0\] must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises((ConfigError, ValueError, TypeError), match=message):
        call()


@pytest.mark.parametrize(
    ("function", "library", "extra"),
    [
        (lambda: pytensor_op("ddm"), "pytensor", "pymc"),
        (lambda: jax_op("ddm"), "jax", "jax"),
        (lambda: custom_dist("data", "ddm"), "pymc", "pymc"),
    ],
)
def test_a_library_that_is_not_installed_is_named(monkeypatch, function, library, extra):
    monkeypatch.setitem(__import__("sys").modules, library, None)
    with pytest.raises(ImportError, match=rf"{library} is not installed.*\[{extra}\]"):
        function()


def test_parameters_by_name():
    likelihood = Likelihood("ddm", params=["t", "a", "z", "v"])
    assert likelihood.in_order((), THETA) == [THETA[name] for name in ("t", "a", "z", "v")]
    with pytest.raises(ValueError, match="Did you mean 'a'"):
        likelihood.in_order((), THETA | {"A": 1.0})
    with pytest.raises(ValueError, match=r"are missing: \['v'\]"):
        likelihood.in_order((), {"a": 1.2, "z": 0.5, "t": 0.3})
    with pytest.raises(TypeError, match="got 1 by position and 4 by name"):
        likelihood.in_order((0.3,), THETA)
