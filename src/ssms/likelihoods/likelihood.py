"""The likelihood of a model as a function of data and parameters, on NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ssms import densities
from ssms.basic_simulators.simulator_class import Simulator, named_simulator
from ssms.densities.law import open_law
from ssms.errors import bad_value, unknown_name

__all__ = ["Likelihood"]

Array = npt.NDArray[Any]


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
        If the model has no density.
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
        columns = [list(model.params).index(name) for name in self.params]
        self._columns: Any = slice(None) if columns == sorted(columns) else columns
        self._options: dict[str, Any] = {
            "max_t": max_t,
            "accuracy": accuracy,
            "n_threads": n_threads,
            "extra_fields": extra_fields,
        }
        defaults = dict(model.defaults)
        open_law(model, defaults, **self._options).check()
        self.has_times = open_law(model, defaults).has_times

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
        value: Array = self._call(data, params, densities.logpdf)
        return value

    def value_and_gradient(self, data: Array, *params: Array) -> tuple[Array, Array]:
        """Return log densities and their derivatives, shape (n_params, ...)."""
        value, gradient = self._call(data, params, densities.logpdf_and_gradient)
        gradient = gradient[..., self._columns]
        return value, gradient.T if gradient.ndim == 2 else np.moveaxis(gradient, -1, 0)

    def _call(self, data: Array, params: Sequence[Array], function: Any) -> Any:
        if len(params) != len(self.params):
            raise TypeError(
                f"the likelihood of model {self.name!r} takes the data and {len(self.params)} "
                f"parameters ({', '.join(self.params)}), got {len(params)}"
            )
        rt, choice = self._trials(np.asarray(data))
        arrays = [np.asarray(value, np.float64) for value in params]
        theta: Any = dict(zip(self.params, arrays, strict=True))
        shapes = {rt.shape, *(value.shape for value in arrays)}
        shape = np.broadcast_shapes(*shapes)
        if len(shapes) > 1:
            rt, choice = np.broadcast_to(rt, shape), np.broadcast_to(choice, shape)
        if any(value.size > 1 for value in arrays):
            if len(shapes) > 1 or len(shape) != 1:
                theta = {k: np.broadcast_to(v, shape).reshape(-1) for k, v in theta.items()}
                rt, choice = rt.reshape(-1), choice.reshape(-1)
        else:
            theta = {k: float(v.reshape(-1)[0]) for k, v in theta.items()}
        result = function(self.simulator, theta, rt, choice, on_invalid="-inf", **self._options)
        if isinstance(result, tuple):
            value, gradient = result
            return value.reshape(shape), gradient.reshape(*shape, -1)
        return result.reshape(shape)

    def _trials(self, data: Array) -> tuple[Array, Array]:
        if self.has_times:
            if data.ndim == 0 or data.shape[-1] != 2:
                raise bad_value("data", data.shape, "of shape (n, 2): response time and choice")
            return data[..., 0], data[..., 1]
        choice = data[..., 0] if data.ndim > 1 and data.shape[-1] == 1 else data
        return np.zeros(choice.shape), choice
