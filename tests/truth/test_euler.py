"""Method "euler" is Euler-Maruyama at the given step, its bias included: as its twins in numpy."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from reference import euler
from ssms import Simulator
from ssms.curves.boundaries import weibull_cdf
from ssms.curves.drifts import conflict_stimflexrel1_dual_drift, gamma_drift
from ssms.errors import ConfigError
from ssms.processes import Diffusion

DT, MAX_T, N = 0.01, 3.0, 12_000
SIGNIFICANCE = 1e-4  # of each comparison, of which there are about 40

PLAIN = {"v": 0.6, "a": 1.0, "z": 0.4, "t": 0.0}
STIMULI = {"vt": 2.0, "vd": 3.0, "tcoh": 0.9, "dcoh": -0.7, "tonset": 0.3, "donset": 0.1}
STIMULI |= {"toffset": 1.2, "doffset": 0.4}


def model(process=None, boundary=None, drift=None, **parameters):
    """Return a Simulator of a process, and its parameters."""
    theta = {**PLAIN, **parameters}
    config = {
        "name": "a model of this test",
        "params": list(theta),
        "nchoices": 2,
        "choices": [-1, 1],
        "simulator": process or Diffusion(),
    }
    names = list(theta)
    return Simulator(config, boundary=boundary or "constant", drift=drift, params=names), theta


def simulate(process=None, boundary=None, drift=None, n=N, arguments=None, **parameters):
    """Return decision times (nan where there is none) and choices."""
    simulator, theta = model(process, boundary, drift, **parameters)
    arguments = {"random_state": 7, "smooth_unif": False, **(arguments or {})}
    result = simulator.simulate(
        theta, n_samples=n, delta_t=DT, max_t=MAX_T, method="euler", **arguments
    )
    rts, choices = result["rts"].ravel().astype(float), result["choices"].ravel()
    return np.where(rts == -999.0, np.nan, rts), choices


def assert_same_law(ours, twin):
    """Compare two samples of steps taken and sides: shares, and times of each side."""
    (times, sides), (twin_times, twin_sides) = ours, twin
    np.testing.assert_allclose(times, np.round(times / DT) * DT, atol=1e-6)
    for side in (-1, 1):
        chosen = [np.sum(s == side) for s in (sides, twin_sides)]
        missed = [
            np.sum((s == side) & np.isnan(t)) for t, s in ((times, sides), (twin_times, twin_sides))
        ]
        for counts in (chosen, missed):
            if sum(counts) > 10:
                table = [counts, [N - c for c in counts]]
                assert stats.chi2_contingency(table).pvalue > SIGNIFICANCE
        samples = [
            np.round(t[(s == side) & ~np.isnan(t)] / DT)
            for t, s in ((times, sides), (twin_times, twin_sides))
        ]
        if min(sample.size for sample in samples) > 20:
            assert stats.ks_2samp(*samples, method="asymp").pvalue > SIGNIFICANCE


def twin(drift=0.6, boundary=1.0, start=-0.2, **options):
    height = boundary if callable(boundary) else lambda t: boundary
    rng = np.random.default_rng(11)
    return euler.first_passage(N, drift, height, start, dt=DT, max_t=MAX_T, rng=rng, **options)


def test_constant_boundary():
    assert_same_law(simulate(), twin())


def test_noise():
    assert_same_law(simulate(s=0.4), twin(s=0.4))


def test_collapsing_boundary_that_closes():
    ours = simulate(boundary="angle", theta=0.6)
    assert_same_law(ours, twin(boundary=lambda t: 1.0 - t * np.tan(0.6)))


def test_weibull_boundary_of_infinite_slope():
    ours = simulate(boundary="weibull_cdf", alpha=0.6, beta=1.5)
    assert_same_law(ours, twin(boundary=lambda t: weibull_cdf(t, 1.0, 0.6, 1.5)))


def test_drift_and_boundary_that_change():
    pulse = {"shape": 3.0, "scale": 0.1, "c": -3.0}
    ours = simulate(boundary="angle", drift="gamma_drift", theta=0.3, **pulse)
    drift = lambda t: gamma_drift(t, 0.6, **pulse)  # noqa: E731
    assert_same_law(ours, twin(drift, lambda t: 1.0 - t * np.tan(0.3)))


@pytest.mark.parametrize("leak", [-1.5, 4.0])
def test_leak(leak):
    assert_same_law(simulate(Diffusion(leak="g"), g=leak), twin(leak=leak))


@pytest.mark.parametrize("stability", [1.0, 1.4, 2.0])
def test_levy_noise(stability):
    ours = simulate(Diffusion(stability="alpha"), alpha=stability)
    assert_same_law(ours, twin(noise=euler.levy(stability)))


def test_levy_noise_leak_and_collapse_together():
    process = Diffusion(stability="alpha", leak="g")
    ours = simulate(process, boundary="angle", alpha=1.7, g=2.0, theta=0.2)
    height = lambda t: 1.0 - t * np.tan(0.2)  # noqa: E731
    assert_same_law(ours, twin(boundary=height, noise=euler.levy(1.7), leak=2.0))


def test_two_leaks_share_one_noise():
    ours = simulate(
        Diffusion(leak=("gt", "gd")),
        drift="conflict_stimflexrel1_dual_drift",
        gt=3.0,
        gd=0.5,
        **STIMULI,
    )
    rng = np.random.default_rng(12)
    parts, times, sides = np.zeros((2, N)), np.full(N, np.nan), np.zeros(N)
    for step in range(round(MAX_T / DT) + 1):
        x = parts.sum(axis=0) - 0.2
        out = (np.abs(x) > 1.0) & (sides == 0.0)
        times[out], sides[out] = step * DT, np.sign(x[out])
        drift = conflict_stimflexrel1_dual_drift(step * DT, **STIMULI)[:, None]
        noise = 0.5 * np.sqrt(DT) * rng.standard_normal(N)
        parts += (drift - np.array([[3.0], [0.5]]) * parts) * DT + noise
    # undecided: the side on which the last step within max_t led
    sides = np.where(sides == 0.0, np.sign(x), sides)
    assert_same_law(ours, (times, sides))


@pytest.mark.parametrize("unit", ["absolute", "relative"])
def test_start_that_varies(unit):
    process = Diffusion(start_halfwidth="sz", start_halfwidth_unit=unit)
    start = (1.0 if unit == "absolute" else 2.0) * np.random.default_rng(13).uniform(-0.3, 0.3, N)
    assert_same_law(simulate(process, sz=0.3), twin(start=start - 0.2))


def test_drift_that_varies():
    drift = np.random.default_rng(14).normal(0.6, 1.5, N)
    assert_same_law(simulate(Diffusion(drift_sd="sv"), sv=1.5), twin(drift))


@pytest.mark.parametrize(("max_t", "expected"), [(0.31, -1), (0.35, 1), (1.96, 1), (1.97, 1.97)])
def test_limit_of_time(max_t, expected):
    # from -0.2 with drift 0.61: at 0 after 33 steps, outside after 197
    ddm = Simulator("ddm")
    result = ddm.simulate(
        {**PLAIN, "v": 0.61}, 3, DT, max_t, no_noise=True, smooth_unif=False, method="euler"
    )
    omitted = isinstance(expected, int)
    np.testing.assert_allclose(result["rts"], -999.0 if omitted else expected, atol=1e-6)
    assert (result["choices"] == np.sign(expected)).all()


BOUNDARIES = {
    "constant": {},
    "angle": {"theta": 0.2},
    "weibull_cdf": {"alpha": 2.0, "beta": 1.5},
    "conflict_gamma": {"theta": 0.2, "scale": 0.3, "alphaGamma": 2.0, "scaleGamma": 0.25},
    "addm_collapse": {"b": 0.2},
}
RELAXATION = {"tinit": 0.5, "dinit": 2.0, "tslope": 1.5, "dslope": 3.0, "tfixedp": 2.5}
COHERENCES = {"tcoh": 0.8, "dcoh": -0.6}
ONSETS = {"tonset": 0.3, "donset": 0.1}
DRIFTS = {
    "gamma_drift": {"shape": 3.0, "scale": 0.2, "c": 1.3},
    "conflict_ds_drift": RELAXATION | COHERENCES,
    "conflict_dsstimflex_drift": RELAXATION | COHERENCES | ONSETS,
    "conflict_stimflex_drift": STIMULI,
    "conflict_stimflexrel1_drift": STIMULI,
    "attend_drift": {"ptarget": 3.0, "pouter": -2.0, "pinner": -1.0, "r": 0.5, "sda": 1.8},
    "attend_drift_simple": {"ptarget": 3.0, "pouter": -2.0, "r": 0.5, "sda": 1.8},
}


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("drift", DRIFTS)
def test_every_boundary_with_every_drift_follows_the_recursion(boundary, drift):
    # without noise there is one path, which the functions of the package give as well
    parameters = BOUNDARIES[boundary] | {
        k: v for k, v in DRIFTS[drift].items() if k not in BOUNDARIES[boundary]
    }
    simulator, theta = model(None, boundary, drift, **parameters)
    config = simulator.config
    height, rate = (
        lambda t, f=config[f], names=config[n]: f(t=t, **{k: theta[k] for k in names})
        for f, n in (("boundary", "boundary_params"), ("drift_fun", "drift_params"))
    )
    x, step = height(0.0) * (2 * theta["z"] - 1), 0
    while step * DT <= MAX_T and abs(x) <= height(step * DT):
        x, step = x + rate(step * DT) * DT, step + 1
    result = simulator.simulate(
        theta, n_samples=3, delta_t=DT, max_t=MAX_T, no_noise=True, method="euler",
        smooth_unif=False,
    )  # fmt: skip
    expected = step * DT if step * DT <= MAX_T else -999.0
    np.testing.assert_allclose(result["rts"], expected, atol=1e-5)
    assert (result["choices"] == np.sign(x)).all()


def own_boundary(t, a, alpha, beta):
    return a * np.exp(-((t / beta) ** alpha))


def own_drift(t, v, shape, scale, c):
    return gamma_drift(t, v, shape, scale, c)


@pytest.mark.parametrize("n_trials", [1, 40])
def test_functions_of_a_user_give_the_samples_of_their_builtin_twins(n_trials):
    theta = {**PLAIN, "alpha": 2.5, "beta": 0.9, "shape": 3.0, "scale": 0.1, "c": 2.0}
    spread = np.linspace(0.8, 1.2, n_trials) if n_trials > 1 else np.ones(1)
    theta = {key: value * spread for key, value in theta.items()}
    own = {
        "boundary": own_boundary,
        "boundary_params": ["a", "alpha", "beta"],
        "drift": own_drift,
        "drift_params": ["v", "shape", "scale", "c"],
    }
    config = model(boundary="weibull_cdf", drift="gamma_drift", **theta)[0].config
    results = [
        simulator.simulate(
            theta, 4000 // n_trials, DT, method="euler", random_state=4, smooth_unif=False
        )
        for simulator in (Simulator(config), Simulator(config, **own))
    ]
    assert np.mean(results[0]["rts"] != results[1]["rts"]) < 2e-3
    assert np.mean(results[0]["choices"] != results[1]["choices"]) < 2e-3


def test_the_bias_of_the_scheme_is_there():
    # a boundary that is looked at every dt stands 0.5826 sqrt(dt) further out; mean (a + that)^2
    ddm = Simulator("ddm")
    result = ddm.simulate([0.0, 1.0, 0.5, 0.0], 40_000, method="euler", random_state=5)
    mean, sd = result["rts"].mean(dtype=float), result["rts"].std(dtype=float)
    assert abs(mean - (1 + 0.5826 * np.sqrt(0.001)) ** 2) < 4 * sd / 200


def test_blur_is_uniform_over_a_step():
    blurred, sides = simulate(arguments={"smooth_unif": True})
    sharp, same_sides = simulate()
    np.testing.assert_array_equal(sides, same_sides)
    shift = (blurred - sharp)[~np.isnan(sharp)] / DT
    assert stats.kstest(shift, "uniform", (-0.5, 1.0)).pvalue > SIGNIFICANCE


def test_blur_decides_about_the_deadline():
    deadline = 0.5  # on the grid: of those who leave at it, half are blurred to before it
    times, _ = simulate(arguments={"smooth_unif": True}, deadline=deadline)
    free, _ = simulate(arguments={"smooth_unif": True})
    np.testing.assert_array_equal(times, np.where(free < deadline, free, np.nan))


def test_trajectory_is_that_of_the_first_sample():
    simulator, theta = model(None, "angle", "gamma_drift", theta=0.3, **DRIFTS["gamma_drift"])
    for seed in range(10):
        result = simulator.simulate(
            theta, n_samples=2, delta_t=DT, max_t=MAX_T, method="euler", random_state=seed,
            smooth_unif=False,
        )  # fmt: skip
        path = result["metadata"]["trajectory"].ravel()
        boundary = result["metadata"]["boundary"]
        last = int(np.sum(path != -999.0)) - 1
        assert (path[last + 1 :] == -999.0).all()
        assert (np.abs(path[:last]) <= boundary[:last]).all()
        assert abs(path[last]) > boundary[last]
        assert np.sign(path[last]) == result["choices"][0, 0]
        assert result["rts"][0, 0] == pytest.approx(last * DT)


def test_metadata_name_the_method():
    result = Simulator("ddm").simulate([0.0, 1.0, 0.5, 0.0], 10, method="euler")
    assert result["metadata"]["method"] == "euler"


def test_leaks_must_fit_the_columns_of_the_drift():
    with pytest.raises(ConfigError, match="one column"):
        simulate(Diffusion(leak=("g", "k")), n=1, g=1.0, k=1.0)
    with pytest.raises(ConfigError, match="two columns"):
        simulate(Diffusion(leak="g"), None, "conflict_stimflexrel1_dual_drift", g=1.0, **STIMULI)


def fingerprints(n_threads=1):
    """Return the hash of the bits of results that take several ways through the kernel."""
    spread = {key: value * np.linspace(0.5, 1.5, 1013) for key, value in PLAIN.items()}
    every = {**spread, "sv": 1.0, "sz": 0.1, "alpha": 1.6, "g": 0.5, "theta": 0.2}
    process = Diffusion(drift_sd="sv", start_halfwidth="sz", stability="alpha", leak="g")
    out = []
    for simulator, theta, n_samples in (
        (Simulator("ddm"), PLAIN, 9001),
        (Simulator("ddm"), spread, 7),
        (
            model(process, "angle", **{k: v for k, v in every.items() if k not in PLAIN})[0],
            every,
            7,
        ),
    ):
        result = simulator.simulate(
            theta, n_samples, delta_t=DT, random_state=3, method="euler", n_threads=n_threads
        )
        out.append(
            hashlib.sha256(result["rts"].tobytes() + result["choices"].tobytes()).hexdigest()
        )
    return out


@pytest.mark.parametrize("n_threads", [2, 3, 7])
def test_any_number_of_threads(n_threads):
    assert fingerprints(n_threads) == fingerprints()


def test_any_instruction_set():
    code = "import test_euler; print(test_euler.fingerprints())"
    here = os.path.dirname(__file__)
    process = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "SSMS_SIMD": "baseline",
            "PYTHONPATH": os.pathsep.join([here, *(entry for entry in sys.path if entry)]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.strip() == str(fingerprints())
