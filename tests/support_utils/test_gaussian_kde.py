"""The kernel sum against its definition: bulk, edges, gaps, far tails, and a cut to an interval."""

import pickle

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import kstest, norm

from ssms.support_utils.gaussian_kde import GaussianKDE


def direct_sum(sample, bandwidth, x):
    kernels = norm.logpdf(np.asarray(x)[:, None], loc=np.asarray(sample), scale=bandwidth)
    return logsumexp(kernels, axis=1) - np.log(len(sample))


def skewed_sample(n, seed=0):
    rng = np.random.default_rng(seed)
    return np.log(0.3 + rng.wald(1.0, 2.0, size=n))


@pytest.mark.parametrize("n", [2, 128, 129, 1000, 20_000])
def test_within_1e_5_nats_of_the_direct_sum_in_the_bulk(n):
    sample = skewed_sample(n)
    kde = GaussianKDE(sample, 1.06 * sample.std() * n**-0.2)
    x = np.concatenate([sample[:300], np.linspace(sample.min(), sample.max(), 300)])
    assert np.max(np.abs(kde.score_samples(x) - direct_sum(sample, kde.bandwidth, x))) < 1e-5


@pytest.mark.parametrize("n", [200, 5000])
def test_tails_far_below_the_maximum_are_right(n):
    sample = skewed_sample(n)
    h = 0.05
    reach = np.linspace(0, 30, 301) * h  # exp(-30²/2) is 1e-195: an FFT would return noise
    x = np.concatenate([sample.min() - reach, sample.max() + reach])
    expected = direct_sum(sample, h, x)
    error = np.abs(GaussianKDE(sample, h).score_samples(x) - expected)
    assert np.max(error[expected > -30]) < 1e-5
    assert np.max(error) < 1e-4


def test_a_gap_between_two_clusters_is_right():
    rng = np.random.default_rng(3)
    sample = np.concatenate([rng.normal(0, 0.1, 4000), [5.0], rng.normal(9, 0.1, 500)])
    h = 0.2
    x = np.linspace(-1, 10, 800)
    error = np.abs(GaussianKDE(sample, h).score_samples(x) - direct_sum(sample, h, x))
    assert np.max(error) < 1e-4


def test_one_sample_is_the_kernel_itself():
    x = np.linspace(-40, 40, 81)
    np.testing.assert_allclose(
        GaussianKDE([0.5], 2.0).score_samples(x), norm.logpdf(x, 0.5, 2.0), rtol=1e-13
    )


def test_identical_samples_with_a_tiny_bandwidth():
    h = 1e-4
    x = 1.0 + np.array([-5.0, 0.0, 0.3, 8.0]) * h
    kde = GaussianKDE(np.full(1000, 1.0), h)
    np.testing.assert_allclose(kde.score_samples(x), norm.logpdf(x, 1.0, h), atol=1e-5)


def test_a_tiny_bandwidth_over_a_wide_range_does_not_exhaust_memory():
    sample = np.linspace(0, 1e4, 500)
    x = np.array([0.0, sample[7] + 1e-3])
    error = GaussianKDE(sample, 1e-3).score_samples(x) - direct_sum(sample, 1e-3, x)
    assert np.max(np.abs(error)) < 1e-9


def test_a_point_has_the_same_value_alone_and_in_company():
    sample = skewed_sample(1000)
    kde = GaussianKDE(sample, 0.1)
    x = np.linspace(-3, 3, 50)
    alone = [kde.score_samples([point])[0] for point in x]
    np.testing.assert_array_equal(alone, kde.score_samples(x))


def test_the_density_integrates_to_one():
    kde = GaussianKDE(skewed_sample(3000), 0.05)
    x = np.linspace(-4, 5, 20_001)
    assert np.trapezoid(np.exp(kde.score_samples(x)), x) == pytest.approx(1.0, abs=1e-6)


def test_floor_only_drops_what_lies_below_it():
    sample = skewed_sample(500)
    kde = GaussianKDE(sample, 0.05)
    x = sample.max() + np.linspace(0, 20, 100) * 0.05
    exact, floored = kde.score_samples(x), kde.score_samples(x, floor=-80.0)
    np.testing.assert_array_equal(floored[exact >= -80.0], exact[exact >= -80.0])
    assert np.all(floored[exact < -80.0] < -80.0)


def test_draws_follow_the_estimate():
    kde = GaussianKDE([0.0, 4.0], 0.5)
    drawn = kde.sample(20_000, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(2.0, abs=0.05)
    assert drawn.std() == pytest.approx(np.hypot(2.0, 0.5), abs=0.03)


@pytest.mark.parametrize(
    ("sample", "bandwidth"), [([], 1.0), ([np.nan], 1.0), ([1.0], 0.0), ([1.0], np.inf)]
)
def test_impossible_input_is_refused(sample, bandwidth):
    with pytest.raises(ValueError, match="must be"):
        GaussianKDE(sample, bandwidth)


@pytest.mark.parametrize("n", [3, 500])
@pytest.mark.parametrize("ends", [(0.1, np.inf), (np.inf, 0.2), (0.05, 0.3), (0.0, 0.0)])
def test_a_cut_density_is_the_sum_scaled_by_its_mass_inside(n, ends):
    sample = skewed_sample(n)
    support = sample.min() - ends[0], sample.max() + ends[1]
    kde = GaussianKDE(sample, 0.2, support)
    x = np.linspace(max(support[0], -1.7), min(support[1], 2.7), 201)
    below, above = (norm.cdf((edge - sample) / 0.2).mean() for edge in support)
    expected = direct_sum(sample, 0.2, x) - np.log(above - below)
    assert np.max(np.abs(kde.score_samples(x) - expected)) < 1e-5
    outside = np.array([support[0] - 1e-9, support[1] + 1e-9, -50.0, 50.0])
    outside = outside[(outside < support[0]) | (outside > support[1])]
    assert np.all(kde.score_samples(outside) == -np.inf)


def test_draws_of_a_cut_density_follow_it():
    kde = GaussianKDE([0.0, 1.0], 1.0, (-0.2, 1.5))
    drawn = kde.sample(20_000, np.random.default_rng(4))
    x = np.linspace(-0.2, 1.5, 2001)
    law = np.cumsum(np.exp(kde.score_samples(x))) * (x[1] - x[0])
    assert kstest(drawn, lambda at: np.interp(at, x, law / law[-1])).pvalue > 1e-3
    assert -0.2 <= drawn.min() < -0.19
    assert 1.49 < drawn.max() <= 1.5


def test_a_pickled_density_is_the_same():
    kde = GaussianKDE(skewed_sample(100), 0.1, (-2.0, np.inf))
    again = pickle.loads(pickle.dumps(kde))
    x = np.linspace(-3, 3, 50)
    np.testing.assert_array_equal(again.score_samples(x), kde.score_samples(x))


def test_a_sample_outside_the_support_is_refused():
    with pytest.raises(ValueError, match="support must be an interval around"):
        GaussianKDE([0.0, 1.0], 1.0, (0.5, 2.0))
