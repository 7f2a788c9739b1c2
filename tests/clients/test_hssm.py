"""Scripts of users of HSSM: simulate, make a model, predict, draw.  Nothing is downloaded."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

pytest.importorskip("hssm")

import hssm
import small_networks as networks
import xarray as xr
from hssm.plotting import plot_model_cartoon

import ssms
from ssms import densities
from ssms.config import model_config
from ssms.errors import SsmsError

mpl.use("Agg")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    # The warnings of other people's packages are theirs.
    pytest.mark.filterwarnings("default"),
]

OWN_LIKELIHOOD = ["ddm", "ddm_sdv", "full_ddm", "lba2", "lba3", "lba4", "poisson_race"]
"""Models for which HSSM has a likelihood that it need not download."""

OTHERS = [
    *("angle", "angle_extended", "levy", "ornstein", "weibull", "race_no_bias_angle_4"),
    *("ddm_seq2_no_bias", "gamma_drift", "gamma_drift_angle"),
]
WITHOUT_CARTOON = {"poisson_race", "ddm_seq2_no_bias"}
"""Models that HSSM cannot draw: no boundary; fewer accumulators than choices."""


def defaults(model, **changes):
    """Return parameters within the training bounds, by name."""
    return {**dict(zip(model_config[model]["params"], model_config[model]["default_params"],
                       strict=True)), **changes}  # fmt: skip


def black_box(model):
    """Return a likelihood as users write one: our density, or a simple one where there is none."""
    names = model_config[model]["params"]

    def logp(data, *values):
        n = len(data)
        theta = {name: np.broadcast_to(np.asarray(v, float).ravel(), n)
                 for name, v in zip(names, values, strict=False)}  # fmt: skip
        try:
            return densities.logpdf(model, theta, rt=data[:, 0], choice=data[:, 1].astype(int))
        except SsmsError:
            return -np.abs(data[:, 0] - theta["t"])

    return logp


def make_model(name, data, **options):
    """Return a model of HSSM."""
    if name in OTHERS:
        config = model_config[name]
        low, high = config["param_bounds"]
        bounds = dict(zip(config["params"], zip(low, high, strict=True), strict=True))
        options["model_config"] = {
            "list_params": list(config["params"]),
            "bounds": bounds,
            "choices": list(config["choices"]),
        }
        options.update(loglik=black_box(name), loglik_kind="blackbox")
    return hssm.HSSM(data=data, model=name, **{"p_outlier": 0, "lapse": None, **options})


def posterior(values, draws=20, chains=2):
    """Return draws of a posterior that knows the parameters."""
    shape = (chains, draws)
    variables = {
        name: (("chain", "draw"), np.full(shape, float(value))) for name, value in values.items()
    }
    coordinates = {"chain": np.arange(chains), "draw": np.arange(draws)}
    return xr.DataTree.from_dict({"posterior": xr.Dataset(variables, coords=coordinates)})


def predictions(tree, group="posterior_predictive"):
    """Return response times and choices, of shape (chains, draws, trials)."""
    drawn = np.asarray(tree[group]["rt,response"])
    return drawn[..., 0], drawn[..., 1]


def assert_same_law(model, rts, choices, theta):
    """Compare predictions with the simulator's: shares and mean response times."""
    n = rts.size
    expected = ssms.simulate(model, theta, 40_000, seed=3)
    for label in model_config[model]["choices"]:
        share = (expected.choice == label).mean()
        spread = np.sqrt(share * (1 - share) * (1 / n + 1 / 40_000))
        assert abs((choices == label).mean() - share) < 5 * spread + 1e-12
    spread = expected.rt.std() * np.sqrt(1 / n + 1 / 40_000)
    assert abs(rts.mean() - expected.rt.mean()) < 5 * spread


