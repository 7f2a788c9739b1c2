"""What HSSM asks of the package: shapes, streams, omissions, and simulators of other people."""

import inspect
import logging
import pickle
from functools import partial

import numpy as np
import pytest

from ssms.basic_simulators.simulator import simulator
from ssms.config import model_config, register_model_config, unregister_model
from ssms.errors import UnknownNameError
from ssms.hssm_support import (
    decorate_atomic_simulator,
    get_simulator_fun_internal,
    hssm_sim_wrapper,
    rng_fn,
    validate_simulator_fun,
)

DDM = get_simulator_fun_internal("ddm")
SCALARS = [0.5, 1.2, 0.5, 0.3]


def drawn(arrays, size=None, seed=1, simulator_fun=DDM, **kwargs):
    """Return what `rng_fn` draws, and whether it is as HSSM needs it."""
    data = rng_fn(arrays, size, np.random.default_rng(seed), simulator_fun, 2, *arrays, **kwargs)
    assert data.dtype == np.float64
    assert data.flags.writeable
    return data


@decorate_atomic_simulator("echo", choices=[0, 1])
def echo(theta, random_state, n_replicas, extra_fields=None):
    """Return the first parameter of each row, and the number of the replicate."""
    rows, replicas = np.meshgrid(theta[:, 0], np.arange(n_replicas))
    return np.stack([rows, replicas], axis=-1)


@decorate_atomic_simulator("echo", choices=[0, 1])
def flat_echo(theta, random_state, n_replicas):
    """Return the same, with all replicates of a row one after the other."""
    return echo(theta, random_state, n_replicas).swapaxes(0, 1).reshape(-1, 2)


# ---- shapes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shapes", "size", "expected"),
    [
        ([(), ()], 1, (2,)),
        ([(), ()], 5, (5, 2)),
        ([(), (1,)], (5,), (5, 2)),
        ([(), ()], np.array([4]), (4, 2)),
        ([(), ()], 0, (0, 2)),
        ([(1, 1), ()], None, (1, 1, 2)),
        ([(1, 1, 1), (1,)], 1, (1, 1, 1, 2)),
        ([(3,), ()], None, (3, 2)),
        ([(3,), (1,)], 1, (3, 2)),
        ([(3,), (3,)], 3, (3, 2)),
        ([(3,), ()], (6,), (3, 2, 2)),
        ([(3,), ()], np.int64(9), (3, 3, 2)),
        ([(3,), ()], (2, 3), (2, 3, 2)),
        ([(3,), ()], 0, (3, 0, 2)),
        ([(0,), ()], None, (0, 2)),
        ([(4, 3), ()], None, (4, 3, 2)),
        ([(4, 3), (4, 1)], 3, (4, 3, 2)),
        ([(4, 3), (3,)], 6, (4, 3, 2, 2)),
        ([(4, 1), (1, 3)], None, (4, 3, 2)),
        ([(2, 4, 3), (4, 1)], None, (2, 4, 3, 2)),
        ([(2, 4, 3), ()], 6, (2, 4, 3, 2, 2)),
        ([(4, 1), (4, 1)], 3, (4, 1, 3, 2)),
    ],
)
@pytest.mark.parametrize("simulator_fun", [DDM, echo, flat_echo], ids=["ddm", "3d", "flat"])
def test_shapes(shapes, size, expected, simulator_fun):
    first, second = (np.ones(shape) for shape in shapes)
    arrays = [first, second, 0.5, np.float32(0.3)]
    assert drawn(arrays, size, simulator_fun=simulator_fun).shape == expected


@pytest.mark.parametrize("simulator_fun", [echo, flat_echo], ids=["3d", "flat"])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 2, 3), (1, 3), (3, 1)])
def test_replicates_are_those_of_their_rows(simulator_fun, shape):
    rows = np.arange(np.prod(shape), dtype=float).reshape(shape)
    data = drawn([rows, 1.0], 4 * shape[-1], simulator_fun=simulator_fun)
    assert data.shape == (*shape, 4, 2)
    assert (data[..., 0] == rows[..., None]).all()
    assert (data[..., 1] == np.arange(4)).all()


