"""Names of the compiled simulators of releases 0.9 to 0.15, for files and scripts that have them.

Training files of these releases hold such functions, as ``cssm.ddm_flexbound`` or
``cssm.ddm_models.ddm_flexbound``, and load with `pickle.load` because the names exist.  A function
simulates with `ssms.Simulator`; new code calls that.

>>> import numpy as np
>>> one = np.ones(2)  # two trials
>>> out = ddm_flexbound(v=one, a=one, z=0.5 * one, t=0.3 * one, n_samples=10, random_state=1)
>>> out["rts"].shape
(10, 2, 1)
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from cssm._simulators import SIMULATORS
from ssms._version import __version__
from ssms.transforms.simulation.common import warn_of_lambdas

__all__ = ["__version__"]

#: These simulators stand in files before lambdas; scripts find them in `cssm` itself.
_WITH_LAMBDAS = {"full_ddm_rv"}


class _Names(ModuleType):
    """A module of names."""

    def __getattr__(self, name: str) -> Any:
        found = SIMULATORS.get(self.__name__, {}).get(name)
        if found is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        if name in _WITH_LAMBDAS:
            warn_of_lambdas()
        return found

    def __dir__(self) -> list[str]:
        return sorted(SIMULATORS[self.__name__])


for _name in SIMULATORS:
    _module = _Names(_name, "Names of simulators (see `cssm`).")
    _module.__spec__ = ModuleSpec(_name, None)
    sys.modules[_name] = _module
    globals()[_name.removeprefix("cssm.")] = _module


def __getattr__(name: str) -> Any:
    for simulators in SIMULATORS.values():
        if name in simulators:
            return simulators[name]
    raise AttributeError(f"module 'cssm' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *(name for names in SIMULATORS.values() for name in names)})
