"""Assembled models: values by hand, Python against JAX, gradients against differences."""

import pickle

import numpy as np
import pytest

from rl.rl_models import Counting, OneByOne, Quiz, model
from ssms.rl import AssembledModel, ModelConfig, env, learning
from ssms.rl.assembled import AssembledFunctionOutput, ResolvedLearningBackend

TRIALS = np.array([[0.2, 2.0, -1, 1.0], [0.2, 2.0, 1, 0.0], [0.2, 2.0, 1, 1.0]])
# Q: .5 .5 | .6 .5 | .6 .4, times 2
DRIFTS = [0.0, -0.2, -0.4]


@pytest.fixture(scope="module")
def jax():
    return pytest.importorskip("jax")


@pytest.fixture
def x64(jax):
    with jax.enable_x64(True):
        yield jax


def assembled(backend="python", **parts):
    return model(**parts).assemble(backend)


def softmax_like(n_actions, rule):
    """Return a rule with a computed parameter for each action, as parameters of ddm."""
    names = ["v", "a", "z", "t"][:n_actions]
    computed = rule(n_actions).computed_params
    return {
        "learning_process": rule(n_actions),
        "computed_param_mapping": dict(zip(computed, names, strict=True)),
    }


RULES = {
    "drift": {},
    "two rates": {"learning_process": learning.RescorlaWagnerDualAlphaDrift()},
    "own": {"learning_process": OneByOne()},
    "counting": {"learning_process": Counting(), "task_environment": Quiz()},
    "reversed": {"response_to_choice": {-1: 1, 1: 0}},
    "two outputs": softmax_like(2, learning.RescorlaWagnerRaceDrifts),
    "two values": softmax_like(2, learning.RescorlaWagnerDualAlphaSoftmax),
    "no output": {"learning_process": learning.RescorlaWagnerDeltaRule()},
}


def random_trials(made, n, seed=1):
    """Return n trials with parameters that change from trial to trial."""
    rng = np.random.default_rng(seed)
    columns = {"response": rng.choice([-1, 1], n)}
    fields = made.get_participant_input_fields()
    return np.column_stack([columns.get(name, rng.uniform(0.05, 1, n)) for name in fields])


def test_values_by_hand():
    function = assembled().assemble_participant_fn()
    values = function(TRIALS)
    assert (values.shape, values.dtype) == ((3,), np.float64)
    np.testing.assert_allclose(values, DRIFTS)
    np.testing.assert_allclose(function(TRIALS.tolist()), DRIFTS)
    assert function(TRIALS[:0]).shape == (0,)
    named = assembled().assemble_participant_fn(output="dict")(TRIALS)
    assert list(named) == ["v"]
    np.testing.assert_allclose(named["v"], DRIFTS)


def test_two_outputs():
    made = assembled(**RULES["two outputs"])
    assert made.computed_params == ["v", "a"]
    values = made.assemble_participant_fn()(TRIALS)
    np.testing.assert_allclose(values, [[1.0, 1.0], [1.2, 1.0], [1.2, 0.8]])
    named = made.assemble_participant_fn(output=AssembledFunctionOutput.DICT)(TRIALS)
    assert list(named) == ["v", "a"]


def test_no_output():
    made = assembled(**RULES["no output"])
    assert made.assemble_participant_fn()(TRIALS[:, [0, 2, 3]]).shape == (3, 0)
    assert made.assemble_participant_fn(output="dict")(TRIALS[:, [0, 2, 3]]) == {}


def test_order_of_fields():
    made = assembled()
    assert made.get_participant_input_fields() == ["rl_alpha", "scaler", "response", "feedback"]
    assert made.participant_input_fields() == made.get_participant_input_fields()
    function = made.assemble_participant_fn(["x", "feedback", "response", "scaler", "rl_alpha"])
    swapped = np.column_stack([np.full(3, np.nan), TRIALS[:, ::-1]])
    np.testing.assert_allclose(function(swapped), DRIFTS)


def test_response_under_another_name():
    made = assembled(response=["rt", "response", "answer"])
    fields = made.get_participant_input_fields(response_field="answer")
    assert fields == ["rl_alpha", "scaler", "answer", "feedback"]
    function = made.assemble_participant_fn(response_field="answer")
    np.testing.assert_allclose(function(TRIALS), DRIFTS)


