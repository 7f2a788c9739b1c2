"""The defaults from which training data are generated, one function for each approach.

Every function returns a new dictionary.  The `lan` configuration has sections; the flat ones
describe data sets of other approaches for users who generate those with code of their own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from ssms.config.config_utils import copy_config
from ssms.errors import unknown_name

__all__ = [
    "boundary_config_to_function_params",
    "get_default_generator_config",
    "get_defective_detector_config",
    "get_kde_simulation_filters",
    "get_lan_config",
    "get_lan_kde_config",
    "get_nested_generator_config",
    "get_ratio_estimator_config",
    "get_snpe_config",
]

Config = dict[str, Any]

#: Label of response times below 0 in training data: about log(10^-29).
NEGATIVE_RT_LOG_LIKELIHOOD = -66.77497


def get_kde_simulation_filters() -> Config:
    """Return the limits that simulations of a parameter set must keep to be used.

    Returns
    -------
    dict
        For each choice: `mode` and `mean_rt`, the largest mode and mean of response times
        (seconds); `std`, their smallest standard deviation; `mode_cnt_rel`, the largest share
        of the most frequent response time; `choice_cnt`, the smallest number of responses.

    Examples
    --------
    >>> get_kde_simulation_filters()["mean_rt"]
    17
    """
    return {"mode": 20, "choice_cnt": 0, "mean_rt": 17, "std": 0, "mode_cnt_rel": 0.95}


def get_lan_kde_config(model: str = "ddm") -> Config:
    """Return the default configuration for training data of likelihood networks.

    Parameters
    ----------
    model : str
        Name of the model, which stands in the result as ``["model"]``.

    Returns
    -------
    dict
        Sections:

        pipeline
            `n_parameter_sets` in a file; `n_parameter_sets_rejected`, how often one set may be
            drawn again because its simulations fail the filters; `n_subruns`, the number of
            parts in which a file is made; `n_cpus`, a number or "all";
            `simulation_filters` (see `get_kde_simulation_filters`).
        estimator
            `type` of the likelihood estimator, "kde", "exact" or "auto" (exact where the law of the
            model is known, else kde); `displace_t`, whether response times are shifted back by
            `t` before densities are estimated;
            `pdf_interpolation` and `max_undecided_prob`, for pyddm.
        training
            `n_samples_per_param`, rows for each parameter set; `mixture_probabilities`, shares
            of rows from the estimator, uniform, and with negative response time;
            `separate_response_channels`; `negative_rt_log_likelihood`.
        simulator
            `n_samples` for each parameter set, `delta_t` and `max_t` (seconds), `smooth_unif`.
        output
            `folder`, and `pickle_protocol` of the files; `binned`, numbers of bins of the
            histograms of response times; `nbins`, bins of one more of them if not 0.
        model
            The model's name.

    Examples
    --------
    >>> config = get_lan_kde_config("angle")
    >>> config["model"], config["simulator"]["n_samples"]
    ('angle', 1000)
    """
    return {
        "pipeline": {
            "n_parameter_sets": 1000,
            "n_parameter_sets_rejected": 100,
            "n_subruns": 10,
            "n_cpus": "all",
            "simulation_filters": get_kde_simulation_filters(),
        },
        "estimator": {
            "type": "kde",
            "displace_t": False,
            "pdf_interpolation": "cubic",
            "max_undecided_prob": 0.5,
        },
        "training": {
            "n_samples_per_param": 1000,
            "mixture_probabilities": [0.8, 0.1, 0.1],
            "separate_response_channels": False,
            "negative_rt_log_likelihood": NEGATIVE_RT_LOG_LIKELIHOOD,
        },
        "simulator": {"n_samples": 1000, "delta_t": 0.001, "max_t": 20.0, "smooth_unif": True},
        "output": {
            "folder": "data/lan_mlp/",
            "nbins": 0,
            "binned": [128, 256],
            "pickle_protocol": 4,
        },
        "model": model,
    }


def get_nested_generator_config(approach: str | None = None, model: str = "ddm") -> Config:
    """Return `get_default_generator_config`, under its other name.

    Parameters
    ----------
    approach, model
        As in `get_default_generator_config`.

    Returns
    -------
    dict
        A new dictionary.

    Examples
    --------
    >>> get_nested_generator_config(model="angle") == get_lan_kde_config("angle")
    True
    """
    return get_default_generator_config(approach, model)


def get_lan_config(model: str = "ddm") -> Config:
    """Return `get_lan_kde_config`, with a DeprecationWarning: use that name.

    Parameters
    ----------
    model : str
        Name of the model, which stands in the result as ``["model"]``.

    Returns
    -------
    dict
        A new dictionary.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     same = get_lan_config("angle") == get_lan_kde_config("angle")
    ...
    >>> same
    True
    """
    warnings.warn(
        "get_lan_config is deprecated, use get_lan_kde_config", DeprecationWarning, stacklevel=2
    )
    return get_lan_kde_config(model)


def _classifier_config(output_folder: str, model: str) -> Config:
    """Return the settings that the two approaches for classifiers share."""
    return {
        "output_folder": output_folder,
        "model": model,
        "nbins": 0,
        "n_samples": {"low": 100000, "high": 100000},
        "n_parameter_sets": 100000,
        "n_parameter_sets_rejected": 100,
        "n_training_samples_by_parameter_set": 1000,
        "max_t": 20.0,
        "delta_t": 0.001,
        "pickleprotocol": 4,
        "n_cpus": "all",
        "n_subdatasets": 12,
        "n_trials_per_dataset": 10000,
        "data_mixture_probabilities": [0.8, 0.1, 0.1],
        "simulation_filters": get_kde_simulation_filters(),
        "negative_rt_log_likelihood": NEGATIVE_RT_LOG_LIKELIHOOD,
        "n_subruns": 10,
        "bin_pointwise": False,
        "separate_response_channels": False,
    }


def get_ratio_estimator_config(model: str = "ddm") -> Config:
    """Return the flat configuration of data for likelihood-ratio estimators.

    Parameters
    ----------
    model : str
        Name of the model, which stands in the result as ``["model"]``.

    Returns
    -------
    dict
        A new dictionary.

    Examples
    --------
    >>> get_ratio_estimator_config("angle")["output_folder"]
    'data/ratio/'
    """
    return _classifier_config("data/ratio/", model)


def get_defective_detector_config(model: str = "ddm") -> Config:
    """Return the flat configuration of data for detectors of defective parameter sets.

    Parameters
    ----------
    model : str
        Name of the model, which stands in the result as ``["model"]``.

    Returns
    -------
    dict
        A new dictionary.

    Examples
    --------
    >>> get_defective_detector_config("angle")["output_folder"]
    'data/defective_detector/'
    """
    return _classifier_config("data/defective_detector/", model)


def get_snpe_config(model: str = "ddm") -> Config:
    """Return the flat configuration of data for sequential neural posterior estimation.

    Parameters
    ----------
    model : str
        Name of the model, which stands in the result as ``["model"]``.

    Returns
    -------
    dict
        A new dictionary.

    Examples
    --------
    >>> get_snpe_config("angle")["n_samples"]
    5000
    """
    return {
        "output_folder": "data/snpe_training/",
        "model": model,
        "n_samples": 5000,
        "n_parameter_sets": 10000,
        "max_t": 20.0,
        "delta_t": 0.001,
        "pickleprotocol": 4,
        "n_cpus": "all",
        "n_subruns": 10,
        "separate_response_channels": False,
    }


_APPROACHES: dict[str, Callable[[str], Config]] = {
    "lan": get_lan_kde_config,
    "ratio_estimator": get_ratio_estimator_config,
    "defective_detector": get_defective_detector_config,
    "snpe": get_snpe_config,
}


def get_default_generator_config(approach: str | None = None, model: str = "ddm") -> Config:
    """Return the default configuration of an approach.

    Parameters
    ----------
    approach : {"lan", "ratio_estimator", "defective_detector", "snpe"}, optional
        Purpose of the data; None is "lan".  `TrainingDataGenerator` takes "lan" only.
    model : str
        The model to generate data for; stands in the result as ``["model"]``.

    Returns
    -------
    dict
        A new dictionary (see `get_lan_kde_config`).

    Raises
    ------
    UnknownNameError
        If there is no such approach (also a KeyError and a ValueError).

    Examples
    --------
    >>> get_default_generator_config("lan", model="full_ddm")["model"]
    'full_ddm'
    """
    name = "lan" if approach is None else approach
    if name not in _APPROACHES:
        raise unknown_name("data generator configuration approach", name, _APPROACHES)
    return _APPROACHES[name](model)


def boundary_config_to_function_params(config: Mapping[str, Any]) -> Config:
    """Return a copy of `config` with ``boundary_`` before each key.

    Parameters
    ----------
    config : mapping
        Values by name.

    Returns
    -------
    dict

    Examples
    --------
    >>> boundary_config_to_function_params({"theta": 0.3})
    {'boundary_theta': 0.3}
    """
    return {f"boundary_{key}": copy_config(value) for key, value in config.items()}
