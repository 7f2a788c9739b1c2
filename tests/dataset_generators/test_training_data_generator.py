"""Training data end to end: what is in it, what it is a function of, and whether it is true."""

import copy
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import CancelledError

import numpy as np
import pytest
from small_files import K, S, arrays, config, generate, same

import ssms
from ssms.config import ModelConfigBuilder, model_config
from ssms.config.config_utils import require_plain
from ssms.dataset_generators.estimator_builders import KDEEstimatorBuilder
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
from ssms.dataset_generators.pipelines import SimulationPipeline, create_data_generation_pipeline
from ssms.dataset_generators.protocols import DataGenerationPipelineProtocol
from ssms.dataset_generators.strategies import ResampleMixtureStrategy
from ssms.errors import GenerationError

MODELS = [
    "ddm", "ddm_sdv", "ddm_st", "ddm_normal_st", "ddm_truncnormt", "ddm_rayleight", "full_ddm",
    "full_ddm2", "full_ddm_rv", "ddm_deadline", "full_ddm_deadline",
]  # fmt: skip

# --- what is in it -------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_keys_shapes_and_dtypes(model):
    data = generate(model)
    p = len(model_config[model]["params"])
    assert {key: value.shape for key, value in arrays(data).items()} == {
        "lan_data": (K * S, p + 2),
        "lan_labels": (K * S,),
        "cpn_data": (K, p),
        "cpn_labels": (K, 1),
        "cpn_no_omission_data": (K, p),
        "cpn_no_omission_labels": (K, 1),
        "opn_data": (K, p),
        "opn_labels": (K, 1),
        "gonogo_data": (K, p),
        "gonogo_labels": (K, 1),
        "theta": (K, p),
        "binned_128": (K, 128, 2),
        "binned_256": (K, 256, 2),
    }
    for value in arrays(data).values():
        assert value.dtype == np.float32
        assert np.isfinite(value).all()
        assert value.flags.writeable
        assert value.flags.c_contiguous
    assert data["lan_labels"].min() >= np.float32(-66.77497)


def test_rows_are_grouped_by_parameter_set_in_the_order_of_theta():
    data = generate()
    np.testing.assert_array_equal(data["lan_data"][:, :4], np.repeat(data["theta"], S, axis=0))
    for key in ("cpn_data", "cpn_no_omission_data", "opn_data", "gonogo_data"):
        np.testing.assert_array_equal(data[key], data["theta"])
    assert len(np.unique(data["theta"], axis=0)) == K
    assert set(np.unique(data["lan_data"][:, 5])) == {-1.0, 1.0}


def test_theta_lies_within_the_bounds_of_the_model():
    data = generate("full_ddm_rv", pipeline={"n_parameter_sets": 50})
    params = model_config["full_ddm_rv"]["params"]
    theta = dict(zip(params, data["theta"].T, strict=True))
    for name, (low, high) in model_config["full_ddm_rv"]["param_bounds_dict"].items():
        high = theta["t"] if high == "t" else high
        assert np.all((theta[name] >= np.float32(low)) & (theta[name] <= np.float32(high)))


def test_configurations_are_plain_and_record_what_made_them():
    data = generate(seed=77, file_index=4)
    require_plain(data)
    assert data["generator_config"]["pipeline"]["seed"] == 77
    provenance = data["generator_config"]["provenance"]
    assert provenance["seed"] == 77
    assert provenance["file_index"] == 4
    assert provenance["version"] == ssms.__version__
    assert data["model_config"]["boundary"] == "constant"
    assert data["model_config"]["params"] == ["v", "a", "z", "t"]


def test_bounds_are_two_rows_of_numbers_even_where_one_names_a_parameter():
    data = generate("full_ddm_rv")
    bounds = np.asarray(data["model_config"]["param_bounds"])
    assert bounds.shape == (2, 7)
    assert bounds.dtype == np.float64
    assert data["model_config"]["param_bounds_dict"]["st"] == (0.001, "t")


