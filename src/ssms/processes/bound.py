"""How a process of the core is simulated for one model."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ssms import _core
from ssms.engine.execution import PIECE, run_in_pieces, simd_path
from ssms.engine.results import OMISSION, Results, result_shape
from ssms.errors import ConfigError, ParameterError, bad_value, unknown_name

if TYPE_CHECKING:
    import numpy.typing as npt

    from ssms.engine.request import Request
    from ssms.processes.base import CoreProcess
    from ssms.processes.process import Adapt, Model

    FloatArray = npt.NDArray[np.float64]

__all__ = ["BoundModel", "warn_of_invalid"]

MIN_SAMPLES_FOR_TABLE = 2000
"""A table costs as much as about 1,000 samples, and makes each of them four to five times
cheaper."""

MIN_PIECE = 256
STEPS_A_PIECE = 4_000_000
"""About how many plain steps are some milliseconds of work, for decisions of a second."""

CHECKED_AT_ONCE = 1024
"""Trials among which an invalid one is looked for; those after it are looked at again."""

# Made once: NumPy looks up the types np.float32 and np.int32 each time.
_FLOAT32, _INT32 = np.dtype(np.float32), np.dtype(np.int32)
_METHOD_NUMBERS = {name: number for number, name in enumerate(_core.METHODS)}


class BoundModel:
    """A process of the core, with the boundary, drift and parameters of one model.

    Parameters
    ----------
    process : CoreProcess
        The process.
    model : Model
        The model.
    """

    has_fields: ClassVar[bool] = False
    looks: bool = False

    def __init__(self, process: CoreProcess, model: Model) -> None:
        self.process = process
        self.model = model
        self.methods: Mapping[str, str | None] = process.methods(model)
        self.law_is_solved: bool = process.law_is_solved(model)
        row = process.row
        self._boundary = model.boundary if row.has_boundary else None
        self._drift = model.drift if row.has_drift else None
        self._tabulated = [
            (curve, passed) if curve is not None and curve.row is None else None
            for curve, passed in (
                (self._boundary, model.boundary_params),
                (self._drift, model.drift_params),
            )
        ]
        self._has_tables = any(self._tabulated)
        self._factors = process.core_factors
        self._is_plain = not (self._has_tables or process.extras or self.has_fields)
        self._extras: tuple[str, ...] = process.extras
        self._layouts: dict[tuple[str, ...], _core.Layout] = {}
        possible = [m for m, reason in self.methods.items() if reason is None]
        self._usual: str = possible[0]
        self._tabulates = possible[:2] == ["exact", "table"]

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_layouts": {}}  # structs of the core, which are made again

    # ---- methods ---------------------------------------------------------------------------------

    def describe_method(self) -> str:
        """Return the usual method in words."""
        return f"{self._usual}, or a table for many samples" if self._tabulates else self._usual

    def method(self, name: str, n_samples: int) -> str:
        """Return the method to use.

        Raises
        ------
        UnknownNameError
            If there is no such method.
        ConfigError
            If the method does not apply to the model.
        """
        if name == "auto":
            use_table = self._tabulates and n_samples >= MIN_SAMPLES_FOR_TABLE
            return "table" if use_table else self._usual
        if name not in self.methods:
            raise unknown_name("method", name, ["auto", *self.methods])
        reason = self.methods[name]
        if reason is not None:
            raise ConfigError(
                f"Model {self.model.name!r} cannot be simulated by method {name!r}: {reason}"
            )
        return name

    # ---- problems --------------------------------------------------------------------------------

    def layout(self, names: tuple[str, ...]) -> _core.Layout:
        """Return which row of theta each column of a problem is."""
        layout = self._layouts.get(names)
        if layout is None:
            layout = self._layouts[names] = self._find_layout(names)
        return layout

    def _find_layout(self, names: tuple[str, ...]) -> _core.Layout:
        process, model, n_particles = self.process, self.model, self.process.n_particles
        entries = []
        for role, players in process.parameters().items():
            row = process.row.roles[role]
            count = n_particles if row.per_particle else 1
            players = players * count if len(players) == 1 else players
            for particle, parameter in zip(range(count), players, strict=True):
                constant, found = row.value, -1
                if isinstance(parameter, float):
                    constant = parameter
                else:
                    found = self.row_of(role, parameter, names)
                entries.append((row.number, particle, found, constant, parameter is not None))
        given = set(process.parameters())
        for role, row in process.row.roles.items():
            if role not in given:
                count = n_particles if row.per_particle else 1
                entries += [(row.number, i, -1, row.value, False) for i in range(count)]
        return _core.Layout(
            process.row.number,
            n_particles,
            process.ndt_kind,
            tuple(entries),
            None
            if self._boundary is None
            else self._boundary.columns(names, model.boundary_params),
            None if self._drift is None else self._drift.columns(names, model.drift_params),
            len(names),
            **process.options,
        )

    def _noise_names(self, particle_noise: Any) -> tuple[Any, ...]:
        """Return the names of a particle's noise: its own, then the names for all particles."""
        of_particles = self.process.parameters()["noise"]
        common = (name for name in self.process.noise_names if name not in of_particles)
        return (particle_noise, *common)

    def row_of(self, role: str, parameter: Any, names: tuple[str, ...]) -> int:
        """Return the row of theta that plays a role, -1 if none does.

        Raises
        ------
        ConfigError
            If the role's parameter is not in theta, and must be.
        """
        candidates = self._noise_names(parameter) if role == "noise" else (parameter,)
        found = [names.index(name) for name in candidates if name in names]
        if found:
            return found[0]
        if parameter is not None and role not in self.process.optional_roles:
            raise ConfigError(f"theta lacks {parameter!r}, the {role} of the model")
        return -1

    def open(self, request: Request, begin: int = 0, goes_on: bool | None = None) -> _core.Problem:
        """Return the problem of a request, not checked yet.

        Curves of the user's own are followed after `max_t` if that is no limit, or if it `goes_on`.

        Where tables of the user's own curves would be large, it holds the trials from
        `begin` to its attribute ``end``; trials outside read some other trial's.
        """
        names, theta = request.names, self.in_core_units(request)
        boundary_table = drift_table = None
        if self._has_tables:
            if goes_on is None:
                goes_on = math.isinf(request.limit)
            boundary_table, drift_table = self._tables(names, theta, request.max_t, begin, goes_on)
        return _core.Problem(
            self._layouts.get(names) or self.layout(names),
            theta,
            request.noise,
            request.n_samples,
            request.limit,
            request.seed,
            request.delta_t,
            request.smooth_times,
            boundary_table,
            drift_table,
        )

    def in_core_units(self, request: Request) -> FloatArray:
        """Return theta in the units of the core."""
        if not self._factors:
            return request.theta
        theta = request.theta.copy()
        for name, factor in self._factors.items():
            theta[request.names.index(name)] *= factor
        return theta

    def _tables(
        self, names: tuple[str, ...], theta: FloatArray, max_t: float, begin: int, goes_on: bool
    ) -> list[_core.CurveTable | None]:
        """Return the tables of curves of the user's own."""
        from ssms.curves.tabulation import tabulate

        return [
            None
            if entry is None
            else tabulate(entry[0], names, theta, entry[1], max_t, begin, goes_on)
            for entry in self._tabulated
        ]

    def error(self, fault: _core.Fault, request: Request) -> ParameterError:
        """Return the error that words a fault."""
        if fault.place == "role":
            players = self.process.parameters().get(fault.role, (None,))
            name = players[fault.particle if len(players) > 1 else 0]
            if fault.role == "noise":
                name = next((n for n in self._noise_names(name) if n in request.names), None)
                if name is None:
                    return bad_value("sigma_noise", request.noise, fault.words)
        else:
            curve = self._boundary if fault.place == "boundary" else self._drift
            assert curve is not None
            assert curve.row is not None  # the rows of a table are ours
            name = curve.row.parameters[fault.parameter].name
        if not isinstance(name, str):  # a constant: only a shorter limit of time helps
            return bad_value("max_t", request.limit, fault.words)
        value = float(request.theta[request.names.index(name), fault.trial])
        label = f"{name} of trial {fault.trial}" if request.n_trials > 1 else name
        return bad_value(label, value, fault.words)

    # ---- simulation ------------------------------------------------------------------------------

    def look(self, request: Request) -> None:
        """Warn of parameters that are allowed, but surprise; called where `looks` is true."""

    def validate(self, request: Request) -> None:
        """Raise if the parameters of a request could not be simulated."""
        fault = self.open(request).check()
        if fault is not None:
            raise self.error(fault, request)

    def simulate(self, request: Request, adapt: Adapt | None) -> Results:
        """Return samples; see `ssms.Simulator.simulate`."""
        if adapt is not None:
            request = self.adapted(request, adapt)
        n_samples, n_trials = request.n_samples, request.theta.shape[1]
        method = self.method(request.method, n_samples)
        if method == "euler":
            _check_steps(request)
        in_one = request.n_threads == 1 or n_samples * n_trials <= MIN_PIECE
        if in_one and self._is_plain and not request.extra_fields:
            shape = result_shape(n_samples, n_trials)
            rts, choices = np.empty(shape, _FLOAT32), np.empty(shape, _INT32)
            if _core.draw(
                self._layouts.get(request.names) or self.layout(request.names),
                self.in_core_units(request),
                request.noise,
                n_samples,
                request.limit,
                request.seed,
                request.delta_t,
                request.smooth_times,
                _METHOD_NUMBERS[method],
                simd_path(n_samples * n_trials),
                rts,
                choices,
            ):
                if self.looks:
                    self.look(request)
                return Results(
                    rts, choices, n_samples, n_trials, self._metadata, None, method, request
                )
        results = self._simulate(self.with_fields(request), method)
        if self.looks:
            self.look(request)
        return results

    def _simulate(self, request: Request, method: str) -> Results:
        """Return samples of any problem: `simulate` draws a plain one in one thread by itself."""
        problem, valid, invalid = self.open(request), request, None
        fault = problem.check()
        if fault is not None:
            if request.on_invalid == "raise":
                raise self.error(fault, request)
            valid, invalid = self.without_invalid(problem, request)
            problem = self.open(valid)
        n_samples, n_trials = request.n_samples, request.n_trials
        shape = result_shape(n_samples, n_trials)
        rts, choices = np.empty(shape, _FLOAT32), np.empty(shape, _INT32)
        extras = tuple([np.empty(shape, _FLOAT32) for _ in self._extras])
        self._draw(problem, method, valid, rts, choices, extras)
        if invalid is not None:
            assert fault is not None  # or there would be nothing to omit
            self._omit(invalid, request, (rts, *extras), choices)
            warn_of_invalid(invalid, str(self.error(fault, request)), 5)
        results = Results(
            rts, choices, n_samples, n_trials, self._metadata, problem, method, request
        )
        if invalid is not None:
            results.n_invalid = int(invalid.sum())
        results.update(zip(self._extras, extras, strict=True))
        return results

    def _draw(
        self,
        problem: _core.Problem,
        method: str,
        request: Request,
        rts: Any,
        choices: Any,
        extras: tuple[Any, ...],
    ) -> None:
        """Draw the samples of all trials, at once or one table after another."""
        number, isa, cancel = _METHOD_NUMBERS[method], simd_path(), _core.CancelFlag()
        begin, piece = 0, _piece(method, request.delta_t)

        def work(first: int, last: int) -> None:
            for i, j in _ranges(first, last, begin, problem.end, request, method):
                problem.sample(number, isa, i, j, rts, choices, extras, cancel)

        while True:
            if method == "table" and self._has_tables:
                _check_law(problem)
            total = request.n_samples * (problem.end - begin)
            run_in_pieces(work, total, request.n_threads, cancel, piece)
            begin = problem.end
            if begin == request.n_trials:
                return
            problem = self.open(request, begin)

    def with_fields(self, request: Request) -> Request:
        """Return the request, changed as its extra fields say; here there are none."""
        if request.extra_fields:
            raise bad_value(
                "extra_fields",
                dict(request.extra_fields),
                f"empty: model {self.model.name!r} has no extra fields",
            )
        return request

    def _metadata(
        self, problem: _core.Problem | None, method: str, request: Request
    ) -> dict[str, Any]:
        from ssms.processes.metadata import run_metadata

        problem = self.open(request) if problem is None else problem
        return run_metadata(self.process, self.model, problem, method, request)

    def adapted(self, request: Request, adapt: Adapt) -> Request:
        """Return the request with parameters as the model's transforms make them."""
        pairs = zip(request.names, request.theta, strict=True)
        theta = adapt({name: row.astype(np.float32) for name, row in pairs}, request.n_trials)
        rows = {}
        for name, value in theta.items():
            if callable(value):
                raise ConfigError(
                    f"The transforms of model {self.model.name!r} make {name!r} a function, and "
                    "its simulator takes numbers: cssm.full_ddm_rv, as the simulator of a "
                    "configuration, draws from v_dist, z_dist and t_dist"
                )
            array = np.asarray(value, dtype=np.float64)
            if array.size in (1, request.n_trials):
                rows[name] = np.broadcast_to(array.ravel(), (request.n_trials,))
        if not rows:
            raise ConfigError(f"The transforms of model {self.model.name!r} leave no parameters")
        matrix = np.ascontiguousarray(np.stack(list(rows.values())))
        return request._replace(names=tuple(rows), theta=matrix)

    # ---- invalid trials --------------------------------------------------------------------------

    def without_invalid(
        self, problem: _core.Problem, request: Request
    ) -> tuple[Request, npt.NDArray[np.bool_]]:
        """Return the request with valid numbers in its invalid trials, and which these are."""
        theta, invalid = request.theta.copy(), np.zeros(request.n_trials, bool)
        begin = 0
        while begin < invalid.size:
            end = min(begin + CHECKED_AT_ONCE, invalid.size)
            fault = problem.check(begin, end)
            if fault is not None:
                invalid[fault.trial] = True
            begin = end if fault is None else fault.trial + 1
        for name, row in zip(request.names, theta, strict=True):
            row[invalid] = self._spare(name)
        valid = request._replace(theta=theta)
        fault = self.open(valid).check()
        if fault is not None:  # of a value that is not in theta
            raise self.error(fault, request)
        return valid, invalid

    def _spare(self, name: str) -> float:
        if name in self.process.noise_names:
            return float(self.process.default_noise)
        # Names that a transform makes have no default; 1 is allowed for all of them.
        return float(self.model.defaults.get(name, 1.0))

    def _omit(self, invalid: Any, request: Request, times: Any, choices: Any) -> None:
        shape = (request.n_samples, request.n_trials)
        for array in times:
            array.reshape(shape)[:, invalid] = OMISSION
        choices.reshape(shape)[:, invalid] = self.model.choices[0]