@pytest.mark.parametrize("name", [*OWN_LIKELIHOOD, *OTHERS])
def test_every_model_is_made_and_predicts(name, tmp_path):
    theta = defaults(name)
    data = hssm.simulate_data(name, theta, size=100, random_state=1)
    assert list(data.columns) == ["rt", "response"]
    model = make_model(name, data)
    free = {parameter: theta[parameter] for parameter in model.list_params}
    tree = model.sample_posterior_predictive(dt=posterior(free), inplace=False)
    rts, choices = predictions(tree)
    assert rts.shape == (2, 20, 100)
    assert_same_law(name, rts, choices, theta)

    prior = model.sample_prior_predictive(draws=10, random_seed=1)
    if "shape" not in theta:  # which PyMC takes for its own argument
        assert predictions(prior, "prior_predictive")[0].shape == (1, 10, 100)

    if name not in WITHOUT_CARTOON:
        axes = plot_model_cartoon(model, dt=tree, n_samples=12, n_trajectories=2, random_state=1)
        axes.figure.savefig(tmp_path / "cartoon.png")
        assert axes.lines or axes.collections
        plt.close("all")


def test_hssm_shuffles_parameters_of_racing_diffusion_3():
    """HSSM's order is A, b, v0, v1, v2, t; ours is that of the release: v0, v1, v2, A, b, t."""
    theta = defaults("racing_diffusion_3", v0=3.0, v1=0.5, v2=0.5)
    data = hssm.simulate_data("racing_diffusion_3", theta, size=100, random_state=1)
    model = hssm.HSSM(data=data, model="racing_diffusion_3", p_outlier=0, lapse=None)
    assert model.list_params == ["A", "b", "v0", "v1", "v2", "t"]
    assert model_config["racing_diffusion_3"]["params"] == ["v0", "v1", "v2", "A", "b", "t"]


@pytest.mark.parametrize("shape", ["dict", "list", "matrix", "trialwise"])
def test_simulate_data_takes_parameters_in_every_form(shape):
    theta = {
        "dict": {"v": 0.5, "a": 1.5, "z": 0.5, "t": 0.3},
        "list": [0.5, 1.5, 0.5, 0.3],
        "matrix": np.tile([0.5, 1.5, 0.5, 0.3], (5, 1)),
        "trialwise": {"v": np.linspace(-1, 1, 5), "a": 1.5, "z": 0.5, "t": 0.3},
    }[shape]
    trials = 1 if shape in ("dict", "list") else 5
    data = hssm.simulate_data("ddm", theta, size=20, random_state=1)
    again = hssm.simulate_data("ddm", theta, size=20, random_state=1, output_df=False)
    assert data.shape == (20 * trials, 2)
    np.testing.assert_array_equal(data.to_numpy(), again)


def test_a_regression_predicts_for_its_trials():
    x = np.tile([-1.0, 1.0], 100)
    data = hssm.simulate_data(
        "ddm", {"v": 0.5 + 1.5 * x, "a": 1.2, "z": 0.5, "t": 0.3}, size=1, random_state=1
    ).assign(x=x)
    model = hssm.HSSM(
        data=data, model="ddm", include=[{"name": "v", "formula": "v ~ 1 + x"}], p_outlier=0,
        lapse=None,
    )  # fmt: skip
    values = {"v_Intercept": 0.5, "v_x": 1.5, "a": 1.2, "z": 0.5, "t": 0.3}
    rts, choices = predictions(
        model.sample_posterior_predictive(dt=posterior(values), inplace=False)
    )
    for side in (-1.0, 1.0):
        theta = {"v": 0.5 + 1.5 * side, "a": 1.2, "z": 0.5, "t": 0.3}
        assert_same_law("ddm", rts[..., x == side], choices[..., x == side], theta)


def test_lapses_are_mixed_in():
    theta = defaults("ddm", v=3.0)
    data = hssm.simulate_data("ddm", theta, size=100, random_state=1)
    model = hssm.HSSM(data=data, model="ddm", p_outlier=0.4)  # lapses from 0 to 20 s
    rts, _ = predictions(model.sample_posterior_predictive(dt=posterior(theta), inplace=False))
    share = (rts > 5.0).mean()
    assert abs(share - 0.4 * 0.75) < 5 * np.sqrt(0.3 * 0.7 / rts.size)


