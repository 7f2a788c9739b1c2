"""LANfactory reads our files and trains on them.  Runs where LANfactory and torch are installed.

``SSMS_RELEASE_PYTHON`` may name a Python that has release 0.15.0 and LANfactory: it then trains on
our files.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("lanfactory")

from lanfactory.config import (  # noqa: E402
    network_config_cpn,
    network_config_mlp,
    train_config_cpn,
    train_config_mlp,
)
from lanfactory.trainers import (  # noqa: E402
    DatasetTorch,
    ModelTrainerTorchMLP,
    TorchMLPFactory,
    make_train_valid_dataloaders,
)

from ssms.config import get_default_generator_config  # noqa: E402
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator  # noqa: E402
from ssms.dataset_generators.writers import training_data_folder  # noqa: E402

# The warnings of other people's packages are theirs.
pytestmark = pytest.mark.filterwarnings("default")

SETS, ROWS = 64, 128


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write two files where ``ssms-generate`` puts them."""
    config = get_default_generator_config("lan", model="ddm_deadline")
    config["pipeline"].update(n_parameter_sets=SETS, n_cpus=1)
    config["training"].update(n_samples_per_param=ROWS)
    folder = training_data_folder(tmp_path_factory.mktemp("output"), config)
    config["output"]["folder"] = str(folder)
    generator = TrainingDataGenerator(config, seed=1)
    for _ in range(2):
        generator.generate_data_training(save=True)
    return folder


def files(folder):
    return sorted(file for file in folder.iterdir() if file.suffix == ".pickle")


def test_the_folder_holds_two_training_files_and_nothing_else(folder):
    assert len(files(folder)) == len(list(folder.iterdir())) == 2


@pytest.mark.parametrize(
    ("kind", "inputs", "rows"), [("lan", 7, SETS * ROWS), ("cpn", 5, SETS), ("opn", 5, SETS),
                                 ("gonogo", 5, SETS)]
)  # fmt: skip
def test_dataset_torch_reads_every_kind_of_data(folder, kind, inputs, rows):
    dataset = DatasetTorch(
        files(folder),
        batch_size=64,
        features_key=f"{kind}_data",
        label_key=f"{kind}_labels",
        label_lower_bound=np.log(1e-10) if kind == "lan" else None,
    )
    assert dataset.input_dim == inputs
    assert len(dataset) == 2 * rows // 64
    for x, y in (dataset[0], dataset[len(dataset) - 1]):  # of either file
        x, y = torch.as_tensor(x), torch.as_tensor(y)
        assert x.dtype == y.dtype == torch.float32
        assert x.shape == (64, inputs)
        assert torch.isfinite(x).all()
        assert torch.isfinite(y).all()
    assert dataset.data_generator_config["pipeline"]["seed"] == 1
    assert dataset.data_model_config["params"] == ["v", "a", "z", "t", "deadline"]
    bounds = np.asarray(dataset.data_model_config["param_bounds"]).tolist()
    assert [len(row) for row in bounds] == [5, 5]


@pytest.mark.parametrize(
    ("kind", "network", "training"),
    [("lan", network_config_mlp, train_config_mlp), ("cpn", network_config_cpn, train_config_cpn)],
)
def test_an_epoch_trains(folder, tmp_path, kind, network, training):
    train, valid, input_dim = make_train_valid_dataloaders(
        files(folder), batch_size=64, network_type=kind, train_val_split=0.5, num_workers=0,
        pin_memory=False,
    )  # fmt: skip
    net = TorchMLPFactory(network, input_dim, network_type=kind)
    before = [parameter.detach().clone() for parameter in net.parameters()]
    trainer = ModelTrainerTorchMLP(
        net,
        {**training, "n_epochs": 1, "cpu_batch_size": 64},
        train,
        valid,
        allow_abs_path_folder_generation=True,
        pin_memory=False,
        seed=1,
    )
    trainer.train_and_evaluate(output_folder=tmp_path, save_outputs=False, verbose=0)
    after = [parameter.detach() for parameter in net.parameters()]
    assert any(not torch.equal(one, other) for one, other in zip(before, after, strict=True))
    assert all(torch.isfinite(parameter).all() for parameter in after)


def test_the_kernel_density_lanfactory_plots_is_ours():
    from ssms.basic_simulators.simulator import simulator
    from ssms.support_utils.kde_class import LogKDE

    compute = pytest.importorskip("lanfactory.network_inspectors.compute")
    simulated = simulator(
        theta=np.array([0.5, 1.0, 0.5, 0.3]), model="ddm", n_samples=500, max_t=20, random_state=1
    )
    grid = np.array([[0.5, 1.0], [0.8, -1.0], [-1.0, 1.0]])
    values = compute.evaluate_kde(simulated, grid)
    assert values.shape == (3,)
    expected = LogKDE(simulated).kde_eval({"rts": grid[:, 0], "choices": grid[:, 1]})
    np.testing.assert_array_equal(values, expected)


HERE = Path(__file__).parent
RELEASED = HERE.parent / "names" / "released_files.zip"


@pytest.mark.parametrize("model", ["angle", "race_3", "lba2", "ddm_st", "full_ddm_rv"])
def test_files_of_the_release_train(tmp_path, model):
    with zipfile.ZipFile(RELEASED) as files:
        (tmp_path / "a.pickle").write_bytes(files.read(f"0.15.0/{model}.pickle"))
        (tmp_path / "b.pickle").write_bytes(files.read(f"0.15.0/{model}.pickle"))
    command = [sys.executable, HERE / "train_files.py", tmp_path, "4"]
    subprocess.run(command, check=True, timeout=300)


@pytest.mark.skipif("SSMS_RELEASE_PYTHON" not in os.environ, reason="SSMS_RELEASE_PYTHON not set")
def test_our_files_train_under_the_release(folder):
    python = os.environ["SSMS_RELEASE_PYTHON"]
    installed = [python, "-c", "import ssms; print(ssms.__version__)"]
    version = subprocess.run(installed, capture_output=True, text=True, check=True).stdout
    assert version.strip() == "0.15.0"
    subprocess.run([python, HERE / "train_files.py", folder, "64"], check=True, timeout=300)
