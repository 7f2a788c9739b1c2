"""Training data for likelihood networks: many parameter sets in one dictionary or file."""

from __future__ import annotations

import platform
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import numpy as np

from ssms._version import __version__
from ssms.checks import whole_number
from ssms.config import ModelConfigBuilder
from ssms.config import model_config as known_models
from ssms.config.config_utils import copy_config, to_plain
from ssms.config.kde_constants import nondecision_varies
from ssms.dataset_generators.estimator_builders import settle_estimator_type
from ssms.dataset_generators.parallel import CancelFlag, results_of
from ssms.dataset_generators.pipelines import create_data_generation_pipeline
from ssms.dataset_generators.plain_data import plain_model_config
from ssms.dataset_generators.protocols import DataGenerationPipelineProtocol
from ssms.dataset_generators.settings import resolve_generator_config
from ssms.dataset_generators.streams import SetSeeds, check_seed, fresh_seed, seeds_of_sets
from ssms.dataset_generators.writers import training_file_name, write_training_file
from ssms.errors import ConfigError, GenerationError, bad_value, removed_name, unknown_name

__all__ = ["CancelledError", "TrainingDataGenerator"]

_KEY_ORDER = (
    "lan_data", "lan_labels", "cpn_data", "cpn_labels", "cpn_no_omission_data",
    "cpn_no_omission_labels", "opn_data", "opn_labels", "gonogo_data", "gonogo_labels", "theta",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "data_generator":
        instead = "TrainingDataGenerator(config, model_config).generate_data_training()"
        raise removed_name("lan_mlp.data_generator", f"lan_mlp.{instead}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class TrainingDataGenerator:
    """Generates training data for likelihood approximation networks and their relatives.

    Parameters
    ----------
    config : mapping or DataGenerationPipelineProtocol
        A generator configuration (see `ssms.dataset_generators.settings`), or a pipeline that
        brings its own.
    model_config : mapping, optional
        The model; by default the one that ``config["model"]`` names.
    seed : int, optional
        From 0 to 2**63 - 1; by default ``pipeline.seed``, else from the operating system's
        entropy.  Either way it is recorded, as ``generator_config["pipeline"]["seed"]``.

    Attributes
    ----------
    generator_config : dict
        The resolved configuration: plain data, complete.
    model_config : dict
    seed : int

    Raises
    ------
    ConfigError
        A configuration that is not allowed.
    UnknownNameError
        A model that does not exist.

    Examples
    --------
    >>> from ssms.config import get_default_generator_config
    >>> config = get_default_generator_config("lan", model="ddm")
    >>> config["pipeline"].update(n_parameter_sets=2, n_cpus=1)
    >>> data = TrainingDataGenerator(config, seed=1).generate_data_training()
    >>> data["lan_data"].shape, data["theta"].shape
    ((2000, 6), (2, 4))
    """

    def __init__(
        self,
        config: Mapping[str, Any] | DataGenerationPipelineProtocol | None = None,
        model_config: Mapping[str, Any] | None = None,
        seed: int | None = None,
    ) -> None:
        pipeline = config if isinstance(config, DataGenerationPipelineProtocol) else None
        given: Any = pipeline.generator_config if pipeline is not None else config
        resolved = resolve_generator_config(given)
        if pipeline is not None and model_config is None:
            model_config = pipeline.model_config
        self.model_config = _model_of(given, model_config)
        self.generator_config = _settled(resolved, self.model_config, model_config is not None)
        recorded = self.generator_config["pipeline"].get("seed")
        chosen = seed if seed is not None else recorded
        self.seed = fresh_seed() if chosen is None else check_seed(chosen)
        self.generator_config["pipeline"]["seed"] = self.seed
        self._plain_model_config = plain_model_config(self.model_config)
        self._generation_pipeline: DataGenerationPipelineProtocol = (
            pipeline or create_data_generation_pipeline(self.generator_config, self.model_config)
        )
        self._next_file = self._file_of_config()

    def __repr__(self) -> str:
        sets = self.generator_config["pipeline"]["n_parameter_sets"]
        model = self.generator_config["model"]
        return f"TrainingDataGenerator(model={model!r}, n_parameter_sets={sets}, seed={self.seed})"

    def file_name(self, file_index: int) -> str:
        """Return the name of file `file_index`: a function of all that determines its content.

        Parameters
        ----------
        file_index : int
            Index of the file, from 0.

        Returns
        -------
        str
        """
        return training_file_name(
            self.seed, self.generator_config, self._plain_model_config, file_index
        )

    def generate_data_training(
        self,
        save: bool = False,
        verbose: bool = False,
        file_index: int | None = None,
        progress: Callable[[int], object] | None = None,
        cancel: CancelFlag | None = None,
    ) -> dict[str, Any]:
        """Generate the content of one file.

        Parameters
        ----------
        save : bool, default False
            Also write it, to ``output.folder``, under `file_name`.
        verbose : bool, default False
            Print a line after each of ``pipeline.n_subruns`` rounds.
        file_index : int, optional
            Which file of the run: the content is a function of (seed, configuration, file
            index).  By default 0 in the first call, and one more in each further call; a generator
            made from the ``generator_config`` of a file begins with that file.
        progress : callable, optional
            Called with the number of parameter sets that are done, after each.
        cancel : CancelFlag, optional
            For example a `threading.Event`: once it is set, the call ends.

        Returns
        -------
        dict
            Float32 arrays, with K parameter sets, P parameters, C choices and
            S = ``training.n_samples_per_param``:

            - ``lan_data`` (K·S, P + 2): parameters, rt, choice; ``lan_labels`` (K·S,): log
              likelihoods.  Rows are grouped by parameter set.  With separate response channels
              (K·S, P + 1 + C).
            - ``cpn_data``, ``cpn_no_omission_data``, ``opn_data``, ``gonogo_data``, ``theta``
              (K, P): the parameter sets.
            - ``cpn_labels``, ``cpn_no_omission_labels``: (K, 1), P(second choice), for two
              choices, else (K, C).
            - ``opn_labels`` (K, 1): P(omission).  ``gonogo_labels`` (K, 1): P(no go response).
            - ``binned_128``, ``binned_256`` (K, 128 or 256, C): counts.

            Models without response times have the ``cpn``, ``gonogo`` and ``theta`` arrays only,
            and no simulation filter applies to them.


            and ``generator_config``, ``model_config``: plain data.

        Raises
        ------
        GenerationError
            A parameter set was rejected more often than allowed; names the filter and the values.
        concurrent.futures.CancelledError
            `cancel` was set.
        """
        index = self._claim_file_index(file_index)
        parts = self._generate_sets(index, verbose, progress, cancel)
        data = self._assemble(parts, index)
        if save:
            output = self.generator_config["output"]
            path = Path(output["folder"]) / self.file_name(index)
            write_training_file(path, data, output["pickle_protocol"])
        return data

    def _file_of_config(self) -> int:
        """Return the number of the file from which the configuration was taken, else 0.

        A file's own configuration makes that file again: it records which file it was, and the
        index of its first parameter set.  This generator counts both from file 0.
        """
        pipeline = self.generator_config["pipeline"]
        index = self.generator_config.get("provenance", {}).get("file_index", 0)
        offset = pipeline.get("parameter_sampler_index_offset")
        if isinstance(index, bool) or not isinstance(index, int) or index < 0:
            return 0
        if offset is not None:
            if offset < index * pipeline["n_parameter_sets"]:  # no longer the content of the file
                return 0
            pipeline["parameter_sampler_index_offset"] -= index * pipeline["n_parameter_sets"]
        return index

    def _claim_file_index(self, file_index: int | None) -> int:
        if file_index is None:
            file_index = self._next_file
        else:
            file_index = whole_number("file_index", file_index, "a whole number >= 0")
        if file_index < 0:
            raise bad_value("file_index", file_index, "a whole number >= 0")
        self._next_file = file_index + 1
        return file_index

    def _generate_sets(
        self,
        file_index: int,
        verbose: bool,
        progress: Callable[[int], object] | None,
        cancel: CancelFlag | None,
    ) -> list[tuple[dict[str, Any], dict[str, int]]]:
        pipeline = self.generator_config["pipeline"]
        n_sets = pipeline["n_parameter_sets"]
        n_rounds = min(pipeline["n_subruns"], n_sets) if verbose else 1
        most = int(getattr(self._generation_pipeline, "sets_at_once", 1))
        seeds = self._seeds_of_sets(file_index)
        parts: list[tuple[dict[str, Any], dict[str, int]]] = []

        def report(done: int) -> None:
            if progress is not None:
                progress(len(parts) + min(done * at_once, len(todo)))

        for n_round in range(1, n_rounds + 1):
            todo = seeds[len(parts) : n_sets * n_round // n_rounds]
            # Each thread has a few; how sets are put together never changes the data.
            at_once = min(most, max(len(todo) // (4 * pipeline["n_cpus"]), 1))
            blocks = [todo[i : i + at_once] for i in range(0, len(todo), at_once)]
            made = results_of(self._generate_block, blocks, pipeline["n_cpus"], cancel, report)
            parts += [part for block in made for part in block]
            if verbose:
                print(f"round {n_round} of {n_rounds}: {len(parts)} of {n_sets} parameter sets")
        return parts

    def _seeds_of_sets(self, file_index: int) -> list[SetSeeds]:
        pipeline = self.generator_config["pipeline"]
        n_sets = pipeline["n_parameter_sets"]
        first = pipeline.get("parameter_sampler_index_offset")
        if first is not None:
            first += file_index * n_sets
        model = str(self.generator_config["model"])
        return seeds_of_sets(self.seed, model, file_index, n_sets, first)

    def _generate_block(self, block: list[SetSeeds]) -> list[tuple[dict[str, Any], dict[str, int]]]:
        pipeline: Any = self._generation_pipeline
        if len(block) > 1:
            results = pipeline.generate_for_parameter_sets(block)
        else:
            (seeds,) = block
            results = [pipeline.generate_for_parameter_set(seeds.parameters, seeds.simulations)]
        for result in results:
            if not result["success"]:
                raise GenerationError(result.get("error") or "a parameter set could not be used")
        return [(result["data"], result.get("rejections", {})) for result in results]

    def _assemble(
        self, parts: list[tuple[dict[str, Any], dict[str, int]]], file_index: int
    ) -> dict[str, Any]:
        first = parts[0][0]
        keys = [key for key in _KEY_ORDER if key in first]
        keys += [key for key in first if key not in keys]
        data: dict[str, Any] = {
            # A pipeline may have no such data (histograms, without simulations).
            key: None
            if first[key] is None
            else np.concatenate([part[key] for part, _ in parts]).astype(np.float32, copy=False)
            for key in keys
        }
        config = to_plain(self.generator_config)
        config["provenance"] = self._provenance(file_index)
        rejections = sum((Counter(found) for _, found in parts if found), Counter())
        config["provenance"]["rejections"] = dict(rejections)
        pipeline = config["pipeline"]
        if pipeline.get("parameter_sampler_index_offset") is not None:
            # That of this file's first set.
            pipeline["parameter_sampler_index_offset"] += file_index * pipeline["n_parameter_sets"]
        data["generator_config"] = config
        data["model_config"] = to_plain(self._plain_model_config)
        return data

    def _provenance(self, file_index: int) -> dict[str, Any]:
        return {
            "software": "ssm-simulators",
            "version": __version__,
            "seed": self.seed,
            "file_index": file_index,
            "python": platform.python_version(),
            "numpy": np.__version__,
        }


def _model_of(config: Any, model_config: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the model's configuration: the one given, else the one that is named."""
    name = config.get("model")
    if model_config is None:
        if name is None:
            raise ConfigError("No model: give model_config, or the model's name as config['model']")
        if name not in known_models:
            raise unknown_name("model", name, known_models)
        return known_models[name]
    if (
        isinstance(name, str)
        and name.endswith("_deadline")
        and "deadline" not in model_config["params"]
    ):
        warnings.warn(
            f"config['model'] is {name!r} but model_config has no deadline: it is added; pass "
            "ModelConfigBuilder.with_deadline(model_config) instead",
            DeprecationWarning,
            stacklevel=3,
        )
        return ModelConfigBuilder.with_deadline(dict(model_config))
    return copy_config(dict(model_config))


def _settled(
    resolved: dict[str, Any], model_config: Mapping[str, Any], model_given: bool
) -> dict[str, Any]:
    """Return the configuration with all choices made that depend on the model."""
    config = to_plain(resolved)
    name = config["model"]
    if model_given and not (
        name in known_models and known_models[name]["name"] == model_config.get("name")
    ):
        config["model"] = model_config.get("name", name)
    config["estimator"]["type"] = settle_estimator_type(config["estimator"], model_config)
    if config["estimator"]["displace_t"] and nondecision_varies(model_config):
        warnings.warn(
            f"estimator.displace_t is set to False: the non-decision time of model "
            f"'{config['model']}' varies from trial to trial",
            UserWarning,
            stacklevel=3,
        )
        config["estimator"]["displace_t"] = False
    return dict(config)
