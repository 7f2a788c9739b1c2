from typing import Any

import numpy as np
import numpy.typing as npt

N_PARAMETERS: int
FIRST_OF_BOUNDARY: int
FIRST_OF_DRIFT: int
ACCURACIES: tuple[str, ...]
DEFECTS: tuple[str | None, ...]
PROBABILITIES: tuple[str, ...]
STEEPEST_BOUNDARY: float
LEVY_DRIFT_SCALE: float
LEVY_DRIFT_GROWTH: float
LEVY_DRIFT_MAX: float

_Doubles = npt.NDArray[np.float64]
_Labels = npt.NDArray[np.int32]

class TooManySteps(ValueError): ...

def times_of(rts: _Doubles) -> tuple[float, bool, bool]: ...

class LawCall:
    def __init__(
        self,
        problem: Any,
        max_t: float,
        last_t: float,
        accuracy: int,
        n_per_trial: int,
        shares_at_infinity: bool = False,
        n_like: int = 1,
    ) -> None: ...
    def check(self) -> tuple[str, int] | None: ...
    @property
    def is_plain(self) -> bool: ...
    def set(self) -> None: ...
    def is_set(self) -> bool: ...
    def log_density(
        self,
        isa: int,
        begin: int,
        end: int,
        rts: _Doubles,
        choices: _Labels,
        values: _Doubles,
        gradient: _Doubles | None = None,
        columns: _Labels | None = None,
    ) -> None: ...
    def probability(
        self,
        isa: int,
        kind: int,
        begin: int,
        end: int,
        rts: _Doubles,
        choices: _Labels,
        values: _Doubles,
    ) -> None: ...

CALL_LIKELIHOOD: int
XLA_HANDLER: int

class Likelihood:
    address: int
    def __init__(self, call: LawCall, columns: _Labels, n_parameters: int, isa: int) -> None: ...
    def words(self) -> bytes: ...
    def log_density(
        self, n: int, inputs: list[npt.NDArray[Any]], outputs: list[npt.NDArray[Any]]
    ) -> bool: ...
