"""Transforms registered for models and families, and the adapter that applies them."""

import numpy as np
import pytest

from ssms.basic_simulators.modular_parameter_simulator_adapter import (
    ModularParameterSimulatorAdapter,
    ParameterSimulatorAdapterProtocol,
)
from ssms.basic_simulators.parameter_adapters import (
    ParameterAdaptation,
    ParameterAdapterRegistry,
    get_adapter_registry,
    register_adapter_to_model,
    register_adapter_to_model_family,
)
from ssms.transforms import ParameterTransform, RenameParameter, SetDefaultValue, SetZeroArray


@pytest.fixture
def registered():
    yield get_adapter_registry()
    for name in ("adapted", "adapted family"):
        get_adapter_registry().unregister(name)


def test_the_models_own_transforms_come_first(registered):
    register_adapter_to_model("adapted", [RenameParameter("w", "x")])
    config = {
        "name": "adapted",
        "parameter_transforms": {"simulation": [RenameParameter("v", "w")]},
    }
    adapter = ModularParameterSimulatorAdapter()
    assert adapter.adapt_parameters({"v": 1.0}, config, n_trials=1) == {"x": 1.0}
    assert adapter.adapt_parameters({"v": 1.0}, {"name": "other"}, n_trials=1) == {"v": 1.0}


def test_families_apply_to_models_without_transforms_of_their_own(registered):
    register_adapter_to_model_family(
        "adapted family", lambda name: name.startswith("adapted"), [SetZeroArray("z")]
    )
    theta = ModularParameterSimulatorAdapter().adapt_parameters({}, {"name": "adapted_2"}, 2)
    np.testing.assert_array_equal(theta["z"], [0.0, 0.0])
    register_adapter_to_model("adapted", [SetDefaultValue("t", 0.1)])
    theta = ModularParameterSimulatorAdapter().adapt_parameters({}, {"name": "adapted"}, 1)
    assert list(theta) == ["t"]


def test_what_is_registered_can_be_listed():
    registry = ParameterAdapterRegistry()
    registry.register_model("one", [SetZeroArray("z")])
    registry.register_family("many", lambda name: name.startswith("m"), [SetZeroArray("t")])
    assert registry.list_registered_models() == ["one"]
    assert registry.list_registered_families() == ["many"]
    assert registry.has_processor("m1")
    assert not registry.has_processor("other")
    assert registry.get_processor("other") == []
    assert registry.describe("one").startswith("Model: one (exact match)\nAdaptations (1):\n  1. ")
    assert registry.describe("m1").startswith("Model: m1 (family match)")
    assert registry.describe("other") == "Model: other\nNo adaptations registered"
    assert repr(registry) == "ParameterAdapterRegistry(1 models, 1 families)"


def test_what_is_no_transform_is_refused():
    with pytest.raises(TypeError, match="a list of ParameterTransform"):
        ParameterAdapterRegistry().register_model("one", [print])
    with pytest.raises(TypeError, match="matcher"):
        ParameterAdapterRegistry().register_family("many", "m*", [SetZeroArray("z")])


def test_names_of_earlier_releases():
    assert ParameterAdaptation is ParameterTransform
    assert isinstance(ModularParameterSimulatorAdapter(), ParameterSimulatorAdapterProtocol)
