"""A run: what is recorded, resumed, refused, and what happens without MLflow."""

from __future__ import annotations

import contextlib
import json
import logging
import multiprocessing
import os
import pickle
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import pytest

import ssms.tracking
from ssms.tracking import Run, TrackingError, TrackingUsageError, resolve_settings
from ssms.tracking.limits import clean_key, fit


def artifact(client, run, path):
    with tempfile.TemporaryDirectory() as folder:
        return Path(client.download_artifacts(run.run_id, path, folder)).read_text()


def test_everything_that_can_be_recorded(places, client, tmp_path):
    plt = pytest.importorskip("matplotlib.figure")
    small, large = tmp_path / "small.txt", tmp_path / "large.bin"
    small.write_text("small")
    large.write_bytes(b"x" * 1_500_000)
    with ssms.tracking.run(
        name="all", experiment_name="e", tags={"lab": "north"}, description="why", **places
    ) as run:
        assert client.get_run(run.run_id).info.status == "RUNNING"
        run.log_params({"model": "angle", "n": 3, "simulator.v[0]": 1.5})
        run.log_metrics({"rows": 10, "seconds": 0.5}, step=0)
        run.log_metrics({"rows": 20}, step=1)
        run.log_metrics({"nothing": float("nan")})
        run.set_tags({"stage": "one"})
        run.set_tags({"stage": "two"})
        run.log_artifact(small)
        run.log_artifact(large, "data")
        run.log_text("text", "notes/a.txt")
        run.log_dict({"f": len, "x": {1: (2, 3)}}, "d.json")
        run.log_dict({"b": 1, "a": 2}, "d.yaml")
        run.log_figure(plt.Figure(), "f.png")
        run.log_dataset(tmp_path, "angle", "ab" * 32)
    stored = client.get_run(run.run_id)
    assert (stored.info.status, stored.info.run_name) == ("FINISHED", "all")
    assert stored.data.params == {"model": "angle", "n": "3", "simulator.v_0_": "1.5"}
    history = client.get_metric_history(run.run_id, "rows")
    assert [(metric.step, metric.value) for metric in history] == [(0, 10), (1, 20)]
    assert stored.data.metrics["nothing"] != stored.data.metrics["nothing"]
    tags = stored.data.tags
    assert (tags["stage"], tags["lab"], tags["mlflow.note.content"]) == ("two", "north", "why")
    assert artifact(client, run, "small.txt") == "small"
    assert len(artifact(client, run, "data/large.bin")) == 1_500_000
    assert artifact(client, run, "notes/a.txt") == "text"
    assert json.loads(artifact(client, run, "d.json")) == {"f": "len", "x": {"1": [2, 3]}}
    assert artifact(client, run, "d.yaml") == "b: 1\na: 2\n"
    assert {item.path for item in client.list_artifacts(run.run_id)} >= {"f.png", "d.json"}
    (dataset,) = stored.inputs.dataset_inputs
    assert dataset.dataset.name == "angle"
    assert json.loads(dataset.dataset.profile)["digest"] == "ab" * 32
    assert run.complete
    assert not list(tmp_path.glob("ssms-tracking-*"))


def test_what_is_too_long_goes_to_an_artifact(places, client):
    long, key = "x" * 9000, "k" * 300
    with ssms.tracking.run(**places) as run:
        run.log_params({"long": long, key: "v", key + "2": "w", "a=b": 1, "a@b": 2})
        run.log_metrics({"c=d": 3, "c@d": 4})
        run.set_tags({"long": long})
    data = client.get_run(run.run_id).data
    assert run.complete
    assert "long_values/params/long.txt" in data.params["long"]
    assert artifact(client, run, "long_values/params/long.txt") == long
    assert artifact(client, run, "long_values/tags/long.txt") == long
    assert sorted(data.params[key] for key in data.params if key.startswith("kkk")) == ["v", "w"]
    assert sorted(data.params[key] for key in data.params if key.startswith("a_b")) == ["1", "2"]
    assert sorted(data.metrics.values()) == [3, 4]


def test_limits():
    assert clean_key("a//b") == "a_b"
    assert clean_key("/a") == "_a"
    assert clean_key("") == clean_key(".") == "_"
    assert len(clean_key("x" * 999)) == 250
    assert clean_key("ok.key-1: a/b") == "ok.key-1: a/b"
    taken, files = fit({"a": "123"}, "params", 3)
    assert (taken, files) == ({"a": "123"}, {})


