"""Two-stage models against products and convolutions of exact laws, and against small steps."""

from functools import cache

import numpy as np
import pytest

from reference import cascade, laws
from ssms import Simulator

TIMES = np.linspace(0.02, 8.0, 160)
V, Z = (0.6, 1.2, -0.8), (0.4, 0.6, 0.3)
BIASED = {"vh": V[0], "vl1": V[1], "vl2": V[2], "a": 1.0, "t": 0.3}
STARTS = {"zh": Z[0], "zl1": Z[1], "zl2": Z[2]}
HALF = (0.5, 0.5, 0.5)


def allowed(n):
    """Return the distance from a law that a sample of n exceeds once in a million (Massart)."""
    return np.sqrt(np.log(2e6) / (2 * n))


def distance(model, theta, law, n, method, **more):
    """Return the largest distance of the distribution functions of all choices from a law."""
    out = Simulator(model).simulate(theta, n_samples=n, random_state=4, method=method, max_t=60.0,
                                    return_option="minimal", **more)  # fmt: skip
    times, choices = out["rts"].ravel() - theta["t"], out["choices"].ravel()
    found = {c: np.searchsorted(np.sort(times[choices == c]), TIMES) / n for c in range(4)}
    return max(np.abs(found[c] - law[c]).max() for c in range(4))


@cache
def law_of(order, z, slope):
    """Return the law between boundaries 1 - slope t."""
    return getattr(cascade, order)(V, 1.0, z, slope, TIMES)


@pytest.mark.parametrize("method", ["exact", "table", "bridge"])
@pytest.mark.parametrize("order", ["parallel", "sequential"])
def test_levels_between_constant_boundaries(order, method):
    law, n = law_of(order, Z, 0.0), 200_000
    model = {"parallel": "ddm_par2", "sequential": "ddm_seq2"}[order]
    beyond = 5e-4 if method == "bridge" else 1e-4  # of the bridge's steps, and of quadrature
    assert distance(model, BIASED | STARTS, law, n, method) < allowed(n) + beyond


@pytest.mark.parametrize("method", ["exact", "bridge"])
@pytest.mark.parametrize("order", ["parallel", "sequential"])
def test_levels_between_boundaries_that_collapse(order, method):
    model = {"parallel": "ddm_par2", "sequential": "ddm_seq2"}[order] + "_angle_no_bias"
    law = law_of(order, HALF, np.tan(0.5))
    n = 200_000
    assert distance(model, BIASED | {"theta": 0.5}, law, n, method) < allowed(n) + 5e-4


def test_parallel_levels_between_bent_boundaries():
    shape, n = {"a": 1.0, "alpha": 2.0, "beta": 1.5}, 200_000
    high, *lows = (
        laws.law("weibull", {"v": v, "z": 0.5, "t": 0.0, **shape}, mesh_size=500) for v in V
    )
    law = {
        2 * h + low: high.cdf(TIMES, 2 * h - 1) * lows[h].cdf(TIMES, 2 * low - 1)
        for h in (0, 1)
        for low in (0, 1)
    }
    assert distance("ddm_par2_weibull_no_bias", BIASED | shape, law, n, "bridge") < (
        allowed(n) + 5e-4
    )


def test_a_sequence_between_boundaries_of_ones_own():
    own = Simulator(
        "ddm_seq2_no_bias", boundary=lambda t, a, k: a - k * t, boundary_params=["a", "k"]
    )
    law, n = law_of("sequential", HALF, np.tan(0.5)), 100_000
    out = own.simulate(BIASED | {"k": np.tan(0.5)}, n_samples=n, random_state=1)
    times, choices = out["rts"].ravel() - 0.3, out["choices"].ravel()
    for c in range(4):
        found = np.searchsorted(np.sort(times[choices == c]), TIMES) / n
        assert np.abs(found - law[c]).max() < allowed(n) + 5e-4


# ---- levels that interact ---------------------------------------------------------------------