def test_a_file_loads_where_ssms_is_not_installed(tmp_path):
    generator = TrainingDataGenerator(config(output={"folder": str(tmp_path)}), seed=1)
    data = generator.generate_data_training(save=True)
    (path,) = tmp_path.iterdir()
    assert path.name == generator.file_name(0)
    code = (
        "import sys\n"
        "class Blocked:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('ssms', 'cssm'):\n"
        "            raise ImportError('blocked: ' + name)\n"
        "sys.meta_path.insert(0, Blocked())\n"
        "import pickle\n"
        "data = pickle.load(open(sys.argv[1], 'rb'))\n"
        "assert not any(name.startswith('ssms') for name in sys.modules)\n"
        "print(data['lan_data'].sum(dtype='f8'), sorted(data))\n"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == f"{data['lan_data'].sum(dtype='f8')} {sorted(data)}"


# --- what it is a function of --------------------------------------------------------------


def test_the_same_seed_gives_the_same_arrays_for_any_number_of_threads():
    one = generate(pipeline={"n_parameter_sets": 12})
    for n_cpus, n_subruns in ((2, 10), (5, 1), (1, 100)):
        settings = {"n_parameter_sets": 12, "n_cpus": n_cpus, "n_subruns": n_subruns}
        assert same(one, generate(pipeline=settings))


def test_seeds_and_files_differ_in_every_set():
    thetas = [generate(seed=seed, file_index=i)["theta"] for seed in (1, 2) for i in (0, 1)]
    assert len(np.unique(np.concatenate(thetas), axis=0)) == 4 * K


def test_a_set_does_not_depend_on_how_many_stand_beside_it():
    few, many = generate(), generate(pipeline={"n_parameter_sets": 2 * K})
    np.testing.assert_array_equal(few["theta"], many["theta"][:K])
    np.testing.assert_array_equal(few["lan_data"], many["lan_data"][: K * S])


def test_calls_count_the_files_unless_an_index_is_given():
    generator = TrainingDataGenerator(config(), seed=3)
    first, second = generator.generate_data_training(), generator.generate_data_training()
    assert not np.array_equal(first["theta"], second["theta"])
    assert same(second, generate(seed=3, file_index=1))
    assert same(first, generator.generate_data_training(file_index=0))
    with pytest.raises(ValueError, match="file_index"):
        generator.generate_data_training(file_index=-1)


def test_a_drawn_seed_is_recorded_and_repeats_the_data():
    data = TrainingDataGenerator(config()).generate_data_training()
    again = TrainingDataGenerator(data["generator_config"]).generate_data_training()
    assert same(data, again)
    assert not same(data, TrainingDataGenerator(config()).generate_data_training())


def test_the_seed_of_the_configuration_is_used_and_an_argument_goes_before_it():
    assert same(generate(seed=None, pipeline={"seed": 5}), generate(seed=5))
    assert same(generate(seed=6, pipeline={"seed": 5}), generate(seed=6))
    for bad, error in ((-1, ValueError), (2**63, ValueError), (1.5, TypeError), (True, TypeError)):
        with pytest.raises(error, match="seed"):
            TrainingDataGenerator(config(), seed=bad)


def test_an_index_offset_fixes_the_parameters_whatever_the_seed():
    one = generate(seed=1, pipeline={"parameter_sampler_index_offset": 100})
    other = generate(seed=2, pipeline={"parameter_sampler_index_offset": 100})
    np.testing.assert_array_equal(one["theta"], other["theta"])
    assert not np.array_equal(one["lan_data"], other["lan_data"])
    next_file = generate(file_index=1, pipeline={"parameter_sampler_index_offset": 100})
    shifted = generate(pipeline={"parameter_sampler_index_offset": 100 + K})
    np.testing.assert_array_equal(next_file["theta"], shifted["theta"])
    v, a = np.random.default_rng(100).uniform([-3.0, 0.3], [3.0, 2.5])
    np.testing.assert_array_equal(one["theta"][0, :2], np.float32([v, a]))


@pytest.mark.slow
def test_the_hash_seed_changes_nothing(tmp_path):
    code = (
        "import sys, pickle, numpy as np\n"
        "from ssms.dataset_generators.lan_mlp import TrainingDataGenerator as G\n"
        "g = G(pickle.load(open(sys.argv[1], 'rb')), seed=1)\n"
        "data = g.generate_data_training()\n"
        "print(g.file_name(0), *(v.tobytes().hex() for v in data.values() if hasattr(v, 'shape')))"
    )
    (tmp_path / "config").write_bytes(pickle.dumps(config("full_ddm_rv_deadline")))
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "config")],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