def test_invalid_rows_of_a_posterior_are_omitted():
    theta = defaults("ddm")
    data = hssm.simulate_data("ddm", theta, size=50, random_state=1)
    model = hssm.HSSM(data=data, model="ddm", p_outlier=0, lapse=None)
    tree = posterior(theta)
    tree["posterior"]["a"][0, 3] = -0.1
    with pytest.warns(UserWarning, match="have invalid parameters"):
        rts, _ = predictions(model.sample_posterior_predictive(dt=tree, inplace=False))
    assert (rts[0, 3] == -999).all()
    assert (np.delete(rts.reshape(40, 50), 3, axis=0) > 0).all()


# ---- fixations -----------------------------------------------------------------------------------


def theta_rows(theta, n_trials):
    """Return parameters of the attentional model, a row for each trial."""
    return np.tile([theta[name] for name in model_config["addm"]["params"]], (n_trials, 1))


def fixated_data(theta, n_trials):
    """Return data of an experiment with two items, and fixations that alternate."""
    import pandas as pd

    rng = np.random.default_rng(1)
    onsets = np.zeros((n_trials, 8))
    onsets[:, 1:] = np.cumsum(rng.gamma(6.0, 0.1, size=(n_trials, 7)), axis=1)
    fields = {
        "r1": rng.integers(1, 6, n_trials).astype(float),
        "r2": rng.integers(1, 6, n_trials).astype(float),
        "flag": rng.integers(0, 2, n_trials),
        "sacc_array": onsets,
        "d": np.full(n_trials, 8),
        "sigma": np.ones(n_trials),
    }
    results = ssms.Simulator("addm").simulate(
        theta_rows(theta, n_trials), n_samples=1, random_state=1, extra_fields=fields
    )
    frame = pd.DataFrame({**fields, "sacc_array": list(onsets)})
    return frame.assign(rt=results.rt[0].astype(float), response=results.choice[0].astype(int))


@pytest.mark.parametrize(
    "continuation",
    [
        {},
        {"continuation_mode": "sample_continuation",
         "continuation_params": {"dist": "gamma", "dist_params": {"a": 6.0, "scale": 0.1}}},
    ],
    ids=["prolonged", "sampled"],
)  # fmt: skip
def test_predictions_of_an_addm_follow_the_fixations(continuation):
    from hssm.addm import aDDM

    theta = {"eta": 0.3, "kappa": 0.8, "a": 1.2, "b": 0.2, "x0": 0.0, "t": 0.0}
    data = fixated_data(theta, 300)
    model = aDDM(data=data, p_outlier=0, lapse=None)
    tree = model.sample_posterior_predictive(
        dt=posterior(theta, draws=40), inplace=False, **continuation
    )
    rts, choices = predictions(tree)
    assert rts.shape == (2, 40, 300)
    share = (choices == 1).mean(axis=(0, 1))
    fields = {
        name: np.stack(data[name]) for name in ("r1", "r2", "flag", "sacc_array", "d", "sigma")
    }
    expected = ssms.Simulator("addm").simulate(
        theta_rows(theta, 300),
        n_samples=4000,
        random_state=2,
        extra_fields={**fields, **continuation},
    )
    p = (expected.choice == 1).mean(axis=0)
    spread = np.sqrt(p * (1 - p) * (1 / 80 + 1 / 4000)) + 1e-3
    assert ((share - p) ** 2 / spread**2).mean() < 1 + 5 * np.sqrt(2 / 300)
    assert p.std() > 0.2  # trials differ, so each has its own fixations


