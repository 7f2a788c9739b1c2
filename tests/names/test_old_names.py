"""Names that tutorials, clients and old files use."""

import importlib
import pickle

import numpy as np
import pytest

import ssms
from ssms.basic_simulators.drift_functions import ds_support_analytic, stimflex_support
from ssms.basic_simulators.simulator import make_boundary_dict, make_drift_dict
from ssms.config import model_config
from ssms.dataset_generators.parameter_samplers.base_sampler import AbstractParameterSampler
from ssms.support_utils.kde_class import LogKDE
from ssms.transforms import ApplyMapping, LambdaAdaptation

G = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3}

NAMES = {
    "ssms.config._modelconfig": "get_model_config get_ddm_config get_ddm_mic2_leak_config",
    "ssms.config._modelconfig.base": "boundary_config drift_config",
    "ssms.basic_simulators.observation_results": "OBSERVATION_SCHEMA_VERSION "
    "normalize_simulator_result validate_observation_result",
    "ssms.basic_simulators": "OBSERVATION_SCHEMA_VERSION normalize_simulator_result "
    "validate_observation_result modular_parameter_simulator_adapter",
    "ssms.basic_simulators.parameter_adapters.base": "ParameterAdaptation ParameterTransform",
    "ssms.basic_simulators.parameter_adapters.registry": "ParameterAdapterRegistry "
    "get_adapter_registry register_adapter_to_model register_adapter_to_model_family",
    "ssms.dataset_generators.parameter_samplers.constraints": "NormalizeToSumConstraint "
    "SwapIfLessConstraint",
    "ssms.dataset_generators.parameter_samplers.protocols": "ParameterSamplerProtocol "
    "ParameterSamplingConstraintProtocol",
    "ssms.transforms.simulation.common": "ApplyMapping ColumnStackParameters "
    "ConditionalAdaptation DeleteParameters ExpandDimension LambdaAdaptation RenameParameter "
    "SetDefaultValue SetZeroArray TileArray",
    "ssms.transforms.sampling.swap": "SwapIfLessConstraint",
    "ssms.transforms.sampling.normalize": "NormalizeToSumConstraint",
}


@pytest.mark.filterwarnings("ignore:This training file holds lambdas")
@pytest.mark.parametrize(
    ("module", "name"), [(m, n) for m, names in NAMES.items() for n in names.split()]
)
def test_the_name_is_there(module, name):
    assert getattr(importlib.import_module(module), name) is not None


@pytest.mark.filterwarnings("ignore:This training file holds lambdas")
def test_names_of_one_thing_are_one_object():
    for old, new in [
        ("ssms.transforms.simulation.common", "ssms.transforms"),
        ("ssms.basic_simulators.parameter_adapters.base", "ssms.transforms"),
    ]:
        module, home = importlib.import_module(old), importlib.import_module(new)
        for name in set(module.__all__) & set(home.__all__):
            assert getattr(module, name) is getattr(home, name)


def test_configurations_of_the_released_functions():
    from ssms.config import _modelconfig
    from ssms.config._modelconfig.base import boundary_config, drift_config

    assert _modelconfig.get_angle_config() == model_config["angle"]
    assert set(_modelconfig.get_model_config()) == set(model_config)
    with pytest.raises(AttributeError):
        _ = _modelconfig.get_no_model_config
    assert boundary_config["angle"]["params"] == ["a", "theta"]
    assert boundary_config["angle"]["fun"] is ssms.basic_simulators.boundary_functions.angle
    assert drift_config["gamma_drift"]["params"] == ["v", "shape", "scale", "c"]


def test_a_boundary_is_found_by_its_name_alone():
    theta = {"v": 1.0, "a": np.array([1.5]), "theta": 0.2}
    found = make_boundary_dict({"boundary_name": "angle"}, theta)
    assert found["boundary_params"] == {"a": theta["a"], "theta": 0.2}
    assert found["boundary_fun"] is ssms.basic_simulators.boundary_functions.angle
    assert make_drift_dict({"drift_name": "constant"}, theta)["drift_params"] == {"v": 1.0}
    assert make_drift_dict({"boundary_name": "angle"}, theta) == {}
    with pytest.raises(KeyError, match="angl"):
        make_boundary_dict({"boundary_name": "angl"}, theta)


