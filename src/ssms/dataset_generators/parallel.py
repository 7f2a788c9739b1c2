"""Work on many items with threads: results in order, errors and cancellation at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, TimeoutError
from typing import Protocol, TypeVar

__all__ = ["CancelFlag", "ordered_map"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL_SECONDS = 0.1
_ITEMS_AHEAD = 2  # for each thread: enough to keep it busy, few enough to stop soon


class CancelFlag(Protocol):
    """Something like `threading.Event`: set from anywhere, it ends the work."""

    def is_set(self) -> bool:
        """Return whether the work is to end."""


def ordered_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    n_threads: int,
    cancel: CancelFlag | None = None,
) -> Iterator[Result]:
    """Yield ``function(item)`` for each item, in the order of the items.

    Parameters
    ----------
    function : callable
        Called in several threads at once if `n_threads` > 1.
    items : iterable
        Taken as they are needed.
    n_threads : int
        Number of threads; 1 works in the calling thread.
    cancel : CancelFlag, optional
        Once it is set, no item is begun.

    Raises
    ------
    concurrent.futures.CancelledError
        `cancel` was set.

    Notes
    -----
    When the caller stops (an exception, Ctrl-C, the end of the iterator), items not yet begun are
    dropped, and those under way are waited for.
    """
    if n_threads == 1:
        for item in items:
            _stop_if(cancel)
            yield function(item)
        return
    executor = ThreadPoolExecutor(n_threads, thread_name_prefix="ssms")
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            _stop_if(cancel)
            waiting.append(executor.submit(function, item))
            if len(waiting) >= _ITEMS_AHEAD * n_threads:
                yield _result(waiting.popleft(), cancel)
        while waiting:
            yield _result(waiting.popleft(), cancel)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _stop_if(cancel: CancelFlag | None) -> None:
    if cancel is not None and cancel.is_set():
        raise CancelledError("generation was cancelled")


def _result(future: Future[Result], cancel: CancelFlag | None) -> Result:
    while True:
        try:
            return future.result(timeout=_POLL_SECONDS)
        except TimeoutError:
            if future.done():  # the function's own TimeoutError
                raise
            _stop_if(cancel)