def test_replicates_of_a_model_follow_the_parameters_of_their_trial():
    v = np.array([[-6.0, 0.0, 6.0], [6.0, 0.0, -6.0]])
    shares = (drawn([v, 1.0, 0.5, 0.3], 3 * 400)[..., 1] == 1).mean(axis=-1)
    # P(+1) = 1 / (1 + exp(-v 2a)) with boundaries 2a apart; 5 standard errors of 400 draws.
    assert np.abs(shares - [[0.0, 0.5, 1.0], [1.0, 0.5, 0.0]]).max() < 5 * 0.5 / 20


def test_rows_of_a_matrix_of_parameters_are_its_draws_and_trials():
    v = np.arange(6.0).reshape(2, 3)
    assert (drawn([v, 1.0], simulator_fun=echo)[..., 0] == v).all()
    assert (drawn([v[:, :1], v[:1]], simulator_fun=echo)[..., 0] == v[:, :1]).all()


def test_one_call_serves_all_draws():
    calls = []

    def counting(theta, random_state, n_replicas):
        calls.append((theta.shape, n_replicas))
        return echo(theta, random_state, n_replicas)

    drawn([np.ones((500, 20)), 1.0], 40, simulator_fun=counting)
    assert calls == [((10000, 2), 2)]


@pytest.mark.parametrize("n_replicas", [1, 3])
@pytest.mark.parametrize("n_trials", [1, 2])
def test_the_wrapped_simulator_drops_axes_of_length_one(n_replicas, n_trials):
    theta = np.tile(SCALARS, (n_trials, 1))
    data = DDM(theta=theta, n_replicas=n_replicas, random_state=1)
    axes = [length for length in (n_replicas, n_trials) if length > 1]
    assert data.shape == (*axes, 2)
    assert data.dtype == np.float64


@pytest.mark.parametrize("model", ["ddm", "race_no_bias_angle_4", "lba3", "inv_temp_softmax_3"])
def test_the_wrapper_gives_the_samples_of_the_simulator(model):
    theta = np.tile(list(model_config[model]["default_params"]), (5, 1))
    own = partial(hssm_sim_wrapper, simulator_fun=simulator, model=model)
    wrapped = partial(hssm_sim_wrapper, simulator_fun=lambda **k: simulator(**k), model=model)
    data = own(theta=theta, n_replicas=3, random_state=4)
    np.testing.assert_array_equal(data, wrapped(theta=theta, n_replicas=3, random_state=4))
    expected = simulator(theta, model=model, n_samples=3, random_state=4)
    np.testing.assert_array_equal(data[..., 0], expected.rt)
    np.testing.assert_array_equal(data[..., 1], expected.choice)


# ---- streams -------------------------------------------------------------------------------------


def test_the_generator_decides_and_is_advanced():
    rng = np.random.default_rng(5)
    first, second = (rng_fn(SCALARS, 50, rng, DDM, 2) for _ in range(2))
    assert not (first[:, 0] == second[:, 0]).any()
    np.testing.assert_array_equal(first, drawn(SCALARS, 50, seed=5))


def test_the_draws_are_the_callers():
    """HSSM writes lapses into them; a simulator function may keep its array."""
    kept = np.zeros((3, 2))
    kept.flags.writeable = False
    data = drawn([np.ones(3), 1.0], simulator_fun=lambda **_: kept)
    data[:] = 7.0
    assert not kept.any()


# ---- models --------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["ddm", "ddm_deadline", "race_no_bias_angle_4_deadline", "lba2"])
def test_models_have_their_choices(model, caplog):
    name, choices, obs_dim = validate_simulator_fun(get_simulator_fun_internal(model))
    assert (name, choices, obs_dim) == (model, model_config[model]["choices"], 2)
    assert type(obs_dim) is int
    assert not caplog.records


