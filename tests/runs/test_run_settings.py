import json
from pathlib import Path

import pytest

from ssms.cli.generate import main
from ssms.cli.options import parse
from ssms.cli.show import ONLY_FOR_PYDDM
from ssms.config import get_default_generator_config, model_config
from ssms.dataset_generators.settings import resolve_generator_config
from ssms.errors import ConfigError, SsmsError
from ssms.runs.settings import PACKAGED_CONFIG, leaves
from ssms.runs.settings import resolve as resolve_given
from ssms.runs.yaml_file import read_yaml
from ssms.settings import FILTERS, ROWS


def resolve(options):
    return resolve_given(vars(options))


def resolved(tmp_path, text, *argv):
    path = tmp_path / "given.yaml"
    path.write_text(text)
    return resolve(parse(["--config-path", str(path), *argv]))


def test_the_packaged_configuration_is_that_of_the_released_package_but_for_auto():
    settings = resolve(parse([]))
    expected = {
        "model": "ddm",
        "generator_approach": "lan",
        "pipeline.n_parameter_sets": 100,
        "pipeline.n_subruns": 20,
        "simulator.n_samples": 2000,
        "simulator.delta_t": 0.001,
        "training.n_samples_per_param": 200,
        "estimator.type": "auto",
    }
    found = dict(leaves(settings.config))
    assert {name: found[name] for name in expected} == expected
    assert {settings.sources[name] for name in expected} == {"packaged config"}


def test_keys_may_be_written_in_any_case(tmp_path):
    upper = "MODEL: ddm\nSIMULATOR:\n  N_SAMPLES: 7\n  FILTERS: {MODE: 5}\n"
    assert resolved(tmp_path, upper).config == resolved(tmp_path, upper.lower()).config


def test_absent_keys_have_the_default_of_the_library(tmp_path):
    found = dict(leaves(resolved(tmp_path, "MODEL: ddm_st\n").config))
    for name, value in leaves(get_default_generator_config("lan", model="ddm_st")):
        if name not in ("output.folder", "pipeline.n_cpus"):
            assert found[name] == value


def test_each_value_knows_where_it_comes_from(tmp_path):
    text = "MODEL: ddm\nPIPELINE: {N_CPUS: 3, N_PARAMETER_SETS: 5}\nSIMULATOR: {FILTERS: {MODE: 5}}"
    settings = resolved(tmp_path, text, "--n-cpus", "2", "--model", "full_ddm", "--seed", "4")
    rows = {name: (value, source) for name, value, source in settings.rows()}
    assert rows["pipeline.n_cpus"] == ("2", "command line")
    assert rows["model"] == ("full_ddm", "command line")
    assert rows["pipeline.n_parameter_sets"] == ("5", "config file")
    assert rows["pipeline.simulation_filters.mode"] == ("5.0", "config file")
    assert rows["simulator.n_samples"] == ("1000", "default")
    assert (settings.seed, settings.seed_source) == (4, "command line")


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("pipeline.n_parameter_sets", "3", 3),
        ("pipeline.n_parameter_sets_rejected", "0", 0),
        ("pipeline.n_subruns", "4", 4),
        ("pipeline.n_cpus", "1", 1),
        ("pipeline.simulation_filters.std", "0.5", 0.5),
        ("pipeline.parameter_sampler_index_offset", "9", 9),
        ("estimator.type", "KDE", "kde"),
        ("estimator.displace_t", "true", True),
        ("training.n_samples_per_param", "8", 8),
        ("training.mixture_probabilities", "[0.5, 0.25, 0.25]", [0.5, 0.25, 0.25]),
        ("training.separate_response_channels", "true", True),
        ("training.negative_rt_log_likelihood", "-50", -50.0),
        ("simulator.n_samples", "11", 11),
        ("simulator.delta_t", "1e-2", 0.01),
        ("simulator.max_t", "10", 10.0),
        ("simulator.smooth_unif", "false", False),
        ("simulator.method", "auto", "auto"),
        ("output.nbins", "64", 64),
        ("output.pickle_protocol", "5", 5),
        ("cpn_only", "true", True),
    ],
)
def test_each_key_of_the_yaml_reaches_the_generator(tmp_path, key, text, value):
    *sections, leaf = key.upper().split(".")
    lines = [f"{'  ' * depth}{section}:" for depth, section in enumerate(sections)]
    lines.append(f"{'  ' * len(sections)}{leaf}: {text}")
    config = resolved(tmp_path, "MODEL: ddm\n" + "\n".join(lines)).config
    assert dict(leaves(config))[key] == value