def test_the_function_of_a_configuration_wins_over_its_name():
    config = {"boundary_name": "angle", "boundary": max, "boundary_params": ["a"]}
    assert make_boundary_dict(config, G) == {"boundary_fun": max, "boundary_params": {"a": 1.0}}


def test_every_simulator_has_a_name():
    for name in model_config:
        assert model_config[name]["simulator"].__name__


def test_log_kde_says_by_how_much_it_displaces():
    out = ssms.Simulator("ddm").simulate(G, n_samples=100, random_state=1)
    assert LogKDE(out, displace_t=True).displace_t_val == pytest.approx(0.3)
    assert LogKDE(out).displace_t_val == 0.0


def test_a_model_without_adaptations_has_a_processor():
    registry = ssms.basic_simulators.simulator_class.get_adapter_registry()
    registry.register_model("named_only", [])
    assert registry.has_processor("named_only")
    registry.unregister("named_only")
    assert not registry.has_processor("named_only")


def test_supports_of_drifts():
    t = np.array([0.0, 0.1, 0.5, 1.0, 1.5])
    np.testing.assert_allclose(
        ds_support_analytic(t, 2.0, 0.5, 1.5), 0.5 + 1.5 * np.exp(-1.5 * t), rtol=1e-12
    )
    np.testing.assert_array_equal(stimflex_support(t, 0.1, 1.0, 0.7), [0, 0.7, 0.7, 0.7, 0])


class Lowest(AbstractParameterSampler):
    """Draws the lower bound of every parameter."""

    def _sample_parameter(self, param, lower, upper, n_samples, rng):
        return np.zeros(n_samples) + lower


def test_a_sampler_of_ones_own():
    sampler = Lowest({"high": ("low", 5.0), "low": (2.0, 3.0)})
    drawn = sampler.sample(3)
    assert list(drawn) == ["high", "low"]
    for values in drawn.values():
        assert values.dtype == np.float32
        np.testing.assert_array_equal(values, [2, 2, 2])
    with pytest.raises(TypeError):
        AbstractParameterSampler({"v": (0, 1)})


@pytest.mark.parametrize(
    ("n_samples", "n_trials", "shape"),
    [(5, 1, (5, 1)), (1, 1, (1, 1)), (5, 2, (5, 2, 1)), (1, 2, (2, 1))],
)
def test_shapes_of_a_function_of_ones_own(n_samples, n_trials, shape):
    def respond(v, n_samples, n_trials, max_t, delta_t, random_state):
        size = (n_samples, n_trials, 1)
        return {"rts": np.ones(size), "choices": np.ones(size, int), "metadata": {}}

    model = ssms.Simulator(simulator_function=respond, params=["v"], nchoices=2)
    results = model.simulate({"v": np.ones(n_trials)}, n_samples=n_samples)
    assert results["rts"].shape == results["choices"].shape == shape


def test_an_adapter_puts_a_distribution_into_theta():
    given = {}

    def respond(v, v_dist, n_samples, n_trials, max_t, delta_t, random_state):
        given["v_dist"] = v_dist
        size = (n_samples, n_trials)
        rts = (v + v_dist(size=size))[..., None]
        return {"rts": rts, "choices": np.ones((*size, 1), int), "metadata": {}}

    def around(sv):
        return lambda size: sv * np.arange(size[0])[:, None]

    config = {
        "name": "own",
        "params": ["v", "sv"],
        "nchoices": 2,
        "choices": [0, 1],
        "simulator": respond,
        "simulator_param_mappings": {"v_dist": around},
        "parameter_transforms": {"simulation": [ApplyMapping("sv", "v_dist", "v_dist")]},
    }
    results = ssms.Simulator(config).simulate({"v": [1.0, 2.0], "sv": [0.5, 0.25]}, n_samples=2)
    assert callable(given["v_dist"])
    np.testing.assert_allclose(results.rt, [[1.0, 2.0], [1.5, 2.25]])


def test_a_distribution_in_theta_of_a_model_that_takes_numbers():
    add = LambdaAdaptation(lambda theta, config, n: theta | {"v_dist": np.random.normal}, "add")
    model = ssms.Simulator("ddm", parameter_adaptations=[add])
    with pytest.raises(ValueError, match=r"'v_dist' a function.*cssm\.full_ddm_rv"):
        model.simulate(G, n_samples=5)


