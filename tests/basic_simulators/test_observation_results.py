"""Results with named fields: what is taken, what is refused."""

import numpy as np
import pytest

import ssms
from ssms.basic_simulators import normalize_simulator_result, validate_observation_result

SCHEMA = (
    {"name": "rt", "kind": "continuous", "lower": 0.0},
    {"name": "response", "kind": "categorical", "values": (-1, 1)},
)
PAIRS = (("rts", "rt"), ("choices", "response"))
LEGACY = {
    "rts": np.array([[0.5], [-999.0], [0.7]], np.float32),
    "choices": np.array([[1], [1], [-1]], np.int32),
    "metadata": {"x": 1},
}
NATIVE = {
    "observations": np.array([[[0.5, 1.0]], [[np.nan, np.nan]]]),
    "omission_mask": np.array([[False], [True]]),
    "metadata": {"observation_schema_version": 1, "observation_schema": SCHEMA},
}
A = {"name": "a", "kind": "continuous"}
LABELS = {"name": "a", "kind": "categorical"}
ANGLE = {"name": "a", "kind": "circular"}


def normalize(n=3, schema=SCHEMA, pairs=PAIRS, omission_source="rts", **changes):
    return normalize_simulator_result(
        {**LEGACY, **changes},
        expected_n_samples=n,
        expected_n_trials=1,
        observation_schema=schema,
        source_projection=pairs,
        omission_source=omission_source,
    )


def of_schema(*schema, version=1, observations=None):
    if observations is None:
        observations = np.ones((2, 1, len(schema)))
    metadata = {"observation_schema_version": version, "observation_schema": schema}
    return validate_observation_result(
        {"observations": observations, "omission_mask": np.zeros((2, 1), bool),
         "metadata": metadata}
    )  # fmt: skip


@pytest.mark.parametrize(("n_samples", "n_trials"), [(4, 1), (1, 3), (4, 3), (1, 1)])
def test_results_of_a_simulator(n_samples, n_trials):
    theta = {"v": np.ones(n_trials), "a": 1.0, "z": 0.5, "t": 0.3}
    results = ssms.Simulator("ddm").simulate(theta, n_samples=n_samples, random_state=1)
    native = normalize_simulator_result(
        results,
        expected_n_samples=n_samples,
        expected_n_trials=n_trials,
        observation_schema=SCHEMA,
        source_projection=PAIRS,
        omission_source="rts",
    )
    assert native["observations"].dtype == np.float64
    np.testing.assert_array_equal(native["observations"][..., 0], results.rt)
    np.testing.assert_array_equal(native["observations"][..., 1], results.choice)
    assert not native["omission_mask"].any()
    assert "observation_schema" not in results["metadata"]


def test_an_omission_is_nan_in_every_field():
    native = normalize()
    np.testing.assert_array_equal(native["omission_mask"], [[False], [True], [False]])
    rows = [[0.5, 1.0], [np.nan, np.nan], [0.7, -1.0]]
    np.testing.assert_allclose(native["observations"][:, 0], rows, rtol=1e-6)
    assert native["metadata"] == {"x": 1, **NATIVE["metadata"]}
    assert LEGACY["metadata"] == {"x": 1}
    assert normalize(schema=SCHEMA[:1], pairs=PAIRS[:1])["observations"].dtype == np.float32
    assert normalize(choices=np.array([[1], [-999], [-1]]))["omission_mask"].sum() == 1
    assert normalize(n=np.int64(3))["rts"] is LEGACY["rts"]


@pytest.mark.parametrize(
    ("error", "changes", "words"),
    [
        (ValueError, {"observations": 1}, "observations"),
        (ValueError, {"omission_mask": 1}, "omission_mask"),
        (ValueError, {"choices": np.array([[1], [1], [-999]])}, "-999"),
        (TypeError, {"rts": [[0.5], [-999.0], [0.7]]}, "rts must be a NumPy array"),
        (ValueError, {"rts": LEGACY["rts"].ravel()}, r"\(3, 1\)"),
        (ValueError, {"n": 4}, r"\(4, 1\)"),
        (ValueError, {"n": 0}, "expected_n_samples"),
        (TypeError, {"n": True}, "expected_n_samples"),
        (TypeError, {"n": 3.0}, "expected_n_samples"),
        (ValueError, {"omission_source": "choices"}, "-999"),
        (ValueError, {"omission_source": "x"}, "rts, choices"),
        (TypeError, {"omission_source": None}, "rts, choices"),
        (TypeError, {"pairs": list(PAIRS)}, "tuple"),
        (ValueError, {"pairs": PAIRS[::-1]}, "order"),
        (ValueError, {"pairs": PAIRS[:1]}, "fields rt, response"),
        (ValueError, {"pairs": (PAIRS[0], ("rts", "response"))}, "different key"),
        (TypeError, {"schema": list(SCHEMA)}, "tuple"),
        (ValueError, {"schema": (*SCHEMA, A)}, "one or two"),
        (TypeError, {"metadata": []}, "metadata"),
        (ValueError, {"rts": np.array([[0.5], [-999.0], [np.nan]])}, "NaN in some"),
        (ValueError, {"rts": np.array([[0.5], [-999.0], [-0.1]])}, "'rt'.*-0.1"),
        (ValueError, {"choices": np.array([[1], [1], [2]])}, "'response'.*2"),
        (TypeError, {"choices": LEGACY["choices"] > 0}, "bool"),
        (TypeError, {"rts": LEGACY["rts"].astype(object)}, "object"),
        (ValueError, {"choices": np.array([[2**60 + 1], [1], [-1]])}, r"'response'.*got 1\.15"),
    ],
)  # fmt: skip
def test_results_that_are_refused(error, changes, words):
    with pytest.raises(error, match=words):
        normalize(**changes)


