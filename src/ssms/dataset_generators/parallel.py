"""Work on many items with threads: results in order, errors and cancellation at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from typing import Protocol, TypeVar

from ssms import _core
from ssms.engine.execution import run_in_pieces

__all__ = ["CancelFlag", "results_of"]

Item = TypeVar("Item")
Result = TypeVar("Result")


class CancelFlag(Protocol):
    """Something like `threading.Event`: set from anywhere, it ends the work."""

    def is_set(self) -> bool:
        """Return whether the work is to end."""


def results_of(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    n_threads: int,
    cancel: CancelFlag | None = None,
    progress: Callable[[int], object] | None = None,
) -> list[Result]:
    """Return ``function(item)`` for each item, in the order of the items.

    Parameters
    ----------
    function : callable
        Called in several threads at once if `n_threads` > 1.
    items : sequence
        Its arguments.
    n_threads : int
        Number of threads; 1 works in the calling thread.
    cancel : CancelFlag, optional
        Once it is set, no item is begun.
    progress : callable, optional
        Called with the number of items that are done, after each; by one thread at a time.

    Raises
    ------
    concurrent.futures.CancelledError
        `cancel` was set.

    Notes
    -----
    After an error, or Ctrl-C in the calling thread, no item is begun; items under way are finished.
    """
    results: dict[int, Result] = {}
    stop, lock = _core.CancelFlag(), threading.Lock()

    def work(begin: int, end: int) -> None:
        for i in range(begin, end):
            if stop.is_set():
                return
            try:
                if cancel is not None and cancel.is_set():
                    raise CancelledError("generation was cancelled")
                result = function(items[i])
                with lock:
                    results[i] = result
                    if progress is not None:
                        progress(len(results))
            except BaseException:
                stop.set()
                raise

    run_in_pieces(work, len(items), n_threads, stop, piece=1)
    return [results[i] for i in range(len(items))]
