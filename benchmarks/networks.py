"""Networks trained on exact labels and on kernel densities: which is nearer to the exact density.

    python -m benchmarks.networks                         # ddm, angle; three seeds: half an hour
    python -m benchmarks.networks --models weibull --seeds 1

LANfactory and torch must be installed.  For each model, type of label and seed one network of
LANfactory's default size is trained on data of equal size and equal parameter sets, with
LANfactory's own loader and trainer.  Then the log densities of a network are compared with the
exact ones at responses drawn from the law, of parameter sets that it was not trained on.  Printed
are mean absolute differences in nats: of the labels, and of the networks (mean over seeds, least,
largest).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import mean

import numpy as np

KINDS = ("exact", "kde")
SETS_A_FILE, ROWS = 100, 400
TEST_SETS, TEST_ROWS, TEST_SEED = 400, 200, 999
LOWER_BOUND = float(np.log(1e-7))  # of labels, as LANfactory's users set it


def config_of(model, kind, n_sets, n_rows):
    """Return the configuration of training data without filters and histograms."""
    from ssms.config import get_default_generator_config

    config = get_default_generator_config("lan", model=model)
    config["estimator"]["type"] = kind
    config["pipeline"].update(n_parameter_sets=n_sets, n_cpus=1, simulation_filters={})
    config["training"].update(n_samples_per_param=n_rows)
    config["output"]["binned"] = []
    return config


def write_files(model, kind, seed, n_sets, folder):
    """Write training files and return their paths."""
    from ssms.dataset_generators.lan_mlp import TrainingDataGenerator

    config = config_of(model, kind, SETS_A_FILE, ROWS)
    config["output"]["folder"] = str(folder)
    generator = TrainingDataGenerator(config, seed=seed)
    for _ in range(n_sets // SETS_A_FILE):
        generator.generate_data_training(save=True)
    return sorted(str(path) for path in Path(folder).glob("*.pickle"))


def test_rows(model, kind):
    """Return responses drawn from the law of new parameter sets, and their labels."""
    from ssms.dataset_generators.lan_mlp import TrainingDataGenerator

    config = config_of(model, kind, TEST_SETS, TEST_ROWS)
    config["training"]["mixture_probabilities"] = [1.0, 0.0, 0.0]
    data = TrainingDataGenerator(config, seed=TEST_SEED).generate_data_training()
    return data["lan_data"], data["lan_labels"]


def error_of_kde(model):
    """Return the mean absolute error of kernel-density labels at responses of the exact law."""
    from ssms.basic_simulators.simulator_class import Simulator
    from ssms.dataset_generators.likelihood_estimators import KDELikelihoodEstimator

    rows, labels = test_rows(model, "exact")
    simulator, errors = Simulator(model), []
    for i in range(TEST_SETS):
        part = slice(i * TEST_ROWS, (i + 1) * TEST_ROWS)
        theta = rows[part][0, :-2]
        estimator = KDELikelihoodEstimator()
        estimator.fit(simulator.simulate(theta, n_samples=1000, random_state=i))
        found = estimator.evaluate(rows[part, -2], rows[part, -1])
        errors.append(np.abs(found - labels[part]).mean())
    return float(np.mean(errors))


def train(files, seed, n_epochs, batch_size):
    """Return a network that LANfactory has trained."""
    import torch
    from lanfactory.config import network_config_mlp, train_config_mlp
    from lanfactory.trainers import (
        ModelTrainerTorchMLP,
        TorchMLPFactory,
        make_train_valid_dataloaders,
    )

    torch.manual_seed(seed)
    training, validation, input_dim = make_train_valid_dataloaders(
        files, batch_size=batch_size, network_type="lan", train_val_split=0.9, num_workers=0,
        pin_memory=False, label_lower_bound=LOWER_BOUND,
    )  # fmt: skip
    network = TorchMLPFactory(network_config_mlp, input_dim, network_type="lan")
    settings = {**train_config_mlp, "n_epochs": n_epochs, "cpu_batch_size": batch_size}
    trainer = ModelTrainerTorchMLP(
        network, settings, training, validation, allow_abs_path_folder_generation=True,
        pin_memory=False, seed=seed,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        trainer.train_and_evaluate(output_folder=folder, save_outputs=False, verbose=0)
    return network


def error_of(network, rows, labels):
    """Return the mean absolute difference of a network from exact log densities."""
    import torch

    with torch.no_grad():
        found = network(torch.as_tensor(rows)).numpy().ravel()
    return float(np.abs(found - labels).mean())


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", default=["ddm", "angle"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sets", type=int, default=1200, help="parameter sets of each network")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=500)
    options = parser.parse_args()
    try:
        import lanfactory  # noqa: F401
        import torch
    except ImportError:
        sys.exit("benchmarks.networks needs LANfactory and torch: pip install lanfactory torch")
    torch.set_num_threads(1)
    print(f"{'model':<12}{'labels':<10}{'error of labels':>16}{'error of networks':>20}")
    for model in options.models:
        rows, labels = test_rows(model, "exact")
        for kind in KINDS:
            errors = []
            for seed in range(1, options.seeds + 1):
                with tempfile.TemporaryDirectory() as folder:
                    files = write_files(model, kind, seed, options.sets, folder)
                    network = train(files, seed, options.epochs, options.batch_size)
                errors.append(error_of(network, rows, labels))
            of_labels = 0.0 if kind == "exact" else error_of_kde(model)
            found = f"{mean(errors):.4f} ({min(errors):.4f} - {max(errors):.4f})"
            print(f"{model:<12}{kind:<10}{of_labels:>16.4f}{found:>28}", flush=True)


if __name__ == "__main__":
    main()
