"""HSSM fits a preset to data of ours.  Runs where HSSM is installed; nothing is downloaded."""

import numpy as np
import pytest

pytest.importorskip("ssms.hssm_support")
pytest.importorskip("hssm")

from hssm.rl import RLSSM

from ssms import rl
from ssms.config import model_config

PRESET = "2AB_RW_InvTempSoftmax"
TRUE = {"rl_alpha": 0.35, "beta": 3.5}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    # The warnings of other people's packages are theirs.
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(
        rl.preset.get("2AB_RW_DDM").resolved_gradient != "available", reason="JAX is not installed"
    ),
    pytest.mark.skipif(
        "inv_temp_softmax_2" not in model_config, reason="the catalogue has no inv_temp_softmax_2"
    ),
]


def test_presets_are_listed():
    assert set(rl.preset.list()) <= set(RLSSM.list_models)


def test_parameters_are_recovered():
    simulator = rl.Simulator(rl.preset.get(PRESET))
    data = simulator.simulate(TRUE, n_trials=150, n_participants=8, random_state=4)
    model = RLSSM(data=data.drop(columns="rt"), model=PRESET)
    trace = model.sample(draws=300, tune=300, chains=2, cores=1, progressbar=False, random_seed=1)
    for name, value in TRUE.items():
        low, high = np.quantile(np.asarray(trace.posterior[name]), [0.025, 0.975])
        assert low <= value <= high, f"{name}: {low:.3f} to {high:.3f} does not hold {value}"
