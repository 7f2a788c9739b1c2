"""The base of the processes of the core."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

from ssms import _core
from ssms.curves.curve import Curve
from ssms.errors import ConfigError
from ssms.processes.bound import BoundModel
from ssms.processes.calling import CallableProcess
from ssms.processes.process import Model, NonDecisionTime, formula

__all__ = ["CoreProcess", "Edge", "common_name", "numbers"]

Roles = Mapping[str, tuple[str | float | None, ...]]


class Edge(NamedTuple):
    """A boundary in equations: at any time, at time 0, and the line that defines it, if any."""

    now: str
    at_0: str
    lines: list[str]


class CoreProcess(CallableProcess):
    """A process that the core simulates.

    A subclass is a frozen dataclass whose fields name the parameters that play each role.  It says
    which process of the core's table it is (``label``), which parameters play its roles (`roles`),
    which methods apply (`methods`; else its samples are drawn in closed form), and how it reads in
    a paper (`equation`).
    """

    label: ClassVar[str]
    default_noise: ClassVar[float] = 1.0
    has_response_time: ClassVar[bool] = True
    has_path: ClassVar[bool] = True
    extras: ClassVar[tuple[str, ...]] = ()
    optional_roles: ClassVar[tuple[str, ...]] = ("noise", "deadline")
    why_no_drift: ClassVar[str] = "the process has no drift function"
    bound_type: ClassVar[type[BoundModel]] = BoundModel
    laws_share_solutions: ClassVar[bool] = True  # of sets that differ in the base drift only

    boundary_height: str | None = None
    nondecision: NonDecisionTime | None = None

    # ---- roles -----------------------------------------------------------------------------------

    def roles(self) -> Roles:
        """Return the parameters that play the process's own roles in the core's table.

        A role has one parameter (or number, or None), or one for each particle.

        Returns
        -------
        mapping from str to tuple
            By role.

        Raises
        ------
        NotImplementedError
            If a subclass does not say.
        """
        raise NotImplementedError

    def parameters(self) -> Roles:
        """Return the parameters that play each role of the core's table."""
        ndt = self.nondecision or NonDecisionTime(location=None)
        times = {
            "ndt_location": (ndt.location,),
            "ndt_scale": (ndt.scale,),
            "deadline": ("deadline",),
        }
        return {**self.roles(), **(times if self.has_response_time else {})}

    @property
    def fixed_parameters(self) -> frozenset[str]:
        """The parameters that are read whatever the boundary and the drift are."""
        players = [p for role, p in self.parameters().items() if role not in self.optional_roles]
        return frozenset(name for names in players for name in names if isinstance(name, str))

    @property
    def row(self) -> _core.ProcessRow:
        """The row of the core's table of processes."""
        return _core.PROCESSES[self.label]

    @property
    def n_particles(self) -> int:
        """Number of accumulators, stages or values."""
        return 1

    @property
    def choices(self) -> tuple[int, ...]:
        """Labels of the choices."""
        return tuple(range(self.n_particles))

    @property
    def noise_names(self) -> tuple[str, ...]:
        """Names under which the noise may stand in theta."""
        return ("s", "sd")

    @property
    def particle_noise(self) -> tuple[str, ...]:
        """Names of the noise of each accumulator, for processes that take them: s0, s1, ..."""
        return tuple(f"s{i}" for i in range(self.n_particles))

    @property
    def base_drift(self) -> str | None:
        """The parameter that is the drift where no function is named; None: no drift function."""
        return None

    @property
    def options(self) -> Mapping[str, Any]:
        """Further arguments of the core's layout."""
        return {}

    @property
    def core_factors(self) -> Mapping[str, float]:
        """Factors that bring parameters from the units of the model to the core's."""
        return {}

    @property
    def ndt_kind(self) -> int:
        """Number of the distribution of non-decision time in the core's table."""
        return self.nondecision.index if self.nondecision else 0

    @property
    def nondecision_edge_shift(self) -> str | None:
        """The half-width by which uniform non-decision times reach below their mean."""
        ndt = self.nondecision
        return ndt.scale if ndt and ndt.distribution == "uniform" else None

    # ---- simulation ------------------------------------------------------------------------------

    def check_size(self, *groups: tuple[str, ...]) -> None:
        """Raise if there are not 2 to 16 accumulators, with as many parameters of each kind."""
        n, most = self.n_particles, _core.MAX_PARTICLES
        if not 2 <= n <= most:
            raise ConfigError(f"A {self.label} process has 2 to {most} alternatives, got {n}")
        for names in groups:
            if len(names) != n:
                raise ConfigError(
                    f"A {self.label} process with {n} alternatives needs as many parameters of "
                    f"each kind, got {len(names)}: {', '.join(names)}"
                )

    def bind(self, model: Model) -> BoundModel:
        """Return the process of one model.

        Parameters
        ----------
        model : Model
            The model.

        Returns
        -------
        BoundModel

        Raises
        ------
        ConfigError
            If its choices, particles, boundary and drift do not go with the process.
        """
        if model.n_particles not in (1, self.n_particles):
            raise ConfigError(
                f"n_particles must be {self.n_particles}, got {model.n_particles}, for the "
                f"{self.label} process of model {model.name!r}"
            )
        if tuple(model.choices) != self.choices:
            raise ConfigError(
                f"The choices of the {self.label} process of model {model.name!r} are "
                f"{list(self.choices)}, got {list(model.choices)}"
            )
        for curve in (model.boundary, model.drift):
            reason = self.why_not(curve) if curve is not None else None
            if curve is not None and reason is not None:
                raise ConfigError(
                    f"Model {model.name!r} cannot be simulated with the {curve.kind} "
                    f"{curve.name!r}: {reason}"
                )
        return self.bound_type(self, model)

    def why_not(self, curve: Curve) -> str | None:
        """Return why the process cannot have a boundary or drift, None if it can.

        Parameters
        ----------
        curve : Curve
            The boundary or drift.

        Returns
        -------
        str or None
        """
        if curve.kind == "boundary":
            has_none = f"a {self.label} process has no boundary function"
            return None if self.boundary_height else has_none
        return None if self.base_drift else self.why_no_drift

    def methods(self, model: Model) -> Mapping[str, str | None]:
        """Return the methods in the order of preference, and why one does not apply.

        Parameters
        ----------
        model : Model
            The model.

        Returns
        -------
        mapping from str to str or None
            By method: why it does not apply, or None.
        """
        reason = "samples of the process are drawn in closed form, which needs no steps or tables"
        return {"exact": None, "table": reason, "bridge": reason, "euler": reason}

    def law_is_solved(self, model: Model) -> bool:
        """Return whether the density, if there is one, takes a numerical solution.

        Parameters
        ----------
        model : Model
            The model.

        Returns
        -------
        bool
        """
        return self.methods(model)["exact"] is not None

    @property
    def law_is_coarse(self) -> bool:
        """Whether the law is not close enough for labels, likelihoods and derivatives."""
        return False

    @property
    def law_has_gradient(self) -> bool:
        """Whether the core gives derivatives of the density; else they are differences."""
        return False

    def path_in_model_units(self, path: Any, parameters: Mapping[str, Any]) -> None:
        """Bring a path of the core to the units of the model, in place.

        Parameters
        ----------
        path : ndarray, shape (n_times, n_particles)
            The path; -999 after its end.
        parameters : mapping
            Parameter arrays by name, (n_trials,) each.
        """

    # ---- words -----------------------------------------------------------------------------------

    def equation(self, model: Model) -> list[str]:
        """Return the equation in lines of text, as a paper words it.

        Parameters
        ----------
        model : Model
            The model.

        Returns
        -------
        list of str

        Raises
        ------
        NotImplementedError
            If a subclass does not say.
        """
        raise NotImplementedError

    def edge(self, model: Model) -> Edge:
        """Return the boundary as equations show it.

        Parameters
        ----------
        model : Model
            The model.

        Returns
        -------
        Edge
        """
        boundary = formula(model.boundary) or str(self.boundary_height)
        if "τ" not in boundary:
            return Edge(boundary, boundary, [])
        return Edge("b(τ)", "b(0)", [f"b(τ) = {boundary}"])

    def response_time(self, decision: str = "τ") -> str:
        """Return the line on the response time.

        Parameters
        ----------
        decision : str
            Symbol of the decision time.

        Returns
        -------
        str
        """
        return f"rt = {decision}" + (f" + {self.nondecision.symbol}" if self.nondecision else "")

    def varying_time(self) -> list[str]:
        """Return the line on how non-decision time varies, if it does."""
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
