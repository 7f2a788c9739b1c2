"""The same seed gives the same bits, however the work is divided and whatever computes it."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ssms.basic_simulators.simulator import simulator

FULL = {"v": 0.7, "a": 1.0, "z": 0.4, "t": 0.4, "sz": 0.2, "sv": 1.0, "st": 0.2}
WEIBULL = {"v": 0.5, "a": 1.2, "z": 0.3, "t": 0.3, "alpha": 0.8, "beta": 2.0}
PULSE = {"v": 0.5, "a": 1.2, "z": 0.3, "t": 0.3, "shape": 4.0, "scale": 0.1, "c": 2.0, "theta": 0.3}
LEVY = {"v": 0.5, "a": 1.2, "z": 0.3, "t": 0.3, "theta": 0.3}
START = {"z0": 0.5, "z1": 0.2, "z2": 0.0}
RACE = {"v0": 1.0, "v1": 0.5, "v2": 1.2, "a": 1.5, **START, "t": 0.1}
LIMITED = {"v": 0.3, "a": 1.0, "z": 0.3, "t": 0.4, "deadline": 0.8}

STAGES = {"vh": 0.5, "vl1": 1.0, "vl2": -1.0, "t": 0.3}
CURVE = {"a": 1.0, "alpha": 1.5, "beta": 2.0}


def trials(n, **parameters):
    """Give each of n trials a parameter set of its own, from easy to hard."""
    spread = np.linspace(0.5, 1.5, n)
    return {key: np.float32(value) * spread for key, value in parameters.items()}


LBA = {"A": 0.3, "b": 0.6, "v0": 0.5, "v1": 0.4, "v2": 0.2, "deadline": 1.2}
SYSTEMS = {f"v{system}{i}": 0.3 + 0.1 * i for system in ("RL", "WM") for i in range(3)}
POISSON = {"r1": 2.0, "r2": 3.0, "k1": 1.2, "k2": 3.0, "t": 0.2}
SOFTMAX = {"beta": 3.0, "q0": 0.1, "q1": 0.5, "q2": 0.6}

# model, parameters, samples: one set, many sets, both, and sizes that no vector width divides
WORKLOADS = {
    "one set": ("ddm", {"v": 0.5, "a": 1.2, "z": 0.3, "t": 0.3}, 20_011),
    "one trial": ("ddm", {"v": 0.5, "a": 1.2, "z": 0.3, "t": 0.3}, 1),
    "many sets": ("ddm", trials(1_013, v=0.5, a=1.2, z=0.3, t=0.3), 1),
    "sets and samples": ("full_ddm", trials(101, **FULL), 37),
    "every source of variability": ("full_ddm_rv", trials(503, **FULL), 3),
    "normal": ("ddm_normal_st", trials(7, v=1.0, a=0.6, z=0.5, t=0.5, st=0.15), 501),
    "truncated normal": ("ddm_truncnormt", trials(7, v=1.0, a=0.6, z=0.5, mt=0.1, st=0.3), 501),
    "rayleigh": ("ddm_rayleight", trials(7, v=1.0, a=0.6, z=0.5, st=0.3), 501),
    "omissions": ("ddm_deadline", trials(503, **LIMITED), 11),
    "ballistic, one set": ("lba3_deadline", LBA, 20_011),
    "ballistic, many sets": ("lba3_deadline", trials(1_013, **LBA), 1),
    "ballistic, two systems": (
        "dev_rlwm_lba_pw_v1",
        trials(101, **SYSTEMS, a=0.6, z=0.3, tWM=0.3),
        7,
    ),
    "counting, one set": ("poisson_race", POISSON, 20_011),
    "counting, many sets": ("poisson_race", trials(1_013, **POISSON), 3),
    "softmax, one set": ("inv_temp_softmax_3", SOFTMAX, 20_011),
    "softmax, many sets": ("inv_temp_softmax_3", trials(1_013, **SOFTMAX), 5),
    "bridge, one set": ("weibull", WEIBULL, 20_011),
    "bridge, many sets": ("weibull", trials(1_013, **WEIBULL), 1),
    "bridge, drift that changes": ("gamma_drift_angle", trials(503, **PULSE), 3),
    "bridge, leak": ("ornstein_deadline", trials(503, **LIMITED, g=1.0), 3),
    "bridge, Levy noise": (
        "levy_angle",
        trials(101, **LEVY) | {"alpha": np.linspace(1, 2, 101)},
        11,
    ),
    "race": ("race_3", trials(503, **RACE), 3),
    "race, one set": ("race_3", RACE, 5_011),
    "coupled race": ("lca_3", trials(101, **RACE, g=0.5, b=0.8), 11),
    "racing diffusion": (
        "racing_diffusion_3",
        trials(503, v0=1.0, v1=0.5, v2=-0.5, A=0.5, b=1.5, t=0.1),
        3,
    ),
    "two stages, one set": ("ddm_par2_no_bias", STAGES | {"a": 1.0}, 5_003),
    "two stages, many sets": ("ddm_par2_no_bias", trials(101, **STAGES, a=1.0), 37),
    "two stages in sequence": (
        "ddm_seq2_angle_no_bias",
        trials(503, **STAGES, a=1.0, theta=0.4),
        3,
    ),
    "two stages in sequence, bridge": (
        "ddm_seq2_weibull_no_bias",
        trials(101, **STAGES, **CURVE),
        7,
    ),
    "stages that interact": ("tradeoff_no_bias", trials(101, **STAGES, a=1.0, d=0.5), 37),
    "stages that interact, bridge": (
        "ddm_mic2_ornstein_weibull_no_bias",
        trials(101, **STAGES, **CURVE, d=0.5, g=1.0),
        7,
    ),
    "attention": ("addm", trials(101, eta=0.5, kappa=0.5, a=1.2, b=0.2, x0=0.1, t=0.3), 37),
}


def results(seed=12, **arguments):
    """Return the response times and choices of every workload."""
    out = {}
    for label, (model, theta, n_samples) in WORKLOADS.items():
        result = simulator(
            theta, model=model, n_samples=n_samples, random_state=seed, max_t=5.0, **arguments
        )
        extras = [value for key, value in result.items() if key.startswith("rts_")]
        out[label] = result["rts"], result["choices"], *extras
    return out


def fingerprints(**arguments):
    """Return the hash of the bits of every workload's results."""
    return {
        label: hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()
        for label, arrays in results(**arguments).items()
    }


