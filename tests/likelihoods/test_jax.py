"""The likelihood in JAX: jit, vmap, grad, jvp, single precision."""

import numpy as np
import pytest

import ssms
from ssms import _density, densities
from ssms.likelihoods import jax_op

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")

from ssms.likelihoods import _jax  # noqa: E402
from ssms.likelihoods.likelihood import Likelihood  # noqa: E402

THETA = {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3, "theta": 0.2}


@pytest.fixture(autouse=True, params=["ffi", "callback"])
def calls(request, monkeypatch):
    """Both ways to call the core: of wheels with the headers of XLA, and of the others."""
    if request.param == "callback":
        monkeypatch.setattr(_jax, "has_handler", lambda: False)
    elif not _density.XLA_HANDLER:
        pytest.skip("built without the headers of XLA")
    return f"jax.{request.param}" if request.param == "ffi" else "jax.pure_callback"


@pytest.fixture(scope="module")
def data():
    results = ssms.simulate("angle", THETA, n_samples=200, seed=1)
    return np.column_stack([results.rt[:, 0], results.choice[:, 0]]).astype(float)


@pytest.mark.parametrize("wide", [False, True])
def test_value_and_gradient(data, wide):
    with jax.enable_x64(wide):
        f = jax_op("angle")
        both = jax.jit(jax.value_and_grad(lambda *p: f(data, *p).sum(), argnums=tuple(range(5))))
        cost, slopes = both(*THETA.values())
        expected, gradient = densities.logpdf_and_gradient("angle", THETA, *data.T)
        assert cost.dtype == (jnp.float64 if wide else jnp.float32)
        tolerance = 1e-10 if wide else 2e-5
        assert float(cost) == pytest.approx(expected.sum(), rel=tolerance)
        np.testing.assert_allclose(slopes, gradient.sum(axis=0), rtol=50 * tolerance)


def test_parameters_by_name(data):
    f = jax_op("angle")
    by_name = jax.jit(f)(data, **dict(reversed(THETA.items())))
    np.testing.assert_array_equal(by_name, f(data, *THETA.values()))


def test_batches_of_chains_and_of_trials(data):
    f = jax_op("angle")
    rest = list(THETA.values())[1:]
    drifts = jnp.linspace(0.5, 1.0, 4)
    costs = jax.vmap(lambda v: f(data, v, *rest).sum())(drifts)
    slopes = jax.vmap(jax.grad(lambda v: f(data, v, *rest).sum()))(drifts)
    for v, cost, slope in zip(drifts, costs, slopes, strict=True):
        expected, gradient = densities.logpdf_and_gradient(
            "angle", {**THETA, "v": float(v)}, *data.T
        )
        assert float(cost) == pytest.approx(expected.sum(), rel=1e-4)
        assert float(slope) == pytest.approx(gradient[:, 0].sum(), rel=1e-3)
    each = jnp.linspace(0.5, 1.0, len(data))
    slope = jax.grad(lambda v: f(data, v, *rest).sum())(each)
    theta = {**THETA, "v": np.asarray(each, float)}
    _, gradient = densities.logpdf_and_gradient("angle", theta, *data.T)
    np.testing.assert_allclose(slope, gradient[:, 0], rtol=1e-3, atol=1e-4)


def test_forward_mode(data):
    f = jax_op("angle")
    rest = list(THETA.values())[1:]
    _, slope = jax.jvp(lambda v: f(data, v, *rest).sum(), (0.8,), (1.0,))
    assert float(slope) == pytest.approx(
        float(jax.grad(lambda v: f(data, v, *rest).sum())(0.8)), rel=1e-5
    )


def test_there_is_no_derivative_by_the_data(data):
    f = jax_op("angle")
    with pytest.raises(TypeError, match="no derivative by the data"):
        jax.grad(lambda d: f(d, *THETA.values()).sum())(jnp.asarray(data))
    with pytest.raises(TypeError, match="5 parameters"):
        f(data, 1.0)


def test_a_function_of_several_threads(data):
    from concurrent.futures import ThreadPoolExecutor

    f = jax.jit(lambda v: jax_op("angle")(data, v, *list(THETA.values())[1:]).sum())
    drifts = np.linspace(0.5, 1.0, 16)
    alone = [float(f(v)) for v in drifts]
    with ThreadPoolExecutor(4) as pool:
        assert [float(x) for x in pool.map(f, drifts)] == alone


