"""Checks of observed data: every code, and reports as text."""

import numpy as np
import pandas as pd
import pytest

from rl.rl_models import THETA, model
from ssms.rl import Simulator, validation


@pytest.fixture(scope="module")
def data():
    return Simulator(model()).simulate(THETA, 3, 2, random_state=1)


def codes(report, level="error"):
    return [issue.code for issue in report.issues if issue.level == level]


def objects(*values):
    return pd.Series(values, dtype=object)


def first(value):
    """Return a column with `value` first."""
    return lambda column: [value, *column[1:]]


def with_column(name, change):
    return lambda data: data.assign(**{name: change(data[name].tolist())})


BAD = [
    (lambda d: d.to_numpy(), ["invalid_type"]),
    (lambda d: d[:0], ["empty_data"]),
    (lambda d: pd.DataFrame(), ["empty_data"]),
    (lambda d: d.drop(columns="feedback"), ["missing_column"]),
    (lambda d: d.drop(columns=["rt", "response"]), ["missing_column"] * 2),
    (lambda d: d.drop(columns="participant_id"), ["missing_column"]),
    (with_column("participant_id", first(None)), ["null_participant_id", "missing_values"]),
    (lambda d: d.iloc[[0, 3, 1, 4, 2, 5]], ["interleaved_participants"]),
    (lambda d: d[:5], ["unbalanced_panel"]),
    (with_column("feedback", first(np.nan)), ["missing_values"]),
    (with_column("rt", first(np.nan)), ["missing_values"]),
    (with_column("response", first(None)), ["missing_values"]),
    (with_column("rt", first(-999.0)), ["omission_rt"]),
    (with_column("response", first(-999)), ["omission_response"]),
    (with_column("response", lambda c: ["left"] * 6), ["invalid_response_dtype"]),
    (with_column("response", lambda c: ["1"] * 6), ["invalid_response_dtype"]),
    (with_column("response", first(0.5)), ["invalid_response_labels"]),
    (with_column("response", first(np.inf)), ["invalid_response_labels"]),
    (with_column("response", first(0)), ["invalid_response_labels", "unmapped_response_labels"]),
    (with_column("rt", lambda c: ["fast"] * 6), ["invalid_rt_dtype"]),
    (with_column("rt", first(np.inf)), ["invalid_rt"]),
    (with_column("rt", first(0.0)), ["non_positive_rt"]),
    (with_column("rt", first(-0.5)), ["non_positive_rt"]),
    (with_column("feedback", lambda c: ["x"] * 6), ["invalid_context"]),
    (with_column("feedback", first(np.inf)), ["invalid_context"]),
]


@pytest.mark.parametrize(("change", "expected"), BAD)
def test_errors(data, change, expected):
    report = model().validate_data(change(data))
    assert codes(report) == expected
    assert not report.ok
    with pytest.raises(ValueError, match=expected[0]) as raised:
        report.raise_for_errors()
    for issue in report.issues:
        assert (issue.message in str(raised.value)) == (issue.level == "error")


def test_every_code_is_tested():
    documented = set(validation.validate_rlssm_data.__doc__.split("``")[1::2])
    assert documented == {"extra_columns"} | {code for _, found in BAD for code in found}


def test_good_data(data):
    report = model().validate_data(data)
    assert report.ok
    assert codes(report) == []
    assert (report.n_participants, report.n_trials) == (2, 3)
    report.raise_for_errors()
    # further columns may hold anything; trial_id counts as one
    report = model().validate_data(data.assign(note="x"))
    assert codes(report, "warning") == ["extra_columns"]
    assert "['note', 'trial_id']" in report.issues[0].message
    assert model().validate_data(data.drop(columns="trial_id")).issues == []


@pytest.mark.parametrize("kind", [float, object, "int8"])
def test_types_of_good_responses(data, kind):
    assert model().validate_data(data.astype({"response": kind})).ok


def test_two_mistakes(data):
    report = model().validate_data(data[:5].assign(rt=-1.0, feedback=np.nan))
    assert codes(report) == ["unbalanced_panel", "missing_values", "non_positive_rt"]
    assert report.n_participants is None


def test_choices_alone_have_no_times(data):
    alone = model(response=["response"])
    assert alone.validate_data(data.drop(columns="rt")).ok
    # further columns are not read
    assert alone.validate_data(data.assign(rt=-1.0)).ok


def test_text(data, capsys):
    report = model().validate_data(data.drop(columns="feedback"))
    report.print()
    text = capsys.readouterr().out
    assert text == f"{report}\n"
    assert "[ERROR] missing_column: Required column 'feedback' is missing." in text
    assert "hint: Expected columns include: ['participant_id', 'rt'" in text
    model().validate_data(data).print()
    text = capsys.readouterr().out
    assert "[WARNING] extra_columns" in text
    assert "participants=2, trials_per_participant=3" in text
    validation.DataValidationReport().print()
    assert "nothing is wrong" in capsys.readouterr().out


def test_long_lists_are_cut():
    n = 50
    data = pd.DataFrame(
        {
            "participant_id": [*range(n), n - 1],
            "rt": 1.0,
            "response": np.arange(n + 1) + 2,
            "feedback": 0.0,
        }
    )
    report = model().validate_data(data)
    assert codes(report)[0] == "unbalanced_panel"
    assert all(len(issue.message) < 400 for issue in report.issues)