def warn_of_invalid(invalid: npt.NDArray[np.bool_], first: str, stacklevel: int = 4) -> None:
    """Warn that trials count as omissions because their parameters are not allowed."""
    warnings.warn(
        f"{invalid.sum()} of {invalid.size} trials have invalid parameters and count as "
        f"omissions; the first: {first}",
        UserWarning,
        stacklevel=stacklevel,
    )


def _ranges(
    first: int, last: int, begin: int, end: int, request: Request, method: str
) -> list[tuple[int, int]]:
    """Return where results first <= i < last of the trials from begin to end are among all."""
    n_trials, width = request.n_trials, end - begin
    if width == n_trials:
        return [(first, last)]
    if method == "table":  # the core takes results trial by trial
        before = begin * request.n_samples
        return [(before + first, before + last)]
    return [
        (
            n * n_trials + begin + max(first - n * width, 0),
            n * n_trials + begin + min(last - n * width, width),
        )
        for n in range(first // width, -(-last // width))
    ]


def _check_law(problem: _core.Problem) -> None:
    """Raise if a boundary of the user's own is too steep for a table of its law."""
    from ssms import _density

    defect = _density.LawCall(problem, np.inf, np.inf, 0, 1).check()
    if defect is not None and defect[0] == "steep boundary":
        raise bad_value("method", "table", f"another one for {too_steep()}")


def too_steep() -> str:
    """Return in words between which boundaries no law is solved."""
    from ssms._density import STEEPEST_BOUNDARY

    return (
        "boundary functions that jump, or change by more than "
        f"{STEEPEST_BOUNDARY:g} s**2 / boundary in a second"
    )


def _piece(method: str, delta_t: float) -> int:
    """Return how many results are some milliseconds of work."""
    if method != "euler":
        return PIECE
    return min(max(int(STEPS_A_PIECE * delta_t), MIN_PIECE), PIECE)


def _check_steps(request: Request) -> None:
    """Raise if a sample could take too many steps of method "euler"."""
    least = request.max_t / _core.MAX_STEPS
    if request.delta_t < least * (1.0 - 1e-9):
        allowed = f"at least {least:g} for max_t = {request.max_t:g}: {_core.MAX_STEPS:,} steps"
        raise bad_value("delta_t", request.delta_t, f"{allowed} of method 'euler'")
