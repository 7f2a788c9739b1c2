"""How theta becomes the arguments of a simulator: by the transforms of its model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from ssms.basic_simulators.parameter_adapters import get_adapter_registry

__all__ = ["ModularParameterSimulatorAdapter", "ParameterSimulatorAdapterProtocol"]


@runtime_checkable
class ParameterSimulatorAdapterProtocol(Protocol):
    """The interface of ``parameter_adapter`` of `ssms.Simulator`.

    Examples
    --------
    >>> class Twice:
    ...     def adapt_parameters(self, theta, model_config, n_trials):
    ...         return {**theta, "v": 2 * theta["v"]}
    ...
    >>> import ssms
    >>> model = ssms.Simulator("ddm", parameter_adapter=Twice())
    >>> theta = {"v": 0.5, "a": 1.0, "z": 0.5, "t": 0.3}
    >>> float(model.simulate(theta, n_samples=1)["metadata"]["v"][0])
    1.0
    """

    def adapt_parameters(
        self, theta: dict[str, Any], model_config: Mapping[str, Any], n_trials: int
    ) -> dict[str, Any]:
        """Return the simulator's arguments made from parameter arrays by name.

        Parameters
        ----------
        theta : dict
            Parameter arrays by name, (n_trials,) each.
        model_config : mapping
            The model's configuration.
        n_trials : int
            Number of trials.

        Returns
        -------
        dict
        """
        ...


class ModularParameterSimulatorAdapter:
    """Applies a model's own simulation transforms, then those registered for its name.

    Examples
    --------
    >>> from ssms.transforms import RenameParameter
    >>> config = {"parameter_transforms": {"simulation": [RenameParameter("A", "z")]}}
    >>> ModularParameterSimulatorAdapter().adapt_parameters({"A": 0.3}, config, n_trials=1)
    {'z': 0.3}
    """

    def adapt_parameters(
        self, theta: dict[str, Any], model_config: Mapping[str, Any], n_trials: int
    ) -> dict[str, Any]:
        """Return `theta`, changed in place by each transform in turn.

        Parameters
        ----------
        theta : dict
            Parameter arrays by name.
        model_config : mapping
            The model's configuration; read are `parameter_transforms` and `name`.
        n_trials : int
            Number of trials.

        Returns
        -------
        dict
        """
        config = dict(model_config)
        own = (config.get("parameter_transforms") or {}).get("simulation", [])
        registered = get_adapter_registry().get_processor(str(config.get("name", "")))
        for step in [*own, *registered]:
            theta = step.apply(theta, config, n_trials)
        return theta

    def __repr__(self) -> str:
        return "ModularParameterSimulatorAdapter()"
