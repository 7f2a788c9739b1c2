"""Training data end to end: whether labels and rows are true."""

import numpy as np
from small_files import S, generate

from reference import models, wiener


def test_likelihood_labels_are_those_of_the_diffusion():
    data = generate(
        pipeline={"n_parameter_sets": 6},
        simulator={"n_samples": 200_000},
        training={"n_samples_per_param": 400, "mixture_probabilities": [1.0, 0.0, 0.0]},
    )
    v, a, z, t, rt, choice = data["lan_data"].astype(float).T
    up, down = (wiener.density(rt - t, side, v, a, a * (2 * z - 1)) for side in (1, -1))
    density = np.where(choice == 1, up, down)
    truth = np.log(np.maximum(density, 1e-30))
    error = np.abs(data["lan_labels"] - truth).reshape(6, 400)
    assert np.median(error) < 0.03
    # where responses begin abruptly a kernel is biased, with any number of simulations
    assert np.all(np.mean(np.minimum(error, 5.0), axis=1) < 0.4)


def test_choice_labels_are_the_choice_probabilities():
    data = generate(pipeline={"n_parameter_sets": 20}, simulator={"n_samples": 20_000})
    v, a, z, _ = data["theta"].astype(float).T
    up = np.array(
        [wiener.choice_probability(1, *x) for x in zip(v, a, a * (2 * z - 1), strict=True)]
    )
    error = 5 * np.sqrt(np.maximum(up * (1 - up), 1e-4) / 20_000)
    for labels in ("cpn_labels", "cpn_no_omission_labels"):
        assert np.all(np.abs(data[labels][:, 0] - up) < error)
    # an omission is no response, whatever its label
    unanswered = data["gonogo_labels"] - (1 - data["cpn_labels"])
    assert np.all((unanswered > -1e-6) & (unanswered < data["opn_labels"] + 1e-6))
    # a slow decision between wide boundaries may take longer than max_t
    late = [omission_probability(*row) for row in data["theta"].astype(float)]
    error = 5 * np.sqrt(np.maximum(late, 1e-4) / 20_000)
    assert np.all(np.abs(data["opn_labels"][:, 0] - late) < error)


def omission_probability(v, a, z, t, max_t=20.0):
    law = models.law("ddm", {"v": v, "a": a, "z": z, "t": t}, max_t=max_t)
    return law.omission(1) + law.omission(-1)


def deadline_probability(theta):
    """Return, for each set, the probability that up, or down, is chosen before the deadline."""
    rows = []
    for v, a, z, t, deadline in theta.astype(float):
        rows.append(
            [
                wiener.distribution(max(deadline - t, 0.0), side, v, a, a * (2 * z - 1))[0]
                for side in (1, -1)
            ]
        )
    return np.array(rows).T


def test_omissions_are_counted_as_omissions():
    data = generate(
        "ddm_deadline",
        seed=3,
        pipeline={"n_parameter_sets": 40},
        simulator={"n_samples": 20_000},
    )
    up, down = deadline_probability(data["theta"])
    assert np.sum((up + down > 0.02) & (up + down < 0.98)) >= 5
    noise = 5 * np.sqrt(0.25 / 20_000)
    np.testing.assert_allclose(data["opn_labels"][:, 0], 1 - up - down, atol=noise)
    np.testing.assert_allclose(data["gonogo_labels"][:, 0], 1 - up, atol=noise)
    often = up + down > 0.3
    given = (up / np.maximum(up + down, 1e-9))[often]
    got = data["cpn_no_omission_labels"][often, 0]
    np.testing.assert_allclose(got, given, atol=2 * noise)
    never = up + down == 0
    assert never.any()
    assert np.all(data["opn_labels"][never] == 1)
    assert np.all(data["cpn_no_omission_labels"][never] == 0.5)


def test_histograms_count_every_observed_response():
    data = generate("ddm_deadline", pipeline={"n_parameter_sets": 10})
    observed = np.rint(300 * (1 - data["opn_labels"][:, 0]))
    for key in ("binned_128", "binned_256"):
        np.testing.assert_array_equal(data[key].sum(axis=(1, 2)), observed)


def test_likely_rows_are_responses_before_the_deadline():
    data = generate(
        "ddm_deadline", pipeline={"n_parameter_sets": 60}, simulator={"n_samples": 3000}
    )
    rows = data["lan_data"].reshape(60, S, -1)
    seldom = data["opn_labels"][:, 0] < 0.5
    # 80 % of the rows follow the estimate, whose kernel reaches a little beyond the deadline
    late = np.mean(rows[seldom, :, 5] > 1.2 * rows[seldom, :, 4])
    assert late < 0.13
