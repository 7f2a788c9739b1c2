"""Tables of a user's own curves: every row depends on its own curve only, and pulses are seen."""

import math
import tracemalloc

import numpy as np
import pytest

from reference.density_equation import extrapolated
from ssms import Simulator
from ssms.curves import tabulation
from ssms.errors import ParameterTypeError

DDM = {"v": 0.4, "a": 1.0, "z": 0.5, "t": 0.0}


def pulse(t, v, height, onset, width):
    """Drift v, and v + height while a pulse lasts."""
    return v + height * ((t >= onset) & (t < onset + width))


def collapse(t, a, rate):
    """Boundary that falls, and more slowly later."""
    return a / (1.0 + rate * t)


def dual(t, v, height, onset, width):
    """Two drifts, of which the second is a pulse."""
    return np.stack([np.full_like(t, v), pulse(t, 0.0, height, onset, width)], axis=1)


PULSES = ["v", "height", "onset", "width"]
PULSE = {"height": 30.0, "onset": 0.4, "width": 0.005}
OWN = {
    "boundary": ("ddm", {"boundary": collapse, "boundary_params": ["a", "rate"]}, {"rate": 0.5}),
    "drift": ("ddm", {"drift": pulse, "drift_params": PULSES}, PULSE),
    "both": (
        "ddm",
        {
            "boundary": collapse,
            "boundary_params": ["a", "rate"],
            "drift": pulse,
            "drift_params": PULSES,
        },
        PULSE | {"rate": 0.5},
    ),
    "race": ("race_2", {"boundary": collapse, "boundary_params": ["a", "rate"]}, {"rate": 0.5}),
    "attention": ("addm", {"boundary": collapse, "boundary_params": ["a", "rate"]}, {"rate": 0.5}),
}


def sets(kind, count):
    """Return a simulator with a function of its own, and `count` sets of parameters."""
    model, curves, more = OWN[kind]
    own = Simulator(model, **curves)
    theta = dict(zip(own.params, np.full(len(own.params), 0.5), strict=True))
    theta |= {name: value for name, value in own.defaults.items() if name in theta} | more
    columns = {name: np.full(count, float(value)) for name, value in theta.items()}
    changes = columns["rate" if "rate" in columns else "onset"]
    changes *= 1.0 + np.arange(count) / count
    return own, columns


def outcome(own, columns, **how):
    """Return times and choices of every trial, (n_samples, n_trials)."""
    got = own.simulate(columns, n_samples=20, random_state=3, max_t=4.0, **how)
    n_trials = len(columns["t"])
    return got["rts"].reshape(20, n_trials), got["choices"].reshape(20, n_trials)


