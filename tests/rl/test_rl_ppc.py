"""Mode "ppc": participants learn from observed trials, and respond afresh."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from rl.rl_models import THETA, OneByOne, model
from ssms.rl import Simulator, learning


@pytest.fixture(scope="module")
def observed():
    return Simulator(model()).simulate(THETA, 40, 3, random_state=1)


def predict(observed, parts=None, **arguments):
    arguments = {"random_state": 2, "mode": "ppc", "observed_data": observed} | arguments
    theta = {**THETA, **arguments.pop("theta", {})}
    return Simulator(model(**(parts or {}))).simulate(theta, **arguments)


def test_shape(observed):
    before = observed.copy()
    data = predict(observed)
    assert_frame_equal(observed, before)
    assert list(data.columns) == list(observed.columns)
    for name in ("participant_id", "trial_id", "feedback"):
        assert (data[name] == observed[name]).all()
    assert not (data["rt"] == observed["rt"]).any()
    assert set(data["response"]) == {-1, 1}
    assert_frame_equal(predict(observed), data)
    assert_frame_equal(predict(observed, {"learning_process": OneByOne()}), data)


def test_ids_are_kept(observed):
    names = observed.assign(participant_id=observed["participant_id"].map("s{}".format))
    names = names.set_index(np.arange(len(names)) * 2).iloc[::-1]
    data = predict(names)
    assert data["participant_id"].tolist() == names["participant_id"].tolist()
    assert data["trial_id"].tolist() == names["trial_id"].tolist()


def test_learning_follows_what_was_observed(observed):
    """The drift of each trial is the one that the observed history implies."""
    seen = []

    class Watched(learning.RescorlaWagnerDrift):
        def compute_python(self, state, params, context):
            seen.append(super().compute_python(state, params, context)["v"])
            return {"v": seen[-1]}

    predict(observed, {"learning_process": Watched()})
    seen = np.array(seen).reshape(40, 3).T
    function = model().assemble("python").assemble_participant_fn()
    for p, own in observed.groupby("participant_id"):
        fields = own.assign(**THETA)[["rl_alpha", "scaler", "response", "feedback"]]
        np.testing.assert_array_equal(function(fields.to_numpy()), seen[p])


def test_responses_follow_the_observed_drift(observed):
    """After the same history, responses have the probability of the decision model."""
    a, n = 0.9, 400
    copies = pd.concat([observed] * n, ignore_index=True)
    copies["participant_id"] = np.repeat(np.arange(3 * n), 40)
    responses = predict(copies, theta={"a": a})["response"].to_numpy()
    function = model().assemble("python").assemble_participant_fn()
    fields = observed.assign(**THETA)[["rl_alpha", "scaler", "response", "feedback"]].to_numpy()
    v = np.concatenate([function(own) for own in fields.reshape(3, 40, 4)])
    p = 1 / (1 + np.exp(-2 * a * v))
    share = (responses.reshape(n, 120) == 1).mean(axis=0)
    z = (share - p) / np.sqrt(p * (1 - p) / n)
    # 120 trials: none beyond 4.5, and a mean square near 1, whose deviation is sqrt(2 / 120)
    assert np.abs(z).max() < 4.5
    assert abs((z**2).mean() - 1) < 4 * np.sqrt(2 / z.size)


def test_lists_of_theta(observed):
    alone = predict(observed)
    lists = predict(observed, theta={"a": [THETA["a"], 1.5, 0.5]})
    assert_frame_equal(lists[:40], alone[:40])
    assert not lists[40:80].equals(alone[40:80])


def test_fewer_participants_give_the_beginning(observed):
    assert_frame_equal(predict(observed[:80]), predict(observed)[:80])


def test_omissions_are_predicted(observed):
    data = predict(
        observed,
        {"decision_process": "ddm_deadline", "include_choice": True},
        theta={"deadline": 0.5},
    )
    omitted = data["rt"] == -999.0
    assert omitted.any()
    assert (data.loc[omitted, ["response", "choice"]] == -999).all(axis=None)
    assert (data["feedback"] == observed["feedback"]).all()


def test_choice_is_predicted(observed):
    data = predict(observed, {"include_choice": True})
    assert (data["choice"] == (data["response"] == 1)).all()


@pytest.mark.parametrize(
    ("change", "arguments", "words"),
    [
        (lambda d: None, {}, "observed_data must be given"),
        (lambda d: d, {"n_participants": 2}, "n_participants must be 3"),
        (lambda d: d, {"theta": {"a": [1.0, 2.0]}}, "3 participants, got 2"),
        (lambda d: d.drop(columns="trial_id"), {}, "trial_id"),
        (lambda d: d.drop(columns="feedback"), {}, "missing_column.*'feedback'"),
        (lambda d: d[:-1], {}, "unbalanced_panel"),
        (lambda d: d.sort_values("trial_id"), {}, "interleaved_participants"),
        (lambda d: d.assign(rt=-999.0), {}, "omission_rt"),
        (lambda d: d.to_dict(), {}, "invalid_type"),
    ],
)
def test_bad_data(observed, change, arguments, words):
    with pytest.raises(ValueError, match=words):
        predict(change(observed), **arguments)
