"""What a plan is: made once, it opens calls of the core; and that of exact simulation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ssms import _core
from ssms.config.processes.execution import PIECE
from ssms.errors import ConfigError, ParameterError, bad_value

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ssms.config.processes.diffusion import Diffusion

    FloatArray = npt.NDArray[np.float64]

__all__ = ["ALLOWED", "Call", "DiffusionPlan"]

ALLOWED = {
    "drift": "finite (up to 1e60 in size)",
    "drift_sd": "finite and not negative",
    "boundary": "finite and greater than 0 (from 1e-60 to 1e60)",
    "start": "between 0 and 1 (exclusive)",
    "start_halfwidth": "finite and not negative",
    "noise": "0, or greater (from 1e-60 to 1e60)",
    "ndt_location": "finite and not negative",
    "ndt_scale": "finite and not negative",
    "deadline": "a number",
    "angle": "between -pi/2 and pi/2 (exclusive)",
}

LEAST_SAMPLES_FOR_TABLE = 2000
"""A table costs as much as about 1,000 samples, and makes each of them four to five times
cheaper."""

# The value of a role that no parameter plays.
_CONSTANTS = {"noise": 1.0, "deadline": float("inf")}


class Call(Protocol):
    """One call of a kernel: it writes results [begin, end) into flat arrays."""

    def sample(self, isa: int, begin: int, end: int, rts: Any, choices: Any, cancel: Any) -> None:
        """Write the results begin <= i < end."""

    @property
    def method(self) -> str:
        """How times are drawn."""

    def path(self, delta_t: float, path: Any) -> None:
        """Write a path of sample 0 of trial 0 on a grid of times."""


class DiffusionPlan:
    """How a diffusion model is simulated; reused from call to call.

    Parameters
    ----------
    process : Diffusion
        Which parameter plays which role.
    method : str
        "auto", "exact" or "table".
    collapses : bool
        Whether the boundary is linear, with the angle ``theta``.
    """

    def __init__(self, process: Diffusion, method: str = "auto", collapses: bool = False) -> None:
        self.process = process
        self.method = method
        self._ndt_kind = _core.NDT_KINDS.index(process.nondecision.distribution)
        self._relative = process.start_halfwidth_unit == "relative"
        self._parameters = [process.parameter_of(role) for role in _core.ROLES]
        if collapses:
            self._parameters[_core.ROLES.index("angle")] = "theta"
        self._rows: dict[tuple[str, ...], tuple[int, ...]] = {}
        self._least_samples_for_table = self._find_least_samples_for_table()

    def open(
        self,
        names: Sequence[str],
        theta: FloatArray,
        noise: float,
        n_samples: int,
        max_t: float,
        seed: int,
        delta_t: float = 0.001,
        smooth_times: bool = False,
    ) -> Call:
        """Return a checked call of the kernel.

        Parameters
        ----------
        names : sequence of str
            What the rows of theta are.
        theta : ndarray of float64, shape (n_names, n_trials)
            Parameters, C-contiguous.
        noise : float
            Noise where theta has none.
        n_samples : int
            Samples of each trial.
        max_t : float
            Longest decision time (seconds).
        seed : int
            From 0 to 2**64 - 1.
        delta_t : float
            Step of method "euler" (seconds).
        smooth_times : bool
            Method "euler" blurs times by up to half a step.

        Raises
        ------
        ParameterError
            If a parameter of some trial has no meaning; it names the parameter and the trial.
        """
        names = tuple(names)
        rows = self._rows.get(names)
        if rows is None:
            rows = self._rows[names] = self._find_rows(names)
        theta = self._halved(names, theta)
        constants = (0.0, 0.0, 1.0, 0.5, 0.0, noise, 0.0, 0.0, _CONSTANTS["deadline"], 0.0)
        tabulate = n_samples >= self._least_samples_for_table
        call = _core.WienerCall(
            theta, rows, constants, self._ndt_kind, self._relative, n_samples, max_t, seed, tabulate
        )
        problem = call.check()
        if problem is not None:
            raise self._bad_parameter(problem, rows, names, theta, noise)
        return call

    def piece(self, delta_t: float) -> int:
        """Return how many results are some milliseconds of work, at a step of `delta_t`."""
        return PIECE

    def _halved(self, names: tuple[str, ...], theta: FloatArray) -> FloatArray:
        """Return theta with half the separation where it holds all of it."""
        if self.process.separation == "full":
            theta = theta.copy()
            theta[names.index(self.process.boundary_height)] *= 0.5
        return theta

    def describe(self) -> str:
        """Return the method in words."""
        if self.method == "auto":
            tabulates = self._least_samples_for_table < math.inf
            return "exact, or a table for many samples" if tabulates else "exact"
        return self.method

    def _find_least_samples_for_table(self) -> float:
        """Return from how many samples on those of a trial are drawn from a table of their law."""
        varies = self.process.drift_sd is not None or self.process.start_halfwidth is not None
        if self.method == "table":
            if varies:
                raise bad_value("method", "table", "exact or auto for a drift or start that varies")
            return 1
        return LEAST_SAMPLES_FOR_TABLE if self.method == "auto" and not varies else math.inf

    def _find_rows(self, names: tuple[str, ...]) -> tuple[int, ...]:
        rows = []
        for role, parameter in zip(_core.ROLES, self._parameters, strict=True):
            candidates = self.process.noise_names if role == "noise" else (parameter,)
            found = [names.index(name) for name in candidates if name in names]
            if not found and parameter is not None and role not in _CONSTANTS:
                raise ConfigError(f"theta lacks {parameter!r}, the {role} of the model")
            rows.append(found[0] if found else -1)
        return tuple(rows)

    def _bad_parameter(
        self,
        problem: tuple[int, int],
        rows: tuple[int, ...],
        names: tuple[str, ...],
        theta: FloatArray,
        noise: float,
    ) -> ParameterError:
        role, trial = problem
        row = rows[role]
        name = names[row] if row >= 0 else "sigma_noise"
        value = float(theta[row, trial]) if row >= 0 else noise
        if row >= 0 and _core.ROLES[role] == "boundary" and self.process.separation == "full":
            value *= 2.0
        allowed = ALLOWED[_core.ROLES[role]]
        if theta.shape[1] > 1:
            name = f"{name} of trial {trial}"
        return bad_value(name, value, allowed)
