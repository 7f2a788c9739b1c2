"""Training data from exact likelihoods: labels, probabilities, rows, and what is refused."""

import numpy as np
import pytest

from ssms import densities
from ssms.basic_simulators.simulator_class import Simulator
from ssms.config import get_default_generator_config, model_config
from ssms.config.constants import MIN_LOG_DENSITY
from ssms.dataset_generators.estimator_builders import (
    ExactEstimatorBuilder,
    KDEEstimatorBuilder,
    create_estimator_builder,
)
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
from ssms.dataset_generators.likelihood_estimators import ExactLikelihoodEstimator
from ssms.dataset_generators.streams import SetSeeds
from ssms.errors import ConfigError, GenerationError

K, S, MAX_T = 3, 200, 20.0
KINDS = ("cpn", "cpn_no_omission", "opn", "gonogo")


def config(model="ddm", alone=True, **sections):
    """Return a small configuration; `alone`: without filters and histograms."""
    small = get_default_generator_config("lan", model=model)
    small["pipeline"].update(n_parameter_sets=K, n_cpus=1)
    small["training"].update(n_samples_per_param=S)
    small["simulator"].update(n_samples=300)
    small["estimator"]["type"] = "exact"
    if alone:
        small["pipeline"]["simulation_filters"] = {}
        small["output"]["binned"] = []
    for section, values in sections.items():
        small[section].update(values)
    return small


def generate(model="ddm", seed=1, alone=True, **sections):
    return TrainingDataGenerator(
        config(model, alone, **sections), seed=seed
    ).generate_data_training()


def arrays(data):
    return {key: value for key, value in data.items() if isinstance(value, np.ndarray)}


def same(one, other):
    one, other = arrays(one), arrays(other)
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)


def no_simulations(monkeypatch):
    """Let the pipeline fail where it simulates; draws of rows stay possible."""
    from ssms.dataset_generators.pipelines.simulation_pipeline import SimulationPipeline

    def fail(*_):
        raise AssertionError("simulated")

    monkeypatch.setattr(SimulationPipeline, "_simulate", fail)


