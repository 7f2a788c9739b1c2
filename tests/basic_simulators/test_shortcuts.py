"""The short way in, results as people look at them, and the forms that parameters may have."""

import copy
import sys
from collections import namedtuple
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

import ssms
from ssms.errors import MissingPackageError, ParameterError, ParameterTypeError, UnknownNameError

THETA = {"v": [0.5, 1.0], "a": 1.2, "z": 0.5, "t": 0.3}


def test_simulate_is_the_simulator_under_its_name():
    long = ssms.Simulator("ddm").simulate(THETA, n_samples=20, random_state=1)
    for model in ("ddm", ssms.Simulator("ddm"), ssms.config.model_config["ddm"]):
        short = ssms.simulate(model, THETA, n_samples=20, seed=1)
        np.testing.assert_array_equal(short["rts"], long["rts"])


def test_models_are_listed_and_printed():
    assert {"ddm", "angle", "levy"} <= set(ssms.models())
    assert "theta" in ssms.model("angle").params
    assert "v ~" in str(ssms.model("full_ddm"))
    assert ssms.model("ddm_deadline").params[-1] == "deadline"
    with pytest.raises(UnknownNameError, match="Did you mean 'angle'"):
        ssms.model("angel")


def test_models_are_found_by_a_pattern():
    assert ssms.models("race_?") == ["race_2", "race_3", "race_4"]
    assert ssms.models("no such*") == []


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("random_state", "give the seed as seed"),
        ("boundary", "Simulator.model, boundary=...."),
        ("n_trials", "theta holds the parameters of each trial"),
        ("sed", "sed"),
    ],
)
def test_options_of_related_functions_are_refused_with_advice(option, words):
    with pytest.raises(TypeError, match=words):
        ssms.simulate("ddm", THETA, **{option: 1})


def test_a_table_without_pandas_says_what_to_install(monkeypatch):
    results = ssms.simulate("ddm", THETA, n_samples=2, seed=1)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingPackageError, match=r"pandas is not installed: pip install .*\[rl\]"):
        results.to_frame()


def test_results_have_two_axes_whatever_their_shape():
    for n_samples, theta in ((5, THETA), (1, THETA), (5, [1.0, 1.0, 0.5, 0.3])):
        out = ssms.simulate("ddm", theta, n_samples=n_samples, seed=1)
        assert out.rt.shape == out.choice.shape == out.omitted.shape
        assert out.rt.shape == (n_samples, 2 if theta is THETA else 1)
        np.testing.assert_array_equal(out.rt.ravel(), out["rts"].ravel())


def test_results_become_a_table():
    out = ssms.simulate("ddm_deadline", {**THETA, "deadline": 0.8}, n_samples=50, seed=1)
    frame = out.to_frame()
    assert list(frame.columns) == ["trial", "sample", "rt", "response"]
    assert len(frame) == 100
    row = frame[(frame.trial == 1) & (frame["sample"] == 7)].iloc[0]
    assert row.rt == out.rt[7, 1]
    assert row.response == out.choice[7, 1]
    assert (frame.rt == -999).sum() == out.omitted.sum() > 0
    with_nan = out.to_frame(omissions="nan")
    assert with_nan.rt.isna().sum() == out.omitted.sum()
    with pytest.raises(UnknownNameError, match="omissions"):
        out.to_frame(omissions="drop")


def test_results_print_what_people_look_for():
    out = ssms.simulate("ddm_deadline", {**THETA, "deadline": 0.8}, n_samples=50, seed=1)
    text, html = repr(out), out._repr_html_()
    assert text.splitlines()[0] == "ddm_deadline: 50 samples of 2 trials, method exact"
    assert text.splitlines()[1].split() == ["choice", "share", "mean", "rt", "median", "rt"]
    shares = [float(line.split()[1]) for line in text.splitlines()[2:]]
    assert sum(shares) == pytest.approx(1.0, abs=0.002)
    assert "omitted" in text
    assert html.count("<tr>") == len(text.splitlines()) - 1


Row = namedtuple("Row", "v a z t")


@pytest.mark.parametrize(
    "theta",
    [
        MappingProxyType({"v": [0.5, 1.0], "a": [1.2], "z": np.array([0.5]), "t": 0.3}),
        pd.DataFrame({"v": [0.5, 1.0], "a": 1.2, "z": 0.5, "t": 0.3}),
        list(pd.DataFrame({"v": [0.5, 1.0], "a": 1.2, "z": 0.5, "t": 0.3}).itertuples()),
        pd.DataFrame({"v": [0.5, 1.0], "a": 1.2, "z": 0.5, "t": 0.3}).to_dict("records"),
        pd.DataFrame({"v": [0.5, 1.0], "a": 1.2, "z": 0.5, "t": 0.3}).to_records(index=False),
        [Row(0.5, 1.2, 0.5, 0.3), Row(1.0, 1.2, 0.5, 0.3)],
        np.ma.masked_array([[0.5, 1.2, 0.5, 0.3], [1.0, 1.2, 0.5, 0.3]]),
    ],
)
def test_anything_with_names_is_theta(theta):
    expected = ssms.simulate("ddm", THETA, n_samples=5, seed=1)
    np.testing.assert_array_equal(
        ssms.simulate("ddm", theta, n_samples=5, seed=1)["rts"], expected["rts"]
    )


