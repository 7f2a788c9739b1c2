"""The generator configuration: every key takes effect or is refused by its name."""

import copy

import pytest

from ssms.config import get_default_generator_config
from ssms.dataset_generators.settings import (
    available_cpus,
    known_keys,
    resolve_generator_config,
    resolve_n_cpus,
)
from ssms.errors import ConfigError


def test_the_defaults_resolve_to_themselves_and_stay_untouched():
    config = get_default_generator_config("lan", model="full_ddm")
    before = copy.deepcopy(config)
    resolved = resolve_generator_config(config)
    assert config == before
    assert resolved["model"] == "full_ddm"
    assert resolved["simulator"]["n_samples"] == before["simulator"]["n_samples"]
    assert resolved["pipeline"]["n_cpus"] == available_cpus()
    assert resolve_generator_config(resolved) == resolved


def test_absent_keys_and_sections_are_filled_in():
    resolved = resolve_generator_config({"training": {"n_samples_per_param": 7}})
    assert resolved["training"]["n_samples_per_param"] == 7
    assert resolved["training"]["mixture_probabilities"] == [0.8, 0.1, 0.1]
    assert resolved["simulator"]["delta_t"] == 0.001


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"simulator": {"n_sample": 10}}, "Unknown key simulator.n_sample.*'simulator.n_samples'"),
        ({"simulator": {"n_cpus": 2}}, "Unknown key simulator.n_cpus.*'pipeline.n_cpus'"),
        ({"simulatr": {}, "output": {}}, "Unknown key simulatr"),
        ({"pipeline": {"n_parameter_sets": 0}}, "pipeline.n_parameter_sets must be a whole"),
        ({"pipeline": {"n_parameter_sets": 2.5}}, "pipeline.n_parameter_sets"),
        ({"pipeline": {"n_parameter_sets": True}}, "pipeline.n_parameter_sets"),
        ({"pipeline": {"n_cpus": 0}}, "pipeline.n_cpus must be a positive whole number or 'all'"),
        ({"pipeline": {"n_cpus": "many"}}, "pipeline.n_cpus"),
        ({"pipeline": {"seed": -1}}, "pipeline.seed"),
        ({"pipeline": {"parameter_sampler_index_offset": -3}}, "parameter_sampler_index_offset"),
        ({"pipeline": {"simulation_filters": {"mean": 3}}}, "filters.*did you mean mean_rt"),
        ({"pipeline": {"simulation_filters": {"mode": "x"}}}, "filters.*a finite number"),
        ({"pipeline": 3}, "pipeline must be a mapping"),
        ({"estimator": {"type": "kd"}}, r"estimator\.type must be one of kde.*did you mean kde"),
        ({"estimator": {"pdf_interpolation": "quintic"}}, "estimator.pdf_interpolation"),
        ({"estimator": {"max_undecided_prob": 2}}, "estimator.max_undecided_prob"),
        ({"training": {"mixture_probabilities": [0.5, 0.5]}}, "mixture_probabilities"),
        ({"training": {"mixture_probabilities": [0.5, 0.1, 0.1]}}, "mixture_probabilities"),
        ({"training": {"separate_response_channels": "no"}}, "separate_response_channels"),
        ({"training": {"negative_rt_log_likelihood": float("nan")}}, "negative_rt_log"),
        ({"simulator": {"delta_t": 0}}, "simulator.delta_t must be a positive number, got 0"),
        ({"simulator": {"max_t": "20"}}, "simulator.max_t"),
        ({"simulator": {"smooth_unif": 1}}, "simulator.smooth_unif"),
        ({"output": {"pickle_protocol": 99}}, "output.pickle_protocol"),
        ({"output": {"bin_pointwise": True}}, "output.bin_pointwise must be False"),
        ({"output": {}, "generator_approach": "cpn"}, "generator_approach"),
        ({"n_samples": 10}, "Flat generator_config"),
        ({}, "Flat generator_config"),
        (None, "No config specified"),
        ([1], "config must be a mapping"),
    ],
)
def test_bad_configurations_are_refused_by_name(config, message):
    with pytest.raises(ConfigError, match=message):
        resolve_generator_config(config)


def test_flat_approaches_are_refused():
    with pytest.raises(ValueError, match="Flat"):
        resolve_generator_config(get_default_generator_config("snpe"))


def test_both_spellings_of_filters_and_displacement():
    resolved = resolve_generator_config(
        {
            "pipeline": {"simulation_filters": {"mean_rt": 3, "std": 0.1}},
            "simulator": {"filters": {"mean_rt": 2}},
            "estimator": {"kde_displace_t": True},
        }
    )
    assert resolved["pipeline"]["simulation_filters"] == {"mean_rt": 2.0, "std": 0.1}
    assert resolved["estimator"]["displace_t"] is True
    assert "filters" not in resolved["simulator"]


def test_n_cpus():
    assert resolve_n_cpus("all") == available_cpus() >= 1
    assert resolve_n_cpus(" 3 ") == 3
    with pytest.raises(ConfigError, match=r"--n-cpus must be"):
        resolve_n_cpus("-1", "--n-cpus")


def test_known_keys_are_the_ones_that_are_taken():
    assert "pipeline.n_parameter_sets_rejected" in known_keys()
    assert len(known_keys()) == len(set(known_keys()))
