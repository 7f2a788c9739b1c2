"""What a tracked run leaves in MLflow, and what happens when tracking cannot be had."""

import json
import shlex

import pytest
from tracked_runs import artifact, data_files, records, runs

from ssms import tracking
from ssms.cli.generate import main
from ssms.dataset_generators import lan_mlp
from ssms.errors import GenerationError
from ssms.tracking import sender
from ssms.tracking.failures import Failure, Unavailable


def test_a_tracked_run(tracked, client, places, output, small, capsys):
    import hashlib

    argv = [*tracked, "--mlflow-tag", "lab=north", "--mlflow-description", "a try", "--json"]
    assert main(argv) == 0
    captured = capsys.readouterr()
    summary = json.loads(captured.out)
    assert f"mlflow ui --backend-store-uri {places['tracking_uri']}\n" in captured.err
    (run,) = runs(client)
    assert summary["tracking"]["run_id"] == run.info.run_id
    assert summary["tracking"]["complete"] is True
    assert (run.info.status, run.info.run_name) == ("FINISHED", "first")

    params = run.data.params
    expected = {
        "model": "ddm",
        "generator_approach": "lan",
        "n_files": "2",
        "config_sha256": hashlib.sha256(small.read_bytes()).hexdigest(),
        "estimator_type": "KDEEstimatorBuilder",
        "method": "exact",
        "n_cpus": "1",
        "seed": "11",
        "simulator.n_samples": "50",
        "pipeline.n_parameter_sets": "2",
        "training.n_samples_per_param": "10",
        "data_model": "ddm",
        "data_cpn_only": "False",
        "data_generator_approach": "lan",
        "data_output_folder": str(data_files(output)[0].parent),
    }
    assert {name: params.get(name) for name in expected} == expected
    for section in ("pipeline", "estimator", "training", "simulator", "output"):
        assert params[f"data_{section}"].startswith("{")
    assert {"ssm_simulators_version", "python_version", "numpy_version"} <= set(params)

    tags = run.data.tags
    assert (tags["schema_version"], tags["phase"], tags["lab"]) == ("1", "datagen", "north")
    assert tags["mlflow.note.content"] == "a try"

    metrics = run.data.metrics
    assert metrics["num_files_generated"] == 2
    for name, value in (("file_rows", 20), ("file_bytes", None), ("file_seconds", None)):
        history = client.get_metric_history(run.info.run_id, name)
        assert [metric.step for metric in history] == [0, 1]
        assert value is None or {metric.value for metric in history} == {value}
    assert metrics["file_sets_per_second"] > 0


@pytest.mark.slow
def test_its_artifacts(tracked, client, output):
    assert main([*tracked, "--quiet", "--mlflow-log-data"]) == 0
    (run,) = runs(client)
    names = {item.path for item in client.list_artifacts(run.info.run_id)}
    assert {
        "generated_files_inventory.json",
        "data_config.json",
        "model_config.json",
        "run_record.json",
        "command.txt",
        "training_data.png",
        "training_data",
    } <= names

    inventory = json.loads(artifact(client, run, "generated_files_inventory.json"))
    assert inventory["num_files"] == 2
    assert {file["filename"] for file in inventory["files"]} == {
        path.name for path in data_files(output)
    }
    for file in inventory["files"]:
        assert (output / file["relative_path"]).stat().st_size == file["size_bytes"]
    assert inventory["total_size_mb"] == pytest.approx(
        sum(path.stat().st_size for path in data_files(output)) / 1e6, abs=0.001
    )
    assert run.data.metrics["total_data_size_mb"] == inventory["total_size_mb"]

    config = json.loads(artifact(client, run, "data_config.json"))
    assert config["simulator"]["n_samples"] == 50
    model = json.loads(artifact(client, run, "model_config.json"))
    assert model["params"] == ["v", "a", "z", "t"]
    assert " at 0x" not in json.dumps(model)
    (record,) = records(output)
    assert artifact(client, run, "command.txt").decode().strip() == record["repeat"]
    tracked_record = json.loads(artifact(client, run, "run_record.json"))
    assert (tracked_record["run"], tracked_record["state"]) == (record["run"], "complete")
    assert artifact(client, run, "training_data.png").startswith(b"\x89PNG")
    path = data_files(output)[0]
    assert artifact(client, run, f"training_data/{path.name}") == path.read_bytes()

    (dataset,) = run.inputs.dataset_inputs
    assert "ddm" in dataset.dataset.name
    assert dataset.dataset.source.find(str(path.parent)) > 0
    assert 0 < len(dataset.dataset.digest) <= 36


