"""The options of ``ssms-generate``, from the table of settings.

Importing and building the parser costs a few milliseconds, because it imports little but argparse.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from ssms.errors import bad_value, nearest
from ssms.settings.checks import NotAllowed, UsageError
from ssms.settings.table import GROUPS, ROWS, Row

__all__ = ["PROGRAM", "QUESTIONS", "UsageError", "build_parser", "parse"]

PROGRAM = "ssms-generate"

_DESCRIPTION = """\
Generate training data for likelihood networks from sequential sampling models.

The data appear as .pickle files in
  OUTPUT/data/training_data/<approach>/training_data_n_samples_<n>_dt_<delta_t>/<model>/
A record of the run appears in OUTPUT/runs/.  Interrupted?  Give the same command again: it
makes the missing files."""

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
  one run shared by the tasks of a Slurm job array:
    srun ssms-generate --config-path my.yaml --output /shared/data --n-files 1000 --array
  follow the run in MLflow (then: mlflow ui --backend-store-uri sqlite:///mlflow.db):
    ssms-generate --output data --mlflow-run-name first-try

each setting is taken from the command line, else from the environment variable named in its
help, else from the configuration file, else from the default; --dry-run shows which it was.

exit codes:
  0 done    1 failed    2 wrong usage or configuration
  3 data complete, tracking incomplete (the same command sends the rest)
  129, 130, 143  ended by SIGHUP, SIGINT (Ctrl-C), SIGTERM; whole files are kept
  138, 140, 152  the same after SIGUSR1, SIGUSR2, SIGXCPU of a batch system"""


#: Options that show something instead of a run, by the name of their attribute.
QUESTIONS = tuple(row.dest for row in ROWS.values() if row.group == "show")
# Options that show something instead of a run, and the options that change their output.
_MESSAGES = ("log_level", "quiet", "json")
_ANSWERS: dict[str, tuple[str, ...]] = {
    "list_models": _MESSAGES,
    "init_config": _MESSAGES,
    "status": (*_MESSAGES, "finish"),
    "check": _MESSAGES,
    "version": _MESSAGES,
}


class _Parser(argparse.ArgumentParser):
    """A parser that raises `UsageError` with one line, where argparse prints its usage."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of ``ssms-generate``, which raises `UsageError` on a wrong command line.

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
    for group, (title, text) in GROUPS.items():
        place: Any = parser.add_argument_group(title, text)
        if group == "show":
            place = place.add_mutually_exclusive_group()
        for row in ROWS.values():
            if row.option and row.group == group:
                _add(place, row)
    return parser


def _add(group: Any, row: Row) -> None:
    """Add the option of one row."""
    flags = [row.option, *([row.short] if row.short else [])]
    arguments: dict[str, Any] = {"help": _help(row), "dest": row.dest, **row.parser}
    if row.kind is bool:
        arguments |= {"action": "store_true", "default": None if row.yaml else False}
    else:
        arguments["metavar"] = row.metavar
        if arguments.get("action") == "append":
            arguments["default"] = []
        else:
            arguments["type"] = _reader(row)
    if row.name == "log_level":
        arguments["default"] = row.default
    group.add_argument(*flags, **arguments)


def _help(row: Row) -> str:
    """Return the meaning of an option, with the places it can come from."""
    notes = []
    if row.variable:
        notes.append(f"environment: {row.variable}")
    if row.yaml and not row.name.startswith("mlflow"):
        notes.append(f"default: {row.name.upper()} of the configuration")
    elif row.default not in (None, False, {}):
        notes.append(
            f"default: {row.default:g}" if row.kind is float else f"default: {row.default}"
        )
    text = row.help + (f" ({'; '.join(notes)})" if notes else "")
    return text.replace("%", "%%")


def _reader(row: Row) -> Any:
    """Return the function with which argparse reads a value."""

    def read(text: str) -> Any:
        try:
            return row.parse(text)
        except NotAllowed as error:
            # argparse completes it to "argument --name: must be ..., got ..."
            message = str(bad_value("", text, str(error))).strip()
            raise argparse.ArgumentTypeError(message) from None

    return read


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse a command line; default ``sys.argv[1:]``.

    Every option is an attribute, checked; ``mlflow_tag`` is a dict, or an empty list.  `UsageError`
    names the option, its value and the allowed values; ``--help`` raises SystemExit with code 0.

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
    """Refuse options that do not change the answer that is asked for."""
    if options.finish and not options.status:
        raise UsageError("--finish goes with --status DIR")
    shown = next((name for name in _ANSWERS if getattr(options, name) not in (None, False)), None)
    if shown is None:
        return
    for action in parser._actions:
        given = getattr(options, action.dest, action.default) != action.default
        if given and action.dest not in (shown, *_ANSWERS[shown]):
            option, other = action.option_strings[0], shown.replace("_", "-")
            raise UsageError(f"{option} does not change the output of --{other}: omit it")


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
