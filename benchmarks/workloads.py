"""What is timed, and the ratio to the released package that each row must reach."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

ENTRIES = ("simulator", "Simulator.simulate")

# label, parameter sets, samples of each
ONE_SET = ("1 set x 20,000", 1, 20_000)
MANY_SETS = ("1,000 sets x 1", 1_000, 1)
ONE_TRIAL = ("one call, 1 trial", 1, 1)


@dataclass(frozen=True)
class Goal:
    """Ratios that one family of models must reach."""

    models: tuple[str, ...]
    one_set: float
    many_sets: float


GOALS = (
    Goal(("ddm", "ddm_legacy", "angle", "angle_extended"), 500, 100),
    Goal(
        (
            "ddm_sdv",
            "ddm_st",
            "ddm_normal_st",
            "ddm_truncnormt",
            "ddm_rayleight",
            "full_ddm",
            "full_ddm2",
            "full_ddm_rv",
        ),
        100,
        100,
    ),
    Goal(("weibull", "weibull_cdf", "ornstein", "ornstein_angle"), 80, 100),
    Goal(
        (
            "gamma_drift",
            "gamma_drift_angle",
            "conflict_ds",
            "conflict_ds_angle",
            "conflict_dsstimflex",
            "conflict_dsstimflex_angle",
            "conflict_stimflex",
            "conflict_stimflex_angle",
            "conflict_stimflexrel1",
            "conflict_stimflexrel1_angle",
            "conflict_stimflexrel1_leak",
            "conflict_stimflexrel1_leak2",
            "shrink_spot",
            "shrink_spot_extended",
            "shrink_spot_simple",
            "shrink_spot_simple_extended",
        ),
        40,
        80,
    ),
    Goal(("levy", "levy_angle"), 12, 40),
    Goal(("racing_diffusion_3",), 400, 150),
    Goal(
        (
            "race_2",
            "race_3",
            "race_4",
            "race_no_bias_angle_2",
            "race_no_bias_angle_3",
            "race_no_bias_angle_4",
        ),
        40,
        80,
    ),
    Goal(("lca_3", "lca_4", "lca_no_bias_angle_3", "lca_no_bias_angle_4"), 150, 100),
    Goal(
        (
            "lba2",
            "lba3",
            "lba4",
            "lba_3_vs_constraint",
            "lba_angle_3",
            "lba_angle_3_vs_constraint",
            "dev_rlwm_lba_race_v1",
            "dev_rlwm_lba_race_v2",
            "dev_rlwm_lba_pw_v1",
        ),
        400,
        150,
    ),
    Goal(("poisson_race",), 40, 60),
    Goal(("inv_temp_softmax_2", "inv_temp_softmax_3", "inv_temp_softmax_4"), 20, 20),
    Goal(("ddm_par2", "ddm_seq2"), 200, 100),
    Goal(
        (
            "tradeoff_no_bias",
            "ddm_mic2_adj",
            "ddm_mic2_ornstein",
            "ddm_mic2_leak",
            "ddm_mic2_multinoise_no_bias",
        ),
        40,
        60,
    ),
    Goal(("addm",), 40, 40),
)
FIXATIONS = "given fixations"  # and items, which differ from trial to trial
DRAWN_FIXATIONS = "drawn fixations"
# the package alone, and with what a simulation needs
IMPORTS = ("ssms", "ssms.basic_simulators.simulator")
IMPORT_GOAL = 8.0
ONE_TRIAL_GOALS = {"ddm": {"simulator": 20.0, "Simulator.simulate": 50.0}}
# method euler at the released package's step, with AVX2 only
EULER_GOAL = 14.0
EULER_SIMD = "avx2"
MEMORY_GOAL = 64  # MiB above the arrays that are returned
MEMORY_TRIALS = 100_000_000
# one of each process
MEMORY_MODELS = ("ddm", "race_3", "lba3", "poisson_race", "inv_temp_softmax_3", "ddm_par2", "addm")
TWO_THREADS_GOAL = 1.8
# seconds that one thread works at least, in the rows of two threads
TWO_THREADS_SECONDS = 0.05
# pairs of these rows for each pair of the others: their calls are short, and the second processor
# of a shared machine is not always there
TWO_THREADS_PAIRS = 3
# what two processes do side by side, to see what two threads could do at best
TWO_PROCESSES = ("weibull", 2_000_000)


@dataclass(frozen=True)
class Row:
    """One line of the table: a model, a layout of the trials, a public entry point."""

    model: str
    layout: str
    n_sets: int
    n_samples: int
    entry: str
    target: float
    fields: str = ""  # FIXATIONS or DRAWN_FIXATIONS, of a model whose drift follows gaze


def rows(models=None):
    """Return the rows of ``models`` (default: all), in the order of the table."""
    out = []
    for goal in GOALS:
        for model in goal.models:
            if models is not None and model not in models:
                continue
            fields = (FIXATIONS, DRAWN_FIXATIONS) if model == "addm" else ("",)
            for entry, given in product(ENTRIES, fields):
                out.append(Row(model, *ONE_SET, entry, goal.one_set, given))
                out.append(Row(model, *MANY_SETS, entry, goal.many_sets, given))
                if model in ONE_TRIAL_GOALS:
                    out.append(Row(model, *ONE_TRIAL, entry, ONE_TRIAL_GOALS[model][entry]))
    return out


def all_models():
    """Return the names of every model that has a goal."""
    return [model for goal in GOALS for model in goal.models]