def test_the_seed_may_stand_in_the_yaml_and_yields_to_the_option(tmp_path):
    text = "MODEL: ddm\nPIPELINE: {SEED: 5}\n"
    assert resolved(tmp_path, text).seed == 5
    assert resolved(tmp_path, text).seed_source == "config file"
    assert resolved(tmp_path, text, "--seed", "0").seed == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["is empty"]),
        ("# nothing\n", ["is empty"]),
        ("- a\n- b\n", ["mapping", "list"]),
        ("just words\n", ["mapping", "str"]),
        ("MODEL: [\n", ["not valid YAML", "line 2"]),
        ("MODEL: !!python/object/apply:os.system [x]\n", ["not valid YAML"]),
        ("MODEL: ddm\nmodel: ddm\n", ["given twice", "line 2"]),
        ("MODEL: ddm\nPIPELINE: {N_CPUS: 1, n_cpus: 2}\n", ["n_cpus", "given twice"]),
        ("MODEL: ddm\n1: 2\n", ["keys must be text", "1"]),
        ("GENERATOR_APPROACH: lan\n", ["MODEL is missing"]),
        ("MODEL: 5\n", ["MODEL", "5"]),
        ("MODEL:\n", ["MODEL"]),
        ("MODEL: dmd\n", ["'dmd'", "Did you mean 'ddm'"]),
        ("MODEL: ddm\nGENERATOR_APPROACH: lna\n", ["generator_approach", "'lan'"]),
        ("MODEL: ddm\nSIMULATR: {N_SAMPLES: 5}\n", ["SIMULATR", "SIMULATOR"]),
        ("MODEL: ddm\nN_SAMPLES: 5\n", ["N_SAMPLES", "SIMULATOR"]),
        ("MODEL: ddm\nSIMULATOR: 5\n", ["SIMULATOR", "mapping", "int"]),
        ("MODEL: ddm\nSIMULATOR: {N_SAMPEL: 5}\n", ["simulator.n_sampel", "simulator.n_samples"]),
        ("MODEL: ddm\nPIPELINE: {N_SAMPLES: 5}\n", ["pipeline.n_samples", "simulator.n_samples"]),
        ("MODEL: ddm\nSIMULATOR: {N_SAMPLES: '5'}\n", ["simulator.n_samples", "'5'"]),
        ("MODEL: ddm\nSIMULATOR: {N_SAMPLES: 5.5}\n", ["simulator.n_samples", "5.5"]),
        ("MODEL: ddm\nSIMULATOR: {N_SAMPLES: true}\n", ["simulator.n_samples", "True"]),
        ("MODEL: ddm\nSIMULATOR: {N_SAMPLES: }\n", ["simulator.n_samples", "None"]),
        ("MODEL: ddm\nSIMULATOR: {DELTA_T: 0}\n", ["simulator.delta_t", "positive"]),
        ("MODEL: ddm\nSIMULATOR: {DELTA_T: .nan}\n", ["simulator.delta_t", "nan"]),
        ("MODEL: ddm\nPIPELINE: {N_PARAMETER_SETS: 0}\n", ["pipeline.n_parameter_sets", "0"]),
        ("MODEL: ddm\nPIPELINE: {N_CPUS: some}\n", ["pipeline.n_cpus", "'all'", "'some'"]),
        ("MODEL: ddm\nPIPELINE: {SEED: -1}\n", ["pipeline.seed", "-1"]),
        ("MODEL: ddm\nESTIMATOR: {TYPE: kdee}\n", ["estimator.type", "kde"]),
        ("MODEL: ddm\nOUTPUT: {FOLDER: x}\n", ["OUTPUT.FOLDER", "--output"]),
        (
            "MODEL: ddm\nPIPELINE: {SIMULATION_FILTERS: {MOD: 5}}\n",
            ["_filters", "{'mod': 5}", "mode?"],
        ),
        ("MODEL: ddm\nMLFLOW: 5\n", ["MLFLOW", "mapping"]),
        ("MODEL: ddm\nMLFLOW: {TRACKING_URL: x}\n", ["MLFLOW.TRACKING_URL", "TRACKING_URI"]),
        ("MODEL: ddm\nMLFLOW: {TIMEOUT: soon}\n", ["timeout", "soon"]),
        ("MODEL: ddm\nMLFLOW: {TIMEOUT: 1e300}\n", ["timeout", "at most 1e+06", "1e+300"]),
        ("MODEL: ddm\nMLFLOW: {TAGS: [a]}\n", ["tags (config file)", "'a'", "KEY=VALUE"]),
        ("MODEL: 2024-13-45\n", ["value 2024-13-45", "line 1"]),
        ("MODEL: !!float x\n", ["value x", "line 1"]),
        ("MODEL: ddm\nSIMULATOR:\n  N_SAMPLES: !!timestamp y\n", ["value y", "line 3"]),
        (f"MODEL: {'1' * 5000}\n", ["value 1111", "line 1"]),
        ("MODEL: ddm\nSIMULATOR: &a {FILTERS: *a}\n", ["nested too deeply"]),
        ("[" * 3000, ["nested too deeply"]),
        ("MODEL: ddm\nSIMULATOR: {N_SAMPLES: 1e30}\n", ["simulator.n_samples", "4294967295"]),
        ("MODEL: ddm\nPIPELINE: {N_PARAMETER_SETS: 1e30}\n", ["n_parameter_sets", "4294967295"]),
        ("MODEL: ddm\nTRAINING: {N_SAMPLES_PER_PARAM: 1e30}\n", ["n_samples_per_param"]),
        ("MODEL: ddm\nOUTPUT: {NBINS: 1e15}\n", ["output.nbins", "from 0 to 1000000"]),
        ("MODEL: ddm\nPROVENANCE: 5\n", ["PROVENANCE must hold a mapping"]),
        ("MODEL: ddm\nPIPELINE: {SIMULATION_FILTERS: {MODE: x}}\n", ["its limit mode must be a"]),
    ],
)
def test_a_wrong_yaml_is_one_clear_message(tmp_path, text, words, capsys):
    path = tmp_path / "given.yaml"
    path.write_text(text)
    assert main(["--config-path", str(path), "--output", str(tmp_path / "out")]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    for word in words:
        assert word in captured.err
    assert not (tmp_path / "out").exists()


def test_the_configuration_in_a_file_makes_its_kind_again(tmp_path):
    """`provenance`, and the output folder of the library's defaults, stand in no one's way."""
    config = get_default_generator_config("lan", model="ddm_st") | {"provenance": {"Seed": 5}}
    settings = resolve_given({}, config=config)
    assert settings.model == "ddm_st"
    assert not any(name.startswith(("provenance", "output.folder")) for name in settings.sources)


def test_names_that_are_data_keep_their_capitals(tmp_path):
    path = tmp_path / "cluster.yaml"
    path.write_text("CLASS: x\nKwargs: {env: {OMP_NUM_THREADS: 1}}\nMLFLOW: {Tags: {Lab: a}}\n")
    found, _ = read_yaml(path)
    assert found["kwargs"] == {"env": {"OMP_NUM_THREADS": 1}}
    assert found["mlflow"] == {"tags": {"Lab": "a"}}


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        read_yaml(tmp_path / "absent.yaml")
    with pytest.raises(ConfigError, match="is a folder"):
        read_yaml(tmp_path)
    (tmp_path / "latin.yaml").write_bytes(b"MODEL: \xff\xfe\n")
    with pytest.raises(ConfigError, match="not valid YAML"):
        read_yaml(tmp_path / "latin.yaml")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--model", "ful_ddm"], "full_ddm"),
        (["--estimator-type", "kernel"], "--estimator-type"),
        (["--seed", str(2**63)], "--seed"),
    ],
)
def test_messages_about_the_command_line_name_the_option(argv, words):
    with pytest.raises(SsmsError, match=words):
        resolve(parse(argv))