INTERACTING = [
    ("tradeoff_no_bias", "tradeoff", {"d": 0.8}, {}),
    ("ddm_mic2_multinoise_no_bias", "multinoise", {"d": 0.1}, {}),
]


def summary(times, choices):
    """Return shares of the choices, the mean time of all, and their variances."""
    shares = np.bincount(choices, minlength=4) / times.size
    return np.append(shares, times.mean()), np.append(shares * (1 - shares), times.var())


@pytest.mark.parametrize("case", INTERACTING, ids=lambda case: case[0])
def test_interacting_levels_against_small_steps(case):
    model, kind, changes, more = case
    theta, n = BIASED | {"t": 0.0} | changes, 10_000
    v = theta["vh"], theta["vl1"], theta["vl2"]
    sample = cascade.small_steps(kind, v, lambda t: theta["a"], HALF, theta["d"], n, 2e-3, **more)
    small, variance = summary(*sample)
    out = Simulator(model).simulate(theta, n_samples=10 * n, random_state=8)
    ours, _ = summary(out["rts"].ravel().astype(float), out["choices"].ravel())
    noise = np.sqrt(variance * 1.1 / n)
    assert np.all(np.abs(ours - small) < 4.5 * noise + 3e-3), (ours - small) / noise


# ---- plain steps --------------------------------------------------------------------------------

# Decision times of the release without noise, by steps of 1 ms, where all drifts are 3.
WITHOUT_NOISE = {
    "ddm_par2_no_bias": 0.334,
    "ddm_seq2_no_bias": 0.668,
    "tradeoff_no_bias": 0.473,
    "ddm_mic2_adj_no_bias": 0.542,
    "ddm_mic2_multinoise_no_bias": 0.542,
    "ddm_mic2_ornstein_no_bias": 0.566,
    "ddm_mic2_leak_no_bias": 0.572,
}


@pytest.mark.parametrize("model", WITHOUT_NOISE)
def test_plain_steps_without_noise(model):
    usual = {"vh": 3.0, "vl1": 3.0, "vl2": 3.0, "a": 1.0, "t": 0.0, "d": 0.5, "g": 1.5}
    theta = {name: usual[name] for name in Simulator(model).params}
    out = Simulator(model).simulate(theta, n_samples=3, no_noise=True, method="euler",
                                    delta_t=0.001, smooth_unif=False)  # fmt: skip
    assert (out["choices"] == 3).all()
    # here the low level's weight is that of the beginning of the step, in the release of its end
    assert np.abs(out["rts"] - WITHOUT_NOISE[model]).max() < 0.0021
    steps = out["rts"] / 0.001
    assert np.allclose(steps, np.round(steps), atol=1e-3)


@pytest.mark.parametrize(
    "model",
    ["ddm_par2", "ddm_seq2_angle_no_bias", "ddm_mic2_ornstein_weibull_no_bias",
     "ddm_mic2_multinoise_no_bias", "tradeoff_angle_no_bias"],
)  # fmt: skip
def test_plain_steps_lead_to_the_other_methods(model):
    """Their bias is proportional to the root of the step; without it, the usual method is left."""
    theta = {**Simulator(model).defaults, "t": 0.0, "vh": 0.6, "vl1": 1.2, "vl2": -0.8}
    n, found = 20_000, []
    for seed, options in enumerate(
        ({}, {"method": "euler", "delta_t": 0.008}, {"method": "euler", "delta_t": 0.002})
    ):
        out = Simulator(model).simulate(theta, n_samples=n, random_state=seed, **options)
        found.append(summary(out["rts"].ravel().astype(float), out["choices"].ravel()))
    (usual, variance), (coarse, _), (fine, _) = found
    noise = np.sqrt(variance * 6.0 / n)
    assert np.all(np.abs(2 * fine - coarse - usual) < 4.5 * noise + 4e-3)
    assert coarse[-1] > fine[-1] + 0.01 > usual[-1] + 0.02


