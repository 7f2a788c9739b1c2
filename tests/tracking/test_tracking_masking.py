"""Secrets: masked in texts, log records and warnings, wherever they come from."""

from __future__ import annotations

import json
import logging
from collections import UserDict

import pytest

from ssms.tracking import mask_message, mask_uri, masked_logging
from ssms.tracking.masking import remember_secrets

SECRET = "secret-7f3a"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"postgresql://ann:{SECRET}@host/db", "postgresql://ann:***@host/db"),
        (f"http://ann:{SECRET}@host:5000", "http://ann:***@host:5000"),
        (f"postgresql://ann@azure:{SECRET}@host/db", "postgresql://ann@azure:***@host/db"),
        (f"https://{SECRET}@host", "https://***@host"),
        (f"mysql+pymysql://ann:p@ss/{SECRET}@h/db", "mysql+pymysql://ann:***@h/db"),
        (f"postgresql://h/db?user=a&password={SECRET}", "postgresql://h/db?user=a&password=***"),
        (f"https://a.blob/x?sv=1&sig={SECRET}", "https://a.blob/x?sv=1&sig=***"),
        (f"mssql://h/?odbc_connect=PWD%3D{SECRET}", "mssql://h/?odbc_connect=***"),
        (f"AccountKey={SECRET};EndpointSuffix=x", "AccountKey=***;EndpointSuffix=x"),
        (f"connect('db', password='{SECRET}')", "connect('db', password='***')"),
        (f'{{"password": "my {SECRET}", "n": 3}}', '{"password": "***", "n": 3}'),
        (f"{{'api_key': '{SECRET}'}}", "{'api_key': '***'}"),
        (f"Authorization: Bearer {SECRET}", "Authorization: Bearer ***"),
        ("wasbs://container@account.blob.core.windows.net/x",) * 2,
        ("s3://bucket/path",) * 2,
        ("sqlite:////home/ann/mlflow.db",) * 2,
        ("postgresql://ann@host/db",) * 2,
        ("http://host:5000/#/experiments/1",) * 2,
        ("two http://a:b@h and ftp://c:d@e", "two http://a:***@h and ftp://c:***@e"),
    ],
)
def test_mask(text, masked):
    assert mask_uri(text) == masked
    assert mask_uri(masked) == masked


def test_secrets_of_the_environment_are_masked_everywhere(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "tok-5512-abc")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "aws/5512+abc")
    monkeypatch.setenv("SOME_URL", f"redis://x:{SECRET}@h")
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountName=a;AccountKey=azkey-5512==;")
    text = f"tok-5512-abc aws/5512+abc aws%2F5512%2Babc {SECRET} azkey-5512=="
    assert mask_message(text) == "*** *** *** *** ***"
    assert mask_uri(text) == text


def test_a_variable_that_vanishes_meanwhile_does_no_harm(monkeypatch):
    class Vanishing(UserDict):
        """An environment from which another thread has just taken a variable."""

        def __iter__(self):
            return iter([*self.data, "GONE"])

    monkeypatch.setattr("os.environ", Vanishing(MY_TOKEN="tok-5512-abc"))
    assert mask_message("tok-5512-abc and GONE") == "*** and GONE"


def test_paths_and_switches_are_no_secrets(monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path))
    monkeypatch.setenv("SOME_TOKEN", "1")
    monkeypatch.setenv("SOME_MAX_TOKENS", "100000")
    assert mask_message(f"{tmp_path} 1 100000") == f"{tmp_path} 1 100000"


def test_a_secret_is_remembered_in_all_its_spellings():
    remember_secrets("postgresql://ann:p%40ss%2F7f3a9@h/db")
    assert mask_message("p%40ss%2F7f3a9 p@ss/7f3a9") == "*** ***"
    remember_secrets('postgresql://ann:é"7f3a9@h/db')
    assert mask_message(json.dumps({"password": 'é"7f3a9'})) == '{"password": "***"}'


@pytest.mark.parametrize("password", [f"it's-{SECRET}", f"a b {SECRET}", f'<"{SECRET}">'])
def test_a_password_may_hold_white_space_and_quotes(password):
    uri = f"postgresql://ann:{password}@host/db"
    remember_secrets(uri)
    assert mask_uri(uri) == "postgresql://ann:***@host/db"
    assert mask_message(f"at {uri}: {password}") == "at postgresql://ann:***@host/db: ***"


def test_log_records_of_all_loggers_are_masked(caplog):
    with masked_logging():
        logging.getLogger("sqlalchemy.engine").warning("to %s", f"http://a:{SECRET}@h")
        try:
            raise RuntimeError(f"http://a:{SECRET}@h failed")
        except RuntimeError:
            logging.getLogger("mlflow").exception("oops")
    assert SECRET not in caplog.text
    assert "http://a:***@h failed" in caplog.text
    logging.getLogger("x").warning("plain")
    assert logging.getLogRecordFactory() is logging.LogRecord


@pytest.mark.parametrize("value", ["postgres", "kde_pyddm", "normal", "mlflow"])
def test_a_secret_that_is_also_a_word_changes_no_name(monkeypatch, value):
    """R1: a password that is a part of other words is hidden where it stands alone."""
    monkeypatch.setenv("POSTGRES_PASSWORD", value)
    text = f"postgresql://h/db ddm_{value}_st {value}ql mlflow.db"
    assert mask_uri(text) == text
    if value != "mlflow":
        assert mask_message(text) == text
    assert mask_message(f"wrong password: {value}") == "wrong password: ***"


def test_overlapping_contexts_mask_until_the_last_is_left(caplog):
    first, second = masked_logging(), masked_logging()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    logging.getLogger("x").warning("http://a:%s@h", SECRET)
    second.__exit__(None, None, None)
    assert SECRET not in caplog.text
    assert logging.getLogRecordFactory() is logging.LogRecord
