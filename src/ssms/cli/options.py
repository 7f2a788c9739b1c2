"""The options of ``ssms-generate``: one argument parser whose help teaches the command.

Importing and building it costs a few milliseconds, because it imports nothing but argparse.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from ssms.errors import ParameterError, bad_value, nearest

__all__ = ["PROGRAM", "UsageError", "build_parser", "parse"]

PROGRAM = "ssms-generate"

# Every file has a line in the record of its run.
MOST_FILES = 1_000_000

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_DESCRIPTION = """\
Generate training data for likelihood networks from sequential sampling models.

The data appear as .pickle files in
  OUTPUT/data/training_data/<approach>/training_data_n_samples_<n>_dt_<delta_t>/<model>/
A record of the run appears in OUTPUT/runs/.  Interrupted?  Give the same command again: it
finishes what is missing."""

_EPILOG = """\
examples:
  one file of the packaged default configuration (model ddm):
    ssms-generate --output data
  ten files for another model, with a progress bar:
    ssms-generate --output data --model full_ddm --n-files 10
  write a commented configuration, edit it, check it, use it:
    ssms-generate --init-config ddm_st > my.yaml
    ssms-generate --config-path my.yaml --output data --dry-run
    ssms-generate --config-path my.yaml --output data --n-files 100
  the same data again, anywhere, on any number of processors:
    ssms-generate --config-path my.yaml --output again --n-files 100 --seed 42
  follow the run in MLflow (then: mlflow ui --backend-store-uri sqlite:///mlflow.db):
    ssms-generate --output data --mlflow-run-name first-try

each setting is taken from the command line, else from the environment variable named in its
help, else from the configuration file, else from the default; --dry-run shows which it was.

exit codes:
  0 done    1 failed    2 wrong usage or configuration
  3 data complete, tracking incomplete (the same command sends the rest)
  129, 130, 143  ended by SIGHUP, SIGINT (Ctrl-C), SIGTERM; whole files are kept"""


# What is shown instead of a run, and the options that change what is shown.
_MESSAGES = ("log_level", "quiet", "json")
_ANSWERS: dict[str, tuple[str, ...]] = {
    "list_models": _MESSAGES,
    "init_config": _MESSAGES,
    "version": _MESSAGES,
}


class UsageError(ParameterError):
    """The command line cannot be understood or used (exit code 2)."""


class _Parser(argparse.ArgumentParser):
    """A parser that raises `UsageError` with one line, where argparse prints its usage."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of ``ssms-generate``.

    Returns
    -------
    argparse.ArgumentParser
        Raises `UsageError` on a wrong command line.

    Examples
    --------
    >>> build_parser().parse_args(["--output", "data"]).output
    'data'
    """
    parser = _Parser(
        prog=PROGRAM,
        usage=f"{PROGRAM} --output DIR [options]",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_data_options(parser)
    _add_run_options(parser)
    _add_mlflow_options(parser)
    _add_message_options(parser)
    _add_show_options(parser)
    return parser


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what to make")
    group.add_argument(
        "--config-path",
        metavar="FILE",
        help="YAML configuration (default: the packaged one: ddm, 100 parameter sets a file, "
        "2000 samples each; print it with --show-config)",
    )
    group.add_argument(
        "--model", metavar="NAME", help="model to simulate (default: MODEL of the configuration)"
    )
    group.add_argument(
        "--estimator-type",
        "-e",
        metavar="TYPE",
        help="how likelihoods are computed: kde, a kernel density estimate from simulated "
        "responses (default: ESTIMATOR.TYPE of the configuration)",
    )
    group.add_argument(
        "--n-files",
        "-n",
        type=_positive_integer,
        metavar="N",
        help="number of files (default: 1)",
    )
    group.add_argument(
        "--seed",
        type=_seed,
        metavar="N",
        help="whole number from which all randomness derives: the same seed and configuration "
        "give the same data (default: drawn, printed at the end and recorded)",
    )


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("where and how")
    group.add_argument(
        "--output", metavar="DIR", help="folder for the data; made if absent (required)"
    )
    group.add_argument(
        "--n-cpus",
        metavar="N",
        type=_cpus,
        help="threads: a positive whole number, or 'all' for the processors this process may "
        "use; it never changes the data (default: PIPELINE.N_CPUS of the configuration)",
    )
    group.add_argument(
        "--new-run",
        action="store_true",
        help="start a new run even if the folder holds one that the same command left unfinished",
    )
    group.add_argument(
        "--dry-run",
        action="store_true",
        help="check everything, show each setting and where it came from, estimate time and "
        "size from a small sample; write nothing",
    )


def _add_mlflow_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "MLflow tracking",
        "Any of these turns tracking on; environment variables alone do not.  Needs the extra:\n"
        "  pip install 'ssm-simulators[mlflow]'",
    )

    def add(name: str, **settings: Any) -> None:
        group.add_argument(f"--mlflow-{name}", **settings)

    add("run-name", metavar="NAME", help="name of this run (default: made of model and time)")
    add(
        "experiment-name",
        metavar="NAME",
        help="experiment to file the run under; made if absent (environment: "
        "MLFLOW_EXPERIMENT_NAME; default: ssm-simulators)",
    )
    add(
        "tracking-uri",
        metavar="URI",
        help="where runs, parameters and metrics are kept: sqlite:///FILE, http(s)://SERVER, "
        "postgresql://..., mysql://... (environment: MLFLOW_TRACKING_URI; default: "
        "sqlite:///mlflow.db)",
    )
    add(
        "artifact-location",
        metavar="URI",
        help="where a new experiment keeps its files: a folder, s3://..., wasbs://..., gs://... "
        "(environment: MLFLOW_ARTIFACT_LOCATION; default: ./mlruns, or the server's choice)",
    )
    add("tag", metavar="KEY=VALUE", action="append", default=[], help="tag of the run; repeatable")
    add("description", metavar="TEXT", help="description of the run, shown in the MLflow UI")
    add("run-id", metavar="ID", help="resume this run instead of making one")
    add(
        "log-data", action="store_true", default=None, help="upload the data files as artifacts too"
    )
    add(
        "required",
        action="store_true",
        default=None,
        help="fail, before any work, if mlflow is not installed (default: warn and go on)",
    )
    add(
        "timeout",
        metavar="SECONDS",
        type=_positive_number,
        help="how long to keep trying to reach the store (default: 60)",
    )


def _add_message_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("messages")
    group.add_argument(
        "--log-level",
        "-l",
        metavar="LEVEL",
        type=_log_level,
        default="WARNING",
        help=f"one of {', '.join(LOG_LEVELS)}; DEBUG adds the traceback to an error "
        "(default: WARNING)",
    )
    group.add_argument(
        "--quiet", action="store_true", help="no progress and no summary; warnings and errors only"
    )
    group.add_argument(
        "--json",
        action="store_true",
        help="print one machine-readable summary on standard output, all else on standard error",
    )


def _add_show_options(parser: argparse.ArgumentParser) -> None:
    titled = parser.add_argument_group("show something and exit")
    group = titled.add_mutually_exclusive_group()
    group.add_argument(
        "--list-models",
        metavar="PATTERN",
        nargs="?",
        const="*",
        help="list the models whose name matches ('ddm', 'full*'; default: all)",
    )
    group.add_argument(
        "--show-config",
        action="store_true",
        help="print the configuration that these options give, as YAML for --config-path",
    )
    group.add_argument(
        "--init-config", metavar="MODEL", help="print a commented configuration for a model"
    )
    group.add_argument("--version", action="store_true", help="print the version")


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse a command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; default ``sys.argv[1:]``.

    Returns
    -------
    argparse.Namespace
        One attribute for each option; ``mlflow_tag`` is a dict, or an empty list; and
        ``n_files_source``, where the number of files comes from.

    Raises
    ------
    UsageError, TrackingUsageError
        With one message naming the option, its value and what is allowed.
    SystemExit
        With code 0 after ``--help``.

    Examples
    --------
    >>> parse(["--output", "data", "--mlflow-tag", "lab=a"]).mlflow_tag
    {'lab': 'a'}
    """
    parser = build_parser()
    _complete(parser)
    _check_text(sys.argv[1:] if argv is None else argv)
    options, unknown = parser.parse_known_args(argv)
    if unknown:
        raise UsageError(_unknown_argument(parser, unknown[0]))
    _check_shown(parser, options)
    options.n_files_source = "default" if options.n_files is None else "command line"
    options.n_files = options.n_files or 1
    if options.mlflow_tag:
        from ssms.tracking import parse_tags

        options.mlflow_tag = parse_tags(options.mlflow_tag)
    return options


def _check_text(argv: Sequence[str]) -> None:
    """Refuse bytes that are no text: neither a record nor a store could hold them."""
    for argument in argv:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise UsageError(f"the argument {argument!a} is not text in UTF-8") from None


def _check_shown(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Refuse options that would change nothing of what is to be shown."""
    shown = next((name for name in _ANSWERS if getattr(options, name) not in (None, False)), None)
    if shown is None:
        return
    for action in parser._actions:
        given = getattr(options, action.dest, action.default) != action.default
        if given and action.dest not in (shown, *_ANSWERS[shown]):
            option, other = action.option_strings[0], shown.replace("_", "-")
            raise UsageError(f"{option} changes nothing of what --{other} prints: leave it away")


def _complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell's request for completions, if this is one and argcomplete is there."""
    import os

    if "_ARGCOMPLETE" not in os.environ:
        return
    try:
        import argcomplete
    except ImportError:
        return
    for action in parser._actions:
        if action.dest in ("model", "init_config", "list_models"):
            action.completer = _model_names  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser)


def _model_names(**_: Any) -> list[str]:
    from ssms.config import model_config

    return sorted(model_config)


def _unknown_argument(parser: argparse.ArgumentParser, argument: str) -> str:
    """Word the message; only the name is repeated, because a value may hold a password."""
    if not argument.startswith("-"):
        from ssms.tracking import mask_uri

        return f"unexpected argument {mask_uri(argument)!r}: settings are given as --option VALUE"
    name = argument.split("=", 1)[0]
    known = [option for action in parser._actions for option in action.option_strings]
    close = nearest(name, [option for option in known if option.startswith("--")])
    return f"unknown option {name!r}." + (f" Did you mean '{close}'?" if close else "")


def _fail(text: str, allowed: str) -> NoReturn:
    """Raise what argparse completes to "argument --name: must be ..., got ..."."""
    raise argparse.ArgumentTypeError(str(bad_value("", text, allowed)).strip())


def _positive_integer(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        _fail(text, "a whole number of at least 1")
    if value > MOST_FILES:
        _fail(text, f"at most {MOST_FILES}")
    return value


def _seed(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if value < 0:
        _fail(text, "a whole number of at least 0")
    return value


def _cpus(text: str) -> int | str:
    if text.strip().lower() == "all":
        return "all"
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        _fail(text, "a whole number of at least 1, or 'all'")
    return value


def _positive_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (value > 0 and math.isfinite(value)):
        _fail(text, "a number above 0")
    return value


def _log_level(text: str) -> str:
    level = text.upper()
    if level not in LOG_LEVELS:
        close = nearest(text, LOG_LEVELS)
        hint = f" (did you mean {close}?)" if close else ""
        _fail(text, f"one of {', '.join(LOG_LEVELS)}{hint}")
    return level