# ---- limits, outputs, paths --------------------------------------------------------------------


@pytest.mark.parametrize(
    "model", ["ddm_par2", "ddm_seq2", "ddm_seq2_angle_no_bias", "ddm_mic2_adj", "tradeoff_no_bias"]
)
def test_times_of_the_levels(model):
    theta = dict(Simulator(model).defaults, t=0.3, vh=1.0, vl1=1.0, vl2=-1.0)
    out = Simulator(f"{model}_deadline").simulate(
        theta | {"deadline": 1.5}, n_samples=5_000, random_state=3
    )
    rt, high, low = (out[key].ravel() for key in ("rts", "rts_high", "rts_low"))
    omitted = rt == -999
    assert 0.05 < omitted.mean() < 0.95
    assert np.array_equal(omitted, (high == -999) | (low == -999))
    assert np.array_equal(rt[~omitted], np.maximum(high, low)[~omitted])
    assert rt.max() < 1.5
    if "seq2" in model:
        assert np.all(high[~omitted] < low[~omitted])
    assert set(np.unique(out["choices"])) == {0, 1, 2, 3}


PATHS = [
    (model, method, seed)
    for model in ("ddm_par2", "ddm_seq2", "ddm_seq2_angle_no_bias", "ddm_par2_weibull_no_bias",
                  "ddm_seq2_weibull_no_bias", "ddm_mic2_ornstein", "tradeoff_angle_no_bias")
    for method in Simulator(model).methods
    for seed in range(4)
]  # fmt: skip


@pytest.mark.parametrize(("model", "method", "seed"), PATHS)
def test_paths_end_where_and_when_their_sample_did(model, method, seed):
    theta = dict(Simulator(model).defaults, t=0.25)
    dt = 0.002
    out = Simulator(model).simulate(
        theta, n_samples=3, random_state=seed, method=method, delta_t=dt, smooth_unif=False
    )
    choice, path = int(out["choices"][0, 0]), out["metadata"]["trajectory"]
    boundary = out["metadata"]["boundary"]
    branch = 1 + choice // 2
    assert path.shape[1] == 3
    assert np.all(path[:, 3 - branch] == -999)
    for column, key, up in ((0, "rts_high", choice // 2), (branch, "rts_low", choice % 2)):
        drawn = np.flatnonzero(path[:, column] != -999)
        exit_time = out[key][0, 0] - 0.25
        assert -1e-3 < drawn[-1] - exit_time / dt < 1 + 1e-3  # times are single precision
        last = path[drawn[-1], column]
        assert np.sign(last) == 2 * up - 1
        assert boundary[drawn[-1]] - 1e-3 <= abs(last)
        assert method == "euler" or abs(last) <= boundary[drawn[-1] - 1] + 1e-3
        inside = drawn[:-1]
        assert np.all(np.abs(path[inside, column]) <= boundary[inside] + 1e-3)
        if "seq2" in model and column:
            assert -1e-3 < drawn[0] - (out["rts_high"][0, 0] - 0.25) / dt < 1 + 1e-3


@pytest.mark.parametrize("method", ["exact", "table", "bridge", "euler"])
@pytest.mark.parametrize(
    "model", ["ddm_par2", "ddm_seq2", "ddm_seq2_angle_no_bias", "ddm_mic2_adj"]
)
def test_any_division_of_the_work(monkeypatch, model, method):
    simulated = Simulator(model)
    if method not in simulated.methods:
        pytest.skip("the method does not apply")
    theta = {name: [value, 0.9 * value + 0.05] for name, value in simulated.defaults.items()}

    def run():
        out = simulated.simulate(theta, n_samples=701, random_state=1, method=method, n_threads=2)
        return [out[key].tobytes() for key in ("rts", "choices", "rts_high", "rts_low")]

    whole = run()
    monkeypatch.setattr("ssms.processes.bound.PIECE", 97)
    assert run() == whole
