"""Small likelihood networks, trained with JAX and written as ONNX files, as HSSM reads them."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ssms.config import get_default_generator_config
from ssms.dataset_generators.lan_mlp import TrainingDataGenerator

SIZES = (64, 64)


def training_data(approach, model, n_parameter_sets, **settings):
    """Return training data of a model, from one file."""
    config = get_default_generator_config(approach, model=model)
    config["pipeline"].update(n_parameter_sets=n_parameter_sets, n_cpus=1)
    for section, values in settings.items():
        config[section].update(values)
    return TrainingDataGenerator(config, seed=1).generate_data_training(save=False)


def evaluate(weights, x):
    """Return the output of a network of tanh units."""
    for matrix, bias in weights[:-1]:
        x = jnp.tanh(x @ matrix + bias)
    return x @ weights[-1][0] + weights[-1][1]


def train(features, labels, epochs, loss=None, batch=1000, rate=3e-3, seed=1):
    """Return the weights of a network; the loss is Huber's unless another one is given."""
    loss = loss or (lambda out, y: jnp.where(jnp.abs(out - y) < 1, (out - y) ** 2 / 2,
                                             jnp.abs(out - y) - 0.5))  # fmt: skip
    rng = np.random.default_rng(seed)
    widths = [features.shape[1], *SIZES, 1]
    weights = [
        (jnp.asarray(rng.normal(size=(a, b)) / np.sqrt(a), jnp.float32), jnp.zeros(b, jnp.float32))
        for a, b in itertools.pairwise(widths)
    ]
    mean, deviation = features.mean(axis=0), features.std(axis=0) + 1e-9
    x = jnp.asarray((features - mean) / deviation, jnp.float32)
    y = jnp.asarray(labels, jnp.float32).reshape(-1)
    n_batches = len(x) // batch

    def step(state, chosen):
        weights, first, second, count = state
        gradient = jax.grad(lambda w: loss(evaluate(w, x[chosen])[:, 0], y[chosen]).mean())(weights)
        count = count + 1
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
        size = rate * jnp.minimum(1.0, 2.0 - 2.0 * count / (epochs * n_batches))
        weights = jax.tree.map(
            lambda w, m, v: w - size * m / (1 - 0.9**count) / (
                jnp.sqrt(v / (1 - 0.999**count)) + 1e-8),
            weights, first, second,
        )  # fmt: skip
        return (weights, first, second, count), None

    zeros = jax.tree.map(jnp.zeros_like, weights)
    state = (weights, zeros, zeros, jnp.float32(0.0))
    epoch = jax.jit(lambda state, order: jax.lax.scan(step, state, order)[0])
    for _ in range(epochs):
        order = rng.permutation(len(x))[: n_batches * batch].reshape(n_batches, batch)
        state = epoch(state, jnp.asarray(order))
    weights = [(np.asarray(matrix), np.asarray(bias)) for matrix, bias in state[0]]
    matrix, bias = weights[0]  # the network takes features as they are
    weights[0] = (matrix / deviation[:, None], bias - (mean / deviation) @ matrix)
    return weights


def save(weights, path, log_sigmoid=False):
    """Write a network of one trial as an ONNX file; return the path as a string."""
    nodes, constants, value = [], [], "input"
    for i, (matrix, bias) in enumerate(weights):
        for kind, array in (("w", matrix), ("b", bias)):
            constants.append(numpy_helper.from_array(np.asarray(array, np.float32), f"{kind}{i}"))
        nodes.append(helper.make_node("MatMul", [value, f"w{i}"], [f"m{i}"]))
        nodes.append(helper.make_node("Add", [f"m{i}", f"b{i}"], [f"a{i}"]))
        value = f"a{i}"
        if i < len(weights) - 1:
            nodes.append(helper.make_node("Tanh", [value], [f"h{i}"]))
            value = f"h{i}"
    if log_sigmoid:
        nodes.append(helper.make_node("Sigmoid", [value], ["p"]))
        nodes.append(helper.make_node("Log", ["p"], ["logp"]))
        value = "logp"
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, weights[0][0].shape[0]])
    ]
    outputs = [helper.make_tensor_value_info(value, TensorProto.FLOAT, [1, 1])]
    graph = helper.make_graph(nodes, "network", inputs, outputs, constants)
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return str(path)


def cross_entropy(logits, p):
    """Return the cross-entropy between logits and probabilities."""
    return -(p * jax.nn.log_sigmoid(logits) + (1 - p) * jax.nn.log_sigmoid(-logits))