def test_files_of_two_models_with_one_seed_share_no_numbers():
    one, other = generate("ddm"), generate("ddm_st")
    unit = [
        (data["theta"] - low) / (np.array(high) - low)
        for data in (one, other)
        for low, high in [np.array(data["model_config"]["param_bounds"])]
    ]
    assert not np.isin(unit[0].round(5), unit[1].round(5)).mean() > 0.1
    apart = np.abs(unit[0][:, :4] - unit[1][:, :4])
    assert (apart > 1e-4).mean() > 0.95


# --- settings that take effect -------------------------------------------------------------


def test_filters_take_effect():
    filters = {"mean_rt": 1.5, "choice_cnt": 1}
    every = generate(seed=3, pipeline={"n_parameter_sets": 20})
    fast = generate(seed=3, pipeline={"n_parameter_sets": 20, "simulation_filters": filters})
    assert fast["theta"].shape == every["theta"].shape
    assert not same(fast, every)
    assert np.all(fast["theta"][:, 3] < 1.5)
    assert np.all(fast["binned_128"].sum(axis=1) >= 1)
    kept = [row for row in every["theta"].tolist() if row in fast["theta"].tolist()]
    assert 0 < len(kept) < 20  # sets that passed at once are the same as without filters


def test_a_filter_that_rejects_too_often_is_an_error_that_says_which():
    settings = {"simulation_filters": {"mean_rt": 0.001}, "n_parameter_sets_rejected": 7}
    for n_cpus in (1, 2):
        with pytest.raises(GenerationError, match=r"mean_rt 8 times.*v=.*at most 0\.001"):
            generate(pipeline={**settings, "n_cpus": n_cpus})


class OneSet:
    """A sampler that has a single parameter set: one that seldom ends at the lower boundary."""

    def sample(self, n_samples=1, rng=None):
        theta = {"v": 2.5, "a": 1.0, "z": 0.5, "t": 0.2}
        return {name: np.full(n_samples, value, np.float32) for name, value in theta.items()}

    def get_param_space(self):
        return {}


def test_a_rejected_set_is_simulated_anew():
    # P(lower) is 0.0067: 40 samples hold one in every fourth attempt
    settings = config(
        simulator={"n_samples": 40}, pipeline={"simulation_filters": {"choice_cnt": 1}}
    )
    pipeline = SimulationPipeline(
        settings, model_config["ddm"], KDEEstimatorBuilder, ResampleMixtureStrategy, OneSet()
    )
    for seed in range(20):
        result = pipeline.generate_for_parameter_set(1, seed)
        assert result["success"]
        assert np.all(result["data"]["binned_128"].sum(axis=1) >= 1)


def test_simulator_settings_take_effect():
    early = generate(simulator={"max_t": 0.05})
    assert np.all(early["opn_labels"] > 0.05)
    assert early["lan_data"][early["lan_labels"] == np.float32(-66.774), 4].max() <= 0.05
    assert generate(simulator={"n_samples": 50})["binned_128"].sum() == 50 * K
    assert not same(generate(simulator={"n_samples": 50}), generate())
    assert same(generate(simulator={"method": "exact"}), generate())
    with pytest.raises(ValueError, match="method"):
        generate(simulator={"method": "exakt"})