def test_show_config_can_be_used_as_configuration(tmp_path, capsys):
    argv = ["--model", "ddm_st", "--n-cpus", "3", "--seed", "12"]
    assert main(["--show-config", *argv]) == 0
    path = tmp_path / "shown.yaml"
    path.write_text(capsys.readouterr().out)
    again = resolve(parse(["--config-path", str(path)]))
    assert again.config == resolve(parse(argv)).config
    assert again.seed == 12


def test_show_config_keeps_the_settings_of_tracking(tmp_path, capsys):
    path = tmp_path / "given.yaml"
    path.write_text(
        "MODEL: ddm\nMLFLOW: {TRACKING_URI: 'mysql://me:secret-7f3a@host/db', TAGS: {Lab: north}}\n"
    )
    assert main(["--show-config", "--config-path", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "mysql://me:***@host/db" in shown
    path.write_text(shown)
    assert read_yaml(path)[0]["mlflow"]["tags"] == {"Lab": "north"}


def test_show_config_holds_what_the_command_line_says_of_tracking(tmp_path, capsys):
    path = tmp_path / "given.yaml"
    path.write_text("MODEL: ddm\nMLFLOW: {RUN_NAME: file, TAGS: {lab: north, who: ann}}\n")
    argv = ["--show-config", "--config-path", str(path), "--mlflow-tag", "lab=south"]
    assert main([*argv, "--mlflow-timeout", "5", "--mlflow-log-data"]) == 0
    path.write_text(capsys.readouterr().out)
    assert read_yaml(path)[0]["mlflow"] == {
        "run_name": "file",
        "tags": {"lab": "south", "who": "ann"},
        "log_data": True,
        "timeout": 5.0,
    }


@pytest.mark.parametrize("model", ["ddm", "full_ddm_rv", "ddm_sdv_deadline"])
def test_the_initial_configuration_is_the_packaged_one_with_every_key_explained(
    tmp_path, capsys, model
):
    assert main(["--init-config", model]) == 0
    text = capsys.readouterr().out
    path = tmp_path / "initial.yaml"
    path.write_text(text)
    packaged = read_yaml(PACKAGED_CONFIG)[0]
    expected = resolve_generator_config({**packaged, "model": model})
    config = resolve(parse(["--config-path", str(path)])).config
    expected["output"].pop("folder")
    assert {**expected, "cpn_only": False} == config
    keys = [line for line in text.splitlines() if ":" in line and not line.startswith("#")]
    assert all("  # " in line for line in keys)
    assert "\nOUTPUT:  # the files; their folder is given as --output\n" in text


def test_every_key_is_in_the_documentation():
    text = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()
    for row in ROWS.values():
        if row.yaml and row.key.lower() not in ONLY_FOR_PYDDM:
            assert row.key in text, row.name
    assert all(name.upper() in text for name in FILTERS)


def test_models_are_listed_by_pattern(capsys):
    assert main(["--list-models"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in model_config)
    assert main(["--list-models", "full_ddm*", "--json"]) == 0
    assert (
        '"full_ddm2": {"params": ["v", "a", "z", "t", "sz", "sv", "st"]' in capsys.readouterr().out
    )
    assert main(["--list-models", "sdv"]) == 0
    assert "ddm_sdv" in capsys.readouterr().out
    assert main(["--list-models", "ddm_s[dt]*_deadline", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"ddm_sdv_deadline", "ddm_st_deadline"}
    assert main(["--list-models", "ddn"]) == 2
    assert "Did you mean 'ddm'" in capsys.readouterr().err
