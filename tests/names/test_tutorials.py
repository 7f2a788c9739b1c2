"""Scripts of the kind that tutorials of the released package show.

They use what that package has, in its way, and nothing else: release 0.15.0 passes them too, up to
the fixture that makes the registries forget.
"""

import pickle

import numpy as np
import pytest

import ssms
from ssms.basic_simulators.simulator import simulator
from ssms.config import (
    ModelConfigBuilder,
    get_boundary_registry,
    get_default_generator_config,
    get_drift_registry,
    get_model_registry,
    model_config,
    register_boundary,
    register_drift,
    register_model_config,
    register_model_config_factory,
)
from ssms.dataset_generators.estimator_builders import KDEEstimatorBuilder
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
from ssms.dataset_generators.likelihood_estimators import KDELikelihoodEstimator
from ssms.dataset_generators.parameter_samplers import UniformParameterSampler
from ssms.dataset_generators.pipelines import SimulationPipeline
from ssms.dataset_generators.strategies import ResampleMixtureStrategy
from ssms.support_utils.kde_class import LogKDE

G = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3}


@pytest.fixture
def names():
    """Give names that no other test registers, and forget them afterwards."""
    yield {"boundary": "tutorial_decay", "drift": "tutorial_ramp", "model": "tutorial_model"}
    from ssms.config import unregister_boundary, unregister_drift, unregister_model

    for forget, kind, known in (
        (unregister_boundary, "tutorial_decay", get_boundary_registry().list_boundaries()),
        (unregister_drift, "tutorial_ramp", get_drift_registry().list_drifts()),
        (unregister_model, "tutorial_model", get_model_registry().list_models()),
    ):
        if kind in known:
            forget(kind)


def decay(t=0, a=1.0, rate=0.5):
    return a * np.exp(-rate * np.asarray(t))


def ramp(t=0, v=0.0, slope=0.0):
    return v + slope * np.asarray(t)


def small(model, **training):
    config = get_default_generator_config("lan", model=model)
    config["pipeline"].update(n_parameter_sets=4, n_subruns=2, n_cpus=1)
    config["simulator"].update(n_samples=300, delta_t=0.01)
    config["training"].update({"n_samples_per_param": 50, **training})
    return config


def test_simulate_one_trial_and_many():
    out = simulator(theta=[0.5, 1.0, 0.5, 0.3], model="ddm", n_samples=100, random_state=42)
    assert set(out) >= {"rts", "choices", "metadata", "choice_p", "omission_p", "binned_128"}
    assert out["rts"].shape == (100, 1)
    many = simulator(theta={**G, "v": np.linspace(-1, 1, 7)}, model="ddm", n_samples=10)
    assert many["rts"].shape == (10, 7, 1)
    assert many["choice_p"].shape == (7, 2)
    plain = dict(many)
    assert sorted(plain) == sorted(many)


def test_a_registered_boundary_added_to_a_configuration(names):
    register_boundary(names["boundary"], decay, ["a", "rate"])
    assert get_boundary_registry().is_registered(names["boundary"])
    config = ModelConfigBuilder.from_model("ddm")
    config["params"] = ["v", "a", "z", "t", "rate"]
    config["param_bounds"] = [[-3.0, 0.3, 0.1, 0.0, 0.0], [3.0, 2.5, 0.9, 2.0, 1.0]]
    config["param_bounds_dict"] = dict(
        zip(config["params"], zip(*config["param_bounds"], strict=True), strict=True)
    )
    config["default_params"] = [0.0, 1.0, 0.5, 0.001, 0.5]
    config["n_params"] = 5
    config = ModelConfigBuilder.add_boundary(config, names["boundary"])
    valid, errors = ModelConfigBuilder.validate_config(config)
    assert valid, errors
    out = ssms.Simulator(model=config).simulate({**G, "rate": 1.0}, n_samples=400, random_state=1)
    quick = ssms.Simulator("ddm").simulate(G, n_samples=400, random_state=1)
    assert out["rts"].mean() < quick["rts"].mean()
    data = TrainingDataGenerator(
        config=small("ddm"), model_config=config
    ).generate_data_training(save=False)  # fmt: skip
    assert data["lan_data"].shape == (200, 7)


def test_boundary_and_drift_as_arguments(names):
    register_drift(names["drift"], ramp, ["v", "slope"])
    by_name = ssms.Simulator("gamma_drift", drift=names["drift"],
                             params=["v", "a", "z", "t", "slope"])  # fmt: skip
    assert by_name.simulate({**G, "slope": 1.0}, n_samples=10)["rts"].shape == (10, 1)
    own = ssms.Simulator("ddm", boundary=decay, boundary_params=["a", "rate"],
                         params=["v", "a", "z", "t", "rate"])  # fmt: skip
    assert own.simulate({**G, "rate": 0.3}, n_samples=10)["choices"].shape == (10, 1)