def test_what_is_called_is_told_and_is_called(data, calls, monkeypatch):
    f = jax_op("angle")
    assert f.calls == calls
    program = jax.jit(lambda v: f(data, v, *list(THETA.values())[1:]))
    monkeypatch.setattr(Likelihood, "value", None)
    if calls == "jax.ffi":
        assert np.isfinite(program(0.8)).all()  # without Python
    else:
        with pytest.raises(Exception, match="not callable"):
            program(0.8).block_until_ready()


@pytest.mark.parametrize("model", ["levy", "race_no_bias_angle_2"])
def test_models_that_python_must_prepare_pass_through_it(model):
    assert jax_op(model).calls == "jax.pure_callback"


@pytest.mark.parametrize("wide", [False, True])
def test_numerical_solutions(data, calls, wide):
    """Shared parameters in a batch of chains, and parameters of each trial with an invalid one."""
    with jax.enable_x64(wide):
        f, theta = jax_op("weibull"), dict(ssms.Simulator("weibull").defaults)
        assert f.calls == calls
        rest = list(theta.values())[1:]
        close = {"rtol": 1e-6, "atol": 1e-6} if wide else {"rtol": 2e-3, "atol": 2e-3}
        drifts, heights = np.array([0.5, 0.9]), np.linspace(0.9, 1.3, len(data))
        heights[3] = -1.0
        costs = jax.vmap(jax.value_and_grad(lambda v: f(data, v, *rest).sum()))(drifts)
        for v, cost, slope in zip(drifts, *costs, strict=True):
            value, gradient = densities.logpdf_and_gradient("weibull", {**theta, "v": v}, *data.T)
            np.testing.assert_allclose([cost, slope], [value.sum(), gradient[:, 0].sum()], **close)
        value, pullback = jax.vjp(lambda a: f(data, theta["v"], a, *rest[1:]), jnp.asarray(heights))
        expected, gradient = densities.logpdf_and_gradient(
            "weibull", {**theta, "a": heights}, *data.T, on_invalid="-inf"
        )
        np.testing.assert_allclose(value, expected, **close)
        np.testing.assert_allclose(pullback(jnp.ones_like(value))[0], gradient[:, 1], **close)


@pytest.mark.parametrize("wide", [False, True])
def test_batches_of_batches(data, wide):
    """Chains by starts by trials, in both types; invalid values among them."""
    with jax.enable_x64(wide):
        f = jax_op("angle")
        rng = np.random.default_rng(6)
        drifts = rng.normal(0.8, 0.1, (3, 2, len(data)))
        heights = np.array([[1.0, 1.2], [-1.0, 1.3], [1.4, 1.5]])

        def slopes(v, a):
            return jax.grad(lambda *p: f(data, *p, 0.5, 0.3, 0.2).sum(), argnums=(0, 1))(v, a)

        by_drift, by_height = jax.vmap(jax.vmap(slopes))(drifts, heights)
        for place in np.ndindex(3, 2):
            theta = {**THETA, "v": drifts[place], "a": heights[place]}
            _, gradient = densities.logpdf_and_gradient("angle", theta, *data.T, on_invalid="-inf")
            tolerance = {"rtol": 1e-9} if wide else {"rtol": 1e-3, "atol": 1e-3}
            np.testing.assert_allclose(by_drift[place], gradient[:, 0], **tolerance)
            expected = gradient[:, 1].sum()
            assert float(by_height[place]) == pytest.approx(expected, rel=1e-9 if wide else 1e-3)


def test_data_that_cannot_be_are_an_error(data):
    f = jax.jit(jax_op("angle"))
    wrong = data.copy()
    wrong[7, 1] = 0.0
    with pytest.raises(Exception, match="choice"):
        f(wrong, *THETA.values()).block_until_ready()
    with pytest.raises(ValueError, match=r"choice\[7\] must be one of \[-1, 1\]"):
        jax_op("angle")(wrong, *THETA.values())
    assert np.isfinite(f(np.add(data.astype(int), [1, 0]), *THETA.values())).any()
    with pytest.raises(Exception, match=r"broadcast|shape|incompatible"):
        f(data, np.array([0.8, 0.9]), *list(THETA.values())[1:]).block_until_ready()
