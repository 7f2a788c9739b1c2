"""How the work of one call is divided: in pieces, over threads, and so that Ctrl-C stops it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cache

from ssms import _core
from ssms.errors import bad_value

__all__ = ["run_in_pieces", "simd_path"]

PIECE = 1 << 17
"""Results of one piece: a few milliseconds of work."""


FEW = 32
"""Results for which vectors of 512 bits do not pay: a processor needs some microseconds to switch
them on, and does so again after each stretch of Python."""


def simd_path(n_results: int = PIECE) -> int:
    """Return the index in ``_core.ISA_NAMES`` of the instruction set to use.

    It is the widest that the processor has and that pays for so many results, or the one that
    the environment variable ``SSMS_SIMD`` names (baseline, avx2 or avx512).  Results do not depend
    on it.

    Raises
    ------
    ParameterError
        If ``SSMS_SIMD`` names something else, or a version that the processor lacks.
    """
    widest, for_few = _simd_paths()
    return widest if n_results > FEW else for_few


@cache
def _simd_paths() -> tuple[int, int]:
    """Return the instruction sets for many results and for few."""
    wanted = os.environ.get("SSMS_SIMD", "")
    if not wanted:
        widest = int(_core.BEST_ISA)
        return widest, min(widest, _core.ISA_NAMES.index("avx2"))
    available = _core.ISA_NAMES[: _core.BEST_ISA + 1]
    if wanted not in available:
        raise bad_value("environment variable SSMS_SIMD", wanted, f"one of {', '.join(available)}")
    chosen = available.index(wanted)
    return chosen, chosen


def run_in_pieces(
    work: Callable[[int, int], None],
    total: int,
    n_threads: int,
    cancel: _core.CancelFlag,
    piece: int = PIECE,
    unit: int = 1,
) -> None:
    """Call ``work(begin, end)`` until all of [0, total) is done.

    Parameters
    ----------
    work : callable
        Does the results begin <= i < end; with more than one thread, pieces run side by side.
    total : int
        Number of results.
    n_threads : int
        Number of threads that work; 1 is the calling thread.
    cancel : CancelFlag
        Set when an exception (Ctrl-C among them) ends the work, so that kernels stop.
    piece : int
        Results that are worth a second thread.
    unit : int
        Results that are done together; `total` is a multiple of it.

    Notes
    -----
    Kernels that run in the calling thread ask for signals, so that Ctrl-C stops them; others poll
    `cancel`.
    """
    n_workers = min(n_threads, -(-total // piece))
    if n_workers <= 1:
        if total:
            work(0, total)
        return

    from concurrent.futures import ThreadPoolExecutor

    lock, given = threading.Lock(), 0

    def take_pieces() -> None:
        nonlocal given
        while not cancel.is_set():
            with lock:
                # Each time half of a fair share of the rest: large at first, so that threads seldom
                # write to the same page of memory, small at last, so that they end together.
                share = max((total - given) // (2 * n_workers), piece // 8, 1)
                share += -share % unit
                begin, given = given, min(given + share, total)
                end = given
            if begin == end:
                return
            work(begin, end)

    with ThreadPoolExecutor(n_workers) as pool:
        try:
            for future in [pool.submit(take_pieces) for _ in range(n_workers)]:
                future.result()
        except BaseException:
            cancel.set()
            raise
