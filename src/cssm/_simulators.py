"""The simulators of earlier releases: a table of their arguments, a class that calls today's."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms import Simulator
from ssms.basic_simulators.boundary_functions import addm_collapse, angle
from ssms.checks import seed_from
from ssms.errors import ConfigError, ParameterTypeError, bad_value
from ssms.processes import (
    Attention,
    Ballistic,
    Cascade,
    Counting,
    Diffusion,
    NonDecisionTime,
    Race,
)

__all__ = ["SIMULATORS", "OldSimulator"]

NO_DEADLINE = 999.0
"""Earlier releases passed this deadline (seconds) where there was none."""

_SETTINGS = (
    "n_samples", "delta_t", "max_t", "smooth_unif", "random_state", "return_option", "n_threads"
)  # fmt: skip
_CURVES = ("boundary_fun", "boundary_params", "drift_fun", "drift_params")
_WITHOUT_EFFECT = ("print_info", "boundary_multiplicative", "nact")
_FIXATIONS = ("r1", "r2", "flag", "sacc_array", "d", "sigma", "fixation_dist", "fixation_params")
_CONTINUATION = ("continuation_mode", "continuation_params")
_SELF_DRAWN = ("gamma_shape", "gamma_scale")


class OldSimulator:
    """A simulator function of an earlier release.

    Parameters
    ----------
    name, module : str
        Where it is found.
    arguments : str
        Its first arguments, in order: rows of theta, ``deadline`` and noise.
    process : callable
        Takes the number of accumulators and returns the process that it simulates.
    n_samples : int
        Samples of each trial, where a call does not say.
    boundary : tuple, optional
        The boundary that it has, whatever a call says: a function, or None for a constant one, and
        names of its parameters.
    refusal : str, optional
        Why it cannot be called.
    """

    def __init__(
        self,
        name: str,
        module: str,
        arguments: str,
        process: Callable[[int], Any],
        n_samples: int = 20_000,
        boundary: tuple[Any, ...] = (),
        refusal: str | None = None,
    ) -> None:
        self.__name__ = self.__qualname__ = name
        self.__module__ = module
        self.arguments = tuple(arguments.split())
        self.process = process
        self.n_samples = n_samples
        self.boundary = boundary
        self.refusal = refusal
        kinds = inspect.Parameter
        self.__signature__ = inspect.Signature(
            [kinds(argument, kinds.POSITIONAL_OR_KEYWORD) for argument in self.arguments]
            + [kinds("settings", kinds.VAR_KEYWORD)]
        )

    @property
    def default_noise(self) -> float:
        """Noise where a model names none."""
        return float(self.process(2).default_noise)

    def __reduce__(self) -> str:
        return self.__name__  # pickled, and copied, as a function is: by name

    def __repr__(self) -> str:
        return f"<simulator {self.__module__}.{self.__name__} of earlier releases>"

    def __call__(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Simulate with today's core.

        Parameters
        ----------
        *args, **kwargs
            The arguments of earlier releases: arrays with an entry, or for accumulators a row, a
            trial; ``boundary_fun``, ``boundary_params``, ``drift_fun``, ``drift_params``; and
            settings of `ssms.Simulator.simulate`.

        Returns
        -------
        dict
            ``rts`` float32 and ``choices`` int32, (n_samples, n_trials, 1), and ``metadata``.

        Raises
        ------
        ConfigError
            No function of today simulates the same.
        ParameterTypeError
            An argument is missing, or given twice.
        ParameterError
            As `ssms.Simulator.simulate`.
        """
        if self.refusal is not None:
            raise ConfigError(f"cssm.{self.__name__} cannot be called: {self.refusal}")
        given = self._bound(args, kwargs)
        settings = {name: given.pop(name) for name in _SETTINGS if name in given}
        settings["n_samples"] = settings.get("n_samples", self.n_samples)
        settings["random_state"] = seed_from(settings.get("random_state"))
        curves = [given.pop(name, None) for name in _CURVES]
        if self.boundary:
            curves[:2] = self.boundary[0], dict.fromkeys(self.boundary[1:])
        n_trials = given.pop("n_trials", None)
        extra_fields = self._extra_fields(given)
        process, theta = self._theta(given, curves)
        theta = _of_length(theta, n_trials)
        simulator = _simulator(self.__name__, process, tuple(theta), *map(_hashable, curves))
        return _simulated(simulator, theta, settings, extra_fields)

    def _bound(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments by name."""
        if len(args) > len(self.arguments):
            raise ParameterTypeError(
                f"{self.__name__} takes {', '.join(self.arguments)}, then settings by name; got "
                f"{len(args)} arguments without a name"
            )
        given = dict(zip(self.arguments, args, strict=False))
        twice = [name for name in given if name in kwargs]
        if twice:
            raise ParameterTypeError(f"{self.__name__} got {twice[0]!r} twice")
        given.update(kwargs)
        optional = ("deadline", "s", "sd", "a", *_DISTRIBUTIONS)  # a: where the boundary takes it
        missing = [n for n in self.arguments if n not in given and n not in optional]
        if missing:
            raise ParameterTypeError(f"{self.__name__} lacks the argument {', '.join(missing)}")
        for name in _WITHOUT_EFFECT:
            given.pop(name, None)
        return given

    def _extra_fields(self, given: dict[str, Any]) -> dict[str, Any]:
        """Take observed fixations out of the arguments."""
        if self.__name__ != "addm":
            return {}
        taken = {name: given.pop(name, None) for name in (*_FIXATIONS, *_CONTINUATION)}
        shape, scale = (given.pop(name, None) for name in _SELF_DRAWN)
        if taken["sacc_array"] is None:
            for name in _CONTINUATION:
                del taken[name]
        if (shape, scale) != (None, None) and taken["fixation_params"] is None:
            taken["fixation_params"] = {"a": shape or 6.0, "scale": scale or 0.1}
        return {name: value for name, value in taken.items() if value is not None}

    def _theta(
        self, given: dict[str, Any], curves: list[Any]
    ) -> tuple[Any, dict[str, NDArray[np.float64]]]:
        """Return the process, and the columns that it, its boundary and its drift read."""
        boundary_fun, boundary_params, drift_fun, drift_params = curves
        for name, value in {**(boundary_params or {}), **(drift_params or {})}.items():
            if value is not None:
                given.setdefault(name, value)
        matrices = {n: np.asarray(given[n]) for n in ("v", "vRL", "r") if n in given}
        process = self.process(next((m.shape[1] for m in matrices.values() if m.ndim == 2), 1))
        early = given.pop("s_pre_high_level_choice", None)
        if early is not None:
            process = replace(process, early_noise=_one_value("s_pre_high_level_choice", early))
        columns: dict[str, Any] = {}
        for name, value in given.items():
            columns.update(_columns(name, value, process))
        if np.all(columns.get("deadline", NO_DEADLINE) >= NO_DEADLINE):
            columns.pop("deadline", None)
        names = set(process.fixed_parameters) | {"deadline", *_DISTRIBUTIONS}
        names.update(boundary_params or (), drift_params or ())
        if boundary_fun is None:
            names.add(process.boundary_height or "")
        if drift_fun is None:
            names.add(process.base_drift or "")
        of_process = [name for name in process.noise_names if name in columns]
        names.update(of_process[:1] if {"s", "sd"} & set(of_process) else of_process)
        unread = [n for n in columns if n not in names and n not in self.arguments + _NOISE]
        if unread and not set(_DISTRIBUTIONS) & set(columns):  # they are made of sv, st, ...
            warnings.warn(
                f"cssm.{self.__name__} does not read {', '.join(unread)}", UserWarning, stacklevel=3
            )
        return process, {name: column for name, column in columns.items() if name in names}


_DISTRIBUTIONS = ("v_dist", "z_dist", "t_dist")
_NOISE = ("s", "sd")


def _columns(name: str, value: Any, process: Any) -> dict[str, Any]:
    """Return an argument as columns: one for each accumulator, or one."""
    if value is None:
        return {}
    if callable(value):
        return {name: value}
    array = np.asarray(value, np.float64)
    if array.ndim == 2:
        stem, first = ("s" if name in _NOISE else name), int(name in ("r", "k"))
        wide = {f"{stem}{i}": column for i, column in enumerate(array.T, first)}
        if set(wide) <= {*process.fixed_parameters, *process.noise_names}:
            return wide
    return {name: array.ravel()}


def _one_value(name: str, values: Any) -> float:
    found = np.unique(values)
    if found.size != 1:
        raise bad_value(name, values, "the same for all trials")
    return float(found[0])


def _length(theta: Mapping[str, Any]) -> int:
    return max((len(column) for column in theta.values() if not callable(column)), default=1)


def _of_length(theta: Mapping[str, Any], n_trials: int | None) -> dict[str, Any]:
    """Return theta with as many trials as were asked for."""
    length = _length(theta)
    n = length if n_trials is None else n_trials
    if length not in (1, n):
        raise bad_value("n_trials", n_trials, f"{length}, the number of trials in theta")
    return {
        name: column if callable(column) else np.broadcast_to(column, n)
        for name, column in theta.items()
    }


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, Mapping) else value


@lru_cache(maxsize=64)
def _simulator(
    name: str,
    process: Any,
    columns: tuple[str, ...],
    boundary_fun: Any,
    boundary_params: Any,
    drift_fun: Any,
    drift_params: Any,
) -> Simulator:
    """Return the model that a call describes."""
    beside = {*process.noise_names, *_DISTRIBUTIONS}
    config = {
        "name": name,
        "params": [column for column in columns if column not in beside],
        "nchoices": len(process.choices),
        "choices": list(process.choices),
        "n_particles": getattr(process, "n_particles", 1),
        "simulator": process,
    }
    if boundary_fun is not None:
        config.update(boundary=boundary_fun, boundary_params=list(boundary_params or ()))
        config["boundary_name"] = getattr(boundary_fun, "__name__", "custom")
    if drift_fun is not None:
        config.update(drift_fun=drift_fun, drift_params=list(drift_params or ()))
        config["drift_name"] = getattr(drift_fun, "__name__", "custom")
    return Simulator(config)


def _simulated(
    simulator: Simulator,
    theta: dict[str, Any],
    settings: dict[str, Any],
    extra_fields: dict[str, Any],
) -> dict[str, Any]:
    """Return samples; distributions in theta give trials of one sample each."""
    drawn = {name: theta.pop(name) for name in _DISTRIBUTIONS if name in theta}
    n_samples, n_trials = settings["n_samples"], _length(theta)
    if not drawn:
        results: dict[str, Any] = simulator.simulate(theta, extra_fields=extra_fields, **settings)
        later = np.zeros(1, np.float32)
    else:
        theta, later = _with_draws(theta, drawn, (n_samples, n_trials), settings["random_state"])
        results = simulator.simulate(theta, **{**settings, "n_samples": 1})
        results["metadata"].update(n_samples=n_samples, n_trials=n_trials)
    for key, value in results.items():
        if key != "metadata" and np.size(value) == n_samples * n_trials:
            results[key] = np.reshape(value, (n_samples, n_trials, 1))
    rts = results["rts"]
    results["rts"] = np.where(rts == -999.0, rts, rts + later.astype(np.float32))
    return results


def _with_draws(
    theta: Mapping[str, Any], drawn: Mapping[str, Any], shape: tuple[int, int], seed: int
) -> tuple[dict[str, Any], NDArray[Any]]:
    """Return theta of each sample without non-decision time, and the non-decision times."""
    each = {name: np.broadcast_to(column, shape) for name, column in theta.items()}
    rng = np.random.default_rng([seed, 1])
    for name, distribution in drawn.items():
        parameter = name.removesuffix("_dist")
        each[parameter] = each[parameter] + _draws(distribution, shape, rng)
    each["z"] = np.clip(each["z"], 0.0, 1.0)  # a start outside the boundaries has ended there
    later = each["t"]
    each["t"] = np.zeros(shape)
    if "deadline" in each:
        each["deadline"] = each["deadline"] - later
    return {name: column.ravel() for name, column in each.items()}, later[..., None]


def _draws(distribution: Callable[..., Any], shape: tuple[int, int], rng: Any) -> Any:
    try:
        return distribution(size=shape, random_state=rng)  # those of SciPy
    except TypeError:
        return distribution(size=shape)


# ---- the table -----------------------------------------------------------------------------------


def _names(stem: str, n: int) -> tuple[str, ...]:
    return tuple(f"{stem}{i}" for i in range(n))


def _always(process: Any) -> Callable[[int], Any]:
    return lambda n: process


def _cascade(order: str, **roles: Any) -> Callable[[int], Any]:
    return _always(Cascade(order, starts=("zh", "zl1", "zl2"), **roles))


_ONE = "v a z t deadline s"
_THREE = "zh zl1 zl2"
_UNIFORM = NonDecisionTime("uniform", "t", "st")
_LBA: dict[str, Any] = {
    "start_range": "z", "boundary_height": "a", "nondecision": NonDecisionTime()
}  # fmt: skip
_COLLAPSE = (addm_collapse, "a", "b")
_ANGLE = (angle, "a", "theta")
_MIC2 = f"vh vl1 vl2 a {_THREE} d g t deadline s"
_HEIGHT = (None,)  # a constant boundary, whose height is a parameter


def _gone(model: str) -> tuple[Any, ...]:
    """Return the end of a row of a function that cannot be called."""
    refusal = f"nothing simulates it today; Simulator({model!r}) is the nearest model"
    return _always(None), 20_000, (), refusal


def _two_systems(n: int, **roles: Any) -> Ballistic:
    return Ballistic(_names("vRL", n), _names("vWM", n), **_LBA, **roles)


_ROWS: tuple[tuple[Any, ...], ...] = (
    ("addm", "addm_models", "eta kappa a b x0 t deadline s", _always(Attention()), 1000, _COLLAPSE),
    ("ddm", "ddm_models", _ONE, _always(Diffusion(separation="full")), 20_000,
     _HEIGHT),
    ("ddm_flexbound", "ddm_models", _ONE, _always(Diffusion())),
    ("ddm_flexbound_flat", "ddm_models", _ONE, _always(Diffusion())),
    ("ddm_flex", "ddm_models", _ONE, _always(Diffusion())),
    ("ddm_flex_leak", "ddm_models", "v a z g t deadline s", _always(Diffusion(leak="g"))),
    ("ddm_flex_leak2", "ddm_models", "vt vd a z gt gd t deadline s",
     _always(Diffusion(leak=("gt", "gd")))),
    ("ddm_sdv", "ddm_models", "v a z t sv deadline s", _always(Diffusion(drift_sd="sv"))),
    ("full_ddm", "ddm_models", "v a z t sz sv st deadline s",
     _always(Diffusion(drift_sd="sv", start_halfwidth="sz", nondecision=_UNIFORM))),
    ("full_ddm_hddm_base", "ddm_models", "v a z t sz sv st deadline s", *_gone("full_ddm")),
    ("full_ddm_rv", "ddm_models", "v a z t z_dist v_dist t_dist deadline s",
     _always(Diffusion())),
    ("ddm_flexbound_tradeoff", "ddm_models", f"vh vl1 vl2 a {_THREE} d t deadline s",
     _cascade("tradeoff", withheld="d")),
    ("levy_flexbound", "levy_models", "v z alpha t deadline s",
     _always(Diffusion(stability="alpha"))),
    ("ornstein_uhlenbeck", "ornstein_models", "v z g t deadline s",
     _always(Diffusion(leak="g"))),
    ("ddm_flexbound_par2", "parallel_models", f"vh vl1 vl2 {_THREE} t deadline s",
     _cascade("parallel")),
    ("ddm_flexbound_seq2", "sequential_models", f"vh vl1 vl2 {_THREE} t deadline s",
     _cascade("sequential")),
    ("ddm_flexbound_mic2_multinoise", "sequential_models",
     f"vh vl1 vl2 a {_THREE} d t deadline s", _cascade("multinoise", withheld="d")),
    ("ddm_flexbound_mic2_ornstein", "sequential_models",
     f"{_MIC2.removesuffix('s')}s_pre_high_level_choice s",
     _cascade("modulated", withheld="d", leak="g")),
    ("ddm_flexbound_mic2_ornstein_multinoise", "sequential_models", _MIC2,
     *_gone("ddm_mic2_multinoise_no_bias")),
    ("ddm_flexbound_mic2_unnormalized_ornstein_multinoise", "sequential_models", _MIC2,
     *_gone("ddm_mic2_multinoise_no_bias")),
    ("poisson_race", "poisson_race_models", "r k t s deadline",
     lambda n: Counting(_names("r", n + 1)[1:], _names("k", n + 1)[1:]), 2000, _HEIGHT),
    ("race_model", "race_models", "v z t s deadline",
     lambda n: Race(_names("v", n), _names("z", n)), 2000),
    ("lca", "race_models", "v z g b t s deadline",
     lambda n: Race(_names("v", n), _names("z", n), leak="g", inhibition="b"), 2000),
    ("racing_diffusion_model", "race_models", "v b A t s deadline",
     lambda n: Race(_names("v", n), None, "A", floor=False, boundary_height="b"), 2000, _HEIGHT),
    ("lba_vanilla", "lba_models", "v a z deadline sd t",
     lambda n: Ballistic(_names("v", n), **_LBA), 2000, _HEIGHT),
    ("lba_angle", "lba_models", "v a z theta deadline sd t",
     lambda n: Ballistic(_names("v", n), **_LBA), 2000, _ANGLE),
    ("rlwm_lba_race", "lba_models", "vRL vWM a z deadline sd t", _two_systems, 2000, _HEIGHT),
    ("rlwm_lba_pw_v1", "lba_models", "vRL vWM a z tWM deadline sd t",
     lambda n: _two_systems(n, combined="sum", onset_2="tWM"), 2000, _HEIGHT),
)  # fmt: skip

SIMULATORS: dict[str, dict[str, OldSimulator]] = {}
"""The simulators by module and name."""

for _name, _module, *_more in _ROWS:
    SIMULATORS.setdefault(f"cssm.{_module}", {})[_name] = OldSimulator(
        _name, f"cssm.{_module}", *_more
    )
# Release 0.15 has these in two modules.
SIMULATORS["cssm.sequential_models"] |= SIMULATORS["cssm.lba_models"]