def test_a_failed_run_is_finished_by_the_same_command(tracked, client, output, monkeypatch, capsys):
    original = lan_mlp.TrainingDataGenerator.generate_data_training

    def fail_in_file_1(self, *args, file_index=0, **kwargs):
        if file_index == 1:
            raise GenerationError("filter std rejected too much")
        return original(self, *args, file_index=file_index, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(lan_mlp.TrainingDataGenerator, "generate_data_training", fail_in_file_1)
        assert main(tracked) == 1
    (run,) = runs(client)
    assert run.info.status == "FAILED"
    assert "filter std rejected" in run.data.tags["error"]
    assert b"GenerationError" in artifact(client, run, "traceback.txt")

    assert main([*tracked, "--quiet"]) == 0
    (again,) = runs(client)
    assert (again.info.run_id, again.info.status) == (run.info.run_id, "FINISHED")
    assert [m.step for m in client.get_metric_history(run.info.run_id, "file_bytes")] == [0, 1]
    assert json.loads(artifact(client, again, "generated_files_inventory.json"))["num_files"] == 2


@pytest.mark.slow
def test_an_interrupted_run_is_killed(tracked, client, output, monkeypatch):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(lan_mlp.TrainingDataGenerator, "generate_data_training", interrupt)
    assert main([*tracked, "--quiet"]) == 130
    (run,) = runs(client)
    assert run.info.status == "KILLED"
    (record,) = records(output)
    assert record["state"] == "interrupted"
    assert record["tracking"]["run_id"] == run.info.run_id


def test_a_file_whose_tracking_was_interrupted_is_tracked_by_the_same_command(
    tracked, client, monkeypatch
):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ssms.runs.work.log_file", interrupt)
        assert main([*tracked, "--quiet"]) == 130
    assert main([*tracked, "--quiet"]) == 0
    (run,) = runs(client)
    steps = [m.step for m in client.get_metric_history(run.info.run_id, "file_bytes")]
    assert steps == [0, 1]


def test_the_line_that_goes_on_with_a_run_names_its_id(
    arguments, places, client, monkeypatch, capsys
):
    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    with tracking.run(name="by hand", **places) as opened:
        pass
    monkeypatch.setenv("MLFLOW_TRACKING_URI", places["tracking_uri"])
    with monkeypatch.context() as patch:
        patch.setattr(lan_mlp.TrainingDataGenerator, "generate_data_training", interrupt)
        assert main([*arguments, "--mlflow-run-id", opened.run_id]) == 130
    assert client.get_run(opened.run_id).info.status == "KILLED"
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "go on:" in line]
    assert main(shlex.split(line)[3:]) == 0
    assert client.get_run(opened.run_id).info.status == "FINISHED"
    assert "--mlflow-run-id" not in capsys.readouterr().out  # another run may make the same again


def test_a_store_that_fails_on_the_way_costs_no_data(tracked, client, output, monkeypatch, capsys):
    sent = []

    def deliver_two(store, run_id, entries, longest=None):
        if len(sent) >= 2:
            raise Unavailable(Failure(True, "connection refused", ""))
        sent.append(entries)
        return original(store, run_id, entries)

    original = sender.deliver
    argv = [*tracked, "--mlflow-timeout", "0.2"]
    with monkeypatch.context() as patch:
        patch.setattr(sender, "deliver", deliver_two)
        assert main(argv) == 3
    captured = capsys.readouterr()
    assert "the same command sends the rest" in captured.out
    assert len(data_files(output)) == 2
    (record,) = records(output)
    assert record["state"] == "complete"
    assert record["tracking"]["complete"] is False

    times = [path.stat().st_mtime_ns for path in data_files(output)]
    assert main([*tracked, "--quiet"]) == 0
    assert [path.stat().st_mtime_ns for path in data_files(output)] == times
    (run,) = runs(client)
    assert run.info.status == "FINISHED"
    assert run.data.params["simulator.n_samples"] == "50"
    assert run.data.metrics["num_files_generated"] == 2
    assert [path.suffix for path in (output / "runs").iterdir()] == [".json"]


