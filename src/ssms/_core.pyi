"""The bridge to the C core: checks shapes, releases the GIL, calls one C function."""

import numpy as np
import numpy.typing as npt

ROLES: tuple[str, ...]
NDT_KINDS: tuple[str, ...]
ISA_NAMES: tuple[str, ...]
DIFFUSION_ROLES: tuple[str, ...]
BOUNDARY_KINDS: tuple[str, ...]
DRIFT_KINDS: tuple[str, ...]
BEST_ISA: int

class CancelFlag:
    def set(self) -> None: ...
    def is_set(self) -> bool: ...

class Call:
    def sample(
        self,
        isa: int,
        begin: int,
        end: int,
        rts: npt.NDArray[np.float32],
        choices: npt.NDArray[np.int32],
        cancel: CancelFlag,
    ) -> None: ...
    def path(self, delta_t: float, path: npt.NDArray[np.float32]) -> None: ...

class WienerCall(Call):
    def __init__(
        self,
        theta: npt.NDArray[np.float64],
        rows: tuple[int, ...],
        constants: tuple[float, ...],
        ndt_kind: int,
        start_halfwidth_is_relative: bool,
        n_samples: int,
        max_t: float,
        seed: int,
        tabulate: bool = False,
    ) -> None: ...
    @property
    def method(self) -> str: ...
    def check(self) -> tuple[int, int] | None: ...

class Summary:
    def __init__(
        self,
        labels: npt.NDArray[np.int32],
        max_t: float,
        n_trials: int,
        histogram_0: npt.NDArray[np.float64],
        histogram_1: npt.NDArray[np.float64],
    ) -> None: ...
    def add(
        self, begin: int, end: int, rts: npt.NDArray[np.float32], choices: npt.NDArray[np.int32]
    ) -> None: ...
    def shares(
        self,
        n_samples: int,
        go: int,
        choice_p: npt.NDArray[np.float64],
        choice_p_no_omission: npt.NDArray[np.float64],
        omission_p: npt.NDArray[np.float64],
        go_p: npt.NDArray[np.float64],
    ) -> None: ...

class CurveTable:
    def __init__(
        self,
        values: npt.NDArray[np.float64],
        times: npt.NDArray[np.float64],
        smooth: npt.NDArray[np.float64],
        origin: float,
        density: float,
        closeness: float,
    ) -> None: ...

_Curve = tuple[int, tuple[int, ...], tuple[float, ...], CurveTable | None]

class DiffusionCall(Call):
    def __init__(
        self,
        theta: npt.NDArray[np.float64],
        rows: tuple[int, ...],
        constants: tuple[float, ...],
        ndt_kind: int,
        start_halfwidth_is_relative: bool,
        boundary: _Curve,
        drift: _Curve,
        has_leak: bool,
        has_stability: bool,
        n_samples: int,
        max_t: float,
        delta_t: float,
        smooth_times: bool,
        seed: int,
    ) -> None: ...
    @property
    def method(self) -> str: ...
    def check(self) -> tuple[int, int, int] | None: ...

class EulerCall(DiffusionCall): ...
