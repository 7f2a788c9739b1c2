"""Metadata: what they say, that they are worked out late, and that they behave as a dict."""

import copy
import json
import pickle

import numpy as np
import pytest

import ssms
from ssms import Simulator
from ssms.basic_simulators.simulator import simulator
from ssms.config import ModelConfigBuilder, model_config
from ssms.engine.results import Results

THETA = {"v": [0.5, 1.0], "a": [1.2, 0.8], "z": 0.4, "t": [0.3, 0.2]}
MINIMAL = {
    "simulator",
    "possible_choices",
    "n_samples",
    "n_trials",
    "boundary_fun_type",
    "model",
}
FULL = MINIMAL | {*THETA, "s", "deadline", "delta_t", "max_t", "n_threads"}
FULL |= {"boundary", "trajectory", "method", "random_state"}


def metadata(theta=THETA, model="ddm", **arguments):
    arguments = {"n_samples": 5, "random_state": 1, **arguments}
    return simulator(theta, model=model, **arguments)["metadata"]


def test_full():
    found = metadata(delta_t=0.01, max_t=3.0, n_threads=2)
    assert set(found) >= FULL
    assert found["model"] == "ddm"
    assert found["possible_choices"] == [-1, 1]
    assert (found["n_samples"], found["n_trials"], found["n_threads"]) == (5, 2, 2)
    assert (found["delta_t"], found["max_t"]) == (0.01, 3.0)
    assert found["boundary_fun_type"] == "constant"
    for name, values in {**THETA, "s": 1.0}.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], np.broadcast_to(np.float32(values), 2))


def test_minimal():
    for result in (
        simulator(THETA, model="ddm", return_option="minimal", random_state=1),
        Simulator("ddm").simulate(THETA, return_option="minimal", random_state=1),
    ):
        found = result["metadata"]
        assert set(found) >= MINIMAL
        assert not {"trajectory", "boundary", *THETA} & set(found)
        assert result["rts"].shape == (1000, 2, 1)


def test_minimal_changes_no_numbers():
    full = simulator(THETA, model="ddm", random_state=1)
    minimal = simulator(THETA, model="ddm", return_option="minimal", random_state=1)
    for key in full.keys() - {"metadata"}:
        np.testing.assert_array_equal(full[key], minimal[key])


def test_boundary_on_the_grid():
    found = metadata(delta_t=0.1, max_t=0.3)
    assert found["boundary"].dtype == np.float32
    np.testing.assert_array_equal(found["boundary"], np.full(4, 1.2, np.float32))


def test_drift_on_the_grid():
    theta = {"v": [0.5, 0.0], "a": 1.2, "z": 0.4, "t": 0.3, "shape": 3.0, "scale": 0.2, "c": 1.3}
    found = metadata(theta, model="gamma_drift", delta_t=0.1, max_t=0.5)
    assert found["drift_fun_type"] == "gamma_drift"
    assert found["drift"].dtype == np.float32
    np.testing.assert_allclose(found["drift"][[0, 1, 5]], [0.5, 0.864137, 1.732015], rtol=1e-5)
    config = model_config["conflict_stimflexrel1_leak2"]
    both = metadata(config["default_params"], model=config["name"], delta_t=0.1, max_t=0.5)
    assert both["drift"].shape == (6, 2)
    assert "drift" not in metadata()


def test_boundary_of_a_process_that_was_given_none():
    process = model_config["ddm"]["simulator"]
    config = ModelConfigBuilder.from_scratch("own", list("vazt"), process, 2, choices=[-1, 1])
    source = Simulator(config)
    found = source.simulate([0.5, 1.2, 0.4, 0.3], n_samples=1, delta_t=0.1, max_t=0.3)["metadata"]
    np.testing.assert_array_equal(found["boundary"], np.full(4, 1.2, np.float32))


@pytest.mark.parametrize("model", ["ddm", "full_ddm"])
@pytest.mark.parametrize("seed", range(20))
def test_trajectory_is_that_of_the_first_sample(model, seed):
    theta = {"v": 1.0, "a": 1.0, "z": 0.4, "t": 0.3}
    if model == "full_ddm":
        theta |= {"sz": 0.1, "sv": 0.5, "st": 0.1}
    result = simulator(theta, model=model, n_samples=3, random_state=seed, delta_t=0.005)
    path = result["metadata"]["trajectory"]
    assert path.shape == (4001, 1)
    assert path.dtype == np.float32
    path = path[path > -999]
    assert abs(path[0] - (-0.2)) <= (0.1 if model == "full_ddm" else 0) + 1e-6
    assert (np.abs(path) <= 1.0 + 1e-6).all()
    assert path[-1] == result["choices"].ravel()[0]
    decision_time = 0.005 * (path.size - 1)
    rt = result["rts"].ravel()[0]
    slack = 0.1 if model == "full_ddm" else 0.0
    assert abs(decision_time - (rt - 0.3)) <= 0.005 + slack + 1e-6


def test_trajectory_without_noise_is_the_drift_line():
    theta = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.0}
    found = metadata(theta, no_noise=True, n_samples=1, delta_t=0.01, max_t=3)
    path = found["trajectory"][:, 0]
    np.testing.assert_allclose(path[:200], 0.005 * np.arange(200), atol=1e-6)
    assert (path[201:] == -999).all()


def test_what_the_cartoon_plots_of_hssm_read():
    found = metadata(n_samples=1, theta=np.array([[0.5, 1.2, 0.4, 0.3]]))
    assert found["t"][0].item() == pytest.approx(0.3)
    assert found["z"][0].item() == pytest.approx(0.4)
    assert (found["boundary"] / found["delta_t"]).shape == (20001,)
    assert int(np.argmax(np.where(found["trajectory"] > -999)[0])) > 0


