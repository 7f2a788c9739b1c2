"""ModelConfig: derived entries, and parts that do not fit each other."""

import pytest

from rl.rl_models import Counting, OneByOne, Quiz, bandit, model
from ssms.config import model_config
from ssms.rl import ModelConfig, _backends, env, learning

ORDER = ["rl_alpha", "scaler", "a", "z", "t"]


def test_what_is_derived():
    made = model()
    assert made.list_params == made.required_params == ORDER
    assert made.bounds["scaler"] == (0.001, 10.0)
    assert made.bounds["a"] == tuple(model_config["ddm"]["param_bounds_dict"]["a"])
    assert made.params_default[:3] == [0.2, 2.0, 1.0]
    assert made.choices == (-1, 1)
    assert made.response_to_choice == made.resolved_response_to_choice == {-1: 0, 1: 1}
    assert made.context_fields == ["feedback"]
    assert made.response == ["rt", "response"]
    made.validate()


def test_given_order():
    made = model(list_params=["t", *ORDER[:4]])
    assert made.params_default == [0.001, 0.2, 2.0, 1.0, 0.5]
    made.validate()


@pytest.mark.parametrize("name", list(model_config))
def test_every_model_of_the_catalogue_can_decide(name):
    facts = model_config[name]
    rule = learning.RescorlaWagnerDeltaRule(n_actions=len(facts["choices"]))
    task = env.Bandit.bernoulli([0.5] * len(facts["choices"]), facts["choices"])
    for suffix in ("", "_deadline"):
        if suffix and name + suffix not in model_config:
            continue
        made = model(decision_process=name + suffix, learning_process=rule, task_environment=task)
        made.validate()
        assert made.list_params == ["rl_alpha", *model_config[name + suffix]["params"]]


def test_a_computed_parameter_under_another_name():
    made = model(computed_param_mapping={"v": "a"})
    made.validate()
    assert made.list_params == ["rl_alpha", "scaler", "v", "z", "t"]
    assert made.participant_contract().computed_outputs == ("a",)


def test_task_config_becomes_the_task():
    task = env.TaskConfig("bandit", probabilities=[0.5, 0.5], response_labels=[-1, 1])
    assert isinstance(model(task_environment=task).task_environment, env.Bandit)


def test_context_of_task_and_rule():
    made = model(learning_process=Counting(), task_environment=Quiz())
    assert made.context_fields == ["feedback", "difficulty", "session"]
    rule = learning.RescorlaWagnerDrift(feedback_field="points")
    assert model(learning_process=rule).context_fields == ["feedback", "points"]
    assert model(context_fields=["block", "feedback"]).context_fields == ["block", "feedback"]


def test_contract_and_export():
    made = model(context_fields=["feedback", "block"])
    contract = made.participant_contract()
    assert contract.trial_params == ("rl_alpha", "scaler")
    assert contract.input_fields == ("rl_alpha", "scaler", "response", "feedback", "block")
    with pytest.raises(AttributeError):
        contract.response_field = "rt"
    exported = made.to_hssm_config_dict()
    assert exported["participant_contract"]["input_fields"] == list(contract.input_fields)
    assert list(exported)[-4:] == [
        "ssm_logp_func",
        "learning_process",
        "decision_process_loglik_kind",
        "learning_process_kind",
    ]
    for name in ("list_params", "bounds", "params_default", "choices", "response"):
        assert exported[name] == getattr(made, name)


def test_backends(monkeypatch):
    monkeypatch.setattr(_backends, "jax_available", lambda: True)
    made = model()
    assert (made.resolved_learning_backend, made.resolved_gradient) == ("jax", "available")
    assert made.to_hssm_config_dict()["learning_process_kind"] == "approx_differentiable"
    assert model(gradient="unavailable").resolved_gradient == "unavailable"
    assert model(learning_backend="python").resolved_gradient == "unavailable"
    monkeypatch.setattr(_backends, "jax_available", lambda: False)
    made = model()
    assert (made.resolved_learning_backend, made.resolved_gradient) == ("python", "unavailable")
    assert made.to_hssm_config_dict()["learning_process_kind"] == "blackbox"


