"""`model_config`: a mapping that hands out copies, of everything that is known."""

import subprocess
import sys
import timeit

import numpy as np
import pytest

from ssms.config import model_config
from ssms.config.config_utils import copy_config

WAYS = {
    "[]": lambda: model_config["full_ddm"],
    "get": lambda: model_config.get("full_ddm"),
    "values": lambda: next(
        c for n, c in zip(model_config, model_config.values(), strict=True) if n == "full_ddm"
    ),
    "items": lambda: dict(model_config.items())["full_ddm"],
    "deadline": lambda: model_config["full_ddm_deadline"],
}


@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_taken_out_is_a_copy(way):
    taken = WAYS[way]()
    untouched = WAYS[way]()
    taken["params"].append("changed")
    taken["param_bounds"][0][0] = 99.0
    taken["param_bounds_dict"]["v"] = (99.0, 100.0)
    taken["parameter_transforms"]["sampling"].append("changed")
    taken["ndt_edge_shift"]["scale"] = 99.0
    taken["choices"].clear()
    assert WAYS[way]() == untouched


def test_process_and_functions_are_shared():
    first, second = model_config["ddm"], model_config["ddm"]
    assert first["simulator"] is second["simulator"]
    assert first["boundary"] is second["boundary"]


def test_every_model_has_the_fields_that_clients_read():
    for name, config in model_config.items():
        n = len(config["params"])
        assert config["n_params"] == n == len(config["default_params"])
        assert list(config["param_bounds_dict"]) == config["params"]
        assert len(config["choices"]) == config["nchoices"], name
        assert callable(config["simulator"])
        assert callable(config["boundary"])
        assert isinstance(config["boundary_name"], str)
        assert config["n_particles"] >= 1
        assert set(config["parameter_transforms"]) == {"sampling", "simulation"}
        # LANfactory writes the bounds into its network configurations in this way.
        as_written = np.asarray(config["param_bounds"]).tolist()
        assert isinstance(as_written, dict) or np.shape(as_written) == (2, n)


def test_bounds_that_depend_on_a_parameter_are_a_mapping():
    config = model_config["full_ddm_rv"]
    assert config["param_bounds"]["st"] == (0.001, "t")
    assert config["param_bounds_dict"]["st"] == (0.001, "t")


@pytest.mark.parametrize("name", [n for n in model_config if f"{n}_deadline" in model_config])
def test_deadline_variant(name):
    plain, config = model_config[name], model_config[f"{name}_deadline"]
    assert config["params"] == [*plain["params"], "deadline"]
    assert config["n_params"] == plain["n_params"] + 1
    assert config["default_params"] == [*plain["default_params"], 10.0]
    assert config["param_bounds_dict"]["deadline"] == (0.001, 10.0)
    assert config["name"] == plain["name"] + "_deadline"
    assert config["deadline"] is True
    if isinstance(plain["param_bounds"], dict):
        assert config["param_bounds"]["deadline"] == (0.001, 10.0)
    else:
        assert [row[-1] for row in config["param_bounds"]] == [0.001, 10.0]
        assert [row[:-1] for row in config["param_bounds"]] == plain["param_bounds"]


def test_membership_and_listing():
    assert "ddm" in model_config
    assert "ddm_deadline" in model_config
    assert "dmm" not in model_config
    assert None not in model_config
    assert "_deadline" not in model_config
    assert not any(name.endswith("_deadline") for name in model_config)
    assert len(model_config) == len(list(model_config.keys()))
    assert model_config.get("dmm") is None
    assert model_config.get("dmm", 7) == 7


def test_unknown_models_are_a_key_error_with_the_nearest_name():
    with pytest.raises(KeyError, match="Did you mean 'full_ddm'"):
        model_config["fulddm"]


def test_repr_lists_the_models():
    assert repr(model_config).startswith(f"model_config with {len(model_config)} models: ddm, ")


def test_taking_a_config_is_cheap():
    seconds = min(timeit.repeat(lambda: model_config["full_ddm"], number=200, repeat=5)) / 200
    assert seconds < 200e-6


def test_importing_the_floor_imports_nothing_heavy():
    heavy = {"pandas", "scipy", "sklearn", "matplotlib", "mlflow", "ssms.config.catalogue"}
    code = f"import sys, ssms.config; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # The catalogue is read when a model is first asked for.
    assert done.stdout.strip() == "[]"


def test_copies_go_all_the_way_down_but_share_functions():
    original = {"a": [1, {"b": (np.zeros(2), print)}]}
    copied = copy_config(original)
    copied["a"][1]["b"][0][0] = 5.0
    assert original["a"][1]["b"][0][0] == 0.0
    assert copied["a"][1]["b"][1] is print


def test_it_cannot_be_changed_and_says_how_models_are_added():
    with pytest.raises(TypeError, match=r"register_model_config\('mine', config\) adds a model"):
        model_config["mine"] = model_config["ddm"]
    assert model_config.copy()["ddm"]["params"] == model_config["ddm"]["params"]
