"""Processes: which parameter of a model plays which role in which equation.

A process is a frozen dataclass whose fields are roles (drift, start, leak, ...) and whose values
are parameter names.  Bound to a model, it simulates.  One file holds one process; `process` says
the protocol of all processes, `bound` simulates the processes of the core.
"""

from ssms.processes.attention import Attention
from ssms.processes.ballistic import Ballistic
from ssms.processes.cascade import Cascade
from ssms.processes.choice import Choice
from ssms.processes.counting import Counting
from ssms.processes.diffusion import Diffusion
from ssms.processes.process import NonDecisionTime, Process
from ssms.processes.race import Race

__all__ = [
    "Attention",
    "Ballistic",
    "Cascade",
    "Choice",
    "Counting",
    "Diffusion",
    "NonDecisionTime",
    "Process",
    "Race",
]
