"""The short way in: `simulate`, `models` and `model`."""

from __future__ import annotations

from typing import Any

from ssms.basic_simulators.simulator_class import Simulator, named_simulator
from ssms.config.model_registry import get_model_registry
from ssms.config.spec import ModelSpec
from ssms.engine.results import Results

__all__ = ["model", "models", "simulate"]


def simulate(
    model: str | ModelSpec | dict[str, Any] | Simulator,
    theta: Any,
    n_samples: int = 1000,
    seed: Any = None,
    **options: Any,
) -> Results:
    """Draw samples of a model.

    Parameters
    ----------
    model : str, ModelSpec, dict or Simulator
        A name that `models` lists, with or without ``_deadline``; a model as `model` returns it; a
        configuration; or a simulator.
    theta : mapping, sequence, ndarray, DataFrame or record
        Parameters of one trial or of many, as in `Simulator.simulate`.
    n_samples : int
        Samples of each trial.
    seed : int, numpy.random.Generator, numpy.random.SeedSequence or None
        The seed; None for a new one.
    **options
        Further arguments of `Simulator.simulate`: ``max_t``, ``method``, ``n_threads``, ...

    Returns
    -------
    Results

    Raises
    ------
    UnknownNameError, ParameterError, ParameterTypeError
        As `Simulator.simulate` does.

    Examples
    --------
    >>> theta = {"v": [0.5, 1.0], "a": 1.2, "z": 0.5, "t": 0.3}
    >>> simulate("ddm", theta, n_samples=100, seed=1).rt.shape
    (100, 2)
    """
    if isinstance(model, Simulator):
        source = model
    else:
        source = named_simulator(model) if isinstance(model, str) else Simulator(model)
    return source.simulate(theta, n_samples=n_samples, random_state=seed, **options)


def models() -> list[str]:
    """Return the names of the models: the package's own, then models that a user registered.

    Each can be had with ``_deadline`` too, if it has a response time.

    Examples
    --------
    >>> models()[:3]
    ['ddm', 'ddm_st', 'ddm_normal_st']
    """
    return get_model_registry().names()


def model(name: str) -> ModelSpec:
    """Return a model, which prints its equation, parameters, training bounds and defaults.

    Parameters
    ----------
    name : str
        A name that `models` lists, with or without ``_deadline``.

    Raises
    ------
    UnknownNameError
        If there is no such model.

    Examples
    --------
    >>> model("angle").params
    ['v', 'a', 'z', 't', 'theta']
    """
    return get_model_registry().spec(name)