@pytest.mark.parametrize(
    "model",
    [
        "ddm",
        "full_ddm",
        "angle_deadline",
        "weibull",
        "lba2",
        "race_3",
        "race_no_bias_angle_2",
        "ddm_par2",
        "ddm_seq2_weibull_no_bias",
    ],
)
def test_labels_and_probabilities_are_those_of_the_law(model, monkeypatch):
    no_simulations(monkeypatch)
    small = {"n_parameter_sets": 2}
    data = generate(model, pipeline=small, training={"n_samples_per_param": 40})
    assert not any(key.startswith("binned") for key in data)
    n, choices = len(model_config[model]["params"]), model_config[model]["choices"]
    for theta, rows, labels in zip(
        data["theta"], np.split(data["lan_data"], 2), np.split(data["lan_labels"], 2), strict=True
    ):
        rt, choice = rows[:, n].astype(float), rows[:, n + 1].astype(int)
        possible = rt > 1e-4
        expected = densities.logpdf(
            model, theta.astype(float), rt[possible], choice[possible], max_t=MAX_T
        )
        expected = np.maximum(expected, MIN_LOG_DENSITY)
        np.testing.assert_allclose(labels[possible], expected, rtol=1e-6, atol=1e-6)
        assert (labels[~possible] == np.float32(-66.77497)).all()
    for theta, *found in zip(data["theta"], *(data[f"{k}_labels"] for k in KINDS), strict=True):
        chosen, among, omitted, nogo = found
        theta = theta.astype(float)
        p = densities.choice_probability(model, theta, choices, max_t=MAX_T)
        omission = densities.omission_probability(model, theta, max_t=MAX_T)
        shown = slice(1, 2) if len(choices) == 2 else slice(None)
        np.testing.assert_allclose(chosen, p[shown], rtol=1e-6, atol=1e-7)
        given = p / p.sum() if p.sum() else np.full(p.size, 1 / p.size)
        np.testing.assert_allclose(among, given[shown], rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(omitted, omission, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(nogo, 1.0 - p[-1], rtol=1e-6, atol=1e-7)


def test_choices_without_response_times_have_exact_probabilities(monkeypatch):
    no_simulations(monkeypatch)
    data = generate("inv_temp_softmax_3")
    assert set(arrays(data)) == {
        "cpn_data", "cpn_labels", "cpn_no_omission_data", "cpn_no_omission_labels", "gonogo_data",
        "gonogo_labels", "theta",
    }  # fmt: skip
    expected = densities.choice_probability(
        "inv_temp_softmax_3", data["theta"].astype(float), np.array([[0, 1, 2]])
    )
    np.testing.assert_allclose(data["cpn_labels"], expected, rtol=1e-6)


@pytest.mark.parametrize("model", ["ddm", "weibull_deadline"])
def test_rows_are_drawn_from_the_law(model):
    theta = {"v": 0.6, "a": 1.2, "z": 0.45, "t": 0.3, "alpha": 2.0, "beta": 1.5, "deadline": 1.2}
    theta = {name: theta[name] for name in model_config[model]["params"]}
    n = 20_000
    drawn = ExactLikelihoodEstimator(Simulator(model), theta, MAX_T).sample(n, 1)
    assert drawn["rts"].shape == drawn["choices"].shape == (n,)
    total = densities.choice_probability(model, theta, [-1, 1], max_t=MAX_T)
    for choice, share in zip([-1, 1], total / total.sum(), strict=True):
        rts = np.sort(drawn["rts"][drawn["choices"] == choice]).astype(float)
        assert abs(rts.size / n - share) < 5 * np.sqrt(share * (1 - share) / n)
        grid = np.linspace(0, 1, rts.size, endpoint=False)
        expected = densities.cdf(model, theta, rts[::97], choice, max_t=MAX_T)
        found = expected / densities.choice_probability(model, theta, choice, max_t=MAX_T)
        assert np.abs(found - grid[::97]).max() < 2.0 / np.sqrt(rts.size)


def test_rows_where_hardly_any_trial_has_a_response_are_spread_over_the_support():
    theta = {"v": 0.0, "a": 2.0, "z": 0.5, "t": 0.5, "deadline": 0.55}
    estimator = ExactLikelihoodEstimator(Simulator("ddm_deadline"), theta, MAX_T)
    assert estimator.omission_probability > 0.99
    rts = estimator.sample(500, 1)["rts"]
    assert rts.min() >= 0.5
    assert rts.max() <= np.float32(0.55)
    assert np.ptp(rts) > 0.04
    assert set(estimator.sample(500, 1)["choices"]) == {-1, 1}
    never = ExactLikelihoodEstimator(Simulator("ddm_deadline"), {**theta, "deadline": 0.3}, MAX_T)
    assert never.omission_probability == 1.0
    assert (never.evaluate([0.4, 0.6], [1, 1]) == MIN_LOG_DENSITY).all()
    assert never.sample(5, 1)["rts"].shape == (5,)


def test_histograms_and_filters_are_from_simulations():
    assert generate(output={"binned": [128]})["binned_128"].sum() == pytest.approx(300 * K, abs=3)
    both = generate(alone=False)
    assert {"binned_128", "binned_256"} <= both.keys()
    np.testing.assert_array_equal(both["theta"], generate()["theta"])
    strict = {"simulation_filters": {"mean_rt": 1.0}}
    kde = generate(pipeline=strict, estimator={"type": "kde"}, output={"binned": [256]})
    np.testing.assert_array_equal(generate(pipeline=strict)["theta"], kde["theta"])
    assert not np.array_equal(generate(pipeline=strict)["theta"], generate()["theta"])


def test_exact_data_do_not_depend_on_threads_or_rounds():
    for model in ("ddm", "weibull"):
        one = generate(model)
        assert same(one, generate(model, pipeline={"n_cpus": 2, "n_subruns": 3}))
        assert not same(one, generate(model, seed=2))


def test_sets_that_are_worked_out_together_have_the_data_of_each_alone():
    for model in ("ddm_deadline", "weibull", "race_3"):
        generator = TrainingDataGenerator(config(model, alone=False), seed=3)
        pipeline = generator._generation_pipeline
        seeds = [SetSeeds(i, i + 10) for i in range(5)]
        together = pipeline.generate_for_parameter_sets(seeds)
        for one, result in zip(seeds, together, strict=True):
            alone = pipeline.generate_for_parameter_set(one.parameters, one.simulations)
            assert same(alone["data"], result["data"])
            assert alone["theta"] == result["theta"]


def test_a_set_that_is_rejected_stops_the_file():
    never = {"simulation_filters": {"mean_rt": 0.01}, "n_parameter_sets_rejected": 1}
    with pytest.raises(GenerationError, match=r"mean_rt 2 times.*mean response time"):
        generate(pipeline=never)


def test_exact_data_have_separate_response_channels():
    data = generate(training={"separate_response_channels": True})
    plain = generate()
    assert data["lan_data"].shape == (K * S, 4 + 1 + 2)
    np.testing.assert_array_equal(data["lan_data"][:, -1] == 1.0, plain["lan_data"][:, -1] == 1)
    np.testing.assert_array_equal(data["lan_labels"], plain["lan_labels"])


def test_probabilities_alone():
    config_of_probabilities = {**config(), "cpn_only": True}
    data = TrainingDataGenerator(config_of_probabilities, seed=1).generate_data_training()
    assert "lan_data" not in data
    np.testing.assert_array_equal(data["cpn_labels"], generate()["cpn_labels"])


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("lca_3", "leak or inhibit each other"),
        ("levy_angle", "Levy noise"),
        ("ddm_mic2_adj", "levels that interact"),
        ("conflict_stimflexrel1_leak2", "evidence in two parts"),
    ],
)
def test_models_without_a_law_are_refused_by_name(model, reason):
    with pytest.raises(ConfigError, match=rf"'exact' is not possible: .*{model}.*{reason}.*'kde'"):
        TrainingDataGenerator(config(model))
    auto = TrainingDataGenerator(config(model, alone=False, estimator={"type": "auto"}))
    assert auto.generator_config["estimator"]["type"] == "kde"
    builder = create_estimator_builder(auto.generator_config, auto.model_config)
    assert isinstance(builder, KDEEstimatorBuilder)


