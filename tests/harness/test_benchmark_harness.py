"""The benchmark harness: fair pairs, right ratios, a protocol that reports what went wrong."""

import sys

import numpy as np
import pytest
from benchmarks import __main__ as command
from benchmarks import accuracy, measure, peer, table, workloads
from benchmarks.side import Side, SideError

BOUNDS = {"v": [-3.0, 3.0], "a": [0.3, 2.5]}


class FakeSide:
    """Takes a fixed time for each trial and notes what it was asked."""

    def __init__(self, per_trial, log):
        self.per_trial, self.log = per_trial, log

    def prepare(self, model, entry, theta, n_samples, **arguments):
        self.log.append((self, theta))
        self.cost = self.per_trial * n_samples * np.size(theta["v"]) / arguments.get("n_threads", 1)

    def seconds(self, calls, seed):
        return self.cost

    def send(self, op, calls, seed):
        self.waiting = {"seconds": 2 * self.cost}

    def answer(self):
        return self.waiting

    def import_seconds(self, module):
        self.log.append((self, module))
        return self.per_trial


def test_pairs_are_interleaved_and_have_the_same_parameter_sets():
    log = []
    ours, released = FakeSide(1e-7, log), FakeSide(2e-5, log)
    row = workloads.rows(["ddm"])[1]
    assert row.n_sets == 1000
    summary = measure.simulation(ours, released, row, BOUNDS, 3, seed=1).summary()
    assert [side for side, _ in log] == [ours, released] * 3
    thetas = [theta for _, theta in log]
    assert all(thetas[2 * i] == thetas[2 * i + 1] for i in range(3))
    assert thetas[0] != thetas[2]
    assert len(thetas[0]["v"]) == 1000
    assert summary["ratio_median"] == pytest.approx(200)
    assert summary["reached"]


def test_what_else_the_machine_does_does_not_count():
    class Disturbed(FakeSide):
        """Takes twice the time until its third turn."""

        turns = 0

        def seconds(self, calls, seed):
            self.turns += 1
            return self.cost * (1 if self.turns >= 3 else 2)

    row = workloads.rows(["ddm"])[0]
    result = measure.simulation(Disturbed(1e-5, []), FakeSide(1e-3, []), row, BOUNDS, 1, seed=1)
    assert result.ratios == pytest.approx([100])


def test_one_set_is_given_as_numbers():
    log = []
    side = FakeSide(1e-6, log)
    measure.simulation(side, side, workloads.rows(["ddm"])[0], BOUNDS, 1, seed=1)
    assert all(isinstance(value, float) for value in log[0][1].values())


def test_imports_are_interleaved_after_a_warm_up():
    log = []
    ours, released = FakeSide(0.1, log), FakeSide(2.0, log)
    summary = measure.imports(ours, released, "ssms", 8.0, 2).summary()
    assert log == [(ours, "ssms"), (released, "ssms")] * 3
    assert summary["ratio_min"] == summary["ratio_max"] == 20


def test_two_threads_are_compared_with_one():
    side = FakeSide(1e-6, [])
    summary = measure.two_threads(side, "ddm", BOUNDS, 2.5, 1.8, 3, seed=1).summary()
    assert summary["ratio_median"] == pytest.approx(2)
    assert summary["trials"] == 3_000_000  # as many millions as last that long


def test_two_processes_show_what_two_threads_can_reach():
    one, other = FakeSide(1e-6, []), FakeSide(1e-6, [])
    ratios = measure.two_processes(one, other, "ddm", BOUNDS, 1000, 3, seed=1)
    assert ratios == [1.0] * 3  # side by side each takes twice as long


def test_a_row_that_falls_short_says_by_how_much():
    made = measure.Measurement("ddm", "1 set", "simulator", 100, trials=10)
    made.ours, made.peer = [1.0, 1.0, 1.0], [20.0, 25.0, 50.0]
    row = command.cells(made.summary())
    assert row[5] == "25 (20 - 50)"
    assert row[6] == "100x"
    assert row[7] == "75 %"
    made.peer = [100.0, 100.0, 100.0]
    assert command.cells(made.summary())[7] == ""


def test_every_model_has_rows_for_both_layouts_and_both_entries():
    for model in workloads.all_models():
        kinds = {(row.layout, row.entry) for row in workloads.rows([model])}
        layouts = workloads.ONE_SET[0], workloads.MANY_SETS[0]
        assert {(x, y) for x in layouts for y in workloads.ENTRIES} <= kinds


def test_table_lines_have_one_width():
    lines = table.markdown(["a", "b"], [["µs", "1"], ["longer", ""]]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert table.seconds(1.5e-8) == "15 ns"
    assert table.seconds(2.0) == "2 s"


def test_a_missing_peer_is_explained(monkeypatch, tmp_path, capsys):
    monkeypatch.delenv(peer.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert command.main([]) == 2
    message = capsys.readouterr().err
    assert "--peer" in message
    assert "--setup-peer" in message
    assert command.main(["--peer", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_the_worker_answers_and_reports_errors(tmp_path):
    with Side("ours", sys.executable) as side:
        assert "ddm" in side.about["models"]
        theta = {"v": [0.5, 1.0], "a": [1.0, 1.0], "z": [0.5, 0.5], "t": [0.3, 0.3]}
        for entry in workloads.ENTRIES:
            side.prepare("ddm", entry, theta, 10)
            assert side.seconds(2, seed=1) > 0
        assert 0 < side.import_seconds("ssms") < 60
        side.prepare("ddm", "simulator", theta, 10, max_t=50.0)
        path = tmp_path / "sample.npz"
        side.ask("sample", seed=3, path=str(path))
        with np.load(path) as sample:
            assert sample["rts"].size == sample["choices"].size == 20
        with pytest.raises(SideError, match="nonsense"):
            side.prepare("nonsense", "Simulator.simulate", theta, 10)
        # and still works
        assert side.ask("bounds", model="ddm")["z"] == [0.1, 0.9]


def test_a_worker_that_cannot_start_is_an_error(tmp_path):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(SideError, match="ended with 3"):
        Side("released", program)


def test_accuracy_rows_average_over_the_sets():
    one = {
        "mean_rt": 0.002,
        "mean_rt_noise": 0.003,
        "choice": 0.001,
        "choice_noise": 0.0005,
        "ks": 0.01,
        "ks_noise": 0.001,
        "seconds": 1e-6,
    }
    row = accuracy.cells("ddm", "exact", [one, {**one, "mean_rt": 0.004}])
    assert row[2].startswith("+3.00 ± 2.12")
    assert row[5] in {"1 µs", "1e+03 ns"}
