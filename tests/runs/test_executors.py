"""Executors: the same data from Dask's workers; one message for a cluster that is wrong."""

import os
import socket
import warnings

import pytest
from test_runs import EXACT, SMALL, contents, make

from ssms import runs
from ssms.errors import ConfigError
from ssms.runs.executors import Dask, DaskCluster, Threads, make_executor, read_dask_config
from ssms.runs.files import make_file


@pytest.fixture(scope="module")
def distributed():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("distributed", reason="needs dask")


@pytest.fixture
def client(distributed):
    """A client of a cluster in this process."""
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_dask_makes_the_same_files(tmp_path, client):
    make(tmp_path / "threads", n_files=5)
    summary = make(tmp_path / "dask", n_files=5, executor=Dask(client))
    assert (summary.files_made, summary.state) == (5, "complete")
    assert contents(tmp_path / "dask") == contents(tmp_path / "threads")
    assert runs.check(tmp_path / "dask").sound


def test_dask_makes_the_same_exact_labels(tmp_path, client):
    for name, executor in (("dask", Dask(client)), ("threads", None)):
        output = tmp_path / name
        runs.generate(EXACT, output=output, n_files=3, seed=1, executor=executor, progress=False)
    found = contents(tmp_path / "dask")
    assert found == contents(tmp_path / "threads")
    assert all("lan_labels" in data and "binned_128" not in data for data in found.values())


def test_a_failure_on_a_worker_is_the_runs(tmp_path, client, caplog):
    hard = {**SMALL, "simulator": {"n_samples": 50, "filters": {"mode": 0}}}
    with pytest.raises(runs.work.GenerationError, match="mode"):
        runs.generate(hard, output=tmp_path, executor=Dask(client), progress=False)
    assert "Compute Failed" not in caplog.text  # as Dask says of a task that raises


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_lost_workers_file_is_made_again(tmp_path, distributed):
    """Workers of a cluster of processes are killed while they work."""
    make(tmp_path / "threads", n_files=30)
    path = tmp_path / "cluster.yaml"
    path.write_text(
        "class: LocalCluster\nn_workers: 2\n"
        "kwargs: {threads_per_worker: 1, n_workers: 0, dashboard_address: null}\n"
    )
    cluster = read_dask_config(path)
    with cluster.start() as started, distributed.Client(started) as client:
        client.wait_for_workers(2)
        killed = []

        class Killing(Dask):
            def _result(self, future):
                if len(killed) < 3:
                    pids = client.run(os.getpid, on_error="ignore")  # one may just have died
                    if pids:
                        killed.append(next(iter(pids.values())))
                        os.kill(killed[-1], 9)
                return super()._result(future)

        summary = make(tmp_path / "dask", n_files=30, executor=Killing(client))
    assert len(killed) == 3
    assert summary.files_made == 30
    assert contents(tmp_path / "dask") == contents(tmp_path / "threads")
    assert not list((tmp_path / "dask").rglob("*.pickle.tmp"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("klass: x\n", r"Unknown key 'klass'\. Did you mean 'class'"),
        ("kwargs: {}\n", "class is missing"),
        ("class: NoSuchCluster\n", "'NoSuchCluster' cannot be imported"),
        ("class: dask_jobque.SLURMCluster\n", "install dask-jobque"),
        ("class: LocalCluster\nkwargs: 3\n", "kwargs must be a mapping, got 3"),
        ("class: 5\n", "class must be a name, .*got 5"),
        ("class: os.system\n", "class must name a class of Dask clusters, got 'os.system'"),
        ("class: LocalCluster\nn_workers: 0\n", "n_workers must be a positive whole number, got 0"),
        (
            "class: LocalCluster\nn_workers: 1\nadapt: {maximum: 2}\n",
            "n_workers or adapt, not both",
        ),
        ("- a\n", "must be a mapping"),
    ],
)
def test_a_wrong_description_of_a_cluster(tmp_path, distributed, text, words):
    path = tmp_path / "cluster.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        read_dask_config(path)


@pytest.mark.parametrize("name", ["LocalCluster", "SSHCluster", "distributed.LocalCluster"])
def test_the_classes_of_dask_itself_need_no_package(tmp_path, distributed, name):
    path = tmp_path / "cluster.yaml"
    path.write_text(f"class: {name}\nkwargs: {{env: {{OMP_NUM_THREADS: 1}}}}\n")
    found = read_dask_config(path)
    assert found.name == f"distributed.{name.rpartition('.')[2]}"
    assert found.kwargs == {"env": {"OMP_NUM_THREADS": 1}}


def test_a_scheduler_that_cannot_be_reached(tmp_path, distributed):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(ConfigError, match=f"Dask: {address} cannot be used"):
            make(tmp_path, executor="dask", dask_scheduler=address, dask_timeout=0.5)
    assert runs.status(tmp_path).runs[0].state == "failed"


def test_a_cluster_without_workers(tmp_path, distributed):
    arguments = {"n_workers": 0, "processes": False, "dashboard_address": None}
    executor = Dask(DaskCluster("distributed.LocalCluster", arguments), timeout=0.3)
    with pytest.raises(ConfigError, match=r"no worker came within 0\.3 s"):
        make(tmp_path, executor=executor)


def test_without_dask(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    given = {"executor": "dask", "dask_scheduler": "tcp://h:1"}
    with pytest.raises(ConfigError, match=r"pip install 'ssm-simulators\[dask\]'"):
        make_executor(given, lambda name: name)


def test_an_executor_of_ones_own(tmp_path):
    class Backwards:
        def make(self, job, indices, progress):
            for index in reversed(indices):
                yield make_file(job, index)

        def describe(self, n_cpus):
            return "backwards"

    make(tmp_path / "a", n_files=3)
    assert make(tmp_path / "b", n_files=3, executor=Backwards()).files_made == 3
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert isinstance(make_executor({}, str), Threads)
