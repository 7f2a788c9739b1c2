"""Defaults for generating training data, and the readers of such configurations."""

import numpy as np
import pytest

from ssms.config import (
    KDE_NO_DISPLACE_T,
    boundary_config_to_function_params,
    get_default_generator_config,
    get_lan_config,
    get_lan_kde_config,
    model_config,
)
from ssms.config.config_utils import (
    get_nested_config,
    get_parameter_sampler_index_offset,
    has_nested_structure,
)
from ssms.config.generator_config.data_generator_config import (
    get_nested_generator_config,
    get_snpe_config,
)


def test_lan_is_the_default_and_has_the_released_values():
    config = get_default_generator_config()
    assert config == get_default_generator_config("lan") == get_lan_kde_config()
    assert config == get_nested_generator_config()
    assert config["model"] == "ddm"
    assert config["pipeline"]["n_parameter_sets"] == 1000
    assert config["pipeline"]["simulation_filters"] == {
        "mode": 20,
        "choice_cnt": 0,
        "mean_rt": 17,
        "std": 0,
        "mode_cnt_rel": 0.95,
    }
    assert config["training"] == {
        "n_samples_per_param": 1000,
        "mixture_probabilities": [0.8, 0.1, 0.1],
        "separate_response_channels": False,
        "negative_rt_log_likelihood": -66.77497,
    }
    assert config["simulator"] == {
        "n_samples": 1000,
        "delta_t": 0.001,
        "max_t": 20.0,
        "smooth_unif": True,
    }
    assert config["estimator"]["type"] == "kde"
    assert config["output"]["folder"] == "data/lan_mlp/"


def test_the_model_goes_into_the_config():
    assert get_default_generator_config("lan", model="full_ddm")["model"] == "full_ddm"
    assert get_default_generator_config("snpe", model="full_ddm")["model"] == "full_ddm"


def test_every_call_gives_a_new_config():
    get_default_generator_config()["pipeline"]["simulation_filters"]["mode"] = 0
    assert get_default_generator_config()["pipeline"]["simulation_filters"]["mode"] == 20


@pytest.mark.parametrize("approach", ["ratio_estimator", "defective_detector", "snpe"])
def test_flat_approaches(approach):
    config = get_default_generator_config(approach)
    assert not has_nested_structure(config)
    assert config["output_folder"].startswith("data/")


def test_snpe():
    assert get_snpe_config()["n_samples"] == 5000


def test_unknown_approach():
    with pytest.raises(KeyError, match=r"approach 'lam'\. Did you mean 'lan'"):
        get_default_generator_config("lam")


def test_the_deprecated_name_warns():
    with pytest.deprecated_call(match="get_lan_kde_config"):
        assert get_lan_config() == get_lan_kde_config()


def test_boundary_keys_get_a_prefix():
    assert boundary_config_to_function_params({"a": 1}) == {"boundary_a": 1}


def test_get_nested_config():
    config = {"simulator": {"n_samples": 10}, "n_samples": 3}
    assert get_nested_config(config, "simulator", "n_samples") == 10
    assert get_nested_config(config, "simulator", "max_t") is None
    assert get_nested_config(config, "pipeline", "n_samples", 7) == 7


def test_has_nested_structure():
    assert has_nested_structure(get_lan_kde_config())
    assert not has_nested_structure({"n_samples": 3})


@pytest.mark.parametrize("offset", [0, 5, np.int64(5), 2**61])
def test_parameter_sampler_index_offset(offset):
    config = {"pipeline": {"parameter_sampler_index_offset": offset}}
    assert get_parameter_sampler_index_offset(config) == offset


def test_no_offset_is_none():
    assert get_parameter_sampler_index_offset({}) is None


@pytest.mark.parametrize(
    ("offset", "error"), [(-1, ValueError), (1.5, TypeError), (True, TypeError)]
)
def test_offsets_that_are_refused(offset, error):
    with pytest.raises(error, match=r"pipeline\.parameter_sampler_index_offset must be"):
        get_parameter_sampler_index_offset({"pipeline": {"parameter_sampler_index_offset": offset}})


def test_models_whose_nondecision_time_varies_are_not_displaced():
    varies = {
        name
        for name, config in model_config.items()
        if getattr(config["simulator"], "nondecision", None) is not None
        and config["simulator"].nondecision.distribution != "constant"
    }
    assert varies == set(KDE_NO_DISPLACE_T)
