# PYTHON_ARGCOMPLETE_OK
"""``ssms-generate``: from options to a run, and to an exit code.

Everything that takes long to import is imported after the command line was understood, so that
``--help`` and a misspelt option answer at once.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import gc
import os
import sys
import threading
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssms._lazy import names_on_demand
from ssms.cli.options import PROGRAM, QUESTIONS, UsageError, parse
from ssms.errors import SsmsError
from ssms.text import reason

if TYPE_CHECKING:
    from ssms.cli.console import Console
    from ssms.runs import Plan

__all__ = ["command", "main"]

_EARLIER = """
    RESERVED_MLFLOW_TAGS collect_data_generator_config create_estimator generate_data
    get_basic_config_from_yaml load_config make_data_generator_configs parse_dict_as_namedtuple
    parse_mlflow_tags parse_n_cpus
"""
__getattr__, __dir__ = names_on_demand(
    __name__, dict.fromkeys(_EARLIER.split(), "ssms.cli.earlier")
)

GARBAGE_THRESHOLD = 50_000  # objects between two searches for cycles
DONE, FAILED, USAGE, TRACKING_INCOMPLETE, CTRL_C = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``ssms-generate``.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; default ``sys.argv[1:]``.

    Returns
    -------
    int
        0 done, 1 failed, 2 wrong usage or configuration, 3 data complete but tracking incomplete,
        128 + n ended by signal n.

    Examples
    --------
    >>> main(["--version"])
    ssm-simulators 0.16.0
    0
    """
    debug = False
    try:
        options = parse(argv)
        debug = options.log_level == "DEBUG"
        return _with_messages(options)
    except KeyboardInterrupt:
        return _failed("interrupted", CTRL_C, debug=False)
    except SystemExit as end:  # --help, or Terminated by a signal
        if isinstance(end.code, int) and end.code > DONE:
            return _failed(end, end.code, debug=False)
        _flush()
        return DONE
    except UsageError as error:
        return _failed(error, USAGE, debug)
    except SsmsError as error:
        return _failed(error, FAILED, debug)
    except OSError as error:
        return _failed(reason(error), FAILED, debug)
    except Exception as error:
        return _failed(f"{type(error).__name__}: {error}", FAILED, debug)


def command() -> int:
    """Run `main` as a process of its own; ``ssms-generate`` calls it.

    A process of a tenth of a second would spend a fifth of it on cleaning up: searching for cycles
    while modules are imported, and taking them apart in the end.  So the search is rare, and the
    process ends at once.  It must do so after a call of MLflow that was given up, which goes on in
    its thread: a library in C++ would abort the process while the interpreter ends.
    """
    gc.set_threshold(GARBAGE_THRESHOLD, *gc.get_threshold()[1:])
    code = main()
    if code > CTRL_C - 2:  # after a signal, libraries that end in the midst of something complain
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    calls = sys.modules.get("ssms.tracking.calls")  # not imported: no call was made
    if calls is None or not calls.goes_on():
        if threading.active_count() > 1:
            return code
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)


def _flush() -> None:
    """Write the output of argparse; a reader that has gone away is no error."""
    from ssms.cli.console import tell

    tell("", sys.stdout)


def _failed(message: object, code: int, debug: bool) -> int:
    """Print the error in one line, with the traceback if it was asked for."""
    from ssms.cli.console import complain
    from ssms.tracking import mask_message

    if debug:
        print(mask_message(traceback.format_exc()), file=sys.stderr, end="")
    complain(message, f" (see {PROGRAM} --help)" if code == USAGE else "")
    return code


def _with_messages(options: argparse.Namespace) -> int:
    from ssms.cli.console import Console, logging_to_stderr

    console = Console(quiet=options.quiet, as_json=options.json)
    if options.version:
        from ssms._version import __version__

        console.answer(f"ssm-simulators {__version__}", {"version": __version__})
        return DONE
    from ssms.tracking import masked_logging

    with logging_to_stderr(options.log_level), masked_logging():
        shown = _show(options, console)
        if shown is not None:
            return shown
        from ssms.runs import make_plan

        plan = make_plan(vars(options))
        if options.dry_run:
            from ssms.cli.dry_run import dry_run

            return dry_run(plan, console)
        return _run(plan, console)


def _show(options: argparse.Namespace, console: Console) -> int | None:
    """Print the requested information; return None if a run was requested."""
    if all(getattr(options, name) in (None, False) for name in QUESTIONS):
        return None
    from ssms.cli import show

    try:
        if options.list_models is not None:
            show.models(options.list_models, console)
        elif options.init_config:
            show.initial_config(options.init_config, console)
        elif options.show_config:
            show.resolved_config(options, console)
        elif options.status:
            return DONE if show.status(options.status, options.finish, console) else FAILED
        elif options.check:
            return DONE if show.check(options.check, console) else FAILED
    except SsmsError as error:
        raise UsageError(str(error)) from error
    return DONE


def _run(plan: Plan, console: Console) -> int:
    """Carry out a plan, and say how it went."""
    from ssms.cli.progress import ConsoleDisplay
    from ssms.runs.work import working
    from ssms.tracking.signals import ending_signals

    with ending_signals(command=True), working(plan, ConsoleDisplay(console)) as work:
        try:
            summary = work.do()
        except BaseException:
            if work.opened:
                with contextlib.suppress(OSError):
                    summary = work.summary(str(work.record.content["state"]))
                    console.conclude(str(summary), summary.as_dict())
            raise
        console.conclude(str(summary), summary.as_dict())
        return DONE if summary.complete else TRACKING_INCOMPLETE


if __name__ == "__main__":
    sys.exit(command())