@pytest.mark.parametrize(
    "theta", [Row(0.5, 1.2, 0.5, 0.3), pd.Series(Row(0.5, 1.2, 0.5, 0.3)._asdict())]
)
def test_a_record_is_one_trial(theta):
    assert ssms.simulate("ddm", theta, n_samples=5, seed=1)["rts"].shape == (5, 1)


@pytest.mark.parametrize(
    ("missing", "error"),
    [
        (np.ma.masked_array([0.5, 99.0], mask=[0, 1]), ParameterError),
        (np.ma.masked, ParameterError),
        ([0.5, None], ParameterTypeError),
        ([0.5, np.nan], ParameterError),
        (pd.array([0.5, pd.NA], dtype="Float64"), ParameterError),
    ],
)
def test_a_missing_value_is_refused_whatever_marks_it(missing, error):
    with pytest.raises(error, match="v"):
        ssms.simulate("ddm", {**THETA, "v": missing}, seed=1)


def test_seed_sequences_are_seeds():
    sequence = np.random.SeedSequence(5)
    first, again = (ssms.simulate("ddm", THETA, 5, seed=sequence)["rts"] for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other = ssms.simulate("ddm", THETA, 5, seed=np.random.SeedSequence(6))["rts"]
    assert (first != other).any()


@pytest.mark.parametrize("z", [0.0, 1.0, np.float32(1.0)])
@pytest.mark.parametrize(
    ("model", "more"),
    [
        ("ddm", {}),
        ("angle", {"theta": 0.3}),
        ("weibull", {"alpha": 2.0, "beta": 1.0}),
        ("ornstein", {"g": 0.5}),
        ("levy", {"alpha": 1.5}),
    ],
)
def test_a_start_on_a_boundary_decides_at_once(model, more, z):
    theta = {"v": 0.5, "a": 1.2, "z": z, "t": 0.3, **more}
    for method in ssms.Simulator(model).methods:
        out = ssms.simulate(model, theta, 100, seed=1, method=method, smooth_unif=False)
        np.testing.assert_array_equal(out["rts"], np.float32(0.3))
        assert (out["choices"] == (1 if z == 1 else -1)).all()


def test_invalid_trials_can_be_omitted():
    n = 1000
    theta = {"v": np.linspace(-1, 1, n), "a": np.full(n, 1.2), "z": 0.5, "t": 0.3}
    theta["a"][[3, 500]] = -0.01
    theta["v"][7] = np.nan
    with pytest.raises(ParameterError, match="a of trial 3 must be greater than 0"):
        ssms.simulate("ddm", theta, 2, seed=1)
    with pytest.warns(UserWarning, match=r"3 of 1000 trials .* a of trial 3"):
        out = ssms.simulate("ddm", theta, 2, seed=1, on_invalid="omit")
    invalid = np.isin(np.arange(n), [3, 7, 500])
    assert (out.omitted.all(axis=0) == invalid).all()
    valid = {k: v[~invalid] if np.ndim(v) else v for k, v in theta.items()}
    first = ssms.simulate(
        "ddm", {k: v[:3] if np.ndim(v) else v for k, v in valid.items()}, 2, seed=1
    )
    np.testing.assert_array_equal(out.rt[:, :3], first.rt)
    assert out.n_invalid == copy.deepcopy(out).n_invalid == 3
    assert first.n_invalid == 0


@pytest.mark.parametrize("model", ["ddm", "full_ddm", "angle", "race_no_bias_angle_4", "lba3"])
def test_every_invalid_trial_is_found_among_many(model):
    rng = np.random.default_rng(1)
    defaults = ssms.model(model).defaults
    theta = {name: np.full(5000, value) for name, value in defaults.items()}
    wrong = rng.random((len(theta), 5000)) < 0.2
    for row, mask in zip(theta.values(), wrong, strict=True):
        row[mask] = np.nan
    invalid = wrong.any(axis=0)
    with pytest.warns(UserWarning, match=f"{invalid.sum()} of 5000 trials"):
        out = ssms.simulate(model, theta, 1, seed=1, on_invalid="omit")
    np.testing.assert_array_equal(out.omitted[0], invalid)
    assert out.n_invalid == invalid.sum()


def test_combinations_are_checked_like_single_values():
    theta = {"v": 0.5, "a": 1.2, "z": 0.5, "t": 0.3, "st": 0.31}
    with pytest.raises(ParameterError, match="st must be at most the non-decision time"):
        ssms.simulate("ddm_st", theta)
    with pytest.raises(ParameterError, match="deadline of trial 0 must be greater than 0"):
        ssms.simulate("ddm_deadline", {**THETA, "deadline": 0.0})
    with pytest.raises(ParameterError, match="st must be greater than 0 where the mean"):
        ssms.simulate("ddm_truncnormt", {"v": 0, "a": 1, "z": 0.5, "mt": -0.1, "st": 0.0})
