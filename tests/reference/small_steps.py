"""Small steps of two lengths from the same noise, by small_steps.c, compiled on first use."""

from __future__ import annotations

import ctypes
import subprocess
import sysconfig
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from reference.cascade import weights

MAX_PARTICLES = 16


class _Accumulators(ctypes.Structure):
    _fields_ = (
        ("n", ctypes.c_int),
        ("drift", ctypes.c_double * MAX_PARTICLES),
        ("start", ctypes.c_double * MAX_PARTICLES),
        *((name, ctypes.c_double) for name in ("leak", "inhibition", "height", "slope")),
    )


class _Levels(ctypes.Structure):
    _fields_ = (
        ("drift", ctypes.c_double * 3),
        ("start", ctypes.c_double * 3),
        *(
            (name, ctypes.c_double)
            for name in ("height", "slope", "leak", "weight", "weight_q", "noise", "noise_q")
        ),
    )


@cache
def _library():
    """Compile and load small_steps.c."""
    source = Path(__file__).with_name("small_steps.c")
    variates = Path(np.__file__).parent / "random" / "lib" / "libnpyrandom.a"
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "small_steps.so"
        subprocess.run(
            ["cc", "-O3", "-march=native", "-shared", "-fPIC", "-o", made, source, variates, "-lm",
             f"-I{np.get_include()}", f"-I{sysconfig.get_path('include')}"],
            check=True,
        )  # fmt: skip
        return ctypes.CDLL(str(made))


@dataclass(frozen=True)
class SmallSteps:
    """Times (the end of the simulation: none) and choices, (n, 2): by steps of dt and of 2 dt."""

    times: np.ndarray
    choices: np.ndarray

    def moments(self, n_choices):
        """Return shares of choices and mean time, extrapolated to steps of length 0.

        Also their standard errors, and by how much the short steps are corrected.
        """
        columns = [(self.choices == choice).astype(float) for choice in range(n_choices)]
        columns.append(self.times)
        corrections = np.array([c[:, 0] - c[:, 1] for c in columns])
        found = np.array([c[:, 0] for c in columns]) + corrections
        error = found.std(axis=1) / np.sqrt(found.shape[1])
        return found.mean(axis=1), error, corrections.mean(axis=1)


def _run(function, problem, n, dt, end, seed):
    times, choices = np.empty((n, 2)), np.empty((n, 2), np.intc)
    rng = np.random.SFC64(seed)
    with rng.lock:
        getattr(_library(), function)(
            rng.ctypes.bit_generator,
            ctypes.byref(problem),
            ctypes.c_double(dt),
            ctypes.c_double(end),
            ctypes.c_long(n),
            times.ctypes.data_as(ctypes.c_void_p),
            choices.ctypes.data_as(ctypes.c_void_p),
        )
    return SmallSteps(times, choices)


def race(
    n, drift, start, height, *, leak=0.0, inhibition=0.0, slope=0.0, dt=1e-4, end=20.0, seed=0
):
    """Return samples of accumulators with a floor, s = 1; ``start`` is evidence."""
    problem = _Accumulators(
        len(drift), leak=leak, inhibition=inhibition, height=height, slope=slope
    )
    problem.drift[: len(drift)], problem.start[: len(drift)] = drift, start
    return _run("small_race", problem, n, dt, end, seed)


def levels(kind, n, drift, height, z, d, *, leak=0.0, early=1.0, slope=0.0, dt=1e-4, end=20.0,
           seed=0):  # fmt: skip
    """Return samples of levels that interact; see `reference.cascade.weights` for ``kind``."""
    a, b, c, e = weights(kind, d, early)
    problem = _Levels(height=height, slope=slope, leak=leak,
                      weight=a, weight_q=b, noise=c, noise_q=e)  # fmt: skip
    problem.drift[:] = drift
    problem.start[:] = [height * (2 * place - 1) for place in z]
    return _run("small_levels", problem, n, dt, end, seed)
