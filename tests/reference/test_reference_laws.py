"""Laws of the models: known for each, the same from two solvers, and what deviations measure."""

import numpy as np
import pytest

from reference import agreement, integral_equation, laws, wiener

ANGLE = {"v": 0.7, "a": 1.2, "z": 0.4, "t": 0.3, "theta": 0.5}
STIMULI = {"v": 0.3, "a": 1.2, "z": 0.4, "t": 0.0, "vt": 3.0, "vd": 4.0, "tcoh": 0.8,
           "dcoh": -0.9, "tonset": 0.25, "donset": 0.1, "toffset": 0.5, "doffset": 0.3}  # fmt: skip


def assert_same(one, other, tolerance):
    rts = np.linspace(0, min(one.end, other.end), 500)
    for side in agreement.SIDES:
        np.testing.assert_allclose(one.cdf(rts, side), other.cdf(rts, side), atol=tolerance)


@pytest.mark.parametrize("s", [1.0, 0.5])
@pytest.mark.parametrize("theta", [0.5, -0.1])
def test_a_linear_boundary_has_one_law_from_density_and_integral_equation(theta, s):
    theta = ANGLE | {"theta": theta, "g": 0.0}
    assert_same(laws.law("angle", theta, s), laws.law("ornstein_angle", theta, s), 1e-5)


def test_a_leaky_process_without_leak_has_the_law_of_the_diffusion():
    theta = {"v": 0.7, "a": 1.2, "z": 0.4, "t": 0.3, "g": 0.0}
    solved, exact = laws.law("ornstein", theta, 2.0), laws.law("ddm", theta, 2.0)
    rts = np.linspace(0, solved.end, 500)
    for side in agreement.SIDES:
        np.testing.assert_allclose(solved.cdf(rts, side), exact.cdf(rts, side), atol=1e-5)
    end = solved.end - 0.3
    left = sum(wiener.distribution(np.array([end]), side, 0.35, 0.6, -0.12) for side in (1, -1))
    assert solved.probability(1) + solved.probability(-1) == pytest.approx(left[0], abs=1e-5)
    # the mean of the smaller of time and end, from the distribution function
    grid = np.linspace(0, end, 20_001)
    left = sum(wiener.distribution(grid, side, 0.35, 0.6, -0.12) for side in (1, -1))
    assert solved.mean == pytest.approx(0.3 + np.trapezoid(1 - left, grid), abs=1e-5)


def test_parts_that_leak_alike_are_one_process_drawn_to_its_start():
    leak = 2.0
    theta = STIMULI | {"gt": leak, "gd": leak}
    law = laws.law("conflict_stimflexrel1_leak2", theta)
    # in the middle the start is what is leaked to
    middle = theta | {"z": 0.5, "v": 0.0}
    one = laws.law("conflict_stimflexrel1_leak", middle | {"g": leak})
    assert_same(laws.law("conflict_stimflexrel1_leak2", middle), one, 1e-9)
    assert abs(law.mean - one.mean) > 0.01
    with pytest.raises(ValueError, match="not known"):
        laws.law("conflict_stimflexrel1_leak2", theta | {"gd": 1.0})


@pytest.mark.parametrize(
    ("model", "theta"),
    [
        # boundaries that fall fast: the end must not lie where the mesh would be wasted
        ("weibull", {"v": -0.4, "a": 2.38, "z": 0.27, "t": 1.3, "alpha": 2.97, "beta": 5.37}),
        ("weibull", {"v": 0.3, "a": 1.2, "z": 0.005, "t": 0.0, "alpha": 0.31, "beta": 0.31}),
        ("conflict_stimflexrel1_leak", STIMULI | {"g": 1.0}),
    ],
)
def test_a_finer_mesh_does_not_change_a_law(model, theta):
    coarse, fine = (laws.law(model, theta, mesh_size=size) for size in (1400, 2800))
    assert_same(coarse, fine, 2e-5)
    assert coarse.mean == pytest.approx(fine.mean, abs=5e-5)
    assert coarse.probability(1) + coarse.probability(-1) == pytest.approx(0.998, abs=0.002)


def test_deviations_show_a_shift_a_share_and_who_is_late():
    law = laws.law("angle", ANGLE)
    rng, n = np.random.default_rng(1), 100_000
    grid = np.linspace(0.3, law.end, 20_000)
    passed = {side: law.cdf(grid, side) for side in agreement.SIDES}
    u, up = rng.random(n), law.probability(1)
    rts, sides = np.full(n, agreement.OMITTED), np.where(u < up, 1, -1)
    rts[u < up] = np.interp(u[u < up], passed[1], grid)
    lower = (u >= up) & (u < up + law.probability(-1))
    rts[lower] = np.interp(u[lower] - up, passed[-1], grid)
    found = agreement.deviations(rts, sides, law)
    assert abs(found.mean) < 4.5 * found.mean_noise
    for side in agreement.SIDES:
        assert abs(found.share[side]) < 4.5 * found.share_noise[side]
    assert found.ks < 2.2 / np.sqrt(n)
    # a response after the end is as good as none
    late = np.where(rts == agreement.OMITTED, law.end + 1, rts)
    assert agreement.deviations(late, sides, law) == found
    shifted = agreement.deviations(np.where(rts > 0, rts + 0.05, rts), sides, law)
    assert shifted.mean - found.mean == pytest.approx(0.05, rel=0.02)
    assert shifted.ks > 0.02
    swapped = agreement.deviations(rts, np.where(rng.random(n) < 0.1, -sides, sides), law)
    assert abs(swapped.share[1]) > 0.01


def test_every_law_of_the_integral_equation_takes_noise(monkeypatch):
    seen = []
    solve = integral_equation.extrapolated

    def spy(*args):
        seen.append(args[-1])
        return solve(*args)

    monkeypatch.setattr(integral_equation, "extrapolated", spy)
    laws.law("ornstein", ANGLE | {"g": 1.0}, 0.7, mesh_size=100)
    assert set(seen) == {0.7}