def test_auto_is_exact_where_there_is_a_law():
    exact, auto = TrainingDataGenerator(config(), seed=1), config(estimator={"type": "auto"})
    auto = TrainingDataGenerator(auto, seed=1)
    assert auto.generator_config["estimator"]["type"] == "exact"
    assert auto.file_name(0) == exact.file_name(0)
    builder = create_estimator_builder(auto.generator_config, auto.model_config)
    assert isinstance(builder, ExactEstimatorBuilder)
    assert same(auto.generate_data_training(), exact.generate_data_training())
    assert get_default_generator_config("lan")["estimator"]["type"] == "kde"


def test_displaced_times_are_for_kernel_densities():
    shifted = {"displace_t": True}
    with pytest.raises(ConfigError, match=r"estimator.displace_t.*kernel"):
        TrainingDataGenerator(config(estimator=shifted))
    auto = TrainingDataGenerator(config(estimator={**shifted, "type": "auto"}))
    assert auto.generator_config["estimator"]["type"] == "kde"


@pytest.mark.parametrize("bad", [[64], [128, 128], "128", 128, [True], None])
def test_bins_that_are_not_there_are_refused(bad):
    with pytest.raises(ConfigError, match=r"output.binned must be a list of some of 128, 256"):
        generate(output={"binned": bad})
