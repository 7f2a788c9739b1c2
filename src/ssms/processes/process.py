"""The protocol of a process, and the parts that processes share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ssms import _core
from ssms.errors import unknown_name

if TYPE_CHECKING:
    from ssms.curves.curve import Curve
    from ssms.engine.request import Request
    from ssms.engine.results import Results

__all__ = ["Adapt", "BoundProcess", "Model", "NonDecisionTime", "Process", "formula"]

Adapt = Callable[[dict[str, Any], int], dict[str, Any]]
"""Changes parameters by name, given the number of trials, before they are simulated."""


class Model(Protocol):
    """The parts of a model that a process reads; see `ssms.config.spec.ModelSpec`."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def params(self) -> list[str]:
        """Names of its parameters, in the order of the columns of theta."""

    @property
    def defaults(self) -> Mapping[str, float]:
        """Defaults by parameter, as far as they are known."""

    @property
    def choices(self) -> tuple[int, ...]:
        """Labels of the possible choices."""

    @property
    def n_particles(self) -> int:
        """Number of accumulators or stages."""

    @property
    def boundary(self) -> Curve | None:
        """Its boundary, None where the process has none."""

    @property
    def boundary_params(self) -> tuple[str, ...]:
        """The parameters that it passes on to the boundary."""

    @property
    def drift(self) -> Curve | None:
        """Its drift, None where the process has none."""

    @property
    def drift_params(self) -> tuple[str, ...]:
        """The parameters that it passes on to the drift."""


class BoundProcess(Protocol):
    """A process of one model, ready to be simulated."""

    @property
    def process(self) -> Process:
        """The process."""

    @property
    def methods(self) -> Mapping[str, str | None]:
        """Methods by name, in the order of preference; why not, where one does not apply."""

    def simulate(self, request: Request, adapt: Adapt | None) -> Results:
        """Return samples."""

    def validate(self, request: Request) -> None:
        """Raise if the parameters of a request could not be simulated."""

    def adapted(self, request: Request, adapt: Adapt) -> Request:
        """Return the request with parameters as the model's transforms make them."""

    def describe_method(self) -> str:
        """Return the usual method in words."""


class Process(Protocol):
    """The process of a model.

    Examples
    --------
    >>> from ssms.processes import Diffusion
    >>> Diffusion().label, Diffusion().noise_names
    ('diffusion', ('s', 'sd'))
    """

    @property
    def label(self) -> str:
        """Name of the process, for metadata."""

    @property
    def default_noise(self) -> float:
        """Noise of trials for which none is given."""

    @property
    def noise_names(self) -> tuple[str, ...]:
        """Names under which the noise may stand in theta."""

    @property
    def has_response_time(self) -> bool:
        """Whether there is a response time, and so a deadline."""

    @property
    def boundary_height(self) -> str | None:
        """The parameter that is the boundary where no function is named; None: no boundary."""

    @property
    def base_drift(self) -> str | None:
        """The parameter that is the drift where no function is named; None: no drift function."""

    @property
    def fixed_parameters(self) -> frozenset[str] | None:
        """The parameters that are read whatever boundary and drift are; None if not known."""

    @property
    def nondecision_edge_shift(self) -> str | None:
        """The parameter by which response times begin before the mean non-decision time."""

    def bind(self, model: Model) -> BoundProcess:
        """Return the process of one model; raise ConfigError if the model does not fit it.

        Parameters
        ----------
        model : Model
            The model.

        Returns
        -------
        BoundProcess
        """

    def equation(self, model: Model) -> list[str]:
        """Return the equation in lines of text, as a paper words it.

        Parameters
        ----------
        model : Model
            The model.

        Returns
        -------
        list of str
        """


@dataclass(frozen=True)
class NonDecisionTime:
    """How the non-decision time of a sample is distributed.

    Attributes
    ----------
    distribution : str
        "constant": the location; "uniform": between location - scale and location + scale;
        "normal": mean and standard deviation; "truncated_normal": the same, truncated to
        [0, inf); "rayleigh": of that scale, without a location.
    location, scale : str or None
        Names of parameters (seconds).

    Examples
    --------
    >>> NonDecisionTime("uniform", "t", "st").varying()
    ['each trial: t ~ Uniform(t − st, t + st)']
    """

    distribution: str = "constant"
    location: str | None = "t"
    scale: str | None = None

    def __post_init__(self) -> None:
        if self.distribution not in _core.NDT_KINDS:
            raise unknown_name(
                "distribution of non-decision time", self.distribution, _core.NDT_KINDS
            )

    @property
    def index(self) -> int:
        """Number of the distribution in the core's table."""
        return _core.NDT_KINDS.index(self.distribution)

    @property
    def symbol(self) -> str:
        """Name of a trial's non-decision time in equations."""
        if self.distribution == "constant":
            return str(self.location)
        return "t" if self.location in ("t", None) else "ndt"

    def varying(self) -> list[str]:
        """Return the line that says how it varies from trial to trial, if it does."""
        template = {
            "uniform": "{t} ~ Uniform({location} − {scale}, {location} + {scale})",
            "normal": "{t} ~ Normal({location}, {scale})",
            "truncated_normal": "{t} ~ Normal({location}, {scale}) truncated to [0, ∞)",
            "rayleigh": "{t} ~ Rayleigh({scale})",
        }.get(self.distribution)
        if template is None:
            return []
        line = template.format(t=self.symbol, location=self.location, scale=self.scale)
        return [f"each trial: {line}"]


def formula(curve: Curve | None) -> str | None:
    """Return the formula of a boundary or drift, its name if it has none, None if absent."""
    if curve is None:
        return None
    return curve.formula or f"{curve.name}(τ)"