@pytest.mark.slow
def test_while_the_store_is_away_there_is_nothing_to_simulate(
    tracked, client, output, monkeypatch, capsys
):
    def refuse(*args):
        raise Unavailable(Failure(True, "connection refused", ""))

    with monkeypatch.context() as patch:
        patch.setattr(sender, "deliver", refuse)
        assert main([*tracked, "--mlflow-timeout", "0.2", "--quiet"]) == 3

    def away(settings, **kwargs):
        raise tracking.TrackingError("tracking store cannot be used: connection refused")

    with monkeypatch.context() as patch:
        patch.setattr(tracking, "run", away)
        assert main([*tracked, "--quiet"]) == 3
    assert "connection refused" in capsys.readouterr().err
    assert main([*tracked, "--quiet"]) == 0


def test_a_store_that_cannot_be_used_is_known_before_any_work(
    arguments, output, tmp_path, mlflow, capsys
):
    (tmp_path / "file").write_text("")
    uri = f"sqlite:///{tmp_path}/file/mlflow.db"
    assert main([*arguments, "--mlflow-tracking-uri", uri]) == 1
    captured = capsys.readouterr()
    assert str(tmp_path / "file" / "mlflow.db") in captured.err
    assert captured.out == ""
    assert not output.exists()


def test_a_typo_leaves_nothing_behind(arguments, output, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for argv in (
        ["--model", "dmd"],
        ["--mlflow-tracking-uri", "./mlruns"],
        ["--mlflow-tag", "nonsense"],
    ):
        assert main([*arguments, "--mlflow-run-name", "x", *argv]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MLFLOW_TRACKING_URI", "file:///old/mlruns"),
        ("MLFLOW_ARTIFACT_LOCATION", "mlflow-artifacts:/x"),
        ("MLFLOW_EXPERIMENT_NAME", "two\nlines"),
    ],
)
def test_a_variable_for_other_programs_stops_no_untracked_run(
    name, value, arguments, small, monkeypatch, capsys
):
    monkeypatch.setenv(name, value)
    assert main([*arguments, "--quiet"]) == 0
    assert main(["--show-config"]) == 0
    assert main([*arguments, "--mlflow-run-name", "x"]) == 2
    assert f"environment {name}" in capsys.readouterr().err
    small.write_text(f"{small.read_text()}\nMLFLOW: {{TRACKING_URI: ./mlruns}}\n")
    assert main([*arguments, "--quiet"]) == 2
    assert "config file" in capsys.readouterr().err


