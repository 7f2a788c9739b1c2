"""Races against laws found independently, and against small steps extrapolated.

A distance of joint distribution functions may reach what noise reaches once in 10^6 comparisons,
plus the error of the law itself, which two grids show.
"""

import numpy as np
import pytest

from reference.race import (
    RaceLaw,
    bridge_race,
    distance,
    noise_of_distance,
    plain_race,
    reflected_survival,
    wald_survival,
)
from ssms import Simulator
from ssms.config.catalogue.racing import lca, race

MAX_LAW_ERROR = 5e-4


def theta_of(drift, **others):
    return {f"v{i}": v for i, v in enumerate(drift)} | others | {"t": 0.0}


def simulate(model, theta, n, **options):
    """Return decision times (inf: omitted) and winners."""
    out = Simulator(model).simulate(theta, n_samples=n, random_state=11, **options)
    times = out["rts"].ravel().astype(float)
    return np.where(times < 0, np.inf, times), out["choices"].ravel()


def reflected_law(drift, height, start, theta, end, s=1.0, grids=((300, 700), (150, 350))):
    """Return the law of accumulators with a floor on two grids."""
    noise = np.broadcast_to(s, len(drift))
    laws = []
    for cells, steps in grids:
        times = end * np.linspace(0, 1, steps + 1) ** 2.5
        laws.append(
            RaceLaw(
                times,
                np.array(
                    [
                        reflected_survival(
                            v, lambda t: height - np.tan(theta) * t, z * height, times, own, cells
                        )
                        for v, z, own in zip(drift, start, noise, strict=True)
                    ]
                ),
            )
        )
    return laws


def compare(times, winners, laws, end, n_accumulators):
    fine, coarse = laws
    n, early = times.size, times < end
    for i in range(n_accumulators):
        own_error = np.abs(fine.cdf(fine.times, i) - coarse.cdf(fine.times, i)).max()
        assert own_error < MAX_LAW_ERROR
        found = distance(times[early], winners[early], fine, n, i)
        assert found < noise_of_distance(n) + own_error


RACES = [
    ("race_2", (1.0, 0.5), 2.0, (0.5, 0.2), 0.0, 8.0, 1.0),
    ("race_3", (1.0, 0.5, 2.0), 1.5, (0.5, 0.2, 0.0), 0.0, 5.0, 1.0),
    ("race_3", (1.0, 0.5, 2.0), 1.5, (0.5, 0.2, 0.0), 0.0, 5.0, (0.6, 1.0, 1.7)),
    ("race_2", (2.5, 2.5), 1.0, (0.0, 0.0), 0.0, 4.0, 1.0),
    ("race_2", (-2.5, -1.0), 1.0, (0.5, 0.2), 0.0, 15.0, 1.0),
    ("race_3", (1.0, 0.5, 2.0), 1.5, (0.5, 0.2, 0.0), 0.5, 2.7, 1.0),
    ("race_2", (0.0, 0.0), 3.0, (0.0, 0.2), 1.45, 0.36, 1.0),
    ("race_2", (0.5, 0.0), 1.0, (0.5, 0.2), -0.1, 6.0, 1.0),
]


@pytest.mark.parametrize("case", RACES[:3])
def test_a_race_follows_the_product_of_its_reflected_laws(case):
    check_race(case, 200_000)


@pytest.mark.slow
@pytest.mark.parametrize("case", RACES)
def test_a_race_follows_the_product_of_its_reflected_laws_to_a_millionth(case):
    check_race(case, 1_000_000)


def check_race(case, n):
    model, drift, height, start, angle, end, s = case
    theta = theta_of(drift, a=height) | {f"z{i}": z for i, z in enumerate(start)}
    theta |= {f"s{i}": x for i, x in enumerate(np.broadcast_to(s, len(drift)).tolist())}
    simulator = Simulator(model, boundary="angle") if angle else Simulator(model)
    if angle:
        theta["theta"] = angle
    out = simulator.simulate(theta, n_samples=n, random_state=5)
    times = out["rts"].ravel().astype(float)
    times[times < 0] = np.inf
    laws = reflected_law(drift, height, start, angle, end, s)
    compare(times, out["choices"].ravel(), laws, end, len(drift))