def test_a_value_refused_for_good_is_said_once_and_kept_as_an_artifact(
    places, client, caplog, tmp_path
):
    with ssms.tracking.run(**places, journal=tmp_path / "j.jsonl") as run:
        run.log_params({"a": 1})
        run.log_params({"a": 2, "b": 3})
        run.log_metric("m", 1.0)
    stored = client.get_run(run.run_id)
    assert stored.data.params == {"a": "1", "b": "3"}
    assert (stored.data.metrics, stored.info.status) == ({"m": 1.0}, "FINISHED")
    assert run.complete
    assert not (tmp_path / "j.jsonl").exists()
    assert [r.getMessage() for r in caplog.records if "refused params a" in r.getMessage()]
    (refused,) = json.loads(artifact(client, run, "refused_values.json"))
    assert (refused["kind"], refused["values"]) == ("params", {"a": "2"})


def test_what_is_no_number_and_no_file_is_said_and_nothing_raised(places, caplog):
    with ssms.tracking.run(**places) as run:
        run.log_metrics({"a": "many", "b": 1})
        run.log_artifact("not-there.txt")
    assert not run.complete
    assert "metric a is no number" in caplog.text
    assert "not-there.txt cannot be read" in caplog.text


def test_what_the_program_says_is_masked_and_what_the_user_records_is_not(
    places, client, monkeypatch, tmp_path
):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "tok-5512-abc")
    uri = "postgresql://user:secret-7f3a@h/db"
    with (  # noqa: PT012
        pytest.raises(RuntimeError),
        ssms.tracking.run(**places, name="tok-5512-abc", tags={"t": uri}, description=uri) as run,
    ):
        run.log_params({"token": "tok-5512-abc"})
        run.log_dict({"word": "tok-5512-abc"}, "d.json")
        run.set_tags({"uri": uri})
        raise RuntimeError(f"cannot reach {uri} with tok-5512-abc")
    stored = client.get_run(run.run_id)
    assert (stored.info.run_name, stored.data.params["token"]) == ("tok-5512-abc",) * 2
    assert json.loads(artifact(client, run, "d.json")) == {"word": "tok-5512-abc"}
    shown = json.dumps(stored.data.tags) + artifact(client, run, "traceback.txt")
    assert "secret-7f3a" not in shown
    assert "user:***@h/db with ***" in stored.data.tags["error"]
    assert not any(b"secret-7f3a" in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


def test_the_singular_forms_and_a_run_of_notebook_cells(places, client):
    run = ssms.tracking.start(name="cells", **places)
    run.log_param("a", 1)
    run.log_metric("m", 2.0, step=3)
    run.set_tag("t", "x")
    run.finish()
    run.finish()
    stored = client.get_run(run.run_id)
    assert (stored.data.params, stored.data.tags["t"]) == ({"a": "1"}, "x")
    assert (stored.info.status, run.complete) == ("FINISHED", True)
    failed = ssms.tracking.start(**places)
    failed.finish("FAILED")
    assert client.get_run(failed.run_id).info.status == "FAILED"


def test_a_run_that_no_cell_finished_ends_with_the_process(places, client):
    code = (
        "import sys, ssms.tracking as t\n"
        "run = t.start(tracking_uri=sys.argv[1], artifact_location=sys.argv[2])\n"
        "run.log_param('a', 1); print(run.run_id)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *places.values()], capture_output=True, text=True, timeout=90
    )
    stored = client.get_run(done.stdout.strip())
    assert (stored.info.status, stored.data.params) == ("FINISHED", {"a": "1"})


def test_forked_workers_log_to_the_run_and_never_end_it(places, client):
    """R14: four forked workers, and a child that leaves the block."""
    with ssms.tracking.run(**places) as run:
        run.log_metric("parent", 0)
        context = multiprocessing.get_context("fork")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that this process has threads
            workers = [context.Process(target=log_twenty, args=(run, i)) for i in range(4)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join(60)
            child = os.fork()
            if not child:
                try:
                    with contextlib.suppress(SystemExit):
                        sys.exit(0)
                    ssms.tracking.context.RunContext.__exit__(run_context(run), None, None, None)
                finally:
                    os._exit(0)
            os.waitpid(child, 0)
        assert client.get_run(run.run_id).info.status == "RUNNING"
    assert [worker.exitcode for worker in workers] == [0] * 4
    for i in range(4):
        history = client.get_metric_history(run.run_id, f"w{i}")
        assert sorted(metric.step for metric in history) == list(range(20))
    assert client.get_run(run.run_id).info.status == "FINISHED"


def run_context(run):
    """The context of a run as its forked child sees it."""
    context = ssms.tracking.run(resolve_settings({}, {}))
    context.run, context._pid = run, os.getppid()
    return context


def log_twenty(run, worker):
    for step in range(20):
        run.log_metric(f"w{worker}", step, step=step)


def test_a_run_can_be_sent_to_a_spawned_worker(places, client):
    with ssms.tracking.run(**places) as run:
        again = pickle.loads(pickle.dumps(run))
        again.log_metric("m", 1.0)
        again.end("FAILED")
        assert client.get_run(run.run_id).info.status == "RUNNING"
        assert client.get_run(run.run_id).data.metrics == {"m": 1.0}
    assert client.get_run(run.run_id).info.status == "FINISHED"


def test_tags_of_mlflows_context_and_its_variables(places, client, monkeypatch, mlflow, caplog):
    number = client.create_experiment("by id", artifact_location=places["artifact_location"])
    monkeypatch.setenv("MLFLOW_RUN_CONTEXT", '{"grant": "A7"}')
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", number)
    monkeypatch.setattr("ssms.tracking.context._said", set())
    mlflow.set_tracking_uri(places["tracking_uri"])
    with mlflow.start_run() as active:
        with ssms.tracking.run(tracking_uri=places["tracking_uri"]) as beside:
            pass
        with ssms.tracking.run(tracking_uri=places["tracking_uri"], nested=True) as child:
            pass
    tags = client.get_run(beside.run_id).data.tags
    assert tags["mlflow.source.type"]
    assert "mlflow.parentRunId" not in tags
    assert "stands beside it" in caplog.text
    assert (beside.experiment_id, beside.experiment_name) == (number, "by id")
    parent = client.get_run(child.run_id).data.tags["mlflow.parentRunId"]
    assert parent == active.info.run_id
    with ssms.tracking.run(experiment_name="named", **places) as named:
        pass
    assert named.experiment_name == "named"
    for wrong in ("77", "abc"):
        monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", wrong)
        with pytest.raises(TrackingError, match=rf"no experiment {wrong} \(environment MLFLOW_EXP"):
            ssms.tracking.run(**places).open(signals=False)


def test_an_experiment_of_a_server_on_its_database(places, client):
    client.create_experiment("served", artifact_location="mlflow-artifacts:/1")
    for action in (
        lambda: ssms.tracking.run(
            experiment_name="served", tracking_uri=places["tracking_uri"]
        ).open(),
        lambda: ssms.tracking.probe(
            resolve_settings(
                {"experiment_name": "served", "tracking_uri": places["tracking_uri"]}, {}
            )
        ),
    ):
        with pytest.raises(TrackingError, match="give the server's address"):
            action()


def test_resume(places, client):
    with pytest.raises(RuntimeError), ssms.tracking.run(name="one", **places) as first:  # noqa: PT012
        first.log_params({"a": 1})
        raise RuntimeError("no")
    with ssms.tracking.run(run_id=first.run_id, tracking_uri=places["tracking_uri"]) as second:
        assert client.get_run(first.run_id).info.status == "RUNNING"
        second.log_params({"a": 1, "b": 2})
    stored = client.get_run(first.run_id)
    assert second.run_id == first.run_id
    assert (stored.info.status, stored.info.run_name) == ("FINISHED", "one")
    assert stored.data.params == {"a": "1", "b": "2"}
    assert second.complete


def test_resume_of_what_is_not_there(places, client):
    with (
        pytest.raises(TrackingError, match="no run 0123abcd"),
        ssms.tracking.run(run_id="0123abcd", **places),
    ):
        pass
    with ssms.tracking.run(**places) as run:
        pass
    client.delete_run(run.run_id)
    with (
        pytest.raises(TrackingError, match="is deleted: restore"),
        ssms.tracking.run(run_id=run.run_id, **places),
    ):
        pass


def test_a_run_is_resumed_in_its_own_experiment_only(places, client, caplog, tmp_path):
    with ssms.tracking.run(experiment_name="one", **places) as run:
        pass
    with pytest.raises(TrackingUsageError, match="of the experiment 'one', not of 'two'"):
        ssms.tracking.run(experiment_name="two", run_id=run.run_id, **places).__enter__()
    assert client.get_run(run.run_id).info.status == "FINISHED"
    with ssms.tracking.run(experiment_name="one", run_id=run.run_id, **places):
        pass
    absent = f"sqlite:///{tmp_path}/absent.db"
    with pytest.raises(TrackingError, match="there is no run"):
        ssms.tracking.run(tracking_uri=absent, run_id=run.run_id).__enter__()
    assert not list(tmp_path.glob("absent*"))


def test_an_ambient_run_id_of_mlflow_is_not_taken_over(places, client, monkeypatch):
    with ssms.tracking.run(name="mine", **places) as first:
        pass
    monkeypatch.setenv("MLFLOW_RUN_ID", first.run_id)
    with ssms.tracking.run(name="other", **places) as second:
        pass
    assert second.run_id != first.run_id
    assert client.get_run(first.run_id).info.run_name == "mine"


@pytest.mark.parametrize("variable", ["MLFLOW_RUN_ID", "MLFLOW_TAGS"])
def test_variables_that_are_not_followed_are_named(variable):
    (note,) = resolve_settings({"run_name": "one"}, {variable: "x"}).warnings
    assert note.startswith(f"{variable} is set but not followed; give --mlflow-")


def test_settings_that_are_not_enabled_record_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ssms.tracking.run(resolve_settings({}, {})) as run:
        run.log_params({"a": 1})
        run.log_metrics({"a": "no number"})
        run.log_artifact("nowhere")
    assert type(run) is Run
    assert (run.run_id, run.url, run.complete) == (None, None, True)
    assert not list(tmp_path.iterdir())


def test_a_run_is_entered_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    context = ssms.tracking.run(resolve_settings({}, {}))
    with context:
        pass
    with pytest.raises(TrackingUsageError, match="entered before"):
        context.__enter__()


def test_settings_and_their_names(places, client):
    settings = resolve_settings({**places, "run_name": "mine", "tags": {"lab": "north"}}, {})
    with ssms.tracking.run(settings, name="fallback", tags={"phase": "datagen"}) as run:
        pass
    stored = client.get_run(run.run_id)
    assert stored.info.run_name == "mine"
    assert (stored.data.tags["lab"], stored.data.tags["phase"]) == ("north", "datagen")
    unnamed = resolve_settings(places, {})
    with ssms.tracking.run(unnamed, name="fallback") as run:
        pass
    assert client.get_run(run.run_id).info.run_name == "fallback"
    with ssms.tracking.run(unnamed, name="other", run_id=run.run_id):
        pass
    assert client.get_run(run.run_id).info.run_name == "fallback"
    with pytest.raises(TrackingUsageError, match="beside settings"):
        ssms.tracking.run(settings, tracking_uri="http://h")


def test_a_run_without_a_name_gets_a_readable_one(places):
    with ssms.tracking.run(**places) as run:
        assert run.name.startswith("run-2")


def test_slurm_ids_become_tags(places, client, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "3")
    with ssms.tracking.run(**places) as run:
        pass
    tags = client.get_run(run.run_id).data.tags
    assert (tags["slurm_job_id"], tags["slurm_array_task_id"]) == ("17", "3")


def test_the_environment_is_left_as_it_was(places, monkeypatch):
    import os

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "4")
    before, factory = dict(os.environ), logging.getLogRecordFactory()
    with ssms.tracking.run(**places) as run:
        run.log_params({"a": 1})
    assert {**os.environ, "PYTEST_CURRENT_TEST": ""} == {**before, "PYTEST_CURRENT_TEST": ""}
    assert logging.getLogRecordFactory() is factory


@pytest.fixture
def without_mlflow(monkeypatch):
    monkeypatch.setattr("ssms.tracking.context._said", set())
    monkeypatch.setitem(sys.modules, "mlflow", None)  # importing it raises ImportError


def test_without_mlflow_there_is_one_warning_that_names_the_cure(without_mlflow, places, caplog):
    for _ in range(2):
        with ssms.tracking.run(**places) as run:
            run.log_params({"a": 1})
    assert type(run) is Run
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 1
    assert "pip install 'ssm-simulators[mlflow]'" in messages[0]


def test_without_mlflow_required_is_an_error(without_mlflow, places):
    with pytest.raises(TrackingError, match="pip install 'ssm-simulators"):
        ssms.tracking.run(**places, required=True).__enter__()
    with pytest.raises(TrackingError, match="pip install 'ssm-simulators"):
        ssms.tracking.probe(resolve_settings(places, {}))


def test_the_url_of_a_run_on_a_server_holds_no_password():
    from ssms.tracking.runs import run_url

    assert (
        run_url("https://u:p@h:5000/base/", "7", "ab")
        == "https://h:5000/base/#/experiments/7/runs/ab"
    )
    assert run_url("sqlite:////x.db", "7", "ab") is None


def test_a_signal_while_the_run_is_being_created_leaves_no_run_running(places, client, monkeypatch):
    from ssms.tracking import Terminated
    from ssms.tracking.store import Store

    ask = Store.ask

    def interrupted(store, function):
        result = ask(store, function)
        if function.__name__ == "create" and "create_run" in function.__qualname__:
            raise Terminated(15)
        return result

    monkeypatch.setattr(Store, "ask", interrupted)
    with pytest.raises(Terminated):
        ssms.tracking.run(experiment_name="e", **places).__enter__()
    identity = client.get_experiment_by_name("e").experiment_id
    assert [run.info.status for run in client.search_runs([identity])] == ["KILLED"]


def test_mlflow_skinny_is_told_apart(places, monkeypatch, mlflow):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "sqlalchemy" else find(name)
    )
    with pytest.raises(TrackingError, match="mlflow-skinny"):
        ssms.tracking.run(**places).__enter__()
