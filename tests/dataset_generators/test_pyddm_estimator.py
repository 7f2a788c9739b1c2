"""Training data whose likelihoods PyDDM computes."""

import numpy as np
import pytest

import ssms
from ssms.config import get_default_generator_config, model_config
from ssms.dataset_generators.estimator_builders import (
    PyDDMEstimatorBuilder,
    create_estimator_builder,
)
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
from ssms.dataset_generators.likelihood_estimators import PyDDMLikelihoodEstimator
from ssms.dataset_generators.pipelines import PyDDMPipeline, create_data_generation_pipeline
from ssms.errors import GenerationError

THETA = {"v": 0.8, "a": 1.1, "z": 0.4, "t": 0.3}


def config(model="ddm", **sections):
    out = get_default_generator_config("lan", model=model)
    out["estimator"]["type"] = "pyddm"
    out["pipeline"].update(n_parameter_sets=3, n_cpus=1)
    out["training"].update(n_samples_per_param=200)
    out["simulator"].update(max_t=6.0)
    for section, values in sections.items():
        out[section].update(values)
    return out


@pytest.fixture(scope="module")
def estimator():
    pytest.importorskip("pyddm")
    builder = create_estimator_builder(config(), model_config["ddm"])
    assert isinstance(builder, PyDDMEstimatorBuilder)
    return builder.build(THETA)


def test_densities_are_those_of_the_law(estimator):
    rts, choices = np.repeat(np.linspace(0.5, 3.0, 40), 2), np.tile([-1, 1], 40)
    exact = ssms.densities.logpdf("ddm", THETA, rts, choices)
    np.testing.assert_allclose(estimator.evaluate(rts, choices), exact, atol=0.03)
    outside = estimator.evaluate([0.2, -1.0, 50.0], [1, 1, -1])
    np.testing.assert_allclose(outside, -66.77497, atol=1e-3)


def test_samples_follow_the_density(estimator):
    drawn = estimator.sample(20_000, 1)
    assert drawn["rts"].shape == drawn["choices"].shape == (20_000,)
    again = estimator.sample(20_000, 1)
    np.testing.assert_array_equal(drawn["rts"], again["rts"])
    share = float(ssms.densities.choice_probability("ddm", THETA, 1))
    assert (drawn["choices"] == 1).mean() == pytest.approx(share, abs=4 * 0.5 / np.sqrt(20_000))
    for choice in (-1, 1):
        for q in (0.1, 0.5, 0.9):
            at = np.quantile(drawn["rts"][drawn["choices"] == choice], q)
            p = float(ssms.densities.cdf("ddm", THETA, at, choice))
            total = share if choice == 1 else 1 - share
            assert p / total == pytest.approx(q, abs=0.02)
    facts = estimator.get_metadata()
    assert (facts["possible_choices"], facts["n_choices"]) == ([-1, 1], 2)
    assert facts["max_t"] > 1 > facts["dt"] > 0


def test_a_file_of_training_data():
    pytest.importorskip("pyddm")
    generator = TrainingDataGenerator(config(output={"binned": []}), seed=1)
    assert isinstance(generator._generation_pipeline, PyDDMPipeline)
    data = generator.generate_data_training()
    assert data["lan_data"].shape == (600, 6)
    assert np.isfinite(data["lan_labels"]).all()
    assert data["generator_config"]["estimator"]["type"] == "pyddm"
    for i, row in enumerate(data["theta"]):
        theta = dict(zip("vazt", map(float, row), strict=True))
        exact = [float(ssms.densities.choice_probability("ddm", theta, c, max_t=6.0))
                 for c in (-1, 1)]  # fmt: skip
        assert data["cpn_labels"][i, 0] == pytest.approx(exact[1], abs=2e-3)
        assert data["opn_labels"][i, 0] == pytest.approx(max(0.0, 1 - sum(exact)), abs=2e-3)


def test_linear_interpolation(estimator):
    builder = create_estimator_builder(
        config(estimator={"pdf_interpolation": "linear"}), model_config["ddm"]
    )
    linear = builder.build(THETA)
    assert linear.interpolation == "linear"
    rts = np.linspace(0.5, 2.0, 7)
    np.testing.assert_allclose(
        linear.evaluate(rts, np.ones(7)), estimator.evaluate(rts, np.ones(7)), atol=1e-3
    )


def test_a_set_without_responses_is_drawn_again():
    pytest.importorskip("pyddm")
    settings = config(simulator={"max_t": 0.05}, estimator={"max_undecided_prob": 0.001})
    builder = create_estimator_builder(settings, model_config["ddm"])
    with pytest.raises(GenerationError, match=r"above estimator\.max_undecided_prob, 0\.001"):
        builder.build(THETA)
    settings["pipeline"]["n_parameter_sets_rejected"] = 2
    settings["pipeline"]["simulation_filters"] = {}
    pipeline = create_data_generation_pipeline(settings, model_config["ddm"])
    result = pipeline.generate_for_parameter_set(1, 1)
    assert not result["success"]
    assert "estimator 3 times" in result["error"]


def test_what_pyddm_cannot_express_is_refused_before_any_work():
    pytest.importorskip("pyddm")
    for model, words in [("race_3", "a race"), ("levy", "noise"), ("ddm_sdv", "'sv'")]:
        with pytest.raises(ValueError, match=f"PyDDM cannot express.*{words}"):
            TrainingDataGenerator(config(model))
    with pytest.raises(ValueError, match=r"lower bound of 'theta'.*opens"):
        TrainingDataGenerator(config("angle"))


def test_settings_of_other_types_are_refused():
    pytest.importorskip("pyddm")
    with pytest.raises(ValueError, match="displace_t"):
        TrainingDataGenerator(config(estimator={"displace_t": True}))
    for name, value in [("pdf_interpolation", "linear"), ("max_undecided_prob", 0.2)]:
        with pytest.raises(ValueError, match=f"{name}.*'pyddm'.*'kde'"):
            TrainingDataGenerator(config(estimator={"type": "kde", name: value}))


def test_without_pyddm(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyddm", None)
    with pytest.raises(ImportError, match="pip install"):
        TrainingDataGenerator(config())


class Solution:
    """A solution of PyDDM by hand."""

    def pdf(self, boundary):
        return np.array([0.0, 1.0, 0.0]) * (0.75 if boundary == "correct" else 0.25)

    def prob(self, boundary):
        return 0.6 if boundary == "correct" else 0.2


def test_an_estimator_of_any_solution():
    estimator = PyDDMLikelihoodEstimator(Solution(), [0.0, 1.0, 2.0], interpolation="linear")
    np.testing.assert_allclose(np.exp(estimator.evaluate([0.5, 1.0], [1, -1])), [0.375, 0.25])
    np.testing.assert_allclose(estimator.choice_probabilities, [0.2, 0.6])
    assert estimator.omission_probability == pytest.approx(0.2)
    drawn = estimator.sample(1000, 1)
    assert (drawn["choices"] == 1).mean() == pytest.approx(0.75, abs=0.06)
