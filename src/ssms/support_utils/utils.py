"""Parameter spaces whose bounds may refer to other parameters.

A parameter space maps each parameter to its bounds ``(low, high)``; a bound is a number or the
name of another parameter, whose value must then be drawn first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssms.errors import ParameterError, bad_value, nearest

__all__ = [
    "build_dependency_graph",
    "parse_bounds",
    "sample_parameters_from_constraints",
    "topological_sort",
    "topological_sort_util",
]


def parse_bounds(bounds: tuple[Any, Any]) -> set[str]:
    """Return the names of the parameters that `bounds` refers to.

    Parameters
    ----------
    bounds : tuple
        ``(low, high)``; a string is the name of a parameter.

    Returns
    -------
    set of str

    Examples
    --------
    >>> parse_bounds((0.001, "t"))
    {'t'}
    """
    return {bound for bound in bounds if isinstance(bound, str)}


def build_dependency_graph(param_dict: Mapping[str, tuple[Any, Any]]) -> dict[str, set[str]]:
    """Return, for each parameter in declared order, the parameters whose bounds refer to it.

    Parameters
    ----------
    param_dict : mapping
        The parameter space: ``{name: (low, high)}``.

    Returns
    -------
    dict of str to set of str

    Raises
    ------
    ParameterError
        A bound refers to a parameter that is not in the space.

    Examples
    --------
    >>> build_dependency_graph({"st": (0.001, "t"), "t": (0.25, 2.25)})
    {'st': set(), 't': {'st'}}
    """
    graph: dict[str, set[str]] = {name: set() for name in param_dict}
    for name, bounds in param_dict.items():
        for dependency in sorted(parse_bounds(bounds)):
            if dependency not in graph:
                close = nearest(dependency, graph)
                hint = f" Did you mean '{close}'?" if close else ""
                raise ParameterError(
                    f"Parameter '{name}' depends on '{dependency}', but '{dependency}' is not "
                    f"defined in param_space.{hint}"
                )
            graph[dependency].add(name)
    return graph


def topological_sort(graph: Mapping[str, set[str]]) -> list[str]:
    """Return the parameters in the graph's order, but each after those its bounds refer to.

    Parameters
    ----------
    graph : mapping
        As `build_dependency_graph` returns it.

    Returns
    -------
    list of str

    Raises
    ------
    ParameterError
        Parameters refer to each other in a circle.

    Examples
    --------
    >>> topological_sort({"v": set(), "st": set(), "t": {"st"}})
    ['v', 't', 'st']
    """
    visited: set[str] = set()
    stack: list[str] = []
    for name in reversed(list(graph)):
        topological_sort_util(name, visited, stack, graph, set())
    return stack


def topological_sort_util(
    node: str,
    visited: set[str],
    stack: list[str],
    graph: Mapping[str, set[str]],
    temp_marks: set[str],
) -> None:
    """Put `node` in front of `stack`, after all nodes that depend on it (depth first).

    Parameters
    ----------
    node : str
        Where to start.
    visited, stack : set of str, list of str
        Names on the stack so far; both are extended.
    graph : mapping
        As `build_dependency_graph` returns it.
    temp_marks : set of str
        The nodes on the path to this one.

    Raises
    ------
    ParameterError
        The path leads back to one of its own nodes.

    Examples
    --------
    >>> visited, stack = set(), []
    >>> topological_sort_util("t", visited, stack, {"t": {"st"}, "st": set()}, set())
    >>> stack
    ['t', 'st']
    """
    if node in temp_marks:
        raise ParameterError(f"Circular dependency detected involving parameter '{node}'")
    if node in visited:
        return
    temp_marks.add(node)
    # By declared order, never by the order of a set, which changes from process to process.
    for dependent in reversed([name for name in graph if name in graph[node]]):
        topological_sort_util(dependent, visited, stack, graph, temp_marks)
    temp_marks.discard(node)
    visited.add(node)
    stack.insert(0, node)


def sample_parameters_from_constraints(
    param_dict: Mapping[str, tuple[Any, Any]],
    sample_size: int,
    random_state: int | np.random.Generator | None = None,
) -> dict[str, NDArray[np.float32]]:
    """Draw each parameter uniformly between its bounds, which may be equal.

    Parameters
    ----------
    param_dict : mapping
        The parameter space: ``{name: (low, high)}``.
    sample_size : int
        Number of parameter sets.
    random_state : int, numpy.random.Generator or None
        Seed, or the generator to advance.

    Returns
    -------
    dict
        float32 (sample_size,) for each parameter, in declared order.  They are drawn in that
        order too, except that a parameter waits for those its bounds refer to.

    Raises
    ------
    ParameterError
        A lower bound above its upper one; unknown or circular references.

    Examples
    --------
    >>> theta = sample_parameters_from_constraints({"st": (0.001, "t"), "t": (0.25, 2.25)}, 3, 1)
    >>> list(theta), bool((theta["st"] < theta["t"]).all())
    (['st', 't'], True)
    """
    rng = np.random.default_rng(random_state)
    return draw_in_order(
        param_dict, lambda name, low, high: rng.uniform(low, high, size=sample_size)
    )


def draw_in_order(
    param_dict: Mapping[str, tuple[Any, Any]],
    draw: Callable[[str, Any, Any], Any],
    order: Sequence[str] | None = None,
) -> dict[str, NDArray[np.float32]]:
    """Draw each parameter after the parameters that its bounds refer to.

    Parameters
    ----------
    param_dict : mapping
        The parameter space: ``{name: (low, high)}``.
    draw : callable
        ``draw(name, low, high)`` returns values; a bound is a number, or the values of the
        parameter to which it refers.
    order : sequence of str, optional
        The parameters, each after the ones that its bounds refer to, where this is known.

    Returns
    -------
    dict
        float32 arrays by parameter, in declared order.

    Raises
    ------
    ParameterError
        A lower bound above its upper one; unknown or circular references.
    """
    drawn: dict[str, NDArray[np.float32]] = {}
    if order is None:
        order = topological_sort(build_dependency_graph(param_dict))
    for name in order:
        low, high = (_bound(name, bound, drawn) for bound in param_dict[name])
        allowed = low <= high
        if not (allowed if isinstance(allowed, bool) else allowed.all()):
            raise ParameterError(
                f"Parameter '{name}' has invalid bounds: lower bound {param_dict[name][0]} must "
                f"not be above upper bound {param_dict[name][1]}"
            )
        drawn[name] = np.asarray(draw(name, low, high)).astype(np.float32)
    return {name: drawn[name] for name in param_dict}


def _bound(name: str, bound: Any, drawn: Mapping[str, NDArray[np.float32]]) -> Any:
    if isinstance(bound, str):
        return drawn[bound]
    if type(bound) in (float, int) and math.isfinite(bound):  # most of them
        return float(bound)
    if isinstance(bound, bool) or not isinstance(bound, Real) or not np.isfinite(float(bound)):
        raise bad_value(f"bound of '{name}'", bound, "a finite number or a parameter's name")
    return float(bound)
