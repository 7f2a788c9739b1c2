"""ModelConfigBuilder: configurations whose fields agree."""

import pytest

from ssms.config import ModelConfigBuilder as Builder
from ssms.config import describe, model_config
from ssms.curves.boundaries import angle
from ssms.curves.drifts import gamma_drift
from ssms.errors import ConfigError, ParameterError, ParameterTypeError, UnknownNameError
from ssms.transforms import SetZeroArray, SwapIfLessConstraint


def simulate(**arguments):
    return {}


def test_from_model_gives_an_independent_config():
    config = Builder.from_model("ddm")
    assert config == model_config["ddm"]
    config["params"].append("changed")
    assert model_config["ddm"]["params"] == ["v", "a", "z", "t"]


@pytest.mark.parametrize("name", ["ddm_deadline", "ddm_deadline_deadline"])
def test_from_model_with_a_deadline(name):
    assert Builder.from_model(name) == model_config["ddm_deadline"]


def test_bounds_replaced_as_rows():
    rows = [[-1.0, 0.5, 0.2, 0.0], [1.0, 2.0, 0.8, 1.0]]
    config = Builder.from_model("ddm", param_bounds=rows)
    assert config["param_bounds"] == rows
    assert config["param_bounds_dict"]["a"] == (0.5, 2.0)


@pytest.mark.parametrize("key", ["param_bounds", "param_bounds_dict"])
def test_bounds_of_some_parameters_replaced_by_name(key):
    config = Builder.from_model("ddm", **{key: {"z": [0.4, 0.6]}})
    assert config["param_bounds"] == [[-3.0, 0.3, 0.4, 0.0], [3.0, 2.5, 0.6, 2.0]]
    assert config["param_bounds_dict"]["z"] == (0.4, 0.6)
    assert config["param_bounds_dict"]["a"] == (0.3, 2.5)


def test_the_callers_bounds_are_not_kept():
    rows = [[-1.0, 0.5, 0.2, 0.0], [1.0, 2.0, 0.8, 1.0]]
    Builder.from_model("ddm", param_bounds=rows)["param_bounds"][0][0] = 99.0
    assert rows[0][0] == -1.0


def test_parameters_dropped_and_reordered_take_everything_with_them():
    config = Builder.from_model("ddm", params=["a", "v", "t"], simulator=simulate)
    assert config["n_params"] == 3
    assert config["default_params"] == [1.0, 0.0, 0.001]
    assert config["param_bounds"] == [[0.3, -3.0, 0.0], [2.5, 3.0, 2.0]]
    assert list(config["param_bounds_dict"]) == ["a", "v", "t"]


def test_own_function_may_bear_a_registered_name():
    def angle(t, a, rate):
        return a / (1.0 + rate * t)

    config = Builder.from_model(
        "ddm",
        params=["v", "a", "z", "t", "rate"],
        param_bounds={"rate": (0.0, 1.0)},
        default_params={"rate": 0.1},
        boundary=angle,
        boundary_params=["a", "rate"],
    )
    for again in (Builder.with_overrides(config), Builder.with_deadline(config)):
        assert again["boundary"] is angle
        assert again["boundary_params"] == ["a", "rate"]


def test_a_dropped_parameter_that_is_still_needed_is_named():
    with pytest.raises(ConfigError, match="ndt_edge_shift needs the parameter 'st'"):
        Builder.from_model("full_ddm", params=["v", "a", "z", "t"])


def test_parameters_added_need_bounds_and_defaults():
    added = ["v", "a", "z", "t", "theta", "b"]
    with pytest.raises(ConfigError, match="param_bounds must be given for b"):
        Builder.from_model("ddm", params=added, param_bounds={"theta": (0.0, 1.0)})
    with pytest.raises(ConfigError, match="default_params must be given for b"):
        Builder.from_model("ddm", params=added, default_params={"theta": 0.1})
    unknown = Builder.from_model("ddm", params=added)
    assert not {"param_bounds", "param_bounds_dict", "default_params"} & set(unknown)
    config = Builder.from_model(
        "ddm",
        params=["v", "a", "z", "t", "theta"],
        param_bounds={"theta": (0.0, 1.0)},
        default_params={"theta": 0.1},
        boundary="angle",
    )
    assert config["boundary"] is angle
    assert config["boundary_params"] == ["a", "theta"]
    assert config["default_params"] == [0.0, 1.0, 0.5, 0.001, 0.1]
    assert config["param_bounds"][1] == [3.0, 2.5, 0.9, 2.0, 1.0]


