"""Threads: order, errors, cancellation."""

import threading
import time
from concurrent.futures import CancelledError

import pytest

from ssms.dataset_generators.parallel import ordered_map


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_results_come_in_order_whatever_finishes_first(n_threads):
    def slow_if_early(i):
        time.sleep(0.02 if i % 3 == 0 else 0.0)
        return i * i

    assert list(ordered_map(slow_if_early, range(20), n_threads)) == [i * i for i in range(20)]


@pytest.mark.parametrize("n_threads", [1, 3])
def test_an_error_comes_through_and_ends_the_work(n_threads):
    begun = []

    def fail_at_two(i):
        begun.append(i)
        if i == 2:
            raise TimeoutError("of the work itself")
        return i

    with pytest.raises(TimeoutError, match="of the work itself"):
        list(ordered_map(fail_at_two, range(1000), n_threads))
    assert len(begun) < 20


@pytest.mark.parametrize("n_threads", [1, 2])
def test_cancellation_ends_the_work_soon(n_threads):
    cancel = threading.Event()
    begun = []

    def work(i):
        begun.append(i)
        if i == 3:
            cancel.set()
        return i

    with pytest.raises(CancelledError):
        list(ordered_map(work, range(1000), n_threads, cancel))
    assert len(begun) < 20


def test_an_interrupt_in_the_caller_drops_what_is_not_begun():
    begun, gate = [], threading.Event()

    def work(i):
        begun.append(i)
        if i > 0:
            gate.wait(5)
        return i

    results = ordered_map(work, range(1000), 2)
    assert next(results) == 0
    release = threading.Timer(0.2, gate.set)
    release.start()
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt)
    release.join()
    assert sorted(begun) == [0, 1, 2]  # what the two threads were at, and no more