def test_registered_models_have_their_choices(caplog):
    def heads(p, n_samples, n_trials, random_state):
        rng = np.random.default_rng(random_state)
        choices = np.where(rng.random((n_samples, n_trials, 1)) < p[:, None], 6, 4)
        return {"rts": np.ones(choices.shape), "choices": choices}

    config = {"name": "coin", "params": ["p"], "param_bounds": [[0.0], [1.0]], "choices": [4, 6]}
    register_model_config("coin", {**config, "nchoices": 2, "simulator": heads})
    try:
        coin = get_simulator_fun_internal("coin")
        assert coin.choices == [4, 6]
        data = drawn([np.array([0.0, 1.0])], 6, simulator_fun=coin)
        np.testing.assert_array_equal(data[..., 1], [[4, 4, 4], [6, 6, 6]])
    finally:
        unregister_model("coin")
    assert not caplog.records


def test_an_unknown_model_is_a_warning_until_it_is_simulated(caplog):
    with caplog.at_level(logging.WARNING, logger="ssms.hssm_support"):
        unknown = get_simulator_fun_internal("my_likelihood")
    assert [record.name for record in caplog.records] == ["ssms.hssm_support"]
    assert "my_likelihood" in caplog.text
    assert validate_simulator_fun(unknown) == ("my_likelihood", [0, 1, 2], 2)
    with pytest.raises(UnknownNameError, match="my_likelihood"):
        drawn(SCALARS, 1, simulator_fun=unknown)


def test_functions_are_returned_as_they_are():
    assert get_simulator_fun_internal(echo) is echo


def test_simulators_survive_pickling():
    """PyTensor's compiled functions are copied that way."""
    copy = pickle.loads(pickle.dumps(get_simulator_fun_internal("angle")))
    assert validate_simulator_fun(copy) == ("angle", [-1, 1], 2)
    assert drawn([*SCALARS, 0.2], 5, simulator_fun=copy).shape == (5, 2)


def test_the_decorator_has_defaults():
    assert validate_simulator_fun(decorate_atomic_simulator("mine")(lambda: None)) == (
        "mine",
        [-1, 1],
        2,
    )


# ---- extra fields --------------------------------------------------------------------------------


def gaze(n_trials):
    """Return fixations that never leave the first item, whose value grows with the trial."""
    return {
        "r1": np.linspace(0.0, 10.0, n_trials),
        "r2": np.zeros(n_trials),
        "flag": np.zeros(n_trials, int),
        "sacc_array": np.zeros((n_trials, 4)),
        "d": np.ones(n_trials, int),
        "sigma": np.ones(n_trials),
        "continuation_mode": "prolong_last_fixation",
    }


def seen_fields(shape, size=None, **fields):
    """Return the extra fields that a simulator function is given."""
    seen = {}

    def looking(theta, random_state, n_replicas, extra_fields):
        seen.update(extra_fields)
        return echo(theta, random_state, n_replicas)

    drawn([np.ones(shape), 1.0], size, simulator_fun=looking, extra_fields=fields)
    return seen


@pytest.mark.parametrize(
    ("shape", "size"), [((3,), None), ((3,), 6), ((4, 3), None), ((2, 2, 3), 6)]
)
def test_extra_fields_follow_the_rows_of_theta(shape, size):
    values, matrix = np.arange(3), np.arange(6).reshape(3, 2)
    seen = seen_fields(
        shape, size, values=values, matrix=matrix, listed=[5, 6, 7], table=np.arange(5), word="abc",
        nested={"a": 1},
    )  # fmt: skip
    draws = int(np.prod(shape)) // 3
    np.testing.assert_array_equal(seen["values"], np.tile(values, draws))
    np.testing.assert_array_equal(seen["matrix"], np.tile(matrix, (draws, 1)))
    np.testing.assert_array_equal(seen["listed"], np.tile([5, 6, 7], draws))
    np.testing.assert_array_equal(seen["table"], np.arange(5))
    assert seen["word"] == "abc"
    assert seen["nested"] == {"a": 1}