def test_a_model_from_scratch(names):
    def respond(v, t, max_t, n_samples, n_trials, delta_t, random_state, **more):
        rng = np.random.default_rng(random_state)
        size = (n_samples, n_trials, 1)
        rts = (t[None, :, None] + rng.exponential(0.5, size)).astype(np.float32)
        choices = (rng.random(size) < 1 / (1 + np.exp(-v[None, :, None]))).astype(np.int32)
        return {"rts": rts, "choices": choices, "metadata": {"possible_choices": [0, 1]}}

    config = ModelConfigBuilder.from_scratch(
        names["model"], ["v", "t"], respond, 2, param_bounds=[[-2.0, 0.0], [2.0, 1.0]],
        default_params=[0.0, 0.2],
    )  # fmt: skip
    out = ssms.Simulator(config).simulate({"v": [2.0, -2.0], "t": 0.2}, n_samples=500)
    assert out["rts"].shape == (500, 2, 1)
    assert out["choices"][:, 0].mean() > out["choices"][:, 1].mean()
    register_model_config(names["model"], config)
    assert get_model_registry().has_model(names["model"])
    assert get_model_registry().get(names["model"])["params"] == ["v", "t"]
    assert ssms.Simulator(names["model"]).simulate([0.0, 0.2], n_samples=5)["rts"].shape == (5, 1)


def test_a_factory_of_configurations(names):
    register_model_config_factory(
        names["model"], lambda: ModelConfigBuilder.from_model("ddm", name=names["model"])
    )
    assert ssms.Simulator(names["model"]).simulate(G, n_samples=5)["rts"].shape == (5, 1)


def test_a_deadline():
    config = ModelConfigBuilder.with_deadline(model_config["ddm"])
    assert config["params"][-1] == "deadline"
    assert config["name"] == "ddm_deadline"
    out = ssms.Simulator("ddm_deadline").simulate({**G, "deadline": 0.5}, n_samples=300)
    late = out["rts"] == ssms.OMISSION_SENTINEL
    assert 0 < late.mean() < 1
    assert out["rts"][~late].max() <= 0.5


def test_a_kernel_density():
    out = simulator(theta=G, model="ddm", n_samples=2000, random_state=1)
    kde = LogKDE(out)
    grid = np.linspace(0.4, 2.0, 50)
    values = kde.kde_eval({"rts": grid, "choices": np.ones(50)})
    assert values.shape == (50,)
    assert np.isfinite(values).all()
    mass = sum(
        np.trapezoid(
            np.exp(kde.kde_eval({"rts": np.linspace(0.01, 9, 4000), "choices": np.full(4000, c)})),
            np.linspace(0.01, 9, 4000),
        )
        for c in (-1, 1)
    )
    assert mass == pytest.approx(1.0, abs=0.03)
    drawn = kde.kde_sample(n_samples=500)
    assert drawn["rts"].shape == drawn["choices"].shape == (500, 1)
    estimator = KDELikelihoodEstimator()
    estimator.fit(out)
    np.testing.assert_allclose(estimator.evaluate(grid, np.ones(50)), values)


@pytest.mark.parametrize("model", ["ddm", "angle", "race_3", "lba3", "ddm_st", "ddm_seq2_no_bias"])
def test_training_data(model, tmp_path):
    config = small(model)
    config["output"]["folder"] = str(tmp_path)
    generator = TrainingDataGenerator(config=config, model_config=model_config[model])
    data = generator.generate_data_training(save=True, verbose=False)
    n_params, n_choices = model_config[model]["n_params"], model_config[model]["nchoices"]
    assert data["lan_data"].shape == (200, n_params + 2)
    assert data["lan_labels"].shape == (200,)
    assert data["cpn_labels"].shape == (4, 1 if n_choices == 2 else n_choices)
    assert data["theta"].shape == (4, n_params)
    assert all(data[key].dtype == np.float32 for key in ("lan_data", "lan_labels", "cpn_data"))
    (path,) = tmp_path.glob("*.pickle")
    with path.open("rb") as file:
        assert pickle.load(file)["lan_data"].shape == (200, n_params + 2)