class OwnCompute(learning.RescorlaWagnerDrift):
    def compute_python(self, state, params, context):
        return {"v": params["scaler"]}


class OwnComputeTwice(OwnCompute):
    def compute_jax(self, state, params, context):
        return {"v": params["scaler"]}


class SaysSo(OwnCompute):
    available_backends = ("python", "jax")


def test_jax_does_not_compute_the_rule_of_the_base_class(monkeypatch):
    monkeypatch.setattr(_backends, "jax_available", lambda: True)
    assert model(learning_process=OwnCompute()).resolved_learning_backend == "python"
    with pytest.raises(ValueError, match=r"OwnCompute overrides compute_python.*compute_jax"):
        model(learning_process=OwnCompute(), learning_backend="jax")
    for rule in (OwnComputeTwice(), SaysSo(), OneByOne()):
        assert model(learning_process=rule).resolved_learning_backend == "jax"


def changed(**members):
    return type("Changed", (learning.RescorlaWagnerDrift,), members)()


NO_METHODS = type(
    "NoMethods",
    (),
    {"computed_params": ["v"], "free_params": [], "param_bounds": {}, "default_params": {}},
)()
IN_PYTHON = changed(available_backends=("python",))
TWO = changed(computed_params=["v", "a"])
NAMES = ["rl_alpha", "scaler", "a"]
OVERLAP = changed(
    free_params=NAMES,
    param_bounds=dict.fromkeys(NAMES, (0, 1)),
    default_params=dict.fromkeys(NAMES, 0.5),
)
BOUNDS = {"rl_alpha": (0, 1), "scaler": (0, 1), "a": (1, 2), "z": (0, 1), "t": (0, 1)}
THREE = env.Bandit.bernoulli([0.1, 0.2, 0.3])
WHEN_MADE = [
    ({"decision_process": "dmm"}, "Unknown model 'dmm'.*'ddm'"),
    ({"task_environment": env.Bandit.bernoulli()}, r"\(-1, 1\), got \(0, 1\)"),
    ({"task_environment": bandit(response_labels=[1, -1])}, "in their order"),
    ({"task_environment": THREE}, r"got \(0, 1, 2\)"),
    ({"task_environment": 3}, "task_environment.*int has no.*response_labels"),
    ({"learning_process": 3}, "learning_process.*int has no computed_params"),
    ({"choices": (0, 1)}, "choices must be the response_labels"),
    ({"list_params": [*ORDER, "q"]}, "No default value.*'q'"),
    ({"learning_process": changed(default_params={"rl_alpha": 0.1})}, "No default.*scaler"),
    ({"response_to_choice": {-1: 0, 1: 0}}, "response_to_choice.*action of its own"),
    ({"response_to_choice": {-1: 0, 1: 2}}, "from 0 to 1"),
    ({"response_to_choice": {0: 0, 1: 1}}, "response_to_choice"),
    ({"response_to_choice": {-1: 0}}, "response_to_choice"),
    ({"learning_backend": "torch"}, "learning_backend must be 'auto', 'python' or 'jax'"),
    ({"learning_process": changed(available_backends=("tf",))}, "available_backends.*'tf'"),
    ({"learning_process": IN_PYTHON, "learning_backend": "jax"}, "has only python"),
    ({"gradient": "yes"}, "gradient must be 'auto'"),
    ({"gradient": "available", "learning_backend": "python"}, "gradient is 'available'"),
    ({"context_fields": []}, "context_fields.*feedback"),
    ({"context_fields": ["feedback", "feedback"]}, "different"),
    ({"computed_param_mapping": {"v": "a"}, "learning_process": TWO}, "name of its own"),
]
WHEN_VALIDATED = [
    ({"learning_process": NO_METHODS}, "NoMethods has no init_state, compute_python"),
    ({"learning_process": learning.RescorlaWagnerSoftmax()}, "q0.*not parameters of.*'ddm'"),
    ({"learning_process": learning.RescorlaWagnerDeltaRule(3)}, "n_actions.*got 3 and 2"),
    ({"list_params": ORDER[:4]}, r"missing: \['t'\]"),
    ({"list_params": [*ORDER, "z"]}, "once"),
    ({"list_params": [*ORDER, "v"]}, r"extra: \['v'\]"),
    ({"params_default": [1.0, 2.0]}, r"list_params \(5\), got 2"),
    ({"params_default": [float("nan"), 2, 1, 0.5, 0.1]}, "params_default of rl_alpha"),
    ({"bounds": {"a": (1, 2)}}, "Missing bounds.*rl_alpha"),
    ({"bounds": {**BOUNDS, "a": (2, 1)}}, "bounds of a.*lower one first"),
    ({"bounds": {**BOUNDS, "a": (1, float("inf"))}}, "bounds of a.*finite"),
    ({"bounds": {**BOUNDS, "alpha": (0, 1)}}, "'alpha'. Did you mean 'rl_alpha'"),
    ({"learning_process": changed(param_bounds={"rl_alpha": (0, 1)})}, "Missing.*scaler"),
    ({"learning_process": OVERLAP}, "free parameters.*'a'.*'ddm'"),
    ({"response": ["rt"]}, "response.*holds 'response'"),
    ({"response": ["response", "response"]}, "each once"),
    ({"context_fields": ["feedback", "choice"]}, "context_fields must be free of"),
    ({"computed_param_mapping": {"w": "a"}}, "computed_param_mapping 'w'"),
    ({"computed_param_mapping": {"v": "w"}}, "'w'.*not parameters"),
    ({"ssm_kwargs": {"n_samples": 3}}, "ssm_kwargs 'n_samples'.*delta_t"),
    ({"ssm_kwargs": {"delta": 0.1}}, "Did you mean 'delta_t'"),
]
TYPES = [
    ({"response_to_choice": "x"}, "response_to_choice"),
    ({"decision_process": None}, "decision_process"),
    ({"model_name": 3}, "model_name"),
    ({"description": 3}, "description"),
    ({"include_choice": "no"}, "include_choice"),
    ({"response": "response"}, "response"),
    ({"bounds": {**BOUNDS, "a": 3}}, "bounds of a"),
    ({"ssm_kwargs": [1]}, "ssm_kwargs"),
]


