"""The boundaries of the package, under the name by which earlier releases had them."""

from ssms.curves.boundaries import (
    addm_collapse,
    angle,
    conflict_gamma,
    constant,
    generalized_logistic,
    weibull_cdf,
)

__all__ = [
    "addm_collapse",
    "angle",
    "conflict_gamma",
    "constant",
    "generalized_logistic",
    "weibull_cdf",
]