def test_they_are_made_once_and_late():
    calls = []

    def make():
        calls.append(1)
        return {"x": 1}

    late = Results(np.zeros((1, 1), np.float32), np.ones((1, 1), np.int32), 1, 1, make)
    assert late["rts"].shape == (1, 1)
    assert not calls
    assert late["metadata"] == late.metadata == {"x": 1}
    assert len(calls) == 1


def test_they_are_made_on_the_next_access_where_ctrl_c_stopped_the_first():
    answers = [KeyboardInterrupt, {"x": 1}]

    def make():
        answer = answers.pop(0)
        if answer is KeyboardInterrupt:
            raise KeyboardInterrupt
        return answer

    late = Results(np.zeros((1, 1), np.float32), np.ones((1, 1), np.int32), 1, 1, make)
    with pytest.raises(KeyboardInterrupt):
        _ = late.metadata
    assert late.metadata == {"x": 1}


@pytest.mark.parametrize(
    "look",
    [
        dict,
        copy.copy,
        copy.deepcopy,
        lambda r: r.copy(),
        lambda r: {**r},
        lambda r: dict(r.items()),
        lambda r: {k: r[k] for k in r},
        lambda r: dict(zip(r.keys(), r.values(), strict=True)),
        lambda r: pickle.loads(pickle.dumps(r)),
        lambda r: r | {},
        lambda r: {} | r,
        lambda r: {k: r.get(k) for k in reversed(r)},
        lambda r: {k: r.pop(k) for k in list(r)},
        lambda r: dict([r.popitem() for _ in range(len(r))]),
        lambda r: dict(r, **r),
    ],
)
def test_every_way_to_look_at_results_sees_all_entries(look):
    results = Simulator("ddm").simulate(THETA, n_samples=5, random_state=1)
    seen = look(results)
    assert set(seen) == {"rts", "choices", "metadata"}
    assert type(seen["metadata"]) is dict
    assert seen["metadata"]["model"] == "ddm"


def test_results_are_a_dict():
    results = Simulator("ddm").simulate(THETA, n_samples=5, random_state=1)
    assert isinstance(results, dict)
    assert "metadata" in results
    assert results.get("no such thing", 3) == 3
    with pytest.raises(KeyError, match="no such thing"):
        results["no such thing"]
    results["note"] = "mine"
    assert len(results) == 4
    results["metadata"] = {"model": "other"}
    assert results.metadata == {"model": "other"}


def test_scalars_are_plain_python():
    scalars = {k: v for k, v in metadata().items() if not isinstance(v, np.ndarray)}
    assert json.loads(json.dumps(scalars)) == scalars


def test_json_sees_minimal_metadata_that_nobody_has_looked_at():
    found = json.loads(json.dumps(metadata(return_option="minimal")))
    assert set(found) >= MINIMAL


def test_results_can_be_pickled_and_copied():
    result = simulator(THETA, model="ddm", n_samples=3, random_state=1)
    for other in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):
        np.testing.assert_array_equal(other["rts"], result["rts"])
        assert type(other["metadata"]) is dict
        np.testing.assert_array_equal(
            other["metadata"]["trajectory"], result["metadata"]["trajectory"]
        )


def test_metadata_are_those_of_their_call():
    """What is worked out late must not see what the caller changed meanwhile."""
    theta = {name: np.array(value, float) * np.ones(2) for name, value in THETA.items()}
    late = simulator(theta, model="ddm", n_samples=3, random_state=1)["metadata"]
    theta["a"][:] = 77.0
    np.testing.assert_array_equal(late["a"], np.float32([1.2, 0.8]))
    rows = np.array([[0.5, 1.2, 0.4, 0.3]])
    late = simulator(rows, model="ddm", n_samples=3, random_state=1)["metadata"]
    rows[:] = 77.0
    assert late["a"] == np.float32(1.2)


def test_the_band_of_ddm_legacy_begins_at_zero():
    theta = {"v": 0.5, "a": 2.0, "z": 0.4, "t": 0.3}
    legacy = Simulator("ddm_legacy").simulate(theta, n_samples=50, random_state=1)
    plain = Simulator("ddm").simulate({**theta, "a": 1.0}, n_samples=50, random_state=1)
    np.testing.assert_array_equal(legacy["rts"], plain["rts"])
    np.testing.assert_array_equal(legacy["choices"], plain["choices"])
    path = legacy["metadata"]["trajectory"][:, 0]
    path = path[path != -999.0]
    assert path[0] == pytest.approx(0.8)
    assert path.min() >= 0.0
    assert path.max() <= 2.0
    assert path[-1] == (2.0 if legacy["choices"][0, 0] == 1 else 0.0)


@pytest.mark.parametrize(
    ("model", "expected"),
    [("lba3", 0.25), ("racing_diffusion_3", 0.25), ("ddm_seq2_no_bias", 0.5), ("ddm", 0.4)],
)
def test_a_relative_start_is_shown_where_there_is_a_boundary(model, expected):
    """HSSM's figures read it."""
    theta = {**ssms.model(model).defaults, "A": 1.0, "b": 2.0, "z": 0.4}
    theta = {name: theta[name] for name in ssms.model(model).params}
    shown = ssms.simulate(model, theta, 1, seed=1).metadata
    np.testing.assert_allclose(shown["z"], [expected])
    assert shown["z"].shape == (1,)