# ---- networks ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def angle_network(tmp_path_factory):
    """Return the path of a likelihood network of the angle model."""
    data = networks.training_data(
        "lan", "angle", 4000, training={"n_samples_per_param": 200}, simulator={"n_samples": 2000}
    )
    weights = networks.train(data["lan_data"], np.maximum(data["lan_labels"], -16.1), epochs=20)
    return networks.save(weights, tmp_path_factory.mktemp("networks") / "angle.onnx")


@pytest.fixture(scope="module")
def omission_network(tmp_path_factory):
    """Return the path of a network of the probability of an omission."""
    data = networks.training_data(
        "lan", "ddm_deadline", 4000, training={"n_samples_per_param": 2},
        simulator={"n_samples": 2000},
    )  # fmt: skip
    weights = networks.train(
        data["opn_data"], data["opn_labels"], epochs=100, batch=500, loss=networks.cross_entropy
    )
    path = tmp_path_factory.mktemp("networks") / "omissions.onnx"
    return networks.save(weights, path, log_sigmoid=True)


def quantiles(tree, name):
    """Return the 95 % interval of a parameter."""
    return np.quantile(np.asarray(tree["posterior"][name]), [0.025, 0.975])


SHORT = {"draws": 150, "tune": 200, "chains": 2, "cores": 1, "progressbar": False,
         "random_seed": 1}  # fmt: skip


def test_a_model_is_fitted_with_a_network_of_our_data(angle_network):
    theta = {"v": 0.8, "a": 1.3, "z": 0.5, "t": 0.3, "theta": 0.2}
    data = hssm.simulate_data("angle", theta, size=300, random_state=1)
    model = hssm.HSSM(data=data, model="angle", loglik=angle_network, p_outlier=0, lapse=None,
                      loglik_kind="approx_differentiable")  # fmt: skip
    tree = model.sample(sampler="numpyro", **SHORT)
    low, high = quantiles(tree, "v")
    assert 0.4 < low < high < 1.2
    model.sample_posterior_predictive(draws=50)
    rts, choices = predictions(model.traces)
    assert abs((choices == 1).mean() - (data.response == 1).mean()) < 5 * 0.5 / np.sqrt(300)
    assert abs(rts.mean() - data.rt.mean()) < 5 * data.rt.std() / np.sqrt(300)


def test_omissions_after_a_deadline_inform_the_fit(omission_network):
    theta = {"v": 0.8, "a": 1.2, "z": 0.5, "t": 0.3, "deadline": 1.0}
    data = hssm.simulate_data("ddm_deadline", theta, size=300, random_state=1)
    data["deadline"] = 1.0
    assert 30 < (data.rt == -999).sum() < 270
    model = hssm.HSSM(
        data=data, model="ddm", missing_data=True, deadline=True, p_outlier=0, lapse=None,
        loglik_missing_data=omission_network,
    )  # fmt: skip
    tree = model.sample(**SHORT)
    low, high = quantiles(tree, "a")
    assert 0.9 < low < high < 1.6


# ---- recovery ------------------------------------------------------------------------------------


def test_parameters_of_the_ddm_are_recovered():
    theta = {"v": 0.7, "a": 1.3, "z": 0.45, "t": 0.25}
    data = hssm.simulate_data("ddm", theta, size=500, random_state=7)
    model = hssm.HSSM(data=data, model="ddm", p_outlier=0, lapse=None)
    tree = model.sample(draws=500, tune=500, chains=2, cores=1, progressbar=False, random_seed=1)
    for name, value in theta.items():
        low, high = quantiles(tree, name)
        assert low <= value <= high, f"{name}: {low:.3f} to {high:.3f} does not hold {value}"
    model.sample_posterior_predictive(draws=50)
    rts, choices = predictions(model.traces)
    assert abs((choices == 1).mean() - (data.response == 1).mean()) < 5 * 0.5 / np.sqrt(500)
    assert abs(rts.mean() - data.rt.mean()) < 5 * data.rt.std() / np.sqrt(500)
