"""Reinforcement learning with decision models: learning rules, tasks, and their simulation.

>>> import ssms
>>> model = ssms.rl.preset.get("2AB_RW_Angle")
>>> theta = dict(zip(model.list_params, model.params_default))
>>> data = ssms.rl.Simulator(model).simulate(theta, n_trials=10, random_state=1)
>>> len(data)
200
"""

from ssms.rl import env, learning, preset
from ssms.rl.assembled import AssembledModel, resolve_model
from ssms.rl.config import ModelConfig
from ssms.rl.simulator import Simulator

__all__ = [
    "AssembledModel",
    "ModelConfig",
    "Simulator",
    "env",
    "learning",
    "preset",
    "resolve_model",
]
