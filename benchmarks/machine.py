"""What a measurement was made on: processor, system, how busy it was, date."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path


def describe():
    """Return processor, number of CPUs, system, load average of the last minute, and date."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cpus": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 1),
        "date": datetime.date.today().isoformat(),
    }


def sentence(about, ours, peer):
    """Return one line that says what was compared, on what, and when."""
    return (
        f"ssms {ours['ssms']} (Python {ours['python']}, numpy {ours['numpy']}) against "
        f"{peer['ssms']} (Python {peer['python']}, numpy {peer['numpy']}); "
        f"{about['processor']}, {about['cpus']} CPUs, {about['system']}, load "
        f"{about['load']} at the start; {about['date']}"
    )
