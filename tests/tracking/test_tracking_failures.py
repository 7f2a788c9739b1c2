"""What an exception of MLflow, or of a library below it, is said to mean."""

import threading

import pytest

from ssms.tracking.calls import patient_call
from ssms.tracking.failures import Unavailable, first_line, read_failure


class OperationalError(Exception):
    """As of SQLAlchemy and of the drivers."""


class MlflowException(Exception):
    """As of MLflow, with its code."""

    def __init__(self, message, code):
        super().__init__(message)
        self.error_code = code


def in_mlflow(error, code="TEMPORARILY_UNAVAILABLE"):
    """Return an error of a database as MLflow's store wraps it."""
    wrapped = MlflowException(str(error), code)
    wrapped.__cause__ = error
    return wrapped


@pytest.mark.parametrize(
    ("message", "transient", "cause"),
    [
        ('(1267, "Illegal mix of collations (latin1_swedish_ci,IMPLICIT) ...")', False, "Unicode"),
        (
            "(1366, \"Incorrect string value: '\\\\xF0' for column `tags`.`value`\")",
            False,
            "Unicode",
        ),
        ("(2013, 'Lost connection to MySQL server during query')", True, "database was lost"),
        ("terminating connection due to administrator command", True, "database was lost"),
        ("database is locked", True, "locked"),
        ("(1045, \"Access denied for user 'ann'@'localhost'\")", False, "credentials"),
    ],
)
def test_an_error_of_a_database_is_told_from_one_of_a_server(message, transient, cause):
    failure = read_failure(in_mlflow(OperationalError(message)))
    assert cause in failure.cause
    assert failure.transient is transient


def test_a_server_in_trouble():
    error = MlflowException("API request failed with error code 503", "TEMPORARILY_UNAVAILABLE")
    failure = read_failure(error)
    assert (failure.transient, "5xx" in failure.cause) == (True, True)


def test_advice_to_programmers_is_left_out():
    text = "(raised as a result of Query-invoked autoflush; consider ...)\nvalue too long"
    assert first_line(text) == "value too long"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "does not speak https"),
        ("[SSL] record layer failure (_ssl.c:1006)", "does not speak https"),
        ("Connection string is either blank or malformed.", "AZURE_STORAGE_CONNECTION_STRING"),
    ],
)
def test_causes_that_other_words_hide(text, cause):
    """R24."""
    found = read_failure(ConnectionError(f"Max retries exceeded (Caused by SSLError({text}))"))
    assert cause in found.cause
    assert not found.transient


def test_no_answer_names_the_whole_wait():
    with pytest.raises(Unavailable, match=r"no answer within 1\.2 s"):
        patient_call(lambda: threading.Event().wait(20), 1.2, 0.5)
