"""The built-in boundaries b(τ): how far the decision threshold is at decision time τ.

Each function takes decision times `t` (seconds since the onset of the decision process,
without non-decision time; scalar or array) and scalar parameters, and returns an array shaped
like `t`.  Two-choice diffusions stop at +b(τ) and -b(τ); races stop at b(τ).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ssms.curves.curve import Curve, builtin_curve

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BUILTIN_BOUNDARIES",
    "addm_collapse",
    "angle",
    "conflict_gamma",
    "constant",
    "generalized_logistic",
    "weibull_cdf",
]


def constant(t: ArrayLike = 0.0, a: float = 1.0) -> NDArray[np.float64]:
    """Boundary that stays where it is, b(τ) = a.

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    a : float
        Half the separation (evidence units).

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    Examples
    --------
    >>> constant([0.0, 1.0], a=1.5).tolist()
    [1.5, 1.5]
    """
    return np.zeros_like(np.asarray(t, dtype=float)) + a


def angle(t: ArrayLike = 0.0, a: float = 1.0, theta: float = 1.0) -> NDArray[np.float64]:
    """Boundary that collapses linearly, b(τ) = a - τ·tan θ.

    It has no floor: it is negative after τ = a/tan θ.  A negative angle opens it.

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    a : float
        Half the separation at τ = 0 (evidence units).
    theta : float
        Angle of the collapse (radians), within (-π/2, π/2).

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    Examples
    --------
    >>> angle([0.0, 1.0], a=1.5, theta=0.3).round(3).tolist()
    [1.5, 1.191]
    """
    edge: NDArray[np.float64] = a - np.asarray(t, dtype=float) * np.tan(theta)
    return edge


def weibull_cdf(
    t: ArrayLike = 0.0, a: float = 1.0, alpha: float = 1.0, beta: float = 1.0
) -> NDArray[np.float64]:
    """Boundary that collapses as a Weibull survivor function, b(τ) = a·exp(-(τ/β)^α).

    The name comes from earlier releases; the curve is `a` times one minus the distribution
    function.  For α < 1 its slope at 0 is infinite.

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    a : float
        Half the separation at τ = 0 (evidence units).
    alpha : float
        Shape.
    beta : float
        Scale (seconds): at τ = β the boundary is at a/e.

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    References
    ----------
    .. [1] Hawkins, G. E., Forstmann, B. U., Wagenmakers, E.-J., Ratcliff, R. & Brown, S. D. (2015).
       Revisiting the evidence for collapsing boundaries and urgency signals in perceptual
       decision-making. Journal of Neuroscience, 35, 2476-2484.

    Examples
    --------
    >>> weibull_cdf([0.0, 2.0], a=1.5, alpha=3.0, beta=2.0).round(3).tolist()
    [1.5, 0.552]
    """
    scaled: NDArray[np.float64] = np.asarray(t, dtype=float) / beta
    return a * np.exp(-(scaled**alpha))


def conflict_gamma(
    t: ArrayLike = 0.0,
    a: float = 1.0,
    theta: float = 0.5,
    scale: float = 1.0,
    alphaGamma: float = 1.01,
    scaleGamma: float = 0.3,
) -> NDArray[np.float64]:
    """Linear collapse plus a gamma-shaped bump, b(τ) = a + scale·γ(τ) - τ·tan θ.

    γ is the gamma probability density, so the bump's height grows as `scaleGamma` shrinks; its
    peak is at τ = (alphaGamma - 1)·scaleGamma.  There is no floor.

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    a : float
        Half the separation at τ = 0 (evidence units), for alphaGamma > 1.
    theta : float
        Angle of the collapse (radians).
    scale : float
        Weight of the gamma density (evidence units times seconds).
    alphaGamma, scaleGamma : float
        Shape, and scale (seconds), of the gamma density.

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    Examples
    --------
    >>> conflict_gamma([0.0, 0.5], theta=0.3, alphaGamma=2.0, scaleGamma=0.5).round(3).tolist()
    [1.0, 1.581]
    """
    from scipy.special import gammaln, xlogy

    t = np.asarray(t, dtype=float)
    x = t / scaleGamma
    density = np.exp(xlogy(alphaGamma - 1.0, x) - x - gammaln(alphaGamma)) / scaleGamma
    return np.asarray(a + scale * density - t * np.tan(theta))[()]


def generalized_logistic(
    t: ArrayLike = 0.0, a: float = 1.0, B: float = 2.0, M: float = 3.0, v: float = 0.5
) -> NDArray[np.float64]:
    """Boundary that falls along a generalized logistic curve, from about a + 1 to a.

    b(τ) = a + 1 - (1 + exp(-B·(τ - M)))^(-1/v) (Richards, 1959, J. Exp. Bot. 10:290).
    Its parameter `v` is an asymmetry and would collide with a drift of that name.

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    a : float
        Half the separation at late times (evidence units).
    B : float
        Growth rate (1/second).
    M : float
        Time of the fall (seconds).
    v : float
        Asymmetry, positive.

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    Examples
    --------
    >>> generalized_logistic([0.0, 6.0], a=1.0).round(3).tolist()
    [2.0, 1.005]
    """
    t = np.asarray(t, dtype=float)
    return a + 1.0 - np.exp(-np.logaddexp(0.0, -B * (t - M)) / v)


def addm_collapse(t: ArrayLike = 0.0, a: float = 1.0, b: float = 0.5) -> NDArray[np.float64]:
    """Boundary of the attentional diffusion model, b(τ) = a - b·τ.

    Parameters
    ----------
    t : array_like
        Decision times (seconds).
    a : float
        Half the separation at τ = 0 (evidence units).
    b : float
        Slope of the collapse (evidence units per second), not negative.

    Returns
    -------
    ndarray of float64
        Shaped like `t`.

    References
    ----------
    .. [1] Krajbich, I., Armel, C. & Rangel, A. (2010). Visual fixations and the computation and
       comparison of value in simple choice. Nature Neuroscience, 13, 1292-1298.

    Examples
    --------
    >>> addm_collapse([0.0, 1.0], a=1.5, b=0.2).round(3).tolist()
    [1.5, 1.3]
    """
    return a - b * np.asarray(t, dtype=float)


BUILTIN_BOUNDARIES: tuple[Curve, ...] = tuple(
    builtin_curve("boundary", function, formula)
    for function, formula in (
        (constant, "a"),
        (angle, "a − τ·tan(theta)"),
        (weibull_cdf, "a·exp(−(τ/beta)^alpha)"),
        (generalized_logistic, "a + 1 − (1 + exp(−B(τ − M)))^(−1/v)"),
        (conflict_gamma, "a + scale·γ(τ; alphaGamma, scaleGamma) − τ·tan(theta)"),
        (addm_collapse, "a − b·τ"),
    )
)
