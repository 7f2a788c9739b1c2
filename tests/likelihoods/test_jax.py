"""The likelihood in JAX: jit, vmap, grad, jvp, single precision."""

import numpy as np
import pytest

import ssms
from ssms import densities
from ssms.likelihoods import jax_op

jax = pytest.importorskip("jax")
jnp = pytest.importorskip("jax.numpy")

THETA = {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3, "theta": 0.2}


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
