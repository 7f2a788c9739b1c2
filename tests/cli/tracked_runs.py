"""What a tracked run has left, in its store and on disk."""

import contextlib
import io
import json


def runs(client):
    experiment = client.get_experiment_by_name("ssm-simulators")
    return client.search_runs([experiment.experiment_id]) if experiment else []


def artifact(client, run, name):
    with contextlib.redirect_stderr(io.StringIO()):  # a progress bar
        path = client.download_artifacts(run.info.run_id, name)
    with open(path, "rb") as file:
        return file.read()


def data_files(output):
    return sorted((output / "data").rglob("*.pickle"))


def records(output):
    return [json.loads(path.read_text()) for path in sorted((output / "runs").glob("*.json"))]
