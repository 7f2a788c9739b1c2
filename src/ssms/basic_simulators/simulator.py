"""The function `simulator`: samples of a model, with their summaries."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from ssms.basic_simulators.binning import bin_simulator_output
from ssms.basic_simulators.custom_arguments import (
    make_boundary_dict,
    make_drift_dict,
    make_noise_vec,
)
from ssms.basic_simulators.simulator_class import Simulator, named_simulator
from ssms.basic_simulators.summary import summarize
from ssms.config.constants import OMISSION_SENTINEL
from ssms.engine.request import limits_of
from ssms.engine.results import Results
from ssms.errors import removed_name

__all__ = [
    "OMISSION_SENTINEL",
    "Simulator",
    "bin_simulator_output",
    "make_boundary_dict",
    "make_drift_dict",
    "make_noise_vec",
    "simulator",
    "validate_ssm_parameters",
]


def simulator(
    theta: Any,
    model: str = "angle",
    n_samples: int = 1000,
    delta_t: float = 0.001,
    max_t: float | None = None,
    no_noise: bool = False,
    sigma_noise: float | None = None,
    smooth_unif: bool = True,
    random_state: int | np.random.Generator | None = None,
    return_option: str = "full",
    n_threads: int = 1,
    extra_fields: dict[str, Any] | None = None,
    method: str = "auto",
    on_invalid: str = "raise",
) -> Results:
    """Draw samples of a model, and summarize them.

    Takes the parameters of `Simulator.simulate`, and the model's name.

    Parameters
    ----------
    theta : dict, sequence, ndarray or DataFrame
        Parameters of one trial or of many.
    model : str
        A name in `ssms.config.model_config`, with or without ``_deadline``.
    n_samples, delta_t, max_t, no_noise, sigma_noise, smooth_unif, random_state, return_option, \
n_threads, extra_fields, method, on_invalid
        See `Simulator.simulate`.

    Returns
    -------
    Results
        A dict: ``rts``, ``choices`` and ``metadata`` as `Simulator.simulate` returns them; with T
        trials and C choices, all float64: ``choice_p`` and ``choice_p_no_omission`` (T, C),
        ``omission_p``, ``nogo_p`` and ``go_p`` (T, 1), and the counts ``binned_128`` (1, 128, C)
        and ``binned_256`` (1, 256, C); see `ssms.basic_simulators.summary.summarize`.

    Raises
    ------
    UnknownNameError
        If the model, a parameter or an option is not known; it names the nearest one.
    ParameterError, ParameterTypeError
        If a parameter or an argument has a value or type that is not allowed.

    Examples
    --------
    >>> out = simulator({"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3}, model="ddm", random_state=1)
    >>> out["rts"].shape, out["choice_p"].shape
    ((1000, 1), (1, 2))
    """
    source = named_simulator(model)
    results = source.simulate(
        theta,
        n_samples=n_samples,
        delta_t=delta_t,
        max_t=max_t,
        no_noise=no_noise,
        sigma_noise=sigma_noise,
        smooth_unif=smooth_unif,
        random_state=random_state,
        return_option=return_option,
        n_threads=n_threads,
        extra_fields=extra_fields,
        method=method,
        on_invalid=on_invalid,
    )
    summary = summarize(
        results["rts"], results["choices"], results.n_trials, source.choices, limits_of(max_t)[0]
    )
    results.update(summary)
    return results


def validate_ssm_parameters(model: str, theta: Any) -> None:
    """Raise if parameters could not be simulated (see `Simulator.validate_params`).

    Parameters
    ----------
    model : str
        Name of the model.
    theta : dict, sequence, ndarray or DataFrame
        As in `Simulator.simulate`; parameters of accumulators may also stand in one array of shape
        (n_trials, n_accumulators): ``v`` for ``v0``, ``v1``, ...

    Raises
    ------
    UnknownNameError, ParameterError, ParameterTypeError
        As `Simulator.simulate` does (each is a ValueError).

    Examples
    --------
    >>> validate_ssm_parameters("ddm", {"v": 0.0, "a": 1.0, "z": 0.5, "t": 0.3})
    """
    simulator = named_simulator(model)
    if isinstance(theta, Mapping):
        theta = _in_columns(theta, simulator.params)
    simulator.validate_params(theta)


def _in_columns(theta: Mapping[str, Any], params: Sequence[str]) -> dict[str, Any]:
    """Return theta with the columns of an array under their own names, where a model has these."""
    found: dict[str, Any] = {}
    for name, value in theta.items():
        wide = np.asarray(value)
        if name not in params and wide.ndim == 2 and f"{name}0" in params:
            found.update({f"{name}{i}": column for i, column in enumerate(wide.T)})
        else:
            found[name] = value
    return found


class _Module(ModuleType):
    """The module, which early releases had as a function."""

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        raise removed_name(
            "the function ssms.basic_simulators.simulator",
            "ssms.basic_simulators.simulator.simulator",
        )


sys.modules[__name__].__class__ = _Module
