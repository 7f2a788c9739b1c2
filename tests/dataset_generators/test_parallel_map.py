"""Threads: order, errors, cancellation."""

import signal
import threading
import time
from concurrent.futures import CancelledError

import pytest

from ssms.dataset_generators.parallel import results_of


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_results_come_in_order_whatever_finishes_first(n_threads):
    def slow_if_early(i):
        time.sleep(0.02 if i % 3 == 0 else 0.0)
        return i * i

    done = []
    found = results_of(slow_if_early, range(20), n_threads, progress=done.append)
    assert found == [i * i for i in range(20)]
    assert done == list(range(1, 21))
    assert results_of(slow_if_early, [], n_threads) == []


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize("where", ["work", "progress"])
def test_an_error_comes_through_and_ends_the_work(n_threads, where):
    begun = []

    def work(i):
        begun.append(i)
        time.sleep(0.001)
        if i == 2 and where == "work":
            raise TimeoutError("of the work itself")
        return i

    def progress(done):
        if done == 3 and where == "progress":
            raise TimeoutError("of the work itself")

    with pytest.raises(TimeoutError, match="of the work itself"):
        results_of(work, range(1000), n_threads, progress=progress)
    assert len(begun) < 100


@pytest.mark.parametrize("n_threads", [1, 2])
def test_cancellation_ends_the_work_soon(n_threads):
    cancel = threading.Event()
    begun = []

    def work(i):
        begun.append(i)
        if len(begun) == 4:
            cancel.set()
        return i

    with pytest.raises(CancelledError):
        results_of(work, range(1000), n_threads, cancel)
    assert len(begun) < 20


@pytest.fixture
def interrupts():
    """Ctrl-C raises, also where pytest was started in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_in_the_caller_drops_what_is_not_begun():
    begun, gate = [], threading.Event()

    def work(i):
        begun.append(i)
        if len(begun) == 2:  # both threads are at work: now Ctrl-C
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
            threading.Timer(0.3, gate.set).start()
        assert gate.wait(5)

    with pytest.raises(KeyboardInterrupt):
        results_of(work, range(1000), 2)
    assert len(begun) == 2  # what the two threads were at, and no more