def test_six_accumulators_of_ones_own_follow_their_law():
    drift, start = (1.0, 0.5, 2.0, 0.0, 1.5, 0.8), (0.5, 0.2, 0.0, 0.4, 0.1, 0.3)
    theta = theta_of(drift, a=1.5) | {f"z{i}": z for i, z in enumerate(start)}
    times, winners = simulate(race(6).config(), theta, 200_000)
    compare(times, winners, reflected_law(drift, 1.5, start, 0.0, 5.0), 5.0, 6)


def test_five_coupled_accumulators_of_ones_own_agree_with_small_steps():
    drift, start = (1.0, 0.5, 2.0, 0.0, 1.5), (0.5, 0.2, 0.0, 0.4, 0.1)
    theta = theta_of(drift, a=1.5, g=0.7, b=0.4) | {f"z{i}": z for i, z in enumerate(start)}
    small = bridge_race(
        20_000, drift, lambda t: 1.5, 1.5 * np.array(start), dt=0.01, max_t=20.0,
        rng=np.random.default_rng(2), leak=0.7, inhibition=0.4,
    )  # fmt: skip
    check_alike(*simulate(lca(5).config(), theta, 20_000), *small)


RACING = [
    ((1.0, 0.5, 2.0), 0.5, 1.5, 0.0),
    ((0.0, 0.0, 2.5), 1.0, 0.5, 0.0),  # starts beyond the boundary
    ((-1.0, -0.5, 0.3), 0.5, 1.0, 0.0),  # some never pass
    ((-1.0, 0.5, -2.0), 0.3, 1.0, 0.4),
    ((0.5, 0.2, 1.0), 0.3, 1.0, -0.3),
]


@pytest.mark.parametrize("method", ["exact", "bridge"])
@pytest.mark.parametrize("case", RACING)
def test_a_racing_diffusion_follows_the_inverse_gaussian_law(case, method):
    drift, start_range, height, angle = case
    theta = theta_of(drift, A=start_range)
    simulator = Simulator("racing_diffusion_3", **({"boundary": "angle"} if angle else {}))
    theta |= {"a": height, "theta": angle} if angle else {"b": height}
    n = 200_000
    out = simulator.simulate(theta, n_samples=n, random_state=5, method=method, max_t=20)
    times, winners = out["rts"].ravel().astype(float), out["choices"].ravel()
    omitted = times < 0
    assert (winners[omitted] == -1).all()
    assert (winners[~omitted] >= 0).all()
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 20.0, 3000)])
    passed = [wald_survival(v, height, start_range, grid, slope=np.tan(angle)) for v in drift]
    law = RaceLaw(grid, np.array(passed))
    missing = np.prod(law.survival[:, -1])
    assert abs(omitted.mean() - missing) < 5 * np.sqrt(max(missing, 1e-6) / n)
    late = times > 1e-5  # starts beyond the boundary: the largest wins, at once
    if start_range <= height:
        for i in range(3):
            found = distance(times[~omitted], winners[~omitted], law, n, i)
            assert found < noise_of_distance(n) + 2e-4
    else:
        at_once = 1.0 - (height / start_range) ** 3
        share = np.mean(~late & ~omitted)
        assert abs(share - at_once) < 5 * np.sqrt(at_once * (1 - at_once) / n)


