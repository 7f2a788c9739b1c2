"""Functions that scripts of release 0.15 import from `ssms.cli.generate`."""

import hashlib
import logging
import pickle

import pytest

from ssms.cli.generate import (
    RESERVED_MLFLOW_TAGS,
    collect_data_generator_config,
    create_estimator,
    generate_data,
    get_basic_config_from_yaml,
    load_config,
    make_data_generator_configs,
    parse_dict_as_namedtuple,
    parse_mlflow_tags,
    parse_n_cpus,
)
from ssms.config import get_default_generator_config
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator

LOG = logging.getLogger("test")
YAML = """
MODEL: angle
GENERATOR_APPROACH: lan
PIPELINE: {N_PARAMETER_SETS: 2, N_SUBRUNS: 1, N_CPUS: 1}
SIMULATOR: {N_SAMPLES: 100, DELTA_T: 0.001}
TRAINING: {N_SAMPLES_PER_PARAM: 10}
"""
FOLDER = "data/training_data/lan/training_data_n_samples_100_dt_0.001/angle"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(YAML)
    return path


def test_configurations_of_a_file_make_data(file, tmp_path):
    configs = collect_data_generator_config(file, tmp_path)
    assert configs["data_config"]["output"]["folder"] == str(tmp_path / FOLDER)
    data = TrainingDataGenerator(configs["data_config"], configs["model_config"])
    assert data.generate_data_training()["lan_data"].shape == (20, 7)
    more = collect_data_generator_config(file, extra_configs={"PIPELINE": {"N_PARAMETER_SETS": 3}})
    assert more["data_config"]["pipeline"]["n_parameter_sets"] == 3
    assert more["data_config"]["simulator"]["n_samples"] == 100


def test_load_config_takes_what_the_command_takes(file, tmp_path, caplog):
    configs, digest = load_config(file, tmp_path, "exact", LOG, n_cpus="2")
    assert digest == hashlib.sha256(YAML.encode()).hexdigest()
    assert configs["data_config"]["estimator"]["type"] == "exact"
    assert configs["data_config"]["pipeline"]["n_cpus"] == 2
    assert not caplog.records
    assert load_config(None, tmp_path, None, LOG)[0]["data_config"]["model"] == "ddm"
    assert "packaged" in caplog.text
    with pytest.raises(ValueError, match="does not exist"):
        load_config(tmp_path / "none.yaml", tmp_path, None, LOG)
    seeded = tmp_path / "seeded.yaml"
    seeded.write_text(YAML.replace("N_CPUS: 1", "SEED: 7"))
    assert load_config(seeded, "", None, LOG)[0]["data_config"]["pipeline"]["seed"] == 7


def test_files_and_estimator(file, tmp_path):
    configs, _ = load_config(file, tmp_path, None, LOG)
    assert type(create_estimator(configs, LOG)).__name__ == "KDEEstimatorBuilder"
    assert generate_data(configs, 2, True, LOG) == ([], tmp_path / FOLDER)
    files, folder = generate_data(configs, 2, False, LOG)
    assert sorted(folder.glob("*.pickle")) == files
    assert len(files) == 2


def test_content_of_a_file_as_named_tuples(file):
    config, folder = get_basic_config_from_yaml(file)
    assert (config.model, config.simulator.n_samples) == ("angle", 100)
    assert folder.as_posix() == FOLDER
    with file.open() as stream:
        assert get_basic_config_from_yaml(stream, "base")[1].as_posix() == f"base/{FOLDER}"
    assert parse_dict_as_namedtuple({"A": {"B": 1}}, to_lowercase=False).A.B == 1


def test_default_configurations(tmp_path):
    configs = make_data_generator_configs(
        "angle",
        data_generator_nested_dict={"pipeline": {"n_parameter_sets": 3}},
        model_config_arg_dict={"name": "mine"},
        save_name="configs.pickle",
        save_folder=tmp_path / "new",
    )
    expected = get_default_generator_config("lan", "angle")
    expected["pipeline"]["n_parameter_sets"] = 3
    assert configs["data_config"] == expected
    assert configs["model_config"]["name"] == "mine"
    assert pickle.loads((tmp_path / "new" / "configs.pickle").read_bytes()) == configs
    with pytest.raises(ValueError, match="angl"):
        make_data_generator_configs("angl")


def test_arguments_of_the_command():
    assert parse_n_cpus(3) == 3
    with pytest.raises(ValueError, match=r"PIPELINE\.N_CPUS must be"):
        parse_n_cpus("0", source="PIPELINE.N_CPUS")
    assert parse_mlflow_tags(None) == {}
    assert {"phase", "schema_version"} <= RESERVED_MLFLOW_TAGS
    with pytest.raises(ValueError, match="phase"):
        parse_mlflow_tags(["phase=x"])
