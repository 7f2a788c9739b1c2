"""The data of a model as a variable of PyMC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pytensor.graph.basic import Variable
from pytensor.tensor.random.op import RandomVariable

from ssms.errors import ConfigError
from ssms.likelihoods._pytensor import LogLikelihood
from ssms.likelihoods.likelihood import Likelihood

__all__ = ["add_data"]


class Responses(RandomVariable):  # type: ignore[misc]
    """Simulated response times and choices, two numbers for each parameter set."""

    def _supp_shape_from_params(self, dist_params: Any, param_shapes: Any = None) -> Any:
        return (2,)


def add_data(
    name: str,
    model: Any,
    options: Mapping[str, Any],
    parameters: Mapping[str, Any],
    observed: Any,
    dims: Any,
) -> Any:
    """Return the variable; see `ssms.likelihoods.custom_dist`."""
    likelihood = Likelihood(model, **options)
    if not likelihood.has_times:
        raise ConfigError(f"Model {likelihood.name!r} has no response times; use pytensor_op")
    values = likelihood.in_order([], parameters)
    if observed is not None and not isinstance(observed, Variable):
        likelihood.check_data(observed)  # before PyMC takes missing values for parameters
    kind = _distribution(likelihood, options["max_t"], options["extra_fields"])
    return kind(name, *values, observed=observed, dims=dims)


def _distribution(likelihood: Likelihood, max_t: float | None, extra_fields: Any) -> Any:
    """Return the distribution: its draws are simulations, its log probability the likelihood."""
    simulator, names = likelihood.simulator, likelihood.params
    op = LogLikelihood(likelihood)

    class Draws(Responses):
        name = likelihood.name
        signature = ",".join("()" for _ in names) + "->(two)"
        dtype = pm.pytensorf.floatX(0.0).dtype.name
        _print_name = (likelihood.name, likelihood.name)

        @classmethod
        def rng_fn(cls, rng: np.random.Generator, *values: Any) -> Any:
            """Simulate one response for each parameter set."""
            *params, size = values
            shape = np.broadcast_shapes(tuple(size or ()), *(np.shape(value) for value in params))
            rows = [np.broadcast_to(value, shape).reshape(-1) for value in params]
            theta = dict(zip(names, rows, strict=True))
            drawn = simulator.simulate(
                theta, n_samples=1, random_state=rng, max_t=max_t, extra_fields=extra_fields
            )
            pairs = [drawn[key].reshape(shape).astype(cls.dtype) for key in ("rts", "choices")]
            return np.stack(pairs, axis=-1)

    class Model(pm.Distribution):  # type: ignore[misc]
        rv_op = Draws()

        @classmethod
        def dist(cls, *params: Any, **more: Any) -> Any:
            return super().dist([pt.as_tensor_variable(value) for value in params], **more)

        def support_point(rv: Any, size: Any, *params: Any) -> Any:
            start = pt.stack([params[names.index("t")] + 0.5, simulator.choices[0]])
            return pt.broadcast_to(start, (*size, 2)) if size is not None else start

        def logp(value: Any, *params: Any) -> Any:
            return op(value, *params)

    return Model