def test_what_the_model_says_of_itself():
    made = assembled()
    config = made.config
    assert made.learning_backend is ResolvedLearningBackend.PYTHON
    assert made.learning_backend == "python"
    assert made.gradient == "unavailable"
    for name in ("model_name", "decision_process", "list_params", "bounds", "params_default"):
        assert getattr(made, name) == getattr(config, name)
    for name in ("response", "choices", "context_fields", "response_to_choice"):
        assert getattr(made, name) == getattr(config, name)
    with pytest.raises(AttributeError):
        made.gradient = "available"


def test_models_can_be_pickled():
    made = assembled()
    made.assemble_participant_fn()
    loaded = pickle.loads(pickle.dumps(made))
    assert loaded.list_params == made.list_params
    np.testing.assert_allclose(loaded.assemble_participant_fn()(TRIALS), DRIFTS)


def bad_calls(backend):
    made = assembled(backend)
    function = made.assemble_participant_fn()
    with pytest.raises(ValueError, match=r"\(n_trials, 4\).*\(3, 3\)"):
        function(TRIALS[:, :3])
    with pytest.raises(ValueError, match="n_trials"):
        function(TRIALS[0])
    with pytest.raises(ValueError, match="n_trials"):
        function(TRIALS[None])
    for response in (0, -999, 0.5, np.nan):
        trials = TRIALS.copy()
        trials[1, 2] = response
        with pytest.raises(ValueError, match=r"response_to_choice; allowed: \[-1, 1\]"):
            function(trials)


def test_bad_calls():
    bad_calls("python")


def test_bad_calls_of_jax(jax):
    bad_calls("jax")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"input_fields": ["feedback", "response", "scaler"]}, "input_fields.*rl_alpha"),
        ({"input_fields": ["rl_alpha", "scaler", "response", "feedback"] * 2}, "each once"),
        ({"response_field": "answer"}, "response_field 'answer'"),
        ({"output": "frame"}, "output 'frame'.*array, dict"),
    ],
)
def test_bad_arguments(arguments, words):
    with pytest.raises(ValueError, match=words):
        assembled().assemble_participant_fn(**arguments)


def test_bad_configurations():
    with pytest.raises(ValueError, match="backend must be 'auto', 'python' or 'jax', got 'c'"):
        model().assemble("c")
    with pytest.raises(TypeError, match="config must be a ModelConfig"):
        AssembledModel.from_config("2AB_RW_DDM")


class Silent(OneByOne):
    def compute_python(self, state, params, context):
        return {}

    compute_jax = compute_python


def test_a_rule_that_does_not_compute():
    with pytest.raises(ValueError, match="Silent must compute v"):
        assembled(learning_process=Silent()).assemble_participant_fn()(TRIALS)


def test_a_rule_that_does_not_compute_in_jax(jax):
    with pytest.raises(ValueError, match="Silent must compute v"):
        assembled("jax", learning_process=Silent()).assemble_participant_fn()(TRIALS)


