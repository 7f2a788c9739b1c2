"""Signals that come again while the run is being brought to its end."""

import os
import signal

import pytest

from ssms.tracking import Terminated, signals
from ssms.tracking.signals import ending_signals


def send(number):
    os.kill(os.getpid(), number)


NUMBERS = [getattr(signal, name) for name in (*signals.ENDING, *signals.OF_COMMANDS)]


@pytest.mark.parametrize("first", NUMBERS)
@pytest.mark.parametrize("again", NUMBERS)
def test_a_signal_that_comes_again_at_once_does_not_cut_the_end_short(first, again):
    cleaned_up = False
    with pytest.raises((KeyboardInterrupt, Terminated)) as caught, ending_signals(command=True):  # noqa: PT012
        try:
            send(first)
        finally:
            send(again)
            send(again)
            cleaned_up = True
    assert cleaned_up
    assert (caught.type is KeyboardInterrupt) == (first == signal.SIGINT)


def test_a_later_ctrl_c_ends_the_end(monkeypatch):
    monkeypatch.setattr(signals, "SAME_INTENTION", 0.0)
    cleaned_up = False
    with pytest.raises(KeyboardInterrupt), ending_signals(command=True):  # noqa: PT012
        try:
            send(signal.SIGINT)
        finally:
            send(signal.SIGINT)
            cleaned_up = True
    assert not cleaned_up


def test_handlers_are_as_before_afterwards():
    before = [signal.getsignal(number) for number in NUMBERS]
    with ending_signals(command=True):
        pass
    assert [signal.getsignal(number) for number in NUMBERS] == before
