"""The cascade process: a high-level decision and, for each of its outcomes, a low-level one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ssms.errors import bad_value, unknown_name
from ssms.processes.base import CoreProcess, Roles
from ssms.processes.process import Model, NonDecisionTime

__all__ = ["Cascade"]

_MIDDLE = (None, None, None)


@dataclass(frozen=True)
class Cascade(CoreProcess):
    """Three diffusions between the same boundaries: a high level, and a low level for each choice.

    The fields name the parameters that play each role; a role without a parameter is absent.

    Attributes
    ----------
    order : str
        "parallel": both levels begin at time 0, and the later one makes the response;
        "sequential": the low level begins when the high one ends;
        "tradeoff", "modulated", "multinoise": parallel, and while the high level is undecided its
        position changes drift and noise of the low level (see `equation`).
    drifts : tuple of str
        Drift of the high level, and of the low level after a high-level choice of 0 and of 1
        (evidence per second).
    starts : tuple of str or None
        Starts of the three, relative to the width of the band; None: in the middle.
    withheld : str or None
        Share of the low level's drift that the undecided high level withholds (0 to 1).
    leak : str, float or None
        Rate at which the low level decays while the high level is undecided (per second).
    early_noise : float or None
        Noise of the low level while the high level is undecided, relative to its noise after;
        None: 1.
    nondecision : NonDecisionTime
        Time added to the time of the decision.
    boundary_height : str
        Parameter that is the boundary at time 0.

    Examples
    --------
    >>> Cascade("sequential").drifts
    ('vh', 'vl1', 'vl2')
    """

    order: str = "parallel"
    drifts: tuple[str, str, str] = ("vh", "vl1", "vl2")
    starts: tuple[str | None, str | None, str | None] = _MIDDLE
    withheld: str | None = None
    leak: str | float | None = None
    early_noise: float | None = None
    nondecision: NonDecisionTime = field(default_factory=NonDecisionTime)
    boundary_height: str = "a"

    def __post_init__(self) -> None:
        if self.order not in self.orders:
            raise unknown_name("order of a cascade", self.order, self.orders)
        for name in ("withheld", "leak", "early_noise"):
            if getattr(self, name) is not None and not self._interacts:
                raise bad_value(name, getattr(self, name), f"None in the order {self.order!r}")
        for name in ("leak", "early_noise"):
            if getattr(self, name) is not None and self.order != "modulated":
                raise bad_value(name, getattr(self, name), f"None in the order {self.order!r}")

    label: ClassVar[str] = "cascade"
    orders: ClassVar[tuple[str, ...]] = (
        "parallel", "sequential", "tradeoff", "modulated", "multinoise"
    )  # fmt: skip
    n_particles: ClassVar[int] = 3
    extras: ClassVar[tuple[str, ...]] = ("rts_high", "rts_low")
    choices: ClassVar[tuple[int, ...]] = (0, 1, 2, 3)
    why_no_drift: ClassVar[str] = "the drifts of a two-stage model are constant within a stage"

    # ---- roles -----------------------------------------------------------------------------------

    @property
    def _interacts(self) -> bool:
        return self.order not in ("parallel", "sequential")

    @property
    def options(self) -> Mapping[str, Any]:
        """Further arguments of the core's layout."""
        return {"variant": self.orders.index(self.order)}

    def roles(self) -> Roles:
        """Return the parameters that play the process's own roles."""
        return {
            "drift": self.drifts,
            "start": self.starts,
            "noise": ("s",),
            "withheld": (self.withheld,),
            "leak": (self.leak,),
            "early_noise": (self.early_noise,),
        }

    # ---- simulation ------------------------------------------------------------------------------

    def methods(self, model: Model) -> Mapping[str, str | None]:
        """Return the methods in the order of preference, and why one does not apply."""
        if self._interacts:
            reason = "its levels interact"
            return {"exact": reason, "table": reason, "bridge": None, "euler": None}
        name = model.boundary.name if model.boundary else None
        exact = table = None
        if model.boundary is None or not model.boundary.is_linear:
            exact = f"its boundary is {name!r}; the method takes a constant or linear boundary"
            table = exact
        elif self.order == "sequential" and name != "constant":
            table = f"its boundary is {name!r}; the method takes a constant boundary"
        return {"exact": exact, "table": table, "bridge": None, "euler": None}

    @property
    def law_is_coarse(self) -> bool:
        """Whether the law is not close enough for labels, likelihoods and derivatives."""
        return self._interacts

    # ---- words -----------------------------------------------------------------------------------

    def equation(self, model: Model) -> list[str]:
        """Return the equation in lines of text."""
        edge, half, definition = self.edge(model)
        high, *lows = self.drifts
        sequential = self.order == "sequential"
        begin, at = ("τ_h", "b(τ_h)" if definition else edge) if sequential else ("0", half)
        starts = [_start(edge, z) for edge, z in zip((half, at, at), self.starts, strict=True)]
        early = self._early()
        lines = [f"high level: dx_h = {high} dτ + s dW_h,  x_h(0) = {starts[0]}"]
        lines += [
            f"low level if h = {h}: dx_l = {v} dτ + s dW_l,  x_l({begin}) = {start}"
            + (f"; before τ_h, dx_l = {early.format(v=v)}" if early else "")
            for h, (v, start) in enumerate(zip(lows, starts[1:], strict=True))
        ]
        if early:
            lines.append(f"q = (x_h + {edge})/(2{edge}) if h = 1, 1 − that if h = 0")
        if self.order == "tradeoff":
            d = self.withheld or 0
            lines.append(f"w = (1 + {d}(q − 1))/(2 − {d})")
        lines += [f"each level stops when |x| ≥ {edge}: h at τ_h, l at τ_l", *definition]
        time = "τ_l" if sequential else "max(τ_h, τ_l)"
        return [*lines, f"{self.response_time(time)},  choice = 2h + l", *self.varying_time()]

    def _early(self) -> str:
        """Return the motion of a low level while the high one is undecided, if it differs."""
        if not self._interacts:
            return ""
        if self.order == "tradeoff":
            return "w·{v} dτ + w·s dW_l"
        rate = "q·{v}" if self.withheld is None else f"q·(1 − {self.withheld})·{{v}}"
        if self.leak is not None:
            rate = f"({rate} − {self.leak}·x_l)"
        noise = {None: "s dW_l", 0.0: ""}.get(self.early_noise, f"{self.early_noise}·s dW_l")
        if self.order == "multinoise":
            noise = "q·s dW_l"
        return f"{rate} dτ + {noise}" if noise else f"{rate} dτ"


def _start(edge: str, start: str | None) -> str:
    return "0" if start is None else f"{edge}(2{start} − 1)"
