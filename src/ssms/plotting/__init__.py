"""Figures of simulations; they need matplotlib (``pip install 'ssm-simulators[plot]'``).

`ssms.engine.results.Results.plot` and ``plot_paths`` call these functions.  The module
`training_file` draws a file of training data for the store of a run.
"""

from ssms.plotting.paths import plot_paths
from ssms.plotting.responses import plot_responses

__all__ = ["plot_paths", "plot_responses"]
