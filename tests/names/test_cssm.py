"""The package `cssm`: files of earlier releases load, and its names simulate."""

import copy
import importlib.util
import io
import pickle
import sys
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ks_2samp, norm

import cssm
import ssms
from cssm._simulators import SIMULATORS
from ssms.basic_simulators import boundary_functions, drift_functions
from ssms.config import model_config
from ssms.transforms import ApplyMapping, ColumnStackParameters, ExpandDimension

FILES = zipfile.ZipFile(Path(__file__).with_name("released_files.zip"))
NAMES = [name for name in FILES.namelist() if name.endswith(".pickle")]
HAS_CLOUDPICKLE = importlib.util.find_spec("cloudpickle") is not None
ALL = [simulator for names in SIMULATORS.values() for simulator in names.values()]
N = 4000


def holds_lambdas(content):
    return b"cloudpickle.cloudpickle" in content


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_an_earlier_release_loads(name):
    content = FILES.read(name)
    if holds_lambdas(content) and not HAS_CLOUDPICKLE:
        with pytest.warns(UserWarning, match="pip install cloudpickle"), pytest.raises(ImportError):
            pickle.load(io.BytesIO(content))
        return
    data = pickle.load(io.BytesIO(content))
    params = data["model_config"]["params"]
    features = next(data[key] for key in ("lan_data", "data", "cpn_data") if key in data)
    assert features.shape[1] >= len(params)
    assert np.isfinite(features).all()
    assert callable(data["model_config"]["simulator"])
    # What LANfactory does with a configuration: it pickles it again.
    for key in ("model_config", "generator_config"):
        if key in data and not holds_lambdas(content):
            assert pickle.loads(pickle.dumps(data[key])).keys() == data[key].keys()


def test_files_of_each_release_are_there():
    assert {name.split("/")[0] for name in NAMES} == {"0.9.2", "0.10.4", "0.12.5", "0.15.0"}