def test_the_fields_of_the_caller_stay_as_they_are():
    fields = {"values": np.arange(3)}
    drawn([np.ones((2, 3)), 1.0], simulator_fun=echo, extra_fields=fields)
    assert fields["values"].shape == (3,)


@pytest.mark.parametrize(("shape", "size"), [((), 30), ((40, 30), None), ((30,), 40 * 30)])
def test_fixations_go_with_their_trials(shape, size):
    """Trial k of 30 has drift k: the last ones respond +1, whichever draw they belong to."""
    addm = get_simulator_fun_internal("addm")
    theta = [np.full(shape, 0.3), 1.0, 1.5, 0.5, 0.1, 0.0]
    params = model_config["addm"]["params"]
    by_name = {"eta": 0.3, "kappa": np.full(shape, 1.0), "a": 1.0, "b": 0.0, "x0": 0.0, "t": 0.1}
    theta = [by_name.get(name, 0.0) for name in params]
    data = drawn(theta, size, simulator_fun=addm, extra_fields=gaze(30))
    up = data[..., 1] == 1
    last = up[25:] if shape in ((), (30,)) else up[:, 25:]
    assert last.mean() > 0.99  # P(-1) at drift 8 and boundary 1 is exp(-16)
    first = up[:1] if shape in ((), (30,)) else up[:, :1]
    if first.size > 1:
        assert abs(first.mean() - 0.5) < 5 * 0.5 / np.sqrt(first.size)


@pytest.mark.parametrize("name", ["r1", "flag", "sacc_array", "d", "sigma"])
def test_extra_fields_of_the_wrong_length(name):
    fields = gaze(30)
    fields[name] = fields[name][:-1]
    theta = [np.full((2, 30), value) for value in model_config["addm"]["default_params"]]
    with pytest.raises(ValueError, match=name):
        drawn(theta, simulator_fun=get_simulator_fun_internal("addm"), extra_fields=fields)


def test_models_without_extra_fields_refuse_them():
    with pytest.raises(ValueError, match="extra_fields"):
        drawn(SCALARS, 3, extra_fields={"r1": np.zeros(3)})


# ---- omissions -----------------------------------------------------------------------------------


@pytest.mark.skipif(
    inspect.signature(simulator).parameters["max_t"].default is not None,
    reason="simulators have a limit by default",
)
def test_models_that_always_respond_have_no_omissions():
    """At boundary 2.5 and no drift, 2.5 % of responses take longer than 20 s."""
    data = drawn([np.zeros(4000), 2.5, 0.5, 0.1])
    assert (data[:, 0] > 0).all()
    assert (data[:, 0] > 20).mean() > 0.01


def test_omissions_without_a_deadline_are_counted_once():
    ornstein = get_simulator_fun_internal("ornstein")  # a well that holds the evidence
    with pytest.warns(UserWarning, match=r"\d of 3 simulated responses") as caught:
        data = drawn([np.zeros(3), 2.0, 0.5, 20.0, 0.1], None, simulator_fun=ornstein)
    omitted = int((data[:, 0] == -999).sum())
    assert omitted
    assert len(caught) == 1
    assert str(caught[0].message).startswith(f"{omitted} of 3 simulated responses")


def test_omissions_after_a_deadline_or_a_limit_are_meant():
    deadline = get_simulator_fun_internal("ddm_deadline")
    assert (drawn([0.0, 2.0, 0.5, 0.3, 0.5], 200, simulator_fun=deadline)[:, 0] == -999).any()
    assert (drawn([0.0, 2.0, 0.5, 0.3], 200, max_t=0.2)[:, 0] == -999).any()


