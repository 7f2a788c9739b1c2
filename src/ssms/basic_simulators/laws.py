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
        """Return the log density and its derivatives; see `ssms.densities.logpdf_and_gradient`.

        Examples
        --------
        >>> import ssms
        >>> theta = {"v": 1.0, "a": 1.5, "z": 0.5, "t": 0.3}
        >>> model = ssms.Simulator("ddm")
        >>> logpdf, gradient = model.logpdf_and_gradient(theta, rt=[0.7, 0.9], choice=[1, -1])
        >>> logpdf.shape, gradient.shape
        ((2,), (2, 4))
        """
        found: tuple[FloatArray, FloatArray]
        found = _densities().logpdf_and_gradient(self, theta, rt, choice, **options)
        return found

    def cdf(self, theta: Any, rt: Any, choice: Any = None, **options: Any) -> FloatArray:
        """Return the probability of a response by a time; see `ssms.densities.cdf`.

        Examples
        --------
        >>> import ssms
        >>> theta = {"v": 1.0, "a": 1.5, "z": 0.5, "t": 0.3}
        >>> ssms.Simulator("ddm").cdf(theta, rt=[0.7, 0.9]).round(3).tolist()
        [0.071, 0.199]
        """
        return _array(_densities().cdf(self, theta, rt, choice, **options))

    def sf(self, theta: Any, rt: Any, **options: Any) -> FloatArray:
        """Return the probability of no response by a time; see `ssms.densities.sf`.

        Examples
        --------
        >>> import ssms
        >>> theta = {"v": 1.0, "a": 1.5, "z": 0.5, "t": 0.3}
        >>> ssms.Simulator("ddm").sf(theta, rt=[0.7, 0.9]).round(3).tolist()
        [0.929, 0.801]
        """
        return _array(_densities().sf(self, theta, rt, **options))

    def choice_probability(self, theta: Any, choice: Any, **options: Any) -> FloatArray:
        """Return the probability of a choice; see `ssms.densities.choice_probability`.

        Examples
        --------
        >>> import ssms
        >>> theta = {"v": 1.0, "a": 1.5, "z": 0.5, "t": 0.3}
        >>> float(ssms.Simulator("ddm").choice_probability(theta, 1).round(3))
        0.953
        """
        return _array(_densities().choice_probability(self, theta, choice, **options))

    def omission_probability(self, theta: Any, **options: Any) -> FloatArray:
        """Return the probability of an omission; see `ssms.densities.omission_probability`.

        Examples
        --------
        >>> import ssms
        >>> theta = {"v": 1.0, "a": 1.5, "z": 0.5, "t": 0.3}
        >>> float(ssms.Simulator("ddm").omission_probability(theta, max_t=1.0).round(3))
        0.545
        """
        return _array(_densities().omission_probability(self, theta, **options))

    def mean_rt(self, theta: Any, choice: Any = None, **options: Any) -> FloatArray:
        """Return the mean response time (seconds); see `ssms.densities.mean_rt`.

        Examples
        --------
        >>> import ssms
        >>> theta = {"v": 1.0, "a": 1.5, "z": 0.5, "t": 0.3}
        >>> float(ssms.Simulator("ddm").mean_rt(theta).round(3))
        1.658
        """
        return _array(_densities().mean_rt(self, theta, choice, **options))

    def quantile(self, theta: Any, p: Any, choice: Any = None, **options: Any) -> FloatArray:
        """Return quantiles of the response time (seconds); see `ssms.densities.quantile`.

        Examples
        --------
        >>> import ssms
        >>> theta = {"v": 1.0, "a": 1.5, "z": 0.5, "t": 0.3}
        >>> ssms.Simulator("ddm").quantile(theta, [0.1, 0.9]).round(3).tolist()
        [0.75, 2.925]
        """
        return _array(_densities().quantile(self, theta, p, choice, **options))


def _densities() -> Any:
    return import_module("ssms.densities")  # which imports Simulator


def _array(value: Any) -> FloatArray:
    found: FloatArray = value
    return found
