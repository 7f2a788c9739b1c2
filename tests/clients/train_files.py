"""Train a network for one epoch on the training files of a folder, with what is installed.

python tests/clients/train_files.py FOLDER BATCH_SIZE
"""

import sys
import tempfile
from pathlib import Path

import torch
from lanfactory.config import network_config_mlp, train_config_mlp
from lanfactory.trainers import ModelTrainerTorchMLP, TorchMLPFactory, make_train_valid_dataloaders


def train(files, batch_size):
    """Return whether an epoch changed the network, and left it finite."""
    old = {"features_key": "data", "label_key": "labels"}  # LANfactory's own defaults
    keys = {} if b"lan_data" in files[0].read_bytes() else old
    loaders = make_train_valid_dataloaders(
        files, batch_size=batch_size, network_type="lan", train_val_split=0.5, num_workers=0,
        pin_memory=False, **keys,
    )  # fmt: skip
    net = TorchMLPFactory(network_config_mlp, loaders[2], network_type="lan")
    before = [parameter.detach().clone() for parameter in net.parameters()]
    trainer = ModelTrainerTorchMLP(
        net,
        {**train_config_mlp, "n_epochs": 1, "cpu_batch_size": batch_size},
        *loaders[:2],
        allow_abs_path_folder_generation=True,
        pin_memory=False,
        seed=1,
    )
    with tempfile.TemporaryDirectory() as folder:
        trainer.train_and_evaluate(output_folder=Path(folder), save_outputs=False, verbose=0)
    after = [parameter.detach() for parameter in net.parameters()]
    changed = any(not torch.equal(one, other) for one, other in zip(before, after, strict=True))
    return changed and all(bool(torch.isfinite(parameter).all()) for parameter in after)


if __name__ == "__main__":
    found = sorted(Path(sys.argv[1]).glob("*.pickle"))
    sys.exit(0 if train(found, int(sys.argv[2])) else "the network did not train")
