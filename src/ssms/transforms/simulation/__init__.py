"""Changes made to parameters after they are known and before the simulator is called.

Models of the catalogue need none: their process says which parameter plays which role.  They
serve models that a user builds around a simulator with argument names of its own.  Each is
without effect where its source is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ssms.errors import bad_type, bad_value
from ssms.transforms.base import ParameterTransform, Theta, n_trials_of

__all__ = [
    "ApplyMapping",
    "ColumnStackParameters",
    "ConditionalAdaptation",
    "DeleteParameters",
    "ExpandDimension",
    "LambdaAdaptation",
    "RenameParameter",
    "SetDefaultValue",
    "SetZeroArray",
    "TileArray",
]

Config = dict[str, Any]


class SetDefaultValue(ParameterTransform):
    """Give a parameter a value if it has none.

    Parameters
    ----------
    param_name : str
        The parameter.
    default_value : float or array_like of shape (n_trials,)
        Its value, one for all trials or one for each.
    dtype : dtype
        Of the array that is made.

    Examples
    --------
    >>> SetDefaultValue("z", 0.5).apply({"v": np.zeros(2)}, n_trials=2)["z"]
    array([0.5, 0.5], dtype=float32)
    """

    def __init__(self, param_name: str, default_value: Any, dtype: Any = np.float32) -> None:
        self.param_name = param_name
        self.default_value = default_value
        self.dtype = dtype

    def apply(
        self, theta: Theta, model_config: Config | None = None, n_trials: int | None = None
    ) -> Theta:
        """Set the parameter if `theta` lacks it.

        Raises
        ------
        ParameterError
            If the value has neither one entry nor one for each trial.
        """
        if self.param_name in theta:
            return theta
        n = n_trials_of(theta, n_trials)
        if np.ndim(self.default_value) > 0 and len(self.default_value) != n:
            raise bad_value(
                f"default_value of {self.param_name!r}",
                self.default_value,
                f"a number or one number for each of {n} trials",
            )
        theta[self.param_name] = np.full(n, self.default_value, dtype=self.dtype)
        return theta


class ExpandDimension(ParameterTransform):
    """Give parameters of shape (n_trials,) a second axis of length 1.

    Parameters
    ----------
    param_names : iterable of str
        The parameters.

    Examples
    --------
    >>> ExpandDimension(["t"]).apply({"t": np.zeros(3)})["t"].shape
    (3, 1)
    """

    def __init__(self, param_names: Iterable[str]) -> None:
        self.param_names = list(param_names)

    def apply(
        self, theta: Theta, model_config: Config | None = None, n_trials: int | None = None
    ) -> Theta:
        """Add the axis to each parameter that is there; a scalar becomes one trial."""
        for name in self.param_names:
            if name in theta:
                theta[name] = np.expand_dims(np.atleast_1d(theta[name]), axis=1)
        return theta


class ColumnStackParameters(ParameterTransform):
    """Join parameters of shape (n_trials,) as the columns of one.

    Parameters
    ----------
    source_params : iterable of str
        The columns, in order.
    target_param : str
        The parameter of shape (n_trials, number of columns) that is made.
    delete_sources : bool
        Whether the sources are removed.

    Examples
    --------
    >>> theta = {"v0": np.array([1.0, 2.0]), "v1": np.array([3.0, 4.0])}
    >>> ColumnStackParameters(["v0", "v1"], "v").apply(theta)["v"]
    array([[1., 3.],
           [2., 4.]])
    """

    def __init__(
        self, source_params: Iterable[str], target_param: str, delete_sources: bool = True
    ) -> None:
        self.source_params = list(source_params)
        self.target_param = target_param
        self.delete_sources = delete_sources

    def apply(
        self, theta: Theta, model_config: Config | None = None, n_trials: int | None = None
    ) -> Theta:
        """Join the columns if all are there."""
        if not all(name in theta for name in self.source_params):
            return theta
        joined = np.column_stack([np.atleast_1d(theta[name]) for name in self.source_params])
        if self.delete_sources:
            for name in self.source_params:
                del theta[name]
        theta[self.target_param] = joined
        return theta


class RenameParameter(ParameterTransform):
    """Give a parameter another name, and another value on the way if wanted.

    Parameters
    ----------
    old_name, new_name : str
        The names.
    transform_fn : callable, optional
        Takes the value and returns the new one.

    Examples
    --------
    >>> RenameParameter("A", "z").apply({"A": 0.3})
    {'z': 0.3}
    """

    def __init__(
        self, old_name: str, new_name: str, transform_fn: Callable[[Any], Any] | None = None
    ) -> None:
        self.old_name = old_name
        self.new_name = new_name
        self.transform_fn = transform_fn

    def apply(
        self, theta: Theta, model_config: Config | None = None, n_trials: int | None = None
    ) -> Theta:
        """Move the value to its new name."""
        if self.old_name in theta:
            value = theta.pop(self.old_name)
            theta[self.new_name] = self.transform_fn(value) if self.transform_fn else value
        return theta


class DeleteParameters(ParameterTransform):
    """Remove parameters.

    Parameters
    ----------
    param_names : iterable of str
        The parameters.

    Examples
    --------
    >>> DeleteParameters(["A"]).apply({"A": 0.3, "v": 1.0})
    {'v': 1.0}
    """

    def __init__(self, param_names: Iterable[str]) -> None:
        self.param_names = list(param_names)

    def apply(
        self, theta: Theta, model_config: Config | None = None, n_trials: int | None = None
    ) -> Theta:
        """Remove the parameters that are there."""
        for name in self.param_names:
            theta.pop(name, None)
        return theta


class SetZeroArray(ParameterTransform):
    """Set a parameter to zeros, whatever it was.

    Parameters
    ----------
    param_name : str
        The parameter.
    shape : tuple, optional
        Its shape, where None stands for the number of trials; default (None,).
    dtype : dtype
        Of the array.

    Examples
    --------
    >>> SetZeroArray("z", shape=(None, 3)).apply({"v": np.zeros(2)})["z"].shape
    (2, 3)
    """

    def __init__(
        self, param_name: str, shape: tuple[int | None, ...] | None = None, dtype: Any = np.float32
    ) -> None:
        self.param_name = param_name
        self.shape = shape
        self.dtype = dtype

    def apply(
        self, theta: Theta, model_config: Config | None = None, n_trials: int | None = None
    ) -> Theta:
        """Set the parameter."""
        n = n_trials_of(theta, n_trials)
        shape = tuple(n if size is None else size for size in self.shape or (None,))
        theta[self.param_name] = np.zeros(shape, dtype=self.dtype)
        return theta


class TileArray(ParameterTransform):
    """Set a parameter to the same value in every trial.

    Parameters
    ----------
    param_name : str
        The parameter.
    value : float or array_like
        A trial's value; an array of shape (k,) gives one of shape (n_trials, k).
    dtype : dtype
        Of the array.

    Examples
    --------
    >>> TileArray("z", [0.2, 0.8]).apply({}, n_trials=2)["z"]
    array([[0.2, 0.8],
           [0.2, 0.8]], dtype=float32)
    """

    def __init__(self, param_name: str, value: Any, dtype: Any = np.float32) -> None:
        self.param_name = param_name
        self.value = value
        self.dtype = dtype

    def apply(
        self, theta: Theta, model_config: Config | None = None, n_trials: int | None = None
    ) -> Theta:
        """Set the parameter."""
        value = np.asarray(self.value, dtype=self.dtype)
        n = n_trials_of(theta, n_trials)
        theta[self.param_name] = np.tile(value, (n, *[1] * value.ndim))
        return theta


class ApplyMapping(ParameterTransform):
    """Make a parameter from others by a function that the model's configuration holds.

    Parameters
    ----------
    source_param : str
        The function's first argument.
    target_param : str
        Where its result goes.
    mapping_key : str
        The function's key in the configuration's `simulator_param_mappings`.
    additional_sources : iterable of str, optional
        The function's further arguments.
    delete_source : bool
        Whether `source_param` is removed.

    Examples
    --------
    >>> config = {"simulator_param_mappings": {"twice": lambda v: 2 * v}}
    >>> ApplyMapping("v", "w", "twice").apply({"v": 1.5}, config)
    {'v': 1.5, 'w': 3.0}
    """

    def __init__(
        self,
        source_param: str,
        target_param: str,
        mapping_key: str,
        additional_sources: Iterable[str] | None = None,
        delete_source: bool = False,
    ) -> None:
        self.source_param = source_param
        self.target_param = target_param
        self.mapping_key = mapping_key
        self.additional_sources = list(additional_sources or [])
        self.delete_source = delete_source

    def apply(
        self, theta: Theta, model_config: Config | None = None, n_trials: int | None = None
    ) -> Theta:
        """Call the function if it and all its arguments are there."""
        mapping = (model_config or {}).get("simulator_param_mappings", {}).get(self.mapping_key)
        sources = (self.source_param, *self.additional_sources)
        if mapping is None or not all(name in theta for name in sources):
            return theta
        result = mapping(*(theta[name] for name in sources))
        if self.delete_source:
            del theta[self.source_param]
        theta[self.target_param] = result
        return theta


class ConditionalAdaptation(ParameterTransform):
    """Apply another transform where a condition holds.

    Parameters
    ----------
    condition : callable
        ``condition(theta, model_config, n_trials)`` says whether.
    transformation : ParameterTransform
        The transforms, in order.

    Examples
    --------
    >>> step = ConditionalAdaptation(lambda theta, config, n: "a" in theta, DeleteParameters(["v"]))
    >>> step.apply({"v": 1.5}), step.apply({"v": 1.5, "a": 1.0})
    ({'v': 1.5}, {'a': 1.0})
    """

    def __init__(
        self,
        condition: Callable[[Theta, Config | None, int | None], bool],
        transformation: ParameterTransform,
    ) -> None:
        self.condition = condition
        self.transformation = transformation

    def apply(
        self, theta: Theta, model_config: Config | None = None, n_trials: int | None = None
    ) -> Theta:
        """Apply the other transform, or nothing."""
        if self.condition(theta, model_config, n_trials):
            return self.transformation.apply(theta, model_config, n_trials)
        return theta

    def __repr__(self) -> str:
        return f"ConditionalAdaptation({self.transformation!r})"


class LambdaAdaptation(ParameterTransform):
    """Apply a function of one's own.

    Parameters
    ----------
    func : callable
        ``func(theta, model_config, n_trials)`` returns the new theta.
    name : str, optional
        Its name when printed.

    Examples
    --------
    >>> step = LambdaAdaptation(lambda theta, config, n: {**theta, "n": n}, "count")
    >>> step.apply({"v": 1.5}, {}, 2), step.name
    ({'v': 1.5, 'n': 2}, 'count')
    """

    def __init__(
        self, func: Callable[[Theta, Config | None, int | None], Theta], name: str | None = None
    ) -> None:
        self.func = func
        self.name = name or "lambda"

    def apply(
        self, theta: Theta, model_config: Config | None = None, n_trials: int | None = None
    ) -> Theta:
        """Return the function's result for `theta`.

        Raises
        ------
        ParameterTypeError
            If the function does not return a dictionary.
        """
        result = self.func(theta, model_config, n_trials)
        if not isinstance(result, dict):
            raise bad_type(f"the result of LambdaAdaptation {self.name!r}", result, "a dict")
        return result

    def __repr__(self) -> str:
        return f"LambdaAdaptation(name={self.name!r})"
