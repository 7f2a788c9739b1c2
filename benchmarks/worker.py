"""The child that runs in the interpreter being timed: JSON requests in, JSON answers out.

It is run as a script, by this Python or by that of the released package, so it imports nothing
but numpy and whichever ``ssms`` that interpreter has.  Each line of standard input is a request
with an ``op``; each gets one line back.  Arrays of results go through a file.
"""

import json
import platform
import sys
import time
import warnings


class Worker:
    """Keeps what was prepared, so that a timed call does nothing but the call."""

    def __init__(self):
        import numpy as np

        import ssms
        from ssms.basic_simulators.simulator import simulator

        self.np, self.ssms, self.simulator = np, ssms, simulator
        self.call = None

    def hello(self):
        """Return the versions, and the models there are."""
        return {
            "ssms": self.ssms.__version__,
            "python": platform.python_version(),
            "numpy": self.np.__version__,
            "models": sorted(self.ssms.config.model_config.keys()),
        }

    def bounds(self, model):
        """Return the training bounds of a model, by parameter."""
        return self.ssms.config.model_config[model]["param_bounds_dict"]

    def prepare(self, model, entry, theta, n_samples, arguments):
        """Fix the call that `time` repeats; vectors of theta become arrays."""
        theta = {
            key: self.np.array(value) if isinstance(value, list) else value
            for key, value in theta.items()
        }
        if "extra_fields" in arguments:
            arrays = {k: self.np.array(v) for k, v in arguments["extra_fields"].items()}
            arguments = {**arguments, "extra_fields": arrays}
        if entry == "simulator":
            arguments = {"model": model, **arguments}
            function = self.simulator
        else:
            function = self.ssms.Simulator(model).simulate

        def call(seed):
            return function(theta, n_samples=n_samples, random_state=seed, **arguments)

        self.call = call
        return {}

    def time(self, calls, seed):
        """Return the seconds of one call, averaged over ``calls`` in a row."""
        begin = time.perf_counter()
        for i in range(calls):
            self.call(seed + i)
        return {"seconds": (time.perf_counter() - begin) / calls}

    def sample(self, seed, path):
        """Make the prepared call once and leave its results in a file."""
        begin = time.perf_counter()
        result = self.call(seed)
        seconds = time.perf_counter() - begin
        self.np.savez(path, rts=result["rts"], choices=result["choices"])
        return {"seconds": seconds, "method": str(result["metadata"].get("method", ""))}


def main():
    """Answer requests until standard input ends."""
    # the released package prints to standard output at times: keep that apart from the answers
    answers, sys.stdout = sys.stdout, sys.stderr
    warnings.simplefilter("ignore")
    worker = Worker()
    for line in sys.stdin:
        request = json.loads(line)
        operation = request.pop("op")
        try:
            answer = getattr(worker, operation)(**request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
