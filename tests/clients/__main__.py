"""``python -m tests.clients``: HSSM and LANfactory, as their users run them, on this tree.

Makes a virtual environment for each client with pip alone, installs a wheel of this tree there, and
runs the client's tests.  The environments are kept and used again (--folder).  HSSM and LANfactory
need Python 3.12 or later.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TOOLS = ("pytest>=8.0", "pytest-timeout>=2.3")
CLIENTS = {
    "hssm": (
        ("hssm==0.5.0", "jax>=0.4.30"),
        ("likelihoods/test_[!f]*.py", "clients/test_hssm*.py"),  # fits take long
    ),
    "lanfactory": (("lanfactory==0.9.0",), ("clients/test_lanfactory*.py",)),
}


class OutOfTimeError(Exception):
    """The time that was given has passed."""


def interpreter():
    """Return a Python that the clients can be installed for; None if there is none."""
    if sys.version_info >= (3, 12):
        return sys.executable
    places = [shutil.which(f"python3.{minor}") for minor in (12, 13, 14)]
    places += sorted(Path.home().glob(".pyenv/versions/3.1[2-4]*/bin/python"))
    for place in places:
        code = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))"
        if place and subprocess.run([place, "-c", code], capture_output=True).returncode == 0:
            return str(place)
    return None


class Clock:
    """What is left of the time."""

    def __init__(self, minutes):
        self.end = time.monotonic() + 60.0 * minutes

    def run(self, *command):
        """Run a command, and end it with all that it started when time is out."""
        left = self.end - time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command], cwd=ROOT, start_new_session=True, env=environment()
        )
        try:
            return process.wait(timeout=max(left, 0.0))
        except subprocess.TimeoutExpired:
            raise OutOfTimeError from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def environment():
    """Return variables for the clients: one thread each, nothing shown, this package alone."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return {**kept, "OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg"}


def prepared(python, name, folder, clock):
    """Return the interpreter of a client's environment, with a wheel of this tree in it."""
    requirements, _ = CLIENTS[name]
    home = folder / name
    inside = home / "bin" / "python"
    done = home / "requirements.txt"
    wanted = "\n".join([*TOOLS, *requirements])
    if not done.exists() or done.read_text() != wanted:
        shutil.rmtree(home, ignore_errors=True)
        if clock.run(python, "-m", "venv", home) or clock.run(
            inside, "-m", "pip", "install", "-qq", *TOOLS, *requirements
        ):
            return None
        done.write_text(wanted)
    again = ("--force-reinstall", "--no-deps")
    for options in ((), again):  # first for what a new version of ours requires
        if clock.run(inside, "-m", "pip", "install", "-qq", *options, *folder.glob("wheel/*.whl")):
            return None
    return inside


def main(argv=None):
    """Return 0 if all tests that were run passed, 1 if not, 2 if nothing could be prepared."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description=__doc__)
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=f"of {', '.join(CLIENTS)}")
    parser.add_argument("--minutes", type=float, default=120.0, help="stop after as many")
    parser.add_argument("--folder", type=Path, help="of the environments")
    arguments = parser.parse_args(argv)
    unknown = set(arguments.clients) - set(CLIENTS)
    if unknown:
        parser.error(f"unknown client {', '.join(sorted(unknown))}; known: {', '.join(CLIENTS)}")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = (arguments.folder or cache / "ssm-simulators" / "clients").resolve()
    python, clock = interpreter(), Clock(arguments.minutes)
    if python is None:
        print("clients: not run, Python 3.12 or later was not found")
        return 2
    failed, stage = [], "building a wheel"
    try:
        shutil.rmtree(folder / "wheel", ignore_errors=True)
        if clock.run(python, "-m", "pip", "wheel", "-qq", "--no-deps", "-w", folder / "wheel", "."):
            print("clients: not run, no wheel of this tree could be built")
            return 2
        for name in arguments.clients or CLIENTS:
            stage = f"preparing {name}"
            inside = prepared(python, name, folder, clock)
            if inside is None:
                print(f"clients: {name} could not be installed")
                return 2
            stage = f"the tests of {name}"
            files = [
                path for pattern in CLIENTS[name][1] for path in sorted(HERE.parent.glob(pattern))
            ]
            # The first failure ends them: what runs out of time later would hide it.
            options = ("-x", "-m", "", "-p", "no:cacheprovider", "--durations=5")
            if clock.run(inside, "-m", "pytest", "-q", *options, *files):
                failed.append(name)
    except OutOfTimeError:
        print(f"clients: stopped after {arguments.minutes:g} minutes, during {stage}")
    if failed:
        print(f"clients: tests failed of {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