def test_training_settings_take_effect():
    separate = generate(training={"separate_response_channels": True})
    assert separate["lan_data"].shape == (K * S, 4 + 1 + 2)
    assert np.all(separate["lan_data"][:, 5:].sum(axis=1) == 1)
    shifted = generate(training={"negative_rt_log_likelihood": -7.0})
    assert np.all(shifted["lan_labels"][shifted["lan_data"][:, 4] < 0] == -7.0)


def test_output_settings_take_effect(tmp_path):
    data = generate(output={"nbins": 32})
    assert data["binned_32"].shape == (K, 32, 2)
    np.testing.assert_array_equal(
        data["binned_32"].sum(axis=(1, 2)), data["binned_128"].sum(axis=(1, 2))
    )
    folder = tmp_path / "new" / "folder"
    generator = TrainingDataGenerator(
        config(output={"folder": folder, "pickle_protocol": 5}), seed=1
    )
    assert not folder.exists()  # nothing is made before there is something to write
    generator.generate_data_training(save=True)
    (path,) = folder.iterdir()
    assert path.read_bytes()[1] == 5


def test_cpn_only_leaves_out_the_likelihoods():
    small = {**config(), "cpn_only": True}
    data = TrainingDataGenerator(small, seed=1).generate_data_training()
    assert not {"lan_data", "lan_labels"} & set(data)
    np.testing.assert_array_equal(data["cpn_labels"], generate()["cpn_labels"])


def test_displacement_takes_effect_and_is_refused_where_t_varies():
    assert not same(generate(estimator={"displace_t": True}), generate())
    with pytest.warns(UserWarning, match="displace_t is set to False.*ddm_st"):
        data = generate("ddm_st", estimator={"displace_t": True})
    assert data["generator_config"]["estimator"]["displace_t"] is False


def test_progress_and_verbose(capsys):
    done = []
    small = config(pipeline={"n_parameter_sets": 5, "n_subruns": 2, "n_cpus": 2})
    TrainingDataGenerator(small, seed=1).generate_data_training(verbose=True, progress=done.append)
    assert done == [1, 2, 3, 4, 5]
    assert capsys.readouterr().out.splitlines() == [
        "round 1 of 2: 2 of 5 parameter sets",
        "round 2 of 2: 5 of 5 parameter sets",
    ]


@pytest.mark.parametrize("n_cpus", [1, 2])
def test_cancellation_and_interrupts_leave_no_file(tmp_path, n_cpus):
    small = config(
        pipeline={"n_parameter_sets": 500, "n_cpus": n_cpus}, output={"folder": tmp_path}
    )
    generator = TrainingDataGenerator(small, seed=1)
    cancel = threading.Event()

    def cancel_at_three(n_done):
        if n_done == 3:
            cancel.set()

    def interrupt_at_three(n_done):
        if n_done == 3:
            raise KeyboardInterrupt

    with pytest.raises(CancelledError):
        generator.generate_data_training(save=True, progress=cancel_at_three, cancel=cancel)
    with pytest.raises(KeyboardInterrupt):
        generator.generate_data_training(save=True, progress=interrupt_at_three)
    assert list(tmp_path.iterdir()) == []


# --- models and pipelines of one's own -----------------------------------------------------


def test_a_model_configuration_goes_before_the_name():
    mine = ModelConfigBuilder.from_model("ddm_sdv")
    data = TrainingDataGenerator(config("ddm"), mine, seed=1).generate_data_training()
    assert data["generator_config"]["model"] == "ddm_sdv"
    assert data["theta"].shape == (K, 5)


def test_changed_bounds_are_respected():
    mine = ModelConfigBuilder.from_model("ddm", param_bounds=[[-1, 1, 0.4, 0], [1, 1.5, 0.6, 0.1]])
    data = TrainingDataGenerator(config(), mine, seed=1).generate_data_training()
    assert np.all(np.abs(data["theta"][:, 0]) <= 1)
    assert data["model_config"]["param_bounds"][1] == [1.0, 1.5, 0.6, 0.1]


