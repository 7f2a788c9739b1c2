"""The facts of the release that must stay, and how a catalogue entry is compared with them."""

from __future__ import annotations

import json
from pathlib import Path

from ssms.config.spec import ModelSpec

FACTS = json.loads(Path(__file__).with_name("released_models.json").read_text())


def differences_from_release(model: ModelSpec) -> list[str]:
    """Return in which facts a model differs from the release; an empty list if in none."""
    fact = FACTS["models"][model.name]
    config = model.config()
    found = {
        "name": config["name"],
        "table": {p.name: [p.low, p.high, p.default] for p in model.parameters},
        "choices": config["choices"],
        "n_particles": config["n_particles"],
        "boundary": config.get("boundary_name", "constant"),
        "drift": config.get("drift_name"),
    }
    if "ndt_edge_shift" in config:
        found["ndt_edge_shift"] = config["ndt_edge_shift"]
    if model.name.startswith("lba_angle"):  # the release calls this boundary "constant"
        found["boundary"] = "constant"
    wrong = [
        f"{model.name}: {key} is {found.get(key)}, released {fact.get(key)}"
        for key in sorted({*found, *fact})
        if found.get(key) != fact.get(key)
    ]
    if config["params"] != list(fact["table"]):
        wrong.append(f"{model.name}: parameters in another order: {config['params']}")
    return wrong
