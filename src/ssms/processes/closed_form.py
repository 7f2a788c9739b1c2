"""What processes have in common whose samples are drawn without time steps, whatever the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from ssms import _core
from ssms.errors import ConfigError
from ssms.processes.bound import BoundModel
from ssms.processes.calling import CallableProcess
from ssms.processes.process import Model, NonDecisionTime

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["ClosedForm", "common_name", "numbers"]


class ClosedForm(CallableProcess):
    """A process of several accumulators, or values, all of whose samples are drawn exactly.

    A subclass has the class variables ``label`` and ``row``, the properties ``n_particles`` and
    ``choices``, and the method ``parameters``.
    """

    label: ClassVar[str]
    row: ClassVar[_core.ProcessRow]
    default_noise: ClassVar[float] = 0.0
    has_response_time: ClassVar[bool] = True
    has_path: ClassVar[bool] = False
    extras: ClassVar[tuple[str, ...]] = ()
    base_drift: ClassVar[str | None] = None
    nondecision: NonDecisionTime | None = None

    @property
    def boundary_height(self) -> str | None:
        """The parameter that is the boundary where no function is named; None: no boundary."""
        return None

    @property
    def n_particles(self) -> int:
        """Number of accumulators or values."""
        raise NotImplementedError

    @property
    def choices(self) -> tuple[int, ...]:
        """Labels of the choices."""
        return tuple(range(self.n_particles))

    @property
    def noise_names(self) -> tuple[str, ...]:
        """Names under which the noise may stand in theta."""
        return ()

    @property
    def ndt_kind(self) -> int:
        """Number of the distribution of non-decision time in the core's table."""
        return self.nondecision.index if self.nondecision else 0

    @property
    def options(self) -> Mapping[str, Any]:
        """Further arguments of the core's layout."""
        return {}

    @property
    def nondecision_edge_shift(self) -> str | None:
        """The half-width by which uniform non-decision times reach below their mean."""
        uniform = self.nondecision is not None and self.nondecision.distribution == "uniform"
        return cast(NonDecisionTime, self.nondecision).scale if uniform else None

    def parameters(self) -> Mapping[str, tuple[str | None, ...]]:
        """Return the parameter that plays each role of the core's table."""
        raise NotImplementedError

    def roles_of_time(self) -> dict[str, tuple[str | None, ...]]:
        """Return the parameters that play the roles of every process with a response time."""
        ndt = self.nondecision
        return {
            "ndt_location": (ndt.location if ndt else None,),
            "ndt_scale": (ndt.scale if ndt else None,),
            "deadline": ("deadline",),
        }

    @property
    def fixed_parameters(self) -> frozenset[str]:
        """The parameters that are read whatever the boundary is."""
        beside = ("noise", "deadline")
        players = [p for role, p in self.parameters().items() if role not in beside]
        return frozenset(name for names in players for name in names if name is not None)

    # ---- simulation ------------------------------------------------------------------------------

    def check_size(self, *groups: tuple[str, ...]) -> None:
        """Raise if there are not 2 to 16 accumulators, with as many parameters of each kind."""
        if not 2 <= self.n_particles <= _core.MAX_PARTICLES:
            raise ConfigError(
                f"A {self.label} process has 2 to {_core.MAX_PARTICLES} alternatives, "
                f"got {self.n_particles}"
            )
        for names in groups:
            if len(names) != self.n_particles:
                raise ConfigError(
                    f"A {self.label} process with {self.n_particles} alternatives needs as many "
                    f"parameters of each kind, got {len(names)}: {', '.join(names)}"
                )

    def bind(self, model: Model) -> BoundModel:
        """Return the process of one model.

        Raises
        ------
        ConfigError
            If its choices, boundary and drift do not go together.
        """
        if tuple(model.choices) != self.choices:
            raise ConfigError(
                f"The choices of a {self.label} process with {self.n_particles} alternatives are "
                f"{list(self.choices)}, got {list(model.choices)}"
            )
        for kind, curve in (("boundary", model.boundary), ("drift", model.drift)):
            reason = curve and self.why_not(kind, curve)
            if curve is not None and reason:
                raise ConfigError(
                    f"Model {model.name!r} cannot be simulated with the {kind} {curve.name!r}: "
                    f"{reason}"
                )
        return BoundModel(self, model)

    def why_not(self, kind: str, curve: Any) -> str | None:
        """Return why the process cannot have a curve, None if it can."""
        return f"a {self.label} process has no {kind} function"

    def methods(self, model: Model) -> Mapping[str, str | None]:
        """Return the methods in the order of preference, and why one does not apply."""
        reason = "samples of the process are drawn in closed form, which needs no steps or tables"
        return {"exact": None, "table": reason, "bridge": reason, "euler": reason}

    def in_core_units(
        self, names: tuple[str, ...], theta: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return theta: the core's units are those of the model."""
        return theta

    def path_in_model_units(self, path: Any, parameters: Mapping[str, Any]) -> None:
        """Leave a path as it is."""

    # ---- words -----------------------------------------------------------------------------------

    def response_time(self) -> list[str]:
        """Return the lines on the response time."""
        if self.nondecision is None:
            return ["rt = τ"]
        return [f"rt = τ + {self.nondecision.symbol}"]

    def varying_time(self) -> list[str]:
        """Return the lines on how non-decision time varies."""
        return self.nondecision.varying() if self.nondecision else []


def common_name(names: tuple[str, ...]) -> str:
    """Return v_i for v0, v1, ..., else all the names.

    Examples
    --------
    >>> common_name(("v0", "v1")), common_name(("left", "right"))
    ('v_i', '(left, right)_i')
    """
    stem = names[0].rstrip("0123456789")
    if all(name.rstrip("0123456789") == stem for name in names):
        return f"{stem}_i"
    return f"({', '.join(names)})_i"


def numbers(first: int, n: int) -> str:
    """Return the numbers of accumulators in words.

    Examples
    --------
    >>> numbers(0, 2), numbers(1, 3)
    ('0, 1', '1, …, 3')
    """
    last = first + n - 1
    return f"{first}, {last}" if n == 2 else f"{first}, …, {last}"
