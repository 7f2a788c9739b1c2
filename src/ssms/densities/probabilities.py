"""Probabilities of responses and of omissions, mean response times and quantiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ssms.densities.law import Law, open_law
from ssms.densities.observations import FloatArray, real_array
from ssms.errors import ConfigError, bad_value

__all__ = [
    "cdf",
    "choice_probability",
    "mean_rt",
    "omission_probability",
    "quantile",
    "sf",
]

HALVINGS = 60
"""Of the interval in which a quantile is sought."""

LATEST = 1e9
"""Seconds; quantiles that come later are +inf."""

ROUNDING = 1e-12
"""Probability of a response that may be an error of rounding in the probability of none."""


def cdf(
    model: Any,
    theta: Any,
    rt: Any,
    choice: Any = None,
    *,
    max_t: float | None = None,
    sigma_noise: float | None = None,
    accuracy: str = "default",
    n_threads: int = 1,
    extra_fields: Mapping[str, Any] | None = None,
) -> FloatArray:
    """Return the probability of a response at or before a time, by choice or in all.

    Parameters
    ----------
    model, theta, max_t, sigma_noise, accuracy, n_threads, extra_fields
        As of `logpdf`.
    rt : array_like
        Times (seconds), may be +inf; shapes as in `logpdf`.
    choice : array_like of int, optional
        Labels.  By default all choices count.

    Returns
    -------
    ndarray of float64
        Probabilities; at +inf the probability of the choice, less the omissions.

    Raises
    ------
    ConfigError, UnknownNameError, ParameterError, ParameterTypeError
        As `logpdf` does.

    Examples
    --------
    >>> float(cdf("ddm", [0.0, 1.0, 0.5, 0.3], rt=np.inf, choice=1))
    0.5
    """
    law = _timed(
        open_law(model, theta, max_t, sigma_noise, accuracy, n_threads, extra_fields=extra_fields)
    )
    if choice is None:
        return _any_response(law, rt)
    return law.probability("response by", law.observations(rt, choice))


def sf(
    model: Any,
    theta: Any,
    rt: Any,
    *,
    max_t: float | None = None,
    sigma_noise: float | None = None,
    accuracy: str = "default",
    n_threads: int = 1,
    extra_fields: Mapping[str, Any] | None = None,
) -> FloatArray:
    """Return the probability of no response at or before a time.

    It keeps its relative accuracy where it is small.  Parameters, shapes and errors are as for
    `cdf`.

    Examples
    --------
    >>> float(sf("ddm", [0.0, 1.0, 0.5, 0.3], rt=0.3))
    1.0
    """
    law = _timed(
        open_law(model, theta, max_t, sigma_noise, accuracy, n_threads, extra_fields=extra_fields)
    )
    return _no_response(law, rt)


def choice_probability(
    model: Any,
    theta: Any,
    choice: Any,
    *,
    max_t: float | None = None,
    sigma_noise: float | None = None,
    accuracy: str = "default",
    n_threads: int = 1,
    extra_fields: Mapping[str, Any] | None = None,
) -> FloatArray:
    """Return the probability of a response with a choice, ever or within the limits.

    Parameters
    ----------
    model, theta, max_t, sigma_noise, accuracy, n_threads, extra_fields
        As of `logpdf`.
    choice : array_like of int
        Labels; shapes as for `rt` in `logpdf`.

    Returns
    -------
    ndarray of float64
        Probabilities; with `omission_probability` they add up to 1 over the choices.

    Raises
    ------
    ConfigError, UnknownNameError, ParameterError, ParameterTypeError
        As `logpdf` does.

    Examples
    --------
    >>> choice_probability("ddm", [0.0, 1.0, 0.25, 0.3], [-1, 1]).tolist()
    [0.75, 0.25]
    """
    law = open_law(model, theta, max_t, sigma_noise, accuracy, n_threads, extra_fields=extra_fields)
    return law.probability("response by", law.observations(np.inf, choice))


def omission_probability(
    model: Any,
    theta: Any,
    *,
    max_t: float | None = None,
    sigma_noise: float | None = None,
    accuracy: str = "default",
    n_threads: int = 1,
    extra_fields: Mapping[str, Any] | None = None,
) -> FloatArray:
    """Return the probability of an omission: no decision by `max_t`, no response by the deadline.

    Parameters
    ----------
    model, theta, max_t, sigma_noise, accuracy, n_threads, extra_fields
        As of `logpdf`.

    Returns
    -------
    ndarray of float64
        A number, or one for each of T sets, shape (T,).  Without limits it is the probability of no
        response ever, which boundaries that open may leave.

    Raises
    ------
    ConfigError, UnknownNameError, ParameterError, ParameterTypeError
        As `logpdf` does.

    Examples
    --------
    >>> float(omission_probability("ddm", [0.0, 1.0, 0.5, 0.3]))
    0.0
    """
    law = open_law(model, theta, max_t, sigma_noise, accuracy, n_threads, extra_fields=extra_fields)
    return _no_response(law, np.inf)


def mean_rt(
    model: Any,
    theta: Any,
    choice: Any = None,
    *,
    max_t: float | None = None,
    sigma_noise: float | None = None,
    accuracy: str = "default",
    n_threads: int = 1,
    extra_fields: Mapping[str, Any] | None = None,
) -> FloatArray:
    """Return the mean of the response times (seconds), of one choice or of all.

    Parameters
    ----------
    model, theta, max_t, sigma_noise, accuracy, n_threads, extra_fields
        As of `logpdf`.
    choice : array_like of int, optional
        Labels; shapes as for `rt` in `logpdf`.  By default all responses count.

    Returns
    -------
    ndarray of float64
        Means over the trials with a response (of that choice); NaN where there can be none.

    Raises
    ------
    ConfigError, UnknownNameError, ParameterError, ParameterTypeError
        As `logpdf` does.

    Examples
    --------
    >>> round(float(mean_rt("ddm", [0.0, 1.0, 0.5, 0.3])), 9)
    1.3
    """
    law = _timed(
        open_law(model, theta, max_t, sigma_noise, accuracy, n_threads, extra_fields=extra_fields)
    )
    total, count = np.zeros(()), np.zeros(())
    for label in law.choices if choice is None else [choice]:
        seen = law.observations(np.inf, label)
        total = total + law.probability("mean response", seen)
        count = count + law.probability("response by", seen)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(count > 0.0, total / count, np.nan)


def quantile(
    model: Any,
    theta: Any,
    p: Any,
    choice: Any = None,
    *,
    max_t: float | None = None,
    sigma_noise: float | None = None,
    accuracy: str = "default",
    n_threads: int = 1,
    extra_fields: Mapping[str, Any] | None = None,
) -> FloatArray:
    """Return quantiles of the response times (seconds), of one choice or of all.

    Parameters
    ----------
    model, theta, max_t, sigma_noise, accuracy, n_threads, extra_fields
        As of `logpdf`.
    p : array_like
        Probabilities, from 0 to 1; shapes as for `rt` in `logpdf`.
    choice : array_like of int, optional
        Labels, broadcast against `p`.  By default all responses count.

    Returns
    -------
    ndarray of float64
        The times by which a share `p` of the responses (of that choice) has come; for 0 the
        last time by which none has, infinite where there are no responses at all.

    Raises
    ------
    ParameterError
        If `p` is not a probability.
    ConfigError, UnknownNameError, ParameterError, ParameterTypeError
        As `logpdf` does.

    Examples
    --------
    >>> median = quantile("ddm", [0.0, 1.0, 0.5, 0.3], 0.5)
    >>> round(float(cdf("ddm", [0.0, 1.0, 0.5, 0.3], median)), 9)
    0.5
    """
    law = _timed(
        open_law(model, theta, max_t, sigma_noise, accuracy, n_threads, extra_fields=extra_fields)
    )
    share = real_array("p", p)
    if not ((share >= 0.0) & (share <= 1.0)).all():
        raise bad_value("p", p, "between 0 and 1")
    labels = law.choices[0] if choice is None else choice
    seen = law.observations(share, labels)
    share = seen.rt.reshape(seen.shape)
    labels = seen.choice.reshape(seen.shape)

    def reached(times: FloatArray) -> FloatArray:
        if choice is None:
            return _any_response(law, times)
        return law.probability("response by", law.observations(times, labels))

    target = share * reached(np.full(seen.shape, np.inf))

    def comes_before(times: FloatArray) -> Any:
        now = reached(times)
        return (now < target) | ((now == 0.0) & (target == 0.0))

    low, high = np.full(seen.shape, -1.0), np.full(seen.shape, 1.0)
    while ((late := comes_before(high)) & (high < LATEST)).any():
        low, high = np.where(late, high, low), np.where(late, 2.0 * high, high)
    while ((early := reached(low) > target) & (low > -LATEST)).any():
        low = np.where(early, 2.0 * low, low)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        late = comes_before(middle)
        low, high = np.where(late, middle, low), np.where(late, high, middle)
    return np.where(high < LATEST, high, np.inf)


def _timed(law: Law) -> Law:
    """Return a law of response times; raise if there are none."""
    if not law.has_times:
        raise ConfigError(f"Model {law.name!r} has no response time")
    return law


def _no_response(law: Law, rt: Any) -> FloatArray:
    return law.probability("no response by", law.observations(rt, law.choices[0]))


def _any_response(law: Law, rt: Any) -> FloatArray:
    some = 1.0 - _no_response(law, rt)
    return np.where(some > ROUNDING, some, 0.0)
