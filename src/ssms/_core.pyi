"""The bridge to the C core: checks shapes, releases the GIL, calls one C function."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

class Allowed(NamedTuple):
    number: int
    words: str

class RoleRow(NamedTuple):
    number: int
    name: str
    allowed: Allowed
    value: float
    per_particle: bool

class ProcessRow(NamedTuple):
    number: int
    name: str
    roles: dict[str, RoleRow]
    has_boundary: bool
    has_drift: bool
    n_extras: int

class ParameterRow(NamedTuple):
    name: str
    allowed: Allowed
    value: float

class CurveRow(NamedTuple):
    number: int
    name: str
    parameters: tuple[ParameterRow, ...]
    n_columns: int
    is_linear: bool

class Fault(NamedTuple):
    place: str
    role: str
    particle: int
    parameter: int
    trial: int
    words: str

METHODS: tuple[str, ...]
NDT_KINDS: tuple[str, ...]
ISA_NAMES: tuple[str, ...]
BEST_ISA: int
MAX_COUNT: int
MAX_PARTICLES: int
OMISSION: float
NO_RESPONSE_TIME: float
LAST_TIME: float
USUAL_MAX_T: float
MAX_STEPS: int
GAZE_REACH: int
CONTINUATIONS: dict[str, int]
PROCESSES: dict[str, ProcessRow]
BOUNDARIES: dict[str, CurveRow]
DRIFTS: dict[str, CurveRow]

def is_allowed(allowed: int, value: float) -> bool: ...
def read_numbers(
    values: dict[str, Any], names: tuple[str, ...], column: npt.NDArray[np.float64]
) -> bool: ...

class CancelFlag:
    def set(self) -> None: ...
    def is_set(self) -> bool: ...

KNOT_SIZE: int

def n_cells(max_t: float) -> int: ...

class CurveSamples:
    def __init__(
        self,
        times: npt.NDArray[np.float64],
        values: npt.NDArray[np.float64],
        scale: npt.NDArray[np.float64],
    ) -> None: ...
    def find_bends(self, allowed: float, shortest: float, cells: npt.NDArray[np.int32]) -> int: ...
    def find_knots(self, allowed: float, at: npt.NDArray[np.int32]) -> int: ...
    def set_knots(
        self, allowed: float, at: npt.NDArray[np.int32], knots: npt.NDArray[np.float64]
    ) -> None: ...

class CurveTable:
    def __init__(
        self,
        knots: npt.NDArray[np.float64],
        sizes: list[int],
        index: npt.NDArray[np.int32],
        rows: npt.NDArray[np.float64],
        n_columns: int,
        end: int,
    ) -> None: ...
    end: int

class Layout:
    n_rows: int
    def __init__(
        self,
        process: int,
        n_particles: int,
        ndt_kind: int,
        roles: tuple[tuple[int, int, int, float, bool], ...],
        boundary: tuple[int, tuple[int, ...], tuple[float, ...]] | None,
        drift: tuple[int, tuple[int, ...], tuple[float, ...]] | None,
        n_rows: int,
        start_is_relative: bool = False,
        variant: int = 0,
    ) -> None: ...

def draw(
    layout: Layout,
    theta: npt.NDArray[np.float64],
    noise: float,
    n_samples: int,
    max_t: float,
    seed: int,
    delta_t: float,
    smooth_times: bool,
    method: int,
    isa: int,
    rts: npt.NDArray[np.float32],
    choices: npt.NDArray[np.int32],
) -> bool: ...
def count_wide_starts(layout: Layout, theta: npt.NDArray[np.float64]) -> int: ...
def first_bad_gaze(
    onsets: npt.NDArray[np.float64],
    counts: npt.NDArray[np.float64],
    firsts: npt.NDArray[np.float64],
) -> int: ...

class Problem:
    end: int
    def __init__(
        self,
        layout: Layout,
        theta: npt.NDArray[np.float64],
        noise: float,
        n_samples: int,
        max_t: float,
        seed: int,
        delta_t: float,
        smooth_times: bool,
        boundary_table: CurveTable | None = None,
        drift_table: CurveTable | None = None,
    ) -> None: ...
    def follow_gaze(
        self,
        schedule: tuple[npt.NDArray[np.float64], ...] | None,
        continuation: int,
        log_durations: npt.NDArray[np.float64],
    ) -> None: ...
    def check(self, begin: int = 0, end: int = -1) -> Fault | None: ...
    def capsule(self) -> Any: ...
    def sample(
        self,
        method: int,
        isa: int,
        begin: int,
        end: int,
        rts: npt.NDArray[np.float32],
        choices: npt.NDArray[np.int32],
        extras: tuple[npt.NDArray[np.float32], ...],
        cancel: CancelFlag,
    ) -> None: ...
    @property
    def path_columns(self) -> int: ...
    def path(self, method: int, path: npt.NDArray[np.float32]) -> None: ...

def summarize(
    rts: npt.NDArray[np.float32],
    choices: npt.NDArray[np.int32],
    n_trials: int,
    labels: npt.NDArray[np.int32],
    max_t: float,
    histograms: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    go: int,
    shares: tuple[npt.NDArray[np.float64], ...],
) -> None: ...
