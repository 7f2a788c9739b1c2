"""Tables of a user's own curves: spans over which they are close to parabolas."""

import math

import numpy as np
import pytest

from ssms import Simulator
from ssms.curves.tabulation import PARABOLA, curve_table, times_of
from ssms.errors import ParameterTypeError

N_POINTS, MAX_T = 8193, 20.0
TIMES = times_of(N_POINTS, MAX_T)
POINTS = np.arange(N_POINTS)
CURVES = {
    "bends": np.cos(3.0 * TIMES),
    "jumps": 1.0 - 3.0 * (TIMES >= 0.31) + 2.0 * (TIMES >= 0.7),
    "jumps and bends": np.cos(3.0 * TIMES) * (TIMES >= 0.31) + (TIMES < 0.7),
    "one point apart": np.where(POINTS == 4000, 5.0, 1.0),
    "a bump before a jump": np.exp(-(((POINTS - 3000) / 50) ** 2)) + (POINTS < 6000),
    "an infinite slope at 0": 1.0 - np.sqrt(np.minimum(TIMES, 1.0)),
}


def ends_of(*curves):
    """Return the ends of the spans of curves: numbers of points, the last that is not behind."""
    _, until = curve_table(np.stack(curves)[..., None], np.zeros(1), MAX_T)
    return np.searchsorted(TIMES, until, side="right") - 1


@pytest.mark.parametrize("name", CURVES)
def test_curves_are_close_to_parabolas_over_their_spans(name):
    curve, (ends,) = CURVES[name], ends_of(CURVES[name])
    allowed = 4.0 * PARABOLA * np.abs(curve).max()
    for start in range(0, N_POINTS - 1, 7):
        end = ends[start]
        assert end > start
        if end - start > 2:
            at = [start, (start + end) // 2, end]
            parabola = np.polynomial.Polynomial.fit(TIMES[at], curve[at], 2)
            inside = slice(start, end + 1)
            assert np.abs(parabola(TIMES[inside]) - curve[inside]).max() <= allowed


def test_few_spans_lead_past_jumps():
    (ends,) = ends_of(CURVES["jumps"])
    point, steps = 0, 0
    while point < N_POINTS - 1:
        point, steps = ends[point], steps + 1
    assert steps == 5  # one before, between and after the jumps, and one over each


def test_rows_do_not_know_each_other():
    together = ends_of(*CURVES.values())
    for row, curve in zip(together, CURVES.values(), strict=True):
        np.testing.assert_array_equal(row, ends_of(curve)[0])


@pytest.mark.parametrize("method", ["bridge", "euler"])
@pytest.mark.parametrize("onset", np.geomspace(0.1, 19.0, 12))
def test_short_pulses_are_seen(onset, method):
    """Of 3 % of their onset, which the coarsest table passes over; evidence moves in them only."""

    def pulse(t, v):
        return v + 100.0 / onset * ((t >= onset) & (t <= 1.03 * onset))

    theta = {"v": 0.0, "a": 1.0, "z": 0.5, "t": 0.0}
    result = Simulator("ddm", drift=pulse, drift_params=["v"]).simulate(
        theta, n_samples=1, no_noise=True, method=method
    )
    np.testing.assert_allclose(result["rts"], 1.01 * onset, rtol=2e-3, atol=2e-3)


def own_ddm(boundary):
    return Simulator("ddm", boundary=boundary, boundary_params=["a"])


def test_an_error_in_a_function_says_how_it_was_called():
    def fails(t, a):
        raise ValueError("not today")

    with pytest.raises(ValueError, match="not today") as caught:
        own_ddm(fails).simulate([0.0, 1.5, 0.5, 0.3])
    assert caught.value.__notes__ == [
        "boundary 'fails' was called with an array of 8193 times t; a = 1.5"
    ]


@pytest.mark.parametrize("returned", [None, "x", 1j])
def test_a_function_must_return_numbers(returned):
    with pytest.raises(ParameterTypeError, match="What boundary '<lambda>' returns must be made"):
        own_ddm(lambda t, a: returned).simulate([0.0, 1.5, 0.5, 0.3])


@pytest.mark.parametrize(
    "single",
    [
        lambda t, a, k: a * math.exp(-k * t),
        lambda t, a, k: a if t < k else 0.5 * a,
    ],
)
def test_functions_of_a_single_time_are_called_with_single_times(single):
    theta = {"v": 0.5, "a": 1.2, "z": 0.5, "t": 0.3, "k": 0.7}
    curve = {"boundary_params": ["a", "k"]}

    def array(t, a, k):
        return np.array([single(one, a, k) for one in t])

    drawn = [
        Simulator("ddm", boundary=b, **curve).simulate(theta, n_samples=50, random_state=1)
        for b in (single, array)
    ]
    np.testing.assert_array_equal(drawn[0]["rts"], drawn[1]["rts"])
    np.testing.assert_array_equal(drawn[0].metadata["boundary"], drawn[1].metadata["boundary"])
    with pytest.raises(ZeroDivisionError, match="by zero"):
        Simulator("ddm", boundary=lambda t, a: a / 0, boundary_params=["a"]).simulate(
            {k: v for k, v in theta.items() if k != "k"}
        )
