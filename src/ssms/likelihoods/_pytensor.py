"""The log likelihood as an operation of PyTensor."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import DisconnectedType, grad_undefined
from pytensor.graph.basic import Apply, Constant
from pytensor.graph.op import Op
from pytensor.graph.rewriting.basic import node_rewriter
from pytensor.scalar import upcast
from pytensor.tensor.rewriting.basic import register_specialize

from ssms.likelihoods.likelihood import Likelihood

__all__ = ["LogLikelihood", "LogLikelihoodAndGradient"]


class LogLikelihood(Op):  # type: ignore[misc]
    """Log densities of trials.

    Parameters
    ----------
    model, **options
        As of `Likelihood`.
    """

    __props__ = ("likelihood",)

    def __init__(self, model: Any, **options: Any) -> None:
        self.likelihood = model if isinstance(model, Likelihood) else Likelihood(model, **options)

    def make_node(self, data: Any, *params: Any, **named: Any) -> Apply:
        """Return the node: data and parameters in, values out."""
        inputs = self._inputs(data, self.likelihood.in_order(params, named))
        return Apply(self, inputs, [pt.vector(dtype=_type_of(inputs[1:]))])

    def _inputs(self, data: Any, params: Sequence[Any]) -> list[Any]:
        if isinstance(data, np.ndarray | Constant):
            self.likelihood.check_data(data.data if isinstance(data, Constant) else data)
        data = pt.as_tensor_variable(data)
        inputs = [data]
        for name, param in zip(self.likelihood.params, params, strict=True):
            variable = pt.as_tensor_variable(param)
            if variable.ndim > 1:
                raise TypeError(f"{name} must be a scalar or a vector, got {variable.ndim} axes")
            inputs.append(variable[0] if variable.type.shape == (1,) else variable)
        dtype = _type_of(inputs[1:])
        return [x if x.dtype in ("float64", "float32") else x.astype(dtype) for x in inputs]

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Any) -> None:
        """Compute the values."""
        values = self.likelihood.value(*inputs)
        outputs[0][0] = np.asarray(values, node.outputs[0].dtype)

    def infer_shape(self, *arguments: Any) -> Any:  # older versions of PyTensor pass one more
        """Return the shape of the values: one for each trial."""
        shapes = arguments[-1]
        return [(shapes[0][0],)]

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """Return the derivatives of a cost by data and parameters."""
        data, *params = inputs
        undefined = grad_undefined(self, 0, data, "there is no derivative by the data")
        if isinstance(cotangents[0].type, DisconnectedType):
            return [undefined, *(param.zeros_like() for param in params)]
        _, gradient = LogLikelihoodAndGradient(self.likelihood)(*inputs)
        found = []
        for i, param in enumerate(params):
            slope = cotangents[0] * gradient[i]
            slope = slope.sum() if param.ndim == 0 else slope
            found.append(slope if param.dtype.startswith("int") else slope.astype(param.dtype))
        return [undefined, *found]

    if not hasattr(Op, "pullback"):  # before PyTensor 3
        L_op = pullback


class LogLikelihoodAndGradient(LogLikelihood):
    """Log densities, and their derivatives by the parameters, shape (n_params, n)."""

    def make_node(self, data: Any, *params: Any, **named: Any) -> Apply:
        """Return the node: data and parameters in, values and derivatives out."""
        inputs = self._inputs(data, self.likelihood.in_order(params, named))
        dtype = _type_of(inputs[1:])
        return Apply(self, inputs, [pt.vector(dtype=dtype), pt.matrix(dtype=dtype)])

    def perform(self, node: Apply, inputs: Sequence[Any], outputs: Any) -> None:
        """Compute values and derivatives."""
        values, gradient = self.likelihood.value_and_gradient(*inputs)
        outputs[0][0] = np.asarray(values, node.outputs[0].dtype)
        outputs[1][0] = np.ascontiguousarray(gradient, node.outputs[1].dtype)

    def infer_shape(self, *arguments: Any) -> Any:
        """Return the shapes of values and derivatives."""
        shapes = arguments[-1]
        n = shapes[0][0]
        return [(n,), (pt.constant(len(shapes) - 1, dtype="int64"), n)]

    def pullback(self, inputs: Any, outputs: Any, cotangents: Any) -> list[Any]:
        """Refuse: second derivatives are not known."""
        return [grad_undefined(self, i, x, "no second derivatives") for i, x in enumerate(inputs)]

    if not hasattr(Op, "pullback"):
        L_op = pullback


def _type_of(params: Sequence[Any]) -> str:
    dtype = str(upcast("float32", *(param.dtype for param in params)))
    return "float64" if dtype not in ("float32", "float64") else dtype


@register_specialize  # type: ignore[untyped-decorator]
@node_rewriter([LogLikelihood])  # type: ignore[untyped-decorator]
def value_from_gradient(fgraph: Any, node: Any) -> list[Any] | None:
    """Take the value from a node that computes it together with the gradient, if there is one."""
    if type(node.op) is not LogLikelihood:
        return None
    for client, _ in fgraph.clients[node.inputs[0]]:
        same = isinstance(client.op, LogLikelihoodAndGradient) and client.inputs == node.inputs
        if same and client.op.likelihood is node.op.likelihood:
            return [client.outputs[0]]
    return None


if find_spec("numba") is not None:
    from pytensor.link.numba.dispatch import basic as numba_dispatch

    @numba_dispatch.numba_funcify.register(LogLikelihood)  # type: ignore[untyped-decorator]
    def numba_function(op: LogLikelihood, node: Any = None, **more: Any) -> Any:
        """Return the function that Numba calls: of the core, where that alone can compute.

        Else, and where data or shapes are not usual, it is `perform`, without a warning that it is.
        """
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Numba will use object mode", UserWarning)
            perform = numba_dispatch.generate_fallback_impl(op, node, **more)
        if op.likelihood.native is None or node.inputs[0].type.ndim != 2:
            return perform
        from ssms.likelihoods._numba import make_function

        with_gradient = isinstance(op, LogLikelihoodAndGradient)
        return make_function(op.likelihood, perform, node.outputs[0].dtype, with_gradient)


if find_spec("jax") is not None:
    from pytensor.link.jax.dispatch.basic import jax_funcify

    @jax_funcify.register(LogLikelihood)  # type: ignore[untyped-decorator]
    def jax_function(op: LogLikelihood, **more: Any) -> Callable[..., Any]:
        """Return the function that JAX calls, for PyMC's samplers in JAX."""
        from ssms.likelihoods._jax import make_functions

        value, both = make_functions(op.likelihood)
        return both if isinstance(op, LogLikelihoodAndGradient) else value
