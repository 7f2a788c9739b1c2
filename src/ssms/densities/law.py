"""The law of a model at given parameters, which the functions of this package evaluate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from ssms import _density
from ssms.basic_simulators.simulator_class import Simulator, named_simulator
from ssms.checks import check_choice, check_fields, check_positive, check_threads
from ssms.densities.observations import FloatArray, Labels, Observations
from ssms.densities.refusals import INSTEAD, refusal
from ssms.engine.execution import run_in_pieces, simd_path
from ssms.engine.results import OMISSION
from ssms.errors import ConfigError
from ssms.processes.bound import BoundModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssms.engine.request import Request

    _Work = Callable[[int, int], None]

__all__ = ["Law", "open_law"]

TABULATED = 20.0
"""Seconds up to which a user's own boundary or drift is tabulated closely, at least."""

STEP = 1e-3
"""Of differences, in units of a parameter."""

STEP_OF_SOLVED = 2e-6
"""To one side, between solutions that take the same steps, for parameters of size 1."""

PIECE, PIECE_OF_PLAIN, PIECE_OF_SOLVED = 1 << 11, 1 << 16, 1 << 12
"""Observations of one piece: a millisecond of work or more, of 0.5 to 10 us each, or 0.03."""

SOLUTION = 50
"""Observations that cost as much as the solution of a set, at least."""

_FREE_ROLES = ("drift_sd", "ndt_location", "ndt_scale", "deadline")
"""Of parameters on which no solution depends."""


_COLUMNS: WeakKeyDictionary[BoundModel, dict[tuple[str, ...], Labels]] = WeakKeyDictionary()


def _columns_of(bound: BoundModel, names: tuple[str, ...]) -> Labels:
    """Return which row of theta each derivative of the core belongs to, -1 for none."""
    known = _COLUMNS.setdefault(bound, {})
    columns = known.get(names)
    if columns is None:
        columns = known[names] = _find_columns(bound, names)
    return columns


def _find_columns(bound: BoundModel, names: tuple[str, ...]) -> Labels:
    process, model = bound.process, bound.model
    found = np.full(_density.N_PARAMETERS, -1, np.int32)
    for role, players in process.parameters().items():
        if len(players) == 1:
            found[process.row.roles[role].number] = bound.row_of(role, players[0], names)
    for first, curve, passed in (
        (_density.FIRST_OF_BOUNDARY, model.boundary, model.boundary_params),
        (_density.FIRST_OF_DRIFT, model.drift, model.drift_params),
    ):
        if curve is not None and curve.row is not None:
            _, rows, _ = curve.columns(names, passed)
            found[first : first + len(rows)] = rows
    return found


def _sort_keys(bound: BoundModel, names: tuple[str, ...]) -> list[int]:
    """Return rows of theta, the last one of most weight: sets that share a solution come together.

    They may differ in the base drift too, which the first row holds.
    """
    roles = bound.process.parameters()
    free = {name for role in _FREE_ROLES for name in roles.get(role, ())}
    return sorted(range(len(names)), key=lambda i: names[i] not in free)