@pytest.mark.parametrize(("parts", "words"), WHEN_MADE)
def test_refused_when_made(parts, words):
    with pytest.raises(ValueError, match=words):
        model(**parts)


@pytest.mark.parametrize(("parts", "words"), WHEN_VALIDATED)
def test_refused_when_validated(parts, words):
    made = model(**parts)
    with pytest.raises(ValueError, match=words):
        made.validate()
    with pytest.raises(ValueError, match=words):
        made.assemble("python")


@pytest.mark.parametrize(("parts", "words"), TYPES)
def test_wrong_types(parts, words):
    with pytest.raises(TypeError, match=words):
        model(**parts).validate()


def test_bounds_may_name_a_parameter():
    model(bounds={**BOUNDS, "t": (0.001, "a"), "v": (-3, 3)}).validate()


def test_without_jax(monkeypatch):
    monkeypatch.setattr(_backends, "jax_available", lambda: False)
    words = r"not installed.*ssm-simulators\[jax\]"
    with pytest.raises(ValueError, match=words):
        model(learning_backend="jax")
    with pytest.raises(ValueError, match=words):
        model().assemble("jax")
    with pytest.raises(ValueError, match=words):
        model(learning_process=changed(available_backends=("jax",)))


def test_a_change_after_the_model_was_made_is_noticed():
    made = model()
    made.list_params = ["a"]
    with pytest.raises(ValueError, match=r"list_params \(1\), got 5"):
        made.validate()


def test_a_field_that_the_response_lacks():
    with pytest.raises(ValueError, match="response_field 'answer'"):
        model().participant_contract(response_field="answer")


def test_arguments_in_their_order():
    made = ModelConfig("m", "d", "ddm", learning.RescorlaWagnerDrift(), bandit(), ORDER)
    assert made.list_params == ORDER