def test_names_before_0_12_say_what_took_their_place():
    with pytest.raises(ImportError, match="get_default_generator_config"):
        from ssms.config import data_generator_config  # noqa: F401
    for module in ("ssms.dataset_generators", "ssms.dataset_generators.lan_mlp"):
        with pytest.raises(ImportError, match="TrainingDataGenerator"):
            _ = importlib.import_module(module).data_generator
    with pytest.raises(TypeError, match=r"simulator\.simulator"):
        ssms.basic_simulators.simulator(G, model="ddm")


def test_transforms_pickle_by_a_name_that_loads():
    transform = ApplyMapping("sv", "v_dist", "v_dist")
    assert vars(pickle.loads(pickle.dumps(transform))) == vars(transform)


def test_continuations_take_the_arguments_of_the_release():
    from ssms.basic_simulators import fixation_continuation as fixations

    gamma = {"dist": "gamma", "dist_params": {"a": 6.0, "scale": 0.1}}
    for mode, params in [
        (fixations.prolong_last_fixation, None),
        (fixations.sample_continuation, gamma),
        (fixations.resample_all_fixations, gamma),
    ]:
        node, d, flag, max_d = mode(
            node_r=np.array([[0.0, 0.3], [0.0, 0.5]]), d_r=np.array([2, 1]),
            flag_r=np.array([0, 1]), T=2.0, params=params, rng=np.random.default_rng(1),
        )  # fmt: skip
        assert node.shape == (2, max_d)
        assert len(d) == len(flag) == 2
    for none in (None, {}):
        drawn = fixations.draw_durations("exponential", none, 3, np.random.default_rng(1))
        np.testing.assert_array_equal(drawn, np.random.default_rng(1).exponential(size=3))


def test_every_default_configuration_takes_a_model():
    from ssms.config.generator_config import data_generator_config as defaults

    for name in ("lan_kde", "ratio_estimator", "defective_detector", "snpe"):
        assert getattr(defaults, f"get_{name}_config")(model="angle")["model"] == "angle"
    nested = defaults.get_nested_generator_config("snpe", model="angle")
    assert nested == defaults.get_snpe_config("angle")
    with pytest.warns(DeprecationWarning, match="get_lan_kde_config"):
        assert defaults.get_lan_config(model="angle")["model"] == "angle"


def test_parameters_of_accumulators_in_one_array_are_validated():
    from ssms.basic_simulators.simulator import validate_ssm_parameters

    theta = {"v": np.array([[0.3, 0.3, 0.4]]), "a": np.array([[0.5]]), "z": np.array([[0.2]])}
    validate_ssm_parameters("lba_3_vs_constraint", theta)
    with pytest.raises(ValueError, match="z"):
        validate_ssm_parameters("lba_angle_3", {**theta, "z": np.array([0.7]), "theta": 0.1})


def test_noise_of_each_trial():
    from ssms.basic_simulators.simulator import make_noise_vec

    np.testing.assert_array_equal(make_noise_vec([1.0, 2.0], 2, 3), [[1, 1, 1], [2, 2, 2]])
    assert make_noise_vec(np.float32(1), 3, 1).dtype == np.float32
    with pytest.raises(ValueError, match="broadcast"):
        make_noise_vec([1.0, 2.0], 3, 1)


def test_choices_without_settings():
    from ssms.basic_simulators.inv_temp_softmax import PLACEHOLDER_RT, inv_temp_softmax

    out = inv_temp_softmax(beta=1.0, q0=0.1, q1=0.9)
    assert out["choices"].shape == (1000, 1, 1)
    assert (out["rts"] == PLACEHOLDER_RT).all()
    assert out["metadata"]["n_choices"] == 2


def test_a_pipeline_has_its_parts():
    from ssms.dataset_generators.pipelines import create_data_generation_pipeline

    config = ssms.get_default_generator_config("lan", model="angle")
    pipeline = create_data_generation_pipeline(config, model_config["angle"])
    assert pipeline.simulator.config["name"] == pipeline.model_config["name"] == "angle"
    assert hasattr(pipeline.estimator_builder, "build")
    assert hasattr(pipeline.training_strategy, "generate")