@pytest.mark.skipif(not HAS_CLOUDPICKLE, reason="cloudpickle is not installed")
def test_lambdas_without_cloudpickle(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for model in ("lba2", "ddm_st", "full_ddm_rv", "race_no_bias_4"):
        with pytest.warns(UserWarning, match="pip install cloudpickle"):
            pickle.loads(FILES.read(f"0.15.0/{model}.pickle"))
    pickle.loads(FILES.read("0.15.0/angle.pickle"))


@pytest.mark.parametrize(
    "model",
    ["angle", "gamma_drift", "full_ddm", "levy", "ornstein", "ddm_par2", "race_3", "lca_3",
     "racing_diffusion_3", "poisson_race", "lba_angle_3", "conflict_stimflexrel1_leak2",
     "ddm_legacy", "ddm_seq2", "addm", "dev_rlwm_lba_pw_v1"],
)  # fmt: skip
def test_a_configuration_of_a_file_simulates_the_same_model(model):
    content = FILES.read(f"0.15.0/{model}.pickle")
    if holds_lambdas(content) and not (HAS_CLOUDPICKLE and sys.version_info[:2] == (3, 12)):
        pytest.skip("its lambdas are those of Python 3.12, and need cloudpickle")
    config = pickle.loads(content)["model_config"]
    theta = dict(zip(config["params"], config["default_params"], strict=True))
    theta.update({"theta": 0.3} if "theta" in theta else {}, **{"t": 0.2} if "t" in theta else {})
    one = ssms.Simulator(config)
    if model == "conflict_stimflexrel1_leak2":
        with pytest.warns(UserWarning, match="does not read v"):
            old = one.simulate(theta, n_samples=N, random_state=1)
    else:
        old = one.simulate(theta, n_samples=N, random_state=1)
    new = ssms.Simulator(model).simulate(theta, n_samples=N, random_state=2)
    assert ks_2samp(old.rt.ravel(), new.rt.ravel()).pvalue > 1e-4
    for choice in new["metadata"]["possible_choices"]:
        shares = [(results.choice == choice).mean() for results in (old, new)]
        assert abs(shares[0] - shares[1]) < 4 * np.sqrt(0.5 / N)


def of(trials=2, **values):
    return {name: np.full(trials, value, np.float32) for name, value in values.items()}


def test_a_name_simulates():
    theta = of(v=1.0, a=1.0, z=0.5, t=0.3, deadline=999.0, s=1.0)
    settings = {"n_samples": 50, "n_trials": 2, "random_state": 3}
    angle = {
        "boundary_fun": boundary_functions.angle,
        "boundary_params": of(a=1.0, theta=0.4),
    }
    out = cssm.ddm_flexbound(**theta, **settings, **angle)
    assert out["rts"].shape == out["choices"].shape == (50, 2, 1)
    assert out["rts"].dtype == np.float32
    same = cssm.ddm_models.ddm_flexbound(*theta.values(), **settings, **angle)
    np.testing.assert_array_equal(out["rts"], same["rts"])
    ours = ssms.Simulator("angle").simulate(
        {**{n: theta[n] for n in "vazt"}, "theta": np.float32(0.4)}, n_samples=50, random_state=3
    )
    np.testing.assert_array_equal(out["rts"], ours["rts"])


def test_a_deadline_and_the_noise_count():
    theta = of(v=0.0, a=1.0, z=0.5, t=0.3)
    out = cssm.ddm_flexbound(**theta, deadline=np.array([0.6, 9.0]), s=1.0, n_samples=500)
    late = (out["rts"] == -999).mean(axis=(0, 2))
    assert late[0] > 0.5 > 0.01 > late[1]
    quiet = cssm.ddm_flexbound(**{**theta, "v": 2.0}, deadline=999, s=0.0, n_samples=5)
    np.testing.assert_allclose(quiet["rts"], 0.8, atol=1e-6)


def test_addm_as_a_test_of_hssm_calls_it():
    trials = 3
    columns = [np.full(trials, x) for x in (0.3, 0.5, 1.5, 0.1, 0.0, 0.1, 999.0, 1.0)]
    fixations = {
        "r1": np.array([4.0, 2.0, 5.0]),
        "r2": np.array([2.0, 4.0, 1.0]),
        "flag": np.array([0, 1, 0]),
        "sacc_array": np.array([[0.0, 0.3, 0.7]] * trials),
        "d": np.array([3, 2, 1]),
        "sigma": np.ones(trials),
    }
    settings = {"n_samples": 40, "n_trials": trials, "random_state": 1, "max_t": 10.0}
    out = cssm.addm(*columns, **fixations, delta_t=0.001, **settings)
    assert out["rts"].shape == (40, trials, 1)
    ours = ssms.Simulator("addm").simulate(
        dict(zip(["eta", "kappa", "a", "b", "x0", "t"], columns, strict=False)),
        extra_fields=fixations, n_samples=40, random_state=1, max_t=10.0,
    )  # fmt: skip
    np.testing.assert_array_equal(out["rts"], ours["rts"])
    drawn = cssm.addm(*columns, gamma_shape=6.0, gamma_scale=0.1, **settings)
    assert (drawn["rts"] > 0).all()


def test_rows_of_accumulators():
    theta = {"v": np.full((2, 5), 1.0), "z": np.full((2, 5), 0.2), "t": np.full((2, 1), 0.1)}
    out = cssm.race_model(**theta, deadline=999.0, s=np.ones((2, 5)), n_samples=300,
                          boundary_fun=boundary_functions.constant,
                          boundary_params={"a": np.full((2, 1), 1.5)}, random_state=1)  # fmt: skip
    assert set(np.unique(out["choices"])) == {0, 1, 2, 3, 4}
    lba = cssm.lba_vanilla(v=np.full((1, 3), 0.3), a=[[0.5]], z=[[0.2]], deadline=999.0,
                           sd=[[0.1] * 3], t=[0.0], n_samples=10)  # fmt: skip
    assert lba["rts"].shape == (10, 1, 1)


def test_distributions_shift_each_sample():
    theta = of(v=0.5, a=1.0, z=0.5, t=0.3, deadline=999.0, s=1.0)
    at_rest = partial(norm.rvs, loc=0, scale=0)
    out = cssm.full_ddm_rv(
        **theta, v_dist=partial(norm.rvs, loc=0, scale=1.5), z_dist=at_rest, t_dist=at_rest,
        n_samples=N, n_trials=2, random_state=1,
    )  # fmt: skip
    assert out["rts"].shape == (N, 2, 1)
    ours = ssms.simulate("ddm_sdv", {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3, "sv": 1.5},
                         n_samples=N, seed=2)  # fmt: skip
    assert ks_2samp(out["rts"][:, 1, 0], ours.rt[:, 0]).pvalue > 1e-4
    again = cssm.full_ddm_rv(
        **theta, v_dist=partial(norm.rvs, loc=0, scale=1.5), z_dist=at_rest, t_dist=at_rest,
        n_samples=N, n_trials=2, random_state=1,
    )  # fmt: skip
    np.testing.assert_array_equal(out["rts"], again["rts"])


def configuration(simulator, params, **more):
    return {
        "name": "own", "params": params, "n_params": len(params), "nchoices": 2,
        "choices": [-1, 1], "n_particles": 1, "simulator": simulator,
        "boundary": boundary_functions.constant, "boundary_name": "constant", **more,
    }  # fmt: skip


def test_a_name_in_a_configuration_of_ones_own():
    config = configuration(cssm.ddm_flexbound, ["v", "a", "z", "t"])
    out = ssms.Simulator(config).simulate([1.0, 1.2, 0.5, 0.3], n_samples=N, random_state=1)
    ours = ssms.Simulator("ddm").simulate([1.0, 1.2, 0.5, 0.3], n_samples=N, random_state=2)
    assert ks_2samp(out.rt[:, 0], ours.rt[:, 0]).pvalue > 1e-4
    with pytest.warns(UserWarning, match="does not read bias"):
        ssms.Simulator({**config, "params": [*config["params"], "bias"]}).simulate(
            [1.0, 1.2, 0.5, 0.3, 0.0], n_samples=5
        )


def test_transforms_in_a_configuration_of_ones_own():
    steps = [ColumnStackParameters(["v0", "v1"], "v"), ColumnStackParameters(["z0", "z1"], "z"),
             ExpandDimension(["a", "t"])]  # fmt: skip
    config = configuration(
        cssm.race_model, ["v0", "v1", "a", "z0", "z1", "t"], choices=[0, 1], n_particles=2,
        parameter_transforms={"sampling": [], "simulation": steps},
    )  # fmt: skip
    theta = [1.0, 0.5, 1.5, 0.2, 0.1, 0.3]
    out = ssms.Simulator(config).simulate(theta, n_samples=N, random_state=1)
    ours = ssms.Simulator("race_2").simulate(theta, n_samples=N, random_state=2)
    assert ks_2samp(out.rt[:, 0], ours.rt[:, 0]).pvalue > 1e-4
    distributions = configuration(
        cssm.full_ddm_rv, ["v", "a", "z", "t", "sv"],
        simulator_param_mappings={"v_dist": lambda sv: partial(norm.rvs, loc=0, scale=sv)},
        parameter_transforms={"simulation": [ApplyMapping("sv", "v_dist", "v_dist")]},
    )  # fmt: skip
    theta = [0.5, 1.0, 0.5, 0.3, 1.2]
    out = ssms.Simulator(distributions).simulate(theta, n_samples=N, random_state=1)
    ours = ssms.Simulator("ddm_sdv").simulate(theta, n_samples=N, random_state=2)
    assert ks_2samp(out.rt[:, 0], ours.rt[:, 0]).pvalue > 1e-4


def test_ballistic_accumulators_have_their_own_noise():
    steps = [ColumnStackParameters(["v0", "v1", "v2"], "v"), ExpandDimension(["a", "z"])]
    config = configuration(
        cssm.lba_vanilla, ["v0", "v1", "v2", "a", "z"], nchoices=3, choices=[0, 1, 2],
        n_particles=3, parameter_transforms={"simulation": steps},
        simulator_fixed_params={},
    )  # fmt: skip
    ssms.Simulator(config, parameter_adaptations=[])
    with pytest.raises(TypeError, match="lacks the argument t"):
        ssms.Simulator(config).simulate([0.3, 0.3, 0.3, 0.5, 0.2], n_samples=5)
    assert cssm.lba_vanilla.default_noise == 0.1


@pytest.mark.filterwarnings("ignore:This training file holds lambdas")
@pytest.mark.parametrize("old", ALL, ids=lambda old: old.__name__)
def test_names_are_pickled_by_name(old):
    assert pickle.loads(pickle.dumps(old)) is old
    assert copy.deepcopy(old) is old
    assert getattr(cssm, old.__name__) is old
    assert importlib.util.find_spec(old.__module__) is not None


def test_what_cannot_be_simulated_says_so():
    theta = of(v=1.0, a=1.0, z=0.5, t=0.3)
    with pytest.raises(ValueError, match="full_ddm"):
        cssm.full_ddm_hddm_base(**theta, sz=0, sv=0, st=0, deadline=999, s=1)
    with pytest.raises(TypeError, match="lacks the argument z, t"):
        cssm.ddm_flexbound(v=1, a=1)
    with pytest.raises(TypeError, match="'v' twice"):
        cssm.ddm_flexbound(1, v=1, a=1, z=0.5, t=0.3)
    with pytest.raises(TypeError, match="got 7 arguments"):
        cssm.ddm_flexbound(*range(7))
    with pytest.raises(ValueError, match="n_trials"):
        cssm.ddm_flexbound(**theta, n_trials=3)
    with pytest.raises(ValueError, match="same for all trials"):
        cssm.ddm_flexbound_mic2_ornstein(
            **of(vh=0, vl1=0, vl2=0, a=1, zh=0.5, zl1=0.5, zl2=0.5, d=0.5, g=1, t=0.3),
            s_pre_high_level_choice=[0.0, 1.0],
        )
    with pytest.raises(ValueError, match="same for all trials"):  # in the order of release 0.15
        cssm.ddm_flexbound_mic2_ornstein(0, 0, 0, 1, 0.5, 0.5, 0.5, 0.5, 1, 0.3, 999, [0.0, 1.0], 1)
    with pytest.raises(AttributeError, match="no attribute 'ddm_flexbond'"):
        _ = cssm.ddm_flexbond
    with pytest.raises(AttributeError):
        _ = cssm.ddm_models.lca


def test_every_simulator_function_of_the_release_has_its_name():
    released = """full_ddm_hddm_base ddm ddm_flexbound ddm_flexbound_flat ddm_flex
        ddm_flex_leak ddm_flex_leak2 full_ddm_rv full_ddm ddm_sdv ddm_flexbound_tradeoff
        addm race_model lca
        racing_diffusion_model poisson_race lba_vanilla lba_angle rlwm_lba_pw_v1 rlwm_lba_race
        ddm_flexbound_seq2 ddm_flexbound_mic2_ornstein ddm_flexbound_mic2_multinoise
        ddm_flexbound_mic2_ornstein_multinoise
        ddm_flexbound_mic2_unnormalized_ornstein_multinoise ddm_flexbound_par2 levy_flexbound
        ornstein_uhlenbeck"""
    assert {old.__name__ for old in ALL} == set(released.split())
    assert set(released.split()) <= set(dir(cssm))


def test_status_of_threads(capsys):
    from cssm import _openmp_status

    _openmp_status.print_status()
    assert "n_threads works everywhere" in capsys.readouterr().out
    assert _openmp_status.get_openmp_info()["num_procs"] >= 1


def test_partial_drifts_of_files_are_ours():
    config = pickle.loads(FILES.read("0.15.0/conflict_stimflexrel1_leak.pickle"))["model_config"]
    assert config["drift_fun"].func is drift_functions.conflict_stimflex_drift
    assert ssms.Simulator(config).params == model_config["conflict_stimflexrel1_leak"]["params"]
