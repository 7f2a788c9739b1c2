"""Results that are written to a JSON file one by one, so that an interrupted run can go on."""

from __future__ import annotations

import json


class Kept:
    """Results by name.

    Parameters
    ----------
    path : Path
        The JSON file; it appears whole at each result, and replaces an earlier one.
    asked : dict
        What the results depend on, as JSON gives it back.
    resume : bool
        Whether results in the file are taken over, if they are of the same request.
    """

    def __init__(self, path, asked, resume):
        self._path, self._record = path, {"asked": asked, "results": {}}
        if resume and path.exists():
            earlier = json.loads(path.read_text())
            if earlier.get("asked") != asked:
                raise ValueError(f"{path} has results of {earlier['asked']}, not of {asked}")
            self._record = earlier

    def get(self, name, make):
        """Return the result of a name; make it, if it is not there yet."""
        results = self._record["results"]
        if name not in results:
            results[name] = make()
            self.add()
        return results[name]

    def add(self, **more):
        """Write the file, with more that belongs in it."""
        self._record |= more
        beside = self._path.with_name(self._path.name + ".part")
        beside.write_text(json.dumps(self._record, indent=1))
        beside.replace(self._path)