@pytest.mark.parametrize(
    ("overrides", "error", "message"),
    [
        ({"param_bound": {}}, UnknownNameError, "'param_bound'. Did you mean 'param_bounds'"),
        ({"param_bounds": {"w": (0, 1)}}, UnknownNameError, "param_bounds 'w'"),
        ({"param_bounds": [[0.0], [1.0]]}, ConfigError, "one low and one high for each"),
        ({"param_bounds": 3}, ConfigError, r"must be \[\[low"),
        ({"param_bounds": {"v": (1.0, -1.0)}}, ConfigError, "low <= high"),
        ({"param_bounds": {"v": (0.0, float("nan"))}}, ConfigError, "not a finite number: nan"),
        ({"param_bounds": {"v": (0.0, "w")}}, ConfigError, "'w', not another parameter"),
        ({"default_params": [0.0]}, ConfigError, "one value for each of"),
        ({"default_params": {"w": 0.0}}, UnknownNameError, "default_params 'w'"),
        ({"default_params": "abcd"}, ParameterTypeError, "default_params"),
        ({"n_params": 7}, ConfigError, "expected 4, got 7"),
        ({"params": "vazt"}, ParameterTypeError, "a list of parameter names"),
        ({"params": ["v", "v"]}, ConfigError, "'v' twice"),
        ({"choices": [0, 1, 2]}, ConfigError, "choices must be 2 labels"),
        ({"choices": [1, 1]}, ConfigError, "different labels"),
        ({"nchoices": 0}, ConfigError, "nchoices must be a positive integer"),
        ({"simulator": "ddm"}, ConfigError, "simulator must be callable"),
        ({"boundary": "angel"}, UnknownNameError, "Did you mean 'angle'"),
        ({"boundary": max}, ConfigError, "signature of the boundary function 'max' cannot be read"),
        ({"boundary": 3}, ParameterError, "the name of a registered one or a function"),
        ({"boundary": "angle", "boundary_params": ["a"]}, ConfigError, "takes the parameters"),
        ({"drift_params": ["v"]}, ConfigError, "without a drift"),
        ({"ndt_edge_shift": {"param": "st"}}, ConfigError, "ndt_edge_shift must be"),
        ({"ndt_edge_shift": {"param": "t", "scale": True}}, ConfigError, "must be 0 or more"),
        ({"ndt_edge_shift": {"param": "st", "scale": 1.0}}, ConfigError, "'st'"),
        ({"parameter_transforms": {"sample": []}}, ConfigError, "parameter_transforms must be"),
        ({"parameter_transforms": {"sampling": [3]}}, ConfigError, "has no apply"),
    ],
)
def test_overrides_that_contradict_the_model_are_refused(overrides, error, message):
    with pytest.raises(error, match=message):
        Builder.from_model("ddm", **overrides)


def test_other_choices():
    config = Builder.from_model("ddm", nchoices=3)
    assert config["choices"] == [0, 1, 2]
    assert Builder.from_model("ddm", choices=[0, 1])["choices"] == [0, 1]


def test_unknown_model():
    with pytest.raises(ValueError, match=r"Unknown model 'dmm'\. Did you mean 'ddm'"):
        Builder.from_model("dmm")
    with pytest.raises(TypeError, match="model_name"):
        Builder.from_model(3)


def test_from_scratch_can_feed_a_parameter_sampler():
    config = Builder.from_scratch(
        "mine",
        ["v", "a"],
        simulate,
        3,
        param_bounds=[[0.0, 1.0], [1.0, 2.0]],
        default_params=[0.5, 1.5],
        boundary="constant",
        ndt_edge_shift=None,
    )
    assert config["name"] == "mine"
    assert config["params"] == ["v", "a"]
    assert config["n_params"] == 2
    assert config["choices"] == [0, 1, 2]
    assert config["n_particles"] == 1
    assert config["simulator"] is simulate
    assert config["param_bounds"] == [[0.0, 1.0], [1.0, 2.0]]
    assert config["param_bounds_dict"] == {"v": (0.0, 1.0), "a": (1.0, 2.0)}
    assert config["boundary_name"] == "constant"
    assert Builder.validate_config(config, strict=True) == (True, [])


