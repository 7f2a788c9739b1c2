"""From a kernel's call to result arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ssms import _core
from ssms.config.processes.execution import PIECE, run_in_pieces, simd_path

if TYPE_CHECKING:
    import numpy.typing as npt

    from ssms.config.processes.diffusion import Call

__all__ = ["sample_into_arrays"]


def sample_into_arrays(
    call: Call, total: int, n_threads: int, piece: int = PIECE
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """Draw all results of a call.

    Parameters
    ----------
    call : Call
        What is drawn.
    total : int
        Number of results, n_samples times n_trials.
    n_threads : int
        Threads that work; the results do not depend on it.
    piece : int
        Results of one piece of work.

    Returns
    -------
    rts : ndarray of float32, shape (total,)
        Response times (seconds), sample-major.
    choices : ndarray of int32, shape (total,)
        Labels of the choices.
    """
    rts, choices = np.empty(total, np.float32), np.empty(total, np.int32)
    isa, cancel = simd_path(), _core.CancelFlag()
    if total <= piece:
        call.sample(isa, 0, total, rts, choices, cancel)
        return rts, choices

    def work(begin: int, end: int) -> None:
        call.sample(isa, begin, end, rts, choices, cancel)

    run_in_pieces(work, total, n_threads, cancel, piece)
    return rts, choices