def test_variables_alone_do_not_turn_tracking_on(arguments, output, places, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert main([*arguments, "--quiet"]) == 0
    assert records(output)[0]["tracking"]["enabled"] is False


@pytest.mark.slow
def test_any_option_turns_tracking_on_and_the_run_gets_a_name(
    arguments, places, client, monkeypatch
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", places["tracking_uri"])
    monkeypatch.setenv("MLFLOW_ARTIFACT_LOCATION", places["artifact_location"])
    assert main([*arguments, "--quiet", "--mlflow-tag", "lab=north"]) == 0
    (run,) = runs(client)
    assert run.info.run_name.startswith("ddm-")


@pytest.mark.slow
def test_a_user_may_name_the_job_otherwise(tracked, client, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "5")
    monkeypatch.setenv("SLURM_RESTART_COUNT", "some")  # which no Slurm says
    assert main([*tracked, "--quiet", "--mlflow-tag", "slurm_job_id=pilot"]) == 0
    (run,) = runs(client)
    assert run.data.tags["slurm_job_id"] == "pilot"


def test_the_yaml_may_say_where_runs_go(arguments, small, places, client):
    small.write_text(
        small.read_text() + f"MLFLOW:\n  TRACKING_URI: {places['tracking_uri']}\n"
        f"  ARTIFACT_LOCATION: {places['artifact_location']}\n  TAGS: {{Lab: north}}\n"
    )
    assert main([*arguments, "--quiet", "--mlflow-run-name", "from-yaml"]) == 0
    (run,) = runs(client)
    assert (run.info.run_name, run.data.tags["Lab"]) == ("from-yaml", "north")


@pytest.mark.slow
def test_data_may_be_uploaded_later(tracked, client, output, capsys):
    def uploaded():
        (run,) = runs(client)
        return {file.path for file in client.list_artifacts(run.info.run_id, "training_data")}

    assert main([*tracked, "--quiet"]) == 0
    assert uploaded() == set()
    assert main([*tracked, "--quiet", "--mlflow-log-data"]) == 0
    assert uploaded() == {f"training_data/{path.name}" for path in data_files(output)}
    (run,) = runs(client)
    assert len(client.get_metric_history(run.info.run_id, "file_rows")) == 2
    capsys.readouterr()
    assert main([*tracked, "--mlflow-log-data"]) == 0
    assert "Nothing to do" in capsys.readouterr().out


@pytest.mark.slow
def test_a_run_can_be_resumed_by_its_id_with_the_same_settings_only(
    tracked, client, output, tmp_path, capsys
):
    assert main([*tracked, "--quiet"]) == 0
    (run,) = runs(client)
    resume = [*tracked, "--mlflow-run-id", run.info.run_id]
    for folder in (output, tmp_path / "elsewhere"):  # known by its record, and by MLflow only
        argv = [str(folder) if word == str(output) else word for word in resume]
        argv[argv.index("11")] = "12"
        for dry in ([], ["--dry-run"]):
            assert main([*argv, "--model", "ddm_sdv", *dry]) == 2
            error = capsys.readouterr().err
            assert "model is ddm there and ddm_sdv here" in error
            assert "seed is 11 there and 12 here" in error
            assert not (tmp_path / "elsewhere").exists()
    assert client.get_run(run.info.run_id).info.status == "FINISHED"

    assert main([*resume, "--mlflow-experiment-name", "other"]) == 2
    assert "experiment_name is ssm-simulators there and other here" in capsys.readouterr().err

    without_seed = [word for word in resume if word not in ("--seed", "11")]
    before = sorted(tmp_path.rglob("*"))
    assert main([*without_seed, "--dry-run"]) == 0
    assert sorted(tmp_path.rglob("*")) == before
    capsys.readouterr()
    assert main(without_seed) == 0
    assert "Nothing to do" in capsys.readouterr().out
    for path in (output / "runs").iterdir():
        path.unlink()
    assert main(without_seed) == 0
    assert "Made 0 files of model ddm, 2 there already" in capsys.readouterr().out
    assert [r.info.run_id for r in runs(client)] == [run.info.run_id]
    assert runs(client)[0].info.status == "FINISHED"
    argv = [str(tmp_path / "elsewhere") if word == str(output) else word for word in without_seed]
    assert main(argv) == 2
    assert "data_output_folder is" in capsys.readouterr().err


@pytest.mark.slow
def test_a_run_that_somebody_opened_for_us(tracked, client, places):
    from ssms.tracking import run as tracked_run

    with tracked_run(name="by hand", **places) as opened:
        opened.log_params({"grant": "A7"})
    assert main([*tracked, "--quiet", "--mlflow-run-id", opened.run_id]) == 0
    (run,) = runs(client)
    assert run.data.params["grant"] == "A7"
    assert run.data.params["n_files"] == "2"


@pytest.mark.slow
def test_an_unknown_run_id(tracked, output, mlflow, capsys):
    assert main([*tracked, "--mlflow-run-id", "f" * 32]) == 1
    assert "f" * 32 in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.slow
def test_a_dry_run_probes_the_stores_and_writes_nothing(
    arguments, tmp_path, mlflow, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert main([*arguments, "--mlflow-run-name", "x", "--dry-run"]) == 0
    assert sorted(tmp_path.rglob("*")) == before
    shown = capsys.readouterr().out
    assert f"sqlite:///{tmp_path}/mlflow.db" in shown
    assert "experiment_name" in shown
    (tmp_path / "file").write_text("")
    uri = f"sqlite:///{tmp_path}/file/mlflow.db"
    assert main([*arguments, "--mlflow-tracking-uri", uri, "--dry-run"]) == 1


def test_secrets_appear_nowhere(arguments, places, tmp_path, output, monkeypatch, capsys):
    secret = "secret-7f3a"
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", secret)
    argv = [
        *arguments,
        *("--mlflow-tracking-uri", places["tracking_uri"]),
        *("--mlflow-artifact-location", places["artifact_location"]),
        *("--mlflow-tag", f"wiki=https://user:{secret}@wiki.example/x"),
        *("--mlflow-description", f"see https://user:{secret}@wiki.example"),
    ]
    assert main([*argv, "--log-level", "DEBUG"]) == 0
    assert main([*argv, "--dry-run"]) == 0
    uri = f"postgresql://user:{secret}@127.0.0.1:9/db"
    assert main([*argv, "--mlflow-tracking-uri", uri, "--mlflow-timeout", "0.5"]) == 1
    captured = capsys.readouterr()
    assert "postgresql://user:***@127.0.0.1:9/db" in captured.err
    assert secret not in captured.out + captured.err
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert secret.encode() not in path.read_bytes(), path