@pytest.mark.parametrize(
    ("kind", "method"),
    [(kind, m) for kind in OWN for m in ("bridge", "euler") if (kind, m) != ("attention", "euler")],
)
def test_samples_do_not_depend_on_the_other_sets_of_a_call(kind, method, monkeypatch):
    own, columns = sets(kind, 12)
    together = outcome(own, columns, method=method)
    alone = outcome(own, {name: c[:1] for name, c in columns.items()}, method=method)
    for all_trials, first in zip(together, alone, strict=True):
        np.testing.assert_array_equal(all_trials[:, :1], first)
    # Tables of a few trials, one after the other, and threads, give the same.
    monkeypatch.setattr("ssms.processes.bound.MIN_PIECE", 64)
    for limit, size, n_threads in (
        ("MAX_BYTES", 40_000, 1),
        ("MAX_BYTES", 40_000, 2),
        ("MAX_TRIALS", 5, 1),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(tabulation, limit, size)
            parts = outcome(own, columns, method=method, n_threads=n_threads)
        for whole, part in zip(together, parts, strict=True):
            np.testing.assert_array_equal(whole, part)


@pytest.mark.slow
@pytest.mark.parametrize("count", [601, 5001])
@pytest.mark.parametrize("kind", ["both", "race"])
def test_samples_do_not_depend_on_thousands_of_other_sets(kind, count):
    own, columns = sets(kind, count)
    together = outcome(own, columns)
    for trial in (0, count - 1):
        columns_before = {name: c[: trial + 1] for name, c in columns.items()}
        if trial == 0:
            for all_trials, first in zip(together, outcome(own, columns_before), strict=True):
                np.testing.assert_array_equal(all_trials[:, :1], first)


def test_a_failing_function_of_a_later_table_is_an_error(monkeypatch):
    monkeypatch.setattr(tabulation, "MAX_BYTES", 1)
    own = Simulator("ddm", boundary=lambda t, a: np.where(t < 1.0, a, np.nan if a > 1 else 1.0),
                    boundary_params=["a"])  # fmt: skip
    with pytest.raises(ValueError, match=r"at t = .* must be finite"):
        own.simulate(DDM | {"a": np.array([0.9, 1.5])})


def test_invalid_trials_are_omitted_from_every_table(monkeypatch):
    monkeypatch.setattr(tabulation, "MAX_BYTES", 1)
    own, columns = sets("drift", 6)
    whole = outcome(own, columns)[0]
    columns["z"] = np.array([0.5, 0.5, 2.0, 0.5, 0.5, 0.5])
    with pytest.warns(UserWarning, match="1 of 6 trials"):
        rts, _ = outcome(own, columns, on_invalid="omit")
    assert (rts[:, 2] == -999).all()
    np.testing.assert_array_equal(np.delete(rts, 2, axis=1), np.delete(whole, 2, axis=1))


@pytest.mark.parametrize("method", ["bridge", "euler"])
@pytest.mark.parametrize("width", [0.001, 0.005])
@pytest.mark.parametrize("count", [1, 30])
def test_short_pulses_are_seen_in_calls_of_any_size(count, width, method):
    """Evidence moves in pulses only, which reach the boundary after 0.6 of their width."""
    onsets = np.append(np.random.default_rng(count).uniform(0.1, 19.0, 11), 17.123)[-count:]
    onsets = np.resize(onsets, count) + 1e-3 * np.arange(count)
    own = Simulator("ddm", drift=pulse, drift_params=PULSES)
    still = DDM | {"v": 0.0, "height": 1.0 / (0.6 * width), "width": width, "onset": onsets}
    how = {"delta_t": 1e-4} if method == "euler" else {}
    got = own.simulate(still, n_samples=1, no_noise=True, method=method, **how)
    expected = onsets + 0.6 * width
    np.testing.assert_allclose(got["rts"].ravel(), expected, atol=4e-4 if how else 5e-6, rtol=1e-6)


@pytest.mark.parametrize(("width", "height"), [(0.005, 60.0), (0.002, 60.0), (0.001, 200.0)])
def test_the_law_of_pulses_is_that_of_an_independent_solution(width, height):
    n, onset = 250_000, 0.5
    end = onset + width
    times, up, _ = extrapolated(
        lambda t: pulse(t, 0.4, height, onset, width),
        np.ones_like,
        np.zeros_like,
        0.0,
        6.0,
        300,
        breaks=(onset, end),
    )
    below = np.append(0.0, np.cumsum(0.5 * np.diff(times) * (up[1:] + up[:-1])))
    own = Simulator("ddm", drift=pulse, drift_params=PULSES)
    got = own.simulate(
        DDM | {"height": height, "onset": onset, "width": width}, n_samples=n, random_state=8
    )
    upper = np.sort(got["rts"][got["choices"] == 1])
    for t in (onset, end, 0.6, 1.0, 2.0, 6.0):
        share = np.searchsorted(upper, t) / n
        # The trapezoid rule leaves an error of 1e-3 at most.
        assert abs(share - np.interp(t, times, below)) < 4.5 * np.sqrt(0.25 / n) + 1e-3


def test_a_pulse_that_may_be_missed_elsewhere_is_an_occasion_to_warn():
    own = Simulator("ddm", drift=pulse, drift_params=PULSES)
    times = tabulation.sample_times(20.0)
    onset = float(times[np.searchsorted(times, 3.0)]) - 0.0002  # a sample sees it
    narrow = DDM | {"height": 60.0, "onset": onset, "width": 0.0004}
    with pytest.warns(
        UserWarning, match=r"drift 'pulse' has a pulse at t = 3.*narrower than 0.0004"
    ):
        own.simulate(narrow)


def test_a_function_that_changes_too_fast_is_an_occasion_to_warn():
    own = Simulator("ddm", drift=lambda t, v: v * np.sin(2e4 * t), drift_params=["v"])
    with pytest.warns(UserWarning, match=r"changes too fast at many times.*narrower than 0.0008 s"):
        own.simulate(DDM)


def test_a_table_takes_little_memory_however_many_sets_there_are():
    """Every row is about as large as its knots allow, and many more do not stay in memory."""
    own = Simulator("ddm", drift=lambda t, v: v * np.sin(50.0 * t), drift_params=["v"])
    theta = DDM | {"v": np.linspace(1.0, 2.0, 16)}
    peaks = []
    for limit in (1 << 21, 1 << 30):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tabulation, "MAX_BYTES", limit)
            tracemalloc.start()
            own.simulate(theta, max_t=10.0)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[0] < 14e6
    assert peaks[0] < 0.6 * peaks[1]


def own_ddm(boundary):
    return Simulator("ddm", boundary=boundary, boundary_params=["a"])


def test_an_error_in_a_function_says_how_it_was_called():
    def fails(t, a):
        raise ValueError("not today")

    with pytest.raises(ValueError, match="not today") as caught:
        own_ddm(fails).simulate([0.0, 1.5, 0.5, 0.3])
    assert caught.value.__notes__ == [
        "boundary 'fails' was called with an array of 8097 times t; a = 1.5"
    ]


@pytest.mark.parametrize("returned", [None, "x", 1j])
def test_a_function_must_return_numbers(returned):
    with pytest.raises(ParameterTypeError, match="The result of boundary '<lambda>' must be made"):
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


def test_a_boundary_that_falls_far_below_0_is_as_fine_as_one_that_stays():
    def falls(t, a, k):
        return a - k * t**2

    def stays(t, a, k):
        return np.maximum(a - k * t**2, 0.0)

    theta = {"v": 1.0, "a": 1.1, "z": 0.5, "t": 0.1, "k": 6.0}
    found = []
    for boundary in (falls, stays):
        model = Simulator("ddm", boundary=boundary, boundary_params=["a", "k"])
        found.append(model.cdf(theta, [0.2, 0.4, 0.5, 1.0], 1))
        rts = model.simulate(theta, n_samples=200_000, random_state=1)["rts"]
        shares = model.choice_probability(theta, [-1, 1])
        assert shares.sum() == pytest.approx(1.0, abs=1e-4)
        found.append(np.append(np.quantile(rts, [0.1, 0.5, 0.9]), rts.mean()))
    assert np.allclose(found[0], found[2], atol=2e-4)
    assert np.allclose(found[1], found[3], atol=2e-3)
