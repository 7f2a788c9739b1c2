"""Training data of one parameter set from simulated trials."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ssms.basic_simulators.simulator_class import Simulator
from ssms.basic_simulators.summary import summarize
from ssms.config.config_utils import has_response_time
from ssms.config.kde_constants import response_time_support
from ssms.dataset_generators.filters import active_filters, failed_filters
from ssms.dataset_generators.parameter_samplers import UniformParameterSampler, parameter_space
from ssms.dataset_generators.parameter_samplers.training_box import check_corners
from ssms.dataset_generators.pipelines.labels import counted_labels, exact_labels, histograms
from ssms.dataset_generators.protocols import (
    EstimatorBuilderProtocol,
    ParameterSamplerProtocol,
    TrainingDataStrategyProtocol,
)
from ssms.dataset_generators.settings import resolve_generator_config
from ssms.dataset_generators.streams import SetSeeds, first_draws, redraw
from ssms.errors import GenerationError

__all__ = ["SimulationPipeline"]

_PARAMETER_KEYS = ("cpn_data", "cpn_no_omission_data", "opn_data", "gonogo_data", "theta")
# Without response times, there are neither likelihoods of them, histograms nor omissions.
_PARAMETER_KEYS_OF_CHOICES = ("cpn_data", "cpn_no_omission_data", "gonogo_data", "theta")
_LABELS_OF_CHOICES = ("cpn_labels", "cpn_no_omission_labels", "gonogo_labels")


MAX_SETS_AT_ONCE = 16
"""Of exact labels: calls are then few, and a cancelled run ends soon."""


class _Set(NamedTuple):
    """A parameter set that the filters accept, and its data, unless they are still to be made."""

    theta: dict[str, Any]
    rng: np.random.Generator
    simulations: dict[str, Any] | None
    rejections: dict[str, int]
    data: dict[str, Any] | None = None


class SimulationPipeline:
    """Draw parameters, simulate, filter, estimate the likelihood, choose responses, label them.

    Parameters
    ----------
    generator_config : mapping
        A generator configuration (`resolve_generator_config`).
    model_config : mapping
        A model configuration.
    estimator_builder : EstimatorBuilderProtocol or class
        An object, or a class that is called with the generator configuration, and with the model's
        where it takes ``model_config``.
    training_strategy : TrainingDataStrategyProtocol or class
        An object, or a class that is called with both configurations.
    parameter_sampler : ParameterSamplerProtocol, optional
        Where parameter sets come from; by default uniform within the model's bounds, subject to
        its sampling transforms.

    Attributes
    ----------
    simulator : Simulator
        Simulates the model.

    Raises
    ------
    ConfigError
        A configuration that is not allowed, or training bounds that hold parameters which cannot
        be simulated.

    Examples
    --------
    >>> from ssms.config import get_default_generator_config, model_config
    >>> config = get_default_generator_config("lan", "ddm")
    >>> from ssms.dataset_generators.estimator_builders import KDEEstimatorBuilder
    >>> from ssms.dataset_generators.strategies import ResampleMixtureStrategy
    >>> pipeline = SimulationPipeline(
    ...     config, model_config["ddm"], KDEEstimatorBuilder, ResampleMixtureStrategy
    ... )
    >>> made = pipeline.generate_for_parameter_set(1, 2)
    >>> made["success"], made["data"]["lan_data"].shape
    (True, (1000, 6))
    """

    def __init__(
        self,
        generator_config: Mapping[str, Any],
        model_config: Mapping[str, Any],
        estimator_builder: EstimatorBuilderProtocol | type[Any],
        training_strategy: TrainingDataStrategyProtocol | type[Any],
        parameter_sampler: ParameterSamplerProtocol | None = None,
    ) -> None:
        self.generator_config = resolve_generator_config(generator_config)
        self.model_config = dict(model_config)
        self.estimator_builder: EstimatorBuilderProtocol = (
            _built(estimator_builder, self.generator_config, self.model_config)
            if isinstance(estimator_builder, type)
            else estimator_builder
        )
        self.training_strategy: TrainingDataStrategyProtocol = (
            training_strategy(self.generator_config, self.model_config)
            if isinstance(training_strategy, type)
            else training_strategy
        )
        self.simulator = Simulator(self.model_config)
        self.parameter_sampler: ParameterSamplerProtocol = (
            parameter_sampler or self._uniform_sampler()
        )
        self._has_response_time = has_response_time(self.model_config)
        output = self.generator_config["output"]
        self._makes_histograms = self._has_response_time and bool(
            output["binned"] or output["nbins"]
        )
        self._needs_simulations = self._makes_histograms or getattr(
            self.estimator_builder, "needs_simulations", True
        )
        # Builders and strategies of one's own work set by set.
        self._is_exact = hasattr(self.estimator_builder, "labels") and all(
            hasattr(self.training_strategy, name) for name in ("draw", "rows")
        )

    def get_param_space(self) -> dict[str, tuple[Any, Any]]:
        """Return the bounds of each parameter.

        Returns
        -------
        dict
            ``(low, high)`` by parameter.
        """
        return self.parameter_sampler.get_param_space()

    def generate_for_parameter_set(
        self,
        parameter_sampling_seed: int | None = None,
        simulator_seed: int | None = None,
        *,
        random_seed: int | None = None,
    ) -> dict[str, Any]:
        """Return the training data of one parameter set.

        Parameters
        ----------
        parameter_sampling_seed : int or None
            Seed of the parameters.
        simulator_seed : int or None
            Seed of the simulations and of the choice of responses.
        random_seed : int or None
            Another name of `simulator_seed`, which release 0.15 uses for PyDDM.

        Returns
        -------
        dict
            ``theta`` ({name: float32 (1,)}); ``success``; ``data``, the arrays of this set, or
            None without success; ``rejections``, with success: how often each filter rejected the
            set before; ``error``, without success: which filters rejected the set, how often, and
            with which values the last time.

        Notes
        -----
        A set that the filters or the estimator reject is drawn and simulated again, with other
        numbers, up to ``pipeline.n_parameter_sets_rejected`` times.
        """
        simulator_seed = random_seed if simulator_seed is None else simulator_seed
        seeds = SetSeeds(parameter_sampling_seed, simulator_seed)
        return self.generate_for_parameter_sets([seeds])[0]

    def generate_for_parameter_sets(self, seeds: Sequence[SetSeeds]) -> list[dict[str, Any]]:
        """Return the training data of several parameter sets, each the same as alone.

        Parameters
        ----------
        seeds : sequence of SetSeeds
            The seeds of each set.

        Returns
        -------
        list of dict
            As `generate_for_parameter_set` returns them.
        """
        both = [seed for one in seeds for seed in (one.parameters, one.simulations)]
        first = iter(first_draws(both))
        drawn = [self._accepted(one, (next(first), next(first))) for one in seeds]
        sets = [one for one in drawn if isinstance(one, _Set)]
        made = iter(self._exact_data(sets) if self._is_exact else [one.data for one in sets])
        return [
            {
                "data": next(made),
                "theta": one.theta,
                "success": True,
                "rejections": one.rejections,
            }
            if isinstance(one, _Set)
            else one
            for one in drawn
        ]

    @property
    def sets_at_once(self) -> int:
        """Number of parameter sets that are cheaper together than one by one."""
        return MAX_SETS_AT_ONCE if self._is_exact else 1

    def _accepted(
        self, seeds: SetSeeds, first: tuple[np.random.Generator, np.random.Generator]
    ) -> _Set | dict[str, Any]:
        """Return a set that the filters accept, else the result without success."""
        pipeline = self.generator_config["pipeline"]
        filters = active_filters(pipeline["simulation_filters"]) if self._has_response_time else {}
        rejections: Counter[str] = Counter()
        for attempt in range(pipeline["n_parameter_sets_rejected"] + 1):
            of_parameters, rng = first
            if attempt:
                of_parameters, rng = (
                    redraw(seed, attempt) for seed in (seeds.parameters, seeds.simulations)
                )
            theta = self.parameter_sampler.sample(1, of_parameters)
            needed = self._needs_simulations or filters
            simulations = self._simulate(theta, rng) if needed else None
            failed = failed_filters(simulations, filters) if simulations is not None else {}
            if not failed:
                one = _Set(theta, rng, simulations, dict(rejections))
                if self._is_exact:
                    return one
                try:
                    return one._replace(data=self._estimated(one))
                except GenerationError as error:
                    failed = {"estimator": str(error)}
            rejections.update(failed.keys())
        return {
            "data": None,
            "theta": theta,
            "success": False,
            "error": _rejection_message(theta, rejections, failed),
        }

    def _uniform_sampler(self) -> UniformParameterSampler:
        transforms = self.model_config.get("parameter_transforms", {}).get("sampling", [])
        sampler = UniformParameterSampler(parameter_space(self.model_config), transforms)
        name = str(self.model_config.get("name"))
        check_corners(sampler, self.simulator.validate_params, name)
        return sampler

    def _simulate(self, theta: dict[str, Any], rng: np.random.Generator) -> dict[str, Any]:
        settings = self.generator_config["simulator"]
        results = self.simulator.simulate(
            {name: np.asarray(value).item() for name, value in theta.items()},  # read the fastest
            n_samples=settings["n_samples"],
            delta_t=settings["delta_t"],
            max_t=settings["max_t"],
            smooth_unif=settings["smooth_unif"],
            random_state=rng,
            return_option="minimal",  # no trajectory: nothing here looks at it
            n_threads=1,  # the threads are busy with other parameter sets
            method=settings.get("method", "auto"),
        )
        made = {**results, "metadata": {**results.metadata, **theta}}
        if self._makes_histograms or not self._is_exact:
            rts, choices = results["rts"], results["choices"]
            made |= summarize(rts, choices, 1, self.simulator.choices, settings["max_t"])
        if not self._is_exact:
            support = response_time_support(self.model_config, made["metadata"])
            made["metadata"]["response_time_support"] = support
        return made

    def _exact_data(self, sets: Sequence[_Set]) -> list[dict[str, Any]]:
        """Return the data of sets from their laws, all of which are worked out in one call."""
        builder: Any = self.estimator_builder
        strategy: Any = self.training_strategy
        if not sets:
            return []
        drawn: list[Any] = []
        if self._has_rows:
            estimators = [builder.build(one.theta) for one in sets]
            drawn = [
                strategy.draw(estimator, one.rng)
                for estimator, one in zip(estimators, sets, strict=True)
            ]
        n = drawn[0].n_possible if drawn else 0
        rts = np.array([some.rts[:n] for some in drawn]).reshape(len(sets), n)
        choices = np.array([some.choices[:n] for some in drawn]).reshape(len(sets), n)
        log_densities, shares, omissions = builder.labels([one.theta for one in sets], rts, choices)
        labels = exact_labels(shares, omissions)
        thetas = [one.theta for one in sets]
        rows: list[dict[str, Any]] = [{}] * len(sets)
        if drawn:
            made = zip(*strategy.rows(thetas, drawn, log_densities), strict=True)
            rows = [{"lan_data": inputs, "lan_labels": targets} for inputs, targets in made]
        return [
            self._data(
                one,
                {key: values[i : i + 1] for key, values in labels.items()},
                rows[i],
            )
            for i, one in enumerate(sets)
        ]

    def _estimated(self, one: _Set) -> dict[str, Any]:
        """Return the data of a set from an estimator of its own."""
        builder = self.estimator_builder
        needs = getattr(builder, "needs_simulations", True)
        estimator: Any = None
        if self._has_rows or not needs:
            estimator = builder.build(one.theta, one.simulations)
        if needs:
            assert one.simulations is not None
            labels = counted_labels(one.simulations)
        else:
            shares = np.asarray(estimator.choice_probabilities, np.float64)[None]
            labels = exact_labels(shares, np.array([estimator.omission_probability]))
        rows: dict[str, Any] = {}
        if self._has_rows:
            made = self.training_strategy.generate(one.theta, estimator, one.rng)
            rows = {"lan_data": made[:, :-1], "lan_labels": made[:, -1]}
        return self._data(one, labels, rows)

    @property
    def _has_rows(self) -> bool:
        """Whether there are rows for likelihood networks."""
        return self._has_response_time and not self.generator_config.get("cpn_only", False)

    def _data(self, one: _Set, labels: dict[str, Any], rows: dict[str, Any]) -> dict[str, Any]:
        """Return the arrays of a set."""
        theta = one.theta
        parameters = np.array(
            [[theta[name][0] for name in self.model_config["params"]]], np.float32
        )
        data: dict[str, Any] = {}
        if not self._has_response_time:
            data |= dict.fromkeys(_PARAMETER_KEYS_OF_CHOICES, parameters)
            return data | {key: labels[key] for key in _LABELS_OF_CHOICES}
        data |= rows
        data |= dict.fromkeys(_PARAMETER_KEYS, parameters)
        data |= labels
        if one.simulations is not None:
            output = self.generator_config["output"]
            max_t = self.generator_config["simulator"]["max_t"]
            data |= histograms(one.simulations, output["binned"], output["nbins"], max_t)
        return data


def _built(
    builder: type[Any], generator_config: Mapping[str, Any], model_config: Mapping[str, Any]
) -> Any:
    """Return a builder from its class, which takes the model's configuration too or does not."""
    if "model_config" in inspect.signature(builder).parameters:
        return builder(generator_config, model_config)
    return builder(generator_config)


def _rejection_message(
    theta: Mapping[str, Any], rejections: Counter[str], failed: Mapping[str, str]
) -> str:
    counts = ", ".join(f"{name} {count} times" for name, count in rejections.most_common())
    values = ", ".join(f"{name}={float(value[0]):.6g}" for name, value in theta.items())
    last = "; ".join(f"{name}: {text}" for name, text in failed.items())
    return (
        "the simulation filters rejected a parameter set more often than "
        f"pipeline.n_parameter_sets_rejected allows ({counts}). "
        f"The last time, with {values}: {last}"
    )
