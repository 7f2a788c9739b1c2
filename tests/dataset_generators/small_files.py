"""Small training data."""

import numpy as np

from ssms.config import get_default_generator_config
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator

K, S = 3, 20


def config(model="ddm", **sections):
    """Return a small configuration; sections as in ``pipeline={"n_cpus": 2}``."""
    small = get_default_generator_config("lan", model=model)
    small["pipeline"].update(n_parameter_sets=K, n_cpus=1)
    small["training"].update(n_samples_per_param=S)
    small["simulator"].update(n_samples=300)
    for section, values in sections.items():
        small[section].update(values)
    return small


def generate(model="ddm", seed=1, file_index=None, **sections):
    generator = TrainingDataGenerator(config(model, **sections), seed=seed)
    return generator.generate_data_training(file_index=file_index)


def arrays(data):
    return {key: value for key, value in data.items() if isinstance(value, np.ndarray)}


def same(one, other):
    one, other = arrays(one), arrays(other)
    return one.keys() == other.keys() and all(np.array_equal(one[k], other[k]) for k in one)
