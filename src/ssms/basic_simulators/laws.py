"""The law of a model as methods of its simulator."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

__all__ = ["LawMethods"]


class LawMethods:
    """Densities and probabilities; each method is the function of that name in `ssms.densities`.

    Keywords are those functions' own: ``max_t``, ``sigma_noise``, ``accuracy``, ``n_threads`` and
    so on.  They raise ConfigError if the model has no density.
    """

    def logpdf(self, theta: Any, rt: Any, choice: Any, **options: Any) -> Any:
        """Return the log density of response times and choices; see `ssms.densities.logpdf`.

        Examples
        --------
        >>> import ssms
        >>> theta = {"v": 1.0, "a": 1.5, "z": 0.5, "t": 0.3, "theta": 0.2}
        >>> model = ssms.Simulator("ddm", boundary="angle")
        >>> model.logpdf(theta, rt=[0.7, 0.9], choice=[1, -1]).shape
        (2,)
        """
        return _densities().logpdf(self, theta, rt, choice, **options)

    def logpdf_and_gradient(
        self, theta: Any, rt: Any, choice: Any, **options: Any
    ) -> tuple[FloatArray, FloatArray]:
        """Return the log density and its derivatives by the parameters."""
        found: tuple[FloatArray, FloatArray]
        found = _densities().logpdf_and_gradient(self, theta, rt, choice, **options)
        return found

    def cdf(self, theta: Any, rt: Any, choice: Any = None, **options: Any) -> FloatArray:
        """Return the probability of a response by a time, by choice or in all."""
        return _array(_densities().cdf(self, theta, rt, choice, **options))

    def sf(self, theta: Any, rt: Any, **options: Any) -> FloatArray:
        """Return the probability of no response by a time."""
        return _array(_densities().sf(self, theta, rt, **options))

    def choice_probability(self, theta: Any, choice: Any, **options: Any) -> FloatArray:
        """Return the probability of a choice."""
        return _array(_densities().choice_probability(self, theta, choice, **options))

    def omission_probability(self, theta: Any, **options: Any) -> FloatArray:
        """Return the probability of an omission."""
        return _array(_densities().omission_probability(self, theta, **options))

    def mean_rt(self, theta: Any, choice: Any = None, **options: Any) -> FloatArray:
        """Return the mean response time (seconds), of one choice or of all."""
        return _array(_densities().mean_rt(self, theta, choice, **options))

    def quantile(self, theta: Any, p: Any, choice: Any = None, **options: Any) -> FloatArray:
        """Return quantiles of the response time (seconds), of one choice or of all."""
        return _array(_densities().quantile(self, theta, p, choice, **options))


def _densities() -> Any:
    return import_module("ssms.densities")  # which imports Simulator


def _array(value: Any) -> FloatArray:
    found: FloatArray = value
    return found