@pytest.fixture(scope="module")
def one_thread():
    return fingerprints()


@pytest.mark.parametrize("n_threads", [2, 3, 7])
def test_any_number_of_threads(one_thread, n_threads):
    assert fingerprints(n_threads=n_threads) == one_thread


def test_another_seed_gives_other_bits(one_thread):
    others = fingerprints(seed=13)
    assert all(others[label] != one_thread[label] for label in WORKLOADS)


def processor_flags():
    cpuinfo = Path("/proc/cpuinfo")
    return set(cpuinfo.read_text().split()) if cpuinfo.exists() else set()


def in_another_process(**environment):
    code = "import json, test_truth_invariance as t; print(json.dumps(t.fingerprints()))"
    here = Path(__file__).parent
    path = [str(here), *(entry for entry in sys.path if entry)]
    process = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


@pytest.mark.parametrize("simd", ["baseline", "avx2", "avx512"])
def test_any_instruction_set(one_thread, simd):
    needed = {"baseline": set(), "avx2": {"avx2"}, "avx512": {"avx512f", "avx512dq"}}[simd]
    if not needed <= processor_flags():
        pytest.skip(f"this processor has no {simd}")
    assert in_another_process(SSMS_SIMD=simd) == one_thread


def test_any_process_and_hash_seed(one_thread):
    assert in_another_process(PYTHONHASHSEED="4711") == one_thread


def test_an_unknown_instruction_set_is_refused():
    code = (
        "from ssms.basic_simulators.simulator import simulator as s; s([0, 1, 0.5, 0], model='ddm')"
    )
    process = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "SSMS_SIMD": "avx3",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode != 0
    assert "avx3" in process.stderr


@pytest.mark.parametrize("model", ["ddm", "full_ddm_rv", "ddm_truncnormt"])
def test_a_call_is_the_beginning_of_a_larger_one(model):
    parameters = {
        "ddm": {"v": 0.5, "a": 1.2, "z": 0.3, "t": 0.3},
        "full_ddm_rv": FULL,
        "ddm_truncnormt": {"v": 1.0, "a": 0.6, "z": 0.5, "mt": 0.1, "st": 0.3},
    }[model]

    def run(n_trials, n_samples):
        theta = {key: value[:n_trials] for key, value in trials(50, **parameters).items()}
        result = simulator(theta, model=model, n_samples=n_samples, random_state=3)
        return (result[key].reshape(n_samples, n_trials) for key in ("rts", "choices"))

    rts, choices = run(50, 40)
    for n_trials, n_samples in ((50, 7), (9, 40), (1, 40), (9, 3), (50, 1), (1, 1)):
        fewer_rts, fewer_choices = run(n_trials, n_samples)
        np.testing.assert_array_equal(fewer_rts, rts[:n_samples, :n_trials])
        np.testing.assert_array_equal(fewer_choices, choices[:n_samples, :n_trials])


def test_trials_and_samples_with_the_same_parameters_differ():
    theta = {key: np.full(200, value) for key, value in FULL.items()}
    rts = simulator(theta, model="full_ddm", n_samples=200, random_state=3, max_t=100.0)["rts"]
    # single precision: a few coincidences, no repeated streams
    assert np.unique(rts).size > 0.95 * rts.size
    assert np.abs(np.corrcoef(rts[..., 0])[np.triu_indices(200, 1)]).max() < 0.5
    assert np.abs(np.corrcoef(rts[..., 0].T)[np.triu_indices(200, 1)]).max() < 0.5


def test_a_table_of_a_trial_does_not_depend_on_the_trials_beside_it():
    theta = {key: value[:5] for key, value in trials(50, v=0.5, a=1.2, z=0.3, t=0.3).items()}
    together = simulator(theta, model="ddm", n_samples=2500, random_state=3)
    threads = simulator(theta, model="ddm", n_samples=2500, random_state=3, n_threads=3)
    assert together["metadata"]["method"] == "table"
    np.testing.assert_array_equal(together["rts"], threads["rts"])
    first = {key: value[:1] for key, value in theta.items()}
    alone = simulator(first, model="ddm", n_samples=2500, random_state=3)
    np.testing.assert_array_equal(alone["rts"][:, 0], together["rts"][:, 0, 0])
    np.testing.assert_array_equal(alone["choices"][:, 0], together["choices"][:, 0, 0])
    paths = [result["metadata"]["trajectory"] for result in (alone, together)]
    np.testing.assert_array_equal(*paths)