@pytest.mark.parametrize("boundary", ["weibull_cdf", "generalized_logistic", "conflict_gamma"])
def test_races_toward_curved_boundaries_agree_with_small_steps(boundary):
    simulator = Simulator("race_2", boundary=boundary)
    theta = theta_of((0.8, 1.5), z0=0.2, z1=0.4)
    for name in simulator.params:
        usual = {"a": 1.2, "alpha": 2.5, "beta": 0.9, "B": 2.0, "M": 1.0, "v": 0.5, "theta": 0.3}
        gamma = {"scale": 0.5, "alphaGamma": 2.0, "scaleGamma": 0.25}
        theta.setdefault(name, (usual | gamma).get(name, 0.0))
    curve = simulator.config["boundary"]
    values = {name: theta[name] for name in simulator.config["boundary_params"]}
    start = [theta[f"z{i}"] * float(curve(0.0, **values)) for i in (0, 1)]
    n = 20_000
    out = simulator.simulate(theta, n_samples=n, random_state=3)
    times, winners = bridge_race(
        n,
        (0.8, 1.5),
        lambda t: float(curve(t, **values)),
        start,
        dt=0.005,
        max_t=20.0,
        rng=np.random.default_rng(4),
    )
    check_alike(out["rts"].ravel(), out["choices"].ravel(), times, winners)


def check_alike(rts, choices, times, winners):
    """Two samples of one size: means and shares differ by no more than their noise allows."""
    noise = np.sqrt((rts.var() + times.var()) / rts.size)
    assert abs(rts.mean() - times.mean()) < 4.9 * noise
    for label in np.unique(winners):
        p, q = np.mean(choices == label), np.mean(winners == label)
        assert abs(p - q) < 4.9 * np.sqrt((p * (1 - p) + q * (1 - q)) / rts.size)


LCA = [
    ((1.0, 0.5, 2.0), 1.5, (0.5, 0.2, 0.0), 1.0, 1.0),
    ((1.0, 0.5, 0.0), 2.0, (0.5, 0.3, 0.1), -1.0, -1.0),
    ((1.0, 0.5, 0.0), 1.5, (0.0, 0.0, 0.0), 1.0, -1.0),
    ((1.0, 0.5, 0.2), 1.0, (0.9, 0.0, 0.0), -1.0, 1.0),
]


@pytest.mark.parametrize("case", LCA)
def test_coupled_accumulators_agree_with_small_steps(case):
    drift, height, start, leak, inhibition = case
    theta = theta_of(drift, a=height, g=leak, b=inhibition)
    theta |= {f"z{i}": z for i, z in enumerate(start)}
    times, winners = simulate("lca_3", theta, 20_000)
    small = bridge_race(
        20_000,
        drift,
        lambda t: height,
        np.array(start) * height,
        dt=0.01,
        max_t=20.0,
        rng=np.random.default_rng(8),
        leak=leak,
        inhibition=inhibition,
    )
    check_alike(times, winners, *small)


def test_without_leak_and_inhibition_coupled_accumulators_are_a_race():
    theta = theta_of((1.0, 0.5, 2.0), a=1.5, z0=0.5, z1=0.2, z2=0.0)
    n = 200_000
    times, winners = simulate("lca_3", theta | {"g": 0.0, "b": 0.0}, n)
    laws = reflected_law((1.0, 0.5, 2.0), 1.5, (0.5, 0.2, 0.0), 0.0, 5.0)
    compare(times, winners, laws, 5.0, 3)


def test_the_plain_scheme_is_the_plain_scheme():
    theta = theta_of((1.0, 0.5, 2.0), a=1.5, z0=0.5, z1=0.2, z2=0.0, g=0.5, b=0.8)
    times, winners = simulate(
        "lca_3", theta, 20_000, method="euler", delta_t=0.01, smooth_unif=False
    )
    twin = plain_race(
        20_000,
        (1.0, 0.5, 2.0),
        lambda t: 1.5,
        np.array([0.75, 0.3, 0.0]),
        dt=0.01,
        max_t=20.0,
        rng=np.random.default_rng(9),
        leak=0.5,
        inhibition=0.8,
    )
    check_alike(times, winners, *twin)
    steps = times / 0.01
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-3)