def coin(bias, t, *, n_samples, n_trials, random_state, **_):
    """A model of one's own: three choices, times that are exponential after t."""
    rng = np.random.default_rng(random_state)
    rts = t[None, :] + rng.exponential(0.3, (n_samples, n_trials))
    choices = rng.choice(3, size=(n_samples, n_trials), p=[0.5, 0.3, 0.2])
    return {"rts": rts[..., None], "choices": choices[..., None], "metadata": {}}


def test_a_model_of_ones_own_with_three_choices():
    mine = ModelConfigBuilder.from_scratch(
        "coin", ["bias", "t"], coin, 3, param_bounds=[[0, 0.1], [1, 0.2]], default_params=[0.5, 0.1]
    )
    data = TrainingDataGenerator(config(), mine, seed=1).generate_data_training()
    assert data["cpn_labels"].shape == (K, 3)
    assert data["binned_256"].shape == (K, 256, 3)
    np.testing.assert_allclose(data["cpn_labels"].sum(axis=1), 1, atol=1e-6)
    assert data["model_config"]["simulator"] == "coin"
    assert set(np.unique(data["lan_data"][:, 3])) <= {0.0, 1.0, 2.0}


def test_a_deadline_in_the_name_alone_is_added_with_a_warning():
    with pytest.warns(DeprecationWarning, match="with_deadline"):
        generator = TrainingDataGenerator(config("ddm_deadline"), model_config["ddm"], seed=1)
    assert generator.model_config["params"][-1] == "deadline"


def test_a_pipeline_can_be_given_in_place_of_a_configuration():
    pipeline = create_data_generation_pipeline(config(pipeline={"seed": 1}), model_config["ddm"])
    assert isinstance(pipeline, SimulationPipeline)
    assert isinstance(pipeline, DataGenerationPipelineProtocol)
    assert pipeline.get_param_space() == model_config["ddm"]["param_bounds_dict"]
    assert same(TrainingDataGenerator(pipeline).generate_data_training(), generate(seed=1))


def test_one_set_of_a_pipeline():
    pipeline = create_data_generation_pipeline(config(), model_config["ddm"])
    result = pipeline.generate_for_parameter_set(5, 6)
    assert result["success"] is True
    assert result["theta"]["v"].shape == (1,)
    assert result["data"]["lan_data"].shape == (S, 6)
    again = pipeline.generate_for_parameter_set(5, 6)
    np.testing.assert_array_equal(result["data"]["lan_data"], again["data"]["lan_data"])
    strict = config(pipeline={"simulation_filters": {"std": 99}, "n_parameter_sets_rejected": 0})
    refused = create_data_generation_pipeline(strict, model_config["ddm"])
    result = refused.generate_for_parameter_set(5, 6)
    assert (result["success"], result["data"]) == (False, None)
    assert "std 1 times" in result["error"]


# --- what is refused -----------------------------------------------------------------------


def test_impossible_input_is_refused_before_any_work():
    with pytest.raises(ValueError, match="No config specified"):
        TrainingDataGenerator(None)
    with pytest.raises(ValueError, match="Did you mean 'ddm'"):
        TrainingDataGenerator(config("dmm"))
    nameless = config()
    del nameless["model"]
    with pytest.raises(ValueError, match="No model"):
        TrainingDataGenerator(nameless)
    unbounded = ModelConfigBuilder.from_scratch("coin", ["bias", "t"], coin, 3)
    with pytest.raises(ValueError, match="param_bounds"):
        TrainingDataGenerator(config(), unbounded)


def test_the_callers_configuration_stays_as_it_was():
    mine = config()
    before = copy.deepcopy(mine)
    TrainingDataGenerator(mine, seed=1).generate_data_training()
    assert mine == before
