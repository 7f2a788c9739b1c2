"""The bridge to the kernel density of the C core: checks shapes, releases the GIL, calls it."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

def exp(isa: int, x: Floats, value: Floats) -> None: ...
def log(isa: int, x: Floats, value: Floats) -> None: ...
def grid_size(n: int, lowest: float, highest: float, bandwidth: float) -> int: ...

class Density:
    def __init__(
        self,
        isa: int,
        sample: Floats,
        bandwidth: float,
        lowest: float,
        total: Floats,
        beside: npt.NDArray[np.int32],
        work: Floats,
    ) -> None: ...
    def log_density(self, x: Floats, floor: Floats, value: Floats) -> None: ...
    def mass(self, low: float, high: float) -> float: ...