def test_parts_of_a_pipeline():
    config = small("ddm")
    pipeline = SimulationPipeline(
        config, model_config["ddm"], KDEEstimatorBuilder, ResampleMixtureStrategy
    )
    assert set(pipeline.get_param_space()) == {"v", "a", "z", "t"}
    result = pipeline.generate_for_parameter_set(0, 1)
    assert result["success"]
    assert result["data"]["lan_data"].shape == (50, 6)
    data = TrainingDataGenerator(pipeline).generate_data_training()
    assert data["lan_data"].shape == (200, 6)


def test_a_strategy_of_ones_own():
    class Grid:
        """Shows the likelihood on a grid."""

        def __init__(self, generator_config, model_config):
            self.params = model_config["params"]

        def generate(self, theta, likelihood_estimator, random_state=None):
            rts = np.tile(np.linspace(0.5, 2.0, 10), 2)
            choices = np.repeat([-1, 1], 10)
            columns = [np.full(20, np.ravel(theta[p])[0]) for p in self.params]
            labels = likelihood_estimator.evaluate(rts, choices)
            return np.column_stack([*columns, rts, choices, labels]).astype(np.float32)

    pipeline = SimulationPipeline(small("ddm"), model_config["ddm"], KDEEstimatorBuilder, Grid)
    data = TrainingDataGenerator(pipeline).generate_data_training()
    assert data["lan_data"].shape == (80, 6)
    np.testing.assert_allclose(data["lan_data"][:10, 4], np.linspace(0.5, 2.0, 10), rtol=1e-6)


def test_samples_of_parameters():
    sampler = UniformParameterSampler({"v": (-1.0, 1.0), "st": (0.0, "t"), "t": (0.1, 0.5)})
    drawn = sampler.sample(100, rng=np.random.default_rng(1))
    assert (drawn["st"] < drawn["t"]).all()
    assert (np.abs(drawn["v"]) < 1).all()


def test_pyddm_beside_the_simulator():
    pytest.importorskip("pyddm")
    from ssms.external_simulators import SSMSToPyDDMMapper

    config, theta = model_config["angle"], {**G, "theta": 0.3}
    assert SSMSToPyDDMMapper.is_compatible(config) == (True, "Compatible")
    solution = SSMSToPyDDMMapper.build_pyddm_model(config, theta).solve()
    out = ssms.Simulator("angle").simulate(theta, n_samples=5000, random_state=1)
    share = float((out["choices"] == 1).mean())
    assert solution.prob("correct") == pytest.approx(share, abs=0.03)


def test_learning_models():
    pytest.importorskip("pandas")
    from ssms import rl

    config = rl.ModelConfig(
        model_name="tutorial",
        description="a learner",
        decision_process="angle",
        learning_process=rl.learning.RescorlaWagnerDrift(),
        task_environment=rl.env.Bandit.bernoulli(probabilities=[0.8, 0.2], response_labels=[-1, 1]),
    )
    theta = {"rl_alpha": [0.2, 0.4, 0.6], "scaler": 2.0, "a": [1.0, 1.2, 1.4], "z": 0.5, "t": 0.2,
             "theta": 0.1}  # fmt: skip
    model = rl.Simulator(config)
    data = model.simulate(theta, n_trials=30, n_participants=3, random_state=1)
    assert list(data.columns[:5]) == ["participant_id", "trial_id", "rt", "response", "feedback"]
    assert len(data) == 90
    assert config.validate_data(data).ok
    again = model.simulate(
        theta, n_trials=30, n_participants=3, random_state=2, mode="ppc", observed_data=data
    )
    assert len(again) == 90
    assembled = rl.resolve_model(config).assemble(backend="python")
    function, fields = assembled.assemble_participant_fn(), assembled.get_participant_input_fields()
    one = data[data["participant_id"] == 0]
    columns = {"rl_alpha": 0.2, "scaler": 2.0, "response": one["response"],
               "feedback": one["feedback"]}  # fmt: skip
    v = function(np.column_stack([np.broadcast_to(columns[name], 30) for name in fields]))
    assert v.shape == (30,)
    assert v[0] == 0.0


@pytest.mark.parametrize("preset", ["2AB_RW_Angle", "3AB_RW_InvTempSoftmax"])
def test_presets(preset):
    pytest.importorskip("pandas")
    from ssms import rl

    assert preset in rl.preset.list()
    assert rl.preset.info(preset)["description"]
    config = rl.preset.get(preset)
    theta = dict(zip(config.list_params, config.params_default, strict=True)) if isinstance(
        config.params_default, list
    ) else config.params_default  # fmt: skip
    data = rl.Simulator(config).simulate(
        {name: theta[name] for name in config.required_params}, n_trials=10, random_state=1
    )
    assert len(data) == 200
    if config.response == ["response"]:
        assert (data["rt"] == -1.0).all()
