"""Freeze samples, a training file and a run record; `tests/test_frozen.py` compares with them.

Without arguments, this adds the models and methods that are not frozen yet and replaces none. To
replace some, name them::

    python -m tests.frozen.make
    python -m tests.frozen.make --model weibull --method bridge
    python -m tests.frozen.make --method euler
    python -m tests.frozen.make --training

A commit that replaces numbers names model, method and reason in CHANGELOG.md.

``samples.npz`` holds arrays named ``case/method/part``. A case is a model, or one of `EXTRA_CASES`.
The parts of a model are ``theta`` (the parameter sets, one field a parameter) and ``samples`` (one
field an output, shape (samples, trials)); if the model takes a deadline, ``deadlines`` (one a
trial) and ``before_deadline`` (as ``samples``). The inputs are frozen too, so that a change of a
model's bounds changes no sample.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import ssms
from ssms.basic_simulators.simulator import simulator
from ssms.config import model_config

FOLDER = Path(__file__).parent
SAMPLES = FOLDER / "samples.npz"
TRAINING_CONFIG = FOLDER / "training.yaml"
TRAINING_FILE = FOLDER / "training.pickle"
RUN_RECORD = FOLDER / "run_record.json"

METHODS = ("exact", "table", "bridge", "euler")
N_SAMPLES = 100
N_DEADLINE_SAMPLES = 50
N_TRIALS = 3
MAX_CANDIDATES = 200
SEED = 20_260_701
TRAINING_SEED = 9
SETTINGS: dict[str, Any] = {"max_t": 2.0, "delta_t": 0.02, "random_state": SEED}

Parts = dict[str, np.ndarray]


def parameter_sets(model: str) -> np.ndarray:
    """Return `N_TRIALS` valid parameter sets from the inner half of the bounds; shape (N_TRIALS,).

    Candidates are an additive recurrence (Kronecker sequence, one irrational step a parameter).
    """
    simulated = ssms.Simulator(model)
    bounds = simulated.config["param_bounds_dict"]
    steps = np.sqrt(np.arange(len(bounds)) + 2.0) + 0.5**0.5
    found: list[tuple[float, ...]] = []
    for candidate in range(1, MAX_CANDIDATES):
        places = 0.25 + 0.5 * (candidate * steps % 1.0)
        values: dict[str, float] = {}
        for (name, (low, high)), place in zip(bounds.items(), places, strict=True):
            high = values[high] if isinstance(high, str) else high
            values[name] = round(float(low + place * (high - low)), 3)
        values = constrained(values, simulated.config)
        try:
            simulated.validate_params(values)
        except ValueError:
            continue
        found.append(tuple(values.values()))
        if len(found) == N_TRIALS:
            return np.array(found, dtype=[(name, "<f8") for name in bounds])
    raise RuntimeError(f"{MAX_CANDIDATES} candidates hold too few valid parameter sets of {model}")


def constrained(values: dict[str, float], config: dict[str, Any]) -> dict[str, float]:
    """Return one parameter set after the model's constraints on sampled parameters."""
    arrays = {name: np.array([value]) for name, value in values.items()}
    for transform in config["parameter_transforms"]["sampling"]:
        arrays = transform.apply(arrays)
    return {name: round(float(array[0]), 3) for name, array in arrays.items()}


def outputs(result: dict[str, Any]) -> np.ndarray:
    """Return all sampled arrays of a result as one, with a field each; shape (samples, trials)."""
    arrays = {name: np.asarray(value) for name, value in result.items() if name != "metadata"}
    shape = result["rts"].shape[:2]
    packed = np.empty(shape, dtype=[(name, array.dtype) for name, array in arrays.items()])
    for name, array in arrays.items():
        packed[name] = array.reshape(shape)
    return packed


def median_times(samples: np.ndarray) -> np.ndarray:
    """Return deadlines that about half of the responses meet, one a trial (seconds)."""
    times = np.where(samples["rts"] > 0, samples["rts"], SETTINGS["max_t"])
    return np.median(times, axis=0).astype("<f8").round(3)


