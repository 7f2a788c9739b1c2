"""Log densities of responses, and their derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, overload

import numpy as np

from ssms.checks import check_flag
from ssms.densities.law import Law, open_law
from ssms.densities.observations import (
    MAX_MEDIAN_RT,
    FloatArray,
    Observations,
    warn_of_milliseconds,
)

__all__ = ["logpdf", "logpdf_and_gradient"]

CLOSED_ERROR = 1e-10
"""Of closed forms and of quadrature, beside the size of the log density."""

HIGH_SHARE = 1.0
"""Error of "high" in units of its difference from "default", at most as a rule."""


@overload
def logpdf(
    model: Any,
    theta: Any,
    rt: Any,
    choice: Any,
    *,
    max_t: float | None = ...,
    sigma_noise: float | None = ...,
    accuracy: str = ...,
    return_error: Literal[False] = ...,
    n_threads: int = ...,
    on_invalid: str = ...,
    extra_fields: Mapping[str, Any] | None = ...,
) -> FloatArray: ...
@overload
def logpdf(
    model: Any,
    theta: Any,
    rt: Any,
    choice: Any,
    *,
    max_t: float | None = ...,
    sigma_noise: float | None = ...,
    accuracy: str = ...,
    return_error: Literal[True],
    n_threads: int = ...,
    on_invalid: str = ...,
    extra_fields: Mapping[str, Any] | None = ...,
) -> tuple[FloatArray, FloatArray]: ...
def logpdf(
    model: Any,
    theta: Any,
    rt: Any,
    choice: Any,
    *,
    max_t: float | None = None,
    sigma_noise: float | None = None,
    accuracy: str = "default",
    return_error: bool = False,
    n_threads: int = 1,
    on_invalid: str = "raise",
    extra_fields: Mapping[str, Any] | None = None,
) -> FloatArray | tuple[FloatArray, FloatArray]:
    """Return the joint log density of response time and choice.

    It is defective: densities of all choices and the probability of an omission add up to 1.

    Parameters
    ----------
    model : str, dict or Simulator
        A name in `ssms.config.model_config`, a model configuration, or a `Simulator`, whose own
        boundary and drift functions are tabulated.
    theta : dict, sequence, ndarray or DataFrame
        Parameters of one set or of T sets, as in `Simulator.simulate`.
    rt : array_like
        Response times (seconds).  Of one parameter set, in any shape; of T sets, one for each,
        shape (T,), or m for each, shape (T, m); a number, or shape (1, m), is the same for all.
        At -999 the trial is an omission, whose log probability is returned: no response
        before the deadline (a parameter of the ``*_deadline`` models) with a decision time of at
        most `max_t`.
    choice : array_like of int
        Labels, broadcast against `rt`.  That of an omission is not read.
    max_t : float, optional
        Longest decision time (seconds); later decisions are omissions.  No limit by default.
    sigma_noise : float, optional
        Noise, where theta holds none; 1 by default.
    accuracy : str
        "default" or "high".  Closed forms and quadrature do not depend on it.  Numerical solutions
        (all models whose boundary is neither constant nor linear, whose drift changes within a
        trial, or which leak) are within about 5e-4 nats, on average over the law, and within 2e-5
        at ten times the cost.
    return_error : bool
        Whether to return an estimate of the absolute error of each value, too.  It costs a solution
        of the other accuracy.
    n_threads : int
        Threads that work; results do not depend on it.
    on_invalid : str
        "raise" (an error names the first parameter that is not allowed), or "-inf": the log density
        of trials with such parameters.
    extra_fields : dict, optional
        Further arguments of models that have some, as in `Simulator.simulate`: the items and
        fixations of ``addm``.  With rows for T trials, one parameter set stands for T.

    Returns
    -------
    ndarray of float64
        Log densities (nats), of the shape of `rt`, (T,) where T sets share one `rt`.  -inf
        outside the support; never NaN, never +inf.
    ndarray of float64, same shape
        With `return_error`: estimates of the absolute error, 0 where the value is -inf.

    Raises
    ------
    ConfigError
        If the model has no density, or none that is implemented; it says why.
    UnknownNameError, ParameterError, ParameterTypeError
        As `Simulator.simulate` does.

    Notes
    -----
    Linear boundaries: Navarro & Fuss (2009), Journal of Mathematical Psychology 53:222-230; Gondan,
    Blurton & Kesselmeier (2014), ibid. 60:20-22; normal drift: Tuerlinckx (2004), Behavior Research
    Methods 36:702-716.  Moving boundaries: docs/densities.md.

    Examples
    --------
    >>> theta = {"v": 1.0, "a": 1.5, "z": 0.5, "t": 0.3}
    >>> logpdf("ddm", theta, rt=[0.7, 0.9], choice=[1, -1]).shape
    (2,)
    """
    law = open_law(model, theta, max_t, sigma_noise, accuracy, n_threads, on_invalid, extra_fields)
    return_error = check_flag("return_error", return_error)
    seen = _observations(law, rt, choice)
    values, _ = law.log_density(seen)
    return (values, _error(law, seen, values)) if return_error else values


def _observations(law: Law, rt: Any, choice: Any) -> Observations:
    """Return data that go with the parameter sets; warn if their unit seems wrong."""
    seen = law.observations(rt, choice)
    if law.has_times and seen.latest > MAX_MEDIAN_RT:
        warn_of_milliseconds(seen.rt, law.latest_ndt, stacklevel=3)
    return seen


def _error(law: Law, seen: Observations, values: FloatArray) -> FloatArray:
    """Return estimates of the error of log densities."""
    finite = np.isfinite(values)
    if not law.is_solved:
        return np.where(finite, CLOSED_ERROR * np.maximum(1.0, np.abs(values)), 0.0)
    other, _ = law.log_density(seen, accuracy="default" if law.accuracy == "high" else "high")
    share = HIGH_SHARE if law.accuracy == "high" else 1.0 + HIGH_SHARE
    with np.errstate(invalid="ignore"):
        return np.where(finite & np.isfinite(other), share * np.abs(values - other), 0.0)


def logpdf_and_gradient(
    model: Any,
    theta: Any,
    rt: Any,
    choice: Any,
    *,
    max_t: float | None = None,
    sigma_noise: float | None = None,
    accuracy: str = "default",
    n_threads: int = 1,
    on_invalid: str = "raise",
    extra_fields: Mapping[str, Any] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return the log density and its derivatives by the parameters.

    Parameters
    ----------
    model, theta, rt, choice, max_t, sigma_noise, accuracy, n_threads, on_invalid,
    extra_fields
        As of `logpdf`.

    Returns
    -------
    values : ndarray of float64
        As `logpdf` returns them.
    gradient : ndarray of float64, shape (..., n_params)
        Derivatives of each value by the parameters of its set, in the order of the model's
        parameters, then by the noise if theta holds it.  0 where the value is -inf, and for the
        deadline.

    Raises
    ------
    ConfigError
        As `logpdf` does; and if derivatives are not known: those by parameters of a boundary or
        drift function of one's own, and for models whose parameters are transformed.

    Notes
    -----
    Derivatives of closed forms are closed; quadrature sums them along with the value: value
    and gradient cost 1.2 to 1.9 times the value.  Of numerical solutions those by base drift and
    its standard deviation are closed where there is no leak; by each other parameter they are
    the difference to a further solution that takes the same steps.  These solutions take shorter
    steps than that of the value: for 90 % of a training box, derivatives are within 1e-4 of 1 +
    their size, in means over responses.  Laws of accumulators and log probabilities of omissions
    are differentiated likewise, or by central differences.

    Examples
    --------
    >>> value, gradient = logpdf_and_gradient("ddm", [1.0, 1.5, 0.5, 0.3], rt=0.9, choice=1)
    >>> gradient.shape
    (4,)
    """
    law = open_law(model, theta, max_t, sigma_noise, accuracy, n_threads, on_invalid, extra_fields)
    law.check_gradient()
    seen = _observations(law, rt, choice)
    values, gradient = law.log_density(seen, with_gradient=law.has_gradient)
    if gradient is None:
        gradient = law.differences(seen)
    return values, gradient.reshape(*seen.shape, gradient.shape[1])
