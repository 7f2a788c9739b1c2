"""Derivatives by central differences, to compare with."""

import numpy as np

from ssms import densities


def check_gradient(model, theta, rt, choice, relative, step=1e-4, without=(), **options):
    """Assert that derivatives agree with differences, relative to 1 + their size."""
    theta = {name: np.broadcast_to(np.asarray(x, float), rt.shape) for name, x in theta.items()}
    _, gradient = densities.logpdf_and_gradient(model, theta, rt, choice, **options)
    for i, name in enumerate(theta):
        if name in without:
            continue
        slopes = []
        for h in (step, step / 2):
            ends = [
                densities.logpdf(model, theta | {name: theta[name] + s * h}, rt, choice, **options)
                for s in (-1, 1)
            ]
            slopes.append((ends[1] - ends[0]) / (2 * h))
        wanted = (4 * slopes[1] - slopes[0]) / 3
        error = np.abs(gradient[..., i] - wanted) / (1 + np.abs(wanted))
        assert error.max() < relative, (name, error.max(), gradient[..., i], wanted)
