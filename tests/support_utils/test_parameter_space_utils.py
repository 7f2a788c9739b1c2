"""Parameter spaces with bounds that refer to other parameters."""

import numpy as np
import pytest

from ssms.support_utils.utils import (
    build_dependency_graph,
    parse_bounds,
    sample_parameters_from_constraints,
    topological_sort,
)


def test_parse_bounds():
    assert parse_bounds((0.001, "t")) == {"t"}
    assert parse_bounds((0.0, 1.0)) == set()


def test_declared_order_is_kept_where_it_can_be():
    space = {"v": (-3, 3), "st": (0.001, "t"), "a": (1, 2), "t": (0.25, 2.25), "z": ("a", 9)}
    assert topological_sort(build_dependency_graph(space)) == ["v", "a", "t", "st", "z"]


def test_draws_respect_the_bounds_they_refer_to():
    space = {"st": (0.001, "t"), "t": (0.25, 2.25)}
    theta = sample_parameters_from_constraints(space, 2000, random_state=3)
    assert list(theta) == ["st", "t"]
    assert theta["st"].dtype == np.float32
    assert np.all(theta["st"] <= theta["t"])
    assert np.corrcoef(theta["st"], theta["t"])[0, 1] > 0.3


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"a": (1, 0)}, "lower bound 1 must not be above upper bound 0"),
        ({"a": ("alph", 2), "alpha": (0, 1)}, "not defined.*Did you mean 'alpha'"),
        ({"a": (0, "b"), "b": (0, "a")}, "Circular dependency"),
        ({"a": (0, np.inf)}, "bound of 'a'"),
    ],
)
def test_impossible_spaces_are_refused(space, message):
    with pytest.raises(ValueError, match=message):
        sample_parameters_from_constraints(space, 2)
