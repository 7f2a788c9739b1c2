"""Exact densities of response times and choices, and the probabilities that follow from them.

`ssms.Simulator` draws from the same laws; nothing is simulated here.

>>> from ssms import densities
>>> round(float(densities.logpdf("ddm", [1.0, 1.5, 0.5, 0.3], rt=0.9, choice=1)), 6)
-0.422236
"""

from ssms.densities.density import logpdf, logpdf_and_gradient
from ssms.densities.probabilities import (
    cdf,
    choice_probability,
    mean_rt,
    omission_probability,
    quantile,
    sf,
)

__all__ = [
    "cdf",
    "choice_probability",
    "logpdf",
    "logpdf_and_gradient",
    "mean_rt",
    "omission_probability",
    "quantile",
    "sf",
]