class Law:
    """The laws of T parameter sets of a model.

    Parameters
    ----------
    simulator : Simulator
        The model.
    theta : dict, sequence, ndarray or DataFrame
        As in `Simulator.simulate`.
    max_t : float or None
        Longest decision time (seconds).
    sigma_noise : float or None
        Noise, where theta holds none.
    accuracy : str
        "default" or "high".
    n_threads : int
        Threads that work.
    on_invalid : str
        "raise" or "-inf".
    extra_fields : mapping, optional
        As in `Simulator.simulate`; with rows for T trials, one parameter set stands for T.
    """

    def __init__(
        self,
        simulator: Simulator,
        theta: Any,
        max_t: float | None = None,
        sigma_noise: float | None = None,
        accuracy: str = "default",
        n_threads: int = 1,
        on_invalid: str = "raise",
        extra_fields: Mapping[str, Any] | None = None,
    ) -> None:
        self.accuracy = check_choice("accuracy", accuracy, ("default", "high"))
        self.n_threads = check_threads(n_threads)
        check_choice("on_invalid", on_invalid, ("raise", "-inf"))
        self.max_t = np.inf if max_t is None else check_positive("max_t", max_t)
        self.name, self.choices = simulator.name, simulator.choices
        bound = simulator.bound
        if not isinstance(bound, BoundModel):
            raise ConfigError(
                f"The density of model {self.name!r} is not implemented: its process is "
                f"{bound.process.label!r}; {INSTEAD}"
            )
        self.bound, process = bound, bound.process
        self.transforms = simulator.transform is not None
        self.request = simulator.request(theta, TABULATED, sigma_noise)
        self.is_coarse = process.law_is_coarse
        self.has_gradient = process.law_has_gradient
        self.is_solved = bound.law_is_solved
        self._shares = self.is_solved and process.laws_share_solutions
        self.names = self.request.names
        self._fixed: tuple[str, ...] = ()
        if fields := check_fields(extra_fields):
            self._look_at(fields)
        self.has_times = process.has_response_time
        self.n_sets = self.request.n_trials
        self.invalid, self._checked = None, None
        if on_invalid == "-inf":
            problem = self.bound.open(self.request, goes_on=True)
            if problem.check() is None:
                self._checked = self.request, problem
            else:
                self.request, self.invalid = self.bound.without_invalid(problem, self.request)
        self._order = None
        if self._shares and self.n_sets > 1:
            self._order = np.lexsort(self.request.theta[_sort_keys(bound, self.request.names)])
            matrix = np.ascontiguousarray(self.request.theta[:, self._order])
            self.request = self.request._replace(theta=matrix)

    def _look_at(self, extra_fields: Mapping[str, Any]) -> None:
        """Add the extra fields to the request."""
        if callable(extra_fields.get("continuation_mode")):
            raise self._refusal("drawn gaze")
        onsets, theta = extra_fields.get("sacc_array"), self.request.theta
        if theta.shape[1] == 1 and onsets is not None and np.ndim(onsets) == 2:
            theta = np.repeat(theta, len(onsets), axis=1)
        request = self.request._replace(theta=theta, extra_fields=extra_fields)
        self.request = self.bound.with_fields(request)
        if extra_fields.get("sigma") is not None:  # it stands in for the noise of theta
            noise = self.bound.process.noise_names
            self._fixed = tuple(name for name in self.names if name in noise)

    @property
    def latest_ndt(self) -> float:
        """The longest non-decision time of the parameter sets (seconds), 0 without one."""
        if "t" not in self.names or not self.n_sets:
            return 0.0
        return float(self.request.theta[self.names.index("t")].max())

    def observations(self, rt: Any, choice: Any) -> Observations:
        """Return observations that go with the parameter sets."""
        return Observations(rt, choice, self.n_sets, self.choices)

    def log_density(
        self,
        seen: Observations,
        with_gradient: bool = False,
        accuracy: str | None = None,
        shares: bool = False,
    ) -> tuple[FloatArray, FloatArray | None]:
        """Return log densities, of the shape of the observations, and derivatives by parameter.

        With `shares` the value at +inf is the log probability of any response with the choice.
        """
        values = np.empty(seen.rt.size)
        gradient, columns = None, None
        if with_gradient:
            names = self.request.names
            gradient = np.empty((seen.rt.size, len(names)))
            columns = _columns_of(self.bound, names)
        rts, choices = self._sorted(seen, seen.rt), self._sorted(seen, seen.choice)
        call = self._open(seen, accuracy or self.accuracy, shares)
        isa = simd_path(seen.rt.size) if self.n_sets == 1 else simd_path()

        def work(begin: int, end: int) -> None:
            call.log_density(isa, begin, end, rts, choices, values, gradient, columns)

        self._run(call, seen.rt.size, work, seen.per_set, is_plain=call.is_plain)
        values = self._unsorted(seen, values)
        if gradient is not None:
            gradient = self._by_parameters(self._unsorted(seen, gradient))
        if self.invalid is not None:
            invalid = np.repeat(self.invalid, seen.per_set) if self.n_sets > 1 else slice(None)
            values[invalid] = -np.inf
            if gradient is not None:
                gradient[invalid] = 0.0
        return values.reshape(seen.shape), gradient

    def probability(self, kind: str, seen: Observations) -> FloatArray:
        """Return probabilities of a kind of ``_density.PROBABILITIES``."""
        values = np.empty(seen.rt.size)
        rts, choices = self._sorted(seen, seen.rt), self._sorted(seen, seen.choice)
        call, isa = self._open(seen, self.accuracy), simd_path()
        which = _density.PROBABILITIES.index(kind)

        def work(begin: int, end: int) -> None:
            call.probability(isa, which, begin, end, rts, choices, values)

        self._run(call, seen.rt.size, work, seen.per_set)
        return self._unsorted(seen, values).reshape(seen.shape)

    def labels(self, rt: Any, choice: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the laws of T sets, each of which is solved once.

        Parameters
        ----------
        rt, choice : array_like, shape (T, m)
            Responses; m may be 0.

        Returns
        -------
        ndarray of float64, shape (T, m)
            Log densities of the responses.
        ndarray of float64, shape (T, C)
            Probabilities of a response with each choice.
        ndarray of float64, shape (T,)
            Probabilities of an omission.
        """
        m, n = np.shape(rt)[1], len(self.choices)
        times, names = (np.empty((self.n_sets, m + n + 1)) for _ in range(2))
        times[:, :m], names[:, :m] = rt, choice
        times[:, m:], names[:, m:] = [*n * [np.inf], OMISSION], [*self.choices, self.choices[0]]
        values, _ = self.log_density(self.observations(times, names), shares=True)
        omissions = np.exp(values[:, -1]) if self.has_times else np.zeros(self.n_sets)
        return values[:, :m], np.exp(values[:, m:-1]), omissions

    def check(self) -> _density.LawCall:
        """Return a call for one observation of each set.

        Raise ConfigError if there is no density, or none that serves as label or likelihood.
        """
        call = self._open(self.observations(1.0, self.choices[0]), self.accuracy)
        if self.is_coarse:
            raise self._refusal("coarse")
        return call

    def likelihood(self, names: tuple[str, ...]) -> _density.Likelihood | None:
        """Return the law as the core's function of the parameters that are named, in this order.

        None where the core alone cannot compute it: curves of the user's own; laws that are not a
        diffusion's; parameters that are transformed; extra fields.
        """
        plain = self.has_gradient and not self.transforms
        plain = plain and not (self.request.extra_fields or self.bound.process.core_factors)
        if not plain or list(self.choices) != [-1, 1]:
            return None
        call = self.check()
        try:
            columns = _columns_of(self.bound, names)
            return _density.Likelihood(call, columns, len(names), simd_path())
        except ValueError:
            return None

    def _by_parameters(self, gradient: FloatArray) -> FloatArray:
        """Return derivatives by the parameters that were given, from those by the core's."""
        names = self.request.names
        for name, factor in self.bound.process.core_factors.items():
            gradient[:, names.index(name)] *= factor
        for name in self._fixed:
            gradient[:, names.index(name)] = 0.0
        if names == self.names:
            return gradient
        return gradient[:, [names.index(name) for name in self.names]]

    def differences(self, seen: Observations) -> FloatArray:
        """Return derivatives by the parameters, by central differences without their h² term."""
        if not seen.rt.size:
            return np.zeros((0, len(self.names)))
        if self._shares:
            return self._differences_of_solutions(seen)
        gradient = np.zeros((seen.rt.size, len(self.names)))
        for column, name in enumerate(self.names):
            if name == "deadline" or name in self._fixed:
                continue
            i = self.request.names.index(name)
            steps = STEP * np.maximum(np.abs(self.request.theta[i]), 0.01)
            slopes = [self._slope(seen, i, share * steps) for share in (1.0, 0.5)]
            gradient[:, column] = (4.0 * slopes[1] - slopes[0]) / 3.0
        return gradient

    def _slope(self, seen: Observations, i: int, steps: FloatArray) -> FloatArray:
        """Return differences by parameter i: central, or from one side at the end of its range."""
        each = np.repeat(steps, seen.per_set) if steps.size > 1 else steps[0]
        below, above = (self._moved(seen, i, sign * steps) for sign in (-1.0, 1.0))
        with np.errstate(invalid="ignore"):  # -inf on both sides
            change = 0.5 * (above - below)
            for sign, near, end in ((1.0, above, below), (-1.0, below, above)):
                outside = np.isnan(end)
                if outside.any():
                    here, far = (self._moved(seen, i, sign * n * steps) for n in (0.0, 2.0))
                    from_here = sign * (2.0 * near - 1.5 * here - 0.5 * far)
                    change = np.where(outside, from_here, change)
        return np.nan_to_num(change / each, nan=0.0, posinf=0.0, neginf=0.0)

    def _moved(self, seen: Observations, i: int, steps: FloatArray) -> FloatArray:
        """Return log densities where parameter i is moved; NaN where it is not allowed there."""
        kept = self.request
        theta = kept.theta.copy()
        theta[i] += steps
        moved, invalid = kept._replace(theta=theta), None
        problem = self.bound.open(moved)
        if problem.check() is not None:
            moved, invalid = self.bound.without_invalid(problem, moved)
        try:
            self.request = moved
            with np.errstate(invalid="ignore"):
                values = self.log_density(seen)[0].reshape(-1)
        finally:
            self.request = kept
        if invalid is not None:
            values[np.repeat(invalid, seen.per_set) if invalid.size > 1 else slice(None)] = np.nan
        return values

    def _differences_of_solutions(self, seen: Observations) -> FloatArray:
        """Return differences to one side, of solutions that all take the steps of the first.

        It is the upper side, or the lower one where that is not allowed.
        """
        names, theta = self.request.names, self.request.theta
        rows = [i for i, name in enumerate(names) if name != "deadline"]
        n_like, n_sets, per_set = 1 + len(rows), theta.shape[1], seen.per_set
        steps = STEP_OF_SOLVED * np.maximum(np.abs(theta), 0.1)
        like, invalid = self._moved_together(rows, steps)
        if invalid.any():
            not_up = invalid.reshape(n_sets, n_like)[:, 1:].T
            steps[rows] = np.where(not_up, -steps[rows], steps[rows])
            like, invalid = self._moved_together(rows, steps)

        def repeated(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
            by_set = self._sorted(seen, values).reshape(n_sets, per_set)
            return np.repeat(by_set, n_like, axis=0).reshape(-1)

        rts, choices = repeated(seen.rt), repeated(seen.choice)
        accuracy = "slopes" if self.accuracy == "default" else self.accuracy
        call = self._open(seen, accuracy, like=like, n_like=n_like)
        isa, values = simd_path(), np.empty(rts.size)

        def work(begin: int, end: int) -> None:
            call.log_density(isa, begin, end, rts, choices, values)

        self._run(call, rts.size, work, per_set, n_like=n_like)
        values.reshape(-1, per_set)[invalid] = np.nan
        found = values.reshape(n_sets, n_like, per_set)
        gradient = np.zeros((n_sets, per_set, len(theta)))
        with np.errstate(invalid="ignore"):  # -inf at both ends
            change = found[:, 1:] - found[:, :1]
        for k, i in enumerate(rows):
            gradient[:, :, i] = change[:, k] / steps[i][:, None]
        gradient = np.nan_to_num(gradient, nan=0.0, posinf=0.0, neginf=0.0)
        if self.invalid is not None:
            gradient[self.invalid] = 0.0
        return self._unsorted(seen, gradient.reshape(seen.rt.size, len(theta)))

    def _moved_together(
        self, rows: list[int], steps: FloatArray
    ) -> tuple[Request, npt.NDArray[np.bool_]]:
        """Return each set and, after it, the set with each parameter of `rows` moved by its step.

        The second value tells which of them are not allowed; they have valid numbers.
        """
        n_like = 1 + len(rows)
        theta = np.repeat(self.request.theta, n_like, axis=1)
        for k, i in enumerate(rows):
            theta[i, k + 1 :: n_like] += steps[i]
        moved = self.request._replace(theta=theta)
        problem = self.bound.open(moved)
        if problem.check() is None:
            return moved, np.zeros(theta.shape[1], bool)
        return self.bound.without_invalid(problem, moved)

    def check_gradient(self) -> None:
        """Raise if derivatives by some parameter are not known."""
        if self.transforms:
            raise ConfigError(
                f"Model {self.name!r} has no gradient: its parameters are transformed before use"
            )
        if self.is_coarse:
            self.check()
        model = self.bound.model
        if not self.has_gradient:
            return
        for curve, passed in (
            (model.boundary, model.boundary_params),
            (model.drift, model.drift_params),
        ):
            if curve is not None and curve.row is None and passed:
                raise ConfigError(
                    f"Model {self.name!r} has no gradient: the derivatives of its own "
                    f"{curve.kind} {curve.name!r} by {', '.join(passed)} are not known"
                )

    def _open(
        self,
        seen: Observations,
        accuracy: str,
        shares: bool = False,
        like: Request | None = None,
        n_like: int = 1,
    ) -> _density.LawCall:
        latest = np.inf if seen.has_omissions else max(seen.latest, 1e-3)
        end = max(TABULATED, 1.1 * seen.latest)
        base = self.request if like is None else like
        if self._checked and self._checked[0] is base and end == base.max_t:
            problem = self._checked[1]
        else:
            request = base if end == base.max_t else base._replace(max_t=end)
            problem = self.bound.open(request, goes_on=True)
            fault = problem.check()
            if fault is not None:
                raise self.bound.error(fault, request)
        which = _density.ACCURACIES.index(accuracy)
        call = _density.LawCall(problem, self.max_t, latest, which, seen.per_set, shares, n_like)
        defect = call.check()
        if defect is not None:
            raise self._refusal(defect[0])
        return call

    def _refusal(self, reason: str) -> ConfigError:
        return refusal(self.name, reason)

    def piece(self, per_set: int, n_like: int = 1, is_plain: bool = False) -> int:
        """Return how many observations are worth a thread, `per_set` of each set.

        They are whole sets, and whole runs of `n_like` sets, where the law is solved.
        """
        if self.is_coarse:  # solved in two dimensions: some milliseconds a set
            return per_set
        if not self.is_solved:
            return PIECE_OF_PLAIN if is_plain else PIECE
        return max(PIECE_OF_SOLVED // (n_like * (per_set + SOLUTION)), 1) * n_like * per_set

    def _run(
        self, call: Any, n: int, work: _Work, per_set: int, n_like: int = 1, is_plain: bool = False
    ) -> None:
        unit = per_set * n_like if self.is_solved else 1
        try:
            run_in_pieces(
                work, n, self.n_threads, call, self.piece(per_set, n_like, is_plain), unit
            )
        except _density.TooManySteps:
            raise self._refusal("many steps") from None

    def _sorted(self, seen: Observations, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if self._order is None or not values.size:
            return values
        by_set = values.reshape(self.n_sets, seen.per_set, *values.shape[1:])
        return np.ascontiguousarray(by_set[self._order].reshape(values.shape))

    def _unsorted(self, seen: Observations, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if self._order is None or not values.size:
            return values
        by_set = values.reshape(self.n_sets, seen.per_set, *values.shape[1:])
        result: npt.NDArray[Any] = np.empty_like(by_set)
        result[self._order] = by_set
        return result.reshape(values.shape)


def open_law(
    model: Any,
    theta: Any,
    max_t: float | None = None,
    sigma_noise: float | None = None,
    accuracy: str = "default",
    n_threads: int = 1,
    on_invalid: str = "raise",
    extra_fields: Mapping[str, Any] | None = None,
) -> Law:
    """Return the laws of a model: a name, a configuration or a `Simulator`."""
    if isinstance(model, str):
        model = named_simulator(model)
    elif not isinstance(model, Simulator):
        model = Simulator(model)
    options = max_t, sigma_noise, accuracy, n_threads, on_invalid, extra_fields
    return Law(model, theta, *options)
