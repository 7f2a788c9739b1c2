"""Fits by NUTS: the page docs/likelihoods.md, conditions, another likelihood, numpyro."""

import re
from pathlib import Path

import numpy as np
import pytest

import ssms
from ssms.likelihoods import custom_dist, jax_op, pytensor_op

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1500),
    pytest.mark.filterwarnings("default"),
]

PAGE = Path(__file__).parents[2] / "docs" / "likelihoods.md"


def trials(model, theta, n, seed):
    results = ssms.simulate(model, theta, n_samples=n, seed=seed)
    pairs = [results.rt.T.reshape(-1), results.choice.T.reshape(-1)]
    return np.column_stack(pairs).astype(float)


@pytest.mark.parametrize(("fence", "library"), [("pymc", "pymc"), ("hssm", "hssm"), ("jax", "jax")])
def test_the_page(fence, library):
    pytest.importorskip(library)
    (code,) = re.findall(rf"```{fence}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    space = {}
    exec(compile(code, str(PAGE), "exec"), space)
    if fence == "jax":
        assert np.isfinite(space["gradient"]).all()
        return
    draws, missed = space["posterior"].posterior, []
    for name, value in space["truth"].items():
        low, high = np.quantile(draws[name], [0.005, 0.995])
        if not low < value < high:
            missed.append(name)
    assert len(missed) <= 1, missed  # of five or six intervals of 99 %


def test_four_conditions_of_weibull():
    pm = pytest.importorskip("pymc")
    drifts = np.array([0.3, 0.8, 1.3, 1.8])
    truth = {"v": drifts, "a": 1.5, "z": 0.5, "t": 0.3, "alpha": 3.0, "beta": 3.0}
    data = trials("weibull", truth, 50, seed=4)
    condition = np.repeat(np.arange(4), 50)
    with pm.Model():
        v = pm.Normal("v", 0, 2, shape=4)
        priors = {
            "a": pm.Uniform("a", 0.3, 2.5),
            "z": pm.Beta("z", 5, 5),
            "t": pm.Uniform("t", 0.0, data[:, 0].min()),
            "alpha": pm.Uniform("alpha", 0.31, 4.99),
            "beta": pm.Uniform("beta", 0.31, 6.99),
        }
        custom_dist("data", "weibull", observed=data, v=v[condition], **priors)
        found = pm.sample(300, tune=400, chains=2, cores=1, random_seed=5, progressbar=False)
    low, high = np.quantile(found.posterior["v"], [0.005, 0.995], axis=(0, 1))
    assert ((low < drifts) & (drifts < high)).sum() >= 3


def test_the_posterior_of_hssms_own_likelihood():
    pm = pytest.importorskip("pymc")
    logp_ddm = pytest.importorskip("hssm.likelihoods.analytical").logp_ddm
    data = trials("ddm", {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3}, 300, seed=6)
    means = []
    for likelihood in (pytensor_op("ddm"), logp_ddm):
        with pm.Model():
            values = [
                pm.Normal("v", 0, 2),
                pm.Uniform("a", 0.3, 2.5),
                pm.Beta("z", 5, 5),
                pm.Uniform("t", 0.0, data[:, 0].min()),
            ]
            pm.Potential("data", likelihood(data, *values).sum())
            found = pm.sample(500, tune=500, chains=2, cores=1, random_seed=7, progressbar=False)
        draws = {name: np.asarray(found.posterior[name]).reshape(-1) for name in "vazt"}
        means.append({name: (x.mean(), x.std()) for name, x in draws.items()})
    for name in "vazt":
        (ours, spread), (theirs, _) = means[0][name], means[1][name]
        assert abs(ours - theirs) < 0.3 * spread, name  # the error of some hundred free draws


def test_numpyro():
    numpyro = pytest.importorskip("numpyro")
    import jax
    from numpyro.infer import MCMC, NUTS

    data = trials("ddm", {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3}, 300, seed=8)
    loglik = jax_op("ddm")

    def model():
        v = numpyro.sample("v", numpyro.distributions.Normal(0, 2))
        a = numpyro.sample("a", numpyro.distributions.Uniform(0.3, 2.5))
        numpyro.factor("data", loglik(data, v, a, 0.5, 0.3).sum())

    chain = MCMC(NUTS(model), num_warmup=200, num_samples=300, progress_bar=False)
    chain.run(jax.random.PRNGKey(9))
    for name, value in (("v", 0.8), ("a", 1.2)):
        low, high = np.quantile(chain.get_samples()[name], [0.005, 0.995])
        assert low < value < high, name