@pytest.mark.parametrize(
    "schema",
    [
        A, {**A, "lower": 1}, {**A, "upper": 1, "upper_inclusive": True},
        {**LABELS, "values": (0, 1)}, {**LABELS, "values": [1.0]},
        {**ANGLE, "lower": 1, "upper": 2}, {**ANGLE, "lower": 0, "upper": 2},
    ],
)  # fmt: skip
def test_fields_that_hold_a_one(schema):
    assert of_schema(schema)["observations"].shape == (2, 1, 1)


@pytest.mark.parametrize(
    ("error", "schema", "words"),
    [
        (TypeError, [1], "mapping"),
        (ValueError, {"kind": "continuous"}, "name"),
        (ValueError, {**A, "name": ""}, "name"),
        (ValueError, {**A, "name": 1}, "name"),
        (ValueError, {**A, "kind": "x"}, "kind"),
        (ValueError, {**A, "foo": 1}, "foo"),
        (ValueError, {**A, "lower": 1, "upper": 1}, "below upper"),
        (ValueError, {**A, "lower": np.nan}, "finite"),
        (ValueError, {**A, "lower": "0"}, "finite"),
        (ValueError, {**A, "lower": True}, "finite"),
        (ValueError, {**A, "lower": 0, "lower_inclusive": 1}, "True or False"),
        (ValueError, {**A, "lower_inclusive": False}, "without"),
        (ValueError, {**A, "lower": 1, "lower_inclusive": False}, "'a'"),
        (ValueError, LABELS, "values"),
        (ValueError, {**LABELS, "values": ()}, "one label"),
        (ValueError, {**LABELS, "values": (1, 1)}, "different"),
        (ValueError, {**LABELS, "values": (1, 0.5)}, "whole"),
        (ValueError, {**LABELS, "values": (True,)}, "whole"),
        (ValueError, {**LABELS, "values": ("1",)}, "whole"),
        (ValueError, {**LABELS, "values": (1, 2**60 + 1)}, "float64"),
        (TypeError, {**LABELS, "values": np.array([0, 1])}, "list or tuple"),
        (ValueError, ANGLE, "lower"),
        (ValueError, {**ANGLE, "lower": 0, "upper": 1}, "'a'"),
        (ValueError, {**ANGLE, "lower": 0, "upper": 2, "lower_inclusive": True}, "circular"),
    ],
)
def test_fields_that_are_refused(error, schema, words):
    with pytest.raises(error, match=words):
        of_schema(schema)


@pytest.mark.parametrize(
    ("error", "changes", "words"),
    [
        (TypeError, {"observations": [[1]]}, "NumPy"),
        (TypeError, {"observations": np.ones((2, 1, 2), int)}, "floating"),
        (ValueError, {"observations": np.ones((2, 2))}, "n_trials, 2"),
        (TypeError, {"omission_mask": np.zeros((2, 1), int)}, "boolean"),
        (ValueError, {"omission_mask": np.zeros(2, bool)}, r"\(2, 1\)"),
        (ValueError, {"omission_mask": np.zeros((2, 1), bool)}, "exactly"),
        (ValueError, {"omission_mask": np.ones((2, 1), bool)}, "exactly"),
        (ValueError, {"observations": np.array([[[0.5, 1]], [[1, np.nan]]])}, "NaN in some"),
        (ValueError, {"observations": np.array([[[np.inf, 1]], [[np.nan] * 2]])}, "inf"),
        (ValueError, {"metadata": {}}, "observation_schema_version"),
    ],
)
def test_native_results_that_are_refused(error, changes, words):
    assert validate_observation_result({**NATIVE, "more": 1})["more"] == 1
    with pytest.raises(error, match=words):
        validate_observation_result({**NATIVE, **changes})


def test_schemas_as_a_whole():
    for version in (2, True, 1.0):
        with pytest.raises(ValueError, match="observation_schema_version"):
            of_schema(A, version=version)
    with pytest.raises(ValueError, match="different names"):
        of_schema(A, A)
    with pytest.raises(ValueError, match="one field"):
        of_schema()
    with pytest.raises(TypeError, match="mapping"):
        validate_observation_result([1])
    with pytest.raises(ValueError, match="observations"):
        validate_observation_result({})
