"""The catalogue holds what networks and clients of the release depend on."""

import pytest
from released_facts import FACTS, differences_from_release

from ssms.config import catalogue
from ssms.config.catalogue._diffusion import diffusion
from ssms.config.spec import ModelSpec, Parameter, parameters_from
from ssms.errors import ConfigError
from ssms.processes import Diffusion, NonDecisionTime

EVERY_MODEL = catalogue.load(catalogue.FAMILIES)

FOUNDATION = [
    "ddm",
    "ddm_sdv",
    "ddm_st",
    "ddm_normal_st",
    "ddm_truncnormt",
    "ddm_rayleight",
    "full_ddm",
    "full_ddm2",
    "full_ddm_rv",
]


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_model_has_the_released_parameters_bounds_defaults_and_functions(name):
    assert differences_from_release(EVERY_MODEL[name]) == []


def test_every_fact_has_its_entry():
    assert set(FACTS["models"]) == set(EVERY_MODEL)
    assert set(FOUNDATION) <= set(catalogue.models())


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_every_parameter_is_read_and_everything_read_is_a_parameter(name):
    model = EVERY_MODEL[name]
    config = model.config()
    renames = {t.new_name: t.old_name for t in model.simulation_transforms}
    curves = [curve for curve in (model.boundary, model.drift) if curve is not None]
    needed = {renames.get(name, name) for curve in curves for name in curve.params}
    assert needed | model.process.fixed_parameters <= set(model.params)
    passed = {*config.get("boundary_params", []), *config.get("drift_params", [])}
    read = model.process.fixed_parameters | needed | passed | {model.process.base_drift}
    assert set(model.params) <= read


def test_sz_is_absolute_in_full_ddm_and_relative_in_full_ddm_rv():
    models = catalogue.models()
    assert models["full_ddm"].process.start_halfwidth_unit == "absolute"
    assert models["full_ddm_rv"].process.start_halfwidth_unit == "relative"
    assert models["full_ddm2"].process == models["full_ddm"].process


def test_offsets_of_the_leaky_conflict_models_reach_their_drift():
    for name in ("conflict_stimflexrel1_leak", "conflict_stimflexrel1_leak2"):
        assert {"toffset", "doffset"} <= set(EVERY_MODEL[name].config()["drift_params"])
    assert "toffset" not in EVERY_MODEL["conflict_stimflexrel1"].config()["drift_params"]


def test_a_model_prints_as_a_table_in_a_paper():
    assert str(EVERY_MODEL["full_ddm_rv"]) == "\n".join(
        [
            "full_ddm_rv: Drift, start (sz: half-width of the relative start) and non-decision "
            "time vary",
            "  dx = v dτ + s dW,  x(0) = a(2z − 1)",
            "  stops when |x| ≥ a",
            "  rt = τ + t",
            "  each trial: v ~ Normal(v, sv)",
            "  each trial: z ~ Uniform(z − sz, z + sz)",
            "  each trial: t ~ Uniform(t − st, t + st)",
            "  choices: -1, 1",
            "",
            "  parameter    low  high  default",
            "  v             -3     3        0",
            "  a            0.3   2.5        1",
            "  z            0.3   0.7      0.5",
            "  t           0.25  2.25     0.25",
            "  sz         0.001   0.2    0.001",
            "  sv         0.001     2    0.001",
            "  st         0.001     t    0.001",
        ]
    )


def test_a_model_is_a_table_in_a_notebook():
    html = EVERY_MODEL["angle"]._repr_html_()
    assert "<br>b(τ) = a − τ·tan(theta)<br>" in html
    assert "<td>theta</td><td>-0.1</td><td>1.3</td><td>0</td>" in html
    assert html.count("<tr>") == 6


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("angle", "b(τ) = a − τ·tan(theta)"),
        ("ornstein", "dx = (v − g·x) dτ + s dW,  x(0) = a(2z − 1)"),
        ("levy", "dx = v dτ + s dL_alpha,  x(0) = a(2z − 1)"),
        ("ddm_legacy", "stops when x ≥ a or x ≤ 0"),
        ("ddm_rayleight", "each trial: t ~ Rayleigh(st)"),
        ("ddm_truncnormt", "rt = τ + ndt"),
        ("lba2", "x_i(τ) = k_i + V_i·τ,  i = 0, 1"),
        ("lba_angle_3", "b(τ) = a − τ·tan(theta)"),
        ("dev_rlwm_lba_pw_v1", "x_i(τ) = k_i + V_i·τ + W_i·max(τ − tWM, 0),  i = 0, …, 2"),
        ("poisson_race", "T_i ~ Gamma(shape k_i, rate r_i),  i = 1, 2"),
        ("inv_temp_softmax_3", "P(i) = exp(beta·q_i) / Σ_j exp(beta·q_j),  i = 0, …, 2"),
        (
            "conflict_stimflexrel1_leak2",
            "dx_2 = (v_2(τ) − gd·x_2) dτ + (s/2) dW, the same dW in both",
        ),
        ("race_2", "dx_i = v_i dτ + s dW_i, reflected at 0,  x_i(0) = z_i·a,  i = 0, 1"),
        ("race_no_z_angle_4", "stops when an x_i ≥ b(τ): the choice is i"),
        (
            "lca_no_bias_3",
            "dx_i = (v_i − g·x_i − b·Σ_{j≠i} x_j) dτ + s dW_i, reflected at 0,  x_i(0) = z·a,  "
            "i = 0, …, 2",
        ),
        ("racing_diffusion_3", "each trial: k_i ~ Uniform(0, A)"),
    ],
)
def test_equations_say_what_is_simulated(name, line):
    assert f"  {line}" in str(EVERY_MODEL[name]).splitlines()


def test_two_models_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two models are called 'ddm'"):
        catalogue.load(("variability", "variability"))


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"v": (1.0, 0.9, 1.0)}, "low <= high"),
        ({"st": (0.0, "t", 0.1)}, "'t', which is not a parameter"),
        ({"1v": (0.0, 1.0, 0.1)}, "a letter, then"),
    ],
)
def test_entries_that_make_no_sense_are_refused(parameters, message):
    with pytest.raises(ConfigError, match=message):
        ModelSpec("x", "x", Diffusion(), parameters_from(parameters))


def test_a_parameter_twice_is_refused():
    twice = (Parameter("v", 0.0, 1.0, 0.5),) * 2
    with pytest.raises(ConfigError, match="twice"):
        ModelSpec("x", "x", Diffusion(), twice)


def test_the_edge_of_uniform_nondecision_times_follows_from_the_process():
    model = diffusion(
        "x",
        "x",
        v=(0, 1, 0.5),
        a=(1, 2, 1),
        z=(0.1, 0.9, 0.5),
        t=(1, 2, 1),
        width=(0.1, 0.2, 0.1),
        process=Diffusion(nondecision=NonDecisionTime("uniform", "t", "width")),
    )
    assert model.config()["ndt_edge_shift"] == {"param": "width", "scale": 1.0}
