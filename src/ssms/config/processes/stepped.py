"""How a diffusion model is simulated by steps: between boundaries that move, with any drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ssms import _core
from ssms.config.processes.curves import Curve, curve_of
from ssms.config.processes.execution import PIECE
from ssms.config.processes.plans import ALLOWED, Call, DiffusionPlan
from ssms.errors import ConfigError, ParameterError, bad_value

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ssms.config.processes.diffusion import Diffusion

    FloatArray = npt.NDArray[np.float64]

__all__ = ["CALLS", "SteppedPlan"]

CALLS = {"bridge": _core.DiffusionCall, "euler": _core.EulerCall}
"""The call of the core for each method."""

# What is allowed of parameters of curves that is not allowed of all: see ssm_diffusion_check().
_ALLOWED_OF_CURVES = {
    "a": "finite and greater than 0",
    "theta": "between -pi/2 and pi/2 (exclusive)",
    "alpha": "finite and greater than 0",
    "beta": "finite and greater than 0",
    "alphaGamma": "finite and at least 1",
    "scaleGamma": "finite and greater than 0",
    "shape": "finite and at least 1",
    "scale": "finite and greater than 0",
    "sda": "finite and greater than 0",
    "toffset": "a number",
    "doffset": "a number",
}
_ALLOWED_OF_ROLES = {
    **ALLOWED,
    "leak": "finite",
    "leak_2": "finite",
    "stability": "between 1 and 2",
}


class SteppedPlan(DiffusionPlan):
    """How a diffusion model is simulated by steps; reused from call to call.

    Parameters
    ----------
    process : Diffusion
        The process.
    config : mapping
        A model configuration whose simulator is this process.
    method : str
        "bridge" or "euler".

    Raises
    ------
    ConfigError
        If boundary, drift and leak do not go together.
    """

    def __init__(self, process: Diffusion, config: Mapping[str, Any], method: str) -> None:
        super().__init__(process)
        for role in ("drift", "boundary", "angle"):  # parameters of the curves, if of anything
            self._parameters[_core.ROLES.index(role)] = None
        self.method = method
        self._name = str(config.get("name", "custom model"))
        self._boundary = curve_of(config, "boundary", process.boundary_height)
        n_columns = 2 if isinstance(process.leak, tuple) else 1
        self._drift = curve_of(config, "drift", process.drift, n_columns)
        if isinstance(self._drift, Curve):
            _check_leaks(process, self._drift.name, self._name)
        self._leaks = process.leaks

    def piece(self, delta_t: float) -> int:
        """Return how many results are some milliseconds of work.

        Parameters
        ----------
        delta_t : float
            Step (seconds).
        """
        if self.method != "euler":
            return PIECE
        return min(max(int(4e6 * delta_t), 256), PIECE)

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
        """Return a checked call of the kernel; see `DiffusionPlan.open`."""
        names = tuple(names)
        rows = self._rows.get(names)
        if rows is None:
            rows = self._rows[names] = self._find_rows(names) + self._find_more_rows(names)
        theta = self._halved(names, theta)
        constants = (0.0, 0.0, 1.0, 0.5, 0.0, noise, 0.0, 0.0, float("inf"), 0.0, 0.0, 0.0, 2.0)
        boundary, theta = self._boundary.columns(names, theta, max_t)
        drift, theta = self._drift.columns(names, theta, max_t)
        call = CALLS[self.method](
            theta,
            rows,
            constants,
            self._ndt_kind,
            self._relative,
            boundary,
            drift,
            any(self._leaks),
            self.process.stability is not None,
            n_samples,
            max_t,
            delta_t,
            smooth_times,
            seed,
        )
        problem = call.check()
        if problem is not None:
            raise self._bad_value(problem, rows, names, theta, noise)
        return call

    def _find_more_rows(self, names: tuple[str, ...]) -> tuple[int, ...]:
        rows = []
        for parameter in (*self._leaks, self.process.stability):
            if parameter is not None and parameter not in names:
                raise ConfigError(f"theta lacks {parameter!r}")
            rows.append(-1 if parameter is None else names.index(parameter))
        return tuple(rows)

    def _bad_value(
        self,
        problem: tuple[int, int, int],
        rows: tuple[int, ...],
        names: tuple[str, ...],
        theta: FloatArray,
        noise: float,
    ) -> ParameterError:
        role, number, trial = problem
        if role < len(_core.ROLES):
            return self._bad_parameter((role, trial), rows, names, theta, noise)
        if role < len(_core.DIFFUSION_ROLES):
            name = names[rows[role]]
            allowed = _ALLOWED_OF_ROLES[_core.DIFFUSION_ROLES[role]]
        else:
            curve = (self._boundary, self._drift)[role - len(_core.DIFFUSION_ROLES)]
            name = curve.parameters[number]
            allowed = _ALLOWED_OF_CURVES.get(name, "finite")
        value = float(theta[names.index(name), trial])
        if name == self.process.boundary_height and self.process.separation == "full":
            value *= 2.0
        return bad_value(f"{name} of trial {trial}" if theta.shape[1] > 1 else name, value, allowed)


def _check_leaks(process: Diffusion, drift: str, config_name: str) -> None:
    """Raise if there is not one leak for each column of the drift."""
    two_columns = drift == "conflict_stimflexrel1_dual_drift"
    if process.leak is not None and isinstance(process.leak, tuple) != two_columns:
        raise ConfigError(
            f"Model {config_name!r} cannot be simulated: its drift has "
            f"{'two columns' if two_columns else 'one column'}, which does not go with leak "
            f"{process.leak!r}"
        )
    if two_columns and (process.stability is not None or process.drift_sd is not None):
        what = "Levy noise" if process.stability is not None else "a drift that varies"
        raise ConfigError(
            f"Model {config_name!r} cannot be simulated: its drift has two columns, which does "
            f"not go with {what}"
        )