@pytest.mark.parametrize("name", RULES)
def test_jax_is_as_python(jax, name):
    trials = random_trials(assembled(**RULES[name]), 300)
    one = assembled("python", **RULES[name]).assemble_participant_fn()(trials)
    with jax.enable_x64(False):  # HSSM, where it is imported, turns double precision on
        two = assembled("jax", **RULES[name]).assemble_participant_fn()(trials)
    assert two.shape == one.shape
    assert two.dtype == np.float32
    # values of counting grow to 300
    np.testing.assert_allclose(two, one, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", RULES)
def test_jax_is_as_python_in_double_precision(x64, name):
    trials = random_trials(assembled(**RULES[name]), 300)
    one = assembled("python", **RULES[name]).assemble_participant_fn(output="dict")(trials)
    two = assembled("jax", **RULES[name]).assemble_participant_fn(output="dict")(trials)
    assert list(one) == list(two)
    for key, values in one.items():
        assert two[key].dtype == np.float64
        np.testing.assert_allclose(np.asarray(two[key]), values, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["drift", "two rates", "counting", "two values"])
def test_gradients_are_as_differences(x64, name):
    made = assembled("jax", **RULES[name])
    assert made.gradient == "available"
    function = made.assemble_participant_fn()
    trials = random_trials(made, 25)
    rng = np.random.default_rng(2)
    weights = rng.normal(size=np.shape(function(trials)))

    def total(trials):
        return (function(trials) * weights).sum()

    gradient = np.asarray(x64.grad(total)(trials))
    fields = made.get_participant_input_fields()
    step = 1e-6
    for trial in (0, 7, 24):
        for column, field in enumerate(fields):
            if field == "response":
                continue
            up, down = trials.copy(), trials.copy()
            up[trial, column] += step
            down[trial, column] -= step
            difference = float(total(up) - total(down)) / (2 * step)
            assert gradient[trial, column] == pytest.approx(difference, rel=1e-6, abs=1e-7)


def test_participants_are_mapped(x64):
    made = assembled("jax")
    function = made.assemble_participant_fn(output="dict")
    trials = np.stack([random_trials(made, 20, seed) for seed in range(5)])
    mapped = x64.jit(x64.vmap(function))(trials)["v"]
    for own, values in zip(trials, mapped, strict=True):
        np.testing.assert_allclose(values, function(own)["v"], rtol=1e-12)


def test_responses_without_an_action_are_not_hidden_where_jax_traces(jax):
    function = jax.jit(assembled("jax").assemble_participant_fn())
    trials = TRIALS.copy()
    trials[2, 2] = -999
    assert np.isnan(function(trials)).all()
    np.testing.assert_allclose(function(TRIALS), DRIFTS, atol=1e-6)


def test_compiled_once(jax):
    calls = []

    class Watched(OneByOne):
        def compute_jax(self, state, params, context):
            calls.append(sorted(context))
            return super().compute_jax(state, params, context)

    made = assembled("jax", learning_process=Watched())
    function = made.assemble_participant_fn()
    function(TRIALS)
    traced = len(calls)
    for seed in range(5):
        made.assemble_participant_fn()(random_trials(made, 3, seed))
    assert len(calls) == traced
    assert calls[0] == ["feedback"]
    assert made.assemble_participant_fn() is function


def test_a_state_may_begin_with_whole_numbers(jax):
    class Whole(Counting):
        available_backends = ("python", "jax")

        def init_jax_state(self):
            return {"rewards": jax.numpy.zeros((), dtype=int)}

    trials = random_trials(assembled(**RULES["counting"]), 10)
    values = assembled("jax", learning_process=Whole(), task_environment=Quiz())
    expected = assembled(**RULES["counting"]).assemble_participant_fn()(trials)
    values = values.assemble_participant_fn()(trials)
    np.testing.assert_allclose(values, expected, rtol=1e-6, atol=1e-6)


def test_a_rule_of_jax_alone(jax):
    class OfJax(Counting):
        available_backends = ("jax",)
        compute_python = update_python = init_state = None

    parts = {"learning_process": OfJax(), "task_environment": Quiz()}
    made = model(**parts)
    assert made.resolved_learning_backend == "jax"
    trials = random_trials(made.assemble(), 10)
    expected = assembled(**RULES["counting"]).assemble_participant_fn()(trials)
    values = made.assemble().assemble_participant_fn()(trials)
    np.testing.assert_allclose(values, expected, rtol=1e-6, atol=1e-6)
    with pytest.raises(ValueError, match="has only jax"):
        made.assemble("python")


@pytest.mark.parametrize("gradient", ["auto", "unavailable"])
def test_gradient_is_what_the_configuration_says(jax, gradient):
    made = model(gradient=gradient)
    assert made.assemble("python").gradient == "unavailable"
    expected = "available" if gradient == "auto" else "unavailable"
    assert made.assemble("jax").gradient == expected
    if gradient == "auto":
        with pytest.raises(ValueError, match="gradient is 'available'"):
            model(gradient="available").assemble("python")


def test_three_actions(jax):
    """With labels 0 to 2, of a model that is registered for the test."""
    from rl.rl_models import softmax_choices
    from ssms.config import ModelConfigBuilder, register_model_config
    from ssms.config.model_registry import unregister_model

    names = ["q0", "q1", "q2"]
    register_model_config(
        "test_three",
        ModelConfigBuilder.from_scratch("test_three", names, softmax_choices, nchoices=3),
    )
    try:
        made = ModelConfig(
            "three",
            "",
            "test_three",
            learning.RescorlaWagnerSoftmax(3),
            env.Bandit.bernoulli([0.1, 0.2, 0.3]),
            response=["response"],
        )
    finally:
        unregister_model("test_three")
    trials = np.array([[0.5, 2, 1.0], [0.5, 0, 0.0], [0.5, 1, 1.0]])
    expected = [[0.5, 0.5, 0.5], [0.5, 0.5, 0.75], [0.25, 0.5, 0.75]]
    for backend in ("python", "jax"):
        values = made.assemble(backend).assemble_participant_fn()(trials)
        np.testing.assert_allclose(values, expected)
