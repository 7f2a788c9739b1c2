"""From a kernel's call to result arrays."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ssms import _core
from ssms.config.processes.execution import PIECE, run_in_pieces, simd_path

if TYPE_CHECKING:
    import numpy.typing as npt

    from ssms.config.processes.plans import Call

__all__ = ["sample_into_arrays"]

# Made once: NumPy looks up the types np.float32 and np.int32 each time.
_FLOAT32, _INT32 = np.dtype(np.float32), np.dtype(np.int32)


def sample_into_arrays(
    call: Call, shape: tuple[int, ...], n_threads: int, piece: int = PIECE
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
    """Draw all results of a call.

    Parameters
    ----------
    call : Call
        What is drawn.
    shape : tuple of int
        Shape of the results, n_samples times n_trials in all.
    n_threads : int
        Threads that work; the results do not depend on it.
    piece : int
        Results of one piece of work.

    Returns
    -------
    rts : ndarray of float32
        Response times (seconds), sample-major.
    choices : ndarray of int32
        Labels of the choices.
    """
    rts, choices = np.empty(shape, _FLOAT32), np.empty(shape, _INT32)
    total = rts.size
    isa, cancel = simd_path(), _core.CancelFlag()
    if total <= piece:
        call.sample(isa, 0, total, rts, choices, cancel)
        return rts, choices
    work = partial(call.sample, isa, rts=rts, choices=choices, cancel=cancel)
    run_in_pieces(work, total, n_threads, cancel, piece)
    return rts, choices
