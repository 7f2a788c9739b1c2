"""One of the two packages being compared: an interpreter with a persistent worker in it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from pathlib import Path

IMPORT_CODE = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"


class SideError(RuntimeError):
    """The worker could not do what was asked; the message is its exception."""


class Side:
    """Speaks the line protocol of `benchmarks.worker` with a child of the given interpreter."""

    def __init__(self, name, python, **variables):
        self.name, self.python = name, str(python)
        # what this process found through PYTHONPATH must not shadow the peer's own package
        self.environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        if name.startswith("ours"):
            self.environment = {**os.environ, **variables}
        self.process = subprocess.Popen(
            [self.python, str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self.environment,
            text=True,
        )
        self.about = self.ask("hello")

    def ask(self, op, **request):
        """Send one request and return the answer."""
        self.send(op, **request)
        return self.answer()

    def send(self, op, **request):
        """Send one request, whose `answer` is fetched later."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps({"op": op, **request}) + "\n")
            self.process.stdin.flush()

    def answer(self):
        """Wait for the answer to what was sent."""
        line = self.process.stdout.readline()
        if not line:
            self.close()
            raise SideError(f"{self.name} ({self.python}) ended with {self.process.returncode}")
        answer = json.loads(line)
        if "error" in answer:
            raise SideError(f"{self.name}: {answer['error']}")
        return answer

    def prepare(self, model, entry, theta, n_samples, **arguments):
        """Fix the call that `seconds` times."""
        self.ask(
            "prepare",
            model=model,
            entry=entry,
            theta=theta,
            n_samples=n_samples,
            arguments=arguments,
        )

    def seconds(self, calls, seed):
        """Return the seconds of one prepared call, averaged over ``calls`` in a row."""
        return self.ask("time", calls=calls, seed=seed)["seconds"]

    def import_seconds(self, module):
        """Return the seconds of importing a module in a fresh interpreter."""
        command = [self.python, "-c", IMPORT_CODE.format(module)]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        )
        return float(done.stdout)

    def close(self):
        """End the worker."""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
