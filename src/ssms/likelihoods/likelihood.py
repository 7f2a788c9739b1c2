"""The likelihood of a model as a function of data and parameters, on NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ssms import densities
from ssms.basic_simulators.simulator_class import Simulator, named_simulator
from ssms.densities.law import open_law
from ssms.densities.observations import Observations, real_array, warn_of_milliseconds
from ssms.errors import ConfigError, ParameterError, bad_value, unknown_name

__all__ = ["Likelihood"]

Array = npt.NDArray[Any]

_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))

MAX_TRIALS = 2**62
"""Of one call of the core in one thread."""


class Likelihood:
    """Log densities of a model and their gradients, for data that stay and parameters that move.

    Parameters
    ----------
    model : str, dict or Simulator
        As in `ssms.densities.logpdf`.
    params : sequence of str, optional
        Order of the parameters; by default the model's.
    max_t : float, optional
        Longest decision time (seconds).
    accuracy : str
        "default" or "high".
    n_threads : int
        Threads that work.
    extra_fields : dict, optional
        Of models that have some, one row a trial of the data.

    Raises
    ------
    ConfigError
        If the model has no density, or a parameter no default.
    UnknownNameError, ParameterError
        If `params` are not the parameters of the model.
    """

    def __init__(
        self,
        model: Any,
        *,
        params: Sequence[str] | None = None,
        max_t: float | None = None,
        accuracy: str = "default",
        n_threads: int = 1,
        extra_fields: Mapping[str, Any] | None = None,
    ) -> None:
        if isinstance(model, str):
            model = named_simulator(model)
        elif not isinstance(model, Simulator):
            model = Simulator(model)
        self.simulator: Simulator = model
        self.name = str(model.name)
        self.params = tuple(model.params if params is None else params)
        for name in self.params:
            if name not in model.params:
                raise unknown_name(f"parameter of model {self.name!r}", name, model.params)
        if sorted(self.params) != sorted(model.params):
            raise bad_value("params", list(self.params), f"an order of {list(model.params)}")
        self._has_warned = False
        columns = [list(model.params).index(name) for name in self.params]
        self._columns: Any = slice(None) if columns == sorted(columns) else columns
        self._options: dict[str, Any] = {
            "max_t": max_t,
            "accuracy": accuracy,
            "n_threads": n_threads,
            "extra_fields": extra_fields,
        }
        defaults = dict(model.defaults)
        missing = [name for name in model.params if name not in defaults]
        if missing:
            raise ConfigError(
                f"The likelihood of model {self.name!r} is checked at the defaults of its "
                f"parameters, and {', '.join(missing)} have none: give default_params"
            )
        law = open_law(model, defaults, **self._options)
        is_plain = law.check().is_plain
        self.has_times = law.has_times
        self.native = law.likelihood(self.params)
        piece = law.piece(1, is_plain=is_plain)
        self.native_trials = MAX_TRIALS if self.native and n_threads == 1 else piece

    def __reduce__(self) -> tuple[Any, ...]:
        # PyMC sends it to processes that it spawns; the struct of the core is made again there.
        return _restored, (self.simulator, self.params, self._options)

    def __repr__(self) -> str:
        """Return the model and its parameters."""
        return f"Likelihood({self.name!r}, params={list(self.params)})"

    def value(self, data: Array, *params: Array) -> Array:
        """Return log densities, float64 of the trials' shape.

        Parameters
        ----------
        data : ndarray, shape (..., 2)
            Response time (seconds) and choice of each trial; of models without response times, the
            choice, of shape (...,) or (..., 1).
        *params : ndarray
            In the order of `params`; each broadcasts against the trials.

        Returns
        -------
        ndarray of float64
            -inf for trials whose parameters are not allowed.
        """
        shape, rt, choice, rows = self._aligned(data, params)
        values = np.empty(rt.size)
        if not self._is_native(rt, choice, rows, [values]):
            values = densities.logpdf(
                self.simulator,
                self._theta(rows, rt.size),
                rt,
                choice,
                on_invalid="-inf",
                **self._options,
            )
        return values.reshape(shape)

    def value_and_gradient(self, data: Array, *params: Array) -> tuple[Array, Array]:
        """Return log densities and their derivatives, shape (n_params, ...)."""
        shape, rt, choice, rows = self._aligned(data, params)
        values, gradient = np.empty(rt.size), np.empty((len(rows), rt.size))
        if not self._is_native(rt, choice, rows, [values, *gradient]):
            values, by_trial = densities.logpdf_and_gradient(
                self.simulator,
                self._theta(rows, rt.size),
                rt,
                choice,
                on_invalid="-inf",
                **self._options,
            )
            gradient = by_trial[:, self._columns].T
        return values.reshape(shape), gradient.reshape(len(rows), *shape)

    def _is_native(self, rt: Array, choice: Array, rows: list[Array], outputs: list[Array]) -> bool:
        """Let the core compute the outputs; return whether it has, or something is not usual."""
        if self.native is None or rt.size > self.native_trials:
            return False
        inputs = [x if x.dtype in _FLOATS else x.astype(np.float64) for x in (rt, choice)]
        return self.native.log_density(rt.size, [*inputs, *rows], outputs)

    def _theta(self, rows: list[Array], n: int) -> dict[str, Any]:
        """Return parameters as `ssms.densities` takes them."""
        if all(row.size == 1 for row in rows):
            return {name: float(row[0]) for name, row in zip(self.params, rows, strict=True)}
        return {
            name: np.broadcast_to(row, (n,)) for name, row in zip(self.params, rows, strict=True)
        }

    def _aligned(
        self, data: Array, params: Sequence[Array]
    ) -> tuple[tuple[int, ...], Array, Array, list[Array]]:
        """Return the shape; times and choices, flat; parameters, flat or of one entry."""
        self.in_order(params, {})
        rt, choice = self._trials(np.asarray(data))
        arrays = [np.asarray(value, np.float64) for value in params]
        shape = rt.shape
        if any(array.ndim and array.shape != shape for array in arrays):
            shape = np.broadcast_shapes(shape, *(array.shape for array in arrays))
        if rt.shape != shape:
            rt, choice = np.broadcast_to(rt, shape), np.broadcast_to(choice, shape)
        rows = [
            array.reshape(-1)
            if array.size == 1 or array.shape == shape
            else np.broadcast_to(array, shape).reshape(-1)
            for array in arrays
        ]
        return shape, rt.reshape(-1), choice.reshape(-1), rows

    def in_order(self, params: Sequence[Any], named: Mapping[str, Any]) -> Sequence[Any]:
        """Return parameters in the order of `params`, given by position or by name.

        Raises
        ------
        TypeError
            If their number is wrong.
        UnknownNameError, ParameterError
            If a name is not a parameter of the model, or a parameter is missing.
        """
        if named and not params:
            for name in named:
                if name not in self.params:
                    raise unknown_name(f"parameter of model {self.name!r}", name, self.params)
            if lacking := [name for name in self.params if name not in named]:
                raise ParameterError(f"parameters of model {self.name!r} are missing: {lacking}")
            return [named[name] for name in self.params]
        if named or len(params) != len(self.params):
            mixed = f" by position and {len(named)} by name" if named else ""
            raise TypeError(
                f"the likelihood of model {self.name!r} takes the data and {len(self.params)} "
                f"parameters ({', '.join(self.params)}), got {len(params)}{mixed}"
            )
        return params

    def check_data(self, data: Any) -> None:
        """Check data that stay, before any work; warn if they seem to be in milliseconds.

        Raises
        ------
        ParameterError, ParameterTypeError
            If shape, response times or choices are not allowed.
        """
        rt, choice = self._trials(real_array("data", data))
        seen = Observations(rt, choice, 1, self.simulator.choices)
        if self.has_times and not self._has_warned:
            self._has_warned = warn_of_milliseconds(seen.rt, stacklevel=4)

    def _trials(self, data: Array) -> tuple[Array, Array]:
        if self.has_times:
            if data.ndim == 0 or data.shape[-1] != 2:
                raise bad_value("data", data.shape, "of shape (n, 2): response time and choice")
            return data[..., 0], data[..., 1]
        choice = data[..., 0] if data.ndim > 1 and data.shape[-1] == 1 else data
        return np.zeros(choice.shape), choice


def _restored(
    simulator: Simulator, params: Sequence[str], options: Mapping[str, Any]
) -> Likelihood:
    """Return a likelihood that has been pickled or copied."""
    return Likelihood(simulator, params=params, **options)
