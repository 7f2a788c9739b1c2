"""Functions of earlier releases that report OpenMP, which this one does not need."""

from __future__ import annotations

from typing import Any

from ssms.dataset_generators.settings import available_cpus

__all__ = [
    "check_parallel_request",
    "get_max_threads",
    "get_num_procs",
    "get_openmp_info",
    "is_gsl_available",
    "is_openmp_available",
    "print_status",
]


def is_openmp_available() -> bool:
    """Return True: ``n_threads`` works everywhere."""
    return True


def is_gsl_available() -> bool:
    """Return True: nothing that needed GSL is missing."""
    return True


def get_num_procs() -> int:
    """Return how many processors this process may use."""
    return available_cpus()


def get_max_threads() -> int:
    """Return how many threads are worth asking for."""
    return available_cpus()


def check_parallel_request(n_threads: int, warn: bool = True) -> int:
    """Return `n_threads`, whatever it is; there is nothing to warn of."""
    return n_threads


def get_openmp_info() -> dict[str, Any]:
    """Return the facts that `print_status` prints."""
    return {
        "openmp_available": is_openmp_available(),
        "gsl_available": is_gsl_available(),
        "num_procs": get_num_procs(),
        "max_threads": get_max_threads(),
    }


def print_status() -> None:
    """Print that threads need no OpenMP.

    Examples
    --------
    >>> print_status()  # doctest: +ELLIPSIS
    Threads need neither OpenMP nor GSL: n_threads works everywhere.
    Processors that this process may use: ...
    """
    print("Threads need neither OpenMP nor GSL: n_threads works everywhere.")
    print(f"Processors that this process may use: {get_num_procs()}")