def model_parts(model: str, method: str, frozen: Parts) -> Parts:
    """Return the parts of one model and method, with the frozen inputs or else with new ones."""
    theta = frozen["theta"] if frozen else parameter_sets(model)
    values = {name: theta[name] for name in theta.dtype.names or ()}
    made = ssms.Simulator(model).simulate(values, n_samples=N_SAMPLES, method=method, **SETTINGS)
    parts = {"theta": theta, "samples": outputs(made)}
    if "deadlines" in frozen or (not frozen and f"{model}_deadline" in model_config):
        values["deadline"] = frozen["deadlines"] if frozen else median_times(parts["samples"])
        made = ssms.Simulator(f"{model}_deadline").simulate(
            values, n_samples=N_DEADLINE_SAMPLES, method=method, **SETTINGS
        )
        parts |= {"deadlines": values["deadline"], "before_deadline": outputs(made)}
    return parts


def hyperbolic(t: Any, a: Any, rate: Any) -> Any:
    """Return a user's own boundary, of operations that round alike on every machine."""
    return a / (1.0 + rate * t)


def ramp(t: Any, v: Any, slope: Any) -> Any:
    """Return a user's own drift."""
    return v + slope * t * t


DDM = {"v": [0.5, -1.0], "a": 1.1, "z": [0.4, 0.55], "t": 0.2}
CONFLICT = {
    **{"v": 0.5, "a": 1.2, "z": 0.5, "t": 0.3, "tinit": 1.0, "dinit": 2.0, "tslope": 1.5},
    **{"dslope": 2.5, "tfixedp": 2.0, "tcoh": 0.5, "dcoh": -0.5, "theta": 0.3},
}


def own_boundary(method: str) -> Parts:
    """Simulate with a boundary function of the user."""
    own = ssms.Simulator("ddm", boundary=hyperbolic, boundary_params=["a", "rate"])
    made = own.simulate({**DDM, "rate": [0.3, 1.0]}, n_samples=50, method=method, **SETTINGS)
    return {"samples": outputs(made)}


def own_drift(method: str) -> Parts:
    """Simulate with a drift function of the user."""
    own = ssms.Simulator("angle", drift=ramp, drift_params=["v", "slope"])
    theta = {**DDM, "theta": 0.2, "slope": [0.5, -2.0]}
    return {"samples": outputs(own.simulate(theta, n_samples=50, method=method, **SETTINGS))}


def noise(method: str) -> Parts:
    """Simulate with noise per trial, with noise for all trials, without noise, unblurred."""
    ddm, parts = ssms.Simulator("ddm"), {}
    calls: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "s": ({**DDM, "s": [0.8, 1.3]}, {}),
        "sigma_noise": (DDM, {"sigma_noise": 0.7}),
        "no_noise": (DDM, {"no_noise": True}),
        "smooth_unif": (DDM, {"smooth_unif": False}),
    }
    for part, (theta, arguments) in calls.items():
        made = ddm.simulate(theta, n_samples=20, method=method, **arguments, **SETTINGS)
        parts[part] = outputs(made)
    return parts


def return_option(method: str) -> Parts:
    """Simulate with full and minimal metadata; keep the arrays and the keys of both."""
    parts = {}
    for option in ("full", "minimal"):
        made = ssms.Simulator("conflict_ds_angle").simulate(
            CONFLICT, n_samples=5, return_option=option, method=method, **SETTINGS
        )
        metadata = made["metadata"]
        parts[option] = outputs(made)
        parts[f"{option}_keys"] = np.array(sorted(metadata))
        for name in ("boundary", "drift", "trajectory"):
            if name in metadata:
                parts[f"{option}_{name}"] = np.asarray(metadata[name])
    return parts


def summaries(method: str) -> Parts:
    """Call `simulator`, and keep its summaries."""
    theta = {**DDM, "theta": [0.2, 0.5]}
    result = simulator(theta, model="angle", n_samples=100, method=method, **SETTINGS)
    return {name: np.asarray(value) for name, value in result.items() if name != "metadata"}


EXTRA_CASES = {
    "own_boundary": (own_boundary, ("bridge", "euler")),
    "own_drift": (own_drift, ("bridge", "euler")),
    "noise": (noise, METHODS),
    "return_option": (return_option, ("bridge", "euler")),
    "summaries": (summaries, ("auto",)),
}


