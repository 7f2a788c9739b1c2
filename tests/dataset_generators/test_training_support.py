"""No row and no label where a model cannot respond; files that make themselves again."""

import numpy as np
import pytest

from ssms.config import get_default_generator_config
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator

FLOOR = -66.7


def generator(model, seed=2, **sections):
    config = get_default_generator_config("lan", model=model)
    config["pipeline"].update(n_parameter_sets=40, n_cpus=1)
    config["training"]["n_samples_per_param"] = 200
    for section, values in sections.items():
        config[section].update(values)
    return TrainingDataGenerator(config, seed=seed)


@pytest.mark.parametrize("model", ["ddm", "ddm_st", "full_ddm", "weibull", "ddm_deadline"])
@pytest.mark.parametrize("n_samples", [2, 30, 1000])
@pytest.mark.parametrize("max_t", [20.0, 0.4])
def test_rows_and_labels_lie_where_the_model_can_respond(model, n_samples, max_t):
    made = generator(model, simulator={"n_samples": n_samples, "max_t": max_t})
    data = made.generate_data_training()
    rows, labels = data["lan_data"].astype(float), data["lan_labels"]
    names = made.model_config["params"]
    at = {name: rows[:, i] for i, name in enumerate(names)}
    spread = at.get("st", 0.0)
    low, high = at["t"] - spread, at["t"] + spread + max_t
    high = np.minimum(high, at.get("deadline", np.inf))
    rt, margin = rows[:, len(names)], 1e-6 * (1 + high)
    labelled = labels > FLOOR
    assert np.all(rt[labelled] >= (low - margin)[labelled])
    assert np.all(rt[labelled] <= (high + margin)[labelled])
    # Other rows are of the uniform and the impossible part, or of sets whose deadline is before t.
    possible = low < high
    assert np.mean(labelled[possible]) > 0.7
    assert np.all(rt <= np.where(possible, np.maximum(high, max_t), at["t"] + max_t) + margin)
    assert np.isfinite(labels).all()


def test_a_file_records_the_index_of_its_first_set():
    made = generator("ddm", pipeline={"parameter_sampler_index_offset": 100, "n_parameter_sets": 3})
    files = [made.generate_data_training() for _ in range(3)]
    offsets = [f["generator_config"]["pipeline"]["parameter_sampler_index_offset"] for f in files]
    assert offsets == [100, 103, 106]
    assert made.generator_config["pipeline"]["parameter_sampler_index_offset"] == 100
    # Without its number, too, a recorded index is that of the first set.
    config = {k: v for k, v in files[2]["generator_config"].items() if k != "provenance"}
    again = TrainingDataGenerator(config).generate_data_training()
    np.testing.assert_array_equal(again["theta"], files[2]["theta"])


@pytest.mark.parametrize("offset", [None, 0, 100])
def test_the_configuration_of_a_file_makes_it_again(offset):
    pipeline = {"n_parameter_sets": 3}
    if offset is not None:
        pipeline["parameter_sampler_index_offset"] = offset
    made = generator("ddm", pipeline=pipeline)
    made.generate_data_training()
    for index in (1, 2):
        file = made.generate_data_training()
        remade = TrainingDataGenerator(file["generator_config"])
        assert remade.file_name(index) == made.file_name(index)
        again = remade.generate_data_training()
        for key in ("theta", "lan_data", "lan_labels", "binned_128"):
            np.testing.assert_array_equal(again[key], file[key])
        assert again["generator_config"] == file["generator_config"]
    np.testing.assert_array_equal(
        remade.generate_data_training(file_index=0)["theta"],
        made.generate_data_training(file_index=0)["theta"],
    )


def test_whole_numbers_of_other_types():
    made = generator("ddm", seed=np.int64(3), pipeline={"n_parameter_sets": 2})
    first = made.generate_data_training(file_index=np.int64(1))
    assert first["generator_config"]["provenance"]["file_index"] == 1
    for wrong, error in ((True, TypeError), (0.5, TypeError), (-1, ValueError)):
        with pytest.raises(error, match="file_index must be a whole number >= 0"):
            made.generate_data_training(file_index=wrong)
