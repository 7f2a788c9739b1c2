"""Kernel density estimate of the joint law of response time and choice.

For each choice a Gaussian kernel density g_c of log response times, cut to the times at which the
model can respond and scaled to integrate to 1 there, is multiplied by the share p_c of all trials
that ended in an observed response with that choice::

    log f(rt, c) = log p_c + log g_c(log rt) - log rt

so that f integrates, over times and choices, to 1 - P(omission).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ssms.checks import whole_number
from ssms.config.constants import MIN_LOG_DENSITY, OMISSION_SENTINEL
from ssms.config.kde_constants import nondecision_varies, response_time_support
from ssms.config.model_registry import get_model_registry
from ssms.errors import ParameterError, UnknownNameError, bad_type, bad_value
from ssms.support_utils.gaussian_kde import GaussianKDE, bandwidth_silverman
from ssms.support_utils.portable_math import exp, log

__all__ = ["LogKDE", "bandwidth_silverman"]

Floats = NDArray[np.float64]

_NO_BASE_DATA = "no_base_data"
_MIN_SAMPLES_FOR_SPREAD = 10  # fewer do not tell how widely response times are spread
_DEFAULT_SPREAD = 0.25  # standard deviation of log response times where too few trials tell it


class LogKDE:
    """Kernel density estimate of (response time, choice) from simulated trials.

    Parameters
    ----------
    simulator_data : mapping
        A result of `simulator`: ``rts`` (seconds) or ``log_rts``, ``choices``, and ``metadata``
        with ``possible_choices``, the model's name, its parameters and ``max_t``.  Trials of
        several parameter sets are pooled.
    bandwidth_type : {"silverman"}, default "silverman"
        Rule for the bandwidths.
    auto_bandwidth : bool, default True
        Compute the bandwidths and build the densities now; else `compute_bandwidths` does.
    displace_t : bool, default False
        Subtract the (single) non-decision time ``metadata["t"]`` before taking logs: the
        density is then estimated for decision times.

    Attributes
    ----------
    data : dict
        ``rts``, ``log_rts`` (a list of float (n_c, 1) arrays, one for each choice: the samples
        used, displaced if `displace_t`), ``choices`` (sorted list), ``choice_proportions`` (list
        of float: observed responses with that choice over all trials), ``n_trials`` (int).
    bandwidths : list of float or str
        One for each choice; "no_base_data" for a choice without samples.
    base_kdes : list of GaussianKDE or str
        The density of log response times for each choice; "no_base_data" as above.
    support : tuple of float
        Response times (seconds) outside this interval have no density.
    simulator_info : dict
        The metadata of `simulator_data`.
    displace_t : bool
    displace_t_val : float
        The non-decision time (seconds) by which response times are displaced, else 0.
    bandwidth_type : str
    auto_bandwidth : bool

    Raises
    ------
    ParameterError
        Missing keys; an unknown bandwidth type; observed choices that are not among the possible
        ones; `displace_t` with several values of t, or for a model whose response times do not
        start at t.

    Notes
    -----
    Omitted trials (rt -999) and samples whose logarithm does not exist (rt <= 0) do not enter
    the densities; the latter still count in ``choice_proportions``.

    Support: from the shortest non-decision time to the longest plus ``max_t``, or to the deadline,
    as far as the metadata tell; it always includes the samples.  Without a known non-decision time
    it is (0, inf).

    Bandwidths: Silverman's rule.  A choice with fewer than 10 samples takes the standard deviation
    of the log response times of all choices (of 0.25 where there are fewer than 10 in all): one or
    two samples do not tell how widely a choice's response times are spread.  No bandwidth exceeds
    the width of the support.

    A choice without samples has density 1 / (n_trials * length) over the support, whose length is
    ``max_t`` where there is no deadline: it may have the probability of one trial at most.  This
    probability is taken from the other choices, so that the total stays 1 - P(omission).

    Examples
    --------
    >>> import numpy as np
    >>> trials = {"rts": np.array([0.5, 0.6, -999.0, 0.9]), "choices": np.array([1, 1, 1, -1]),
    ...           "metadata": {"possible_choices": [-1, 1], "max_t": 20.0}}
    >>> kde = LogKDE(trials)
    >>> kde.data["choice_proportions"]
    [0.25, 0.5]
    >>> kde.kde_eval({"rts": [0.55, 0.8], "choices": [1, -1]}).shape
    (2,)
    """

    def __init__(
        self,
        simulator_data: Mapping[str, Any],
        bandwidth_type: str = "silverman",
        auto_bandwidth: bool = True,
        displace_t: bool = False,
    ) -> None:
        self.simulator_info: dict[str, Any] = _metadata_of(simulator_data)
        self.displace_t = bool(displace_t)
        self.bandwidth_type = bandwidth_type
        self.auto_bandwidth = bool(auto_bandwidth)
        model = _config_of(self.simulator_info)
        self.displace_t_val = _displacement(model, self.simulator_info) if displace_t else 0.0
        self.data = self._split_by_choice(simulator_data)
        self._decision_support = self._support_of_decision_times(model)
        self._length = 0.0  # over which a choice without samples is spread
        if not all(sample.size for sample in self.data["rts"]):
            self._length = self._length_of_support()
        self.bandwidths: list[float | str] = []
        self.base_kdes: list[GaussianKDE | str] = []
        _check_bandwidth_type(bandwidth_type)
        if auto_bandwidth:
            self.compute_bandwidths(bandwidth_type)

    def __repr__(self) -> str:
        shares = ", ".join(
            f"{choice}: {share:.4g}"
            for choice, share in zip(
                self.data["choices"], self.data["choice_proportions"], strict=True
            )
        )
        return f"LogKDE(n_trials={self.data['n_trials']}, choice_proportions={{{shares}}})"

    def compute_bandwidths(self, bandwidth_type: str = "silverman") -> list[float | str]:
        """Compute the bandwidths, and build the densities with them.

        Parameters
        ----------
        bandwidth_type : {"silverman"}
            Rule for the bandwidths.

        Returns
        -------
        list of float or str
            Also kept as `bandwidths`.
        """
        _check_bandwidth_type(bandwidth_type)
        self.bandwidths = [
            self._bandwidth(sample) if sample.size else _NO_BASE_DATA
            for sample in self.data["log_rts"]
        ]
        low, high = (float(log(edge)) for edge in self._decision_support)
        self.base_kdes = [
            _NO_BASE_DATA
            if isinstance(bandwidth, str)
            else GaussianKDE(sample, bandwidth, (min(low, sample.min()), max(high, sample.max())))
            for sample, bandwidth in zip(self.data["log_rts"], self.bandwidths, strict=True)
        ]
        return self.bandwidths

    def kde_eval(
        self,
        data: Mapping[str, Any],
        log_eval: bool = True,
        lb: float = MIN_LOG_DENSITY,
        eps: float = 1e-4,
        filter_rts: float = OMISSION_SENTINEL,
    ) -> Floats:
        """Return the (log) density of responses.

        Parameters
        ----------
        data : mapping
            ``rts`` (seconds) or ``log_rts``, and ``choices``; array_like of n values each (one
            choice may stand for all).
        log_eval : bool, default True
            Return logarithms; else densities, in 1/s.
        lb : float, default -66.774
            Smallest log density: smaller ones, and log densities outside the support, become
            `lb`.
        eps : float, default 1e-4
            Smallest positive time, in seconds: a smaller one is evaluated at `eps`.
        filter_rts : float, default -999
            Rows with this response time are left out of the result.

        Returns
        -------
        ndarray of float64, (n,)
            Without the rows left out; 0-d for one row.

        Raises
        ------
        ParameterError
            Keys missing, lengths that do not match, response times that are not numbers.
        UnknownNameError
            A choice that is not among the possible ones.
        """
        self._require_kdes()
        rts, choices = _responses(data, filter_rts)
        known = self.data["choices"]
        members = [np.flatnonzero(choices == choice) for choice in known]
        if sum(rows.size for rows in members) != choices.size:
            unknown = np.setdiff1d(choices, known)[0]
            if not isinstance(unknown, np.number | np.bool_):
                raise bad_type("choices", unknown, "numbers")
            listed = ", ".join(map(str, known))
            raise UnknownNameError(f"Unknown choice {unknown.item()}. Known: {listed}")
        (low, high), times = self._decision_support, rts - self.displace_t_val
        possible = (times > 0) & (times >= low) & (times <= high) & (times < np.inf)
        times = np.maximum(times, eps)
        value = np.full(rts.shape, float(lb))
        for i, rows in enumerate(members):
            inside = rows[possible[rows]]
            if isinstance(self.base_kdes[i], str):
                inside = inside[times[inside] <= low + self._length]
            value[inside] = self._log_density(i, times[inside], lb)
        value = np.squeeze(np.maximum(value, lb))
        return value if log_eval else exp(value)

    def kde_sample(
        self,
        n_samples: int = 2000,
        use_empirical_choice_p: bool = True,
        alternate_choice_p: ArrayLike = 0.0,
        random_state: int | np.random.Generator | None = None,
    ) -> dict[str, Any]:
        """Draw observed responses from the estimate.

        Parameters
        ----------
        n_samples : int, default 2000
            Number of responses.
        use_empirical_choice_p : bool, default True
            Choices in their observed proportions (in equal ones if no response was observed).
        alternate_choice_p : array_like, (C,)
            The proportions to use instead, in the order of ``data["choices"]``.
        random_state : int, numpy.random.Generator or None
            Seed, or the generator to advance.

        Returns
        -------
        dict
            ``rts`` (seconds), ``log_rts``, ``choices``: float64 (n_samples, 1), in random order;
            ``metadata``.  The number of each choice is the rounded share of `n_samples`, not
            random.  A choice without samples gets times uniform on the support.

        Raises
        ------
        ParameterError, ParameterTypeError
            Proportions that do not fit the choices, n_samples not a positive whole number.
        """
        self._require_kdes()
        n_samples = whole_number("n_samples", n_samples, "a positive whole number")
        if n_samples < 1:
            raise bad_value("n_samples", n_samples, "a positive whole number")
        rng = np.random.default_rng(random_state)
        shares = self._shares(use_empirical_choice_p, alternate_choice_p)
        counts = np.rint(shares * n_samples).astype(int)
        counts[np.argmax(counts)] += n_samples - counts.sum()
        rts = np.concatenate([self._draw(i, int(n), rng) for i, n in enumerate(counts)])
        choices = np.repeat(np.asarray(self.data["choices"], dtype=np.float64), counts)
        order = rng.permutation(n_samples)
        rts, choices = rts[order, None], choices[order, None]
        return {
            "rts": rts,
            "log_rts": log(rts),
            "choices": choices,
            "metadata": self.simulator_info,
        }

    def _split_by_choice(self, simulator_data: Mapping[str, Any]) -> dict[str, Any]:
        rts = _times_of(simulator_data, "simulator_data")
        chosen = np.asarray(simulator_data["choices"]).ravel()
        if chosen.size != rts.size or rts.size == 0:
            raise ParameterError(
                "simulator_data must hold as many choices as response times, and at least one: "
                f"got {chosen.size} and {rts.size}"
            )
        choices = sorted(self.simulator_info["possible_choices"])
        observed = rts != OMISSION_SENTINEL
        members = [observed & (chosen == choice) for choice in choices]
        stray = observed & ~np.any(members, axis=0)
        if stray.any():
            raise bad_value("choices", chosen[stray][0].item(), f"one of {choices}")
        decision_times = rts - self.displace_t_val
        usable = (decision_times > 0) & np.isfinite(decision_times)
        times = [decision_times[member & usable][:, None] for member in members]
        return {
            "rts": times,
            "log_rts": [log(sample) for sample in times],
            "choices": choices,
            "choice_proportions": [float(member.sum() / rts.size) for member in members],
            "n_trials": int(rts.size),
        }

    @property
    def support(self) -> tuple[float, float]:
        """Where response times have a density, in seconds."""
        low, high = self._decision_support
        return low + self.displace_t_val, high + self.displace_t_val

    def _support_of_decision_times(self, model: Mapping[str, Any]) -> tuple[float, float]:
        """Return where response times less the displacement can lie, and do lie."""
        info = self.simulator_info
        support = info.get("response_time_support") or response_time_support(model, info)
        low, high = (max(float(edge) - self.displace_t_val, 0.0) for edge in support)
        samples = self.data["rts"]
        observed = np.concatenate(samples)
        if observed.size:
            low, high = min(low, float(observed.min())), max(high, float(observed.max()))
            high = max(high, low * (1.0 + 1e-9))  # response times that all are one
        return low, high

    def _length_of_support(self) -> float:
        """Return the length over which a choice without samples is spread."""
        low, high = self._decision_support
        max_t = self.simulator_info.get("max_t")
        if low < high < math.inf:
            return high - low
        observed = np.concatenate(self.data["rts"])
        if max_t is None and not observed.size:
            raise ParameterError(
                "metadata must hold 'max_t' where no trial has a response, got "
                f"{sorted(self.simulator_info)}"
            )
        return float(max(max_t or 0.0, observed.max(initial=low) - low))

    def _bandwidth(self, sample: Floats) -> float:
        if sample.size >= _MIN_SAMPLES_FOR_SPREAD:
            bandwidth = bandwidth_silverman(sample)
        else:
            everything, spread = np.concatenate(self.data["log_rts"]), _DEFAULT_SPREAD
            if everything.size >= _MIN_SAMPLES_FOR_SPREAD:
                spread = max(float(np.std(everything)), 1e-3)
            bandwidth = bandwidth_silverman(
                np.zeros(sample.size), std_cutoff=spread, std_n_1=spread
            )
        # A wider kernel would be flat over the support.
        low, high = self._decision_support
        return min(float(bandwidth), float(log(high) - log(low)))

    def _log_density(self, i: int, times: Floats, lb: float) -> Floats:
        kde, share = self.base_kdes[i], self._log_shares[i]
        if isinstance(kde, str):
            return np.full(times.shape, share - float(log(self._length)))
        log_times = log(times)
        offset = share - log_times
        return kde.score_samples(log_times, floor=lb - offset) + offset

    @property
    def _log_shares(self) -> list[float]:
        """Log probabilities of the choices; the probabilities sum to that of a response."""
        shares = self.data["choice_proportions"]
        observed, empty = sum(shares), shares.count(0.0)
        if observed == 0.0:  # no response: each choice may have the probability of one trial
            return [-float(log(self.data["n_trials"]))] * empty
        rare = min(1.0 / self.data["n_trials"], observed / len(shares))
        scale = (observed - empty * rare) / observed
        return [float(log(share * scale if share else rare)) for share in shares]

    def _draw(self, i: int, n: int, rng: np.random.Generator) -> Floats:
        kde = self.base_kdes[i]
        low, high = self._decision_support
        if isinstance(kde, str):
            return rng.uniform(low, low + self._length, size=n) + self.displace_t_val
        return np.clip(exp(kde.sample(n, rng)), low, high) + self.displace_t_val

    def _shares(self, empirical: bool, alternative: ArrayLike) -> Floats:
        n_choices = len(self.data["choices"])
        try:
            shares = np.asarray(
                self.data["choice_proportions"] if empirical else alternative, dtype=np.float64
            )
        except (TypeError, ValueError):
            raise bad_type("alternate_choice_p", alternative, f"{n_choices} numbers") from None
        if shares.shape != (n_choices,):
            raise bad_value("alternate_choice_p", alternative, f"{n_choices} proportions")
        if not empirical and not ((shares >= 0).all() and abs(shares.sum() - 1.0) < 1e-6):
            raise bad_value("alternate_choice_p", alternative, "proportions that sum to 1")
        total = shares.sum()
        return shares / total if total > 0 else np.full(n_choices, 1.0 / n_choices)

    def _require_kdes(self) -> None:
        if not self.base_kdes:
            raise ParameterError(
                "no bandwidths yet: with auto_bandwidth=False call compute_bandwidths() first"
            )


def _check_bandwidth_type(bandwidth_type: Any) -> None:
    if bandwidth_type != "silverman":
        raise bad_value("bandwidth_type", bandwidth_type, "'silverman'")


def _metadata_of(simulator_data: Mapping[str, Any]) -> dict[str, Any]:
    for key in ("choices", "metadata"):
        if key not in simulator_data:
            raise ParameterError(f"simulator_data must hold '{key}', got {sorted(simulator_data)}")
    metadata = dict(simulator_data["metadata"])
    if "possible_choices" not in metadata:
        raise ParameterError(f"metadata must hold 'possible_choices', got {sorted(metadata)}")
    return metadata


def _times_of(data: Mapping[str, Any], what: str) -> Floats:
    """Return the response times in `data`, (n,) float64, from ``rts`` or ``log_rts``."""
    if "rts" in data:
        return np.asarray(data["rts"], dtype=np.float64).ravel()
    if "log_rts" in data:
        log_rts = np.asarray(data["log_rts"], dtype=np.float64).ravel()
        return np.where(log_rts == OMISSION_SENTINEL, OMISSION_SENTINEL, exp(log_rts))
    raise ParameterError(f"{what} must hold 'rts' or 'log_rts', got {sorted(data)}")


def _responses(data: Mapping[str, Any], filter_rts: float) -> tuple[Floats, NDArray[Any]]:
    rts = _times_of(data, "data")
    if "choices" not in data:
        raise ParameterError(f"data must hold 'choices', got {sorted(data)}")
    choices = np.asarray(data["choices"]).ravel()
    if choices.size not in (1, rts.size):
        raise ParameterError(
            f"data must hold as many choices as response times (or one): "
            f"got {choices.size} and {rts.size}"
        )
    if np.isnan(rts).any():
        raise bad_value("rts", data.get("rts", data.get("log_rts")), "numbers (not NaN)")
    kept = rts != filter_rts
    return rts[kept], np.broadcast_to(choices, rts.shape)[kept]


def _config_of(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the configuration of the model that the metadata name; empty if it is not known."""
    name, registry = metadata.get("model"), get_model_registry()
    return registry.shared(name) if isinstance(name, str) and registry.has_model(name) else {}


def _displacement(config: Mapping[str, Any], metadata: Mapping[str, Any]) -> float:
    """Return the single non-decision time to subtract from every response time."""
    unknown_spread = "st" in metadata and bool(np.any(np.asarray(metadata["st"]) != 0))
    if nondecision_varies(config) or (not config and unknown_spread):
        raise ParameterError(
            f"displace_t is not possible for model {metadata.get('model', '')!r}: its non-decision "
            "time varies from trial to trial"
        )
    if "t" not in metadata:
        raise ParameterError("displace_t needs the non-decision time: metadata holds no 't'")
    values = np.unique(np.asarray(metadata["t"], dtype=np.float64))
    if values.size != 1:
        raise ParameterError(
            f"Multiple t values: displace_t needs one non-decision time, got {values.size}"
        )
    shift = float(values[0])
    if not math.isfinite(shift):
        raise bad_value("t", shift, "a finite number")
    return shift
