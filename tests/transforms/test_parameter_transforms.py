"""Transforms of parameters: what they do, and that they leave alone what they do not name."""

import numpy as np
import pytest

from ssms.transforms import (
    ApplyMapping,
    ColumnStackParameters,
    ConditionalAdaptation,
    DeleteParameters,
    ExpandDimension,
    LambdaAdaptation,
    NormalizeToSumConstraint,
    ParameterTransform,
    RenameParameter,
    SetDefaultValue,
    SetZeroArray,
    SwapIfLessConstraint,
    TileArray,
)


def column(*values):
    return np.array(values, dtype=np.float32)


def assert_same(theta, expected):
    assert set(theta) == set(expected)
    for name, value in expected.items():
        np.testing.assert_array_equal(theta[name], value)
        assert np.shape(theta[name]) == np.shape(value), name


def test_swap_exchanges_where_the_first_is_not_larger():
    theta = {"a": column(1, 2, 3), "z": column(2, 2, 1)}
    assert_same(
        SwapIfLessConstraint("a", "z").apply(theta), {"a": column(2, 2, 3), "z": column(1, 2, 1)}
    )
    assert theta["a"].dtype == np.float32
    assert (theta["a"] >= theta["z"]).all()


def test_swap_of_scalars():
    assert_same(SwapIfLessConstraint("a", "z").apply({"a": 1.0, "z": 2.0}), {"a": 2.0, "z": 1.0})


def test_normalize():
    theta = {"p": column(1, 0), "q": column(3, 0), "other": column(7, 7)}
    NormalizeToSumConstraint(["p", "q"]).apply(theta)
    assert_same(theta, {"p": column(0.25, 0.5), "q": column(0.75, 0.5), "other": column(7, 7)})
    assert theta["p"].dtype == np.float32


def test_defaults():
    theta = SetDefaultValue("z", 0.5).apply({"v": column(1, 2)})
    assert_same(theta, {"v": column(1, 2), "z": column(0.5, 0.5)})
    assert_same(SetDefaultValue("z", 0.7).apply(theta), {"v": column(1, 2), "z": column(0.5, 0.5)})
    per_trial = SetDefaultValue("z", column(0.1, 0.2)).apply({}, n_trials=2)
    assert_same(per_trial, {"z": column(0.1, 0.2)})
    with pytest.raises(ValueError, match="one number for each of 3 trials"):
        SetDefaultValue("z", column(0.1, 0.2)).apply({}, n_trials=3)


def test_expand():
    theta = ExpandDimension(["t", "a", "absent"]).apply({"t": column(1, 2), "a": 3.0})
    assert_same(theta, {"t": column(1, 2)[:, None], "a": np.array([[3.0]])})


def test_stack():
    theta = {"v0": column(1, 2), "v1": column(3, 4)}
    stacked = np.array([[1, 3], [2, 4]])
    kept = ColumnStackParameters(["v0", "v1"], "v", delete_sources=False).apply(dict(theta))
    assert_same(kept, {**theta, "v": stacked})
    assert_same(ColumnStackParameters(["v0", "v1"], "v").apply(theta), {"v": stacked})


def test_stack_onto_one_of_its_sources():
    theta = {"v": column(1, 2), "w": column(3, 4)}
    assert_same(
        ColumnStackParameters(["v", "w"], "v").apply(theta), {"v": np.array([[1, 3], [2, 4]])}
    )


def test_rename():
    assert_same(RenameParameter("A", "z").apply({"A": column(1)}), {"z": column(1)})
    doubled = RenameParameter("A", "z", lambda value: 2 * value).apply({"A": column(1)})
    assert_same(doubled, {"z": column(2)})


def test_delete():
    assert DeleteParameters(["a", "absent"]).apply({"a": 1, "b": 2}) == {"b": 2}


def test_zeros():
    assert_same(SetZeroArray("z").apply({"z": column(5, 5)}), {"z": column(0, 0)})
    assert SetZeroArray("z", shape=(None, 3)).apply({}, n_trials=2)["z"].shape == (2, 3)
    assert SetZeroArray("z", shape=(4,)).apply({}, n_trials=2)["z"].shape == (4,)


def test_tile():
    assert_same(TileArray("z", 0.5).apply({}, n_trials=3), {"z": column(0.5, 0.5, 0.5)})
    tiled = TileArray("z", [1.0, 2.0]).apply({"z": 9.0}, n_trials=2)
    assert_same(tiled, {"z": np.array([[1, 2], [1, 2]])})


def test_mapping():
    config = {"simulator_param_mappings": {"width": lambda sz, a: sz * a}}
    step = ApplyMapping("sz", "width", "width", additional_sources=["a"], delete_source=True)
    theta = step.apply({"sz": column(1, 2), "a": column(3, 3)}, config)
    assert_same(theta, {"a": column(3, 3), "width": column(3, 6)})


def test_condition():
    zero = SetZeroArray("z")
    many = ConditionalAdaptation(lambda theta, config, n: n > 1, zero)
    assert "z" in many.apply({}, {}, 2)
    assert "z" not in many.apply({}, {}, 1)


def test_function():
    step = LambdaAdaptation(lambda theta, config, n: {**theta, "n": n}, name="count")
    assert step.apply({"a": 1}, {}, 2) == {"a": 1, "n": 2}
    with pytest.raises(TypeError, match="'forgot' must be a dict, got None"):
        LambdaAdaptation(lambda theta, config, n: None, name="forgot").apply({})


@pytest.mark.parametrize(
    "step",
    [
        SwapIfLessConstraint("a", "absent"),
        SwapIfLessConstraint("absent", "a"),
        NormalizeToSumConstraint(["a", "absent"]),
        ExpandDimension(["absent"]),
        ColumnStackParameters(["a", "absent"], "v"),
        RenameParameter("absent", "v"),
        DeleteParameters(["absent"]),
        ApplyMapping("a", "b", "no such mapping"),
        ApplyMapping("a", "b", "double", additional_sources=["absent"]),
    ],
    ids=repr,
)
def test_nothing_happens_where_a_source_is_absent(step):
    theta = {"a": column(1, 2)}
    config = {"simulator_param_mappings": {"double": lambda *values: 0}}
    assert step.apply(theta, config, 2) is theta
    assert_same(theta, {"a": column(1, 2)})


def test_theta_is_changed_in_place():
    theta = {"A": column(1, 2), "b": column(2, 3)}
    for step in (SwapIfLessConstraint("A", "b"), RenameParameter("A", "z"), SetZeroArray("t")):
        assert step.apply(theta, {}, 2) is theta


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (SwapIfLessConstraint("a", "z"), "SwapIfLessConstraint(param_a='a', param_b='z')"),
        (NormalizeToSumConstraint(["p"]), "NormalizeToSumConstraint(param_names=['p'])"),
        (LambdaAdaptation(lambda t, c, n: t), "LambdaAdaptation(name='lambda')"),
        (
            ConditionalAdaptation(lambda t, c, n: True, DeleteParameters(["a"])),
            "ConditionalAdaptation(DeleteParameters(param_names=['a']))",
        ),
    ],
)
def test_transforms_print_as_they_are_written(step, text):
    assert repr(step) == text


def test_a_transform_must_say_what_it_does():
    with pytest.raises(TypeError, match="abstract"):
        ParameterTransform()
