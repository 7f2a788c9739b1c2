import os
import subprocess
import sys

import pytest

from ssms.cli.generate import main
from ssms.cli.options import UsageError, build_parser, parse


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--outptu", "x"], ["--outptu", "Did you mean '--output'"]),
        (["--config", "x"], ["--config", "Did you mean '--config-path'"]),
        (["--out", "x"], ["unknown option '--out'"]),
        (["data"], ["data", "--option VALUE"]),
        (["--n-files", "0"], ["--n-files", "from 1 to 1000000", "'0'"]),
        (["-n", "two"], ["--n-files", "'two'"]),
        (["--n-cpus", "0"], ["--n-cpus", "'all'", "'0'"]),
        (["--n-cpus", "1.5"], ["--n-cpus", "'1.5'"]),
        (["--seed", "-1"], ["--seed", "a whole number from 0", "'-1'"]),
        (["--seed", "1e3"], ["--seed", "'1e3'"]),
        (["--log-level", "warn"], ["--log-level", "WARNING", "'warn'"]),
        (["--mlflow-timeout", "0"], ["--mlflow-timeout", "a positive number of seconds"]),
        (["--mlflow-tag", "lab"], ["--mlflow-tag", "KEY=VALUE"]),
        (["--mlflow-tag", "=x"], ["--mlflow-tag", "KEY=VALUE"]),
        (["--mlflow-tag", "phase=x"], ["phase"]),
        (["--model"], ["--model", "expected one argument"]),
    ],
)
def test_a_wrong_option_is_one_line_that_names_it(argv, words, capsys):
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    for word in words:
        assert word in captured.err


def test_a_misspelt_option_does_not_print_the_password_in_its_value(capsys):
    main(["--mlflow-traking-uri=postgresql://me:secret-7f3a@host/db"])
    main(["postgresql://me:secret-7f3a@host/db"])
    assert "secret-7f3a" not in capsys.readouterr().err


def test_options_and_their_short_forms():
    options = parse(["-n", "3", "-e", "kde", "-l", "info", "--n-cpus", "ALL"])
    assert (options.n_files, options.estimator_type, options.log_level) == (3, "kde", "INFO")
    assert options.n_cpus == "all"
    assert parse(["--list-models"]).list_models == "*"


def test_tags_may_repeat_and_have_no_value():
    tags = parse(["--mlflow-tag", "lab=a=b", "--mlflow-tag", "note="]).mlflow_tag
    assert tags == {"lab": "a=b", "note": ""}


def test_no_option_of_mlflow_is_given_by_default():
    options = vars(parse([]))
    given = [options[name] for name in options if name.startswith("mlflow_")]
    assert len(given) == 10
    assert not any(given)


def test_help_names_each_option_default_variable_and_exit_code(capsys):
    assert main(["--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for action in build_parser()._actions:
        assert action.help
        assert action.option_strings[0] in text
    for word in ("MLFLOW_TRACKING_URI", "MLFLOW_ARTIFACT_LOCATION", "MLFLOW_EXPERIMENT_NAME"):
        assert word in text
    for word in (
        "sqlite:///mlflow.db",
        "./mlruns",
        "default: 60",
        "examples:",
        "exit codes:",
        "143",
    ):
        assert word in text


def test_version(capsys):
    from ssms import __version__

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ssm-simulators {__version__}\n"


def test_the_output_folder_is_required(capsys):
    assert main([]) == 2
    assert "--output" in capsys.readouterr().err


def test_parsers_error_is_a_usage_error():
    with pytest.raises(UsageError, match="expected one argument"):
        parse(["--output"])


def test_help_imports_nothing_that_is_slow():
    code = (
        "import sys\n"
        "from ssms.cli.generate import main\n"
        "main(['--help'])\n"
        "slow = {'numpy', 'scipy', 'mlflow', 'yaml', 'pandas', 'matplotlib', 'tqdm'}\n"
        "sys.exit(', '.join(slow & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("line", "completion"),
    [("--mlflow-ti", "--mlflow-timeout"), ("--model full_ddm_", "full_ddm_rv")],
)
def test_the_shell_completes_options_and_models(line, completion):
    pytest.importorskip("argcomplete")
    environ = {
        **os.environ,
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": os.devnull,
        "COMP_LINE": f"ssms-generate {line}",
        "COMP_POINT": str(len(f"ssms-generate {line}")),
        "_ARGCOMPLETE_IFS": "\n",
    }
    code = (
        "import os, sys\n"
        "out = os.dup(1); os.dup2(out, 8)\n"
        "del os.environ['_ARGCOMPLETE_STDOUT_FILENAME']\n"
        "from ssms.cli.generate import main\n"
        "main([])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)
    assert done.stdout.strip() == completion