@pytest.mark.parametrize("replicates", [1, 3])
def test_invalid_rows_of_a_posterior_are_omitted(replicates):
    a = np.full((40, 25), 1.2)
    a[3, 4] = -0.01
    a[7, :2] = np.nan
    with pytest.warns(UserWarning, match="3 of 1000 trials") as caught:
        data = drawn([0.5, a, 0.5, 0.3], 25 * replicates)
    assert len(caught) == 1
    invalid = ~(a > 0)
    rts = data[..., 0].reshape(40, 25, replicates)
    assert (rts[invalid] == -999).all()
    assert (rts[~invalid] > 0).all()
    a[invalid] = 1.2
    valid = drawn([0.5, a, 0.5, 0.3], 25 * replicates)[..., 0].reshape(rts.shape)
    np.testing.assert_array_equal(rts[~invalid], valid[~invalid])


def test_invalid_rows_can_be_refused():
    with pytest.raises(ValueError, match="a of trial 0 must be"):
        drawn([0.5, -1.0, 0.5, 0.3], 2, on_invalid="raise")


@pytest.mark.parametrize("z", [0.0, 1.0])
def test_a_start_on_a_boundary_is_a_response(z):
    """Logits of float32 round to 0 and 1."""
    data = drawn([0.5, 1.2, np.array([z, 0.5]), 0.3])
    assert tuple(data[0]) == (pytest.approx(0.3), 2 * z - 1)


# ---- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arrays", "size", "match"),
    [
        (SCALARS, None, "Size must be"),
        (SCALARS, (2, 3), "Size must be"),
        (SCALARS, (), "size must be"),
        (SCALARS, -1, "size must be"),
        (SCALARS, 2.0, "size must be"),
        (SCALARS, "3", "size must be"),
        ([np.ones(3), *SCALARS[1:]], 7, "`size` needs to be a multiple of the size of data, 3, "),
        ([np.ones(3), *SCALARS[1:]], 2, "multiple"),
        ([np.ones(3), *SCALARS[1:]], (3, 2), "multiple"),
        ([np.ones(0), *SCALARS[1:]], 4, "multiple"),
        ([np.ones(3), np.ones(2), 0.5, 0.3], None, "shapes"),
        ([np.ones((4, 3)), np.ones(4), 0.5, 0.3], None, "shapes"),
        ([np.ones((4, 3)), np.ones((2, 3)), 0.5, 0.3], None, "shapes"),
        (SCALARS[:3], 2, "4 columns"),
        ([*SCALARS, 0.1], 2, "4 columns"),
        ([np.ones(3), *SCALARS], None, "4 columns"),
        (["fast", *SCALARS[1:]], 1, "numbers"),
        ([[[1.0], [1.0, 2.0]], *SCALARS[1:]], 1, "numbers"),
        ([], None, "Size must be"),
    ],
)  # fmt: skip
def test_wrong_shapes(arrays, size, match):
    with pytest.raises(ValueError, match=match):
        drawn(arrays, size)


@pytest.mark.parametrize(
    "returned",
    [np.ones((3, 2)), np.ones((3, 4, 2)), np.ones((12, 3)), np.ones(24), "data", [[1], [1, 2]]],
)  # fmt: skip
def test_simulator_functions_that_return_something_else(returned):
    with pytest.raises(ValueError, match="simulator function must return"):
        drawn([np.ones(3), 1.0], 12, simulator_fun=lambda **_: returned)


@pytest.mark.parametrize("wrong", [3, None, ["ddm"]])
def test_what_is_neither_a_name_nor_a_function(wrong):
    with pytest.raises(ValueError, match="`simulator_fun` must be a string or a callable"):
        get_simulator_fun_internal(wrong)


@pytest.mark.parametrize("lacking", ["model_name", "choices", "obs_dim"])
def test_simulator_functions_that_lack_an_attribute(lacking):
    function = decorate_atomic_simulator("mine")(lambda: None)
    delattr(function, lacking)
    with pytest.raises(ValueError, match=f"`{lacking}`"):
        validate_simulator_fun(function)


@pytest.mark.parametrize("obs_dim", ["2", 2.0, None])
def test_the_number_of_columns_is_an_integer(obs_dim):
    with pytest.raises(ValueError, match="obs_dim"):
        validate_simulator_fun(decorate_atomic_simulator("mine", obs_dim=obs_dim)(lambda: None))
