"""The command can make training data of every model."""

import pickle

import numpy as np
import pytest

from ssms import runs
from ssms.config import model_config

# One of each family; `python -m pytest -m slow` takes them all.
FEW = {"ddm", "lba2", "lba_3_vs_constraint", "race_3", "lca_3", "ddm_par2", "addm", "poisson_race"}
FEW |= {"inv_temp_softmax_3", "dev_rlwm_lba_pw_v1", "racing_diffusion_3", "tradeoff_no_bias"}


@pytest.mark.parametrize(
    "model",
    [pytest.param(m, marks=[] if m in FEW else pytest.mark.slow) for m in model_config],
)
def test_training_data(model, tmp_path):
    config = {
        "MODEL": model,
        "PIPELINE": {"N_PARAMETER_SETS": 4, "N_CPUS": 1, "N_SUBRUNS": 1},
        "SIMULATOR": {"N_SAMPLES": 200},
        "TRAINING": {"N_SAMPLES_PER_PARAM": 25},
    }
    summary = runs.generate(config, output=tmp_path, n_files=1, seed=1)
    (file,) = tmp_path.rglob("*.pickle")
    data = pickle.loads(file.read_bytes())
    arrays = {key: value for key, value in data.items() if isinstance(value, np.ndarray)}
    assert summary is not None
    assert all(np.isfinite(value).all() for value in arrays.values())
    assert data["theta"].shape == (4, len(model_config[model]["params"]))
    for key in (key for key in arrays if key.endswith("_data")):  # as LANfactory pairs them
        labels = arrays[key.replace("_data", "_labels")]
        assert len(labels) == len(arrays[key])
        assert labels.dtype == arrays[key].dtype == np.float32
    if model.startswith("inv_temp"):
        assert "lan_data" not in data
    else:
        assert data["lan_data"].shape == (100, len(model_config[model]["params"]) + 2)
