"""What must hold for any parameters, shapes and seeds; and limits that message and core share."""

import contextlib
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ssms
from ssms import _core, checks
from ssms.config import model_config
from ssms.curves import registry_of

RELAXED = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
SIZES = st.integers(1, 7)
SEEDS = st.integers(0, 2**64 - 1)
MODELS = st.sampled_from(["ddm", "full_ddm", "angle", "weibull", "ornstein", "race_3", "levy"])
MODELS |= st.sampled_from(["racing_diffusion_3", "poisson_race", "ddm_par2", "inv_temp_softmax_3"])


def draw_theta(model, n_trials, seed):
    """Return parameters from the middle of the training bounds."""
    rng = np.random.default_rng(seed)
    theta = {}
    for name, (low, high) in model_config[model]["param_bounds_dict"].items():
        theta[name] = low + (0.3 + 0.4 * rng.random(n_trials)) * (high - low)
    return theta


@RELAXED
@given(model=MODELS, n_samples=SIZES, n_trials=SIZES, seed=SEEDS)
def test_shapes_types_and_labels(model, n_samples, n_trials, seed):
    out = ssms.simulate(model, draw_theta(model, n_trials, seed), n_samples, seed)
    squeezed = tuple(n for n in (n_samples, n_trials) if n > 1) or (1,)
    assert np.squeeze(out["rts"]).shape == tuple(n for n in squeezed if n > 1)
    assert (out["rts"].dtype, out["choices"].dtype) == (np.float32, np.int32)
    assert set(np.unique(out.choice[~out.omitted])) <= set(model_config[model]["choices"])
    assert np.isfinite(out.rt).all()
    assert len(out.to_frame()) == n_samples * n_trials


@RELAXED
@given(model=MODELS, n_samples=SIZES, n_trials=SIZES, seed=SEEDS)
def test_samples_do_not_know_what_else_is_simulated(model, n_samples, n_trials, seed):
    theta = draw_theta(model, n_trials + 2, seed)
    all_of_it = ssms.simulate(model, theta, n_samples + 3, seed)
    fewer = {name: values[:n_trials] for name, values in theta.items()}
    part = ssms.simulate(model, fewer, n_samples, seed, n_threads=2)
    np.testing.assert_array_equal(part.rt, all_of_it.rt[:n_samples, :n_trials])
    np.testing.assert_array_equal(part.choice, all_of_it.choice[:n_samples, :n_trials])


@RELAXED
@given(model=MODELS, n_trials=SIZES, seed=SEEDS)
def test_forms_of_theta_are_one(model, n_trials, seed):
    theta = draw_theta(model, n_trials, seed)
    matrix = np.column_stack([theta[name] for name in model_config[model]["params"]])
    records = [dict(zip(theta, row, strict=True)) for row in zip(*theta.values(), strict=True)]
    drawn = [ssms.simulate(model, form, 3, seed)["rts"] for form in (theta, matrix, records)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    np.testing.assert_array_equal(drawn[0], drawn[2])


def outside(allowed):
    """Return values that the core does not allow."""
    tried = (math.nan, -1.0, 0.0, 0.5, 2.5, 1e10, -1e10, math.inf, -math.inf)
    return [x for x in tried if not _core.is_allowed(allowed.number, x)]


CURVES = [
    (kind, name, parameter)
    for kind, rows in (("boundary", _core.BOUNDARIES), ("drift", _core.DRIFTS))
    for name, row in rows.items()
    for parameter in row.parameters
    if registry_of(kind).is_registered(name) and row.n_columns == 1
]


@pytest.mark.parametrize(("kind", "name", "parameter"), CURVES)
def test_limits_of_curves_and_messages_agree(kind, name, parameter):
    shared = pytest.warns(UserWarning, match="read the same parameter 'v'")
    with shared if name == "generalized_logistic" else contextlib.nullcontext():
        source = ssms.Simulator("ddm", **{kind: name})
    row = (_core.BOUNDARIES if kind == "boundary" else _core.DRIFTS)[name]
    values = {p.name: 0.5 if math.isinf(p.value) else p.value for p in row.parameters}
    theta = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3} | values
    theta = {p: theta[p] for p in source.params}
    if parameter.name not in theta:
        return  # an offset that this model does not have
    source.validate_params(theta)
    for value in outside(parameter.allowed):
        with pytest.raises(ssms.errors.ParameterError) as caught:
            source.validate_params({**theta, parameter.name: value})
        assert str(caught.value) == (
            f"{parameter.name} must be {parameter.allowed.words}, got {value}"
        )


def test_counts_have_one_limit():
    assert checks.MAX_COUNT == _core.MAX_COUNT


@pytest.mark.parametrize("model", ["full_ddm", "levy", "ornstein", "race_3", "lba3", "lca_3"])
def test_limits_of_roles_and_messages_agree(model):
    spec = ssms.model(model)
    source = ssms.Simulator(spec)
    theta = dict(spec.defaults)
    for role, players in spec.process.parameters().items():
        allowed = spec.process.row.roles[role].allowed
        for name in players:
            if name not in theta:
                continue
            for value in outside(allowed):
                with pytest.raises(
                    ssms.errors.ParameterError, match=rf"^{name} must be "
                ) as caught:
                    source.validate_params({**theta, name: value})
                assert allowed.words in str(caught.value)