def test_from_scratch_refuses_what_it_would_have_to_ignore():
    with pytest.raises(UnknownNameError, match=r"'choice'\. Did you mean 'choices'"):
        Builder.from_scratch("mine", ["v"], simulate, 2, choice=[0, 1])
    with pytest.raises(ConfigError, match="param_bounds must be given for a"):
        Builder.from_scratch("mine", ["v", "a"], simulate, 2, param_bounds={"v": (0, 1)})
    with pytest.raises(ConfigError, match="nchoices"):
        Builder.from_scratch("mine", ["v"], simulate, 0)
    with pytest.raises(ConfigError, match="callable"):
        Builder.from_scratch("mine", ["v"], "ddm", 2)


def test_minimal_config():
    assert Builder.minimal_config(["v", "a"], simulate) == {
        "name": "custom",
        "params": ["v", "a"],
        "n_params": 2,
        "nchoices": 2,
        "choices": [0, 1],
        "n_particles": 1,
        "simulator": simulate,
    }


def test_validate_config_names_all_that_is_missing():
    assert Builder.validate_config({}) == (
        False,
        [
            "Missing required field: 'params'",
            "Missing required field: 'nchoices'",
            "Missing required field: 'simulator'",
        ],
    )
    complete = {"params": ["v"], "nchoices": 2, "simulator": simulate}
    assert Builder.validate_config(complete) == (True, [])
    valid, messages = Builder.validate_config(complete, strict=True)
    assert not valid
    assert len(messages) == 4


def test_validate_config_reports_every_contradiction():
    config = {
        "params": ["v"],
        "nchoices": 2,
        "simulator": simulate,
        "n_params": 3,
        "param_bounds": [[0.0], [1.0, 2.0]],
        "default_params": [1.0, 2.0],
        "choices": [1, 2, 3],
    }
    valid, messages = Builder.validate_config(config)
    assert not valid
    assert len(messages) == 4


def test_validate_config_compares_both_forms_of_bounds():
    config = Builder.from_model("ddm")
    config["param_bounds_dict"]["v"] = (-1.0, 1.0)
    valid, messages = Builder.validate_config(config)
    assert not valid
    assert "differ for ['v']" in messages[0]


def test_every_model_is_valid():
    for name in model_config:
        for variant in filter(model_config.__contains__, (name, f"{name}_deadline")):
            assert Builder.validate_config(model_config[variant], strict=True) == (True, [])


def test_add_boundary_and_drift_by_name_in_place():
    config = Builder.from_model("ddm")
    assert Builder.add_boundary(config, "weibull_cdf") is config
    assert config["boundary_name"] == "weibull_cdf"
    assert config["boundary_params"] == ["a", "alpha", "beta"]
    Builder.add_drift(config, "gamma_drift")
    assert config["drift_fun"] is gamma_drift
    assert config["drift_params"] == ["v", "shape", "scale", "c"]


def test_add_a_function():
    def parabolic(t, a, width):
        return a * (1 - (t / width) ** 2)

    config = Builder.add_boundary(Builder.from_model("ddm"), parabolic, ["a", "width"])
    assert config["boundary"] is parabolic
    assert config["boundary_name"] == "parabolic"
    with pytest.raises(ConfigError, match="takes no argument 'slope'"):
        Builder.add_boundary(config, parabolic, ["a", "slope"])


def test_with_deadline_changes_nothing_twice_and_nothing_of_the_original():
    config = Builder.from_model("full_ddm_rv")
    once = Builder.with_deadline(config)
    assert "deadline" not in config["param_bounds"]
    assert Builder.with_deadline(once) == once
    assert once["param_bounds"]["deadline"] == (0.001, 10.0)
    minimal = Builder.with_deadline(Builder.minimal_config(["v"], simulate))
    assert minimal["params"] == ["v", "deadline"]
    assert minimal["name"] == "custom_deadline"


def test_get_transforms():
    swap, zero = SwapIfLessConstraint("b", "A"), SetZeroArray("z")
    config = Builder.from_model(
        "ddm", parameter_transforms={"sampling": [swap], "simulation": [zero]}
    )
    assert Builder.get_sampling_transforms(config) == [swap]
    assert Builder.get_simulation_transforms(config) == [zero]
    assert Builder.get_transforms({}, "sampling") == []
    with pytest.raises(ValueError, match="'sampling' or 'simulation'"):
        Builder.get_transforms(config, "both")


def test_any_config_prints():
    text = describe(Builder.minimal_config(["v"], simulate))
    assert text.splitlines()[:3] == ["custom", "  simulated by simulate", "  choices: 0, 1"]
    assert text.endswith("v            -     -        -")
    config = Builder.from_model("ddm", boundary=lambda t, a: a, boundary_params=["a"])
    assert "  stops when |x| ≥ b(τ)" in describe(config)
