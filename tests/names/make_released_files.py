"""Make small training files with an earlier release; run by the Python that has it installed.

    python tests/names/make_released_files.py FOLDER [MODEL ...]

``released_files.zip`` holds such files: made so by release 0.15.0 (Python 3.12), 0.12.5, 0.10.4 and
0.9.2 (Python 3.11), in a folder for each.
"""

import sys
import warnings
from pathlib import Path

SETS, SIMULATIONS, ROWS = 2, 200, 4


def generator(model, folder):
    """Return what makes a file of a model, in the way of the release."""
    from ssms.config import model_config

    try:
        from ssms.config import get_default_generator_config
        from ssms.dataset_generators.lan_mlp import TrainingDataGenerator
    except ImportError:  # before 0.12
        from ssms.config import data_generator_config
        from ssms.dataset_generators.lan_mlp import data_generator

        config = dict(data_generator_config["lan"])
        config = dict(config.get("mlp", config))
        config.update(
            model=model, n_parameter_sets=SETS, n_subruns=1, n_cpus=1, n_samples=SIMULATIONS,
            n_training_samples_by_parameter_set=ROWS, output_folder=f"{folder}/",
        )  # fmt: skip
        made = data_generator(generator_config=config, model_config=model_config[model])
        return made.generate_data_training_uniform
    config = get_default_generator_config("lan", model=model)
    config["pipeline"].update(n_parameter_sets=SETS, n_subruns=1, n_cpus=1)
    config["simulator"].update(n_samples=SIMULATIONS)
    config["training"].update(n_samples_per_param=ROWS)
    config["output"]["folder"] = str(folder)
    return TrainingDataGenerator(config, model_config=model_config[model]).generate_data_training


def main(output, models):
    from ssms.config import model_config

    warnings.simplefilter("ignore")
    for model in models or list(model_config):
        folder = output / model
        try:
            generator(model, folder)(save=True)
        except ValueError as error:  # some models of earlier releases make no training data
            print(f"{model}: {error}")
            continue
        next(folder.rglob("*.pickle")).rename(output / f"{model}.pickle")
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir()
        folder.rmdir()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    main(Path(sys.argv[1]), sys.argv[2:])
