"""Figures of simulations; they need matplotlib (``pip install 'ssm-simulators[plot]'``).

`ssms.engine.results.Results.plot` and ``plot_paths`` call these functions.
"""

from ssms.plotting.paths import plot_paths
from ssms.plotting.responses import plot_responses

__all__ = ["plot_paths", "plot_responses"]
