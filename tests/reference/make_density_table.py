"""Write tests/densities/density_table.json: log densities between linear boundaries, by mpmath.

Run from tests/: ``python -m reference.make_density_table``.  Needs mpmath.
50 digits; the series for short and for long times are both summed, and must agree.
"""

import json
import random
from pathlib import Path

import mpmath as mp

mp.mp.dps = 50
N_ROWS = 120
TARGET = Path(__file__).parents[1] / "densities" / "density_table.json"


def exit_density(tau, d):
    """Return the density of leaving (-1, 1) at a side that is d away, by two series."""
    images = sum((d + 4 * j) * mp.exp(-((d + 4 * j) ** 2) / (2 * tau)) for j in range(-60, 61))
    early = images / mp.sqrt(2 * mp.pi * tau**3)
    waves = (
        k * mp.sin(k * mp.pi * d / 2) * mp.exp(-((k * mp.pi) ** 2) * tau / 8) for k in range(1, 400)
    )
    late = mp.pi / 4 * sum(waves)
    if mp.mpf("0.02") < tau < 20:
        assert abs(early / late - 1) < mp.mpf(10) ** -12 or tau < mp.mpf("0.1")
    return early if tau < 1 else late


def log_density(t, side, v, sv, a, z, theta):
    """Return the log density of leaving at a side (+1, -1) at t, noise 1."""
    t, v, sv, a, z, theta = map(mp.mpf, (t, v, sv, a, z, theta))
    k = mp.tan(theta)
    y0, b, w = a * (2 * z - 1), a - k * t, 1 + sv**2 * t
    fixed = exit_density(t / (a * b), 1 - side * y0 / a)
    way = side * b - y0
    drift = (sv**2 * way**2 + 2 * v * way - v**2 * t) / (2 * w) - mp.log(w) / 2
    scale = -3 * mp.log(b) / 2 - mp.log(a) / 2 + k * b / 2 - k * y0**2 / (2 * a)
    return mp.log(fixed) + drift + scale


def main():
    """Draw parameter sets and write the table."""
    draw, rows = random.Random(1), []
    while len(rows) < N_ROWS:
        row = {
            "v": draw.uniform(-6, 6),
            "sv": draw.choice([0.0, draw.uniform(0, 2.5)]),
            "a": mp.exp(draw.uniform(-3, 2.3)),
            "z": draw.uniform(0.01, 0.99),
            "theta": draw.choice([0.0, draw.uniform(-0.5, 1.4)]),
            "rt": mp.exp(draw.uniform(-9, 4)),
            "side": draw.choice([-1, 1]),
        }
        row = {name: float(f"{float(value):.6g}") for name, value in row.items()}
        if row["a"] - float(mp.tan(row["theta"])) * row["rt"] <= 0.01 * row["a"]:
            continue
        args = (row["rt"], int(row["side"]), row["v"], row["sv"], row["a"], row["z"], row["theta"])
        row["logpdf"] = float(mp.nstr(log_density(*args), 17))
        if row["logpdf"] > -1e5:
            rows.append(row)
    TARGET.write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


if __name__ == "__main__":
    main()