def applies(model: str, method: str) -> bool:
    """Return whether a method simulates a model."""
    theta = ssms.Simulator(model).config["default_params"]
    try:
        ssms.Simulator(model).simulate(theta, n_samples=1, method=method, **SETTINGS)
    except ValueError:
        return False
    return True


def cases() -> Iterator[tuple[str, str]]:
    """Yield every (case, method) that the present program has."""
    for model in model_config:
        yield from ((model, method) for method in METHODS if applies(model, method))
    for case, (_, methods) in EXTRA_CASES.items():
        yield from ((case, method) for method in methods)


def parts_of(case: str, method: str, frozen: Parts | None = None) -> Parts:
    """Return the parts of a case; those of a model with the inputs that are frozen, if any are."""
    if case in EXTRA_CASES:
        return EXTRA_CASES[case][0](method)
    return model_parts(case, method, frozen or {})


def read_frozen() -> dict[tuple[str, str], Parts]:
    """Return what `SAMPLES` holds, by (case, method); nothing if there is no file yet."""
    frozen: dict[tuple[str, str], Parts] = {}
    if SAMPLES.exists():
        with np.load(SAMPLES, allow_pickle=False) as arrays:
            for name in arrays.files:
                case, method, part = name.split("/")
                frozen.setdefault((case, method), {})[part] = arrays[name]
    return frozen


def write_frozen(frozen: dict[tuple[str, str], Parts]) -> None:
    """Write `SAMPLES`."""
    arrays = {
        f"{case}/{method}/{part}": array
        for (case, method), parts in sorted(frozen.items())
        for part, array in parts.items()
    }
    np.savez_compressed(SAMPLES, **arrays)  # type: ignore[arg-type]


def same(one: np.ndarray, other: np.ndarray) -> bool:
    """Return whether two arrays are equal bit for bit."""
    alike = one.dtype == other.dtype and one.shape == other.shape
    return alike and one.tobytes() == other.tobytes()


def generate_training(output: Path, config: Path = TRAINING_CONFIG) -> Path:
    """Run ``ssms-generate``; return its data file."""
    from ssms.cli.generate import main

    arguments = ["--config-path", str(config), "--output", str(output)]
    code = main([*arguments, "--seed", str(TRAINING_SEED), "--quiet"])
    if code:
        raise RuntimeError(f"ssms-generate ended with {code}")
    (data,) = output.rglob("*.pickle")
    return data


def freeze_training() -> None:
    """Write the training file and the run record, without the names of this machine."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        output = Path("out")
        config = Path(shutil.copy(TRAINING_CONFIG, folder)).relative_to(folder)
        shutil.copyfile(generate_training(output, config), TRAINING_FILE)
        (record,) = output.glob("runs/*.json")
        content = json.loads(record.read_text(encoding="utf-8"))
    content.update(host="host", directory="/home/user", config_path="/home/user/training.yaml")
    content["versions"]["platform"] = "Linux"
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    RUN_RECORD.write_text(text, encoding="utf-8")


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", nargs="+", help="replace the samples of these cases")
    parser.add_argument("--method", nargs="+", help="replace the samples of these methods")
    parser.add_argument("--training", action="store_true", help="replace training file and record")
    options = parser.parse_args()
    if options.training:
        freeze_training()
        print("froze the training file and the run record")
    replace = bool(options.model or options.method)
    if options.training and not replace:
        return
    frozen, present = read_frozen(), list(cases())
    known = {*present, *frozen}
    for given, names in (
        (options.model or (), {case for case, _ in known}),
        (options.method or (), {method for _, method in known}),
    ):
        for name in given:
            if name not in names:
                parser.error(f"{name!r} is not known; known are {', '.join(sorted(names))}")

    def chosen(case: str, method: str) -> bool:
        wanted = case in (options.model or [case]) and method in (options.method or [method])
        return wanted if replace else (case, method) not in frozen

    for case, method in [key for key in frozen if replace and chosen(*key) and key not in present]:
        del frozen[case, method]
        print(f"removed {case}/{method}")
    for case, method in present:
        if chosen(case, method):
            frozen[case, method] = parts_of(case, method)
            print(f"froze {case}/{method}")
    write_frozen(frozen)


if __name__ == "__main__":
    main()
