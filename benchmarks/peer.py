"""Where the released package lives: a virtual environment of its own, outside the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

RELEASE = "ssm-simulators==0.15.0"
VARIABLE = "SSMS_BENCH_PEER"


class PeerError(RuntimeError):
    """There is no interpreter with the released package; the message says how to get one."""


def default_folder():
    """Return the folder that ``--setup-peer`` fills."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "ssm-simulators" / RELEASE.replace("==", "-")


def find(option=None):
    """Return the peer's interpreter: the option, else the environment, else the default folder."""
    for given, source in ((option, "--peer"), (os.environ.get(VARIABLE), VARIABLE)):
        if given:
            if shutil.which(given) is None:
                raise PeerError(f"{source} names {given!r}, which is not an interpreter")
            return given
    python = default_folder() / "bin" / "python"
    if python.exists():
        return str(python)
    raise PeerError(
        f"no interpreter with {RELEASE}: give --peer PYTHON or {VARIABLE}, or run with --setup-peer"
    )


def set_up():
    """Create the default folder's environment, install the release there, return its Python."""
    python = default_folder() / "bin" / "python"
    if not python.exists():
        subprocess.run([_base_interpreter(), "-m", "venv", str(default_folder())], check=True)
    # standard output belongs to the table
    command = [str(python), "-m", "pip", "install", "--quiet", RELEASE]
    subprocess.run(command, check=True, stdout=sys.stderr)
    return str(python)


def _base_interpreter():
    if sys.version_info >= (3, 12):
        return sys.executable
    for minor in (14, 13, 12):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    raise PeerError(f"{RELEASE} needs Python 3.12 or later, and none was found")
