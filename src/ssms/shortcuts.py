"""The short way in: `simulate`, `models` and `model`."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from ssms.basic_simulators.simulator_class import Simulator, named_simulator
from ssms.config.model_registry import get_model_registry
from ssms.config.spec import ModelSpec
from ssms.engine.results import Results

__all__ = ["model", "models", "simulate"]

ELSEWHERE = {
    "random_state": "give the seed as seed",
    "boundary": "pass Simulator(model, boundary=...) as the model",
    "drift": "pass Simulator(model, drift=...) as the model",
    "n_trials": "theta holds the parameters of each trial",
}
"""Arguments of related functions, and where `simulate` has them."""


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
    TypeError
        If an option does not exist, or has another place.

    Examples
    --------
    >>> theta = {"v": [0.5, 1.0], "a": 1.2, "z": 0.5, "t": 0.3}
    >>> simulate("ddm", theta, n_samples=100, seed=1).rt.shape
    (100, 2)
    """
    for name in options.keys() & ELSEWHERE.keys():
        raise TypeError(f"simulate() has no argument {name!r}: {ELSEWHERE[name]}")
    if isinstance(model, Simulator):
        source = model
    else:
        source = named_simulator(model) if isinstance(model, str) else Simulator(model)
    return source.simulate(theta, n_samples=n_samples, random_state=seed, **options)


def models(pattern: str = "*") -> list[str]:
    """Return the names of the models: the package's own, then models that a user registered.

    Each can be had with ``_deadline`` too, if it has a response time.

    Parameters
    ----------
    pattern : str
        Only names that match it, with the wildcards ``*``, ``?`` and ``[...]``.

    Examples
    --------
    >>> models()[:3]
    ['ddm', 'ddm_st', 'ddm_normal_st']
    >>> models("full*")
    ['full_ddm', 'full_ddm2', 'full_ddm_rv']
    """
    return [name for name in get_model_registry().names() if fnmatchcase(name, pattern)]


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
