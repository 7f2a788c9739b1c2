"""Calls with values from all over the accepted ranges are answered in time, or refused."""

import pytest

from basic_simulators import fuzzing

FINE = ("answered", "refused")


def poor_calls(n_calls, seed, seconds):
    """Return what came of the calls that were slow, or neither answered nor refused."""
    return [
        (i, what, took, call[0].name, *call[1:])
        for i, what, took, call in fuzzing.run(n_calls, seed)
        if what.split(":")[0] not in FINE or took > seconds * fuzzing.expected(*call)
    ]


def test_some_calls():
    # a machine that is busy with other things may take more time of its processor, too
    assert poor_calls(200, 7, 3.0) == []


@pytest.mark.slow
def test_many_calls():
    assert poor_calls(10_000, 1, 1.0) == []
