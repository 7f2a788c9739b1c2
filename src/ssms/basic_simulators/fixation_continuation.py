"""How fixations of the attentional model go on after the last observed one.

The modes are the values of ``extra_fields["continuation_mode"]``; a function of one's own with the
signature of these may stand there too.  Models draw durations in the core; these functions draw
schedules as arrays, for use outside of a simulation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ssms.errors import bad_type, bad_value, unknown_name
from ssms.processes.fixations import SCIPY_NAMES, distribution

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    IntArray = npt.NDArray[np.int32]
    Schedule = tuple[FloatArray, IntArray, npt.NDArray[np.integer[Any]], int]

__all__ = [
    "FIXATION_CONTINUATION_MODES",
    "POSITIVE_DISTRIBUTIONS",  # noqa: F822
    "draw_durations",
    "generate_schedule",
    "prolong_last_fixation",
    "resample_all_fixations",
    "resolve_continuation_mode",
    "resolve_distribution",
    "sample_continuation",
]

SPARE_FIXATIONS = 50
"""Durations that are drawn beyond the number that reaches the end on average."""


def __getattr__(name: str) -> Any:
    if name == "POSITIVE_DISTRIBUTIONS":  # needs SciPy
        return {known: distribution(known) for known in SCIPY_NAMES}
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def resolve_distribution(name: str) -> Any:
    """Return a distribution of positive durations, of `scipy.stats`.

    Parameters
    ----------
    name : str
        gamma, lognormal, invgamma, weibull, invgauss, halfnormal or exponential.

    Returns
    -------
    scipy.stats.rv_continuous

    Raises
    ------
    UnknownNameError
        If the name is another one (a ValueError).

    Examples
    --------
    >>> resolve_distribution("gamma").name
    'gamma'
    """
    return distribution(name)


def draw_durations(
    dist_name: str, dist_params: Mapping[str, float] | None, size: Any, rng: np.random.Generator
) -> FloatArray:
    """Return durations (seconds).

    Parameters
    ----------
    dist_name : str
        As in `resolve_distribution`.
    dist_params : mapping or None
        Its parameters, as `scipy.stats` names them; None for those that `scipy.stats` assumes.
    size : int or tuple of int
        Shape of the result.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    ndarray of float64, shape `size`
        Durations.

    Raises
    ------
    UnknownNameError
        If there is no distribution of that name (a ValueError).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> draw_durations("gamma", {"a": 6, "scale": 0.1}, (2, 3), rng).shape
    (2, 3)
    """
    drawn = resolve_distribution(dist_name).rvs(**(dist_params or {}), size=size, random_state=rng)
    return np.asarray(drawn, np.float64)


def generate_schedule(
    n: int,
    T: float,
    dist_name: str,
    dist_params: Mapping[str, float] | None,
    rng: np.random.Generator,
) -> tuple[FloatArray, IntArray, int]:
    """Return onsets of fixations that begin before T.

    Parameters
    ----------
    n : int
        Number of rows.
    T : float
        End of the schedules (seconds).
    dist_name, dist_params, rng
        As in `draw_durations`.

    Returns
    -------
    sacc : ndarray of float64, shape (n, max_d)
        Onsets, 0 in the first column.
    d : ndarray of int32, shape (n,)
        Onsets of each row that lie before `T`, at least 1.
    max_d : int
        The largest of them.

    Raises
    ------
    UnknownNameError
        If there is no distribution of that name (a ValueError).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> sacc, d, max_d = generate_schedule(2, 1.0, "gamma", {"a": 6, "scale": 0.1}, rng)
    >>> sacc.shape == (2, max_d), d.tolist()
    (True, [2, 2])
    """
    mean = float(resolve_distribution(dist_name).mean(**(dist_params or {})))
    n_drawn = int(T / mean) + SPARE_FIXATIONS if np.isfinite(mean) and mean > 0 else SPARE_FIXATIONS
    durations = draw_durations(dist_name, dist_params, (n, n_drawn), rng)
    onsets = np.concatenate([np.zeros((n, 1)), np.cumsum(durations, axis=1)], axis=1)
    d = np.maximum((onsets < T).sum(axis=1), 1).astype(np.int32)
    max_d = int(d.max(initial=1))
    return np.ascontiguousarray(onsets[:, :max_d]), d, max_d


def prolong_last_fixation(
    node_r: FloatArray,
    d_r: IntArray,
    flag_r: npt.NDArray[np.integer[Any]],
    T: float,
    params: Any,
    rng: np.random.Generator,
) -> Schedule:
    """Return schedules as they are: the last fixation is held until T.

    Parameters
    ----------
    node_r : ndarray, shape (n, max_d)
        Onsets (seconds).
    d_r, flag_r : ndarray, shape (n,)
        Number of valid onsets; 0 where item 1 is looked at first, 1 where item 2 is.
    T : float
        End of the schedules (seconds).
    params : None
        Not used: there are no parameters.
    rng : numpy.random.Generator
        Not used here.

    Returns
    -------
    node : ndarray of float64, shape (n, max_d)
        Onsets (seconds).
    d, flag : ndarray of int, shape (n,)
        Number of valid onsets; item that is looked at first.
    max_d : int
        Number of columns of `node`.

    Raises
    ------
    ParameterError
        If there are parameters.

    Examples
    --------
    >>> node, d, flag = np.array([[0.0, 0.3], [0.0, 0.5]]), np.array([2, 1]), np.array([0, 1])
    >>> rng = np.random.default_rng(1)
    >>> prolong_last_fixation(node, d, flag, 2.0, None, rng)[3]
    2
    """
    if params is not None:
        raise bad_value("continuation_params", params, "absent with 'prolong_last_fixation'")
    return node_r, d_r, flag_r, int(node_r.shape[1])


def sample_continuation(
    node_r: FloatArray,
    d_r: IntArray,
    flag_r: npt.NDArray[np.integer[Any]],
    T: float,
    params: Any,
    rng: np.random.Generator,
) -> Schedule:
    """Return schedules that go on, after the last observed onset, with durations that are drawn.

    Parameters
    ----------
    node_r, d_r, flag_r, T, params, rng
        As in `prolong_last_fixation`; `params` is
        ``{"dist": name, "dist_params": {...}}``, as `draw_durations` takes them.

    Returns
    -------
    node, d, flag, max_d
        As from `prolong_last_fixation`.

    Raises
    ------
    ParameterTypeError
        If `params` names no distribution (a ValueError and a TypeError).

    Examples
    --------
    >>> node, d, flag = np.array([[0.0, 0.3], [0.0, 0.5]]), np.array([2, 1]), np.array([0, 1])
    >>> rng = np.random.default_rng(1)
    >>> params = {"dist": "gamma", "dist_params": {"a": 6, "scale": 0.1}}
    >>> node, d, flag, max_d = sample_continuation(node, d, flag, 2.0, params, rng)
    >>> node.shape == (2, max_d), flag.tolist()
    (True, [0, 1])
    """
    dist, dist_params = _distribution_of(params)
    rows = np.arange(len(node_r))
    last = node_r[rows, np.asarray(d_r) - 1]
    tail, n_tail, _ = generate_schedule(len(node_r), T, dist, dist_params, rng)
    tail = last[:, None] + tail[:, 1:]
    kept = (tail < T) & (np.arange(1, tail.shape[1] + 1) < n_tail[:, None])
    total = np.asarray(d_r) + kept.sum(axis=1)
    max_d = int(total.max(initial=1))
    out = np.zeros((len(node_r), max_d))
    for row in rows:
        observed = node_r[row, : d_r[row]]
        out[row, : total[row]] = np.concatenate([observed, tail[row][kept[row]]])
    return out, total.astype(np.int32), flag_r, max_d


def resample_all_fixations(
    node_r: FloatArray,
    d_r: IntArray,
    flag_r: npt.NDArray[np.integer[Any]],
    T: float,
    params: Any,
    rng: np.random.Generator,
) -> Schedule:
    """Return new schedules and first items.

    Parameters
    ----------
    node_r, d_r, flag_r, T, params, rng
        As in `sample_continuation`.

    Returns
    -------
    node, d, flag, max_d
        As from `prolong_last_fixation`.

    Raises
    ------
    ParameterTypeError
        If `params` names no distribution (a ValueError and a TypeError).

    Examples
    --------
    >>> node, d, flag = np.array([[0.0, 0.3], [0.0, 0.5]]), np.array([2, 1]), np.array([0, 1])
    >>> rng = np.random.default_rng(1)
    >>> params = {"dist": "gamma", "dist_params": {"a": 6, "scale": 0.1}}
    >>> node, d, flag, max_d = resample_all_fixations(node, d, flag, 2.0, params, rng)
    >>> node.shape == (2, max_d), flag.shape
    (True, (2,))
    """
    dist, dist_params = _distribution_of(params)
    first = rng.integers(0, 2, len(node_r))
    sacc, new_d, max_d = generate_schedule(len(node_r), T, dist, dist_params, rng)
    return sacc, new_d, first, max_d


def _distribution_of(params: Any) -> tuple[str, Mapping[str, float]]:
    if not isinstance(params, Mapping) or "dist" not in params:
        raise bad_type("continuation_params", params, "{'dist': name, 'dist_params': {...}}")
    return params["dist"], params.get("dist_params") or {}


FIXATION_CONTINUATION_MODES: dict[str, Callable[..., Schedule]] = {
    function.__name__: function
    for function in (prolong_last_fixation, sample_continuation, resample_all_fixations)
}


def resolve_continuation_mode(mode: str | Callable[..., Any]) -> Callable[..., Any]:
    """Return the function of a mode: one of `FIXATION_CONTINUATION_MODES`, or itself.

    Parameters
    ----------
    mode : str or callable
        A name, or a function with the signature of `prolong_last_fixation`.

    Returns
    -------
    callable

    Raises
    ------
    UnknownNameError
        If there is no mode of that name (a ValueError).
    ParameterTypeError
        If it is neither a name nor callable (a TypeError).

    Examples
    --------
    >>> resolve_continuation_mode("prolong_last_fixation").__name__
    'prolong_last_fixation'
    """
    if callable(mode):
        return mode
    if not isinstance(mode, str):
        raise bad_type("continuation_mode", mode, "a name or a callable")
    if mode not in FIXATION_CONTINUATION_MODES:
        raise unknown_name("continuation_mode", mode, FIXATION_CONTINUATION_MODES)
    return FIXATION_CONTINUATION_MODES[mode]
